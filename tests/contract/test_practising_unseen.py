"""Practising without a camera, as was agreed (R4, E9): what it asks, and which talks it opens."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select, update

from coaching.facts import ExceptionCode
from coaching.practising import ASKED, OF_THE_PICTURE, Given
from coaching.words import MeetingKind, Score, Skill
from server.store.schema import exception_record, meeting, readiness, todo
from server.usecases.access import ByLink
from server.usecases.attention import TodoCode
from server.usecases.context import Parts, StaffActor, TrajectoryId
from server.usecases.exceptions import (
    ExceptionRequest,
    ask_exception,
    end_exception,
    list_exceptions,
)
from server.usecases.excusing import may_practise_unseen
from server.usecases.joining import record_joint_time
from server.usecases.practising import begin_practice
from server.usecases.practising_measured import keep_measured
from tests.conftest import Clock
from tests.contract.test_practising_steps import PHONE, go
from tests.house_of_people import House
from tests.visitor import link_of

pytestmark = pytest.mark.contract

UNSEEN: dict[str, object] = {"score": "good", "causes": [], "without_camera": True}


async def waive(
    parts: Parts, coach: StaffActor, trajectory: TrajectoryId, until: date | None
) -> None:
    request = ExceptionRequest(
        trajectory=trajectory,
        rule="R4",
        code=ExceptionCode.ACCESSIBILITY,
        reason="Praat liever zonder camera.",
        valid_until=until,
    )
    await ask_exception(parts, coach, request, key="waive", now=parts.now())


async def practised(house: House, until: date | None) -> tuple[TrajectoryId, ByLink]:
    """Mo passes a practice without a camera."""
    parts, coach = house.parts, await house.coach()
    candidate = await house.candidate(name="Mo", skill=Skill.LESS)
    trajectory = await house.acquainted(coach, candidate)
    booked = await house.book(trajectory, "2027-03-04T14:00", kind=MeetingKind.PRACTICE)
    link = ByLink(token=await link_of(parts, booked.meeting))
    assert not await may_practise_unseen(parts, link.token, now=parts.now())
    await waive(parts, coach, trajectory, until)
    assert await may_practise_unseen(parts, link.token, now=parts.now())

    begun = await begin_practice(parts, link, PHONE, now=parts.now())
    await keep_measured(parts, begun.id, UNSEEN, parts.now())
    for step in ASKED:
        given = Given.OTHERWISE if step in OF_THE_PICTURE else Given.YES
        state = await go(parts, link, step, given=given)
    assert (state.ended, state.score) == (True, Score.GOOD)
    return trajectory, link


async def test_a_practice_without_a_camera_is_kept_as_one_and_opens_a_talk_without_one(
    house: House, parts: Parts
) -> None:
    trajectory, _ = await practised(house, date(2027, 4, 30))

    booked = await house.book(trajectory, "2027-03-09T14:00")

    async with parts.database.read() as tx:
        kept = (await tx.execute(select(readiness.c.score, readiness.c.without_camera))).all()
        status = await tx.scalar(select(meeting.c.status).where(meeting.c.id == booked.meeting))
    assert ("good", True) in kept
    assert status == "planned"


async def test_it_opens_no_talk_with_a_camera_once_the_waiver_ended(
    house: House, parts: Parts
) -> None:
    trajectory, link = await practised(house, date(2027, 4, 30))
    async with parts.database.write() as tx:
        await tx.execute(update(exception_record).values(ended_at=parts.now()))

    booked = await house.book(trajectory, "2027-03-09T14:00", provisional=True)

    async with parts.database.read() as tx:
        status = await tx.scalar(select(meeting.c.status).where(meeting.c.id == booked.meeting))
    assert status == "provisional"
    assert not await may_practise_unseen(parts, link.token, now=parts.now())


async def to_practise_first(parts: Parts) -> list[UUID | None]:
    """The talks of which somebody is told that they cannot be held so."""
    query = select(todo.c.meeting_id).where(
        todo.c.code == TodoCode.PRACTISE_FIRST, todo.c.done_at.is_(None)
    )
    async with parts.database.read() as tx:
        return list((await tx.execute(query)).scalars())


async def test_waiver_that_a_talk_used_up_flags_the_talk_after_it(
    house: House, parts: Parts, clock: Clock
) -> None:
    trajectory, _ = await practised(house, None)
    first = await house.book(trajectory, "2027-03-09T14:00")
    second = await house.book(trajectory, "2027-03-16T14:00")
    assert await to_practise_first(parts) == []

    clock.set("2027-03-09T14:00")
    await record_joint_time(
        parts, first.meeting, joint_seconds=700, over=True, online=True, now=clock()
    )

    assert await to_practise_first(parts) == [second.meeting]


async def test_waiver_that_is_ended_flags_the_talk_that_was_booked_on_it(
    house: House, parts: Parts
) -> None:
    trajectory, _ = await practised(house, date(2027, 4, 30))
    booked = await house.book(trajectory, "2027-03-09T14:00")
    (waiver,) = await list_exceptions(parts, await house.planner(), now=parts.now())

    await end_exception(parts, await house.planner(), waiver.id, key="end", now=parts.now())

    assert await to_practise_first(parts) == [booked.meeting]


async def test_practising_uses_up_no_waiver_for_one_talk(house: House, parts: Parts) -> None:
    _, link = await practised(house, None)

    assert await may_practise_unseen(parts, link.token, now=parts.now())
