"""A room that loses seats or a quality flags the talks that stand in it already."""

from uuid import uuid4

import pytest

from coaching.availability import Need
from coaching.errors import BadInput
from coaching.words import Mode
from server.usecases.attention import TodoCode, TodoView, attention
from server.usecases.context import CandidateId, MeetingId, RoomId, StaffActor
from server.usecases.preferences import save_needs
from server.usecases.room_settings import save_room
from tests.conftest import Clock
from tests.house_of_people import House

pytestmark = pytest.mark.contract


async def change(
    house: House,
    room: RoomId,
    *,
    seats: int = 4,
    quiet: bool = True,
    private: bool = True,
    reachable: bool = True,
    wheelchair: bool = True,
) -> int:
    return await save_room(
        house.parts,
        await house.planner(),
        room,
        seats=seats,
        quiet=quiet,
        private=private,
        reachable=reachable,
        wheelchair=wheelchair,
        office_of=frozenset(),
        hours=(),
        key=uuid4().hex,
        now=house.parts.now(),
    )


async def talk_in(house: House, coach: StaffActor, person: CandidateId, room: RoomId) -> MeetingId:
    trajectory = await house.acquainted(coach, person)
    booked = await house.book(trajectory, "2027-03-03T14:00", mode=Mode.OFFLINE, room=room)
    return booked.meeting


async def flagged(house: House, coach: StaffActor) -> list[TodoView]:
    codes = (TodoCode.ROOM_UNFIT, TodoCode.ROOM_CHANGED)
    found = await attention(house.parts, coach, now=house.parts.now())
    return [one for one in found if one.code in codes]


async def test_what_every_talk_asks_for_is_flagged_once_until_it_is_back(house: House) -> None:
    coach, room = await house.coach(), await house.room()
    await change(house, room)
    talk = await talk_in(house, coach, await house.candidate(), room)

    assert await change(house, room, quiet=False) == 1
    (todo,) = await flagged(house, coach)
    assert (todo.code, todo.action) == (TodoCode.ROOM_CHANGED, "move")
    assert todo.href == f"/meetings/{talk}#move"
    await change(house, room, quiet=False, private=False)
    assert [one.id for one in await flagged(house, coach)] == [todo.id]

    await change(house, room)
    assert await flagged(house, coach) == []
    await change(house, room, private=False)
    assert len(await flagged(house, coach)) == 1


async def test_what_one_candidate_needs_flags_their_talk_only(house: House) -> None:
    coach, other, room = await house.coach(), await house.coach(), await house.room()
    await change(house, room)
    person = await house.candidate()
    await talk_in(house, coach, person, room)
    second = await house.acquainted(other)
    await house.book(second, "2027-03-04T14:00", mode=Mode.OFFLINE, room=room)
    planner, now = await house.planner(), house.parts.now()
    await save_needs(house.parts, planner, person, [Need.WHEELCHAIR], key="n", now=now)

    assert await change(house, room, wheelchair=False, reachable=False) == 1
    (todo,) = await flagged(house, coach)
    assert todo.code is TodoCode.ROOM_UNFIT
    assert await flagged(house, other) == []
    assert await change(house, room, reachable=False) == 0
    assert await flagged(house, coach) == []


async def test_fewer_seats_than_people_is_flagged_and_what_is_over_is_left(
    house: House, clock: Clock
) -> None:
    coach, room = await house.coach(), await house.room()
    person = await house.candidate()
    await change(house, room)
    planner, now = await house.planner(), house.parts.now()
    await save_needs(house.parts, planner, person, [Need.COMPANION], key="n", now=now)
    await talk_in(house, coach, person, room)

    with pytest.raises(BadInput, match="seats_bad"):
        await change(house, room, seats=1)
    assert await change(house, room, seats=2) == 1
    assert [one.code for one in await flagged(house, coach)] == [TodoCode.ROOM_UNFIT]
    assert await change(house, room, seats=3) == 0
    clock.set("2027-03-03T15:00")
    assert await change(house, room, seats=2) == 0
