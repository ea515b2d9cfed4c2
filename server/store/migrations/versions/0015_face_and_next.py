"""Pictures of coaches, and why a talk ended without a next step."""

import sqlalchemy as sa
from alembic import op

from server.store.schema import Instant

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add both, empty."""
    op.create_table(
        "coach_photo",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_coach_photo_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_coach_photo")),
        sa.UniqueConstraint("name", name=op.f("uq_coach_photo_name")),
    )
    op.add_column("closing_note", sa.Column("no_next_because", sa.String(length=24), nullable=True))


def downgrade() -> None:
    """Take both away."""
    op.drop_column("closing_note", "no_next_because")
    op.drop_table("coach_photo")
