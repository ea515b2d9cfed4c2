"""Contacts of guidance in writing."""

import sqlalchemy as sa
from alembic import op

from server.store.schema import Instant

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Add the table, empty."""
    op.create_table(
        "written_contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trajectory_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["staff.id"], name=op.f("fk_written_contact_recorded_by")
        ),
        sa.ForeignKeyConstraint(
            ["trajectory_id"], ["trajectory.id"], name=op.f("fk_written_contact_trajectory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_written_contact")),
    )
    for column in ("recorded_by", "trajectory_id"):
        op.create_index(op.f(f"ix_written_contact_{column}"), "written_contact", [column])


def downgrade() -> None:
    """Take it away."""
    op.drop_table("written_contact")
