"""Where the meetings of a list stand: whose they are, in which room, in which revision."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from server.store.database import Tx
from server.store.rows import many
from server.store.schema import meeting


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
