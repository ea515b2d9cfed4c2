"""The tables, once, for SQLite and PostgreSQL. Migrations in `server/store/migrations` make them.

The rules that the database itself keeps (no overlap of coach, candidate or room) are not
expressible here: they stand in the first migration, per database.
"""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
    UniqueConstraint,
    Uuid,
    false,
    text,
    true,
)


class Instant(TypeDecorator[datetime]):
    """An aware moment, kept in UTC; on SQLite text of fixed width, in order of time."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:  # noqa: ANN401 -- SQLAlchemy's type
        """Text of fixed width on SQLite, timestamptz elsewhere."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(String(27))
        return dialect.type_descriptor(DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ANN401 -- SQLAlchemy's type
        """Refuse a naive moment; store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(UTC)
        if dialect.name == "sqlite":
            return f"{moment.replace(tzinfo=None).isoformat(timespec='microseconds')}Z"
        return moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ANN401 -- SQLAlchemy's type
        """Give an aware UTC moment back."""
        if value is None:
            return None
        moment = datetime.fromisoformat(value) if dialect.name == "sqlite" else value
        return moment.astimezone(UTC)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def _id() -> Column[UUID]:
    return Column("id", Uuid, primary_key=True)


def _ref(name: str, table: str, *, nullable: bool = False) -> Column[UUID]:
    return Column(name, Uuid, ForeignKey(f"{table}.id"), nullable=nullable, index=True)


def _text(name: str, size: int, *, nullable: bool = False) -> Column[str]:
    return Column(name, String(size), nullable=nullable)


def _when(name: str, *, nullable: bool = False, index: bool = False) -> Column[datetime]:
    return Column(name, Instant, nullable=nullable, index=index)


UNCOUNTED = "state = 'busy' AND digest = ''"


def _where(rows: str) -> dict[str, Any]:
    """Only these rows stand in an index, on both databases."""
    return {"sqlite_where": text(rows), "postgresql_where": text(rows)}


def _flag(name: str, *, on: bool = False) -> Column[bool]:
    return Column(name, Boolean, nullable=False, server_default=true() if on else false())


staff = Table(
    "staff",
    metadata,
    _id(),
    _text("name", 200),
    Column("email", String(254), nullable=False, unique=True),
    _text("phone", 32),
    Column("roles", JSON, nullable=False),  # list of coaching.words.StaffRole
    _text("language", 2),
    _text("password_hash", 200, nullable=True),
    Column("active", Boolean, nullable=False),
    _when("created_at"),
    _flag("hides_address"),  # in talks: media through the relay only
    _flag("helps_at_once"),  # may be asked to practise together now, when free (E26)
    _text("comfort", 16, nullable=True),  # coaching.words.Comfort, as they say themselves
    Column("comfort_since", Date, nullable=True),
)

candidate = Table(
    "candidate",
    metadata,
    _id(),
    _text("name", 200),
    _text("email", 254, nullable=True),
    _text("phone", 32, nullable=True),
    _text("language", 2),
    _text("skill", 16),
    _text("skill_source", 24),
    Column("skill_since", Date, nullable=False),
    _when("created_at"),
    _text("comfort", 16, nullable=True),  # coaching.words.Comfort: at ease with far talks
    _text("comfort_source", 24, nullable=True),
    Column("comfort_since", Date, nullable=True),
    _when("erased_at", nullable=True),  # what is left of them is no longer about anybody
)

erasure = Table(  # that somebody was erased, by whom, and how many rows: never who it was
    "erasure",
    metadata,
    _id(),
    _ref("candidate_id", "candidate"),
    _ref("erased_by", "staff", nullable=True),  # None: on the command line
    _when("at"),
    Column("counts", JSON, nullable=False),  # rows by table
)

place = Table(
    "place",
    metadata,
    _id(),
    _text("name", 200),
    _text("address", 300),
    _text("route", 1000),
    _text("phone", 32),
)

room = Table(
    "room",
    metadata,
    _id(),
    _ref("place_id", "place"),
    _text("name", 200),
    Column("people", Integer, nullable=False),
    _flag("quiet", on=True),
    _flag("private", on=True),
    _flag("reachable", on=True),
    _flag("wheelchair"),
)

trajectory = Table(
    "trajectory",
    metadata,
    _id(),
    Column("number", Integer, nullable=False, unique=True),  # shown as T-1234
    _ref("candidate_id", "candidate"),
    _ref("coach_id", "staff"),
    Column("talks", Integer, nullable=False),  # N of the contract
    Column("minutes", Integer, nullable=False),
    _text("state", 16),  # coaching.words.TrajectoryState
    _when("created_at"),
    Column("kind", String(16), nullable=False, server_default="blended"),
    Column("profile", String(8), nullable=False, server_default="usual"),  # SupportProfile (5.6)
    Column("cadence_days", Integer, nullable=True),
    Column("paused_days", Integer, nullable=False, server_default="0"),  # until `resumed_at`
    _when("paused_since", nullable=True),
    _when("resumed_at", nullable=True),
    _when("consent_asked_at", nullable=True),  # R27 is silent until somebody asks
    _when("coach_consented_at", nullable=True),
    _when("candidate_consented_at", nullable=True),
)

meeting = Table(
    "meeting",
    metadata,
    _id(),
    _ref("trajectory_id", "trajectory"),
    _ref("coach_id", "staff"),
    _ref("candidate_id", "candidate"),
    _ref("room_id", "room", nullable=True),
    _text("kind", 16),
    _text("mode", 16),
    _text("status", 16),
    _when("starts_at", index=True),
    _when("ends_at"),
    _text("zone", 64),
    _text("local_start", 16),  # 2027-03-03T14:00, what was agreed on the clock of `zone`
    Column("revision", Integer, nullable=False),  # rises with every change people must hear of
    Column("settings_version", Integer, nullable=False),
    Column("joint_seconds", Integer, nullable=False),
    _when("created_at"),
    _when("decided_at", nullable=True),  # when held, missed, failed or cancelled
    _flag("excepted"),  # stands on an exception to R7
    _when("hold_until", nullable=True, index=True),  # a provisional time lapses then by itself
    Column("hold_group", Uuid, nullable=True, index=True),  # the times it was offered with
    Column("counts_online", Boolean, nullable=True),  # held by video: both were seen (5.2)
    Column("attested_seconds", Integer, nullable=True),  # both pages vouched to see the other
    # An empty range overlaps nothing, so it would slip past the rule against overlap.
    CheckConstraint("ends_at > starts_at", name="ends_after_start"),
)

meeting_event = Table(
    "meeting_event",
    metadata,
    _id(),
    _ref("meeting_id", "meeting"),
    _when("at"),
    _text("actor", 80),  # staff:<uuid>, candidate, calendar, system
    _text("what", 40),
    Column("detail", JSON, nullable=False),
)

invitation = Table(
    "invitation",
    metadata,
    _id(),
    _ref("meeting_id", "meeting"),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    Column("revision", Integer, nullable=False),  # of the meeting, when it was made
    _when("created_at"),
    _when("revoked_at", nullable=True),
)

login_session = Table(
    "login_session",
    metadata,
    Column("id_hash", LargeBinary(32), primary_key=True),
    _ref("staff_id", "staff", nullable=True),
    _ref("invitation_id", "invitation", nullable=True),
    Column("device", Uuid, nullable=False),
    _text("csrf", 64),
    _when("created_at"),
    _when("seen_at"),
    _when("expires_at", index=True),
)

login_link = Table(
    "login_link",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    _ref("staff_id", "staff"),
    _when("expires_at"),
    _flag("reusable"),  # of a demo, where one link opens as often as it is pressed
)

login_failure = Table(
    "login_failure",
    metadata,
    _id(),
    _text("subject", 300),  # address block or account, hashed
    _when("at", index=True),
)

login_place = Table(  # where an account signed in well: a stranger's attempts close no door there
    "login_place",
    metadata,
    Column("subject", String(64), primary_key=True),  # account and address block, hashed
    _when("at", index=True),
)

ticket = Table(
    "ticket",
    metadata,
    Column("token_hash", LargeBinary(32), primary_key=True),
    _ref("meeting_id", "meeting"),
    _text("role", 16),
    Column("device", Uuid, nullable=False),
    _when("expires_at", index=True),
)

idempotency = Table(
    "idempotency",
    metadata,
    _text("actor", 80),
    _text("route", 80),
    _text("key", 64),
    Column("request_hash", LargeBinary(32), nullable=False),
    Column("response", JSON, nullable=False),
    _when("created_at", index=True),
    UniqueConstraint("actor", "route", "key"),
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    _text("kind", 16),  # mail, text, calendar
    _text(
        "subject", 80
    ),  # the row it is about, e.g. meeting:<uuid>; one at a time, in order of seq
    Column("seq", Integer, nullable=False),
    Column("dedupe_key", String(200), nullable=False, unique=True),
    Column("payload", JSON, nullable=False),  # ids and revisions; never a token, never a secret
    _when("not_before", index=True),
    Column("attempts", Integer, nullable=False),
    _text("leased_by", 80, nullable=True),
    _when("lease_until", nullable=True),
    _text("last_error", 300, nullable=True),
    _when("created_at"),
    _when("done_at", nullable=True, index=True),
    _when("gave_up_at", nullable=True),
)

calendar_connection = Table(
    "calendar_connection",
    metadata,
    _id(),
    _ref("staff_id", "staff"),
    _text("calendar_url", 1000),
    _text("user_name", 200),
    Column("secret", LargeBinary, nullable=False),  # encrypted, bound to this row
    _text("state", 16),  # ok, broken
    _text("last_error", 300, nullable=True),
    _when("last_ok", nullable=True),
    # one writer to a calendar at a time: who holds it, until when, and the fence of that hold
    _text("leased_by", 80, nullable=True),
    _when("lease_until", nullable=True),
    Column("fence", Integer, nullable=False, default=0, server_default="0"),
    Column("room_id", Uuid, nullable=True, index=True),  # a room's; staff_id connected it
    Column("kind", String(8), nullable=False, server_default="caldav"),  # caldav, feed
    Column("name", String(200), nullable=False, server_default=""),
    _text("colour", 9, nullable=True),
    Column("role", String(8), nullable=False, server_default="target"),  # target, busy, both
    _text("zone", 64, nullable=True),  # of its all-day events; None: the organisation's
    Column("capabilities", JSON, nullable=True),  # calendar_sync.reading.Capabilities
    _text("sync_token", 2000, nullable=True),  # stored last, with all that it stands for
    _when("next_read_at", nullable=True, index=True),
    Column("read_attempts", Integer, nullable=False, server_default="0"),
    _when("read_at", nullable=True),  # last read without failure: "laatst bijgewerkt"
    _when("full_read_at", nullable=True),
    _text("paused_for", 24, nullable=True),  # mass_deletion: a person must look first
    _when("connected_at", nullable=True),
    _when("removed_at", nullable=True),  # kept, so that connecting again finds its mirrors
)

calendar_lookup = Table(  # what an address and a password showed, until somebody has chosen
    "calendar_lookup",
    metadata,
    _id(),
    _ref("staff_id", "staff"),  # who asked; nobody else may go on with it
    _text("owner", 80),  # staff:<uuid>, room:<uuid>, all
    _text("user_name", 200),
    Column("secret", LargeBinary, nullable=False),  # sealed for this row; empty when done
    Column("found", JSON, nullable=False),
    _when("expires_at", index=True),
    _when("done_at", nullable=True),
)

remote_object = Table(
    "remote_object",
    metadata,
    _id(),
    _ref("connection_id", "calendar_connection"),
    _text("href", 1000),
    _text("etag", 300, nullable=True),
    _text("uid_hash", 64),  # SHA-256; a foreign UID may be long, or say something
    _text("state", 16),  # calendar_sync.events.ObjectState
    _text("reason", 40, nullable=True),
    _flag("recurring"),  # expanded anew when the window rolls
    _text("digest", 64),  # of the times and kinds that were made of it
    _when("seen_at"),
    UniqueConstraint("connection_id", "href"),
    # What a round without changes asks for, at a cost that does not grow with the calendar.
    Index("ix_remote_object_not_given", "connection_id", **_where("reason = 'not_given'")),
    Index("ix_remote_object_uncounted", "connection_id", **_where(UNCOUNTED)),
    Index("ix_remote_object_counted", "connection_id", **_where("digest <> ''")),
)

proposal = Table(
    "proposal",
    metadata,
    _id(),
    _ref("meeting_id", "meeting"),
    _ref("connection_id", "calendar_connection", nullable=True),  # None: an answer by mail
    _text("kind", 16),  # moved, removed, declined
    _when("starts_at", nullable=True),
    _when("ends_at", nullable=True),
    _text("why", 40),  # why the rules leave it to a person, or what they forbid
    _text("digest", 64),  # of what the calendar said: the same is proposed once
    _text("state", 16),  # open, accepted, refused, automatic, put_back, withdrawn
    _when("at"),
    _when("decided_at", nullable=True),
    _ref("decided_by", "staff", nullable=True),
    UniqueConstraint("meeting_id", "digest"),
)

sync_log = Table(
    "sync_log",
    metadata,
    _id(),
    _ref("connection_id", "calendar_connection"),
    _when("at", index=True),
    _text("kind", 8),  # first, changes, full
    _text("outcome", 40),
    Column("requests", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("removed", Integer, nullable=False),
    Column("unreadable", Integer, nullable=False),
    Column("milliseconds", Integer, nullable=False),
)

calendar_feed = Table(
    "calendar_feed",
    metadata,
    _id(),
    _text("kind", 8),  # coach, planner, room
    Column("owner_id", Uuid, nullable=False, index=True),  # a member of staff or a room
    _ref("staff_id", "staff"),  # who asked for it
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    _when("created_at"),
    _when("revoked_at", nullable=True),
    _when("read_at", nullable=True),
)

mailbox = Table(
    "mailbox",
    metadata,
    Column("name", String(200), primary_key=True),  # user@host/folder
    Column("uid_validity", BigInteger, nullable=False),
    Column("last_uid", BigInteger, nullable=False),
    _when("read_at"),
    _text("last_error", 300, nullable=True),
)

mail_reply = Table(
    "mail_reply",
    metadata,
    _id(),
    _ref("meeting_id", "meeting"),
    Column("message_hash", String(64), nullable=False, unique=True),
    _text("answer", 16),  # accepted, declined, tentative, countered
    _when("at"),
)

mirror = Table(
    "mirror",
    metadata,
    _id(),
    _ref("meeting_id", "meeting"),
    _ref("connection_id", "calendar_connection"),
    Column("generation", Integer, nullable=False),
    _text("uid", 200),
    _text("href", 1000),
    _text("etag", 300, nullable=True),
    Column("synced_revision", Integer, nullable=False),
    _text("state", 16),  # absent, present, removed
    Column("base", JSON, nullable=True),  # the fields last agreed on (calendar 11.2)
    _text("put_back", 64, nullable=True),  # digest of the change that was put back: once only
    UniqueConstraint("meeting_id", "connection_id"),
    UniqueConstraint("connection_id", "uid"),
)

seat_room = Table(
    "seat_room",
    metadata,
    Column("meeting_id", Uuid, ForeignKey("meeting.id"), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("state", JSON, nullable=False),  # signaling.room.RoomState
    _when("updated_at"),
)

staff_mail = Table(  # who wants invitations by mail, where no calendar is written to
    "staff_mail",
    metadata,
    Column("staff_id", Uuid, ForeignKey("staff.id"), primary_key=True),
    _when("since"),
)

notice = Table(
    "notice",
    metadata,
    _id(),
    _ref("staff_id", "staff"),
    _ref("meeting_id", "meeting", nullable=True),
    _text("code", 40),
    Column("params", JSON, nullable=False),
    _when("at"),
    _when("seen_at", nullable=True),
)

coach_hours = Table(
    "coach_hours",
    metadata,
    _id(),
    _ref("staff_id", "staff"),
    _ref("place_id", "place", nullable=True),  # None: by video or phone only
    Column("weekday", Integer, nullable=False),  # 0 is Monday
    _text("opens", 5),  # wall time of the organisation, 09:00
    _text("closes", 5),  # 00:00 is the end of the day
)

coach_day = Table(  # other hours on one day, in the place of the weekly ones
    "coach_day",
    metadata,
    _id(),
    _ref("staff_id", "staff"),
    _ref("place_id", "place", nullable=True),
    Column("day", Date, nullable=False),
    _text("opens", 5, nullable=True),  # None: closed
    _text("closes", 5, nullable=True),
)

coach_absence = Table(
    "coach_absence",
    metadata,
    _id(),
    _ref("staff_id", "staff"),
    _when("starts_at"),
    _when("ends_at"),
    _flag("all_day"),
)

coach_limits = Table(
    "coach_limits",
    metadata,
    Column("staff_id", Uuid, ForeignKey("staff.id"), primary_key=True),
    Column("before_minutes", Integer, nullable=False),
    Column("after_minutes", Integer, nullable=False),
    Column("talks_a_day", Integer, nullable=True),
)

travel = Table(
    "travel",
    metadata,
    Column("place_a", Uuid, ForeignKey("place.id"), primary_key=True),
    Column("place_b", Uuid, ForeignKey("place.id"), primary_key=True),
    Column("minutes", Integer, nullable=False),
)

room_hours = Table(
    "room_hours",
    metadata,
    _id(),
    _ref("room_id", "room"),
    Column("weekday", Integer, nullable=False),
    _text("opens", 5),
    _text("closes", 5),
)

room_office = Table(  # a coach's own office: allowed, and warned of (E21)
    "room_office",
    metadata,
    Column("room_id", Uuid, ForeignKey("room.id"), primary_key=True),
    Column("staff_id", Uuid, ForeignKey("staff.id"), primary_key=True),
)

written_contact = Table(  # guidance in writing: that somebody wrote, never what
    "written_contact",
    metadata,
    _id(),
    _ref("trajectory_id", "trajectory"),
    _text("role", 16),  # coaching.words.Role: who wrote
    Column("on_day", Date, nullable=False),
    _ref("recorded_by", "staff"),
    _when("at"),
)

candidate_level = Table(  # what was known of somebody, as it was written down
    "candidate_level",
    metadata,
    Column("candidate_id", Uuid, ForeignKey("candidate.id"), primary_key=True),
    Column("what", String(8), primary_key=True),  # skill, comfort
    Column("at", Instant(), primary_key=True),
    _text("level", 16),
    _text("source", 24),
    Column("since", Date, nullable=False),
)

candidate_preference = Table(
    "candidate_preference",
    metadata,
    Column("candidate_id", Uuid, ForeignKey("candidate.id"), primary_key=True),
    Column("days", JSON, nullable=False),  # weekdays from Monday, 0; empty: any
    Column("parts", JSON, nullable=False),  # coaching.availability.DayPart; empty: any
    _text("mode", 16, nullable=True),
    _text("zone", 64, nullable=True),  # where the candidate's own clock is another one (E18)
    _text("channel", 8, nullable=True),  # text or mail for nudges (R26); None: what there is
    _when("asked_at", nullable=True),  # when "Hoe wilt u praten?" was answered last (R18)
    # coaching.availability.Need: what every room must have for this candidate
    Column("needs", JSON, nullable=False, server_default="[]"),
    Column("near_place_id", Uuid, ForeignKey("place.id"), nullable=True),  # easiest to reach
)

busy = Table(
    "busy",
    metadata,
    _id(),
    Column("owner_id", Uuid, nullable=False, index=True),  # a member of staff or a room
    _when("starts_at", index=True),
    _when("ends_at"),
    _text("kind", 8),  # coaching.availability.BusyKind
    _ref("place_id", "place", nullable=True),
    _flag("elsewhere"),  # at a place that is not ours
    _text("source", 200),  # who says so; replaced as a whole
    Column("object_id", Uuid, nullable=True, index=True),  # remote_object: replaced by object
)

settings_version = Table(
    "settings_version",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("starts_on", Date, nullable=False),
    Column("numbers", JSON, nullable=False),  # what differs from version 1
    _ref("staff_id", "staff"),
    _when("at"),
)

exception_record = Table(
    "exception_record",
    metadata,
    _id(),
    _ref("trajectory_id", "trajectory"),
    _text("rule", 8),
    _text("code", 40),
    _text("reason", 200),
    _ref("asked_by", "staff"),
    _when("asked_at"),
    _ref("second_id", "staff", nullable=True),
    _when("second_at", nullable=True),
    Column("people_needed", Integer, nullable=False),
    Column("valid_until", Date, nullable=True),  # None: for one appointment
    _ref("used_by", "meeting", nullable=True),
    Column("settings_version", Integer, nullable=False),
    _when("ended_at", nullable=True),
)

todo = Table(
    "todo",
    metadata,
    _id(),
    _ref("staff_id", "staff"),
    _ref("candidate_id", "candidate"),
    _ref("trajectory_id", "trajectory", nullable=True),
    _ref("meeting_id", "meeting", nullable=True),
    _text("code", 40),
    Column("params", JSON, nullable=False),
    Column("urgency", Integer, nullable=False),  # 1 comes first
    _when("due_at"),
    _when("at"),
    Column("dedupe_key", String(200), nullable=False, unique=True),
    _when("done_at", nullable=True, index=True),
    _ref("done_by", "staff", nullable=True),
)

callback_request = Table(
    "callback_request",
    metadata,
    _id(),
    _ref("candidate_id", "candidate"),
    _ref("trajectory_id", "trajectory"),
    _ref("meeting_id", "meeting", nullable=True),
    _when("from_at"),
    _when("until_at"),
    _when("asked_at"),
    _when("done_at", nullable=True),
)

nudge = Table(
    "nudge",
    metadata,
    _id(),
    _ref("trajectory_id", "trajectory"),
    _ref("candidate_id", "candidate"),
    _text("rule", 8),
    Column("level", Integer, nullable=False),
    _text("channel", 8),  # mail, text
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    _when("at"),
    _when("failed_at", nullable=True),  # it could not be delivered (E22)
    _text("answer", 16, nullable=True),
    _when("answered_at", nullable=True),
)

activity = Table(
    "activity",
    metadata,
    _id(),
    _ref("candidate_id", "candidate"),
    _ref("meeting_id", "meeting", nullable=True),
    _text("what", 40),
    _when("at", index=True),
)

observation = Table(
    "observation",
    metadata,
    _id(),
    _ref("meeting_id", "meeting"),
    _ref("staff_id", "staff"),
    _text("code", 24),
    _when("at"),
    UniqueConstraint("meeting_id", "staff_id"),
)

skill_proposal = Table(
    "skill_proposal",
    metadata,
    _id(),
    _ref("candidate_id", "candidate"),
    _ref("trajectory_id", "trajectory"),
    _ref("meeting_id", "meeting", nullable=True),
    Column("what", String(8), nullable=False, server_default="skill"),  # or comfort
    _text("skill", 16),  # proposed
    _text("before", 16),
    _text("why", 24),  # coaching.words.SkillSource
    _when("at"),
    _when("decided_at", nullable=True),
    _flag("accepted"),
    _ref("decided_by", "staff", nullable=True),
)

failure = Table(
    "failure",
    metadata,
    _id(),
    Column("meeting_id", Uuid, ForeignKey("meeting.id"), nullable=False, unique=True),
    _text("cause", 24),
    _text("actor", 80),
    _when("at"),
    Column("hold_group", Uuid, nullable=True),
    _flag("soon"),  # the offered times lie within the promised days (E20)
    _when("dismissed_at", nullable=True),
    _text("dismissed_reason", 200, nullable=True),
    _ref("dismissed_by", "staff", nullable=True),
)

handover = Table(
    "handover",
    metadata,
    _id(),
    _ref("trajectory_id", "trajectory"),
    _ref("from_id", "staff"),
    _ref("to_id", "staff"),
    _when("at"),
    _text("actor", 80),
)

contract_version = Table(
    "contract_version",
    metadata,
    _id(),
    _ref("trajectory_id", "trajectory"),
    Column("version", Integer, nullable=False),  # 1 is what the trajectory began with
    Column("talks", Integer, nullable=False),
    Column("minutes", Integer, nullable=False),
    _text("reason", 200),
    _ref("asked_by", "staff"),
    _when("asked_at"),
    _when("coach_agreed_at", nullable=True),
    _when("candidate_agreed_at", nullable=True),
    _when("withdrawn_at", nullable=True),
    UniqueConstraint("trajectory_id", "version"),
)

coach_bar = Table(
    "coach_bar",
    metadata,
    _id(),
    _ref("staff_id", "staff"),  # the coach
    _text("code", 24),  # requirement, full, conflict (R30)
    _ref("candidate_id", "candidate", nullable=True),  # a conflict is with somebody
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=True),
    _ref("set_by", "staff"),
    _when("set_at"),
    _when("lifted_at", nullable=True),
)

coach_profile = Table(  # what candidates read of a coach where they choose one
    "coach_profile",
    metadata,
    Column("staff_id", Uuid, ForeignKey("staff.id"), primary_key=True),
    _text("about", 600),
    Column("shown", Boolean, nullable=False),
    _when("changed_at"),
)

coach_photo = Table(  # what candidates see of a coach before the talk
    "coach_photo",
    metadata,
    Column("staff_id", Uuid, ForeignKey("staff.id"), primary_key=True),
    Column("name", String(64), nullable=False, unique=True),  # 256 random bits: its address
    Column("content", LargeBinary, nullable=False),  # a JPEG that we made
    _when("changed_at"),
)

agreement_link = Table(  # a candidate's own page of what was agreed, whatever meetings there are
    "agreement_link",
    metadata,
    _id(),
    Column("trajectory_id", Uuid, ForeignKey("trajectory.id"), nullable=False, unique=True),
    Column("token_hash", LargeBinary(32), nullable=False, unique=True),
    _when("made_at"),
)

moment = Table(
    "moment",
    metadata,
    Column("key", String(200), primary_key=True),  # what a timer did, once
    _when("at", index=True),
)

task = Table(  # what candidate and coach do together in or around a talk (R6)
    "task",
    metadata,
    _id(),
    _ref("meeting_id", "meeting"),
    _ref("trajectory_id", "trajectory"),
    _text("text", 200),
    _ref("given_by", "staff"),
    _when("given_at"),
    _when("done_at", nullable=True),  # the candidate ticked it
    _when("discussed_at", nullable=True),  # the coach did
)

closing_note = Table(  # what was agreed at the end of a talk
    "closing_note",
    metadata,
    Column("meeting_id", Uuid, ForeignKey("meeting.id"), primary_key=True),
    _text("next_step", 200, nullable=True),
    _text("no_task_because", 24, nullable=True),  # coaching.words.NoTaskReason
    _text("no_next_because", 24, nullable=True),  # coaching.words.NoNextReason
    _ref("staff_id", "staff"),
    _when("at"),
)

talk_mood = Table(  # the candidate's face at the start and the end, for the coach
    "talk_mood",
    metadata,
    Column("meeting_id", Uuid, ForeignKey("meeting.id"), primary_key=True),
    Column("at_end", Boolean, primary_key=True),
    _text("mood", 8),  # server.usecases.moods.Mood
    _when("at"),
)

talk_quality = Table(  # stretches of 15 s, as this side received them; nothing else is kept
    "talk_quality",
    metadata,
    Column("meeting_id", Uuid, ForeignKey("meeting.id"), primary_key=True),
    Column("role", String(9), primary_key=True),
    Column("good", Integer, nullable=False),
    Column("weak", Integer, nullable=False),
    Column("bad", Integer, nullable=False),
    Column("relayed", Integer, nullable=False),  # of all these: through a relay
)

kept_line = Table(  # what was written in a talk and both keep; the text is there once both do
    "kept_line",
    metadata,
    _id(),
    _ref("meeting_id", "meeting"),
    Column("digest", LargeBinary(32), nullable=False),  # keyed: says nothing to who has it
    _text("text", 4_000, nullable=True),
    _when("coach_at", nullable=True),
    _when("candidate_at", nullable=True),
    UniqueConstraint("meeting_id", "digest"),
)

readiness = Table(  # what a practice of a candidate or a coach gave (5.2, R12 to R15)
    "readiness",
    metadata,
    _id(),
    _ref("candidate_id", "candidate", nullable=True),  # of one of these two
    _ref("staff_id", "staff", nullable=True),
    _ref("meeting_id", "meeting", nullable=True),  # the practice that was an appointment
    _text("device", 16),  # coaching.facts.DeviceClass
    _text("kind", 16),  # coaching.facts.PracticeKind
    _text("score", 8),  # coaching.words.Score: good, fair, bad
    _text("cause", 16, nullable=True),  # coaching.words.PracticeCause
    _when("at"),
    _when("expires_at", nullable=True),  # of one that was passed
    _ref("recorded_by", "staff", nullable=True),  # None: the practice partner itself
    _flag("without_camera"),  # it was agreed so: counts for talks that are without one too
    CheckConstraint("(candidate_id IS NULL) <> (staff_id IS NULL)", name="of_one_person"),
)

agreement = Table(
    "agreement",
    metadata,
    _id(),
    _ref("trajectory_id", "trajectory"),
    _ref("coach_id", "staff"),  # with whom
    _text("role", 16),  # who answered: coaching.words.Role
    _text("answer", 16),  # yes, no, withdrawn
    _text("way", 16),  # in a talk, by phone, by mail, by letter
    Column("given_on", Date, nullable=False),
    _ref("recorded_by", "staff"),
    _when("recorded_at"),
)

practice_session = Table(  # a practice that is going on, or was: answers and measurements, no media
    "practice_session",
    metadata,
    _id(),
    _ref("candidate_id", "candidate", nullable=True),  # of one of these two
    _ref("staff_id", "staff", nullable=True),
    _ref("meeting_id", "meeting", nullable=True),  # whose link it was opened by
    _text("kind", 16),  # coaching.facts.PracticeKind
    _text("device", 16),  # coaching.facts.DeviceClass, the newest
    _text("step", 16),  # coaching.practising.PracticeStep, where it is
    Column("answers", JSON, nullable=False),  # by step: given, device
    Column("measured", JSON, nullable=False),  # the newest measurement, {} without one
    _text("pointed", 16, nullable=True),  # the step at which whoever guides points
    _ref("helped_by", "staff", nullable=True),  # who sits beside (onsite)
    _when("started_at"),
    _when("changed_at", index=True),
    _when("reported_at", nullable=True),  # that it does not work yet
    _when("ended_at", nullable=True),
    _text("score", 8, nullable=True),
    CheckConstraint("(candidate_id IS NULL) <> (staff_id IS NULL)", name="of_one_person"),
)

device_check = Table(  # how camera and sound did on one device: a code, never media
    "device_check",
    metadata,
    _id(),
    _ref("candidate_id", "candidate"),
    _ref("meeting_id", "meeting"),
    Column("device", LargeBinary(32), nullable=True),  # hash of its cookie
    _text("place", 8),  # test, talk
    _text("verdict", 40, nullable=True),  # None: it works
    _when("at", index=True),
)

short_code = Table(  # typed on another device instead of a link
    "short_code",
    metadata,
    Column("code_hash", LargeBinary(32), primary_key=True),
    _ref("invitation_id", "invitation"),
    _when("expires_at", index=True),
)

waiting_note = Table(  # what the coach tells whoever waits
    "waiting_note",
    metadata,
    Column("meeting_id", Uuid, ForeignKey("meeting.id"), primary_key=True),
    Column("minutes", Integer, nullable=False),
    _when("at"),
    _when("read_at", nullable=True),  # it came onto the candidate's screen
)
