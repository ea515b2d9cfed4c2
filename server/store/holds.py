"""Times that are held: meetings with status `provisional`, until the clock frees them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select, update

from server.store.database import Tx
from server.store.meetings import MeetingRecord
from server.store.rows import many, one
from server.store.schema import meeting, place, room


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRecord:
    """A meeting of a group, with where it is."""

    id: UUID
    trajectory_id: UUID
    coach_id: UUID
    candidate_id: UUID
    mode: str
    status: str
    starts_at: datetime
    ends_at: datetime
    hold_until: datetime | None
    hold_group: UUID
    zone: str
    created_at: datetime
    room_name: str | None
    place_name: str | None
    place_address: str | None


async def group_of(tx: Tx, group: UUID) -> tuple[HeldRecord, ...]:
    """Every meeting that was ever offered in a group, in order of time."""
    query = (
        select(
            meeting.c.id,
            meeting.c.trajectory_id,
            meeting.c.coach_id,
            meeting.c.candidate_id,
            meeting.c.mode,
            meeting.c.status,
            meeting.c.starts_at,
            meeting.c.ends_at,
            meeting.c.hold_until,
            meeting.c.hold_group,
            meeting.c.zone,
            meeting.c.created_at,
            room.c.name.label("room_name"),
            place.c.name.label("place_name"),
            place.c.address.label("place_address"),
        )
        .outerjoin(room, room.c.id == meeting.c.room_id)
        .outerjoin(place, place.c.id == room.c.place_id)
        .where(meeting.c.hold_group == group)
        .order_by(meeting.c.starts_at)
    )
    return await many(tx, query, HeldRecord)


async def open_group(tx: Tx, trajectory: UUID, *, now: datetime) -> UUID | None:
    """The group of times that are held now for a trajectory, if there is one."""
    query = (
        select(meeting.c.hold_group)
        .where(
            meeting.c.trajectory_id == trajectory,
            meeting.c.status == "provisional",
            meeting.c.hold_group.is_not(None),
            meeting.c.hold_until > now,
        )
        .order_by(meeting.c.created_at.desc())
    )
    found: UUID | None = await tx.scalar(query.limit(1))
    return found


async def group_to_change(tx: Tx, group: UUID) -> tuple[MeetingRecord, ...]:
    """The meetings of a group, kept from others until the transaction ends."""
    query = select(meeting).where(meeting.c.hold_group == group).order_by(meeting.c.id)
    return await many(tx, query.with_for_update(), MeetingRecord)


async def members_of(tx: Tx, group: UUID) -> tuple[MeetingRecord, ...]:
    """The meetings of a group. Reads only."""
    query = select(meeting).where(meeting.c.hold_group == group).order_by(meeting.c.id)
    return await many(tx, query, MeetingRecord)


async def release(tx: Tx, ids: Collection[UUID], *, now: datetime) -> None:
    """Free these held times."""
    await _free(tx, meeting.c.id.in_(ids), now=now)


async def release_lapsed(
    tx: Tx,
    *,
    coach: UUID,
    candidate: UUID,
    room_id: UUID | None,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> None:
    """Free the lapsed times that stand in the way of a booking; the clock decides, here and now."""
    whose = [meeting.c.coach_id == coach, meeting.c.candidate_id == candidate]
    if room_id:
        whose.append(meeting.c.room_id == room_id)
    await _free(
        tx,
        or_(*whose),
        meeting.c.hold_until <= now,
        meeting.c.starts_at < ends_at,
        meeting.c.ends_at > starts_at,
        now=now,
    )


async def lapsed(tx: Tx, *, now: datetime) -> tuple[MeetingRecord, ...]:
    """The held times whose time to choose is over, first lapsed first."""
    query = select(meeting).where(meeting.c.status == "provisional", meeting.c.hold_until <= now)
    return await many(tx, query.order_by(meeting.c.hold_until, meeting.c.id), MeetingRecord)


async def lapsed_to_change(tx: Tx, *, now: datetime) -> tuple[MeetingRecord, ...]:
    """The same, kept from others; what somebody else frees just now is left out."""
    query = select(meeting).where(meeting.c.status == "provisional", meeting.c.hold_until <= now)
    locked = query.order_by(meeting.c.id).with_for_update(skip_locked=True)
    return await many(tx, locked, MeetingRecord)


async def held_meeting(tx: Tx, meeting_id: UUID) -> MeetingRecord | None:
    """A meeting that was offered in a group."""
    query = select(meeting).where(meeting.c.id == meeting_id, meeting.c.hold_group.is_not(None))
    return await one(tx, query, MeetingRecord)


async def _free(tx: Tx, *which: ColumnElement[bool], now: datetime) -> None:
    values: dict[str, Any] = {"status": "cancelled", "hold_until": None, "decided_at": now}
    await tx.execute(
        update(meeting).where(meeting.c.status == "provisional", *which).values(**values)
    )


async def to_come_in_room(tx: Tx, room_id: UUID, after: datetime) -> tuple[MeetingRecord, ...]:
    """What is planned or held in a room from a moment on, in order of time."""
    query = select(meeting).where(
        meeting.c.room_id == room_id,
        meeting.c.status.in_(("planned", "provisional")),
        meeting.c.starts_at > after,
    )
    return await many(tx, query.order_by(meeting.c.starts_at), MeetingRecord)
