"""What two people said themselves around a talk: faces, and lines that both keep."""

import sqlalchemy as sa
from alembic import op

from server.store.schema import Instant

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add both tables, empty."""
    op.create_table(
        "kept_line",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("text", sa.String(length=4000), nullable=True),
        sa.Column("coach_at", Instant(), nullable=True),
        sa.Column("candidate_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_kept_line_meeting_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_line")),
        sa.UniqueConstraint("meeting_id", "digest", name=op.f("uq_kept_line_meeting_id_digest")),
    )
    op.create_index(op.f("ix_kept_line_meeting_id"), "kept_line", ["meeting_id"], unique=False)
    op.create_table(
        "talk_mood",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("at_end", sa.Boolean(), nullable=False),
        sa.Column("mood", sa.String(length=8), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_talk_mood_meeting_id")
        ),
        sa.PrimaryKeyConstraint("meeting_id", "at_end", name=op.f("pk_talk_mood")),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("talk_mood")
    op.drop_index(op.f("ix_kept_line_meeting_id"), table_name="kept_line")
    op.drop_table("kept_line")
