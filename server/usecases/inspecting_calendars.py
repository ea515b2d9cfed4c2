"""What we think stands in a calendar beside what stands there. Reads only, on both sides.

Of foreign events only their number is told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from calendar_sync.comparing import in_parts
from calendar_sync.events import OwnEvent
from calendar_sync.reading import FETCH_AT_ONCE, CalendarSource, Fetched, Listing
from calendar_sync.target import Failure
from server.store import connecting, meetings, people
from server.store import remote_objects as store
from server.store.calendars import MirrorRecord, connection_by_id
from server.store.database import Tx
from server.store.meetings import MeetingRecord
from server.store.remote_objects import ReadingRecord
from server.usecases.context import Parts
from server.usecases.fetching import ObjectReader
from server.usecases.gathering import ground_of


class DifferenceKind(StrEnum):
    """What is not the same on both sides."""

    NOT_WRITTEN = "not written"  # a coming appointment was never brought there
    GONE = "gone there"  # brought there, and not there now
    OTHER_TIME = "another time there"
    CANCELLED = "cancelled there"
    UNCLEAR = "cannot be understood there"
    NEW = "new there"  # foreign events, by their number
    CHANGED = "changed there"
    VANISHED = "vanished there"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One of our appointments, or a number of foreign events. `file` is as people know it."""

    kind: DifferenceKind
    meeting: UUID | None = None
    file: str = ""
    thought: tuple[datetime, datetime] | None = None
    stands: tuple[datetime, datetime] | None = None
    number: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Both sides of one calendar."""

    there: int
    known: int
    ours: int
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Books:
    """What we think."""

    tags: Mapping[str, str | None]
    mirrors: Mapping[str, MirrorRecord]
    meetings: Mapping[UUID, MeetingRecord]
    files: Mapping[UUID, str]  # by meeting
    missing: tuple[UUID, ...]


async def compare(
    parts: Parts,
    reading: ReadingRecord,
    source: CalendarSource,
    reader: ObjectReader,
    *,
    now: datetime,
    told: Callable[[int, int], None] = lambda _done, _all: None,
) -> Comparison | Failure:
    """Look at both sides of one calendar. `told` hears how many of our events were read, of all."""
    listing = await source.listing()
    if not isinstance(listing, Listing):
        return listing
    async with parts.database.read() as tx:
        books = await _books(tx, reading, now=now)
    ground = await ground_of(parts, reading, now=now)
    standing = [href for href in books.mirrors if href in listing.tags]
    events: dict[str, OwnEvent | None] = {}
    for part in in_parts(standing, FETCH_AT_ONCE):
        told(len(events), len(standing))
        fetched = await source.fetch(part)
        if not isinstance(fetched, Fetched):
            return fetched
        answers = await reader.read([(h, one.ics) for h, one in fetched.objects.items()], ground)
        events |= {href: read.own for href, read in answers}
    told(len(standing), len(standing))
    return Comparison(
        there=len(listing.tags),
        known=len(books.tags),
        ours=len(books.mirrors),
        differences=(*_own(books, listing, events), *_foreign(books, listing)),
    )


async def _books(tx: Tx, reading: ReadingRecord, *, now: datetime) -> _Books:
    known = await store.known_objects(tx, reading.id)
    written = await store.written_tags(tx, reading.id)
    mirrors = {one.href: one for one in await store.mirrors_at(tx, reading.id, written)}
    standing = {one.meeting_id for one in mirrors.values()}
    connection = await connection_by_id(tx, reading.id)
    coming = (
        await connecting.meetings_to_write(tx, connection, now=now)
        if connection and connection.is_written
        else ()
    )
    found = [await meetings.meeting_by_id(tx, one) for one in {*standing, *(m for m, _ in coming)}]
    there = {one.id: one for one in found if one}
    return _Books(
        tags={href: one.etag for href, one in known.items()},
        mirrors=mirrors,
        meetings=there,
        files={one.id: await _file(tx, one) for one in there.values()},
        missing=tuple(one for one, _ in coming if one not in standing),
    )


async def _file(tx: Tx, meeting: MeetingRecord) -> str:
    trajectory = await people.trajectory_by_id(tx, meeting.trajectory_id)
    return f"T-{trajectory.number}" if trajectory else ""


def _own(
    books: _Books, listing: Listing, events: Mapping[str, OwnEvent | None]
) -> list[Difference]:
    """Those about our appointments, in the order of their times."""
    differences = [
        Difference(
            kind=DifferenceKind.NOT_WRITTEN,
            meeting=one,
            file=books.files[one],
            thought=_times(books.meetings[one]),
        )
        for one in books.missing
    ]
    for href, mirror in books.mirrors.items():
        meeting = books.meetings.get(mirror.meeting_id)
        if meeting is None:
            continue
        event = events.get(href)
        kind = DifferenceKind.GONE if href not in listing.tags else _kind(meeting, event)
        if kind is not None:
            stands = _event_times(event)
            differences.append(
                Difference(
                    kind=kind,
                    meeting=meeting.id,
                    file=books.files[meeting.id],
                    thought=_times(meeting),
                    stands=stands,
                )
            )
    return sorted(differences, key=lambda one: str(one.thought))


def _kind(meeting: MeetingRecord, event: OwnEvent | None) -> DifferenceKind | None:
    stands = _event_times(event)
    if event is not None and event.cancelled:
        return DifferenceKind.CANCELLED
    if stands is None:
        return DifferenceKind.UNCLEAR
    return None if stands == _times(meeting) else DifferenceKind.OTHER_TIME


def _times(meeting: MeetingRecord) -> tuple[datetime, datetime]:
    return meeting.starts_at, meeting.ends_at


def _event_times(event: OwnEvent | None) -> tuple[datetime, datetime] | None:
    if event is None or event.starts_at is None or event.ends_at is None:
        return None
    return event.starts_at, event.ends_at


def _foreign(books: _Books, listing: Listing) -> list[Difference]:
    there = {href: tag for href, tag in listing.tags.items() if href not in books.mirrors}
    known = {href: tag for href, tag in books.tags.items() if href not in books.mirrors}
    numbers = {
        DifferenceKind.NEW: len(there.keys() - known.keys()),
        DifferenceKind.CHANGED: sum(
            1 for href in there.keys() & known.keys() if there[href] != known[href]
        ),
        DifferenceKind.VANISHED: len(known.keys() - there.keys()),
    }
    return [Difference(kind=kind, number=number) for kind, number in numbers.items() if number]
