"""One look at the calendars of coach and room while somebody books (calendar.md 11.6).

Times are offered from our own tables only. Whoever books one is told of what came over it since:
what was read already, and what a look of at most 3 s finds that was not read yet. A calendar that
does not answer keeps nobody from booking; the appointment says then that it was not looked at.
No transaction is open meanwhile.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
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
from server.usecases.gathering import Answer, ground_of
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


class Seen(StrEnum):
    """What a look gave."""

    CLEAR = "clear"
    TAKEN = "taken"  # a hard time that was not read before
    NOT_CHECKED = "not_checked"


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
        allow_private_hosts=parts.settings.allow_private_hosts,
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
    try:
        async with parts.database.read() as tx:
            wanted = await find(tx)
            answered = await keys.was_answered(tx, asked)
    except (BadInput, Conflict, NotAllowed, NotFound):
        return True
    if wanted is None or answered:
        return True
    return await check_calendars(parts, wanted, over_busy=over_busy, now=now)


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
    async with parts.database.read() as tx:
        readings = await store.readings_of(tx, wanted.owners)
        if not readings:
            return True
        if not over_busy:
            await _check_kept(parts, tx, wanted)
    seen = await asyncio.gather(
        *(_in_time(parts, one, wanted, open_source, within=within, now=now) for one in readings)
    )
    if Seen.TAKEN in seen and not over_busy:
        raise Conflict("calendar_busy")
    return Seen.NOT_CHECKED not in seen


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


async def _check_kept(parts: Parts, tx: Tx, wanted: Wanted) -> None:
    own = own_hashes(parts, wanted.meeting) if wanted.meeting else frozenset[str]()
    kinds = await availability.kinds_between(
        tx, wanted.owners, wanted.starts_at, wanted.ends_at, besides=own
    )
    if BusyKind.HARD in kinds:
        raise Conflict("calendar_busy")
    if BusyKind.SOFT in kinds:
        raise Conflict("calendar_maybe_busy")


async def _in_time(
    parts: Parts,
    reading: ReadingRecord,
    wanted: Wanted,
    open_source: OpenLive,
    *,
    within: float,
    now: datetime,
) -> Seen:
    if reading.kind == "feed":  # no part of a feed can be asked for: it is read when its time comes
        return Seen.CLEAR
    if not reading.is_read:
        return Seen.NOT_CHECKED
    try:
        async with asyncio.timeout(within):
            return await _look(parts, reading, wanted, open_source, now=now)
    except (TimeoutError, ValueError, OSError):
        return Seen.NOT_CHECKED


async def _look(
    parts: Parts, reading: ReadingRecord, wanted: Wanted, open_source: OpenLive, *, now: datetime
) -> Seen:
    source = open_source(parts, reading)
    try:
        listing = await source.between(wanted.starts_at, wanted.ends_at)
        if not isinstance(listing, Listing):
            return Seen.NOT_CHECKED
        async with parts.database.read() as tx:
            known = await store.known_objects(tx, reading.id, listing.tags)
            ours = await store.written_tags(tx, reading.id, listing.tags)
        read = {name: one.etag for name, one in known.items()}
        new = [n for n, tag in listing.tags.items() if tag is None or tag not in _of(n, read, ours)]
        if not new:
            return Seen.CLEAR
        fetched = await source.fetch(new)
    finally:
        await source.close()
    if not isinstance(fetched, Fetched):
        return Seen.NOT_CHECKED
    return await _judge(parts, reading, wanted, fetched, now=now)


def _of(name: str, *tags: Mapping[str, str | None]) -> set[str | None]:
    return {known[name] for known in tags if name in known}


async def _judge(
    parts: Parts, reading: ReadingRecord, wanted: Wanted, fetched: Fetched, *, now: datetime
) -> Seen:
    """Read what is new beside our own process, and see whether it takes the time for certain."""
    ground = await ground_of(parts, reading, now=now)
    async with ReadingPool(children=1) as pool:
        answers = await pool.read([(n, one.ics) for n, one in fetched.objects.items()], ground)
    uids = {read.own.uid for _, read in answers if read.own}
    async with parts.database.read() as tx:
        mirrors = await store.mirrors_of_uids(tx, uids)
    own = own_hashes(parts, wanted.meeting) if wanted.meeting else frozenset[str]()
    foreign = (one for one in answers if one[1].own is None or one[1].own.uid not in mirrors)
    taken = any(_takes(one, wanted, own) for one in foreign)
    return Seen.TAKEN if taken else Seen.CLEAR


def _takes(answer: Answer, wanted: Wanted, own: frozenset[str]) -> bool:
    read = as_foreign(answer[1])
    return read.uid_hash not in own and any(
        one.weight is Weight.HARD
        and one.starts_at < wanted.ends_at
        and one.ends_at > wanted.starts_at
        for one in read.busy
    )
