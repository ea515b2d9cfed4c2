"""The next ten free times for one candidate, over 200 coaches, 40 rooms and 8 weeks.

Each coach has 2,000 busy times, so that free ones are scarce. Warm means: the indexes are made, as
they are while a planner works. The naive scan beside it looks at every quarter of an hour, every
coach and every busy time, stops at the tenth, and has to give the same answer. Growth is shown by
ten times as many coaches, by calendars cut into ten times as many pieces, and by both at once (40
million busy times). Each size is asked in a process of its own, which tells its memory; calendars
are made up and indexed beside it, on all processors. All is processor time of one thread.
"""

import argparse
import gc
import json
import math
import multiprocessing
import os
import random
import re
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from itertools import pairwise, repeat
from pathlib import Path
from typing import Any
from uuid import UUID

from rich.console import Console
from rich.table import Table

from benchmarks.leash import end_together
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
COACHES_A_PART = 20  # whose calendars one process makes up in a row
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
_LENGTHS = tuple(minutes * _MINUTE for minutes in (5, 10, 15, 30, 60))
_KINDS = (BusyKind.HARD,) * 6 + (BusyKind.SOFT, BusyKind.NONE)


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
    draw = chance.random  # millions of them: choice and randrange take three times as long
    if draw() < 0.5:
        week, day = divmod(int(draw() * _OFFICE_DAYS), 5)
        minute = (7 * week + day) * 1440 + 5 * int(draw() * 108)
    else:
        minute = 5 * int(draw() * 56 * 288)
    starts_at = NOW + minute * _MINUTE
    place = int(draw() * 5)
    return BusyTime(
        starts_at=starts_at,
        ends_at=starts_at + _LENGTHS[int(draw() * len(_LENGTHS))],
        kind=_KINDS[int(draw() * len(_KINDS))],
        place=home if place == 3 else away if place == 4 else None,
        ours=minute % 7 == 0 and draw() < 0.1,
    )


def _cut(whole: BusyTime, pieces: int) -> Iterator[BusyTime]:
    part = (whole.ends_at - whole.starts_at) / pieces
    marks = [whole.starts_at + number * part for number in range(pieces)]
    for number, (starts_at, ends_at) in enumerate(pairwise([*marks, whole.ends_at])):
        yield BusyTime(
            starts_at=starts_at,
            ends_at=ends_at,
            kind=whole.kind,
            place=whole.place,
            ours=whole.ours and not number,  # a talk counts once
        )


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much there is to look through."""

    name: str
    coaches: int
    busy: int  # times a coach
    pieces: int = 1  # that each busy time comes in

    @property
    def all_busy(self) -> int:
        """Busy times of all coaches."""
        return self.coaches * self.busy * self.pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one size costs."""

    size: Size
    p95_ms: float
    median_ms: float
    found: int  # times, over all queries
    index_ms: float  # all coaches together
    memory_mb: int  # the most at once
    seconds: float


def measure(size: Size, seed: int, queries: int) -> Run:
    """Make the indexes, forget the calendars, and ask warm."""
    began = time.monotonic()
    room_index = RoomIndex(rooms(seed), RULES, WINDOW)
    indexes, spent = _indexes(size, seed)
    for request in requests(seed + 1, WARMING):
        propose(request, indexes, room_index, now=NOW, count=TIMES)
    gc.collect()
    costs, found = [], 0
    for request in requests(seed, queries):
        before = time.thread_time_ns()
        found += len(propose(request, indexes, room_index, now=NOW, count=TIMES))
        costs.append((time.thread_time_ns() - before) / 1e6)
    return Run(
        size=size,
        median_ms=statistics.median(costs),
        p95_ms=statistics.quantiles(costs, n=20)[18],
        found=found,
        index_ms=spent / 1e6,
        memory_mb=_most_memory(),
        seconds=time.monotonic() - began,
    )


def _most_memory() -> int:
    """Megabytes that this process had at most; `getrusage` counts the parent's before its start."""
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024


def _indexes(size: Size, seed: int) -> tuple[list[CoachIndex], int]:
    """The index of every coach, and the nanoseconds that took; making up calendars not counted.

    On all processors at once: it is the making up that would take minutes.
    """
    firsts = range(0, size.coaches, COACHES_A_PART)
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(os.sched_getaffinity(0)), mp_context=fresh) as makers:
        made = list(makers.map(_some_indexes, repeat(size), repeat(seed), firsts))
    return [index for indexes, _ in made for index in indexes], sum(spent for _, spent in made)


def _some_indexes(size: Size, seed: int, first: int) -> tuple[list[CoachIndex], int]:
    indexes, spent = [], 0
    for number in range(first, min(first + COACHES_A_PART, size.coaches)):
        gc.disable()  # nothing that is made up here goes round in a circle
        calendar = calendar_of(number, size.busy, seed, size.pieces)
        gc.enable()
        before = time.thread_time_ns()
        indexes.append(CoachIndex(calendar, RULES, WINDOW))
        spent += time.thread_time_ns() - before
    return indexes, spent


def measure_apart(size: Size, seed: int, queries: int) -> Run:
    """The same in a new process, so that its memory is its own."""
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=fresh) as one:
        return one.submit(measure, size, seed, queries).result()


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


def sizes(coaches: int, busy: int) -> tuple[Size, Size, Size, Size]:
    """The base, ten times the coaches, ten times the busy times, and both."""
    base = Size(name="base", coaches=coaches, busy=busy)
    return (
        base,
        replace(base, name="coaches tenfold", coaches=coaches * TENFOLD),
        replace(base, name="busy times tenfold", pieces=TENFOLD),
        replace(base, name="both tenfold", coaches=coaches * TENFOLD, pieces=TENFOLD),
    )


def figures(*, small: bool = False, seed: int = 1) -> list[dict[str, Any]]:
    """Speed beside the naive scan, and growth."""
    coaches, busy, queries, scans = (40, 500, 40, 2) if small else (COACHES, BUSY, QUERIES, NAIVE)
    beside = beside_naive(coaches, busy, seed, scans)
    base, *grown = (measure_apart(size, seed, queries) for size in sizes(coaches, busy))
    found = [_speed(f"{coaches} coaches, {busy:,} busy times each", base, beside)]
    for run in grown:
        found += [
            _grown(run, base, "median, warm", run.median_ms, base.median_ms),
            _grown(run, base, "making all indexes", run.index_ms, base.index_ms),
        ]
    print(f"seed {seed}")
    Console(width=110).print(_table([base, *grown]))
    return [{**figure, "command": COMMAND, "seed": seed, "n": queries} for figure in found]


def _table(runs: list[Run]) -> Table:
    """All sizes side by side; the last column is what n log n would allow."""
    shown = Table(title="Free times", title_justify="left")
    heads = (
        "size",
        "busy times",
        "median ms",
        "p95 ms",
        "indexes s",
        "MB",
        "median x",
        "indexes x",
    )
    for head in (*heads, "n log n x"):
        shown.add_column(head, justify="left" if head == "size" else "right")
    base = runs[0]
    for run in runs:
        shown.add_row(
            run.size.name,
            f"{run.size.all_busy:,}",
            f"{run.median_ms:.2f}",
            f"{run.p95_ms:.2f}",
            f"{run.index_ms / 1000:.2f}",
            str(run.memory_mb),
            f"{run.median_ms / base.median_ms:.2f}",
            f"{run.index_ms / base.index_ms:.1f}",
            f"{_most(run, base):.1f}",
        )
    return shown


def _most(run: Run, base: Run) -> float:
    """The growth that n log n allows; n is the number of busy times."""
    return n_log_n(run.size.all_busy // base.size.all_busy, base.size.all_busy)


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


def _grown(run: Run, base: Run, what: str, ours: float, before: float) -> dict[str, Any]:
    most = _most(run, base)
    return {
        "figure": f"free times, {run.size.name}: {what}",
        "unit": "ms",
        "ours": round(ours, 2),
        "beside": f"{base.size.all_busy:,} busy times",
        "beside_value": round(before, 2),
        "ratio": round(ours / before, 2),
        "goal": f"at most {most:.0f} x (n log n, {run.size.all_busy:,} busy times)",
        "holds": ours <= most * before,
        "seconds": round(run.seconds, 1),
        "memory_mb": run.memory_mb,
    }


if __name__ == "__main__":
    end_together()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(json.dumps(figures(small=given.small, seed=given.seed), indent=1))
