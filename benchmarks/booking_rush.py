"""A thousand people book one slot at once, over HTTP: one is booked, the others are refused.

python -m benchmarks.booking_rush [--small]

Real processes: one web process on SQLite, two on PostgreSQL. What was booked is counted with raw
SQL in the database, not by the answers.
"""

import argparse
import asyncio
import json
import time as clock
from collections import Counter
from datetime import date, time
from typing import Any, Literal

from benchmarks.installation import Running, running_installation
from benchmarks.planner_desk import Desk, Pair, Wish, ask, free_day, half_booked, pairs

RUSH, SMALL_RUSH = 1000, 60
CONNECTIONS = 100  # each process; the rest waits in line at the client
SLOT = time(10, 0)
AFTER_DAYS = 200
COMMAND = "python -m benchmarks.booking_rush"


def figures(*, small: bool = False) -> list[dict[str, Any]]:
    """One figure a database: how many of the bookings of one slot stand."""
    n = SMALL_RUSH if small else RUSH
    return [_figure("sqlite", 1, n), _figure("postgresql", 2, n)]


def _figure(database: Literal["sqlite", "postgresql"], processes: int, n: int) -> dict[str, Any]:
    with running_installation(database=database, processes=processes) as house:
        everybody = pairs(house.settings)
        coach = Counter(pair.coach for pair in everybody).most_common(1)[0][0]
        crowd = [pair for pair in everybody if pair.coach == coach]
        day = free_day(AFTER_DAYS)
        began = clock.monotonic()
        outcomes = asyncio.run(_rush(house, crowd, day, n))
        seconds = clock.monotonic() - began
        stand, half = _standing(house, day), half_booked(house.settings)
    refused = outcomes["coach_taken"] + outcomes["candidate_taken"]
    return {
        "figure": f"bookings of one slot that stand, {n} at once ({database})",
        "unit": "bookings",
        "ours": stand,
        "beside": "",
        "beside_value": None,
        "ratio": None,
        "goal": f"1 booked, {n - 1} clean refusals, 0 half",
        "holds": stand == 1 and half == 0 and outcomes["booked"] == 1 and refused == n - 1,
        "command": COMMAND,
        "seed": None,
        "n": n,
        "seconds": round(seconds, 2),
        "outcomes": dict(outcomes),
        "processes": processes,
    }


async def _rush(house: Running, crowd: list[Pair], day: date, n: int) -> Counter[str]:
    desks = [
        Desk(url, house.base_url, house.planner_session, connections=CONNECTIONS)
        for url in house.urls
    ]
    for desk in desks:
        await desk.__aenter__()
        await desk.open_form(crowd[0])
    wishes = [Wish(pair=crowd[i % len(crowd)], day=day, at=SLOT, key=f"rush-{i}") for i in range(n)]
    try:
        answers = await asyncio.gather(
            *(desks[i % len(desks)].book(wish) for i, wish in enumerate(wishes))
        )
    finally:
        for desk in desks:
            await desk.__aexit__()
    return Counter(answers)


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
    print(json.dumps(figures(small=parser.parse_args().small), indent=1))


if __name__ == "__main__":
    main()
