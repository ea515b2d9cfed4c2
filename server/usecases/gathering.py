"""The first half of a round: ask the calendar, and read what it gives. Nothing is written.

No transaction is open while the network is spoken to; foreign objects are read elsewhere
(`ObjectReader`), and of each only what is kept stays in memory.
"""

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Coroutine,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from calendar_sync.comparing import (
    FEW_OBJECTS,
    Known,
    Look,
    in_parts,
    look_at_changes,
    look_at_listing,
)
from calendar_sync.events import WINDOW_AHEAD_DAYS, WINDOW_BACK_DAYS, ObjectState, ReadObject
from calendar_sync.hostile import Reason
from calendar_sync.occurrences import Ground, refused_object
from calendar_sync.reading import (
    FETCH_AT_ONCE,
    CalendarSource,
    Changes,
    Fetched,
    Listing,
    TokenRefused,
)
from calendar_sync.target import Failure, Garbage
from server.store import people
from server.store import remote_objects as store
from server.store.database import Database
from server.store.remote_objects import ObjectRecord, ReadingRecord
from server.usecases.beside import beside
from server.usecases.context import Parts

MOST_PAGES = 200  # of one answer about changes
MOST_TIMES = 200_000  # busy times of one round
EXPANDED_FOR = timedelta(days=7)  # then a series is expanded anew: the window has rolled
DOUBTED_AFTER = timedelta(minutes=10)  # a list of changes that is none, before it is again


EARLY_OBJECTS = 400  # so many, and they are kept while others are still on their way
Answer = tuple[str, ReadObject]


class RoundKind(StrEnum):
    """What a round asks for."""

    FIRST = "first"
    CHANGES = "changes"
    FULL = "full"


class ObjectReader(Protocol):
    """Reads foreign objects where they can do no harm."""

    async def read(self, objects: Iterable[tuple[str, bytes]], ground: Ground) -> Sequence[Answer]:
        """Read objects, each with its name; every one of them has an answer, in any order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An object as it stands there now; `read` is None when the calendar did not give it."""

    etag: str | None
    read: ReadObject | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """All that a round learned. `gone` are names that are proven not to be there."""

    kind: RoundKind
    token: str | None
    found: Mapping[str, Found] = field(default_factory=dict)
    echoes: Mapping[str, str] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    requests: int = 0


Early = Callable[[Mapping[str, Found]], Coroutine[None, None, None]]


async def gather(
    parts: Parts,
    reading: ReadingRecord,
    source: CalendarSource,
    reader: ObjectReader,
    *,
    full: bool,
    now: datetime,
    early: "Early | None" = None,
) -> Gathered | Failure:
    """Ask what changed since the last round, or for everything when `full` or when it must be.

    What `early` is given is not in the answer any more.
    """
    asked = await _asked(parts.database, reading, source, full=full, now=now)
    if not isinstance(asked, _Asked):
        return asked
    got: _Got | Failure = _Got()
    if asked.look.fetch:
        ground = await ground_of(parts, reading, now=now)
        got = await _read_all(source, reader, asked.look, ground, early)
    if not isinstance(got, _Got):
        return got
    return Gathered(
        kind=asked.kind,
        token=asked.token,
        found=got.found,
        echoes=asked.look.echoes,
        gone=asked.look.gone | got.missing,
        requests=asked.requests + got.requests,
    )


async def ground_of(parts: Parts, reading: ReadingRecord, *, now: datetime) -> Ground:
    """On what the objects of a calendar are read: zone and addresses of its owner, the window."""
    addresses = {reading.user_name}
    if reading.room_id is None:
        async with parts.database.read() as tx:
            owner = await people.staff_by_id(tx, reading.staff_id)
        addresses |= {owner.email} if owner else set()
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Ground(
        owner_zone=reading.zone or parts.settings.zone,
        starts_at=today - timedelta(days=WINDOW_BACK_DAYS),
        ends_at=today + timedelta(days=WINDOW_AHEAD_DAYS),
        owner_addresses=frozenset(one.lower() for one in addresses if "@" in one),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """What there is to do, and the token for the next time."""

    kind: RoundKind
    look: Look
    token: str | None
    requests: int


async def _asked(
    database: Database,
    reading: ReadingRecord,
    source: CalendarSource,
    *,
    full: bool,
    now: datetime,
) -> _Asked | Failure:
    """Ask for changes; for everything when they are not told, do not say it all, or on `full`."""
    requests = 0
    if reading.sync_token is not None and not full:
        told = await _pages(source, reading.sync_token)
        if isinstance(told, Changes):
            requests = told.requests
            look = await _look_at_changes(database, reading, told, now=now)
            doubted = reading.full_read_at is None or now - reading.full_read_at > DOUBTED_AFTER
            if not (doubted and await _tells_everything(database, reading, look)):
                kind = RoundKind.CHANGES
                return _Asked(kind=kind, look=look, token=told.token, requests=requests)
        elif not isinstance(told, TokenRefused):
            return told
    listing = await _everything(source, reading)
    if not isinstance(listing, Listing):
        return listing
    return _Asked(
        kind=RoundKind.FULL if reading.full_read_at else RoundKind.FIRST,
        look=await _look_at_all(database, reading, listing, now=now),
        token=listing.token,
        requests=requests + listing.requests,
    )


async def _tells_everything(database: Database, reading: ReadingRecord, look: Look) -> bool:
    """Whether this was no list of changes; in a small calendar one that did not change says so.

    There a listing costs little, and an answer with everything that is left may be that short.
    """
    if look.tells_everything or not look.unchanged:
        return look.tells_everything
    async with database.read() as tx:
        return (await store.stock(tx, reading.id)).objects <= FEW_OBJECTS


async def _everything(source: CalendarSource, reading: ReadingRecord) -> Listing | Failure:
    """A complete listing, with a token for what changes after it where one can be had."""
    listing = await source.listing()
    if not isinstance(listing, Listing):
        return listing
    if reading.capabilities and reading.role != "busy" and not reading.capabilities["sync_token"]:
        return replace(listing, token=None)  # it was measured that a write does not show
    if listing.token is not None:
        return listing
    told = await _pages(source, None)
    if not isinstance(told, Changes):
        return listing if isinstance(told, TokenRefused) else told
    return Listing(
        tags={**listing.tags, **told.changed},  # with what came between the two answers
        token=told.token,
        requests=listing.requests + told.requests,
    )


async def _pages(source: CalendarSource, token: str | None) -> Changes | TokenRefused | Failure:
    whole: Changes | None = None
    seen = {token}
    for _ in range(MOST_PAGES):
        page = await source.changes(token)
        if not isinstance(page, Changes):
            return page
        whole = page if whole is None else _joined(whole, page)
        if not page.cut:
            return whole
        if page.token in seen:
            break
        token = page.token
        seen.add(token)
    return Garbage(reason="the calendar never comes to the end of its changes")


def _joined(first: Changes, then: Changes) -> Changes:
    changed = {h: tag for h, tag in first.changed.items() if h not in then.removed}
    return Changes(
        token=then.token,
        changed={**changed, **then.changed},
        removed=(first.removed - then.changed.keys()) | then.removed,
        requests=first.requests + then.requests,
    )


async def _look_at_all(
    database: Database, reading: ReadingRecord, listing: Listing, *, now: datetime
) -> Look:
    async with database.read() as tx:
        known = await store.known_objects(tx, reading.id)
        written = await store.written_tags(tx, reading.id)
    again = {href: _known(one, reading, now=now) for href, one in known.items()}
    return look_at_listing(listing, again, written)


async def _look_at_changes(
    database: Database, reading: ReadingRecord, told: Changes, *, now: datetime
) -> Look:
    async with database.read() as tx:
        again = await store.to_read_again(tx, reading.id, counts=reading.counts, now=now)
        named = {*told.changed, *told.removed, *again}
        if not named:
            return Look()
        known = await store.known_objects(tx, reading.id, named)
        written = await store.written_tags(tx, reading.id, named)
    repeated = set(again)
    return look_at_changes(
        told,
        {href: Known(etag=one.etag, again=href in repeated) for href, one in known.items()},
        written,
    )


def _known(one: ObjectRecord, reading: ReadingRecord, *, now: datetime) -> Known:
    rolled = one.recurring and one.seen_at < now - EXPANDED_FOR
    uncounted = reading.counts and one.state == ObjectState.BUSY and not one.digest
    again = rolled or uncounted or one.reason == store.NOT_GIVEN
    return Known(etag=one.etag, again=again)


@dataclass(slots=True)
class _Got:
    """What was fetched and read so far."""

    found: dict[str, Found] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    requests: int = 0
    times: int = 0

    def take(
        self, answers: Iterable[tuple[str, ReadObject]], tags: Mapping[str, str | None]
    ) -> None:
        for href, read in answers:
            self.times += len(read.busy)
            fits = self.times <= MOST_TIMES
            kept = read if fits else refused_object(Reason.TOO_MANY_OCCURRENCES)
            self.found[href] = Found(etag=tags[href], read=kept)

    def take_rest(self, asked: Iterable[str], fetched: Fetched) -> None:
        """Note what is missing, too large, or was not given."""
        self.missing |= fetched.missing
        self.requests += fetched.requests
        for href in fetched.too_large:
            self.found[href] = Found(etag=None, read=refused_object(Reason.TOO_LARGE))
        for href in set(asked) - fetched.objects.keys() - fetched.missing - fetched.too_large:
            self.found[href] = Found(etag=None, read=None)


async def _read_all(
    source: CalendarSource, reader: ObjectReader, look: Look, ground: Ground, early: Early | None
) -> _Got | Failure:
    """Fetch in hundreds; while some are fetched, those before them are read and may be kept."""
    got = _Got()
    parts = in_parts(look.fetch, FETCH_AT_ONCE)
    async with (
        beside() as keeping,
        _one_ahead(got) as reading,
        aclosing(_fetched(source, parts)) as coming,
    ):
        async for part, fetched in coming:
            if not isinstance(fetched, Fetched):
                return fetched
            got.take_rest(part, fetched)
            objects = [(href, one.ics) for href, one in fetched.objects.items()]
            tags = {href: one.etag or look.fetch.get(href) for href, one in fetched.objects.items()}
            await reading.put(asyncio.create_task(_answers(reader, objects, ground)), tags)
            if early and len(got.found) >= EARLY_OBJECTS:
                await keeping.put(early(got.found))
                got.found = {}
    return got


async def _fetched(
    source: CalendarSource, parts: Sequence[list[str]]
) -> AsyncGenerator[tuple[list[str], Fetched | Failure], None]:
    """Each part as it came; the next one is asked for before it is given."""
    ahead: asyncio.Task[Fetched | Failure] | None = None
    try:
        for number, part in enumerate(parts):
            this = ahead or asyncio.create_task(source.fetch(part))
            more = number + 1 < len(parts)
            ahead = asyncio.create_task(source.fetch(parts[number + 1])) if more else None
            yield part, await this
    finally:
        if ahead is not None:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)


async def _answers(
    reader: ObjectReader, objects: Sequence[tuple[str, bytes]], ground: Ground
) -> Sequence[Answer]:
    return await reader.read(objects, ground)


_Answers = asyncio.Task[Sequence[Answer]]


class _Ahead:
    """At most one reading that is not waited for yet."""

    def __init__(self, got: _Got) -> None:
        self._got = got
        self._task: _Answers | None = None
        self._tags: Mapping[str, str | None] = {}

    async def put(self, task: _Answers, tags: Mapping[str, str | None]) -> None:
        before, self._task = self._task, task
        told, self._tags = self._tags, tags
        if before is not None:
            self._got.take(await before, told)

    async def finish(self) -> None:
        if self._task is not None:
            self._got.take(await self._task, self._tags)

    async def drop(self) -> None:
        if self._task is not None and not self._task.done():
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task


@asynccontextmanager
async def _one_ahead(got: _Got) -> AsyncIterator[_Ahead]:
    ahead = _Ahead(got)
    try:
        yield ahead
        await ahead.finish()
    finally:
        await ahead.drop()
