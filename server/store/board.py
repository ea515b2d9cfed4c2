"""What the board shows: where meetings stand, and when something else stands in a calendar."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from coaching.availability import BusyKind
from server.store.database import Tx
from server.store.rows import many
from server.store.schema import busy, meeting, remote_object


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The coach, the room and the newest revision of a meeting."""

    id: UUID
    coach_id: UUID
    room_id: UUID | None
    revision: int


async def standings(tx: Tx, meetings: Sequence[UUID]) -> dict[UUID, Standing]:
    """How these meetings stand, by id."""
    query = select(meeting.c.id, meeting.c.coach_id, meeting.c.room_id, meeting.c.revision)
    found = await many(tx, query.where(meeting.c.id.in_(meetings)), Standing)
    return {one.id: one for one in found}


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyLine:
    """A busy time of a coach or a room; `uid_hash` is None where no calendar says so."""

    owner_id: UUID
    starts_at: datetime
    ends_at: datetime
    kind: str
    uid_hash: str | None


async def busy_between(tx: Tx, start: datetime, end: datetime) -> tuple[BusyLine, ...]:
    """Every busy time of anybody, sure or not, that touches [start, end)."""
    query = (
        select(
            busy.c.owner_id,
            busy.c.starts_at,
            busy.c.ends_at,
            busy.c.kind,
            remote_object.c.uid_hash,
        )
        .outerjoin(remote_object, remote_object.c.id == busy.c.object_id)
        .where(
            busy.c.starts_at < end,
            busy.c.ends_at > start,
            busy.c.kind.in_((BusyKind.HARD, BusyKind.SOFT)),
        )
    )
    return await many(tx, query, BusyLine)
