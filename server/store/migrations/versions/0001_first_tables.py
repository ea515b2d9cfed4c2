"""The first tables, and the rule that no coach, candidate or room is in two talks at once."""

import sqlalchemy as sa
from alembic import op

from server.store.migrations.overlap import allow_overlap, forbid_overlap
from server.store.schema import Instant

revision = "0001"
down_revision = None

_TABLES = (
    "candidate",
    "staff",
    "place",
    "room",
    "trajectory",
    "meeting",
    "meeting_event",
    "invitation",
    "seat_room",
    "notice",
    "login_session",
    "login_link",
    "login_failure",
    "ticket",
    "idempotency",
    "outbox",
    "calendar_connection",
    "mirror",
)


def upgrade() -> None:
    """Make the tables in order of reference, then the rule against overlap."""
    _people()
    _meetings()
    _sessions()
    _deliveries()
    forbid_overlap()


def downgrade() -> None:
    """Take everything away."""
    allow_overlap()
    for table in reversed(_TABLES):
        op.drop_table(table)


def _people() -> None:
    op.create_table(
        "candidate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=32), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("skill", sa.String(length=16), nullable=False),
        sa.Column("skill_source", sa.String(length=24), nullable=False),
        sa.Column("skill_since", sa.Date(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidate")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    op.create_table(
        "place",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("route", sa.String(length=1000), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_place")),
    )
    op.create_table(
        "room",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_room_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
    )
    op.create_index(op.f("ix_room_place_id"), "room", ["place_id"], unique=False)
    op.create_table(
        "trajectory",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("coach_id", sa.Uuid(), nullable=False),
        sa.Column("talks", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_trajectory_candidate_id")
        ),
        sa.ForeignKeyConstraint(["coach_id"], ["staff.id"], name=op.f("fk_trajectory_coach_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trajectory")),
        sa.UniqueConstraint("number", name=op.f("uq_trajectory_number")),
    )
    op.create_index(
        op.f("ix_trajectory_candidate_id"), "trajectory", ["candidate_id"], unique=False
    )
    op.create_index(op.f("ix_trajectory_coach_id"), "trajectory", ["coach_id"], unique=False)


def _meetings() -> None:
    op.create_table(
        "meeting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trajectory_id", sa.Uuid(), nullable=False),
        sa.Column("coach_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("local_start", sa.String(length=16), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("settings_version", sa.Integer(), nullable=False),
        sa.Column("joint_seconds", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_meeting_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_meeting_candidate_id")
        ),
        sa.ForeignKeyConstraint(["coach_id"], ["staff.id"], name=op.f("fk_meeting_coach_id")),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_meeting_room_id")),
        sa.ForeignKeyConstraint(
            ["trajectory_id"], ["trajectory.id"], name=op.f("fk_meeting_trajectory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
    )
    op.create_index(op.f("ix_meeting_candidate_id"), "meeting", ["candidate_id"], unique=False)
    op.create_index(op.f("ix_meeting_coach_id"), "meeting", ["coach_id"], unique=False)
    op.create_index(op.f("ix_meeting_room_id"), "meeting", ["room_id"], unique=False)
    op.create_index(op.f("ix_meeting_starts_at"), "meeting", ["starts_at"], unique=False)
    op.create_index(op.f("ix_meeting_trajectory_id"), "meeting", ["trajectory_id"], unique=False)
    op.create_table(
        "meeting_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_event_meeting_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting_event")),
    )
    op.create_index(
        op.f("ix_meeting_event_meeting_id"), "meeting_event", ["meeting_id"], unique=False
    )
    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_invitation_meeting_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index(op.f("ix_invitation_meeting_id"), "invitation", ["meeting_id"], unique=False)
    op.create_table(
        "seat_room",
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_seat_room_meeting_id")
        ),
        sa.PrimaryKeyConstraint("meeting_id", name=op.f("pk_seat_room")),
    )
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_notice_meeting_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_notice_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index(op.f("ix_notice_meeting_id"), "notice", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_notice_staff_id"), "notice", ["staff_id"], unique=False)


def _sessions() -> None:
    op.create_table(
        "login_session",
        sa.Column("id_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("invitation_id", sa.Uuid(), nullable=True),
        sa.Column("device", sa.Uuid(), nullable=False),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitation.id"], name=op.f("fk_login_session_invitation_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_login_session_staff_id")),
        sa.PrimaryKeyConstraint("id_hash", name=op.f("pk_login_session")),
    )
    op.create_index(
        op.f("ix_login_session_expires_at"), "login_session", ["expires_at"], unique=False
    )
    op.create_index(
        op.f("ix_login_session_invitation_id"), "login_session", ["invitation_id"], unique=False
    )
    op.create_index(op.f("ix_login_session_staff_id"), "login_session", ["staff_id"], unique=False)
    op.create_table(
        "login_link",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_login_link_staff_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_login_link")),
    )
    op.create_index(op.f("ix_login_link_staff_id"), "login_link", ["staff_id"], unique=False)
    op.create_table(
        "login_failure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_failure")),
    )
    op.create_index(op.f("ix_login_failure_at"), "login_failure", ["at"], unique=False)
    op.create_table(
        "ticket",
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("device", sa.Uuid(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_ticket_meeting_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_ticket")),
    )
    op.create_index(op.f("ix_ticket_expires_at"), "ticket", ["expires_at"], unique=False)
    op.create_index(op.f("ix_ticket_meeting_id"), "ticket", ["meeting_id"], unique=False)
    op.create_table(
        "idempotency",
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("route", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("request_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("response", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.UniqueConstraint("actor", "route", "key", name=op.f("uq_idempotency_actor_route_key")),
    )
    op.create_index(op.f("ix_idempotency_created_at"), "idempotency", ["created_at"], unique=False)


def _deliveries() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", sa.String(length=200), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("not_before", Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("leased_by", sa.String(length=80), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("last_error", sa.String(length=300), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("gave_up_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outbox_dedupe_key")),
    )
    op.create_index(op.f("ix_outbox_done_at"), "outbox", ["done_at"], unique=False)
    op.create_index(op.f("ix_outbox_not_before"), "outbox", ["not_before"], unique=False)
    op.create_table(
        "calendar_connection",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("calendar_url", sa.String(length=1000), nullable=False),
        sa.Column("user_name", sa.String(length=200), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("last_error", sa.String(length=300), nullable=True),
        sa.Column("last_ok", Instant(), nullable=True),
        sa.Column("leased_by", sa.String(length=80), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("fence", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_calendar_connection_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_connection")),
    )
    op.create_index(
        op.f("ix_calendar_connection_staff_id"), "calendar_connection", ["staff_id"], unique=False
    )
    op.create_table(
        "mirror",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("connection_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("uid", sa.String(length=200), nullable=False),
        sa.Column("href", sa.String(length=1000), nullable=False),
        sa.Column("etag", sa.String(length=300), nullable=True),
        sa.Column("synced_revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["connection_id"], ["calendar_connection.id"], name=op.f("fk_mirror_connection_id")
        ),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_mirror_meeting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mirror")),
        sa.UniqueConstraint("connection_id", "uid", name=op.f("uq_mirror_connection_id_uid")),
        sa.UniqueConstraint(
            "meeting_id", "connection_id", name=op.f("uq_mirror_meeting_id_connection_id")
        ),
    )
    op.create_index(op.f("ix_mirror_connection_id"), "mirror", ["connection_id"], unique=False)
    op.create_index(op.f("ix_mirror_meeting_id"), "mirror", ["meeting_id"], unique=False)
