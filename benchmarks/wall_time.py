"""Every quarter of an hour of eleven years, to the wall and back, in four zones.

What was agreed is wall time; what the database compares are moments. Each quarter from 2026 up to
and with 2036 has to come back as the same moment and the same wall time: in Amsterdam, in London,
in New York, whose clock changes on other days, and on Lord Howe Island, whose clock changes by half
an hour. The judge beside it is the C library's way from a time stamp to a wall time. Of an hour
that comes twice both are tried; an hour that is skipped never comes up, and `time_skipped` is tried
for each.
"""

import argparse
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from coaching.errors import BadInput
from coaching.wall_time import to_instant, to_wall

COMMAND = "python -m benchmarks.wall_time"
ZONES = ("Europe/Amsterdam", "Europe/London", "America/New_York", "Australia/Lord_Howe")
YEARS, SMALL_YEARS = range(2026, 2037), range(2026, 2028)
QUARTER = timedelta(minutes=15)


def quarters(years: range) -> Iterator[datetime]:
    """Every quarter of an hour (UTC) of these years."""
    moment, end = datetime(years[0], 1, 1, tzinfo=UTC), datetime(years[-1] + 1, 1, 1, tzinfo=UTC)
    while moment < end:
        yield moment
        moment += QUARTER


def wrong_in(zone: ZoneInfo, years: range) -> tuple[int, int]:
    """How many quarters were tried, and how many did not come back as they went."""
    tried = wrong = 0
    before: datetime | None = None
    for moment in quarters(years):
        shown = datetime.fromtimestamp(moment.timestamp(), zone)
        local = shown.replace(tzinfo=None)  # with its fold
        wall = to_wall(moment, zone)
        wrong += wall != local.replace(fold=0) or to_instant(local, zone) != moment
        tried += 1
        if before is not None:
            skipped = wrong_among_skipped(before, wall, zone)
            tried, wrong = tried + len(skipped), wrong + sum(skipped)
        before = wall
    return tried, wrong


def wrong_among_skipped(before: datetime, after: datetime, zone: ZoneInfo) -> list[bool]:
    """For each quarter between two walls that the clock jumps over: whether it was not refused."""
    found = []
    wall = before + QUARTER
    while wall < after:
        try:
            to_instant(wall, zone)
            found.append(True)
        except BadInput:
            found.append(False)
        wall += QUARTER
    return found


def figures(*, small: bool = False) -> list[dict[str, Any]]:
    """One figure: quarters that did not come back."""
    years = SMALL_YEARS if small else YEARS
    began = time.monotonic()
    results = [wrong_in(ZoneInfo(name), years) for name in ZONES]
    wrong = sum(one for _, one in results)
    return [
        {
            "figure": f"quarters of {years[0]}-{years[-1]} in four zones that come back otherwise",
            "unit": "quarters",
            "ours": wrong,
            "beside": "datetime.fromtimestamp",
            "beside_value": 0,
            "ratio": None,
            "goal": "exactly 0",
            "holds": wrong == 0,
            "command": COMMAND,
            "seed": None,
            "n": sum(tried for tried, _ in results),
            "seconds": round(time.monotonic() - began, 1),
        }
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    print(json.dumps(figures(small=parser.parse_args().small), indent=1))
