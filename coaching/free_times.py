"""Which times can be offered: the next fitting ones, three after a failed talk, or this very one.

Times come from the facts of `coaching.availability` alone. Each coach gives times one by one; a
heap takes the earliest of all of them, so that nothing is worked out that nobody asked for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from uuid import UUID

from coaching.availability import SlotRules
from coaching.availability_index import CoachIndex, RoomIndex, candidate_free, midnight
from coaching.availability_request import (
    FreeTime,
    Obstacle,
    TimeRequest,
    bounds,
    free_time_at,
    places_of,
)
from coaching.engine import judge_booking
from coaching.facts import BookingFacts
from coaching.intervals import Spans, meet, minute_of, moment_of
from coaching.offers import offer_slots
from coaching.settings import BlendSettings
from coaching.words import Mode

_ONE_DAY = timedelta(days=1)

# These look at no date: without an exception (which ends some day) they refuse on every day.
_ON_EVERY_DAY = frozenset({"R7", "R8", "R9", "R10", "R13", "R15", "R27", "R28", "R29", "R30"})

Refuses = Callable[[UUID, datetime, datetime], bool]
"""Whether the rules refuse a talk with this coach from the one moment to the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """What is offered after a failed talk; `soon` is false when the promised days hold none."""

    times: tuple[FreeTime, ...]
    soon: bool
    held_until: datetime


@dataclass(frozen=True, slots=True)
class _Lane:
    """One coach at one place, and everything that has to be open at once."""

    index: CoachIndex
    place: UUID | None
    open: tuple[Spans, ...]


class _Race:
    """Every lane by its next time; only those are asked that may come first."""

    def __init__(self, lanes: list[_Lane], likes: Spans) -> None:
        self.lanes = lanes
        self._likes = likes
        self._next: list[tuple[int, int]] = []  # a heap: minute, then order of the lanes
        self._waiting = list(range(len(lanes)))  # in order; asked again when it matters

    def first_from(self, minute: int) -> tuple[int, int] | None:
        """Take out the lane with the earliest time from `minute` on: the time, and its order."""
        soonest = self._likes.seek(minute)
        if soonest is None:
            return None
        while self._next and self._next[0][0] < soonest:
            self._waiting.append(heappop(self._next)[1])
        self._waiting.sort()
        self._ask(soonest)
        return heappop(self._next) if self._next else None

    def _ask(self, soonest: int) -> None:
        """Ask in order, until none of the later ones can come before the first."""
        asked = 0
        for order in self._waiting:
            if self._next and self._next[0] < (soonest, order):
                break
            self.put(order, soonest)
            asked += 1
        del self._waiting[:asked]

    def put(self, order: int, minute: int) -> None:
        """Put a lane back with its next time from `minute` on; without one it is out."""
        start = meet(self.lanes[order].open, minute)
        if start is not None:
            heappush(self._next, (start, order))

    def put_later(self, order: int) -> None:
        """Put a lane back, to be asked when it matters."""
        self._waiting.append(order)


def propose(
    request: TimeRequest,
    coaches: Sequence[CoachIndex],
    rooms: RoomIndex,
    *,
    now: datetime,
    refuses: Refuses | None = None,
    count: int = 10,
) -> tuple[FreeTime, ...]:
    """Give the next `count` times that fit, soonest first; of equals the first coach's.

    A time that `refuses` turns down closes the rest of its day for that coach: rules look at days,
    and a forbidden talk must not cost a verdict for each quarter of an hour.

    Raises:
        BadInput: `length_bad`, `mode_unbookable`, or `ends_before_start`.
    """
    rules = rooms.rules
    race, floor = _start(request, coaches, rooms, now)
    apart = request.minutes if request.apart_minutes is None else request.apart_minutes
    found: list[FreeTime] = []
    while len(found) < count and (first := race.first_from(floor)) is not None:
        start, order = first
        lane = race.lanes[order]
        time = free_time_at(request, lane.index, lane.place, rooms, start)
        if time is None or _is_refused(time, refuses):
            race.put(order, _whole_step(_next_day(start, rules), rules))
        else:
            found.append(time)
            floor = _whole_step(start + max(apart, rules.step_minutes), rules)
            race.put_later(order)
    return tuple(found)


def fallback_times(
    request: TimeRequest,
    coaches: Sequence[CoachIndex],
    rooms: RoomIndex,
    settings: BlendSettings,
    *,
    now: datetime,
    refuses: Refuses | None = None,
) -> Fallback:
    """Give three times at a location after a talk that failed (R19), or else later ones (E20).

    The candidate's wishes come first; where they leave nothing in the promised days, other times
    are looked for, though never over the candidate's own appointments. The times do not overlap,
    so that all of them can be held at once. Places near the candidate come first, as long as all
    of the times are found there in those days (R20, R25).
    """
    for places in rings(request, coaches):
        near = replace(request, places=places)
        found = _fall_back(near, coaches, rooms, settings, now=now, refuses=refuses)
        if found.soon and len(found.times) == settings.offline_slots:
            return found
    return found


def rings(request: TimeRequest, coaches: Sequence[CoachIndex]) -> tuple[frozenset[UUID], ...]:
    """Give the places to look at: nearest to the candidate first, one more each time, then all."""
    near = request.candidate.near
    known = {place for one in coaches for place in one.places if place is not None}
    if near is None or not known or request.places:
        return (request.places,)
    travel = coaches[0].rules.travel
    nearest = sorted(known, key=lambda place: (travel.between(near, place), str(place)))
    return (*(frozenset(nearest[:number]) for number in range(1, len(nearest))), request.places)


def _fall_back(
    request: TimeRequest,
    coaches: Sequence[CoachIndex],
    rooms: RoomIndex,
    settings: BlendSettings,
    *,
    now: datetime,
    refuses: Refuses | None,
) -> Fallback:
    asked = replace(request, mode=Mode.OFFLINE, apart_minutes=None)
    anyhow = replace(request.candidate, days=frozenset(), parts=frozenset())
    answers = []
    for candidate in dict.fromkeys((request.candidate, anyhow)):
        times = propose(
            replace(asked, candidate=candidate),
            coaches,
            rooms,
            now=now,
            refuses=refuses,
            count=settings.offline_slots,
        )
        offer = offer_slots((time.starts_at for time in times), settings, now)
        kept = tuple(time for time in times if time.starts_at in offer.slots)
        answers.append(Fallback(times=kept, soon=offer.soon, held_until=offer.held_until))
    return max(answers, key=lambda answer: (answer.soon, bool(answer.times)))


def look_at(
    request: TimeRequest,
    coach: CoachIndex,
    rooms: RoomIndex,
    starts_at: datetime,
    *,
    now: datetime,
) -> FreeTime | Obstacle:
    """Say whether `starts_at` (aware) is free with `coach`, and if not, what is in the way.

    The time need not be a whole step. Wishes are no obstacle, the candidate's appointments are.

    Raises:
        BadInput: `length_bad`, `mode_unbookable`, or `ends_before_start`.
    """
    start = minute_of(starts_at)
    end = start + request.minutes
    first, last = bounds(request, rooms.rules, now)
    if start < first:
        return Obstacle.TOO_SOON
    if end > last:
        return Obstacle.TOO_FAR
    soft = request.over_soft
    places = [
        p for p in places_of(request, coach) if coach.free(p, over_soft=soft).covers(start, end)
    ]
    if not places:
        return Obstacle.COACH if places_of(request, coach) else Obstacle.NO_HOURS
    anyhow = replace(request.candidate, days=frozenset(), parts=frozenset())
    likes = candidate_free(anyhow, rooms.rules, (start, end), over_soft=soft)
    if not likes.covers(start, end):
        return Obstacle.CANDIDATE
    answers = (free_time_at(request, coach, place, rooms, start) for place in places)
    found = next((answer for answer in answers if answer is not None), None)
    if found is not None:
        return found
    return Obstacle.ROOM if rooms.fitting(request.needs) else Obstacle.NO_SUCH_ROOM


def by_rules(
    facts_with: Callable[[UUID], BookingFacts], settings: BlendSettings, *, now: datetime
) -> Refuses:
    """Make the question whether the rules refuse a time; `facts_with` gives a coach's facts.

    A coach whom a rule refuses whatever the day is not judged again.
    """
    known: dict[UUID, BookingFacts] = {}
    closed: set[UUID] = set()

    def refuses(coach: UUID, starts_at: datetime, ends_at: datetime) -> bool:
        if coach in closed:
            return True
        if coach not in known:
            known[coach] = facts_with(coach)
        facts = replace(known[coach], starts_at=starts_at, ends_at=ends_at)
        verdict = judge_booking(facts, settings, now)
        if not verdict.allowed and not facts.exceptions and verdict.leading_rule in _ON_EVERY_DAY:
            closed.add(coach)
        return not verdict.allowed

    return refuses


def _start(
    request: TimeRequest,
    coaches: Sequence[CoachIndex],
    rooms: RoomIndex,
    now: datetime,
) -> tuple[_Race, int]:
    """Give the lanes of all coaches, and the first minute that counts."""
    rules = rooms.rules
    span = bounds(request, rules, now)
    candidate = candidate_free(request.candidate, rules, span, over_soft=request.over_soft)
    likes = candidate.openings(request.minutes, rules.step_minutes)
    lanes = [
        _Lane(index, place, _open(request, index, place, rooms, likes))
        for index in coaches
        for place in places_of(request, index)
    ]
    return _Race(lanes, likes), _whole_step(span[0], rules)


def _open(
    request: TimeRequest, index: CoachIndex, place: UUID | None, rooms: RoomIndex, likes: Spans
) -> tuple[Spans, ...]:
    coach = index.openings(place, request.minutes, over_soft=request.over_soft)
    if request.mode is not Mode.OFFLINE or place is None:
        return likes, coach
    return likes, coach, rooms.openings(place, request.needs, request.minutes)


def _is_refused(time: FreeTime, refuses: Refuses | None) -> bool:
    return refuses is not None and refuses(time.coach, time.starts_at, time.ends_at)


def _whole_step(minute: int, rules: SlotRules) -> int:
    return -(-minute // rules.step_minutes) * rules.step_minutes


def _next_day(minute: int, rules: SlotRules) -> int:
    day = moment_of(minute).astimezone(rules.zone).date()
    return midnight(day + _ONE_DAY, rules.zone)
