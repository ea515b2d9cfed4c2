"""A talk that a stand-in has (E5), moved in their calendar, by others, or called off."""

from datetime import datetime
from uuid import uuid4

import pytest

from coaching.words import Mode
from server.usecases.answering import accept_proposal, cancel_by_proposal
from server.usecases.booking import MoveRequest, cancel_meeting, move_meeting
from server.usecases.context import StaffActor, StaffId
from server.usecases.handing_over import hand_over
from server.usecases.standing_in import StandInRequest, name_stand_in
from tests.calendar_rounds import connected, utc
from tests.calendar_wishes import WEDNESDAY, Scene, scene_with
from tests.house_of_people import House
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.contract


@pytest.fixture
async def own(sqlite_house: House) -> Scene:
    """A talk in the calendar of the coach of the guidance."""
    return await scene_with(sqlite_house.parts, sqlite_house)


@pytest.fixture
async def standing_in(own: Scene) -> Scene:
    """The same talk, by phone, in the calendar of the coach who stands in."""
    house, parts = own.house, own.parts
    coach = await house.coach(name="Bram Bakker")
    diary = await connected(parts, coach.id)
    wanted = StandInRequest(coach=StaffId(coach.id), mode=Mode.PHONE, room=None)
    planner, key, now = await house.planner(), uuid4().hex, parts.now()
    await name_stand_in(parts, planner, own.meeting, wanted, revision=1, key=key, now=now)
    scene = Scene(parts, house, diary, coach, own.meeting)
    await scene.sync()
    return scene


async def move(scene: Scene, starts: str, mode: Mode, *, by: StaffActor) -> None:
    await move_meeting(
        scene.parts,
        by,
        scene.meeting,
        MoveRequest(
            starts_local=datetime.fromisoformat(starts),
            minutes=45,
            mode=mode,
            room=await scene.house.room() if mode is Mode.OFFLINE else None,
        ),
        revision=(await scene.row())["revision"],
        key=uuid4().hex,
        now=scene.parts.now(),
    )


async def test_what_a_stand_in_moves_in_their_calendar_is_accepted_and_stays_theirs(
    own: Scene, standing_in: Scene
) -> None:
    assert standing_in.standing() == [WEDNESDAY]

    standing_in.move(2027, 3, 4, 9)
    await standing_in.sync()

    row = await standing_in.row()
    assert (row["local_start"], row["coach_id"]) == ("2027-03-04T10:00", standing_in.coach.id)
    assert await standing_in.proposals() == [("moved", "automatic", "")]
    assert sorted(await standing_in.notices()) == ["change_accepted", "stand_in"]
    assert standing_in.standing() == [(utc(2027, 3, 4, 9), utc(2027, 3, 4, 9, 45))]
    assert await own.notices() == ["stand_in_for"]


async def test_what_a_planner_accepts_or_calls_off_is_told_to_the_stand_in_once(
    standing_in: Scene,
) -> None:
    standing_in.move(2027, 3, 4, 21)  # late in the evening: a planner is asked
    await standing_in.sync()
    assert await standing_in.proposals() == [("moved", "open", "outside_hours")]

    await standing_in.answer(accept_proposal)
    assert (await standing_in.row())["coach_id"] == standing_in.coach.id
    assert sorted(await standing_in.notices()) == ["change_accepted", "change_asked", "stand_in"]

    await standing_in.sync()
    standing_in.move(2027, 3, 5, 21)
    await standing_in.sync()
    await standing_in.answer(cancel_by_proposal)
    told = await standing_in.notices()
    assert (told.count("change_cancelled"), told.count("stand_in_off")) == (1, 0)


async def test_a_time_at_which_the_stand_in_is_taken_is_put_back(standing_in: Scene) -> None:
    """Whether the coach of the guidance is free then does not matter."""
    house = standing_in.house
    other = await house.acquainted(standing_in.coach)
    await house.book(other, "2027-03-04T10:00", mode=Mode.PHONE)

    standing_in.move(2027, 3, 4, 9)
    await standing_in.sync()

    assert (await standing_in.row())["starts_at"] == WEDNESDAY[0]
    ((kind, state, why),) = await standing_in.proposals()
    assert (kind, why) == ("moved", "coach_taken")
    assert state != "automatic"


async def test_a_stand_in_hears_what_others_did_with_the_talk_and_not_what_they_did(
    standing_in: Scene,
) -> None:
    planner = await standing_in.house.planner()
    await move(standing_in, "2027-03-04T10:00", Mode.PHONE, by=standing_in.coach)
    await move(standing_in, "2027-03-04T10:00", Mode.OFFLINE, by=planner)
    await move(standing_in, "2027-03-05T10:00", Mode.PHONE, by=planner)
    await cancel_meeting(
        standing_in.parts,
        planner,
        standing_in.meeting,
        revision=(await standing_in.row())["revision"],
        key="c",
        now=standing_in.parts.now(),
    )

    told = await rows(standing_in.parts, "notice", staff_id=standing_in.coach.id)
    assert {(one["code"], one["params"].get("when")) for one in told} == {
        ("stand_in", "2027-03-03 14:00"),
        ("stand_in_changed", "2027-03-04 10:00"),
        ("stand_in_moved", "2027-03-05 10:00"),
        ("stand_in_off", "2027-03-05 10:00"),
    }


async def test_a_hand_over_tells_nobody_that_they_stood_in(own: Scene) -> None:
    """A video talk of the coach before ends with it: the new coach did not meet this person yet."""
    house, parts = own.house, own.parts
    (trajectory,) = {one["trajectory_id"] for one in await rows(parts, "meeting", id=own.meeting)}
    after, planner = await house.coach(), await house.planner()

    done = await hand_over(parts, planner, trajectory, StaffId(after.id), key="h", now=parts.now())

    assert done.cancelled == (own.meeting,)
    assert [one for one in await own.notices() if one.startswith("stand_in")] == []
