"""Where candidates choose a coach: what they read of each, and a link to their own page of it."""

import sqlalchemy as sa
from alembic import op

from server.store.schema import Instant

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the profiles of coaches and the links."""
    op.create_table(
        "coach_profile",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("about", sa.String(length=600), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_coach_profile_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_coach_profile")),
    )
    op.create_table(
        "agreement_link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trajectory_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["trajectory_id"], ["trajectory.id"], name=op.f("fk_agreement_link_trajectory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement_link")),
        sa.UniqueConstraint("trajectory_id", name=op.f("uq_agreement_link_trajectory_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_agreement_link_token_hash")),
    )


def downgrade() -> None:
    """Take both away; who agreed stays written down."""
    op.drop_table("agreement_link")
    op.drop_table("coach_profile")
