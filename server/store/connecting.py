"""Connecting a calendar and letting it go: what was looked up, whose it is, taking it up again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update

from server.store import calendars
from server.store.calendars import ConnectionRecord
from server.store.database import Tx
from server.store.outbox import wake_calendar
from server.store.rows import many, one
from server.store.schema import (
    busy,
    calendar_connection,
    calendar_lookup,
    meeting,
    mirror,
    outbox,
    remote_object,
    room,
    staff,
)

_UNREAD = ("unreadable", "refused", "zone_unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupRecord:
    """A row of `calendar_lookup`. `secret` is sealed for the row."""

    id: UUID
    staff_id: UUID
    owner: str
    user_name: str
    secret: bytes
    found: list[dict[str, Any]]
    expires_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedRecord:
    """A calendar with the name of its owner, and what of it cannot be read."""

    connection: ConnectionRecord
    owner_name: str
    unread: int


async def insert_lookup(tx: Tx, **values: Any) -> None:  # noqa: ANN401 -- the columns
    """Keep what was found until somebody has chosen."""
    await tx.execute(insert(calendar_lookup).values(**values))


async def drop_old_lookups(tx: Tx, *, now: datetime) -> None:
    """Take away what nobody chose from in time, with its password."""
    await tx.execute(delete(calendar_lookup).where(calendar_lookup.c.expires_at <= now))


async def lookup_by_id(tx: Tx, lookup: UUID, *, staff_id: UUID) -> LookupRecord | None:
    """What this person looked up."""
    query = select(calendar_lookup).where(
        calendar_lookup.c.id == lookup, calendar_lookup.c.staff_id == staff_id
    )
    return await one(tx, query, LookupRecord)


async def finish_lookup(tx: Tx, lookup: UUID, *, now: datetime) -> bool:
    """Mark it chosen and forget its password; False when that was done before."""
    changed = await tx.execute(
        update(calendar_lookup)
        .where(calendar_lookup.c.id == lookup, calendar_lookup.c.done_at.is_(None))
        .values(done_at=now, secret=b"")
    )
    return changed.rowcount == 1


async def connected_at_address(tx: Tx, calendar_url: str) -> tuple[ConnectionRecord, ...]:
    """Every connection with this very address, also those that were taken away."""
    return await _records(tx, calendar_connection.c.calendar_url == calendar_url)


async def same_account(tx: Tx, given: ConnectionRecord) -> tuple[ConnectionRecord, ...]:
    """The calendars of the same owner with the same user name, on whatever server."""
    owner = (
        calendar_connection.c.room_id == given.room_id
        if given.room_id
        else calendar_connection.c.room_id.is_(None)
    )
    return await _records(
        tx,
        owner,
        calendar_connection.c.staff_id == given.staff_id,
        calendar_connection.c.user_name == given.user_name,
        calendar_connection.c.removed_at.is_(None),
    )


async def change_connection(tx: Tx, connection: UUID, **values: Any) -> None:  # noqa: ANN401 -- the columns
    """Write new values into a connection."""
    await tx.execute(
        update(calendar_connection).where(calendar_connection.c.id == connection).values(**values)
    )


async def owned(
    tx: Tx, *, of: UUID | None = None, only: UUID | None = None, needing_care: bool = False
) -> tuple[OwnedRecord, ...]:
    """The connected calendars with their owners: of everybody, or of one coach, or just one."""
    wanted: list[ColumnElement[bool]] = [calendar_connection.c.removed_at.is_(None)]
    if of:
        wanted += [calendar_connection.c.staff_id == of, calendar_connection.c.room_id.is_(None)]
    if only:
        wanted.append(calendar_connection.c.id == only)
    if needing_care:
        wanted.append(
            or_(
                calendar_connection.c.state == "broken",
                calendar_connection.c.paused_for.is_not(None),
            )
        )
    found = await _records(tx, *wanted)
    names = await _names(tx)
    unread = await _unread(tx, [one.id for one in found])
    owners = (
        OwnedRecord(
            connection=one,
            owner_name=names.get(one.room_id or one.staff_id, ""),
            unread=unread.get(one.id, 0),
        )
        for one in found
    )
    return tuple(sorted(owners, key=lambda one: (one.owner_name, one.connection.name)))


async def _names(tx: Tx) -> dict[UUID, str]:
    people = await tx.execute(select(staff.c.id, staff.c.name))
    rooms = await tx.execute(select(room.c.id, room.c.name))
    return {row.id: row.name for row in (*people, *rooms)}


async def _unread(tx: Tx, connections: Sequence[UUID]) -> dict[UUID, int]:
    query = (
        select(remote_object.c.connection_id, func.count().label("many"))
        .where(remote_object.c.connection_id.in_(connections), remote_object.c.state.in_(_UNREAD))
        .group_by(remote_object.c.connection_id)
    )
    return {row.connection_id: row.many for row in await tx.execute(query)}


async def meetings_to_write(
    tx: Tx, connection: ConnectionRecord, *, now: datetime
) -> tuple[tuple[UUID, int], ...]:
    """Ids and revisions of the coming meetings of the owner of a calendar."""
    owner = (
        meeting.c.room_id == connection.room_id
        if connection.room_id
        else meeting.c.coach_id == connection.staff_id
    )
    query = select(meeting.c.id, meeting.c.revision).where(
        owner, meeting.c.status.in_(("planned", "open")), meeting.c.ends_at > now
    )
    rows = await tx.execute(query.order_by(meeting.c.starts_at, meeting.c.id))
    return tuple((row.id, row.revision) for row in rows)


async def meetings_written(
    tx: Tx, connection: UUID, *, after: datetime | None = None
) -> tuple[tuple[UUID, int], ...]:
    """Ids and revisions of the meetings that may stand in a calendar, and end after a moment."""
    query = (
        select(meeting.c.id, meeting.c.revision)
        .join(mirror, mirror.c.meeting_id == meeting.c.id)
        .where(mirror.c.connection_id == connection, mirror.c.state != "removed")
    )
    if after is not None:
        query = query.where(meeting.c.ends_at > after)
    rows = await tx.execute(query.order_by(meeting.c.starts_at, meeting.c.id))
    return tuple((row.id, row.revision) for row in rows)


async def forget_what_was_read(tx: Tx, connection: UUID) -> None:
    """Let go of the busy times and objects of a calendar that is no longer read."""
    objects = select(remote_object.c.id).where(remote_object.c.connection_id == connection)
    await tx.execute(delete(busy).where(busy.c.object_id.in_(objects)))
    await tx.execute(delete(remote_object).where(remote_object.c.connection_id == connection))


async def drop_waiting_rows(tx: Tx, connection: UUID, *, now: datetime) -> None:
    """Let nothing more be written to a calendar whose events are to stay as they are."""
    await tx.execute(
        update(outbox)
        .where(
            outbox.c.kind == "calendar",
            outbox.c.dedupe_key.like(f"calendar:%:{connection}:%"),
            outbox.c.done_at.is_(None),
            outbox.c.gave_up_at.is_(None),
        )
        .values(gave_up_at=now, last_error="the calendar is no longer connected")
    )


async def repair(
    tx: Tx,
    connection: UUID,
    *,
    secret: bytes,
    now: datetime,
    **values: Any,  # noqa: ANN401 -- the columns
) -> None:
    """Give a calendar a new password, or address; what waited for it goes out at once."""
    await change_connection(
        tx,
        connection,
        secret=secret,
        state="ok",
        last_error=None,
        next_read_at=now,
        read_attempts=0,
        **values,
    )
    await wake_calendar(tx, connection, now=now)


async def _records(tx: Tx, *wanted: ColumnElement[bool]) -> tuple[ConnectionRecord, ...]:
    query = select(*calendars.COLUMNS).where(*wanted).order_by(calendar_connection.c.id)
    return await many(tx, query, ConnectionRecord)
