"""Rooms of talks in the database, with a compare-and-set on their version.

Enough for one web process; several processes that carry the two sides of one talk need Redis.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from server.store.database import Database, Tx
from server.store.schema import seat_room
from signaling.registry import Deliver, Stored, is_unfinished
from signaling.room_state import RoomState, read_state, write_state

_LOOKS_BACK: Final = timedelta(days=1)  # no talk is longer


class DatabaseRegistry:
    """A `signaling.registry.SeatRegistry` over the table `seat_room`."""

    shared = False

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock

    async def load(self, meeting: str) -> Stored | None:
        """See `SeatRegistry`."""
        query = select(seat_room.c.version, seat_room.c.state)
        async with self._database.read() as tx:
            row = (await tx.execute(query.where(seat_room.c.meeting_id == UUID(meeting)))).first()
        return None if row is None else Stored(version=row.version, state=read_state(row.state))

    async def save(self, state: RoomState, *, expected: int) -> bool:
        """See `SeatRegistry`."""

        async def write(tx: Tx) -> bool:
            kept = {"state": write_state(state), "updated_at": self._clock()}
            meeting = UUID(state.meeting)
            if expected == 0:
                await tx.execute(insert(seat_room).values(meeting_id=meeting, version=1, **kept))
                return True
            same = (seat_room.c.meeting_id == meeting) & (seat_room.c.version == expected)
            done = await tx.execute(
                update(seat_room).where(same).values(version=expected + 1, **kept)
            )
            return done.rowcount == 1

        try:
            return await self._database.run(write)
        except IntegrityError:
            if await self.load(state.meeting) is None:
                raise  # there is no such meeting
            return False

    async def unfinished(self) -> tuple[str, ...]:
        """See `SeatRegistry`."""
        query = select(seat_room.c.meeting_id, seat_room.c.state).where(
            seat_room.c.updated_at > self._clock() - _LOOKS_BACK
        )
        async with self._database.read() as tx:
            rows = (await tx.execute(query)).all()
        return tuple(str(row.meeting_id) for row in rows if is_unfinished(read_state(row.state)))

    async def open(self, process: str, deliver: Deliver) -> None:
        """There are no other processes."""

    async def post(self, process: str, address: str, text: str) -> None:
        """There are no other processes."""

    async def alive(self, process: str) -> bool:
        """There are no other processes."""
        return False

    async def close(self) -> None:
        """The database belongs to the application, which closes it."""
