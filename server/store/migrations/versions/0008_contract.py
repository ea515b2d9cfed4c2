"""Versions of the contract, what keeps a coach from new talks, comfort, what counts as online."""

import sqlalchemy as sa
from alembic import op

from server.store.schema import Instant

revision = "0008"
down_revision = "0007"

_COLUMNS = {
    "candidate": ("comfort", "comfort_source", "comfort_since"),
    "meeting": ("counts_online",),
}


def upgrade() -> None:
    """Add versions of the contract, what keeps a coach from new talks, and three facts."""
    _tables()
    _columns()


def downgrade() -> None:
    """Take them away; the number of talks stays what it was last."""
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)
    op.drop_table("coach_bar")
    op.drop_table("contract_version")


def _tables() -> None:
    op.create_table(
        "coach_bar",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", Instant(), nullable=False),
        sa.Column("lifted_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_coach_bar_candidate_id")
        ),
        sa.ForeignKeyConstraint(["set_by"], ["staff.id"], name=op.f("fk_coach_bar_set_by")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_coach_bar_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coach_bar")),
    )
    op.create_index(op.f("ix_coach_bar_candidate_id"), "coach_bar", ["candidate_id"], unique=False)
    op.create_index(op.f("ix_coach_bar_set_by"), "coach_bar", ["set_by"], unique=False)
    op.create_index(op.f("ix_coach_bar_staff_id"), "coach_bar", ["staff_id"], unique=False)
    op.create_table(
        "contract_version",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trajectory_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("talks", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("coach_agreed_at", Instant(), nullable=True),
        sa.Column("candidate_agreed_at", Instant(), nullable=True),
        sa.Column("withdrawn_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["staff.id"], name=op.f("fk_contract_version_asked_by")
        ),
        sa.ForeignKeyConstraint(
            ["trajectory_id"], ["trajectory.id"], name=op.f("fk_contract_version_trajectory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_version")),
        sa.UniqueConstraint(
            "trajectory_id", "version", name=op.f("uq_contract_version_trajectory_id_version")
        ),
    )
    op.create_index(
        op.f("ix_contract_version_asked_by"), "contract_version", ["asked_by"], unique=False
    )
    op.create_index(
        op.f("ix_contract_version_trajectory_id"),
        "contract_version",
        ["trajectory_id"],
        unique=False,
    )


def _columns() -> None:
    op.add_column("candidate", sa.Column("comfort", sa.String(length=16), nullable=True))
    op.add_column("candidate", sa.Column("comfort_source", sa.String(length=24), nullable=True))
    op.add_column("candidate", sa.Column("comfort_since", sa.Date(), nullable=True))
    op.add_column("meeting", sa.Column("counts_online", sa.Boolean(), nullable=True))
