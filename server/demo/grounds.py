"""What an admin sets up before work begins: places, rooms and the coaches' calendars."""

from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

from sqlalchemy import insert

from server.demo.calendar_server import CalendarAccess
from server.demo.people import SamplePlace
from server.store.schema import calendar_connection, place, room
from server.usecases.context import Parts, RoomId, StaffId


async def add_places(parts: Parts, places: tuple[SamplePlace, ...]) -> tuple[RoomId, ...]:
    """Add places with their rooms; give the rooms, one of each place in turn."""
    rooms = []
    async with parts.database.write() as tx:
        for sample in places:
            place_id = uuid4()
            values = {"id": place_id, "name": sample.name, "address": sample.address}
            values |= {"route": sample.route, "phone": sample.phone}
            await tx.execute(insert(place).values(values))
            for number, (name, people) in enumerate(sample.rooms):
                room_id = RoomId(uuid4())
                rooms.append((number, room_id))
                row = {"id": room_id, "place_id": place_id, "name": name, "people": people}
                await tx.execute(insert(room).values(row))
    return tuple(room_id for _, room_id in sorted(rooms, key=lambda pair: pair[0]))


async def connect_calendars(
    parts: Parts, coaches: Mapping[str, StaffId], access: CalendarAccess, *, now: datetime
) -> None:
    """Connect each coach's calendar, by the name it has on the calendar server."""
    async with parts.database.write() as tx:
        for name, coach in coaches.items():
            row_id = uuid4()
            values = {
                "id": row_id,
                "staff_id": coach,
                "calendar_url": access.calendar(name),
                "user_name": access.user,
                "secret": parts.secret.seal(
                    access.password, bound_to=f"calendar_connection:{row_id}"
                ),
                "state": "ok",
                "last_ok": now,
            }
            await tx.execute(insert(calendar_connection).values(values))
