"""A thousand people book one slot at once, over HTTP: one is booked, the others are refused.

python -m benchmarks.booking_rush [--small]

Real processes: one web process on SQLite, two on PostgreSQL. Each of the thousand has a connection
of its own, and all are let go at one moment. How long it takes counts from that moment, for every
one of them: connecting and waiting in any line is part of it. The client runs on the same machine.
What was booked is counted with raw SQL in the database, not by the answers.
"""

import argparse
import asyncio
import json
import statistics
import time as clock
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from typing import Any, Literal

import psutil

from benchmarks.installation import Running, running_installation
from benchmarks.leash import end_together
from benchmarks.planner_desk import Desk, Pair, Wish, ask, free_day, half_booked, pairs

RUSH, SMALL_RUSH = 1000, 60
WARMING = 20  # bookings of other days before, so that code and statements are ready
SLOT = time(10, 0)
AFTER_DAYS = 200
GOAL_SECONDS = 3.0
COMMAND = "python -m benchmarks.booking_rush"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rush:
    """What became of a rush; seconds from the moment all were let go."""

    outcomes: Counter[str]
    seconds: list[float]  # of each request
    server_cpu: float  # processor seconds of the web processes, all together


def figures(*, small: bool = False) -> Iterator[dict[str, Any]]:
    """Two figures a database: how many of the bookings of one slot stand, and how long it took."""
    n = SMALL_RUSH if small else RUSH
    yield from figures_of("sqlite", processes=1, n=n)
    yield from figures_of("postgresql", processes=2, n=n)


def figures_of(
    database: Literal["sqlite", "postgresql"], *, processes: int, n: int
) -> list[dict[str, Any]]:
    """Both figures of one database: how many bookings of `n` stand, and how long they took."""
    with running_installation(database=database, processes=processes) as house:
        everybody = pairs(house.settings)
        coach = Counter(pair.coach for pair in everybody).most_common(1)[0][0]
        crowd = [pair for pair in everybody if pair.coach == coach]
        day = free_day(AFTER_DAYS)
        rush = asyncio.run(_rush(house, crowd, day, n))
        stand, half = _standing(house, day), half_booked(house.settings)
    common = {
        "beside": "",
        "beside_value": None,
        "ratio": None,
        "command": COMMAND,
        "seed": None,
        "n": n,
        "seconds": round(max(rush.seconds), 2),
        "processes": processes,
    }
    return [
        {**common, **_exactly_one(rush, database, stand, half, n)},
        {**common, **_how_long(rush, database, n)},
    ]


def _exactly_one(rush: Rush, database: str, stand: int, half: int, n: int) -> dict[str, Any]:
    outcomes = rush.outcomes
    refused = outcomes["coach_taken"] + outcomes["candidate_taken"]
    return {
        "figure": f"bookings of one slot that stand, {n} at once ({database})",
        "unit": "bookings",
        "ours": stand,
        "goal": f"1 booked, {n - 1} clean refusals, 0 half",
        "holds": stand == 1 and half == 0 and outcomes["booked"] == 1 and refused == n - 1,
        "outcomes": dict(outcomes),
    }


def _how_long(rush: Rush, database: str, n: int) -> dict[str, Any]:
    percentiles = statistics.quantiles(rush.seconds, n=100)
    return {
        "figure": f"answer to a booking, {n} of one slot at once, p99 ({database})",
        "unit": "s",
        "ours": round(percentiles[98], 2),
        "goal": f"under {GOAL_SECONDS:.0f} s",
        "holds": percentiles[98] < GOAL_SECONDS,
        "p50": round(percentiles[49], 2),
        "server_cpu_ms": round(rush.server_cpu / n * 1000, 2),
    }


async def _rush(house: Running, crowd: list[Pair], day: date, n: int) -> Rush:
    desks = [Desk(url, house.base_url, house.planner_session, connections=0) for url in house.urls]
    wishes = [Wish(pair=crowd[i % len(crowd)], day=day, at=SLOT, key=f"rush-{i}") for i in range(n)]
    for desk in desks:
        await desk.__aenter__()
        await desk.open_form(crowd[0])
        await _warm(desk, crowd[0], f"warm-{desk.url[-5:]}-")
    before, began = _cpu(house), clock.monotonic()
    try:
        answers = await asyncio.gather(
            *(_timed(desks[i % len(desks)], wish, began) for i, wish in enumerate(wishes))
        )
    finally:
        for desk in desks:
            await desk.__aexit__()
    return Rush(
        outcomes=Counter(outcome for outcome, _ in answers),
        seconds=[seconds for _, seconds in answers],
        server_cpu=_cpu(house) - before,
    )


async def _timed(desk: Desk, wish: Wish, began: float) -> tuple[str, float]:
    outcome = await desk.book(wish)
    return outcome, clock.monotonic() - began


async def _warm(desk: Desk, pair: Pair, key: str) -> None:
    for number in range(WARMING):
        day = free_day(AFTER_DAYS + 7)
        await desk.book(Wish(pair=pair, day=day, at=SLOT, key=f"{key}{number}"))


def _cpu(house: Running) -> float:
    """Processor seconds of all web processes so far."""
    spent = 0.0
    for pid in house.pids:
        serving = psutil.Process(pid)
        for process in (serving, *serving.children(recursive=True)):
            if "web" in process.cmdline():
                times = process.cpu_times()
                spent += times.user + times.system
    return spent


def _standing(house: Running, day: date) -> int:
    question = (
        f"SELECT count(*) FROM meeting WHERE local_start LIKE '{day.isoformat()}T%' "  # noqa: S608 -- our own words
        "AND status IN ('planned', 'open', 'held')"
    )
    return int(ask(house.settings, question)[0][0])


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    print(json.dumps([*figures(small=parser.parse_args().small)], indent=1))


if __name__ == "__main__":
    end_together()
    main()
