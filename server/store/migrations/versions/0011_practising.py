"""Practices that are going on, and coaches who practise with somebody at once."""

import sqlalchemy as sa
from alembic import op

from server.store.schema import Instant

revision = "0011"
down_revision = "0010"

_REFERENCES = {
    "candidate_id": "candidate",
    "staff_id": "staff",
    "meeting_id": "meeting",
    "helped_by": "staff",
}


def upgrade() -> None:
    """Add the practices, and the switch of coaches, off for everybody."""
    op.create_table(
        "practice_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Uuid(), nullable=True) for name in _REFERENCES),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("device", sa.String(length=16), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("measured", sa.JSON(), nullable=False),
        sa.Column("pointed", sa.String(length=16), nullable=True),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("reported_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("score", sa.String(length=8), nullable=True),
        sa.CheckConstraint(
            "(candidate_id IS NULL) <> (staff_id IS NULL)",
            name=op.f("ck_practice_session_of_one_person"),
        ),
        *(
            sa.ForeignKeyConstraint(
                [name], [f"{table}.id"], name=op.f(f"fk_practice_session_{name}")
            )
            for name, table in _REFERENCES.items()
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_session")),
    )
    for name in (*_REFERENCES, "changed_at"):
        op.create_index(op.f(f"ix_practice_session_{name}"), "practice_session", [name])
    op.add_column(
        "staff",
        sa.Column("helps_at_once", sa.Boolean(), server_default=sa.false(), nullable=False),
    )


def downgrade() -> None:
    """Take them away; what a practice gave stays written down."""
    op.drop_column("staff", "helps_at_once")
    op.drop_table("practice_session")
