"""A recorded exception and a talk that waits for a practice (R12, 5.5)."""

import pytest
from sqlalchemy import select

from coaching.facts import ExceptionCode
from coaching.words import Skill
from server.store.schema import meeting, notice, outbox
from server.usecases.booking import Booked
from server.usecases.context import Parts, StaffActor, TrajectoryId
from server.usecases.exceptions import ExceptionRequest, ask_exception, list_exceptions
from tests.house_of_people import House

pytestmark = pytest.mark.contract

TALK = "2027-03-09T14:00"


async def waiting(house: House) -> tuple[StaffActor, TrajectoryId, Booked]:
    """Mo of scenario 6 met the coach, has not practised, and has a video talk that waits."""
    coach, candidate = await house.coach(), await house.candidate(name="Mo", skill=Skill.LESS)
    trajectory = await house.acquainted(coach, candidate)
    return coach, trajectory, await house.book(trajectory, TALK, provisional=True)


async def except_from(parts: Parts, coach: StaffActor, trajectory: TrajectoryId, rule: str) -> None:
    request = ExceptionRequest(
        trajectory=trajectory,
        rule=rule,
        code=ExceptionCode.CANDIDATE_REQUEST,
        reason="Een dochter helpt bij dit gesprek.",
        valid_until=None,
    )
    await ask_exception(parts, coach, request, key=rule, now=parts.now())


async def state(parts: Parts, booked: Booked) -> str:
    async with parts.database.read() as tx:
        return str(await tx.scalar(select(meeting.c.status).where(meeting.c.id == booked.meeting)))


async def test_an_exception_to_practising_makes_a_waiting_talk_firm_at_once(
    house: House, parts: Parts
) -> None:
    coach, trajectory, held = await waiting(house)

    await except_from(parts, coach, trajectory, "R12")

    assert await state(parts, held) == "planned"
    async with parts.database.read() as tx:
        mails = (await tx.scalars(select(outbox.c.payload).where(outbox.c.kind == "mail"))).all()
        told = await tx.scalars(select(notice.c.code).where(notice.c.staff_id == coach.id))
        assert list(told) == ["talk_firm"]
    mine = [one["template"] for one in mails if one.get("meeting") == str(held.meeting)]
    assert mine == ["invitation"]
    (one,) = await list_exceptions(parts, coach, now=parts.now())
    assert one.used  # by this talk, and by no other one after it


async def test_one_exception_makes_one_of_two_waiting_talks_firm(
    house: House, parts: Parts
) -> None:
    coach, trajectory, first = await waiting(house)
    second = await house.book(trajectory, "2027-03-16T14:00", provisional=True)

    await except_from(parts, coach, trajectory, "R12")

    assert [await state(parts, one) for one in (first, second)] == ["planned", "provisional"]


async def test_an_exception_to_another_rule_leaves_a_talk_waiting(
    house: House, parts: Parts
) -> None:
    coach, trajectory, held = await waiting(house)

    await except_from(parts, coach, trajectory, "R14")

    assert await state(parts, held) == "provisional"
