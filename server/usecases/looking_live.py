"""One look at the calendars of coach and room while somebody books (calendar.md 11.6).

Times are offered from our own tables only. Whoever books one is told of what came over it since:
what was read already, and what a look of at most 3 s finds that was not read yet. A calendar that
does not answer keeps nobody from booking; the appointment says then that it was not looked at.
No transaction is open meanwhile. A whole plan is one look: each calendar is asked once, for all of
its talks.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, Self
from uuid import UUID

from calendar_sync.caldav_source import CalDavSource
from calendar_sync.events import Weight
from calendar_sync.occurrences import as_foreign
from calendar_sync.reading import Fetched, Listing
from calendar_sync.reading_pool import ReadingPool
from calendar_sync.target import Failure
from coaching.availability import BusyKind
from coaching.errors import BadInput, Conflict, NotAllowed, NotFound
from server.store import availability, keys, meetings
from server.store import remote_objects as store
from server.store.clashes import unread_since
from server.store.database import Tx
from server.store.remote_objects import ReadingRecord
from server.usecases.clashing import own_hashes
from server.usecases.context import Parts
from server.usecases.fetching import Answer
from server.usecases.gathering import ground_of
from server.usecases.slots import Slot

LOOK_SECONDS = 3.0
NOT_CHECKED = "calendar_not_checked"  # in the history of a meeting


class LiveSource(Protocol):
    """A calendar that can be asked about a part of a day."""

    async def between(self, starts_at: datetime, ends_at: datetime) -> Listing | Failure:
        """The events that touch this time, by name and tag; it may name more."""

    async def fetch(self, hrefs: Sequence[str]) -> Fetched | Failure:
        """Read objects."""

    async def close(self) -> None:
        """Let go of the connection."""


OpenLive = Callable[[Parts, ReadingRecord], LiveSource]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The time that somebody wants, of whom; `meeting` is the one that moves there."""

    coach: UUID
    room: UUID | None
    starts_at: datetime
    ends_at: datetime
    meeting: UUID | None = None

    @classmethod
    def of(cls, coach: UUID, slot: Slot, *, meeting: UUID | None = None) -> Self:
        """The time of a slot, with this coach."""
        return cls(
            coach=coach,
            room=slot.room,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            meeting=meeting,
        )

    @property
    def owners(self) -> tuple[UUID, ...]:
        """Coach and room."""
        return (self.coach, self.room) if self.room else (self.coach,)


def open_live(parts: Parts, reading: ReadingRecord) -> LiveSource:
    """The calendar behind a connection, for one look.

    Raises:
        ValueError: its password cannot be read.
    """
    return CalDavSource.at(
        reading.calendar_url,
        user_name=reading.user_name,
        password=parts.secret.unseal(reading.secret, bound_to=f"calendar_connection:{reading.id}"),
        allow_private_hosts=parts.settings.calendar_hosts,
        total_seconds=LOOK_SECONDS,
    )


async def look_before(
    parts: Parts,
    asked: keys.KeyedRequest,
    find: Callable[[Tx], Awaitable[Wanted | None]],
    *,
    over_busy: bool = False,
    now: datetime,
) -> bool:
    """As `check_calendars`, unless this key has its answer or what is asked cannot be done anyway.

    What is in the way then is said by the booking itself. `find` gives None for nothing to look at.

    Raises:
        Conflict: as `check_calendars`.
    """

    async def find_all(tx: Tx) -> Sequence[Wanted]:
        wanted = await find(tx)
        return [wanted] if wanted else []

    wanted = await _not_answered(parts, asked, find_all)
    if not wanted:
        return True
    return await check_calendars(parts, wanted[0], over_busy=over_busy, now=now)


async def look_before_all(
    parts: Parts,
    asked: keys.KeyedRequest,
    find: Callable[[Tx], Awaitable[Sequence[Wanted]]],
    *,
    over_busy: bool = False,
    now: datetime,
) -> frozenset[int]:
    """As `look_before` for all times of a plan in one look; the numbers of those not looked at.

    Raises:
        Conflict: as `check_all`.
    """
    wanted = await _not_answered(parts, asked, find)
    if not wanted:
        return frozenset()
    return await check_all(parts, wanted, over_busy=over_busy, now=now)


async def _not_answered(
    parts: Parts,
    asked: keys.KeyedRequest,
    find: Callable[[Tx], Awaitable[Sequence[Wanted]]],
) -> Sequence[Wanted]:
    try:
        async with parts.database.read() as tx:
            wanted = await find(tx)
            return () if await keys.was_answered(tx, asked) else wanted
    except (BadInput, Conflict, NotAllowed, NotFound):
        return ()


async def check_calendars(
    parts: Parts,
    wanted: Wanted,
    *,
    over_busy: bool = False,
    now: datetime,
    open_source: OpenLive = open_live,
    within: float = LOOK_SECONDS,
) -> bool:
    """Whether the calendars could be looked at `within` seconds; also True where there are none.

    `over_busy`: whoever books knows that something stands there, and wants it all the same.

    Raises:
        Conflict: `calendar_busy`, something else stands there; `calendar_maybe_busy`, something
            that is not sure yet.
    """
    try:
        unchecked = await check_all(
            parts,
            [wanted],
            over_busy=over_busy,
            now=now,
            open_source=open_source,
            within=within,
        )
    except Conflict as conflict:
        raise Conflict(conflict.code) from None
    return not unchecked


async def check_all(
    parts: Parts,
    wanted: Sequence[Wanted],
    *,
    over_busy: bool = False,
    now: datetime,
    open_source: OpenLive = open_live,
    within: float = LOOK_SECONDS,
) -> frozenset[int]:
    """The numbers, from 0, of the times whose calendars could not be looked at `within` seconds.

    So long in all, however many times there are: all calendars at once, each for all its times.

    Raises:
        Conflict: as `check_calendars`; `calendar_busy` when one of them is sure. The parameter
            `lines` names all that are taken, in order and with commas between.
    """
    owners = {owner for one in wanted for owner in one.owners}
    async with parts.database.read() as tx:
        readings = await store.readings_of(tx, tuple(owners))
        if not readings:
            return frozenset()
        kinds = {} if over_busy else await _kept_kinds(parts, tx, wanted)
    if len(kinds) == len(wanted):
        raise _busy(kinds)
    asked = [_of_calendar(one, wanted, besides=kinds) for one in readings]
    seen = await asyncio.gather(
        *(
            _in_time(parts, one, times, open_source, within=within, now=now)
            for one, times in zip(readings, asked, strict=True)
        )
    )
    kinds |= {number: BusyKind.HARD for one in seen if one is not None for number in one}
    if kinds and not over_busy:
        raise _busy(kinds)
    unseen = [times for one, times in zip(seen, asked, strict=True) if one is None]
    return frozenset(number for times in unseen for number in times)


def _of_calendar(
    reading: ReadingRecord, wanted: Sequence[Wanted], *, besides: Collection[int]
) -> dict[int, Wanted]:
    """The times that a calendar says something of, by number, `besides` those that are taken."""
    return {
        number: one
        for number, one in enumerate(wanted)
        if reading.owner in one.owners and number not in besides
    }


def _busy(kinds: Mapping[int, BusyKind]) -> Conflict:
    sure = BusyKind.HARD in kinds.values()
    lines = ",".join(map(str, sorted(kinds)))
    return Conflict("calendar_busy" if sure else "calendar_maybe_busy", lines=lines)


async def note_unchecked(
    tx: Tx, meeting: UUID, *, checked: bool, actor: str, now: datetime
) -> None:
    """Write into the history that the calendars were not looked at, if they were not."""
    if not checked:
        await meetings.add_event(tx, meeting, at=now, actor=actor, what=NOT_CHECKED)


async def is_unchecked(
    tx: Tx, found: meetings.MeetingRecord, noted_at: datetime | None, *, now: datetime
) -> bool:
    """Whether a calendar that was not looked at when this was booked was not read since either."""
    if noted_at is None or found.starts_at <= now:
        return False
    owners = (found.coach_id, found.room_id) if found.room_id else (found.coach_id,)
    return await unread_since(tx, owners, noted_at)


async def _kept_kinds(parts: Parts, tx: Tx, wanted: Sequence[Wanted]) -> dict[int, BusyKind]:
    """By number the times that something stands in, as was read before, and how sure that is."""
    found: dict[int, BusyKind] = {}
    for number, one in enumerate(wanted):
        kinds = await availability.kinds_between(
            tx, one.owners, one.starts_at, one.ends_at, besides=_own(parts, one)
        )
        if kinds & {BusyKind.HARD, BusyKind.SOFT}:
            found[number] = BusyKind.HARD if BusyKind.HARD in kinds else BusyKind.SOFT
    return found


def _own(parts: Parts, wanted: Wanted) -> frozenset[str]:
    """What the meeting that moves is called in calendars."""
    return own_hashes(parts, wanted.meeting) if wanted.meeting else frozenset()


async def _in_time(
    parts: Parts,
    reading: ReadingRecord,
    times: Mapping[int, Wanted],
    open_source: OpenLive,
    *,
    within: float,
    now: datetime,
) -> frozenset[int] | None:
    """The numbers of the times that are taken; None where it was not looked at."""
    # No part of a feed can be asked for: it is read when its time comes.
    if reading.kind == "feed" or not times:
        return frozenset()
    if not reading.is_read:
        return None
    try:
        async with asyncio.timeout(within):
            return await _look(parts, reading, times, open_source, now=now)
    except (TimeoutError, ValueError, OSError):
        return None


async def _look(
    parts: Parts,
    reading: ReadingRecord,
    times: Mapping[int, Wanted],
    open_source: OpenLive,
    *,
    now: datetime,
) -> frozenset[int] | None:
    source = open_source(parts, reading)
    first = min(one.starts_at for one in times.values())
    last = max(one.ends_at for one in times.values())
    try:
        listing = await source.between(first, last)
        if not isinstance(listing, Listing):
            return None
        async with parts.database.read() as tx:
            known = await store.known_objects(tx, reading.id, listing.tags)
            ours = await store.written_tags(tx, reading.id, listing.tags)
        read = {name: one.etag for name, one in known.items()}
        new = [n for n, tag in listing.tags.items() if tag is None or tag not in _of(n, read, ours)]
        if not new:
            return frozenset()
        fetched = await source.fetch(new)
    finally:
        await source.close()
    if not isinstance(fetched, Fetched):
        return None
    return await _judge(parts, reading, times, fetched, now=now)


def _of(name: str, *tags: Mapping[str, str | None]) -> set[str | None]:
    return {known[name] for known in tags if name in known}


async def _judge(
    parts: Parts,
    reading: ReadingRecord,
    times: Mapping[int, Wanted],
    fetched: Fetched,
    *,
    now: datetime,
) -> frozenset[int]:
    """Read what is new beside our own process, and see which times it takes for certain."""
    ground = await ground_of(parts, reading, now=now)
    async with ReadingPool(children=1) as pool:
        answers = await pool.read([(n, one.ics) for n, one in fetched.objects.items()], ground)
    uids = {read.own.uid for _, read in answers if read.own}
    async with parts.database.read() as tx:
        mirrors = await store.mirrors_of_uids(tx, uids)
    foreign = [one for one in answers if one[1].own is None or one[1].own.uid not in mirrors]
    return frozenset(
        number
        for number, wanted in times.items()
        if any(_takes(one, wanted, _own(parts, wanted)) for one in foreign)
    )


def _takes(answer: Answer, wanted: Wanted, own: frozenset[str]) -> bool:
    read = as_foreign(answer[1])
    return read.uid_hash not in own and any(
        one.weight is Weight.HARD
        and one.starts_at < wanted.ends_at
        and one.ends_at > wanted.starts_at
        for one in read.busy
    )
