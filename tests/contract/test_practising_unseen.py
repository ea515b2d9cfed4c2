"""Practising without a camera, as was agreed (R4, E9): what it asks, and which talks it opens."""

from datetime import date

import pytest
from sqlalchemy import select, update

from coaching.facts import ExceptionCode
from coaching.practising import ASKED, OF_THE_PICTURE, Given
from coaching.words import MeetingKind, Score, Skill
from server.store.schema import exception_record, meeting, readiness
from server.usecases.access import ByLink
from server.usecases.context import Parts, StaffActor, TrajectoryId
from server.usecases.exceptions import ExceptionRequest, ask_exception
from server.usecases.excusing import may_practise_unseen
from server.usecases.practising import begin_practice
from server.usecases.practising_measured import keep_measured
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


async def test_practising_uses_up_no_waiver_for_one_talk(house: House, parts: Parts) -> None:
    _, link = await practised(house, None)

    assert await may_practise_unseen(parts, link.token, now=parts.now())
