"""Coaches, rooms and busy times that the tests of free times share."""

from datetime import datetime, time
from uuid import UUID, uuid5

from coaching.availability import (
    Block,
    BusyTime,
    CoachCalendar,
    OpeningHours,
    Room,
    SlotRules,
    Travel,
    workdays,
)
from coaching.availability_index import CoachIndex, RoomIndex, Window
from coaching.availability_request import FreeTime, TimeRequest
from coaching.free_times import Refuses, propose
from coaching.words import Mode
from coaching.working_days import public_holidays
from tests.unit.coaching.situation import ANNA, at

_PLACES = UUID("6f1d7c2e-0000-4000-8000-00000000000a")
NORTH, SOUTH = uuid5(_PLACES, "north"), uuid5(_PLACES, "south")
ROOM_NORTH, ROOM_SOUTH = uuid5(_PLACES, "room north"), uuid5(_PLACES, "room south")
NOW = at("2027-01-11 09:00")  # a Monday
RULES = SlotRules(
    holidays=public_holidays(2027),
    travel=Travel(minutes={(NORTH, SOUTH): 40}, elsewhere_minutes=30),
)
NINE_TO_FIVE = Block(opens=time(9), closes=time(17), place=NORTH)


def hours(*blocks: Block) -> OpeningHours:
    return OpeningHours(week=workdays(*blocks))


def coach(*busy: BusyTime, who: UUID = ANNA, **changes: object) -> CoachCalendar:
    facts: dict[str, object] = {"hours": hours(NINE_TO_FIVE), **changes}
    return CoachCalendar(coach=who, busy=busy, **facts)  # type: ignore[arg-type]  # test facts


def room(*busy: BusyTime, place: UUID = NORTH, **changes: object) -> Room:
    always = OpeningHours(week=(((Block(opens=time(0), closes=time(0))),),) * 7)
    name = ROOM_NORTH if place == NORTH else ROOM_SOUTH
    facts: dict[str, object] = {
        "room": name,
        "place": place,
        "people": 2,
        "hours": always,
        **changes,
    }
    return Room(busy=busy, **facts)  # type: ignore[arg-type]  # test facts


def busy(start: str, end: str, **changes: object) -> BusyTime:
    return BusyTime(starts_at=at(start), ends_at=at(end), **changes)  # type: ignore[arg-type]  # test facts


def free(
    *calendars: CoachCalendar,
    rooms: tuple[Room, ...] = (room(), room(place=SOUTH)),
    rules: SlotRules = RULES,
    now: datetime = NOW,
    count: int = 10,
    refuses: Refuses | None = None,
    **asked: object,
) -> tuple[FreeTime, ...]:
    request: dict[str, object] = {"mode": Mode.OFFLINE, "minutes": 60, **asked}
    indexes, index = indexed(calendars, rooms, rules, now)
    return propose(
        TimeRequest(**request),  # type: ignore[arg-type]  # test facts
        indexes,
        index,
        now=now,
        refuses=refuses,
        count=count,
    )


def indexed(
    calendars: tuple[CoachCalendar, ...], rooms: tuple[Room, ...], rules: SlotRules, now: datetime
) -> tuple[list[CoachIndex], RoomIndex]:
    window = Window.from_day(now.astimezone(rules.zone).date(), rules)
    return (
        [CoachIndex(calendar, rules, window) for calendar in calendars],
        RoomIndex(rooms, rules, window),
    )


def walls(times: tuple[FreeTime, ...]) -> list[str]:
    return [time.wall.strftime("%m-%d %H:%M") for time in times]
