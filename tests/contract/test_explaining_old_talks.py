"""Why, of an old talk: by what was known on its day, and a word on what was not kept."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete

from coaching.facts import ExceptionCode
from coaching.words import Language, MeetingKind, MeetingStatus, Mode, Skill
from server.store import aftermath
from server.store.schema import candidate_level
from server.usecases.booking import record_outcome
from server.usecases.context import CandidateId, Parts, StaffActor
from server.usecases.exceptions import ExceptionRequest, ask_exception, end_exception
from server.usecases.explaining import Explanation, explain
from tests.conftest import Clock
from tests.house_of_people import House

pytestmark = pytest.mark.contract


async def lower(parts: Parts, candidate: CandidateId, skill: Skill) -> None:
    async with parts.database.write() as tx:
        now = parts.now()
        await aftermath.set_skill(tx, candidate, skill, "failure", since=now.date(), now=now)


async def why(parts: Parts, coach: StaffActor, talk: UUID) -> Explanation:
    return await explain(parts, coach, talk, language=Language.NL, now=parts.now())


def fact(told: Explanation, name: str) -> str:
    return dict(told.facts)[name]


async def test_an_old_talk_is_explained_with_the_skill_of_its_day(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach, candidate = await house.coach(), await house.candidate(skill=Skill.ABLE)
    talk = (await house.book(await house.acquainted(coach, candidate), "2027-03-03T14:00")).meeting
    clock.set("2027-03-04T09:00")
    await lower(parts, candidate, Skill.NONE)

    told = await why(parts, coach, talk)

    assert fact(told, "Digitale vaardigheid") == "Digivaardig"
    assert "R13" not in {rule.id for rule in told.rules}
    assert len(told.remarks) == 1
    assert "3 maart" in told.remarks[0]


async def test_a_talk_to_come_is_explained_with_what_is_known_now(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach, candidate = await house.coach(), await house.candidate(skill=Skill.ABLE)
    talk = (await house.book(await house.acquainted(coach, candidate), "2027-03-03T14:00")).meeting
    clock.set("2027-03-02T09:00")
    await lower(parts, candidate, Skill.NONE)

    told = await why(parts, coach, talk)

    assert "R13" in {rule.id for rule in told.rules}
    assert told.remarks == ()


async def test_where_the_skill_of_that_day_was_not_kept_it_says_so(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach, candidate = await house.coach(), await house.candidate(skill=Skill.ABLE)
    talk = (await house.book(await house.acquainted(coach, candidate), "2027-03-03T14:00")).meeting
    async with parts.database.write() as tx:
        await tx.execute(delete(candidate_level))
    clock.set("2027-03-04T09:00")
    await lower(parts, candidate, Skill.NONE)

    told = await why(parts, coach, talk)

    assert "R13" in {rule.id for rule in told.rules}
    assert "niet bewaard" in told.remarks[1]


async def test_an_exception_that_ended_since_still_explains_the_talk_that_stood_on_it(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    trajectory = await house.trajectory(coach, await house.candidate())
    request = ExceptionRequest(
        trajectory=trajectory,
        rule="R7",
        code=ExceptionCode.DISTANCE,
        reason="Woont ver weg.",
        valid_until=date(2027, 4, 1),
    )
    made = await ask_exception(parts, coach, request, key="e", now=parts.now())
    kind = MeetingKind.ACQUAINTANCE
    talk = (await house.book(trajectory, "2027-03-03T14:00", kind=kind, mode=Mode.VIDEO)).meeting
    clock.set("2027-03-03T15:00")
    held = MeetingStatus.HELD
    await record_outcome(parts, coach, talk, held, key="h", now=parts.now())
    clock.forward(days=1)
    await end_exception(parts, coach, made, key="x", now=parts.now())

    told = await why(parts, coach, talk)

    assert [(rule.id, rule.lifted) for rule in told.rules if rule.id == "R7"] == [("R7", True)]
    assert "distance" in fact(told, "Uitzonderingen")


async def test_what_was_planned_after_that_day_is_no_part_of_its_history(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach, talks=3)
    talk = (await house.book(trajectory, "2027-03-03T14:00")).meeting
    then = fact(await why(parts, coach, talk), "Gesprekken gevoerd of gepland")
    clock.set("2027-03-04T09:00")
    await house.book(trajectory, "2027-03-10T14:00", mode=Mode.PHONE)
    await house.book(trajectory, "2027-03-17T14:00", now=clock() + timedelta(hours=1))

    assert fact(await why(parts, coach, talk), "Gesprekken gevoerd of gepland") == then == "1 / 3"
