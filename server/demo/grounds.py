"""What is set up before work begins: places, rooms, the coaches' hours and calendars."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, time
from uuid import uuid4

from calendar_sync.reading import Capabilities
from server.demo.calendar_server import CalendarAccess
from server.demo.people import SamplePlace
from server.store.calendars import insert_connection
from server.usecases.availability import HoursLine, save_hours
from server.usecases.context import Parts, PlaceId, RoomId, StaffActor, StaffId
from server.usecases.places import add_place, add_room
from server.usecases.room_settings import TravelLine, list_room_availability, save_travel

_RADICALE = Capabilities(
    sync_token=True,
    conditional_writes=True,
    uid_check=True,
    tags_on_write=True,
    may_write=True,
    keeps_names=True,
    server="radicale",
)
_MINUTES_APART = 45
_AFTER_MINUTES = 15
_TALKS_A_DAY = 6
_EVENING = HoursLine(weekday=1, opens=time(19), closes=time(21))  # by video or phone


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


async def open_for_work(
    parts: Parts, planner: StaffActor, coaches: Sequence[StaffId], *, now: datetime
) -> None:
    """Give each coach a week at both places, and say how far apart those lie."""
    rooms = await list_room_availability(parts, planner)
    one, other = dict.fromkeys(room.place for room in rooms)
    minutes = [TravelLine(one=one, other=other, minutes=_MINUTES_APART)]
    await save_travel(parts, planner, minutes, key="sample-travel", now=now)
    for number, coach in enumerate(coaches):
        first, second = (one, other) if number % 2 == 0 else (other, one)
        await save_hours(
            parts,
            planner,
            coach,
            [*_days(first, range(3)), *_days(second, range(3, 5)), _EVENING],
            before_minutes=0,
            after_minutes=_AFTER_MINUTES,
            talks_a_day=_TALKS_A_DAY,
            key=f"sample-hours-{number}",
            now=now,
        )


def _days(place: PlaceId, days: Iterable[int]) -> list[HoursLine]:
    return [HoursLine(weekday=day, opens=time(9), closes=time(17), place=place) for day in days]


async def connect_calendars(
    parts: Parts, coaches: Mapping[str, StaffId], access: CalendarAccess
) -> None:
    """Connect each coach's calendar, by the name it has on the calendar server.

    What was measured of Radicale is filled in: the server may not have started yet.
    """
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
                name=name.title(),
                role="both",
                capabilities=asdict(_RADICALE),
            )
