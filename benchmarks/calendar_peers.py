"""Reading a calendar of 2,000 events, beside vdirsyncer, python-caldav and the least there is.

Each in turns on the same running server, whose own caches are warm; medians count. Ours is a
process that stays and keeps its connection, python-caldav is one too; vdirsyncer is started anew
each time as its users do: what that start costs stands beside its times. The least: one REPORT and
multigets of a hundred by aiohttp, and icalendar's parser over each answer; nothing is expanded,
nothing is kept, as with python-caldav.
"""

import asyncio
import re
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from html import unescape
from pathlib import Path
from typing import Any

import aiohttp
from icalendar import Calendar

from benchmarks.command import print_figures
from benchmarks.large_calendars import change, large_radicale, large_xandikos
from benchmarks.our_calendars import Ours, ours
from benchmarks.peers import PythonCaldav, Vdirsyncer, program
from tests.calendar_servers import CalendarServer

COMMAND = "python -m benchmarks.calendar_peers"
EVENTS, SMALL_EVENTS = 2000, 200
TURNS, SMALL_TURNS = 3, 1
CHANGED, SAME = 10, 3
FIRST_GOAL, FLOOR_GOAL, SAME_GOAL, TEN_GOAL, REQUESTS_GOAL = 0.8, 1.5, 1 / 6, 1 / 5, 3
_XML = {"Content-Type": "application/xml"}
_REPORT = (
    '<sync-collection xmlns="DAV:"><sync-token/><sync-level>1</sync-level>'
    "<prop><getetag/></prop></sync-collection>"
)
_MULTIGET = (
    '<c:calendar-multiget xmlns="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><prop><getetag/>'
    "<c:calendar-data/></prop>{}</c:calendar-multiget>"
)
_DATA = re.compile(r"<[^>]*calendar-data[^>]*>(.*?)</[^>]*calendar-data>", re.DOTALL)
Times = dict[str, list[float]]
Opened = Callable[[int, datetime], AbstractContextManager[CalendarServer]]


async def floor(server: CalendarServer) -> int:
    """REPORT, multigets of a hundred, and icalendar's parser; gives the number of events."""
    login = aiohttp.encode_basic_auth(server.user, server.password)
    path, parsed = server.calendar_url.split("/", 3)[3], 0
    async with aiohttp.ClientSession(headers={"Authorization": login, **_XML}) as session:

        async def report(body: str, depth: str) -> str:
            async with session.request(
                "REPORT", server.calendar_url, data=body, headers={"Depth": depth}
            ) as answer:
                return await answer.text()

        hrefs = re.findall(r"<[^>]*href>(/[^<]*\.ics)<", await report(_REPORT, "0"))
        assert all(path in href for href in hrefs)
        for at in range(0, len(hrefs), 100):
            named = "".join(f"<href>{href}</href>" for href in hrefs[at : at + 100])
            for found in _DATA.findall(await report(_MULTIGET.format(named), "1")):
                parsed += len(Calendar.from_ical(unescape(found)).walk("VEVENT"))
    return parsed


async def turns(
    server: CalendarServer, house: Ours, folder: Path, first_day: datetime, *, n: int, events: int
) -> tuple[Times, int]:
    """Seconds of each kind of round; and the most requests of ours when nothing changed."""
    times: Times = defaultdict(list)
    requests = 0
    for turn in range(n):
        await _timed(times, "floor first", floor(server), events)
        connection = await house.connect(server)
        done = await _timed(times, "ours first", house.read(connection))
        assert (done.outcome, done.changed) == ("ok", events), done
        assert await house.count(connection) == (events, events)
        other = Vdirsyncer(
            home=folder / str(turn),
            calendar_url=server.calendar_url,
            user=server.user,
            password=server.password,
        )
        await asyncio.to_thread(other.begin)
        times["vdirsyncer first"].append(await asyncio.to_thread(other.sync))
        assert other.has() == events
        library = PythonCaldav(server.calendar_url, server.user, server.password)
        await asyncio.to_thread(_by_library, times, "first", library, events)
        for _ in range(SAME):
            done = await _timed(times, "ours same", house.read(connection))
            assert (done.outcome, done.changed) == ("ok", 0), done
            requests = max(requests, done.requests)
            times["vdirsyncer same"].append(await asyncio.to_thread(other.sync))
            await asyncio.to_thread(_by_library, times, "same", library, 0)
        await asyncio.to_thread(change, server, range(CHANGED), first_day, turn + 1)
        done = await _timed(times, "ours ten", house.read(connection))
        assert (done.outcome, done.changed) == ("ok", CHANGED), done
        times["vdirsyncer ten"].append(await asyncio.to_thread(other.sync))
        await asyncio.to_thread(_by_library, times, "ten", library, CHANGED)
        library.close()
    return times, requests


def _by_library(times: Times, name: str, library: PythonCaldav, expected: int) -> None:
    seconds, came = library.sync()
    assert came == expected, f"{came} events by python-caldav, not {expected}"
    times[f"python-caldav {name}"].append(seconds)


async def _timed(times: Times, name: str, work: Any, expected: int | None = None) -> Any:  # noqa: ANN401 -- an awaitable of anything
    began = time.perf_counter()
    done = await work
    times[name].append(time.perf_counter() - began)
    assert expected in (None, done), f"{done} events, not {expected}"
    return done


async def beside(opened: Opened, *, n: int, events: int) -> tuple[Times, int]:
    """The rounds on one kind of server."""
    now = datetime.now()  # noqa: DTZ005 -- wall time; the events name their zone
    first_day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    with opened(events, first_day) as server, tempfile.TemporaryDirectory() as name:
        await floor(server)  # the server reads its files for the first time
        async with ours() as house:
            return await turns(server, house, Path(name), first_day, n=n, events=events)


def figures(*, small: bool = False) -> Iterator[dict[str, Any]]:
    """Four figures for each server."""
    program("vdirsyncer")
    start = statistics.median(Vdirsyncer.start_seconds() for _ in range(5))
    n, events = (SMALL_TURNS, SMALL_EVENTS) if small else (TURNS, EVENTS)
    for name, opened in (("Radicale", large_radicale), ("Xandikos", large_xandikos)):
        began = time.monotonic()
        times, requests = asyncio.run(beside(opened, n=n, events=events))
        medians = {key: statistics.median(values) for key, values in times.items()}
        shared = {
            "unit": "s",
            "command": COMMAND,
            "seed": None,
            "n": n,
            "seconds": round(time.monotonic() - began, 1),
            "start of vdirsyncer": round(start, 3),
            "python-caldav": {
                kind: round(medians[f"python-caldav {kind}"], 3)
                for kind in ("first", "same", "ten")
            },
            "spread": {key: [round(min(v), 3), round(max(v), 3)] for key, v in times.items()},
        }
        for figure in _four(name, medians, requests, events):
            yield {**figure, **shared}


def _four(server: str, medians: dict[str, float], requests: int, events: int) -> list[Any]:
    what = f"{events} events on {server}"
    same = _beside(f"no change, {what}", medians, "same", "vdirsyncer", SAME_GOAL)
    same["goal"] += f", at most {REQUESTS_GOAL} requests (here {requests})"
    same["holds"] = same["holds"] and requests <= REQUESTS_GOAL
    return [
        _beside(f"first synchronisation, {what}", medians, "first", "vdirsyncer", FIRST_GOAL),
        _beside(f"first beside the least, {what}", medians, "first", "floor", FLOOR_GOAL),
        same,
        _beside(f"ten changes, {what}", medians, "ten", "vdirsyncer", TEN_GOAL),
    ]


def _beside(
    figure: str, medians: dict[str, float], kind: str, peer: str, goal: float
) -> dict[str, Any]:
    mine, theirs = medians[f"ours {kind}"], medians[f"{peer} {kind}"]
    return {
        "figure": figure,
        "ours": round(mine, 3),
        "beside": "aiohttp and icalendar" if peer == "floor" else peer,
        "beside_value": round(theirs, 3),
        "ratio": round(mine / theirs, 3),
        "goal": f"at most {goal:.3g} x",
        "holds": mine <= goal * theirs,
    }


if __name__ == "__main__":
    print_figures(figures, __doc__)
