"""Which times can be offered: the next fitting ones, three after a failed talk, or this very one.

Times come from the facts of `coaching.availability` alone. Each coach gives times one by one; a
heap takes the earliest of all of them, so that nothing is worked out that nobody asked for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import heapify, heappop, heapreplace
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
    heap, lanes = _start(request, coaches, rooms, now)
    rules = rooms.rules
    apart = request.minutes if request.apart_minutes is None else request.apart_minutes
    found: list[FreeTime] = []
    floor = 0
    while heap and len(found) < count:
        start, order = heap[0]
        lane = lanes[order]
        again = floor
        if start >= floor:
            time = free_time_at(request, lane.index, lane.place, rooms, start)
            if time is None or _is_refused(time, refuses):
                again = _next_day(start, rules)
            else:
                found.append(time)
                floor = again = start + max(apart, rules.step_minutes)
        _move_on(heap, lane, _whole_step(again, rules))
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
    so that all of them can be held at once.
    """
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
    """Make the question whether the rules refuse a time; `facts_with` gives a coach's facts."""
    known: dict[UUID, BookingFacts] = {}

    def refuses(coach: UUID, starts_at: datetime, ends_at: datetime) -> bool:
        if coach not in known:
            known[coach] = facts_with(coach)
        facts = replace(known[coach], starts_at=starts_at, ends_at=ends_at)
        return not judge_booking(facts, settings, now).allowed

    return refuses


def _start(
    request: TimeRequest,
    coaches: Sequence[CoachIndex],
    rooms: RoomIndex,
    now: datetime,
) -> tuple[list[tuple[int, int]], list[_Lane]]:
    """Give the first time of every lane as a heap, and the lanes by their order."""
    rules = rooms.rules
    span = bounds(request, rules, now)
    candidate = candidate_free(request.candidate, rules, span, over_soft=request.over_soft)
    likes = candidate.openings(request.minutes, rules.step_minutes)
    lanes = [
        _Lane(index, place, _open(request, index, place, rooms, likes))
        for index in coaches
        for place in places_of(request, index)
    ]
    first = _whole_step(span[0], rules)
    met = ((meet(lane.open, first), order) for order, lane in enumerate(lanes))
    heap = [(start, order) for start, order in met if start is not None]
    heapify(heap)
    return heap, lanes


def _open(
    request: TimeRequest, index: CoachIndex, place: UUID | None, rooms: RoomIndex, likes: Spans
) -> tuple[Spans, ...]:
    coach = index.openings(place, request.minutes, over_soft=request.over_soft)
    if request.mode is not Mode.OFFLINE or place is None:
        return likes, coach
    return likes, coach, rooms.openings(place, request.needs, request.minutes)


def _is_refused(time: FreeTime, refuses: Refuses | None) -> bool:
    return refuses is not None and refuses(time.coach, time.starts_at, time.ends_at)


def _move_on(heap: list[tuple[int, int]], lane: _Lane, minute: int) -> None:
    """Put the next time of the lane on top of the heap in the place of the one that was used."""
    _, order = heap[0]
    following = meet(lane.open, minute)
    if following is None:
        heappop(heap)
    else:
        heapreplace(heap, (following, order))


def _whole_step(minute: int, rules: SlotRules) -> int:
    return -(-minute // rules.step_minutes) * rules.step_minutes


def _next_day(minute: int, rules: SlotRules) -> int:
    day = moment_of(minute).astimezone(rules.zone).date()
    return midnight(day + _ONE_DAY, rules.zone)
