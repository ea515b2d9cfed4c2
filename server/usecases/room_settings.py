"""Which rooms fit which talks, when they stand open, and how far places lie apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from coaching.errors import BadInput, NotFound
from server.store import availability as store
from server.store import keys, people
from server.store.database import Tx
from server.usecases.access import require_planner
from server.usecases.context import Parts, PlaceId, RoomId, StaffActor, StaffId
from server.usecases.fields import between
from server.usecases.hours import (
    HoursLine,
    asked_about,
    check_place,
    check_week,
    hours_line,
    hours_row,
    known_coach,
)
from server.usecases.places import LEAST_SEATS, MOST_SEATS
from server.usecases.repeating import once
from server.usecases.seats import flag_talks_in

_MOST_TRAVEL = 480


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomAvailability:
    """Everything a planner fills in for one room; no hours means always open."""

    room: RoomId
    name: str
    place: PlaceId
    place_name: str
    people: int
    quiet: bool
    private: bool
    reachable: bool
    wheelchair: bool
    office_of: frozenset[StaffId]  # whose own office it is: allowed, and warned of (E21)
    hours: tuple[HoursLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TravelLine:
    """Minutes on the way between two places, both ways."""

    one: PlaceId
    other: PlaceId
    minutes: int


async def list_room_availability(parts: Parts, actor: StaffActor) -> tuple[RoomAvailability, ...]:
    """All rooms by place and name. Reads only.

    Raises:
        NotAllowed: the actor is neither planner nor admin.
    """
    require_planner(actor)
    async with parts.database.read() as tx:
        rooms = await people.rooms(tx)
        hours = await store.room_hours_of(tx)
        offices = await store.offices(tx)
    return tuple(
        RoomAvailability(
            room=RoomId(one.id),
            name=one.name,
            place=PlaceId(one.place_id),
            place_name=one.place_name,
            people=one.people,
            quiet=one.quiet,
            private=one.private,
            reachable=one.reachable,
            wheelchair=one.wheelchair,
            office_of=frozenset(StaffId(person) for person in offices.get(one.id, ())),
            hours=tuple(hours_line(line) for line in hours if line.owner == one.id),
        )
        for one in rooms
    )


async def save_room(
    parts: Parts,
    actor: StaffActor,
    room: RoomId,
    *,
    seats: int | None = None,
    quiet: bool,
    private: bool,
    reachable: bool,
    wheelchair: bool,
    office_of: frozenset[StaffId],
    hours: Sequence[HoursLine],
    key: str,
    now: datetime,
) -> int:
    """Replace the facets and opening hours of a room, and its seats (2 to 100) if given.

    Gives how many talks to come stand in it that no longer fit: each has a to-do.

    Raises:
        BadInput: `hours_contradict`, `weekday_bad`, `seats_bad`.
        NotFound: `room_unknown`, `coach_unknown`.
        NotAllowed: the actor is neither planner nor admin.
    """
    require_planner(actor)
    check_week(hours)
    if seats is not None:
        between(seats, LEAST_SEATS, MOST_SEATS, field="seats", code="seats_bad")
    facets = {"quiet": quiet, "private": private, "reachable": reachable, "wheelchair": wheelchair}
    asked = asked_about(actor, "room", key, room, facets, sorted(map(str, office_of)), hours, seats)

    async def work(tx: Tx) -> keys.Answer:
        before = await _known(tx, room, office_of)
        rows = [{k: v for k, v in hours_row(one).items() if k != "place_id"} for one in hours]
        await store.replace_room(
            tx, room, seats=seats or before.people, facets=facets, office_of=office_of, hours=rows
        )
        return {"flagged": str(await flag_talks_in(tx, before, now=now))}

    return int((await once(parts, asked, work, now=now)).get("flagged", 0))


async def _known(tx: Tx, room: RoomId, office_of: frozenset[StaffId]) -> people.RoomRecord:
    found = await people.room_by_id(tx, room)
    if found is None:
        raise NotFound("room_unknown")
    for person in office_of:
        await known_coach(tx, person)
    return found


async def list_travel(parts: Parts) -> tuple[TravelLine, ...]:
    """All pairs of places that have minutes."""
    async with parts.database.read() as tx:
        found = await store.travel_minutes(tx)
    return tuple(
        TravelLine(one=PlaceId(one), other=PlaceId(other), minutes=minutes)
        for (one, other), minutes in sorted(found.items())
    )


async def save_travel(
    parts: Parts,
    actor: StaffActor,
    lines: Sequence[TravelLine],
    *,
    key: str,
    now: datetime,
) -> None:
    """Set the minutes between these pairs of places; other pairs stay as they are.

    Raises:
        BadInput: `minutes_bad` (0 to 480), `same_place`.
        NotFound: `place_unknown`.
        NotAllowed: the actor is neither planner nor admin.
    """
    require_planner(actor)
    for line in lines:
        between(line.minutes, 0, _MOST_TRAVEL, field="minutes", code="minutes_bad")
        if line.one == line.other:
            raise BadInput("same_place", field="place")
    asked = asked_about(actor, "travel", key, lines)

    async def work(tx: Tx) -> keys.Answer:
        for line in lines:
            for place in (line.one, line.other):
                await check_place(tx, place)
            await store.set_travel(tx, line.one, line.other, line.minutes)
        return {}

    await once(parts, asked, work, now=now)
