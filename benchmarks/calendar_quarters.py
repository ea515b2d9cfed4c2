"""Every quarter of an hour of eleven years through a calendar and back, in three zones.

python -m benchmarks.calendar_quarters [--small]

Each quarter from 2026 up to and with 2036 is booked as wall time in Amsterdam, London and New York,
written as our event, as the invitation of a mail and into a feed, and read back by three readers:
ours, python-icalendar and ical.js (npm), which know nothing of each other. Each has to find the
same moment, and the same time on the wall. The days on which a clock changes also go through a
real CalDAV server (Radicale) and back. Of an hour that comes twice a form takes the first; the
second is tried as a calendar would bring it.
"""

import argparse
import asyncio
import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar

from benchmarks.leash import end_together
from calendar_sync.caldav_target import CalDavTarget
from calendar_sync.event_format import EventFacts, build_event
from calendar_sync.invitation_format import InvitationFacts, Method, build_invitation
from calendar_sync.occurrences import Ground, read_object
from calendar_sync.published_feed import FeedEvent, write_feed
from calendar_sync.target import Stored, Written
from coaching.wall_time import to_wall
from coaching.words import Mode
from server.usecases.slots import check_slot
from tests.calendar_servers import radicale

COMMAND = "python -m benchmarks.calendar_quarters"
ROOT = Path(__file__).resolve().parents[1]
ZONES = ("Europe/Amsterdam", "Europe/London", "America/New_York")
YEARS, SMALL_YEARS = range(2026, 2037), range(2027, 2028)
QUARTER, LENGTH, DAY = timedelta(minutes=15), timedelta(minutes=45), timedelta(days=1)
DAYS_A_PART = 20
UID = "0b9f2f3e-6f0a-4c1b-9b0e-9f0c1d2e3f40"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one reader finds of one object: from, until."""

    starts_at: datetime
    ends_at: datetime


def days_of(years: range, zone: str, *, small: bool) -> list[datetime]:
    """The days (UTC) of these years; when small those on which a clock changes, and one more."""
    first = datetime(years[0], 1, 1, tzinfo=UTC)
    last = datetime(years[-1] + 1, 1, 1, tzinfo=UTC)
    days = [first + DAY * number for number in range((last - first).days)]
    changes = [day for day in days if _changes(day, ZoneInfo(zone))]
    return [*changes, days[45]] if small else days


def _changes(day: datetime, zone: ZoneInfo) -> bool:
    """Whether the clock of `zone` changes on this day (UTC)."""
    return day.astimezone(zone).utcoffset() != (day + DAY).astimezone(zone).utcoffset()


def check(zone: str, days: Sequence[datetime]) -> tuple[int, list[str]]:
    """How many quarters of these days were tried, and what was found otherwise."""
    moments = [day + QUARTER * number for day in days for number in range(96)]
    wrong = [f"{zone} {one}: booked otherwise" for one in moments if not _booked(one, zone)]
    made = {
        "event": [build_event(_event(one, zone)) for one in moments],
        "invitation": [build_invitation(_invitation(one, zone), Method.REQUEST) for one in moments],
    }
    found = {f"{kind}, icalendar": [_by_icalendar(ics) for ics in made[kind]] for kind in made}
    found |= {f"{kind}, ical.js": _by_ical_js(made[kind]) for kind in made}
    found["event, ours"] = [_by_ours(ics, zone) for ics in made["event"]]
    feed = write_feed("Gesprekken", map(_feed_event, moments))
    found["feed, icalendar"] = _all_by_icalendar(feed)
    for how, answers in found.items():
        for moment, told in zip(moments, answers, strict=True):
            if not _same(told, moment, zone):
                wrong.append(f"{zone} {moment}: {how} found {told}")
    return len(moments), wrong


def _same(told: Told | None, moment: datetime, zone: str) -> bool:
    """The same moment and the same wall, for start and end."""
    return told is not None and all(
        got == meant and to_wall(got, ZoneInfo(zone)) == to_wall(meant, ZoneInfo(zone))
        for got, meant in ((told.starts_at, moment), (told.ends_at, moment + LENGTH))
    )


def _booked(moment: datetime, zone: str) -> bool:
    """Whether what a form says of this moment is booked as it, and shown as it."""
    wall = to_wall(moment, ZoneInfo(zone))
    slot = check_slot(
        starts_local=wall,
        minutes=45,
        mode=Mode.PHONE,
        room=None,
        zone=ZoneInfo(zone),
        now=moment - DAY,
    )
    again = to_wall(slot.starts_at, ZoneInfo(zone))
    twice = moment.astimezone(ZoneInfo(zone)).fold == 1  # a form can only mean the first
    return (
        again == wall
        and slot.local_start == wall.isoformat(timespec="minutes")
        and (slot.ends_at - slot.starts_at == LENGTH and (twice or slot.starts_at == moment))
    )


def _event(moment: datetime, zone: str) -> EventFacts:
    return EventFacts(
        uid=f"{UID}-1@tweespraak.example",
        meeting=UID,
        revision=1,
        summary="Gesprek (T-1234)",
        description=f"https://tweespraak.example/meetings/{UID}",
        starts_at=moment,
        ends_at=moment + LENGTH,
        zone=zone,
        stamp=moment - DAY,
    )


def _invitation(moment: datetime, zone: str) -> InvitationFacts:
    return InvitationFacts(
        uid=f"{UID}@tweespraak.example",
        revision=1,
        summary="Gesprek",
        description="Bel gerust.",
        location="",
        url="https://tweespraak.example/j/x",
        starts_at=moment,
        ends_at=moment + LENGTH,
        zone=zone,
        organizer="planning@tweespraak.example",
        organizer_name="Werkplein",
        attendee="sem@example.org",
        attendee_name="Sem",
        stamp=moment - DAY,
    )


def _feed_event(moment: datetime) -> FeedEvent:
    return FeedEvent(
        uid=f"{moment:%Y%m%d%H%M}@tweespraak.example",
        revision=1,
        summary="Gesprek",
        url="https://tweespraak.example/meetings/x",
        starts_at=moment,
        ends_at=moment + LENGTH,
        changed_at=moment - DAY,
    )


def _by_ours(ics: bytes, zone: str) -> Told | None:
    """As the sync process reads what it finds in a calendar."""
    own = read_object(ics, _ground(zone)).own
    if own is None or own.starts_at is None or own.ends_at is None:
        return None
    return Told(starts_at=own.starts_at, ends_at=own.ends_at)


def _ground(zone: str) -> Ground:
    return Ground(
        owner_zone=zone,
        starts_at=datetime(2025, 12, 1, tzinfo=UTC),
        ends_at=datetime(2037, 2, 1, tzinfo=UTC),
    )


def _by_icalendar(ics: bytes) -> Told | None:
    return _all_by_icalendar(ics)[0]


def _all_by_icalendar(ics: bytes) -> list[Told | None]:
    return [
        Told(
            starts_at=event["DTSTART"].dt.astimezone(UTC), ends_at=event["DTEND"].dt.astimezone(UTC)
        )
        for event in Calendar.from_ical(ics).walk("VEVENT")
    ]


def _by_ical_js(objects: Sequence[bytes]) -> list[Told | None]:
    """Read by npm `ical.js`, with the rules of the zone that stand in each object.

    Raises:
        FileNotFoundError: it is not installed.
    """
    if not (ROOT / "web" / "node_modules" / "ical.js").is_dir():
        raise FileNotFoundError("ical.js is missing: run `npm ci` in web/")
    done = subprocess.run(
        ["node", str(ROOT / "benchmarks" / "expand_with_ical.mjs")],
        input=json.dumps([{"name": "", "ics": ics.decode(), "until": 0} for ics in objects]),
        capture_output=True,
        text=True,
        check=True,
        timeout=600,
    )
    return [_in_seconds(one.get("times", ())) for one in json.loads(done.stdout)]


def _in_seconds(times: Sequence[Sequence[Any]]) -> Told | None:
    if len(times) != 1 or not all(isinstance(one, int) for one in times[0]):
        return None
    starts_at, ends_at = (datetime.fromtimestamp(one, UTC) for one in times[0])
    return Told(starts_at=starts_at, ends_at=ends_at)


async def through_a_server(years: range) -> tuple[int, list[str]]:
    """The days on which a clock changes, put into a real calendar and read from it."""
    tried, wrong = 0, []
    with radicale() as server:
        target = CalDavTarget(
            server.calendar_url,
            user_name=server.user,
            password=server.password,
            allow_private_hosts=(server.host,),
        )
        try:
            for zone in ZONES:
                for moment in _around_changes(years, zone):
                    tried += 1
                    if not await _stored(target, f"{tried}.ics", moment, zone):
                        wrong.append(f"{zone} {moment}: Radicale gave it back otherwise")
        finally:
            await target.close()
    return tried, wrong


def _around_changes(years: range, zone: str) -> Iterator[datetime]:
    """Two hours before a change of the clock, and two hours after it."""
    for day in days_of(years, zone, small=True)[:-1]:
        quarters = [day + QUARTER * number for number in range(96)]
        at = next(one for one in quarters if _offset(one, zone) != _offset(one - QUARTER, zone))
        yield from (at + QUARTER * number for number in range(-8, 8))


def _offset(moment: datetime, zone: str) -> timedelta | None:
    return moment.astimezone(ZoneInfo(zone)).utcoffset()


async def _stored(target: CalDavTarget, name: str, moment: datetime, zone: str) -> bool:
    written = await target.create(name, build_event(_event(moment, zone)))
    found = await target.get(name)
    if not isinstance(written, Written) or not isinstance(found, Stored):
        return False
    await target.remove(name, etag=found.etag or "")  # the UID is free for the next
    return _same(_by_ours(found.ics, zone), moment, zone)


def figures(*, small: bool = False) -> list[dict[str, Any]]:
    """Quarters that came back otherwise, from readers and from a server."""
    years = SMALL_YEARS if small else YEARS
    began = time.monotonic()
    parts = [
        (zone, days[first : first + DAYS_A_PART])
        for zone in ZONES
        for days in [days_of(years, zone, small=small)]
        for first in range(0, len(days), DAYS_A_PART)
    ]
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        results = list(pool.map(check, *zip(*parts, strict=True)))
    read = time.monotonic() - began
    served = asyncio.run(through_a_server(years))
    wrong = [line for _, lines in results for line in lines]
    tried = sum(count for count, _ in results)
    for line in [*wrong[:20], *served[1][:20]]:
        print(line)
    print(Counter(line.split(": ", 1)[1].split(" found")[0] for line in wrong))
    about = f"{years[0]}-{years[-1]}, three zones"
    return [
        _figure(f"quarters of {about}, that calendars read otherwise", tried, wrong, read),
        _figure(
            f"quarters around changes of the clock, {about}, that come back otherwise by CalDAV",
            *served,
            time.monotonic() - began - read,
        ),
    ]


def _figure(what: str, tried: int, wrong: Sequence[str], seconds: float) -> dict[str, Any]:
    return {
        "figure": what,
        "unit": "quarters",
        "ours": len(wrong),
        "beside": "ical.js, icalendar, Radicale",
        "beside_value": 0,
        "ratio": None,
        "goal": "exactly 0",
        "holds": not wrong and tried > 0,
        "command": COMMAND,
        "seed": None,
        "n": tried,
        "seconds": round(seconds, 1),
    }


if __name__ == "__main__":
    end_together()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    print(json.dumps(figures(small=parser.parse_args().small), indent=1))
