"""Scenario 23, and what a held video talk counts for (5.2, E9, E13)."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from coaching.errors import NotFound
from coaching.facts import ExceptionCode
from coaching.words import Mode, Role
from server.store.people import trajectory_by_id
from server.store.schema import activity, meeting, meeting_event, todo
from server.usecases.attention import CALLS, TodoCode, attention, done
from server.usecases.booking_facts import read_file
from server.usecases.context import MeetingId, Parts, StaffActor, TrajectoryId
from server.usecases.exceptions import (
    ExceptionRequest,
    ask_exception,
    end_exception,
    liftable_rules,
    list_exceptions,
)
from server.usecases.excusing import excuse_camera, is_excused
from server.usecases.joining import (
    after_talk,
    issue_ticket,
    judge_camera,
    open_talk,
    record_joint_time,
    redeem_ticket,
)
from server.usecases.timers import due_moments, run_moment
from tests.conftest import Clock
from tests.contract.test_booking_joining import guest, link_of
from tests.house_of_people import House

pytestmark = pytest.mark.contract

STARTS = "2027-03-03T14:00"


async def waive(
    parts: Parts, coach: StaffActor, trajectory: TrajectoryId, until: date | None, key: str = "w"
) -> None:
    request = ExceptionRequest(
        trajectory=trajectory,
        rule="R4",
        code=ExceptionCode.ACCESSIBILITY,
        reason="Praat liever zonder camera.",
        valid_until=until,
    )
    await ask_exception(parts, coach, request, key=key, now=parts.now())


async def waived(parts: Parts, talk: MeetingId, role: Role, coach: StaffActor) -> bool:
    actor = coach if role is Role.COACH else await guest(parts, await link_of(parts, talk))
    ticket, _ = await issue_ticket(parts, actor, talk, now=parts.now())
    seat = await redeem_ticket(parts, ticket, now=parts.now())
    assert seat is not None
    return seat.camera_waiver


async def values(parts: Parts, query: Any) -> list[Any]:  # noqa: ANN401 -- a select
    async with parts.database.read() as tx:
        return list((await tx.execute(query)).scalars())


async def test_the_camera_duty_can_be_waived_by_one_person() -> None:
    (camera,) = [one for one in liftable_rules() if one.rule == "R4"]

    assert camera.people == 1
    assert not (await judge_camera(live=False)).allowed
    assert (await judge_camera(live=False, waived=True)).allowed


async def test_a_waiver_is_the_candidates_alone_and_both_pages_know_it(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    talk = (await house.book(trajectory, STARTS)).meeting
    await waive(parts, coach, trajectory, date(2027, 3, 3))
    clock.set(STARTS)

    assert await waived(parts, talk, Role.CANDIDATE, coach)
    assert not await waived(parts, talk, Role.COACH, coach)
    assert (await open_talk(parts, coach, talk, now=clock())).camera_waiver


@pytest.mark.parametrize("until", [date(2027, 3, 2), None])
async def test_a_waiver_that_is_over_or_ended_holds_no_more(
    house: House, parts: Parts, clock: Clock, until: date | None
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    talk = (await house.book(trajectory, STARTS)).meeting
    await waive(parts, coach, trajectory, until)
    if until is None:
        (asked,) = await list_exceptions(parts, coach, now=clock())
        await end_exception(parts, coach, asked.id, key="e", now=clock())
    clock.set(STARTS)

    assert not await waived(parts, talk, Role.CANDIDATE, coach)


async def test_a_coach_excuses_a_camera_in_the_talk_once_and_for_this_talk_only(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    talk = (await house.book(trajectory, STARTS)).meeting
    clock.set(STARTS)
    assert not await is_excused(parts, talk)

    for key in ("x", "y"):
        await excuse_camera(
            parts, coach, talk, ExceptionCode.OTHER, "De techniek werkt niet", key=key, now=clock()
        )

    assert await is_excused(parts, talk)
    assert await waived(parts, talk, Role.CANDIDATE, coach)
    (asked,) = await list_exceptions(parts, coach, now=clock())
    assert (asked.rule, asked.valid_until) == ("R4", None)


async def test_another_coach_excuses_nobody(house: House, parts: Parts, clock: Clock) -> None:
    trajectory = await house.acquainted(await house.coach())
    talk = (await house.book(trajectory, STARTS)).meeting
    clock.set(STARTS)

    with pytest.raises(NotFound):
        await excuse_camera(
            parts, await house.coach(), talk, ExceptionCode.OTHER, "Nee", key="z", now=clock()
        )

    assert not await is_excused(parts, talk)


async def test_a_waiver_for_one_appointment_is_used_by_the_talk_that_was_held(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    first = (await house.book(trajectory, STARTS)).meeting
    second = (await house.book(trajectory, "2027-03-10T14:00")).meeting
    await waive(parts, coach, trajectory, None)
    clock.set(STARTS)
    await record_joint_time(parts, first, joint_seconds=700, over=True, online=True, now=clock())

    assert await waived(parts, first, Role.CANDIDATE, coach)
    clock.set("2027-03-10T14:00")
    assert not await waived(parts, second, Role.CANDIDATE, coach)


@pytest.mark.parametrize("online", [True, False, None])
async def test_whether_two_saw_each_other_is_kept_and_counts(
    *, house: House, parts: Parts, clock: Clock, online: bool | None
) -> None:
    trajectory = await house.acquainted(await house.coach())
    talk = (await house.book(trajectory, STARTS)).meeting
    clock.set(STARTS)

    await record_joint_time(
        parts, talk, joint_seconds=700, over=True, online=online, differences=3, now=clock()
    )

    assert await values(parts, select(meeting.c.counts_online).where(meeting.c.id == talk)) == [
        online
    ]
    held = select(meeting_event.c.detail).where(
        meeting_event.c.meeting_id == talk, meeting_event.c.what == "held"
    )
    assert [one["differences"] for one in await values(parts, held)] == ["3"]
    async with parts.database.read() as tx:
        found = await trajectory_by_id(tx, trajectory)
        assert found is not None
        history = (await read_file(tx, found)).history()
    assert [one.counts_as_online for one in history if one.mode is Mode.VIDEO] == [
        online is not False
    ]


async def test_a_talk_taken_up_again_in_which_both_are_seen_counts_after_all(
    house: House, parts: Parts, clock: Clock
) -> None:
    talk = (await house.book(await house.acquainted(await house.coach()), STARTS)).meeting
    clock.set(STARTS)
    for online in (False, True, False):
        await record_joint_time(
            parts, talk, joint_seconds=700, over=True, online=online, now=clock()
        )

    assert await values(parts, select(meeting.c.counts_online).where(meeting.c.id == talk)) == [
        True
    ]


async def test_media_that_both_vouched_for_is_kept_and_only_ever_more(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    talk = (await house.book(await house.acquainted(coach), STARTS)).meeting
    clock.set(STARTS)
    assert (await after_talk(parts, coach, talk, now=clock())).attested_seconds is None
    for seconds in (660, 300):
        await record_joint_time(
            parts, talk, joint_seconds=700, over=True, attested_seconds=seconds, now=clock()
        )

    after = await after_talk(parts, coach, talk, now=clock())

    assert (after.joint_seconds, after.attested_seconds, after.held) == (700, 660, True)


@pytest.mark.parametrize(("online", "proposed"), [(True, False), (False, True)])
async def test_a_video_talk_without_a_picture_is_no_seen_contact(
    *, house: House, parts: Parts, clock: Clock, online: bool, proposed: bool
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    talk = (await house.book(trajectory, "2027-04-15T14:00")).meeting
    clock.set("2027-04-15T14:00")
    await record_joint_time(parts, talk, joint_seconds=700, over=True, online=online, now=clock())

    now = clock.set("2027-04-20T10:00")
    for one in await due_moments(parts, now=now):
        await run_moment(parts, one, now=now)

    abouts = await values(
        parts, select(todo.c.dedupe_key).where(todo.c.code == TodoCode.MEET_AGAIN)
    )
    assert any("R24" in about for about in abouts) is proposed


@pytest.mark.parametrize("spoken", [True, False])
async def test_a_call_is_activity_only_when_the_two_spoke(
    *, house: House, parts: Parts, clock: Clock, spoken: bool
) -> None:
    coach = await house.coach()
    await house.book(await house.acquainted(coach), STARTS)
    now = clock.set("2027-03-03T14:10")
    for one in await due_moments(parts, now=now):
        await run_moment(parts, one, now=now)
    (call,) = [one for one in await attention(parts, coach, now=now) if one.code in CALLS]

    await done(parts, coach, call.id, spoken=spoken, now=now)

    assert call.asks_spoken
    whats = await values(parts, select(activity.c.what))
    assert ("phone_answered" in whats) is spoken
    assert call.id not in [one.id for one in await attention(parts, coach, now=now)]
