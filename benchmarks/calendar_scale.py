"""What it costs to ask calendars that did not change: by their size, and a hundred of them.

The server is the stand-in, in a process of its own and fast at any size, so that what is measured
is ours: the CPU time of the process that reads, in turns of the three sizes; medians count.
"""

import asyncio
import statistics
import time
from datetime import datetime
from typing import Any
from uuid import UUID

from benchmarks.command import print_figures
from benchmarks.our_calendars import Ours, ours
from tests.stand_in_caldav import Far, stand_in_process

COMMAND = "python -m benchmarks.calendar_scale"
SIZES = (200, 2000, 10_000)
ROUNDS, SMALL_ROUNDS = 40, 8
MANY, EVERY_SECONDS, EVENTS_EACH = 100, 60, 50  # the shortest pause of the rules is a minute
SIZE_GOAL, SHARE_GOAL = 1.25, 0.10


async def by_size(far: Far, house: Ours, rounds: int, day: datetime) -> dict[int, list[float]]:
    """CPU milliseconds of ours for a round without changes, by size."""
    connected: dict[int, UUID] = {}
    for size in SIZES:
        far("fill", size, day, calendar=f"size-{size}")
        url = f"{far.base_url}calendars/{far.user}/size-{size}/"
        connection = await house.connect(far, url=url)
        done = await house.read(connection)
        assert (done.outcome, done.changed) == ("ok", size), done
        connected[size] = connection
    found: dict[int, list[float]] = {size: [] for size in SIZES}
    for turn in range(rounds + 2):
        for size, connection in connected.items():
            began = time.process_time()
            done = await house.read(connection)
            assert (done.outcome, done.changed) == ("ok", 0), done
            if turn > 1:  # the first are for warming up
                found[size].append(1000 * (time.process_time() - began))
    return found


async def a_hundred(far: Far, house: Ours, rounds: int, day: datetime) -> list[float]:
    """CPU seconds of ours for asking a hundred calendars once, four at a time."""
    connected = []
    for number in range(MANY):
        far("fill", EVENTS_EACH, day, calendar=f"of-{number}")
        url = f"{far.base_url}calendars/{far.user}/of-{number}/"
        connection = await house.connect(far, url=url)
        await house.read(connection)
        connected.append(connection)
    at_once = asyncio.Semaphore(4)

    async def ask(connection: UUID) -> None:
        async with at_once:
            done = await house.read(connection)
            assert (done.outcome, done.changed) == ("ok", 0), done

    found = []
    for _ in range(max(3, rounds // 8)):
        began = time.process_time()
        await asyncio.gather(*(ask(one) for one in connected))
        found.append(time.process_time() - began)
    return found


async def measure(rounds: int) -> tuple[dict[int, list[float]], list[float]]:
    """Both, on one server."""
    day = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)  # noqa: DTZ005 -- wall time
    with stand_in_process() as far:
        async with ours() as house:
            sizes = await by_size(far, house, rounds, day)
            return sizes, await a_hundred(far, house, rounds, day)


def figures(*, small: bool = False) -> list[dict[str, Any]]:
    """Cost by size, and the share of a core that a hundred calendars take."""
    began = time.monotonic()
    sizes, many = asyncio.run(measure(SMALL_ROUNDS if small else ROUNDS))
    cost = {size: statistics.median(values) for size, values in sizes.items()}
    share = statistics.median(many) / EVERY_SECONDS
    shared = {"command": COMMAND, "seed": None, "seconds": round(time.monotonic() - began, 1)}
    return [
        {
            "figure": f"CPU of a round without changes, {SIZES[-1]} events",
            "unit": "ms",
            "ours": round(cost[SIZES[-1]], 2),
            "beside": f"the same with {SIZES[0]} events",
            "beside_value": round(cost[SIZES[0]], 2),
            "ratio": round(cost[SIZES[-1]] / cost[SIZES[0]], 3),
            "goal": f"at most {SIZE_GOAL} x (with {SIZES[1]}: {cost[SIZES[1]]:.2f} ms)",
            "holds": cost[SIZES[-1]] <= SIZE_GOAL * cost[SIZES[0]],
            "n": len(sizes[SIZES[0]]),
            **shared,
        },
        {
            "figure": f"{MANY} calendars asked every {EVERY_SECONDS} s",
            "unit": "of a core",
            "ours": round(share, 4),
            "beside": "",
            "beside_value": None,
            "ratio": None,
            "goal": f"under {SHARE_GOAL}",
            "holds": share < SHARE_GOAL,
            "n": len(many) * MANY,
            **shared,
        },
    ]


if __name__ == "__main__":
    print_figures(figures, __doc__)
