"""Who agreed to go on together, when and how it was said; what was withdrawn (R27)."""

import sqlalchemy as sa
from alembic import op

from server.store.schema import Instant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the record; trajectories of today keep the state they have."""
    op.create_table(
        "agreement",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trajectory_id", sa.Uuid(), nullable=False),
        sa.Column("coach_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["coach_id"], ["staff.id"], name=op.f("fk_agreement_coach_id")),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["staff.id"], name=op.f("fk_agreement_recorded_by")
        ),
        sa.ForeignKeyConstraint(
            ["trajectory_id"], ["trajectory.id"], name=op.f("fk_agreement_trajectory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    for column in ("trajectory_id", "coach_id", "recorded_by"):
        op.create_index(op.f(f"ix_agreement_{column}"), "agreement", [column], unique=False)


def downgrade() -> None:
    """Take it away; who agreed is known still, when and how is not."""
    op.drop_table("agreement")
