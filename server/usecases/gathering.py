"""The first half of a round: ask the calendar, and read what it gives. Nothing is written.

No transaction is open while the network is spoken to; foreign objects are read elsewhere
(`ObjectReader`), and of each only what is kept stays in memory.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from calendar_sync.comparing import FEW_OBJECTS, Known, Look, look_at_changes, look_at_listing
from calendar_sync.events import WINDOW_AHEAD_DAYS, WINDOW_BACK_DAYS, ObjectState
from calendar_sync.occurrences import Ground
from calendar_sync.reading import CalendarSource, Changes, Listing, TokenRefused
from calendar_sync.target import Failure, Garbage, Temporary
from server.store import people
from server.store import remote_objects as store
from server.store.database import Database
from server.store.remote_objects import ObjectRecord, ReadingRecord
from server.usecases.context import Parts
from server.usecases.fetching import Early, Found, Got, ObjectReader, objects_at_once, read_all

MOST_PAGES = 200  # of one answer about changes
EXPANDED_FOR = timedelta(days=7)  # then a series is expanded anew: the window has rolled
DOUBTED_AFTER = timedelta(minutes=10)  # a list of changes that is none, before it is again
SPARE_SECONDS = 16.0  # of a visit, for objects: from then on nothing is asked that can wait


class RoundKind(StrEnum):
    """What a round asks for."""

    FIRST = "first"
    CHANGES = "changes"
    FULL = "full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """All that a round learned. `gone` are names that are proven not to be there.

    `cut`: the time was up, and more is there than was found.
    """

    kind: RoundKind
    token: str | None
    found: Mapping[str, Found] = field(default_factory=dict)
    echoes: Mapping[str, str] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()
    requests: int = 0
    cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TooSlow(Temporary):
    """The time was up, and nothing came of it."""

    reason: str = "the calendar is too slow"


async def gather(
    parts: Parts,
    reading: ReadingRecord,
    source: CalendarSource,
    reader: ObjectReader,
    *,
    full: bool,
    now: datetime,
    early: Early | None = None,
    until: float | None = None,
) -> Gathered | Failure:
    """Ask what changed since the last round, or for everything when `full` or when it must be.

    What `early` is given is not in the answer any more. `until` is a time of the event loop: then
    the answer is what came so far, without a token.
    """
    try:
        async with asyncio.timeout_at(until) as limit:
            asked = await _asked(parts.database, reading, source, full=full, now=now, until=until)
    except TimeoutError:
        if not limit.expired():
            raise
        return TooSlow()
    if not isinstance(asked, _Asked):
        return asked
    got: Got | Failure = Got()
    if asked.look.fetch:
        got = await read_all(
            source,
            reader,
            asked.look.fetch,
            await ground_of(parts, reading, now=now),
            at_once=objects_at_once(reading.read_attempts),
            early=early,
            until=until,
        )
    return _gathered(asked, got) if isinstance(got, Got) else got


def _gathered(asked: "_Asked", got: Got) -> Gathered:
    return Gathered(
        kind=asked.kind,
        token=None if got.cut else asked.token,
        found=got.found,
        echoes=asked.look.echoes,
        gone=asked.look.gone | got.missing,
        requests=asked.requests + got.requests,
        cut=got.cut,
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
    until: float | None,
) -> _Asked | Failure:
    """Ask for changes; for everything when they are not told, do not say it all, or on `full`.

    Also for what we wrote and they never told: it may have been named anew and then taken away.
    """
    requests = 0
    if reading.sync_token is not None and not full:
        told = await _pages(source, reading.sync_token, until)
        if isinstance(told, Changes):
            requests = told.requests
            look = await _look_at_changes(database, reading, told, now=now)
            doubted = reading.full_read_at is None or now - reading.full_read_at > DOUBTED_AFTER
            everything = doubted and await _tells_everything(database, reading, look)
            if not (everything or look.unseen):
                kind = RoundKind.CHANGES
                return _Asked(kind=kind, look=look, token=told.token, requests=requests)
        elif not isinstance(told, TokenRefused):
            return told
    listing = await _everything(source, reading, until)
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

    There a listing costs little, and an answer with everything that is left may be that short. So
    does half of all that is known: a server that was moved or restored tags everything anew.
    """
    if look.tells_everything or not (look.unchanged or look.changed):
        return look.tells_everything
    async with database.read() as tx:
        objects = (await store.stock(tx, reading.id)).objects
    return 2 * look.changed >= objects or (look.unchanged > 0 and objects <= FEW_OBJECTS)


async def _everything(
    source: CalendarSource, reading: ReadingRecord, until: float | None
) -> Listing | Failure:
    """A complete listing, with a token for what changes after it where one can be had."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    listing = await source.listing()
    if not isinstance(listing, Listing):
        return listing
    if reading.capabilities and reading.role != "busy" and not reading.capabilities["sync_token"]:
        return replace(listing, token=None)  # it was measured that a write does not show
    if listing.token is not None or _late(until, longest=loop.time() - began):
        return listing  # the answer with a token takes as long again
    told = await _pages(source, None, None)
    if not isinstance(told, Changes):
        return listing if isinstance(told, TokenRefused) else told
    return Listing(
        tags={**listing.tags, **told.changed},  # with what came between the two answers
        token=told.token,
        requests=listing.requests + told.requests,
    )


async def _pages(
    source: CalendarSource, token: str | None, until: float | None
) -> Changes | TokenRefused | Failure:
    """All pages; where they take long those that came: the token of each is good (RFC 6578 3.6)."""
    whole: Changes | None = None
    seen = {token}
    for _ in range(MOST_PAGES):
        page = await source.changes(token)
        if not isinstance(page, Changes):
            return page
        whole = page if whole is None else _joined(whole, page)
        if not page.cut or _late(until):
            return whole
        if page.token in seen:
            break
        token = page.token
        seen.add(token)
    return Garbage(reason="the calendar never comes to the end of its changes")


def _late(until: float | None, *, longest: float = 0.0) -> bool:
    """Whether an answer that takes so many seconds leaves no time for objects."""
    now = asyncio.get_running_loop().time()
    return until is not None and now + longest > until - SPARE_SECONDS


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
        {href: _due(one, written, repeated=href in repeated) for href, one in known.items()},
        written,
    )


def _due(one: ObjectRecord, written: Mapping[str, str | None], *, repeated: bool) -> Known:
    """What is known of an object that changes may be about."""
    promised = one.state == ObjectState.PROMISED and one.href in written
    return Known(etag=one.etag, again=repeated and not promised, promised=repeated and promised)


def _known(one: ObjectRecord, reading: ReadingRecord, *, now: datetime) -> Known:
    rolled = one.recurring and one.seen_at < now - EXPANDED_FOR
    uncounted = reading.counts and one.state == ObjectState.BUSY and not one.digest
    again = rolled or uncounted or one.reason == store.NOT_GIVEN
    return Known(etag=one.etag, again=again)
