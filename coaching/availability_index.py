"""Availability made ready for quick answers: what is open of a coach, of rooms, of a candidate.

An index belongs to one version of the facts. It remembers what it worked out once, which changes
no answer; when a fact changes, only the index of that coach or room is made anew.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from coaching.availability import (
    PART_HOURS,
    Block,
    BusyKind,
    BusyTime,
    CandidateTimes,
    CoachCalendar,
    OpeningHours,
    Room,
    RoomNeeds,
    SlotRules,
)
from coaching.intervals import NOTHING, Spans, minute_after, minute_of, minute_on_clock, moment_of

_ONE_DAY = timedelta(days=1)
_Whereabouts = tuple[UUID | None, bool]  # a place of ours, or elsewhere
_Groups = dict[_Whereabouts, Spans]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The days that an index covers, from `first` to `last`, in the organisation's zone."""

    first: date
    last: date

    @classmethod
    def from_day(cls, first: date, rules: SlotRules) -> "Window":
        """Give the window that holds the horizon when booking begins on `first`."""
        return cls(first=first, last=first + timedelta(days=rules.horizon_days))

    def days(self) -> Iterator[date]:
        """Every day of the window."""
        for count in range((self.last - self.first).days + 1):
            yield self.first + timedelta(days=count)

    def minutes(self, zone: ZoneInfo) -> tuple[int, int]:
        """Give the first minute of the window, and the first one after it."""
        return midnight(self.first, zone), midnight(self.last + _ONE_DAY, zone)


class CoachIndex:
    """When one coach can talk, for every place, in the days of a window.

    It keeps what is free and forgets what is busy, so that thousands of coaches fit in memory.
    """

    def __init__(self, calendar: CoachCalendar, rules: SlotRules, window: Window) -> None:
        """Work out what is free of `calendar`; O(n log n) in its busy times."""
        self.coach = calendar.coach
        self.rules = rules
        self.window = window
        self._free: dict[tuple[UUID | None, bool], Spans] = {}
        self._openings: dict[tuple[UUID | None, int, bool], Spans] = {}
        hours = open_hours(calendar.hours, rules, window)
        self.places: tuple[UUID | None, ...] = tuple(hours)  # None: wherever the coach is
        hard, soft = _by_whereabouts(calendar.busy, window.minutes(rules.zone))
        full = _full_days(calendar, rules, window)
        for place, open_at in hours.items():
            over_soft = open_at.minus(_taken(hard, place, calendar, rules)).minus(full)
            self._free[place, True] = over_soft
            self._free[place, False] = over_soft.minus(_taken(soft, place, calendar, rules))

    def free(self, place: UUID | None, *, over_soft: bool = False) -> Spans:
        """Give the hours at `place` that are not taken, buffers and travel counted.

        With `over_soft` a tentative time counts as free.
        """
        return self._free.get((place, over_soft), NOTHING)

    def openings(self, place: UUID | None, minutes: int, *, over_soft: bool = False) -> Spans:
        """Give every minute at which a talk of `minutes` at `place` may begin."""
        key = (place, minutes, over_soft)
        found = self._openings.get(key)
        if found is None:
            free = self.free(place, over_soft=over_soft)
            found = self._openings[key] = free.openings(minutes, self.rules.step_minutes)
        return found


class RoomIndex:
    """When which room is free, by place, in the days of a window."""

    def __init__(self, rooms: Iterable[Room], rules: SlotRules, window: Window) -> None:
        """Sort the facts of `rooms`."""
        self.rules = rules
        self._at: dict[UUID, list[tuple[Room, Spans]]] = defaultdict(list)
        for room in rooms:
            self._at[room.place].append((room, _free_of(room, rules, window)))
        self._openings: dict[tuple[UUID, RoomNeeds, int], Spans] = {}

    def fitting(self, needs: RoomNeeds) -> tuple[Room, ...]:
        """Give the rooms that are fit for `needs`, free or not."""
        return tuple(room for rooms in self._at.values() for room, _ in rooms if _fits(room, needs))

    def openings(self, place: UUID, needs: RoomNeeds, minutes: int) -> Spans:
        """Give every minute at which some fitting room at `place` is free for `minutes`."""
        key = (place, needs, minutes)
        if key not in self._openings:
            step = self.rules.step_minutes
            each = [
                free.openings(minutes, step)
                for room, free in self._at.get(place, ())
                if _fits(room, needs)
            ]
            self._openings[key] = NOTHING.plus(*each)
        return self._openings[key]

    def pick(
        self, place: UUID, needs: RoomNeeds, start: int, end: int, *, people: frozenset[UUID | None]
    ) -> Room | None:
        """Choose a free room at `place`: nobody's own office first, then the smallest."""
        free = [
            room
            for room, open_at in self._at.get(place, ())
            if _fits(room, needs) and open_at.covers(start, end)
        ]
        return min(
            free, key=lambda room: (bool(room.office_of & people), room.people), default=None
        )


def open_hours(hours: OpeningHours, rules: SlotRules, window: Window) -> dict[UUID | None, Spans]:
    """Give the opening hours by place, without leave and public holidays."""
    exceptions = {exception.day: exception.blocks for exception in hours.exceptions}
    pairs: dict[UUID | None, list[tuple[int, int]]] = defaultdict(list)
    for day in window.days():
        if any(leave.first <= day <= leave.last for leave in hours.leave):
            continue
        usual = () if day in rules.holidays else hours.week[day.weekday()]
        for block in exceptions.get(day, usual):
            pairs[block.place].append(_minutes_of(block, day, rules.zone))
    return {place: Spans.of(found) for place, found in pairs.items()}


def candidate_free(
    candidate: CandidateTimes, rules: SlotRules, span: tuple[int, int], *, over_soft: bool
) -> Spans:
    """Give the minutes of `span` that suit the candidate: as wished, and not taken."""
    counted = {BusyKind.HARD} if over_soft else {BusyKind.HARD, BusyKind.SOFT}
    taken = (
        (minute_of(time.starts_at), minute_after(time.ends_at))
        for time in candidate.busy
        if time.kind in counted
    )
    return _wished(candidate, rules, span).minus(Spans.of(taken))


def midnight(day: date, zone: ZoneInfo) -> int:
    """Give the minute at which `day` begins in `zone`."""
    return minute_on_clock(datetime.combine(day, time(0, 0)), zone)


def _minutes_of(block: Block, day: date, zone: ZoneInfo) -> tuple[int, int]:
    opens, closes = block.on(day)
    return minute_on_clock(opens, zone), minute_on_clock(closes, zone)


def _by_whereabouts(busy: Iterable[BusyTime], span: tuple[int, int]) -> tuple[_Groups, _Groups]:
    """Sort out hard and soft times that can matter in `span`, a day of travel around it.

    What meets or overlaps is one time from here on: whatever is added around each of two such
    times, together they take what is added around both.
    """
    day = _ONE_DAY // timedelta(minutes=1)
    first, last = span[0] - day, span[1] + day
    found: dict[tuple[bool, _Whereabouts], list[tuple[int, int]]] = defaultdict(list)
    for time_ in busy:
        kind = time_.kind
        if kind is BusyKind.NONE:
            continue
        start, end = minute_of(time_.starts_at), minute_after(time_.ends_at)
        if start < last and end > first:
            found[kind is BusyKind.HARD, (time_.place, time_.elsewhere)].append((start, end))
    hard: _Groups = {}
    soft: _Groups = {}
    for (is_hard, whereabouts), pairs in found.items():
        (hard if is_hard else soft)[whereabouts] = Spans.of(pairs)
    return hard, soft


def _taken(groups: _Groups, place: UUID | None, calendar: CoachCalendar, rules: SlotRules) -> Spans:
    """What busy times leave no room for at `place`: buffers and travel around each of them."""
    pairs: list[tuple[int, int]] = []
    before, after = calendar.buffer_before, calendar.buffer_after
    for whereabouts, times in groups.items():
        to, fro = _travel(place, whereabouts, rules)
        pairs += [(start - after - to, end + before + fro) for start, end in times]
    return Spans.of(pairs)


def _travel(place: UUID | None, whereabouts: _Whereabouts, rules: SlotRules) -> tuple[int, int]:
    """Minutes from a talk at `place` to the other time, and back from it."""
    there, elsewhere = whereabouts
    travel = rules.travel
    if place is None:
        return 0, 0
    if there is not None:
        return travel.between(place, there), travel.between(there, place)
    return (travel.elsewhere_minutes,) * 2 if elsewhere else (0, 0)


def _full_days(calendar: CoachCalendar, rules: SlotRules, window: Window) -> Spans:
    most, zone = calendar.most_talks_a_day, rules.zone
    if most is None:
        return NOTHING
    own = (time for time in calendar.busy if time.ours and time.kind is not BusyKind.NONE)
    talks = Counter(time.starts_at.astimezone(zone).date() for time in own)
    full = [day for day in window.days() if talks[day] >= most]
    return Spans.of((midnight(day, zone), midnight(day + _ONE_DAY, zone)) for day in full)


def _free_of(room: Room, rules: SlotRules, window: Window) -> Spans:
    hours = NOTHING.plus(*open_hours(room.hours, rules, window).values())
    hard, soft = _by_whereabouts(room.busy, window.minutes(rules.zone))
    taken = (pair for group in (hard, soft) for times in group.values() for pair in times)
    return hours.minus(Spans.of(taken))


def _fits(room: Room, needs: RoomNeeds) -> bool:
    return room.people >= needs.people and needs.facets <= room.facets


def _wished(candidate: CandidateTimes, rules: SlotRules, span: tuple[int, int]) -> Spans:
    whole = Spans.of([span])
    if not candidate.days and not candidate.parts:
        return whole
    zone = candidate.zone or rules.zone
    first, last = (moment_of(minute).astimezone(zone).date() for minute in span)
    parts = [PART_HOURS[part] for part in candidate.parts] or [(time(0), time(0))]
    pairs = (
        _minutes_of(Block(opens=opens, closes=closes), day, zone)
        for day in Window(first=first, last=last).days()
        if not candidate.days or day.weekday() in candidate.days
        for opens, closes in parts
    )
    return whole.within(Spans.of(pairs))
