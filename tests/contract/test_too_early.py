"""A video talk that stands while the acquaintance before it did not take place (R8, R25)."""

from datetime import datetime
from uuid import uuid4

import pytest
from sqlalchemy import select

from coaching.words import MeetingKind, MeetingStatus, Mode
from server.store.schema import meeting
from server.usecases.attention import TodoCode, attention
from server.usecases.booking import MoveRequest, cancel_meeting, move_meeting, record_outcome
from server.usecases.by_link import guest_cancel, guest_move, guest_times
from server.usecases.context import MeetingId, Parts, StaffActor, TrajectoryId
from server.usecases.plan_grounds import PlanLine
from server.usecases.planning import book_plan
from server.usecases.reminding import run_missed
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import link_of

pytestmark = pytest.mark.contract


async def planned(house: House, coach: StaffActor) -> tuple[TrajectoryId, MeetingId, MeetingId]:
    """A trajectory with an acquaintance at a location and after it a video talk, as a plan."""
    room = await house.works(coach)
    trajectory = await house.trajectory(coach)
    lines = [
        PlanLine(
            kind=kind,
            mode=mode,
            starts_local=datetime.fromisoformat(starts),
            minutes=45,
            room=room if mode is Mode.OFFLINE else None,
        )
        for kind, mode, starts in (
            (MeetingKind.ACQUAINTANCE, Mode.OFFLINE, "2027-03-03T10:00"),
            (MeetingKind.PROGRESS, Mode.VIDEO, "2027-03-10T14:00"),
        )
    ]
    booked = await book_plan(
        house.parts,
        await house.planner(),
        trajectory,
        lines,
        key=uuid4().hex,
        now=house.parts.now(),
    )
    return trajectory, booked.meetings[0], booked.meetings[1]


async def flagged(parts: Parts, coach: StaffActor) -> list[MeetingId | None]:
    found = await attention(parts, coach, now=parts.now())
    return [one.meeting for one in found if one.code is TodoCode.TOO_EARLY]


async def test_a_missed_acquaintance_flags_the_video_talk_and_leaves_it_standing(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    _, first, video = await planned(house, coach)
    now = clock.set("2027-03-03T11:00")
    await record_outcome(parts, coach, first, MeetingStatus.MISSED, key="m", now=now)

    for _ in range(2):
        await run_missed(parts, first, now=now)

    assert await flagged(parts, coach) == [video]
    async with parts.database.read() as tx:
        status = await tx.scalar(select(meeting.c.status).where(meeting.c.id == video))
    assert status == MeetingStatus.PLANNED

    token = await link_of(parts, first)
    choice = await guest_times(parts, token, now=now)
    await guest_move(parts, token, offer=choice.times[0].offer, key="a", now=now)
    assert await flagged(parts, coach) == []


async def test_a_cancelled_acquaintance_flags_the_video_talk(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    _, first, video = await planned(house, coach)

    await guest_cancel(parts, await link_of(parts, first), key="c", now=clock())

    assert await flagged(parts, coach) == [video]


@pytest.mark.parametrize("goes_on", ["called off", "after the video talk"])
async def test_staff_who_take_the_acquaintance_away_are_told_of_the_video_talk(
    house: House, parts: Parts, clock: Clock, goes_on: str
) -> None:
    coach = await house.coach()
    trajectory, first, video = await planned(house, coach)
    planner, now = await house.planner(), clock()

    if goes_on == "called off":
        await cancel_meeting(parts, planner, first, revision=1, key="c", now=now)
    else:
        await _moves(house, first, "2027-03-12T10:00", revision=1)
    assert await flagged(parts, coach) == [video]

    if goes_on == "called off":
        room = await house.works(coach)
        kind = MeetingKind.ACQUAINTANCE
        await house.book(trajectory, "2027-03-04T10:00", kind=kind, mode=Mode.OFFLINE, room=room)
    else:
        await _moves(house, first, "2027-03-04T10:00", revision=2)
        assert await flagged(parts, coach) == []
        clock.set("2027-03-02T09:00")
        await _moves(house, first, "2027-03-12T10:00", revision=3)
        assert await flagged(parts, coach) == [video]
        await cancel_meeting(parts, planner, video, revision=1, key="v", now=now)
    assert await flagged(parts, coach) == []


async def _moves(house: House, meeting: MeetingId, starts: str, *, revision: int) -> None:
    await move_meeting(
        house.parts,
        await house.planner(),
        meeting,
        MoveRequest(
            starts_local=datetime.fromisoformat(starts),
            minutes=45,
            mode=Mode.OFFLINE,
            room=await house.room(),
        ),
        revision=revision,
        key=uuid4().hex,
        now=house.parts.now(),
    )


async def test_an_acquaintance_that_was_held_after_all_takes_the_flag_away(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    _, first, video = await planned(house, coach)
    now = clock.set("2027-03-03T11:00")

    await record_outcome(parts, coach, first, MeetingStatus.MISSED, key="m", now=now)
    assert await flagged(parts, coach) == [video]
    later = clock.set("2027-03-03T11:05")
    await record_outcome(parts, coach, first, MeetingStatus.HELD, key="h", now=later)

    assert await flagged(parts, coach) == []


async def test_a_missed_progress_talk_flags_nothing(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    missed = await house.book(trajectory, "2027-03-03T14:00")
    await house.book(trajectory, "2027-03-10T14:00")

    assert await run_missed(parts, missed.meeting, now=clock.set("2027-03-03T14:06"))

    assert await flagged(parts, coach) == []


async def test_a_planned_video_talk_moves_within_what_comes_after_the_acquaintance(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    _, first, video = await planned(house, coach)

    times = (await guest_times(parts, await link_of(parts, video), now=clock())).times

    async with parts.database.read() as tx:
        ends = await tx.scalar(select(meeting.c.ends_at).where(meeting.c.id == first))
    assert times
    assert all(one.time.starts_at >= ends for one in times)
