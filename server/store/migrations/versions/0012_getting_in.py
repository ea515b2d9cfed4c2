"""Checks of a candidate's device, short codes, and the coach's word to whoever waits."""

import sqlalchemy as sa
from alembic import op

from server.store.schema import Instant

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the three tables, empty."""
    op.create_table(
        "device_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("device", sa.LargeBinary(length=32), nullable=True),
        sa.Column("place", sa.String(length=8), nullable=False),
        sa.Column("verdict", sa.String(length=40), nullable=True),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_device_check_candidate_id")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_device_check_meeting_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device_check")),
    )
    for column in ("candidate_id", "meeting_id", "at"):
        op.create_index(op.f(f"ix_device_check_{column}"), "device_check", [column], unique=False)
    op.create_table(
        "short_code",
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_short_code_invitation_id")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_short_code")),
    )
    for column in ("invitation_id", "expires_at"):
        op.create_index(op.f(f"ix_short_code_{column}"), "short_code", [column], unique=False)
    op.create_table(
        "waiting_note",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_waiting_note_meeting_id")
        ),
        sa.PrimaryKeyConstraint("meeting_id", name=op.f("pk_waiting_note")),
    )


def downgrade() -> None:
    """Take them away."""
    op.drop_table("waiting_note")
    op.drop_table("short_code")
    op.drop_table("device_check")
