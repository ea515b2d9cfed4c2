"""When coaches work, where rooms stand open, how far places lie apart, what candidates prefer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from coaching.availability import BusyTime, DayPart
from coaching.words import Mode
from server.usecases.context import CandidateId, Parts, PlaceId, RoomId, StaffActor, StaffId


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursLine:
    """Open on `weekday` (0 is Monday) from `opens` until `closes` (00:00: the end of the day).

    `place` is None for hours in which a coach talks by video or phone only.
    """

    weekday: int
    opens: time
    closes: time
    place: PlaceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLine:
    """Other hours on one day; no `opens` closes the day."""

    day: date
    opens: time | None = None
    closes: time | None = None
    place: PlaceId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceLine:
    """Away; whole days when `all_day`, then `ends_at` is the midnight after the last."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    all_day: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CoachAvailability:
    """Everything a coach or planner fills in for one coach."""

    coach: StaffId
    coach_name: str
    hours: tuple[HoursLine, ...]
    days: tuple[DayLine, ...]
    absences: tuple[AbsenceLine, ...]  # not over yet
    before_minutes: int
    after_minutes: int
    talks_a_day: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomAvailability:
    """Everything a planner fills in for one room; no hours means always open."""

    room: RoomId
    name: str
    place: PlaceId
    place_name: str
    people: int
    quiet: bool
    private: bool
    reachable: bool
    wheelchair: bool
    office_of: frozenset[StaffId]  # whose own office it is: allowed, and warned of (E21)
    hours: tuple[HoursLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelLine:
    """Minutes on the way between two places, both ways."""

    one: PlaceId
    other: PlaceId
    minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """What a candidate likes; empty means any. `zone` only where it is not the organisation's."""

    days: frozenset[int] = frozenset()
    parts: frozenset[DayPart] = frozenset()
    mode: Mode | None = None
    zone: str | None = None


async def coach_availability(
    parts: Parts, actor: StaffActor, coach: StaffId, *, now: datetime
) -> CoachAvailability:
    """One coach's hours, days and absences. Reads only.

    Raises:
        NotFound: `coach_unknown`, no such coach, or not this coach's own.
    """
    raise NotImplementedError


async def save_hours(
    parts: Parts,
    actor: StaffActor,
    coach: StaffId,
    hours: Sequence[HoursLine],
    *,
    before_minutes: int,
    after_minutes: int,
    talks_a_day: int | None,
    key: str,
    now: datetime,
) -> None:
    """Replace a coach's week and limits.

    Raises:
        BadInput: `hours_contradict` (it closes before it opens, or two lines of one day overlap),
            `weekday_bad`, `minutes_bad` (0 to 240), `talks_a_day_bad` (1 to 20).
        NotFound: `coach_unknown`, `place_unknown`.
    """
    raise NotImplementedError


async def save_days(
    parts: Parts,
    actor: StaffActor,
    coach: StaffId,
    day: date,
    lines: Sequence[DayLine],
    *,
    key: str,
    now: datetime,
) -> None:
    """Replace the hours of one day; no lines gives the day its weekly hours back.

    Raises:
        BadInput: `hours_contradict`, or `day_bad`, a day in the past or a line of another day.
        NotFound: `coach_unknown`, `place_unknown`.
    """
    raise NotImplementedError


async def add_absence(
    parts: Parts,
    actor: StaffActor,
    coach: StaffId,
    *,
    starts_local: datetime,
    ends_local: datetime,
    all_day: bool,
    key: str,
    now: datetime,
) -> int:
    """Write down that a coach is away; give the number of standing meetings in it.

    Each of those becomes a to-do for the planners (`absence_conflict`); nothing is moved by itself.
    For whole days `ends_local` lies on the last day itself.

    Raises:
        BadInput: `ends_before_start`.
        NotFound: `coach_unknown`.
    """
    raise NotImplementedError


async def end_absence(
    parts: Parts, actor: StaffActor, absence: UUID, *, key: str, now: datetime
) -> None:
    """Take an absence away.

    Raises:
        NotFound: `absence_unknown`.
    """
    raise NotImplementedError


async def list_room_availability(parts: Parts, actor: StaffActor) -> tuple[RoomAvailability, ...]:
    """All rooms by place and name. Reads only.

    Raises:
        NotAllowed: the actor is neither planner nor admin.
    """
    raise NotImplementedError


async def save_room(
    parts: Parts,
    actor: StaffActor,
    room: RoomId,
    *,
    quiet: bool,
    private: bool,
    reachable: bool,
    wheelchair: bool,
    office_of: frozenset[StaffId],
    hours: Sequence[HoursLine],
    key: str,
    now: datetime,
) -> None:
    """Replace the facets and opening hours of a room.

    Raises:
        BadInput: `hours_contradict`, `weekday_bad`.
        NotFound: `room_unknown`, `coach_unknown`.
        NotAllowed: the actor is neither planner nor admin.
    """
    raise NotImplementedError


async def list_travel(parts: Parts) -> tuple[TravelLine, ...]:
    """All pairs of places that have minutes."""
    raise NotImplementedError


async def save_travel(
    parts: Parts,
    actor: StaffActor,
    lines: Sequence[TravelLine],
    *,
    key: str,
    now: datetime,
) -> None:
    """Set the minutes between these pairs of places; other pairs stay as they are.

    Raises:
        BadInput: `minutes_bad` (0 to 480), `same_place`.
        NotFound: `place_unknown`.
        NotAllowed: the actor is neither planner nor admin.
    """
    raise NotImplementedError


async def preference_of(parts: Parts, candidate: CandidateId) -> Preference:
    """What a candidate prefers; any time where nothing was said."""
    raise NotImplementedError


async def save_preference(
    parts: Parts,
    actor: StaffActor,
    candidate: CandidateId,
    preference: Preference,
    *,
    key: str,
    now: datetime,
) -> None:
    """Write down what a candidate prefers.

    Raises:
        BadInput: `weekday_bad`, `zone_bad`, `mode_unbookable`.
        NotFound: `candidate_unknown`, or not one of this coach.
    """
    raise NotImplementedError


async def replace_busy(parts: Parts, owner: UUID, source: str, busy: Sequence[BusyTime]) -> None:
    """Put the busy times that `source` knows of a coach or room in the place of the old ones.

    Called by whoever reads calendars; free times are only ever computed from these rows.
    """
    raise NotImplementedError
