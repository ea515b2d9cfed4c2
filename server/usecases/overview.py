"""What staff look at: the week, today, one meeting, notices. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from coaching.access import Right, may_open, of_candidate
from coaching.errors import BadInput, NotFound
from coaching.facts import LinkState
from coaching.lifecycle import may_reopen
from coaching.words import MeetingStatus, Mode, Role, Skill
from server.store import attention, deliveries, meetings, notices
from server.store.database import Tx
from server.usecases.access import guidances_of, require_planner, rights_in
from server.usecases.attention import TodoCode
from server.usecases.context import MeetingId, Parts, StaffActor
from server.usecases.file_then import as_known_then, file_until
from server.usecases.looking_live import NOT_CHECKED, is_unchecked
from server.usecases.people import MeetingLine, line_view
from server.usecases.stand_ins import HAS_NO_STAND_IN, stands_in_for
from server.usecases.talks import Talk, load_talk

# What a planner can put right for any coach: an address, a calendar.
_FOR_PLANNERS = (
    "mail_bounced",
    "staff_mail_refused",
    "calendar_broken",
    "calendar_paused",
    "reply_declined",
    "reply_countered",
)
_COMING = 5
_LONGEST = timedelta(minutes=480)  # no meeting is longer (`check_slot`)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeView:
    """Something a member of staff has to know."""

    id: UUID
    code: str  # worded by the catalogue: notice.<code>
    params: dict[str, str]
    at: datetime
    meeting: MeetingId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayColumn:
    """One day of the week, its meetings in order of time."""

    day: date
    meetings: tuple[MeetingLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekView:
    """A week of appointments of all coaches and rooms, Monday first."""

    year: int
    week: int  # ISO 8601
    days: tuple[DayColumn, ...]
    previous: str  # "2027-W08"
    next: str
    notices: tuple[NoticeView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayLine:
    """One of the coach's meetings today."""

    meeting: MeetingLine
    candidate_phone: str | None
    can_open: bool  # a video talk whose window is open
    waits: bool  # the candidate sits in the waiting room now; only the live room knows
    trouble: str = ""  # coaching.getting_in.DeviceVerdict: what is in the candidate's way now


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayView:
    """The coach's day, and what comes next."""

    day: date
    lines: tuple[TodayLine, ...]
    coming: tuple[MeetingLine, ...]  # the next five after today
    notices: tuple[NoticeView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """One thing that happened to a meeting; worded by the catalogue: history.<what>."""

    at: datetime
    actor: str
    what: str
    detail: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What stands in the way of a meeting to come, or is not known of it."""

    practise_first: bool  # it stands, but the rules ask a practice before it by now (R20)
    clashes: bool  # something else came over it in a calendar
    unchecked: bool  # a calendar did not answer when it was booked, and was not read since
    has_file: bool  # this reader may open what is known of the candidate
    stands_in_for: str  # whose guidance it is, when another coach has this one talk (E5)
    may_stand_in: bool  # this reader may choose another coach for it


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingView:
    """One meeting with everything staff may know of it."""

    line: MeetingLine
    minutes: int
    revision: int
    status: MeetingStatus
    mode: Mode
    trajectory: UUID
    candidate: UUID
    coach: UUID
    room: UUID | None
    place_name: str | None
    candidate_phone: str | None
    skill: Skill | None  # of the own people: the file says it
    joint_seconds: int
    attested_seconds: int | None
    mail_state: str  # none, waiting, sent, failing, gave_up
    calendar_state: str  # none, waiting, present, failing, removed
    history: tuple[HistoryLine, ...]
    can_open: bool
    can_change: bool
    can_close: bool
    may_write: bool  # a letter, which bears the candidate's own link
    may_change: bool  # of who had it to stand in or to guide until it is over
    marks: Marks


async def week(parts: Parts, actor: StaffActor, *, year: int, week: int) -> WeekView:
    """The week for planner and admin.

    Raises:
        NotAllowed: a coach without one of these roles.
        BadInput: `week_unknown`, there is no such week.
    """
    require_planner(actor)
    monday = _monday(year, week)
    days = [monday + timedelta(days=n) for n in range(7)]
    tz = parts.settings.tz
    async with parts.database.read() as tx:
        lines = await meetings.lines_between(
            tx, _midnight(monday, tz), _midnight(monday + timedelta(days=7), tz)
        )
        found = await notices.open_notices(tx, actor.id, also=_shown_besides(actor))
    return WeekView(
        year=year,
        week=week,
        days=tuple(_column(day, lines, tz) for day in days),
        previous=_week_name(monday - timedelta(days=7)),
        next=_week_name(monday + timedelta(days=7)),
        notices=tuple(_notice(one) for one in found),
    )


async def today(parts: Parts, actor: StaffActor, *, now: datetime) -> TodayView:
    """The coach's own day, with what began yesterday and still runs, or opens before midnight."""
    tz = parts.settings.tz
    day = now.astimezone(tz).date()
    midnight, tomorrow = _midnight(day, tz), _midnight(day + timedelta(days=1), tz)
    late = timedelta(minutes=parts.settings.late_minutes)
    ends = max(tomorrow, now + timedelta(minutes=parts.settings.early_minutes, seconds=1))
    async with parts.database.read() as tx:
        lines = await meetings.lines_between(tx, midnight - _LONGEST - late, ends, coach=actor.id)
        standing = [line for line in lines if _is_today(parts, line, midnight, now=now)]
        coming = await meetings.lines_coming(tx, ends, coach=actor.id, most=_COMING)
        shown = [await _today_line(parts, tx, line, now=now) for line in standing]
        found = await notices.open_notices(tx, actor.id, also=_shown_besides(actor))
    return TodayView(
        day=day,
        lines=tuple(shown),
        coming=tuple(line_view(line) for line in coming),
        notices=tuple(_notice(one) for one in found),
    )


async def show_meeting(
    parts: Parts, actor: StaffActor, meeting: MeetingId, *, now: datetime
) -> MeetingView:
    """One meeting. Who has it to stand in or to guide is told less of the candidate (E5).

    Raises:
        NotFound: no such meeting, or not one of this coach.
    """
    async with parts.database.read() as tx:
        talk = await load_talk(tx, meeting)
        line = await meetings.line_of(tx, meeting)
        if talk is None or line is None or not may_open(actor, talk.coach.id):
            raise NotFound("meeting_unknown")
        history = await meetings.events_of(tx, meeting)
        mail_state = await deliveries.mail_state(tx, meeting)
        calendar_state = await deliveries.calendar_state(tx, meeting)
        marks = await _marks(tx, actor, talk.meeting, history, now=now)
        rights = await rights_in(tx, actor, talk.meeting, now=now)
        skill = await _skill(tx, actor, talk) if marks.has_file else None
    found, whole = talk.meeting, marks.has_file
    return MeetingView(
        line=line_view(line),
        minutes=int((found.ends_at - found.starts_at).total_seconds() // 60),
        revision=found.revision,
        status=MeetingStatus(found.status),
        mode=Mode(found.mode),
        trajectory=found.trajectory_id,
        candidate=found.candidate_id,
        coach=found.coach_id,
        room=found.room_id,
        place_name=line.place_name,
        candidate_phone=talk.candidate.phone if whole or Right.CALL in rights else None,
        skill=skill,
        joint_seconds=found.joint_seconds,
        attested_seconds=found.attested_seconds,
        mail_state=mail_state,
        calendar_state=calendar_state,
        history=tuple(_history(one) for one in history),
        can_open=_can_open(parts, talk, now=now) and talk.role_of(actor) is Role.COACH,
        can_change=found.status == MeetingStatus.PLANNED,
        can_close=Right.CHANGE in rights and _can_close(parts, found, now=now),
        may_change=Right.CHANGE in rights,
        may_write=Right.WRITE_LETTER in rights,
        marks=marks,
    )


async def _skill(tx: Tx, actor: StaffActor, talk: Talk) -> Skill:
    until = await file_until(tx, actor, talk.candidate.id)
    known = await as_known_then(tx, talk.candidate, until) if until else talk.candidate
    return Skill(known.skill)


async def _marks(
    tx: Tx,
    actor: StaffActor,
    found: meetings.MeetingRecord,
    history: Sequence[meetings.EventRecord],
    *,
    now: datetime,
) -> Marks:
    to_come = found.status == MeetingStatus.PLANNED and now < found.starts_at
    chooses = actor.may(Right.PLAN) and found.kind not in HAS_NO_STAND_IN
    noted = max((one.at for one in history if one.what == NOT_CHECKED), default=None)
    return Marks(
        practise_first=await attention.is_open(tx, found.id, TodoCode.PRACTISE_FIRST),
        clashes=await attention.is_open(tx, found.id, TodoCode.CALENDAR_CLASH),
        unchecked=await is_unchecked(tx, found, noted, now=now),
        has_file=await _has_file(tx, actor, found.candidate_id),
        stands_in_for=await stands_in_for(tx, found),
        may_stand_in=to_come and chooses,
    )


async def _has_file(tx: Tx, actor: StaffActor, candidate: UUID) -> bool:
    """Whoever has this one talk only, as guide or stand-in, sees the talk and not the file."""
    return Right.READ_FILE in of_candidate(actor, await guidances_of(tx, candidate))


async def dismiss_notice(parts: Parts, actor: StaffActor, notice: UUID, *, now: datetime) -> None:
    """Take a notice of this person away; a second time does nothing."""
    also = _shown_besides(actor)
    await parts.database.run(lambda tx: notices.take_away(tx, notice, actor.id, also=also, now=now))


def _monday(year: int, week: int) -> date:
    try:
        monday = date.fromisocalendar(year, week, 1)
    except ValueError:
        raise BadInput("week_unknown", field="week") from None
    if not 1970 <= year <= 9000:  # noqa: PLR2004 -- outside of it the weeks around do not exist
        raise BadInput("week_unknown", field="week")
    return monday


def _week_name(monday: date) -> str:
    year, number, _ = monday.isocalendar()
    return f"{year:04d}-W{number:02d}"


def _midnight(day: date, tz: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=tz)


def _shown_besides(actor: StaffActor) -> tuple[str, ...]:
    return _FOR_PLANNERS if actor.may(Right.PLAN) else ()


def _column(day: date, lines: Sequence[meetings.LineRecord], tz: ZoneInfo) -> DayColumn:
    shown = [line_view(line) for line in lines if line.starts_at.astimezone(tz).date() == day]
    return DayColumn(day=day, meetings=tuple(shown))


def _notice(found: notices.NoticeRecord) -> NoticeView:
    return NoticeView(
        id=found.id,
        code=found.code,
        params=found.params,
        at=found.at,
        meeting=MeetingId(found.meeting_id) if found.meeting_id else None,
    )


def _is_today(
    parts: Parts, line: meetings.LineRecord, midnight: datetime, *, now: datetime
) -> bool:
    """Whether a meeting is of this day, or of yesterday and people may still come back to it."""
    late = timedelta(minutes=parts.settings.late_minutes)
    runs = line.status in (MeetingStatus.PLANNED, MeetingStatus.OPEN) and now <= line.ends_at + late
    return line.status != MeetingStatus.CANCELLED and (line.starts_at >= midnight or runs)


async def _today_line(
    parts: Parts, tx: Tx, line: meetings.LineRecord, *, now: datetime
) -> TodayLine:
    talk = await load_talk(tx, line.id)
    return TodayLine(
        meeting=line_view(line),
        candidate_phone=line.candidate_phone,
        can_open=talk is not None and _can_open(parts, talk, now=now),
        waits=False,
    )


def _can_open(parts: Parts, talk: Talk, *, now: datetime) -> bool:
    return talk.link_state(parts.settings, now=now) is LinkState.GOOD


def _history(found: meetings.EventRecord) -> HistoryLine:
    return HistoryLine(at=found.at, actor=found.actor, what=found.what, detail=found.detail)


def _can_close(parts: Parts, found: meetings.MeetingRecord, *, now: datetime) -> bool:
    if found.status in (MeetingStatus.PLANNED, MeetingStatus.OPEN):
        return now >= found.starts_at
    corrected = found.status in (MeetingStatus.HELD, MeetingStatus.MISSED)
    return (
        corrected
        and found.decided_at is not None
        and may_reopen(found.decided_at, now, parts.settings.tz)
    )
