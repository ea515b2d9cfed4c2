"""What was read from calendars: which objects stand there, the busy times in them, each round."""

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    CompoundSelect,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    union,
    update,
)

from server.store.calendars import Hold, MirrorRecord, held_by
from server.store.database import Tx
from server.store.meetings import takes_time
from server.store.rows import many, one
from server.store.schema import (
    UNCOUNTED,
    busy,
    calendar_connection,
    meeting,
    mirror,
    remote_object,
    sync_log,
)

NOT_GIVEN = "not_given"  # the calendar names the object, and does not show it
LOOKED = "looked"  # a person looked after a mass deletion and says: go on
KEPT_LOG = timedelta(days=30)
_BUSY, _PRESENT = "busy", "present"
_AT_ONCE = 500  # names in one question
_MOST_AGAIN = 100
_AGAIN_AFTER = timedelta(minutes=10)
_OPEN = (
    calendar_connection.c.removed_at.is_(None),
    or_(calendar_connection.c.paused_for.is_(None), calendar_connection.c.paused_for == LOOKED),
)
_READING = (
    calendar_connection.c.id,
    calendar_connection.c.staff_id,
    calendar_connection.c.room_id,
    calendar_connection.c.calendar_url,
    calendar_connection.c.user_name,
    calendar_connection.c.secret,
    calendar_connection.c.kind,
    calendar_connection.c.role,
    calendar_connection.c.zone,
    calendar_connection.c.capabilities,
    calendar_connection.c.state,
    calendar_connection.c.sync_token,
    calendar_connection.c.read_attempts,
    calendar_connection.c.next_read_at,
    calendar_connection.c.full_read_at,
    calendar_connection.c.paused_for,
    calendar_connection.c.removed_at,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRecord:
    """A row of `calendar_connection`, as reading needs it. `secret` is sealed for the row."""

    id: UUID
    staff_id: UUID
    room_id: UUID | None
    calendar_url: str
    user_name: str
    secret: bytes
    kind: str
    role: str  # target, busy, both
    zone: str | None
    capabilities: dict[str, Any] | None
    state: str
    sync_token: str | None
    read_attempts: int
    next_read_at: datetime | None
    full_read_at: datetime | None
    paused_for: str | None
    removed_at: datetime | None

    @property
    def owner(self) -> UUID:
        """Whose time is taken: the room's, or the coach's."""
        return self.room_id or self.staff_id

    @property
    def counts(self) -> bool:
        """Whether what stands in it takes its owner's time."""
        return self.role != "target"

    @property
    def is_read(self) -> bool:
        """Whether it is to be read at all now."""
        return self.removed_at is None and self.paused_for in (None, LOOKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectRecord:
    """A row of `remote_object`. Without a `digest` its busy times were not counted."""

    id: UUID
    href: str
    etag: str | None
    uid_hash: str
    state: str
    reason: str | None
    recurring: bool
    digest: str
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StockRecord:
    """How much is known of a calendar."""

    objects: int
    mirrors: int
    busy: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One round; counts only."""

    kind: str  # first, changes, full
    outcome: str
    requests: int
    changed: int
    removed: int
    unreadable: int
    milliseconds: int


def fresh_ids(number: int) -> list[UUID]:
    """So many random ids at one call to the system, for thousands of rows."""
    drawn = os.urandom(16 * number)
    return [UUID(bytes=drawn[at : at + 16], version=4) for at in range(0, 16 * number, 16)]


async def reading_by_id(tx: Tx, connection: UUID) -> ReadingRecord | None:
    """One calendar."""
    query = select(*_READING).where(calendar_connection.c.id == connection)
    return await one(tx, query, ReadingRecord)


async def readings_of(tx: Tx, owners: Collection[UUID]) -> tuple[ReadingRecord, ...]:
    """The connected calendars and feeds whose contents take the time of a coach or room."""
    counts = (calendar_connection.c.removed_at.is_(None), calendar_connection.c.role != "target")
    owner = func.coalesce(calendar_connection.c.room_id, calendar_connection.c.staff_id)
    query = select(*_READING).where(*counts, owner.in_(owners))
    return await many(tx, query.order_by(calendar_connection.c.id), ReadingRecord)


async def due_to_read(tx: Tx, *, now: datetime) -> tuple[ReadingRecord, ...]:
    """The calendars whose time has come and that nobody holds, the longest waiting first."""
    query = select(*_READING).where(*_OPEN, *_due(now), *_free(now))
    first = calendar_connection.c.next_read_at
    return await many(tx, query.order_by(first.is_not(None), first), ReadingRecord)


async def oldest_due(tx: Tx, *, now: datetime) -> datetime | None:
    """Since when the longest waiting calendar is due; None when none is."""
    query = select(func.min(calendar_connection.c.next_read_at)).where(*_OPEN, *_due(now))
    since: datetime | None = await tx.scalar(query)
    return since


async def known_objects(
    tx: Tx, connection: UUID, hrefs: Collection[str] | None = None
) -> dict[str, ObjectRecord]:
    """What is known of these names in a calendar, or of all."""
    query = select(
        remote_object.c.id,
        remote_object.c.href,
        remote_object.c.etag,
        remote_object.c.uid_hash,
        remote_object.c.state,
        remote_object.c.reason,
        remote_object.c.recurring,
        remote_object.c.digest,
        remote_object.c.seen_at,
    ).where(remote_object.c.connection_id == connection)
    if hrefs is None:
        return {row.href: row for row in await many(tx, query, ObjectRecord)}
    found: dict[str, ObjectRecord] = {}
    for names in _parts(hrefs):
        rows = await many(tx, query.where(remote_object.c.href.in_(names)), ObjectRecord)
        found.update({row.href: row for row in rows})
    return found


async def to_read_again(tx: Tx, connection: UUID, *, counts: bool, now: datetime) -> list[str]:
    """The names that were not given a while ago, or whose times were not counted and now are."""
    return list(await tx.scalars(again_query(connection, counts=counts, now=now)))


def again_query(
    connection: UUID, *, counts: bool, now: datetime
) -> Select[tuple[str]] | CompoundSelect[tuple[str]]:
    """What `to_read_again` asks, by indexes of these rows only, however many others there are.

    The words stand in the query itself, so that both planners see that an index holds the rows.
    """
    here = select(remote_object.c.href).where(remote_object.c.connection_id == connection)
    waiting = here.where(
        text(f"remote_object.reason = '{NOT_GIVEN}'"), remote_object.c.seen_at < now - _AGAIN_AFTER
    )
    return union(waiting, here.where(text(UNCOUNTED))) if counts else waiting.limit(_MOST_AGAIN)


async def read_once_more(tx: Tx, connection: UUID, href: str, *, now: datetime) -> None:
    """Let the next round read an object although it did not change."""
    here = and_(remote_object.c.connection_id == connection, remote_object.c.href == href)
    asked = {"reason": NOT_GIVEN, "seen_at": now - 2 * _AGAIN_AFTER}
    await tx.execute(update(remote_object).where(here).values(**asked))


async def written_tags(
    tx: Tx, connection: UUID, hrefs: Collection[str] | None = None
) -> dict[str, str | None]:
    """The tags of our own newest writes, by name: of these names, or of all."""
    query = select(mirror.c.href, mirror.c.etag).where(
        mirror.c.connection_id == connection, mirror.c.state == _PRESENT
    )
    if hrefs is None:
        return {row.href: row.etag for row in await tx.execute(query)}
    found: dict[str, str | None] = {}
    for names in _parts(hrefs):
        rows = await tx.execute(query.where(mirror.c.href.in_(names)))
        found.update({row.href: row.etag for row in rows})
    return found


async def mirrors_of_uids(tx: Tx, uids: Collection[str]) -> dict[str, list[MirrorRecord]]:
    """The mirrors that have these UIDs, in whatever calendar."""
    found: dict[str, list[MirrorRecord]] = {}
    for names in _parts(uids):
        for row in await many(tx, select(mirror).where(mirror.c.uid.in_(names)), MirrorRecord):
            found.setdefault(row.uid, []).append(row)
    return found


async def mirrors_at(tx: Tx, connection: UUID, hrefs: Collection[str]) -> list[MirrorRecord]:
    """The mirrors that are believed to stand under these names in a calendar."""
    found: list[MirrorRecord] = []
    there = (mirror.c.connection_id == connection, mirror.c.state == _PRESENT)
    for names in _parts(hrefs):
        found += await many(
            tx, select(mirror).where(*there, mirror.c.href.in_(names)), MirrorRecord
        )
    return found


async def set_mirror_tag(tx: Tx, mirror_id: UUID, etag: str | None) -> None:
    """Note the tag that a mirror has now."""
    await tx.execute(update(mirror).where(mirror.c.id == mirror_id).values(etag=etag))


async def stock(tx: Tx, connection: UUID) -> StockRecord:
    """How much is known of a calendar."""
    of = remote_object.c.connection_id == connection
    objects = select(func.count()).where(of)
    taking = select(func.count()).where(of, remote_object.c.state == _BUSY)
    mirrors = select(func.count()).where(
        mirror.c.connection_id == connection, mirror.c.state == _PRESENT
    )
    return StockRecord(
        objects=await tx.scalar(objects) or 0,
        mirrors=await tx.scalar(mirrors) or 0,
        busy=await tx.scalar(taking) or 0,
    )


async def still_held(tx: Tx, held: Hold) -> ReadingRecord | None:
    """The calendar as it is now, kept from changing until the end of `tx`; None: hold lost."""
    return await one(tx, select(*_READING).where(*held_by(held)).with_for_update(), ReadingRecord)


async def keep_objects(
    tx: Tx,
    connection: UUID,
    *,
    new: Sequence[Mapping[str, Any]],
    changed: Sequence[Mapping[str, Any]],
) -> None:
    """Write rows of `remote_object`: new ones with their id, known ones by theirs.

    All rows of `changed` have the same columns.
    """
    if new:
        await tx.execute(
            insert(remote_object), [{"connection_id": connection, **row} for row in new]
        )
    if changed:
        names = changed[0].keys() - {"id"}
        columns: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
        known = update(remote_object).where(remote_object.c.id == bindparam("new_id"))
        await tx.execute(
            known.values(**columns),
            [{f"new_{name}": value for name, value in row.items()} for row in changed],
        )


async def replace_times(
    tx: Tx, objects: Collection[UUID], lines: Sequence[Mapping[str, Any]]
) -> None:
    """Put these busy times in the place of those of these objects."""
    for ids in _parts(objects):
        await tx.execute(delete(busy).where(busy.c.object_id.in_(ids)))
    if lines:
        ids = fresh_ids(len(lines))
        rows = [{"id": one, **line} for one, line in zip(ids, lines, strict=True)]
        await tx.execute(insert(busy), rows)


async def drop_objects(tx: Tx, objects: Collection[UUID]) -> None:
    """Let go of objects that are no longer there, and of their busy times."""
    await replace_times(tx, objects, ())
    for ids in _parts(objects):
        await tx.execute(delete(remote_object).where(remote_object.c.id.in_(ids)))


async def count_no_more(tx: Tx, connection: UUID) -> None:
    """Let what stands in a calendar take nobody's time, if it did."""
    counted = and_(remote_object.c.connection_id == connection, text("remote_object.digest <> ''"))
    if not await tx.scalar(select(exists().where(counted))):
        return
    objects = select(remote_object.c.id).where(counted)
    await tx.execute(delete(busy).where(busy.c.object_id.in_(objects)))
    await tx.execute(update(remote_object).where(counted).values(digest=""))


async def change_reading(tx: Tx, connection: UUID, **values: Any) -> None:  # noqa: ANN401 -- the columns
    """Note how reading a calendar went."""
    await tx.execute(
        update(calendar_connection).where(calendar_connection.c.id == connection).values(**values)
    )


async def log_round(tx: Tx, connection: UUID, line: LogLine, *, now: datetime) -> None:
    """Write a round down, and drop those of a month ago."""
    await tx.execute(
        delete(sync_log).where(
            sync_log.c.connection_id == connection, sync_log.c.at < now - KEPT_LOG
        )
    )
    await tx.execute(
        insert(sync_log).values(
            id=uuid4(),
            connection_id=connection,
            at=now,
            kind=line.kind,
            outcome=line.outcome[:40],
            requests=line.requests,
            changed=line.changed,
            removed=line.removed,
            unreadable=line.unreadable,
            milliseconds=line.milliseconds,
        )
    )


async def soonest_meeting(tx: Tx, reading: ReadingRecord, *, now: datetime) -> datetime | None:
    """When the next appointment of the calendar's owner begins."""
    if reading.room_id is not None:
        own = meeting.c.room_id == reading.room_id
    else:
        own = meeting.c.coach_id == reading.staff_id
    query = select(func.min(meeting.c.starts_at))
    query = query.where(own, takes_time(now), meeting.c.ends_at > now)
    soonest: datetime | None = await tx.scalar(query)
    return soonest


def _due(now: datetime) -> tuple[Any, ...]:
    at = calendar_connection.c.next_read_at
    return (or_(at.is_(None), at <= now),)


def _free(now: datetime) -> tuple[Any, ...]:
    until = calendar_connection.c.lease_until
    return (or_(until.is_(None), until <= now),)


def _parts(names: Collection[Any]) -> list[list[Any]]:
    every = list(names)
    return [every[at : at + _AT_ONCE] for at in range(0, len(every), _AT_ONCE)]
