"""Appointments to come with a foreign hard time over them, in a calendar of coach or room."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select

from coaching.availability import BusyKind
from coaching.words import MeetingStatus
from server.store.database import Tx
from server.store.remote_objects import readings_of
from server.store.rows import many
from server.store.schema import busy, calendar_connection, meeting, remote_object, todo


@dataclass(frozen=True, slots=True, kw_only=True)
class ClashRecord:
    """One appointment and one object of a calendar that takes some of the same time."""

    meeting_id: UUID
    trajectory_id: UUID
    starts_at: datetime
    local_start: str
    object_id: UUID
    uid_hash: str


async def clashes(
    tx: Tx, *, now: datetime, owner: UUID | None = None, meeting_id: UUID | None = None
) -> tuple[ClashRecord, ...]:
    """What stands over planned appointments to come: of a coach or room, or of one appointment."""
    whose = or_(busy.c.owner_id == meeting.c.coach_id, busy.c.owner_id == meeting.c.room_id)
    query = (
        select(
            meeting.c.id.label("meeting_id"),
            meeting.c.trajectory_id,
            meeting.c.starts_at,
            meeting.c.local_start,
            busy.c.object_id,
            remote_object.c.uid_hash,
        )
        .join(busy, whose)
        .join(remote_object, remote_object.c.id == busy.c.object_id)
        .where(
            meeting.c.status == MeetingStatus.PLANNED,
            meeting.c.starts_at > now,
            busy.c.kind == BusyKind.HARD,
            busy.c.starts_at < meeting.c.ends_at,
            busy.c.ends_at > meeting.c.starts_at,
        )
        .distinct()
        .order_by(meeting.c.starts_at, busy.c.object_id)
    )
    if owner:
        mine = or_(meeting.c.coach_id == owner, meeting.c.room_id == owner)
        query = query.where(busy.c.owner_id == owner, mine)
    if meeting_id:
        query = query.where(meeting.c.id == meeting_id)
    return await many(tx, query, ClashRecord)


async def told_of(tx: Tx, owner: UUID, code: str) -> frozenset[UUID]:
    """The appointments of a coach or room about which a to-do with this code stands open."""
    query = (
        select(meeting.c.id)
        .join(todo, todo.c.meeting_id == meeting.c.id)
        .where(
            todo.c.code == code,
            todo.c.done_at.is_(None),
            or_(meeting.c.coach_id == owner, meeting.c.room_id == owner),
        )
    )
    return frozenset(await tx.scalars(query))


async def unread_since(tx: Tx, owners: Collection[UUID], at: datetime) -> bool:
    """Whether one of their calendars was not read after a moment."""
    readings = [one.id for one in await readings_of(tx, owners)]
    query = select(calendar_connection.c.id).where(
        calendar_connection.c.id.in_(readings),
        or_(calendar_connection.c.read_at.is_(None), calendar_connection.c.read_at <= at),
    )
    return await tx.scalar(query.limit(1)) is not None
