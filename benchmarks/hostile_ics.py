"""Hostile calendar objects: a right verdict on each, in time, and an event loop that goes on.

Beside: what is right is known by family (tests/hostile_calendars.py), not from our own code.
"""

import argparse
import asyncio
import json
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from benchmarks.leash import end_together
from calendar_sync.reading_pool import ReadingPool
from tests.hostile_calendars import FAMILIES, GROUND, SLOW_FAMILIES, Hostile, hostile, verdict

COMMAND = "python -m benchmarks.hostile_ics"
FILES, EVENTS = 10_000, 50_000
VERDICT_GOAL, STALL_GOAL_MS, P99_GOAL_MS = 2.5, 100.0, 20.0
_TICK = 0.002
_AT_ONCE = 500


@dataclass(slots=True)
class Seen:
    """What was measured over the files."""

    seconds: list[float] = field(default_factory=list)
    wrong: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")


async def stalls(found: list[float]) -> None:
    """Note by how many milliseconds each wake-up of the event loop is late, until cancelled."""
    while True:
        began = time.perf_counter()
        await asyncio.sleep(_TICK)
        found.append((time.perf_counter() - began - _TICK) * 1000)


async def judge(files: Iterator[Hostile], pool: ReadingPool, seen: Seen) -> None:
    """One file after another, with the time from asking to the verdict."""
    for one in files:
        began = time.perf_counter()
        [(_, read)] = await pool.read([("", one.ics)], GROUND)
        took = time.perf_counter() - began
        seen.seconds.append(took)
        seen.slowest = max(seen.slowest, (took, one.family))
        found = verdict(read)
        if found not in one.right:
            seen.wrong[f"{one.family}: {found}"] += 1


async def judge_all(seed: int, count: int) -> tuple[Seen, list[float]]:
    """Two at a time, with the event loop watched; making the objects is not our figure."""
    seen, late = Seen(), []
    made = hostile(seed, count)
    async with ReadingPool() as pool:
        while files := list(islice(made, _AT_ONCE)):
            watch = asyncio.create_task(stalls(late))
            rest = iter(files)
            await asyncio.gather(judge(rest, pool, seen), judge(rest, pool, seen))
            await _stop(watch)
    return seen, late


async def flood(seed: int, count: int) -> tuple[int, list[float]]:
    """Many objects as fast as they can be read, with the event loop watched."""
    late: list[float] = []
    prepared = [one.ics for one in hostile(seed, len(FAMILIES) * 2) if len(one.ics) < 100_000]
    prepared = [ics for ics in prepared if b"BYHOUR" not in ics and b"BYYEARDAY" not in ics]
    objects = ((str(number), prepared[number % len(prepared)]) for number in range(count))
    read = 0
    async with ReadingPool() as pool:
        watch = asyncio.create_task(stalls(late))
        async for _ in pool.stream(objects, GROUND):
            read += 1
        await _stop(watch)
    return read, late


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def figures(*, small: bool = False, seed: int = 1) -> list[dict[str, Any]]:
    """Verdicts, stalls, and stalls in a flood."""
    files, events = (200, 1_000) if small else (FILES, EVENTS)
    began = time.monotonic()
    seen, late = asyncio.run(judge_all(seed, files))
    seconds, began = time.monotonic() - began, time.monotonic()
    read, flood_late = asyncio.run(flood(seed, events))
    flood_seconds = time.monotonic() - began
    p99 = statistics.quantiles(flood_late, n=100)[98]
    print(f"wrong: {dict(seen.wrong)}; slowest: {seen.slowest}; {read} read in the flood")
    families = len(FAMILIES) + len(SLOW_FAMILIES)
    slowest, stall = max(seen.seconds), max(late)
    verdicts = _figure(
        f"slowest verdict on {files:,} hostile objects of {families} families",
        ours=slowest,
        goal=f"under {VERDICT_GOAL} s, and none wrong",
        holds=slowest < VERDICT_GOAL and not seen.wrong,
    )
    stalled = _figure(
        "longest stall of the event loop meanwhile",
        ours=stall,
        goal=f"under {STALL_GOAL_MS:.0f} ms",
        holds=stall < STALL_GOAL_MS,
    )
    flooded = _figure(
        f"stall of the event loop while {events:,} hostile events are read, p99",
        ours=p99,
        goal=f"under {P99_GOAL_MS:.0f} ms",
        holds=p99 < P99_GOAL_MS and read == events,
    )
    return [
        verdicts | {"unit": "s", "seed": seed, "n": files, "seconds": seconds},
        stalled | {"unit": "ms", "seed": seed, "n": len(late), "seconds": seconds},
        flooded | {"unit": "ms", "seed": seed, "n": len(flood_late), "seconds": flood_seconds},
    ]


def _figure(name: str, *, ours: float, goal: str, holds: bool) -> dict[str, Any]:
    return {
        "figure": name,
        "ours": round(ours, 3),
        "beside": None,
        "beside_value": None,
        "ratio": None,
        "goal": goal,
        "holds": holds,
        "command": COMMAND,
    }


if __name__ == "__main__":
    end_together()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    print(json.dumps(figures(small=given.small, seed=given.seed), indent=1))
