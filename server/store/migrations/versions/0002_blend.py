"""Blend, free times and what happens when it does not work: hours, holds, exceptions, to-dos."""

import sqlalchemy as sa
from alembic import op

from server.store.migrations.overlap import HOLDING, STANDING, allow_overlap, forbid_overlap
from server.store.schema import Instant

revision = "0002"
down_revision = "0001"

_TABLES = (
    "coach_hours",
    "coach_day",
    "coach_absence",
    "coach_limits",
    "travel",
    "room_hours",
    "room_office",
    "candidate_preference",
    "busy",
    "settings_version",
    "exception_record",
    "moment",
    "todo",
    "callback_request",
    "nudge",
    "activity",
    "observation",
    "skill_proposal",
    "failure",
    "handover",
)
_COLUMNS = {
    "meeting": ("excepted", "hold_until", "hold_group"),
    "room": ("quiet", "private", "reachable", "wheelchair"),
    "trajectory": (
        "kind",
        "profile",
        "cadence_days",
        "paused_days",
        "paused_since",
        "resumed_at",
        "consent_asked_at",
        "coach_consented_at",
        "candidate_consented_at",
    ),
}


def upgrade() -> None:
    """Add columns and tables; from now on a time that is only held is taken too."""
    _columns()
    _availability()
    _rules()
    _attention()
    _talks()
    allow_overlap()
    forbid_overlap(HOLDING)


def downgrade() -> None:
    """Take them away; a time that was only held is free again."""
    op.execute("UPDATE meeting SET status = 'cancelled' WHERE status = 'provisional'")
    allow_overlap()
    for table in reversed(_TABLES):
        op.drop_table(table)
    op.drop_index(op.f("ix_meeting_hold_group"), "meeting")
    op.drop_index(op.f("ix_meeting_hold_until"), "meeting")
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)
    forbid_overlap(STANDING)


def _columns() -> None:
    op.add_column(
        "meeting", sa.Column("excepted", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("meeting", sa.Column("hold_until", Instant(), nullable=True))
    op.add_column("meeting", sa.Column("hold_group", sa.Uuid(), nullable=True))
    op.create_index(op.f("ix_meeting_hold_group"), "meeting", ["hold_group"], unique=False)
    op.create_index(op.f("ix_meeting_hold_until"), "meeting", ["hold_until"], unique=False)
    op.add_column(
        "room", sa.Column("quiet", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.add_column(
        "room", sa.Column("private", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.add_column(
        "room", sa.Column("reachable", sa.Boolean(), server_default=sa.true(), nullable=False)
    )
    op.add_column(
        "room", sa.Column("wheelchair", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column(
        "trajectory",
        sa.Column("kind", sa.String(length=16), server_default="blended", nullable=False),
    )
    op.add_column(
        "trajectory",
        sa.Column("profile", sa.String(length=8), server_default="usual", nullable=False),
    )
    op.add_column("trajectory", sa.Column("cadence_days", sa.Integer(), nullable=True))
    op.add_column(
        "trajectory", sa.Column("paused_days", sa.Integer(), server_default="0", nullable=False)
    )
    op.add_column("trajectory", sa.Column("paused_since", Instant(), nullable=True))
    op.add_column("trajectory", sa.Column("resumed_at", Instant(), nullable=True))
    op.add_column("trajectory", sa.Column("consent_asked_at", Instant(), nullable=True))
    op.add_column("trajectory", sa.Column("coach_consented_at", Instant(), nullable=True))
    op.add_column("trajectory", sa.Column("candidate_consented_at", Instant(), nullable=True))


def _availability() -> None:
    op.create_table(
        "coach_hours",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=True),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("opens", sa.String(length=5), nullable=False),
        sa.Column("closes", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_coach_hours_place_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_coach_hours_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coach_hours")),
    )
    op.create_index(op.f("ix_coach_hours_place_id"), "coach_hours", ["place_id"], unique=False)
    op.create_index(op.f("ix_coach_hours_staff_id"), "coach_hours", ["staff_id"], unique=False)
    op.create_table(
        "coach_day",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("opens", sa.String(length=5), nullable=True),
        sa.Column("closes", sa.String(length=5), nullable=True),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_coach_day_place_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_coach_day_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coach_day")),
    )
    op.create_index(op.f("ix_coach_day_place_id"), "coach_day", ["place_id"], unique=False)
    op.create_index(op.f("ix_coach_day_staff_id"), "coach_day", ["staff_id"], unique=False)
    op.create_table(
        "coach_absence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("all_day", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_coach_absence_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coach_absence")),
    )
    op.create_index(op.f("ix_coach_absence_staff_id"), "coach_absence", ["staff_id"], unique=False)
    op.create_table(
        "coach_limits",
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("before_minutes", sa.Integer(), nullable=False),
        sa.Column("after_minutes", sa.Integer(), nullable=False),
        sa.Column("talks_a_day", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_coach_limits_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_coach_limits")),
    )
    op.create_table(
        "travel",
        sa.Column("place_a", sa.Uuid(), nullable=False),
        sa.Column("place_b", sa.Uuid(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["place_a"], ["place.id"], name=op.f("fk_travel_place_a")),
        sa.ForeignKeyConstraint(["place_b"], ["place.id"], name=op.f("fk_travel_place_b")),
        sa.PrimaryKeyConstraint("place_a", "place_b", name=op.f("pk_travel")),
    )
    op.create_table(
        "room_hours",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("opens", sa.String(length=5), nullable=False),
        sa.Column("closes", sa.String(length=5), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_room_hours_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room_hours")),
    )
    op.create_index(op.f("ix_room_hours_room_id"), "room_hours", ["room_id"], unique=False)
    op.create_table(
        "room_office",
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_room_office_room_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_room_office_staff_id")),
        sa.PrimaryKeyConstraint("room_id", "staff_id", name=op.f("pk_room_office")),
    )
    op.create_table(
        "candidate_preference",
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("parts", sa.JSON(), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_candidate_preference_candidate_id")
        ),
        sa.PrimaryKeyConstraint("candidate_id", name=op.f("pk_candidate_preference")),
    )
    op.create_table(
        "busy",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("place_id", sa.Uuid(), nullable=True),
        sa.Column("elsewhere", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["place_id"], ["place.id"], name=op.f("fk_busy_place_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_busy")),
    )
    op.create_index(op.f("ix_busy_owner_id"), "busy", ["owner_id"], unique=False)
    op.create_index(op.f("ix_busy_place_id"), "busy", ["place_id"], unique=False)
    op.create_index(op.f("ix_busy_starts_at"), "busy", ["starts_at"], unique=False)


def _rules() -> None:
    op.create_table(
        "settings_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_settings_version_staff_id")
        ),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_settings_version")),
    )
    op.create_index(
        op.f("ix_settings_version_staff_id"), "settings_version", ["staff_id"], unique=False
    )
    op.create_table(
        "exception_record",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trajectory_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(length=8), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=True),
        sa.Column("second_at", Instant(), nullable=True),
        sa.Column("people_needed", sa.Integer(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("used_by", sa.Uuid(), nullable=True),
        sa.Column("settings_version", sa.Integer(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["staff.id"], name=op.f("fk_exception_record_asked_by")
        ),
        sa.ForeignKeyConstraint(
            ["second_id"], ["staff.id"], name=op.f("fk_exception_record_second_id")
        ),
        sa.ForeignKeyConstraint(
            ["trajectory_id"], ["trajectory.id"], name=op.f("fk_exception_record_trajectory_id")
        ),
        sa.ForeignKeyConstraint(
            ["used_by"], ["meeting.id"], name=op.f("fk_exception_record_used_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exception_record")),
    )
    op.create_index(
        op.f("ix_exception_record_asked_by"), "exception_record", ["asked_by"], unique=False
    )
    op.create_index(
        op.f("ix_exception_record_second_id"), "exception_record", ["second_id"], unique=False
    )
    op.create_index(
        op.f("ix_exception_record_trajectory_id"),
        "exception_record",
        ["trajectory_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_exception_record_used_by"), "exception_record", ["used_by"], unique=False
    )
    op.create_table(
        "moment",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_moment")),
    )
    op.create_index(op.f("ix_moment_at"), "moment", ["at"], unique=False)


def _attention() -> None:
    op.create_table(
        "todo",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("trajectory_id", sa.Uuid(), nullable=True),
        sa.Column("meeting_id", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("params", sa.JSON(), nullable=False),
        sa.Column("urgency", sa.Integer(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("dedupe_key", sa.String(length=200), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_todo_candidate_id")
        ),
        sa.ForeignKeyConstraint(["done_by"], ["staff.id"], name=op.f("fk_todo_done_by")),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_todo_meeting_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_todo_staff_id")),
        sa.ForeignKeyConstraint(
            ["trajectory_id"], ["trajectory.id"], name=op.f("fk_todo_trajectory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_todo")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_todo_dedupe_key")),
    )
    op.create_index(op.f("ix_todo_candidate_id"), "todo", ["candidate_id"], unique=False)
    op.create_index(op.f("ix_todo_done_at"), "todo", ["done_at"], unique=False)
    op.create_index(op.f("ix_todo_done_by"), "todo", ["done_by"], unique=False)
    op.create_index(op.f("ix_todo_meeting_id"), "todo", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_todo_staff_id"), "todo", ["staff_id"], unique=False)
    op.create_index(op.f("ix_todo_trajectory_id"), "todo", ["trajectory_id"], unique=False)
    op.create_table(
        "callback_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("trajectory_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=True),
        sa.Column("from_at", Instant(), nullable=False),
        sa.Column("until_at", Instant(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_callback_request_candidate_id")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_callback_request_meeting_id")
        ),
        sa.ForeignKeyConstraint(
            ["trajectory_id"], ["trajectory.id"], name=op.f("fk_callback_request_trajectory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_request")),
    )
    op.create_index(
        op.f("ix_callback_request_candidate_id"), "callback_request", ["candidate_id"], unique=False
    )
    op.create_index(
        op.f("ix_callback_request_meeting_id"), "callback_request", ["meeting_id"], unique=False
    )
    op.create_index(
        op.f("ix_callback_request_trajectory_id"),
        "callback_request",
        ["trajectory_id"],
        unique=False,
    )
    op.create_table(
        "nudge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trajectory_id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(length=8), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=8), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("failed_at", Instant(), nullable=True),
        sa.Column("answer", sa.String(length=16), nullable=True),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_nudge_candidate_id")
        ),
        sa.ForeignKeyConstraint(
            ["trajectory_id"], ["trajectory.id"], name=op.f("fk_nudge_trajectory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nudge")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_nudge_token_hash")),
    )
    op.create_index(op.f("ix_nudge_candidate_id"), "nudge", ["candidate_id"], unique=False)
    op.create_index(op.f("ix_nudge_trajectory_id"), "nudge", ["trajectory_id"], unique=False)
    op.create_table(
        "activity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=True),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_activity_candidate_id")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_activity_meeting_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
    )
    op.create_index(op.f("ix_activity_at"), "activity", ["at"], unique=False)
    op.create_index(op.f("ix_activity_candidate_id"), "activity", ["candidate_id"], unique=False)
    op.create_index(op.f("ix_activity_meeting_id"), "activity", ["meeting_id"], unique=False)


def _talks() -> None:
    op.create_table(
        "observation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(length=24), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_observation_meeting_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_observation_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_observation")),
        sa.UniqueConstraint(
            "meeting_id", "staff_id", name=op.f("uq_observation_meeting_id_staff_id")
        ),
    )
    op.create_index(op.f("ix_observation_meeting_id"), "observation", ["meeting_id"], unique=False)
    op.create_index(op.f("ix_observation_staff_id"), "observation", ["staff_id"], unique=False)
    op.create_table(
        "skill_proposal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("candidate_id", sa.Uuid(), nullable=False),
        sa.Column("trajectory_id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=True),
        sa.Column("skill", sa.String(length=16), nullable=False),
        sa.Column("before", sa.String(length=16), nullable=False),
        sa.Column("why", sa.String(length=24), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("accepted", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidate.id"], name=op.f("fk_skill_proposal_candidate_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["staff.id"], name=op.f("fk_skill_proposal_decided_by")
        ),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_skill_proposal_meeting_id")
        ),
        sa.ForeignKeyConstraint(
            ["trajectory_id"], ["trajectory.id"], name=op.f("fk_skill_proposal_trajectory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skill_proposal")),
    )
    op.create_index(
        op.f("ix_skill_proposal_candidate_id"), "skill_proposal", ["candidate_id"], unique=False
    )
    op.create_index(
        op.f("ix_skill_proposal_decided_by"), "skill_proposal", ["decided_by"], unique=False
    )
    op.create_index(
        op.f("ix_skill_proposal_meeting_id"), "skill_proposal", ["meeting_id"], unique=False
    )
    op.create_index(
        op.f("ix_skill_proposal_trajectory_id"), "skill_proposal", ["trajectory_id"], unique=False
    )
    op.create_table(
        "failure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("meeting_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(length=24), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("hold_group", sa.Uuid(), nullable=True),
        sa.Column("soon", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("dismissed_at", Instant(), nullable=True),
        sa.Column("dismissed_reason", sa.String(length=200), nullable=True),
        sa.Column("dismissed_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["dismissed_by"], ["staff.id"], name=op.f("fk_failure_dismissed_by")
        ),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=op.f("fk_failure_meeting_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failure")),
        sa.UniqueConstraint("meeting_id", name=op.f("uq_failure_meeting_id")),
    )
    op.create_index(op.f("ix_failure_dismissed_by"), "failure", ["dismissed_by"], unique=False)
    op.create_table(
        "handover",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("trajectory_id", sa.Uuid(), nullable=False),
        sa.Column("from_id", sa.Uuid(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["from_id"], ["staff.id"], name=op.f("fk_handover_from_id")),
        sa.ForeignKeyConstraint(["to_id"], ["staff.id"], name=op.f("fk_handover_to_id")),
        sa.ForeignKeyConstraint(
            ["trajectory_id"], ["trajectory.id"], name=op.f("fk_handover_trajectory_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
    )
    op.create_index(op.f("ix_handover_from_id"), "handover", ["from_id"], unique=False)
    op.create_index(op.f("ix_handover_to_id"), "handover", ["to_id"], unique=False)
    op.create_index(op.f("ix_handover_trajectory_id"), "handover", ["trajectory_id"], unique=False)
