"""E21: the coach's own office is warned of, and taken only with a reason."""

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

import pytest

from coaching.errors import BadInput
from coaching.words import MeetingKind, Mode
from server.usecases.booking import BookingRequest, MoveRequest, book_meeting, move_meeting
from server.usecases.booking_form import open_booking_form
from server.usecases.by_link import guest_move, guest_times
from server.usecases.context import MeetingId, RoomId, StaffId, TrajectoryId
from server.usecases.handing_over import hand_over
from server.usecases.holding import hold_times
from server.usecases.overview import show_meeting
from server.usecases.own_office import NO_OTHER_ROOM, STOOD_HERE
from server.usecases.planning import PlanLine, book_plan, check_plan
from server.usecases.room_settings import save_room
from tests.house_of_people import House
from tests.visitor import link_of

pytestmark = pytest.mark.contract


async def office(house: House, coach: StaffId) -> RoomId:
    """A room that is this coach's own."""
    room = await house.room()
    await save_room(
        house.parts,
        await house.planner(),
        room,
        quiet=True,
        private=True,
        reachable=True,
        wheelchair=False,
        office_of=frozenset({coach}),
        hours=(),
        key=uuid4().hex,
        now=house.parts.now(),
    )
    return room


async def book(
    house: House, trajectory: TrajectoryId, room: RoomId, *, reason: str = ""
) -> MeetingId:
    request = BookingRequest(
        trajectory=trajectory,
        kind=MeetingKind.PROGRESS,
        mode=Mode.OFFLINE,
        starts_local=datetime.fromisoformat("2027-03-03T14:00"),
        minutes=45,
        room=room,
        office_reason=reason,
    )
    now = house.parts.now()
    actor = await house.planner()
    booked = await book_meeting(house.parts, actor, request, key=uuid4().hex, now=now)
    return booked.meeting


async def move(
    house: House, meeting: MeetingId, day: str, room: RoomId, *, revision: int, reason: str = ""
) -> None:
    await move_meeting(
        house.parts,
        await house.planner(),
        meeting,
        MoveRequest(
            starts_local=datetime.fromisoformat(f"{day}T14:00"),
            minutes=45,
            mode=Mode.OFFLINE,
            room=room,
            office_reason=reason,
        ),
        revision=revision,
        key=uuid4().hex,
        now=house.parts.now(),
    )


async def reasons(house: House, meeting: MeetingId) -> list[str]:
    view = await show_meeting(house.parts, await house.planner(), meeting, now=house.parts.now())
    return [line.detail["reason"] for line in view.history if line.what == "own_office"]


async def test_own_office_needs_a_reason_that_stays_in_the_history(house: House) -> None:
    coach, person = await house.coach(), await house.candidate()
    trajectory = await house.acquainted(coach, person)
    room = await office(house, StaffId(coach.id))
    for reason, code in (("  ", "office_reason_missing"), ("x" * 201, "office_reason_bad")):
        with pytest.raises(BadInput, match=code) as wrong:
            await book(house, trajectory, room, reason=reason)
        assert wrong.value.field == "office_reason"

    meeting = await book(house, trajectory, room, reason="Verbouwing op het werkplein")

    assert await reasons(house, meeting) == ["Verbouwing op het werkplein"]
    form = await open_booking_form(house.parts, coach, person)
    assert {one.id: one.office_of for one in form.rooms}[room] == (coach.name,)


async def test_plan_in_the_own_office_asks_why_for_that_line(house: House) -> None:
    coach, planner = await house.coach(), await house.planner()
    trajectory = await house.trajectory(coach)
    own, now = await office(house, StaffId(coach.id)), house.parts.now()
    bare = PlanLine(
        kind=MeetingKind.ACQUAINTANCE,
        mode=Mode.OFFLINE,
        starts_local=datetime.fromisoformat("2027-03-03T14:00"),
        minutes=45,
        room=own,
    )
    checked = await check_plan(house.parts, planner, trajectory, [bare], now=now)
    with pytest.raises(BadInput, match="office_reason_missing") as wrong:
        await book_plan(house.parts, planner, trajectory, [bare], key="a", now=now)
    said = replace(bare, office_reason="Dicht bij huis")
    booked = await book_plan(house.parts, planner, trajectory, [said], key="b", now=now)

    assert [one.code for one in checked.problems] == ["office_reason_missing"]
    assert wrong.value.params["line"] == 0
    assert await reasons(house, booked.meetings[0]) == ["Dicht bij huis"]


async def test_times_offered_in_the_own_office_ask_why_when_no_other_room_is_free(
    house: House,
) -> None:
    coach = await house.coach()
    own = await office(house, StaffId(coach.id))
    await house.works(coach, own)
    trajectory, now = await house.acquainted(coach), house.parts.now()

    with pytest.raises(BadInput, match="office_reason_missing"):
        await hold_times(house.parts, coach, trajectory, key="a", now=now)
    why = "Werkplein dicht"
    held = await hold_times(house.parts, coach, trajectory, office_reason=why, key="b", now=now)

    assert len(held.times) == 3
    assert await reasons(house, held.times[0].meeting) == [why]


async def test_somebody_elses_office_needs_none_and_a_move_only_into_it(house: House) -> None:
    coach, other = await house.coach(), await house.coach()
    trajectory = await house.acquainted(coach)
    theirs, own = await office(house, StaffId(other.id)), await office(house, StaffId(coach.id))
    meeting = await book(house, trajectory, theirs)

    with pytest.raises(BadInput, match="office_reason_missing"):
        await move(house, meeting, "2027-03-04", own, revision=1)
    await move(house, meeting, "2027-03-04", own, revision=1, reason="Geen andere kamer vrij")
    await move(house, meeting, "2027-03-05", own, revision=2)

    assert await reasons(house, meeting) == ["Geen andere kamer vrij"]


async def test_move_by_link_into_the_own_office_keeps_why(house: House) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    own = await office(house, StaffId(coach.id))
    await house.works(coach, own)
    meeting = await book(house, trajectory, await house.room())
    token = await link_of(house.parts, meeting)
    choice = await guest_times(house.parts, token, now=house.parts.now())

    offer = choice.times[0].offer
    await guest_move(house.parts, token, offer=offer, key="a", now=house.parts.now())

    assert choice.times[0].time.own_office
    assert await reasons(house, meeting) == [NO_OTHER_ROOM]


async def test_hand_over_to_whose_office_it_is_keeps_why(house: House) -> None:
    coach, other = await house.coach(), await house.coach()
    trajectory = await house.acquainted(coach)
    meeting = await book(house, trajectory, await office(house, StaffId(other.id)))
    planner, now = await house.planner(), house.parts.now()

    done = await hand_over(house.parts, planner, trajectory, StaffId(other.id), key="a", now=now)

    assert done.moved == (meeting,)
    assert await reasons(house, meeting) == [STOOD_HERE]
