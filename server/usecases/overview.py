"""What staff look at: the week, today, one meeting, notices. Reads only."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from coaching.words import MeetingStatus, Mode
from server.usecases.context import MeetingId, Parts, StaffActor
from server.usecases.people import MeetingLine


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
    waits: bool  # the candidate sits in the waiting room now


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
    joint_seconds: int
    mail_state: str  # none, waiting, sent, failing, gave_up
    calendar_state: str  # none, waiting, present, failing, removed
    history: tuple[HistoryLine, ...]
    can_open: bool
    can_change: bool
    can_close: bool


async def week(parts: Parts, actor: StaffActor, *, year: int, week: int) -> WeekView:
    """The week for planner and admin."""
    raise NotImplementedError


async def today(parts: Parts, actor: StaffActor, *, now: datetime) -> TodayView:
    """The coach's own day."""
    raise NotImplementedError


async def show_meeting(
    parts: Parts, actor: StaffActor, meeting: MeetingId, *, now: datetime
) -> MeetingView:
    """One meeting.

    Raises:
        NotFound: no such meeting, or not one of this coach.
    """
    raise NotImplementedError


async def dismiss_notice(parts: Parts, actor: StaffActor, notice: UUID, *, now: datetime) -> None:
    """Take a notice of this person away; a second time does nothing."""
    raise NotImplementedError
