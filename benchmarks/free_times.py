"""The next ten free times for one candidate, over 200 coaches, 40 rooms and 8 weeks.

Each coach has 2,000 busy times, so that free ones are scarce. Warm means: the indexes are made, as
they are while a planner works. The naive scan beside it looks at every quarter of an hour, every
coach and every busy time, stops at the tenth, and has to give the same answer. Growth is shown by
ten times as many coaches, and by calendars cut into ten times as many pieces; `--both` does both at
once (40 million busy times, minutes). All is processor time of one thread.
"""

import argparse
import gc
import json
import math
import random
import resource
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from typing import Any
from uuid import UUID

from coaching.availability import (
    Block,
    BusyKind,
    BusyTime,
    CandidateTimes,
    CoachCalendar,
    DayPart,
    Facet,
    OpeningHours,
    Room,
    RoomNeeds,
    SlotRules,
    Travel,
    workdays,
)
from coaching.availability_index import CoachIndex, RoomIndex, Window
from coaching.availability_request import TimeRequest
from coaching.free_times import propose
from coaching.words import Mode
from coaching.working_days import public_holidays
from tests.unit.coaching.naive_times import scan

COMMAND = "python -m benchmarks.free_times"
NOW = datetime(2027, 2, 1, 8, 0, tzinfo=UTC)
COACHES, BUSY, ROOMS, PLACES = 200, 2_000, 40, 8
QUERIES, WARMING, NAIVE = 300, 60, 6
TIMES, GOAL_MS, FASTER = 10, 100.0, 20
TENFOLD = 10
PLACE_IDS = tuple(UUID(int=1_000 + number) for number in range(PLACES))
RULES = SlotRules(
    holidays=public_holidays(2027),
    travel=Travel(
        minutes={
            (one, other): 10 + 5 * (other.int - one.int)
            for one in PLACE_IDS
            for other in PLACE_IDS
            if one.int < other.int
        }
    ),
)
WINDOW = Window.from_day(NOW.date(), RULES)
_MINUTE = timedelta(minutes=1)
_OFFICE_DAYS = 40


def calendar_of(number: int, busy: int, seed: int, pieces: int = 1) -> CoachCalendar:
    """One coach: two places, an evening, half of the busy times within office hours.

    With `pieces` each busy time comes in so many parts: more intervals, no less time.
    """
    chance = random.Random(f"{seed} {number}")  # noqa: S311 -- a seed that can be repeated
    home, away = chance.sample(PLACE_IDS, 2)
    day = [Block(opens=clock(9), closes=clock(17), place=home)]
    other = Block(opens=clock(9), closes=clock(17), place=away)
    week = (*workdays(*day)[:3], (other,), (other,), (), ())
    evening = Block(opens=clock(18), closes=clock(21), place=home)
    week = (week[0], (*week[1], evening), *week[2:])
    times = (_busy(chance, home, away) for _ in range(busy))
    return CoachCalendar(
        coach=UUID(int=number),
        hours=OpeningHours(week=week),
        busy=tuple(part for time_ in times for part in _cut(time_, pieces)),
        buffer_before=5,
        buffer_after=5,
        most_talks_a_day=6,
    )


def _busy(chance: random.Random, home: UUID, away: UUID) -> BusyTime:
    if chance.random() < 0.5:
        week, day = divmod(chance.randrange(_OFFICE_DAYS), 5)
        minute = (7 * week + day) * 1440 + chance.randrange(0, 540, 5)
    else:
        minute = chance.randrange(0, 56 * 1440, 5)
    starts_at = NOW + minute * _MINUTE
    return BusyTime(
        starts_at=starts_at,
        ends_at=starts_at + chance.choice((5, 10, 15, 30, 60)) * _MINUTE,
        kind=chance.choice((BusyKind.HARD,) * 6 + (BusyKind.SOFT, BusyKind.NONE)),
        place=chance.choice((None, None, None, home, away)),
        ours=minute % 7 == 0 and chance.random() < 0.1,
    )


def _cut(whole: BusyTime, pieces: int) -> Iterator[BusyTime]:
    if pieces == 1:
        yield whole
        return
    part = (whole.ends_at - whole.starts_at) / pieces
    for number in range(pieces):
        starts_at = whole.starts_at + number * part
        last = number == pieces - 1
        ends_at = whole.ends_at if last else starts_at + part
        yield replace(whole, starts_at=starts_at, ends_at=ends_at, ours=whole.ours and last)


def rooms(seed: int) -> list[Room]:
    """Forty rooms at eight places, some of them fit for more."""
    chance = random.Random(seed)  # noqa: S311 -- a seed that can be repeated
    hours = OpeningHours(week=workdays(Block(opens=clock(8), closes=clock(22))))
    return [
        Room(
            room=UUID(int=2_000 + number),
            place=PLACE_IDS[number % PLACES],
            people=chance.choice((2, 2, 4)),
            hours=hours,
            facets=frozenset(facet for facet in Facet if chance.random() < 0.7),
            busy=tuple(
                replace(_busy(chance, *PLACE_IDS[:2]), kind=BusyKind.HARD) for _ in range(300)
            ),
        )
        for number in range(ROOMS)
    ]


def requests(seed: int, count: int) -> list[TimeRequest]:
    """Candidates with wishes, appointments and needs."""
    chance = random.Random(seed)  # noqa: S311 -- a seed that can be repeated
    return [_request(chance) for _ in range(count)]


def _request(chance: random.Random) -> TimeRequest:
    needs = chance.choice(({Facet.WHEELCHAIR}, {Facet.QUIET, Facet.PRIVATE}, set[Facet]()))
    return TimeRequest(
        mode=chance.choice((Mode.OFFLINE, Mode.OFFLINE, Mode.VIDEO)),
        minutes=chance.choice((45, 60, 90)),
        needs=RoomNeeds(facets=frozenset(needs)),
        candidate=CandidateTimes(
            days=frozenset(chance.sample(range(5), 2)),
            parts=frozenset({chance.choice(list(DayPart)), DayPart.MORNING}),
            busy=tuple(
                replace(_busy(chance, *PLACE_IDS[:2]), kind=BusyKind.HARD) for _ in range(60)
            ),
        ),
    )


@dataclass(frozen=True, slots=True)
class Run:
    """What one size costs."""

    p95_ms: float
    median_ms: float
    found: int  # times, over all queries
    index_ms: float  # a coach
    seconds: float


def measure(coaches: int, busy: int, pieces: int, seed: int, queries: int) -> Run:
    """Make the indexes, forget the calendars, and ask warm."""
    began = time.monotonic()
    room_index = RoomIndex(rooms(seed), RULES, WINDOW)
    indexes, spent = [], 0
    for number in range(coaches):
        calendar = calendar_of(number, busy, seed, pieces)
        before = time.thread_time_ns()
        indexes.append(CoachIndex(calendar, RULES, WINDOW))
        spent += time.thread_time_ns() - before
    asked = requests(seed, queries)
    for request in requests(seed + 1, WARMING):
        propose(request, indexes, room_index, now=NOW, count=TIMES)
    gc.collect()
    costs, found = [], 0
    for request in asked:
        before = time.thread_time_ns()
        found += len(propose(request, indexes, room_index, now=NOW, count=TIMES))
        costs.append((time.thread_time_ns() - before) / 1e6)
    return Run(
        median_ms=statistics.median(costs),
        p95_ms=statistics.quantiles(costs, n=20)[18],
        found=found,
        index_ms=spent / 1e6 / coaches,
        seconds=time.monotonic() - began,
    )


def beside_naive(coaches: int, busy: int, seed: int, count: int) -> tuple[float, float]:
    """Mean milliseconds of ours and of the naive scan, over the same questions.

    Raises:
        AssertionError: the answers differ.
    """
    calendars = [calendar_of(number, busy, seed) for number in range(coaches)]
    all_rooms = rooms(seed)
    room_index = RoomIndex(all_rooms, RULES, WINDOW)
    indexes = [CoachIndex(calendar, RULES, WINDOW) for calendar in calendars]
    ours, naive = 0, 0
    for request in requests(seed, count):
        propose(request, indexes, room_index, now=NOW, count=TIMES)
        before = time.thread_time_ns()
        quick = propose(request, indexes, room_index, now=NOW, count=TIMES)
        between = time.thread_time_ns()
        slow = scan(request, calendars, all_rooms, RULES, now=NOW, count=TIMES)
        ours += between - before
        naive += time.thread_time_ns() - between
        assert [(free.starts_at, free.coach) for free in quick] == slow
    return ours / 1e6 / count, naive / 1e6 / count


def n_log_n(growth: int, size: int) -> float:
    """How much more n log n is at `growth` times `size`."""
    return growth * math.log(growth * size) / math.log(size)


def figures(*, small: bool = False, both: bool = False, seed: int = 1) -> list[dict[str, Any]]:
    """Speed beside the naive scan, and growth."""
    coaches, busy, queries, scans = (40, 500, 40, 2) if small else (COACHES, BUSY, QUERIES, NAIVE)
    beside = beside_naive(coaches, busy, seed, scans)
    base = measure(coaches, busy, 1, seed, queries)
    more = measure(coaches * TENFOLD, busy, 1, seed, queries)
    finer = measure(coaches, busy, TENFOLD, seed, queries)
    found = [
        _speed(f"{coaches} coaches, {busy:,} busy times each", base, beside),
        _more_coaches("coaches tenfold: median, warm", more, base, coaches),
        *_finer(finer, base, busy),
    ]
    runs = [base, more, finer]
    if both:
        most = measure(coaches * TENFOLD, busy, TENFOLD, seed, queries)
        runs.append(most)
        found.append(_more_coaches("coaches and busy times tenfold: median", most, base, coaches))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"seed {seed}, most memory at once {peak} MB, the naive scan's busy times among it")
    print(*runs, sep="\n")
    return [{**figure, "command": COMMAND, "seed": seed, "n": queries} for figure in found]


def _speed(size: str, base: Run, beside: tuple[float, float]) -> dict[str, Any]:
    ours, naive = beside
    return {
        "figure": f"next {TIMES} free times over {size}, p95 warm",
        "unit": "ms",
        "ours": round(base.p95_ms, 2),
        "beside": f"naive scan (mean; ours {ours:.2f})",
        "beside_value": round(naive, 1),
        "ratio": round(ours / naive, 5),
        "goal": f"under {GOAL_MS:.0f} ms, {FASTER} x faster",
        "holds": base.p95_ms < GOAL_MS and naive >= FASTER * ours and base.found > 0,
        "seconds": round(base.seconds, 1),
    }


def _more_coaches(what: str, more: Run, base: Run, coaches: int) -> dict[str, Any]:
    return _grown(
        what,
        ours=more.median_ms,
        before=base.median_ms,
        most=n_log_n(TENFOLD, coaches),
        seconds=more.seconds,
    )


def _finer(finer: Run, base: Run, busy: int) -> list[dict[str, Any]]:
    most = n_log_n(TENFOLD, busy)
    asking = _grown(
        "busy times tenfold: median, warm",
        ours=finer.median_ms,
        before=base.median_ms,
        most=most,
        seconds=finer.seconds,
    )
    making = _grown(
        "busy times tenfold: index of a coach",
        ours=finer.index_ms,
        before=base.index_ms,
        most=most,
        seconds=finer.seconds,
    )
    return [asking, making]


def _grown(what: str, *, ours: float, before: float, most: float, seconds: float) -> dict[str, Any]:
    return {
        "figure": f"free times, {what}",
        "unit": "ms",
        "ours": round(ours, 2),
        "beside": "the size before",
        "beside_value": round(before, 2),
        "ratio": round(ours / before, 2),
        "goal": f"at most {most:.1f} x (n log n)",
        "holds": ours <= most * before,
        "seconds": round(seconds, 1),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--both", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(json.dumps(figures(small=given.small, both=given.both, seed=given.seed), indent=1))
