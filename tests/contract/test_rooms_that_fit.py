"""A room smaller than the people of a meeting is refused, with rooms that fit."""

from datetime import datetime
from uuid import uuid4

import pytest

from coaching.errors import BadInput
from coaching.words import MeetingKind, Mode
from server.usecases.booking import MoveRequest, move_meeting
from server.usecases.context import Parts, RoomId
from server.usecases.places import add_place, add_room
from tests.house_of_people import House

pytestmark = pytest.mark.contract
THREE = MeetingKind.THREE_WAY
FIRST = MeetingKind.ACQUAINTANCE


async def rooms(parts: Parts) -> tuple[RoomId, RoomId]:
    """One for two people and one for three, at one place."""
    place = await add_place(
        parts,
        name="Werkplein Zuid",
        address="Plein 1, Utrecht",
        route="Boven.",
        phone="030 123 45 67",
    )
    small = await add_room(parts, place, name="Spreekkamer", seats=2)
    return small, await add_room(parts, place, name="Overleg", seats=3)


async def test_booking_a_room_that_is_too_small_names_the_rooms_that_fit(
    house: House, parts: Parts
) -> None:
    small, large = await rooms(parts)
    trajectory = await house.acquainted(await house.coach())

    with pytest.raises(BadInput) as refused:
        await house.book(trajectory, "2027-03-03T14:00", kind=THREE, mode=Mode.OFFLINE, room=small)
    for_two = await house.book(trajectory, "2027-03-03T14:00", mode=Mode.OFFLINE, room=small)
    for_three = await house.book(
        trajectory, "2027-03-04T14:00", kind=THREE, mode=Mode.OFFLINE, room=large
    )

    error = refused.value
    assert (error.code, error.field, error.params["people"]) == ("room_too_small", "room", 3)
    assert str(error.params["rooms"]).startswith("Overleg (Werkplein Zuid)")
    assert for_two.verdict.allowed
    assert for_three.verdict.allowed


async def test_a_move_into_a_room_that_is_too_small_changes_nothing(
    house: House, parts: Parts
) -> None:
    small, large = await rooms(parts)
    trajectory = await house.acquainted(await house.coach())
    talk = await house.book(
        trajectory, "2027-03-03T14:00", kind=THREE, mode=Mode.OFFLINE, room=large
    )

    async def move(room: RoomId) -> None:
        await move_meeting(
            parts,
            await house.planner(),
            talk.meeting,
            MoveRequest(
                starts_local=datetime.fromisoformat("2027-03-04T14:00"),
                minutes=45,
                mode=Mode.OFFLINE,
                room=room,
            ),
            revision=1,
            key=uuid4().hex,
            now=parts.now(),
        )

    with pytest.raises(BadInput, match="room_too_small"):
        await move(small)
    await move(large)


async def test_without_any_room_that_fits_another_time_is_asked(
    sqlite_house: House, sqlite_parts: Parts
) -> None:
    trajectory = await sqlite_house.trajectory(await sqlite_house.coach())
    small, large = await rooms(sqlite_parts)
    other = await sqlite_house.trajectory(await sqlite_house.coach())
    when, offline = "2027-03-03T14:00", Mode.OFFLINE
    await sqlite_house.book(other, when, kind=FIRST, mode=offline, room=large)

    with pytest.raises(BadInput, match="no_room_fits"):
        await sqlite_house.book(trajectory, when, kind=THREE, mode=offline, room=small)
