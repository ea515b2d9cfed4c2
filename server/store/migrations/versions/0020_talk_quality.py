"""How good the line of a talk was, counted in stretches of 15 seconds."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Add the table, empty."""
    op.create_table(
        "talk_quality",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=9), nullable=False),
        sa.Column("good", sa.Integer(), nullable=False),
        sa.Column("weak", sa.Integer(), nullable=False),
        sa.Column("bad", sa.Integer(), nullable=False),
        sa.Column("relayed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_talk_quality_meeting_id")
        ),
        sa.PrimaryKeyConstraint("meeting_id", "role", name=op.f("pk_talk_quality")),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("talk_quality")
