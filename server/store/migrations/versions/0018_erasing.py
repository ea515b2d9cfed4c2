"""Candidates can be erased, and a round without changes costs the same for any calendar."""

import sqlalchemy as sa
from alembic import op

from server.store.schema import Instant

revision = "0018"
down_revision = "0017"

_INDEXES = {
    "ix_remote_object_not_given": "reason = 'not_given'",
    "ix_remote_object_uncounted": "state = 'busy' AND digest = ''",
    "ix_remote_object_counted": "digest <> ''",
}


def upgrade() -> None:
    """Add the column, the table and the indexes."""
    op.add_column("candidate", sa.Column("erased_at", Instant(), nullable=True))
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("erased_by", sa.Uuid(), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_erasure_candidate_id")
        ),
        sa.ForeignKeyConstraint(["erased_by"], ["staff.id"], name=op.f("fk_erasure_erased_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index(op.f("ix_erasure_candidate_id"), "erasure", ["candidate_id"], unique=False)
    op.create_index(op.f("ix_erasure_erased_by"), "erasure", ["erased_by"], unique=False)
    for name, rows in _INDEXES.items():
        op.create_index(
            name,
            "remote_object",
            ["connection_id"],
            sqlite_where=sa.text(rows),
            postgresql_where=sa.text(rows),
        )


def downgrade() -> None:
    """Take them away; what was erased stays erased."""
    for name in _INDEXES:
        op.drop_index(name, table_name="remote_object")
    op.drop_index(op.f("ix_erasure_erased_by"), table_name="erasure")
    op.drop_index(op.f("ix_erasure_candidate_id"), table_name="erasure")
    op.drop_table("erasure")
    op.drop_column("candidate", "erased_at")
