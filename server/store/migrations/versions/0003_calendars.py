"""Calendars both ways: what was read from them, what they propose, feeds and answers by mail."""

import sqlalchemy as sa
from alembic import op

from server.store.schema import Instant

revision = "0003"
down_revision = "0002"

_TABLES = (
    "calendar_lookup",
    "mailbox",
    "calendar_feed",
    "remote_object",
    "sync_log",
    "mail_reply",
    "proposal",
)
_COLUMNS = {
    "busy": ("object_id",),
    "calendar_connection": (
        "room_id",
        "kind",
        "name",
        "colour",
        "role",
        "zone",
        "capabilities",
        "sync_token",
        "next_read_at",
        "read_attempts",
        "read_at",
        "full_read_at",
        "paused_for",
        "connected_at",
        "removed_at",
    ),
    "mirror": ("base", "put_back"),
}


def upgrade() -> None:
    """Add what is kept of a calendar that is read as well as written."""
    _connecting()
    _reading()
    _answers()
    _columns()


def downgrade() -> None:
    """Take it away; calendars are only written again."""
    for index in ("ix_calendar_connection_room_id", "ix_calendar_connection_next_read_at"):
        op.drop_index(op.f(index), "calendar_connection")
    op.drop_index(op.f("ix_busy_object_id"), "busy")
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)
    for table in reversed(_TABLES):
        op.drop_table(table)


def _connecting() -> None:
    op.create_table(
        "calendar_lookup",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("user_name", sa.String(length=200), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_calendar_lookup_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_lookup")),
    )
    op.create_index(
        op.f("ix_calendar_lookup_staff_id"), "calendar_lookup", ["staff_id"], unique=False
    )
    op.create_index(
        op.f("ix_calendar_lookup_expires_at"), "calendar_lookup", ["expires_at"], unique=False
    )


def _reading() -> None:
    op.create_table(
        "mailbox",
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("uid_validity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("read_at", Instant(), nullable=False),
        sa.Column("last_error", sa.String(length=300), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_mailbox")),
    )
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column("read_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_calendar_feed_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )
    op.create_index(op.f("ix_calendar_feed_owner_id"), "calendar_feed", ["owner_id"], unique=False)
    op.create_index(op.f("ix_calendar_feed_staff_id"), "calendar_feed", ["staff_id"], unique=False)
    op.create_table(
        "remote_object",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("href", sa.String(length=1000), nullable=False),
        sa.Column("etag", sa.String(length=300), nullable=True),
        sa.Column("uid_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("recurring", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"],
            ["calendar_connection.id"],
            name=op.f("fk_remote_object_connection_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remote_object")),
        sa.UniqueConstraint(
            "connection_id", "href", name=op.f("uq_remote_object_connection_id_href")
        ),
    )
    op.create_index(
        op.f("ix_remote_object_connection_id"), "remote_object", ["connection_id"], unique=False
    )


def _answers() -> None:
    op.create_table(
        "sync_log",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("removed", sa.Integer(), nullable=False),
        sa.Column("unreadable", sa.Integer(), nullable=False),
        sa.Column("milliseconds", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["calendar_connection.id"], name=op.f("fk_sync_log_connection_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_log")),
    )
    op.create_index(op.f("ix_sync_log_at"), "sync_log", ["at"], unique=False)
    op.create_index(op.f("ix_sync_log_connection_id"), "sync_log", ["connection_id"], unique=False)
    op.create_table(
        "mail_reply",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("message_hash", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.String(length=16), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_mail_reply_meeting_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_reply")),
        sa.UniqueConstraint("message_hash", name=op.f("uq_mail_reply_message_hash")),
    )
    op.create_index(op.f("ix_mail_reply_meeting_id"), "mail_reply", ["meeting_id"], unique=False)
    op.create_table(
        "proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("starts_at", Instant(), nullable=True),
        sa.Column("ends_at", Instant(), nullable=True),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["calendar_connection.id"], name=op.f("fk_proposal_connection_id")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name=op.f("fk_proposal_decided_by")),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_proposal_meeting_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
        sa.UniqueConstraint("meeting_id", "digest", name=op.f("uq_proposal_meeting_id_digest")),
    )
    op.create_index(op.f("ix_proposal_connection_id"), "proposal", ["connection_id"], unique=False)
    op.create_index(op.f("ix_proposal_decided_by"), "proposal", ["decided_by"], unique=False)
    op.create_index(op.f("ix_proposal_meeting_id"), "proposal", ["meeting_id"], unique=False)


def _columns() -> None:
    op.add_column("busy", sa.Column("object_id", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_busy_object_id"), "busy", ["object_id"], unique=False)
    op.add_column("calendar_connection", sa.Column("room_id", sa.Uuid(), nullable=True))
    op.add_column(
        "calendar_connection",
        sa.Column("kind", sa.String(length=8), server_default="caldav", nullable=False),
    )
    op.add_column(
        "calendar_connection",
        sa.Column("name", sa.String(length=200), server_default="", nullable=False),
    )
    op.add_column("calendar_connection", sa.Column("colour", sa.String(length=9), nullable=True))
    op.add_column(
        "calendar_connection",
        sa.Column("role", sa.String(length=8), server_default="target", nullable=False),
    )
    op.add_column("calendar_connection", sa.Column("zone", sa.String(length=64), nullable=True))
    op.add_column("calendar_connection", sa.Column("capabilities", sa.JSON(), nullable=True))
    op.add_column(
        "calendar_connection", sa.Column("sync_token", sa.String(length=2000), nullable=True)
    )
    op.add_column("calendar_connection", sa.Column("next_read_at", Instant(), nullable=True))
    op.add_column(
        "calendar_connection",
        sa.Column("read_attempts", sa.Integer(), server_default="0", nullable=False),
    )
    op.add_column("calendar_connection", sa.Column("read_at", Instant(), nullable=True))
    op.add_column("calendar_connection", sa.Column("full_read_at", Instant(), nullable=True))
    op.add_column(
        "calendar_connection", sa.Column("paused_for", sa.String(length=24), nullable=True)
    )
    op.add_column("calendar_connection", sa.Column("connected_at", Instant(), nullable=True))
    op.add_column("calendar_connection", sa.Column("removed_at", Instant(), nullable=True))
    op.create_index(
        op.f("ix_calendar_connection_next_read_at"),
        "calendar_connection",
        ["next_read_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_calendar_connection_room_id"), "calendar_connection", ["room_id"], unique=False
    )
    op.add_column("mirror", sa.Column("base", sa.JSON(), nullable=True))
    op.add_column("mirror", sa.Column("put_back", sa.String(length=64), nullable=True))
