"""What an admin sets up before work begins: places, rooms and the coaches' calendars."""

from collections.abc import Mapping
from uuid import uuid4

from server.demo.calendar_server import CalendarAccess
from server.demo.people import SamplePlace
from server.store.calendars import insert_connection
from server.usecases.context import Parts, RoomId, StaffId
from server.usecases.places import add_place, add_room


async def add_places(parts: Parts, places: tuple[SamplePlace, ...]) -> tuple[RoomId, ...]:
    """Add places with their rooms; give the rooms, the first of each place before the second."""
    rooms: list[tuple[int, RoomId]] = []
    for sample in places:
        place = await add_place(
            parts,
            name=sample.name,
            address=sample.address,
            route=sample.route,
            phone=sample.phone,
        )
        for number, (name, seats) in enumerate(sample.rooms):
            rooms.append((number, await add_room(parts, place, name=name, seats=seats)))
    return tuple(room for _, room in sorted(rooms, key=lambda pair: pair[0]))


async def connect_calendars(
    parts: Parts, coaches: Mapping[str, StaffId], access: CalendarAccess
) -> None:
    """Connect each coach's calendar, by the name it has on the calendar server."""
    async with parts.database.write() as tx:
        for name, coach in coaches.items():
            row = uuid4()
            sealed = parts.secret.seal(access.password, bound_to=f"calendar_connection:{row}")
            await insert_connection(
                tx,
                connection_id=row,
                staff_id=coach,
                calendar_url=access.calendar(name),
                user_name=access.user,
                secret=sealed,
            )
