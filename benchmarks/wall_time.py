"""Every quarter of an hour of eleven years, to the wall and back, in four zones.

What was agreed is wall time; what the database compares are moments. Each quarter from 2026 up to
and with 2036 has to come back as the same moment and the same wall time: in Amsterdam, in London,
in New York, whose clock changes on other days, and on Lord Howe Island, whose clock changes by half
an hour. The judge beside it is the C library's way from a time stamp to a wall time. Of an hour
that comes twice both are tried; an hour that is skipped never comes up, and `time_skipped` is tried
for each.

And through a calendar: each quarter as it is written into an event, read back by ourselves and by
dateutil on the VTIMEZONE that stands in that very event, has to be the same moment, with the same
wall time where it was agreed.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.tz import tzical
from icalendar import Calendar, vDDDTypes

from benchmarks.leash import end_together
from calendar_sync.event_format import add_zone, empty_calendar, moment_in
from calendar_sync.event_times import Reading, read_time
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


def around_changes(years: range) -> Iterator[datetime]:
    """The quarters of the hours around each change of a European clock, for a quick look."""
    for year in years:
        for month in (3, 10):
            last = datetime(year, month, 31, tzinfo=UTC)
            first = last - timedelta(days=last.isoweekday() % 7, hours=3)  # of the last Sunday
            yield from (first + number * QUARTER for number in range(32))


def wrong_through_a_calendar(name: str, moments: Iterable[datetime]) -> tuple[int, int]:
    """How many moments were written into an event, and how many came back as another."""
    zone, others = ZoneInfo(name), _stranger(name)
    own = Reading(zone, b"")
    tried = wrong = 0
    for moment in moments:
        line, text = _line(moment_in(moment, name))
        ours = read_time(line, own)
        found = (ours.astimezone(UTC) if isinstance(ours, datetime) else None, others(line, text))
        intended = to_wall(moment, zone)
        wrong += found != (moment, moment) or to_wall(found[1], zone) != intended
        tried += 1
    return tried, wrong


def _line(moment: datetime) -> tuple[str, str]:
    """What stands behind DTSTART, as the library writes it, and its value alone."""
    value = vDDDTypes(moment)
    text = value.to_ical().decode()
    tzid = value.params.get("TZID")
    return (f";TZID={tzid}:{text}" if tzid else f":{text}"), text


def _stranger(name: str) -> Callable[[str, str], datetime]:
    """A reader of times that knows nothing but what stands in the calendar object."""
    calendar: Calendar = empty_calendar()
    add_zone(calendar, name)
    there = calendar.to_ical().decode()
    zone = tzical(StringIO(there)).get() if "BEGIN:VTIMEZONE" in there else None

    def read(line: str, text: str) -> datetime:
        wall = datetime.strptime(text[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007 -- its zone follows
        within = zone if "TZID" in line else UTC
        return wall.replace(tzinfo=within).astimezone(UTC)

    return read


def figures(*, small: bool = False) -> list[dict[str, Any]]:
    """Two figures: quarters that did not come back, and through a calendar event."""
    years = SMALL_YEARS if small else YEARS
    began = time.monotonic()
    results = [wrong_in(ZoneInfo(name), years) for name in ZONES]
    wrong = sum(one for _, one in results)
    seconds, again = time.monotonic() - began, time.monotonic()
    moments = around_changes if small else quarters
    through = [wrong_through_a_calendar(name, moments(years)) for name in ZONES]
    astray = sum(one for _, one in through)
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
            "seconds": round(seconds, 1),
        },
        {
            "figure": f"quarters of {years[0]}-{years[-1]} that a calendar event turns into others",
            "unit": "quarters",
            "ours": astray,
            "beside": "dateutil on the event's own VTIMEZONE",
            "beside_value": 0,
            "ratio": None,
            "goal": "exactly 0",
            "holds": astray == 0,
            "command": COMMAND,
            "seed": None,
            "n": sum(tried for tried, _ in through),
            "seconds": round(time.monotonic() - again, 1),
        },
    ]


if __name__ == "__main__":
    end_together()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    print(json.dumps(figures(small=parser.parse_args().small), indent=1))
