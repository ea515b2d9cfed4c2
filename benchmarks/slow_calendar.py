"""Calendars of thousands of events on servers that are slow: how many visits until all is known.

Requests, objects, their reading in children and the database are real (the stand-in, in a process
of its own); only the slowness is not waited for: the clock of the event loop is put forward by what
such a server would need, when what came before has been read. Between visits another person
changes, adds and removes events. At the end the books are held against the server's own listing.
"""

import asyncio
import time
import urllib.request
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from benchmarks.command import print_figures
from benchmarks.large_calendars import change
from benchmarks.new_names import room
from benchmarks.our_calendars import Ours, ours
from calendar_sync.caldav_client import TOTAL_SECONDS
from calendar_sync.events import ReadObject
from calendar_sync.occurrences import Ground
from calendar_sync.reading import CalendarSource, Changes, Fetched, Listing, TokenRefused
from calendar_sync.target import Failure, Silent
from server.jobs.sources import Sources, open_calendar_source
from server.jobs.sync import VISIT_SECONDS
from server.store.remote_objects import ReadingRecord, reading_by_id
from server.store.schema import metadata
from server.usecases.context import Parts
from server.usecases.fetching import ObjectReader
from server.usecases.reading_round import UNFINISHED
from tests.stand_in.events import name_of
from tests.stand_in_caldav import Far, stand_in_process

COMMAND = "python -m benchmarks.slow_calendar"
MOST_MEMORY_MB = 100.0
MOST_VISITS = 2000
_CHANGED_A_VISIT, _REMOVED_A_VISIT = 10, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Slowness:
    """A server: how many events it holds, and the seconds that it needs."""

    events: int
    an_object: float
    a_listing: float

    def __str__(self) -> str:
        return (
            f"{self.events:,} events, {self.an_object * 1000:.0f} ms for each, "
            f"{self.a_listing:.0f} s to list them"
        )


CASES = (
    Slowness(events=20_000, an_object=0.05, a_listing=5),
    Slowness(events=3000, an_object=0.2, a_listing=5),
    Slowness(events=3000, an_object=0.05, a_listing=29),
)
SMALL_CASES = tuple(replace(one, events=600) for one in CASES)


class Clock:
    """The clock of the event loop, which can be put forward; `end` is that of the visit."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._real, self._ahead = loop.time, 0.0
        self.end = 0.0
        loop.time = self.now  # type: ignore[method-assign]  # what its timers are held against

    def now(self) -> float:
        """Seconds, as the loop counts them."""
        return self._real() + self._ahead

    async def spend(self, seconds: float) -> None:
        """So long a server needs; whoever has a visit's end within it is stopped there."""
        self._ahead += seconds
        if self.now() > self.end:
            await asyncio.Event().wait()


@dataclass(slots=True)
class Reader:
    """Reads in children, and knows how many questions were read."""

    pool: ObjectReader
    read_questions: int = 0
    _more: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(
        self, objects: Iterable[tuple[str, bytes]], ground: Ground
    ) -> Sequence[tuple[str, ReadObject]]:
        """Read objects, each with its name."""
        try:
            return await self.pool.read(objects, ground)
        finally:
            self.read_questions += 1
            self._more.set()

    async def caught_up(self, questions: int) -> None:
        """Wait until so many questions were read."""
        while self.read_questions < questions:
            self._more.clear()
            await self._more.wait()


class Slowed:
    """A calendar that needs its time; one request after the other."""

    def __init__(self, real: CalendarSource, how: Slowness, clock: Clock, reader: Reader) -> None:
        self._real, self._how, self._clock, self._reader = real, how, clock, reader
        self._turn = asyncio.Lock()
        self._given = reader.read_questions
        self.objects = 0

    async def changes(self, token: str | None) -> Changes | TokenRefused | Failure:
        """What changed, quickly; everything as slowly as a listing."""
        told = await self._real.changes(token)
        silent = await self._silent(self._how.a_listing if token is None else 0.0)
        return silent or told

    async def listing(self) -> Listing | Failure:
        """Everything that is there."""
        told = await self._real.listing()
        return await self._silent(self._how.a_listing) or told

    async def fetch(self, hrefs: Sequence[str]) -> Fetched | Failure:
        """Objects, each of which takes its time."""
        async with self._turn:
            await self._reader.caught_up(self._given)
            told = await self._real.fetch(hrefs)
            silent = await self._silent(self._how.an_object * len(hrefs))
            if silent is None and isinstance(told, Fetched):
                self._given += 1
                self.objects += len(told.objects)
            return silent or told

    async def close(self) -> None:
        """Let go of the connection."""
        await self._real.close()

    async def _silent(self, seconds: float) -> Silent | None:
        """The end of a request that lasts too long, as the client has it."""
        await self._clock.spend(min(seconds, TOTAL_SECONDS))
        return Silent(reason="the calendar does not answer") if seconds > TOTAL_SECONDS else None


@dataclass(slots=True, kw_only=True)
class Found:
    """What became of one case."""

    visits: int = 0
    failed: int = 0
    requests: int = 0
    objects: int = 0
    lost: int = 0
    wrong: int = 0
    doubled: int = 0
    memory: float = 0.0
    known: int = 0


async def converge(far: Far, how: Slowness, day: datetime) -> Found:
    """Visit until a round came to its end and nobody changed anything meanwhile."""
    found = Found()
    clock = Clock()
    async with ours() as house:
        reader = Reader(house.pool)
        opened: list[Slowed] = []

        def open_slowed(parts: Parts, reading: ReadingRecord) -> Slowed:
            opened.append(Slowed(open_calendar_source(parts, reading), how, clock, reader))
            return opened[-1]

        slow = replace(house, pool=reader, sources=Sources(house.parts, open_slowed))
        connection = await slow.connect(far)
        began = room()
        outcome = ""
        while outcome != "ok" and found.visits < MOST_VISITS:
            await asyncio.to_thread(_somebody_else, far, found.visits, how.events, day)
            clock.end = clock.now() + VISIT_SECONDS
            done = await slow.read(connection, seconds=VISIT_SECONDS)
            outcome = done.outcome
            found.visits += 1
            found.failed += outcome not in ("ok", UNFINISHED)
            found.requests += done.requests
            found.memory = max(found.memory, room() - began)
        found.objects = sum(one.objects for one in opened)
        await _judge(house, connection, found)
        await slow.sources.close()
    return found


def _somebody_else(far: Far, visit: int, events: int, day: datetime) -> None:
    """Another person changes some events and removes others, all over the calendar."""
    first = (visit * 997) % (events - _CHANGED_A_VISIT)
    change(far, range(first, first + _CHANGED_A_VISIT), day, visit + 1)  # type: ignore[arg-type]  # a server by its address
    login = b64encode(f"{far.user}:{far.password}".encode()).decode()
    for number in range(first, first + _REMOVED_A_VISIT):
        request = urllib.request.Request(  # noqa: S310 -- our own server
            f"{far.calendar_url}{name_of(number)}",
            method="DELETE",
            headers={"Authorization": f"Basic {login}"},
        )
        with urllib.request.urlopen(request, timeout=60):  # noqa: S310 -- our own server
            pass


async def _judge(house: Ours, connection: UUID, found: Found) -> None:
    """Hold our books against what stands there, name by name and tag by tag."""
    async with house.parts.database.read() as tx:
        table = metadata.tables["remote_object"]
        query = select(table.c.href, table.c.etag).where(table.c.connection_id == connection)
        rows = [(str(href), tag) for href, tag in (await tx.execute(query)).all()]
    source = await house.sources.open(await _reading(house, connection))
    listing = await source.listing()
    assert isinstance(listing, Listing), listing
    books = dict(rows)
    found.known = len(rows)
    found.doubled = len(rows) - len(books)
    found.lost = len(listing.tags.keys() - books.keys())
    found.wrong = len(books.keys() - listing.tags.keys()) + sum(
        1 for href in books.keys() & listing.tags.keys() if books[href] != listing.tags[href]
    )
    _, times = await house.count(connection)
    found.doubled += max(0, times - len(books))  # each of these events takes one time


async def _reading(house: Ours, connection: UUID) -> ReadingRecord:
    async with house.parts.database.read() as tx:
        reading = await reading_by_id(tx, connection)
    assert reading is not None
    return reading


def figures(*, small: bool = False) -> list[dict[str, Any]]:
    """One figure for each of the servers."""
    day = datetime.now().replace(hour=0, minute=0, second=0, microsecond=0)  # noqa: DTZ005 -- wall time
    rows = []
    for how in SMALL_CASES if small else CASES:
        began = time.monotonic()
        with stand_in_process() as far:
            far("fill", how.events, day)
            found = asyncio.run(converge(far, how, day))
        rows.append(_figure(how, found, time.monotonic() - began))
    return rows


def _figure(how: Slowness, found: Found, seconds: float) -> dict[str, Any]:
    faults = found.lost + found.wrong + found.doubled
    hours = found.visits * 2 * VISIT_SECONDS / 3600
    return {
        "figure": f"lost, wrong or doubled after a slow first reading: {how}",
        "unit": "events",
        "ours": faults,
        "beside": (
            f"{found.visits} visits ({found.failed} with nothing to show), "
            f"{found.requests} requests, {found.objects} objects for {found.known}, "
            f"{found.memory:.0f} MB, some {hours:.1f} hours"
        ),
        "beside_value": None,
        "ratio": None,
        "goal": f"0, in fewer than {MOST_VISITS} visits and {MOST_MEMORY_MB:.0f} MB",
        "holds": faults == 0 and found.visits < MOST_VISITS and found.memory < MOST_MEMORY_MB,
        "n": found.known,
        "command": COMMAND,
        "seed": None,
        "seconds": round(seconds, 1),
    }


if __name__ == "__main__":
    print_figures(figures, __doc__)
