"""Whether everybody of a meeting has a chair in the room that was chosen."""

from datetime import datetime
from uuid import UUID

from coaching.errors import BadInput
from coaching.words import MeetingKind
from server.store import meetings, people
from server.store.database import Tx
from server.usecases.diaries import needs_of

_NAMED = 3  # rooms that a refusal names


async def check_seats(
    tx: Tx,
    room: UUID,
    kind: MeetingKind,
    starts_at: datetime,
    ends_at: datetime,
    *,
    now: datetime,
) -> None:
    """See that the room is there and large enough; what is refused names rooms that fit.

    Raises:
        BadInput: `room_unknown`; `room_too_small` names at most three rooms that are free then;
            `no_room_fits`, there is none.
    """
    chosen = await people.room_by_id(tx, room)
    if chosen is None:
        raise BadInput("room_unknown", field="room")
    needed = needs_of(kind).people
    if chosen.people >= needed:
        return
    taken = await meetings.rooms_taken(tx, starts_at, ends_at, now=now)
    fits = [r for r in await people.rooms(tx) if r.people >= needed and r.id not in taken]
    if not fits:
        raise BadInput("no_room_fits", field="room", people=needed)
    near = sorted(fits, key=lambda one: one.place_id != chosen.place_id)[:_NAMED]
    names = ", ".join(f"{one.name} ({one.place_name})" for one in near)
    raise BadInput("room_too_small", field="room", people=needed, rooms=names)
