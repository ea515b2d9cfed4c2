"""When people and rooms could meet, as facts: hours, leave, busy times, travel, rooms, wishes.

Hours are wall time of the organisation's zone; busy times are moments. Nothing here asks a
calendar: what the store knows is handed in (handbook calendar 11.6).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID
from zoneinfo import ZoneInfo

from coaching.errors import BadInput
from coaching.intervals import minute_on_clock, moment_of

_MIDNIGHT = time(0, 0)
_DAYS = 7
_HOUR = 60


class BusyKind(StrEnum):
    """What a busy time means for a new talk (calendar 11.6)."""

    HARD = "hard"  # busy, out of office, own talk, held
    SOFT = "soft"  # tentative, not answered yet: free only when somebody asks for it
    NONE = "none"  # free, cancelled, declined


class Facet(StrEnum):
    """What makes a room fit for a talk (S4-26)."""

    QUIET = "quiet"
    PRIVATE = "private"
    REACHABLE = "reachable"
    WHEELCHAIR = "wheelchair"


class Need(StrEnum):
    """What a candidate needs of every room, for as long as it stands in the file."""

    WHEELCHAIR = "wheelchair"
    QUIET = "quiet"
    REACHABLE = "reachable"
    COMPANION = "companion"  # somebody comes along, and sits too

    @property
    def facet(self) -> Facet | None:
        """What the room has to be; None where it only takes a chair."""
        return None if self is Need.COMPANION else Facet(self)


class DayPart(StrEnum):
    """A part of the day on the candidate's own clock."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"


PART_HOURS: Mapping[DayPart, tuple[time, time]] = MappingProxyType(
    {
        DayPart.MORNING: (time(6), time(12)),
        DayPart.AFTERNOON: (time(12), time(18)),
        DayPart.EVENING: (time(18), _MIDNIGHT),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyTime:
    """Somebody or something is taken from `starts_at` until `ends_at` (aware).

    `place` is one of our places; `elsewhere` says that it names a place that is not ours. Neither
    means no place is named: an online meeting, or nobody knows.

    Raises:
        BadInput: `ends_before_start`.
    """

    starts_at: datetime
    ends_at: datetime
    kind: BusyKind = BusyKind.HARD
    place: UUID | None = None
    elsewhere: bool = False
    ours: bool = False  # a talk of this installation: counts for the most talks a day

    def __post_init__(self) -> None:
        """Refuse a time that ends before it begins."""
        if self.ends_at < self.starts_at:
            raise BadInput("ends_before_start", field="ends")


def whole_days(first: date, last: date, zone: ZoneInfo, kind: BusyKind = BusyKind.HARD) -> BusyTime:
    """Give the busy time of an all-day event from `first` to `last`, in the zone of its owner.

    Raises:
        BadInput: `ends_before_start`.
    """
    return BusyTime(
        starts_at=_midnight_of(first, zone),
        ends_at=_midnight_of(last + timedelta(days=1), zone),
        kind=kind,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Open from `opens` until `closes` (00:00: the end of the day), at `place` or anywhere.

    Raises:
        BadInput: `hours_contradict`, it closes before it opens.
    """

    opens: time
    closes: time
    place: UUID | None = None

    def __post_init__(self) -> None:
        """Refuse hours that end before they begin."""
        if self.closes != _MIDNIGHT and self.closes <= self.opens:
            raise BadInput("hours_contradict", field="hours")

    def on(self, day: date) -> tuple[datetime, datetime]:
        """Give the wall times of this block on `day`."""
        last = day + timedelta(days=1) if self.closes == _MIDNIGHT else day
        return datetime.combine(day, self.opens), datetime.combine(last, self.closes)


Week = tuple[tuple[Block, ...], ...]  # seven days, from Monday


def workdays(*blocks: Block) -> Week:
    """Give a week with these hours from Monday to Friday."""
    return (blocks,) * 5 + ((),) * 2


@dataclass(frozen=True, slots=True, kw_only=True)
class DayException:
    """Other hours on one day, in the place of the usual ones; none at all closes the day.

    It is stronger than a public holiday, weaker than leave.
    """

    day: date
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Away on all days from `first` to `last`.

    Raises:
        BadInput: `ends_before_start`.
    """

    first: date
    last: date

    def __post_init__(self) -> None:
        """Refuse leave that ends before it begins."""
        if self.last < self.first:
            raise BadInput("ends_before_start", field="ends")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHours:
    """When a coach works or a room is open, before anything is booked.

    Raises:
        BadInput: `hours_contradict`, not seven days.
    """

    week: Week
    exceptions: tuple[DayException, ...] = ()
    leave: tuple[Leave, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a week that is not one."""
        if len(self.week) != _DAYS:
            raise BadInput("hours_contradict", field="hours")


@dataclass(frozen=True, slots=True, kw_only=True)
class CoachCalendar:
    """Everything that decides when `coach` can talk. Buffers are minutes around every hard time.

    Raises:
        BadInput: `settings_contradict`, a number below zero.
    """

    coach: UUID
    hours: OpeningHours
    busy: tuple[BusyTime, ...] = ()
    buffer_before: int = 0
    buffer_after: int = 0
    most_talks_a_day: int | None = None

    def __post_init__(self) -> None:
        """Refuse numbers below zero."""
        for name in ("buffer_before", "buffer_after", "most_talks_a_day"):
            _at_least(name, getattr(self, name) or 0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """A room at a place. `office_of` names whose own office it is: allowed, and warned (E21)."""

    room: UUID
    place: UUID
    people: int
    hours: OpeningHours
    facets: frozenset[Facet] = frozenset()
    office_of: frozenset[UUID] = frozenset()
    busy: tuple[BusyTime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomNeeds:
    """What a talk needs of a room."""

    people: int = 2
    facets: frozenset[Facet] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateTimes:
    """When a candidate likes to talk, on the clock of `zone`; an empty wish means any.

    `days` are weekdays from Monday (0). Somebody abroad has a zone of their own (E18).
    """

    person: UUID | None = None  # whose own office is warned of
    days: frozenset[int] = frozenset()
    parts: frozenset[DayPart] = frozenset()
    zone: ZoneInfo | None = None  # None: the organisation's
    busy: tuple[BusyTime, ...] = ()
    needs: frozenset[Need] = frozenset()
    near: UUID | None = None  # the place that is easiest to reach


ANYTIME = CandidateTimes()
TWO_PEOPLE = RoomNeeds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Travel:
    """Minutes on the way between our places; one direction is enough where both are the same.

    `elsewhere_minutes` holds for places that are not ours and for pairs that are not given.

    Raises:
        BadInput: `settings_contradict`, minutes below zero.
    """

    minutes: Mapping[tuple[UUID, UUID], int] = field(default_factory=dict)
    elsewhere_minutes: int = 30

    def __post_init__(self) -> None:
        """Refuse minutes below zero."""
        for minutes in (self.elsewhere_minutes, *self.minutes.values()):
            _at_least("travel", minutes, 0)

    def between(self, one: UUID, other: UUID) -> int:
        """Give the minutes from `one` to `other`."""
        if one == other:
            return 0
        there = self.minutes.get((one, other))
        back = self.minutes.get((other, one), self.elsewhere_minutes)
        return back if there is None else there


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotRules:
    """How times are offered: zone, steps, notice and horizon, public holidays, travel.

    Raises:
        BadInput: `settings_contradict`, notice beyond the horizon, a step that does not divide
            the hour, or a number below zero.
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Amsterdam"))
    step_minutes: int = 15
    notice_hours: int = 24
    horizon_days: int = 56
    holidays: frozenset[date] = frozenset()
    travel: Travel = field(default_factory=Travel)

    def __post_init__(self) -> None:
        """Refuse numbers that contradict each other."""
        _at_least("notice_hours", self.notice_hours, 0)
        if self.notice_hours >= self.horizon_days * 24:
            raise BadInput("settings_contradict", field="notice_hours", other="horizon_days")
        if self.step_minutes not in range(1, _HOUR + 1) or _HOUR % self.step_minutes:
            raise BadInput("settings_contradict", field="step_minutes", other=str(_HOUR))


def _midnight_of(day: date, zone: ZoneInfo) -> datetime:
    return moment_of(minute_on_clock(datetime.combine(day, _MIDNIGHT), zone))


def _at_least(name: str, value: int, least: int) -> None:
    if value < least:
        raise BadInput("settings_contradict", field=name, other=str(least))
