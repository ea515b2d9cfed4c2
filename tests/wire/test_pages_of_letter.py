"""Somebody without e-mail: a to-do, a letter to print, and the hours that a talk by phone gives."""

from datetime import date, datetime

import pytest
from sqlalchemy import update

from coaching.trigger_facts import FailureCause
from coaching.words import Language, MeetingKind, Mode, Role, Skill, SkillSource
from server.app import build_app
from server.store.schema import candidate
from server.usecases.attention import TodoCode, attention, done
from server.usecases.booking import cancel_meeting
from server.usecases.context import CandidateId, Parts
from server.usecases.failing import fail_talk
from server.usecases.people import NewCandidate, add_candidate, show_candidate
from server.usecases.planning import PlanLine, book_plan
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import Visitor, link_of

pytestmark = pytest.mark.wire


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def _without_mail(house: House) -> CandidateId:
    new = NewCandidate(
        name="Gerrit van den Berg",
        email="",
        phone="06 12 34 56 78",
        language=Language.NL,
        skill=Skill.UNKNOWN,  # which makes it none (E22)
        skill_source=SkillSource.INTAKE,
        skill_since=date(2020, 1, 1),
    )
    now = house.parts.now()
    return await add_candidate(house.parts, await house.planner(), new, key="g", now=now)


async def test_somebody_without_mail_gets_a_letter_of_each_change(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    parts, planner = sqlite_house.parts, await sqlite_house.planner()
    coach = await sqlite_house.coach(name="Anna Bos")
    person = await _without_mail(sqlite_house)
    trajectory = await sqlite_house.trajectory(coach, person)
    talk = await sqlite_house.book(
        trajectory,
        "2027-03-03T14:00",
        kind=MeetingKind.ACQUAINTANCE,
        mode=Mode.OFFLINE,
        room=await sqlite_house.room(),
    )
    page = await visitor.sign_in(planner)
    assert "Niet digivaardig" in (await visitor.open(f"/candidates/{person}")).text()

    (todo,) = await attention(parts, planner, now=clock())
    page = await visitor.open(todo.href)

    letter = page.text("//article")
    assert todo.code is TodoCode.LETTER
    assert "Beste Gerrit van den Berg" in letter
    assert "woensdag 3 maart, 14.00 uur" in letter.replace("\u00a0", " ")
    assert "Stationsplein 1" in letter
    assert "/j/" not in letter
    await cancel_meeting(parts, planner, talk.meeting, revision=1, key="c", now=clock())
    (again,) = (
        one for one in await attention(parts, planner, now=clock()) if one.code == TodoCode.LETTER
    )
    assert again.id != todo.id
    assert "gaat niet door" in (await visitor.open(again.href)).text("//article")


async def test_talk_that_went_on_by_phone_counts_as_contact_and_keeps_times_for_the_link(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    parts, coach = sqlite_house.parts, await sqlite_house.coach()
    await sqlite_house.works(coach)
    person = await sqlite_house.candidate()
    trajectory = await sqlite_house.acquainted(coach, person)
    talk = (await sqlite_house.book(trajectory, "2027-03-03T14:00")).meeting
    clock.set("2027-03-03T14:05")

    async def minutes() -> int:
        seen = await show_candidate(parts, coach, person, now=clock())
        return seen.trajectories[0].contact_minutes

    before = await minutes()
    await fail_talk(parts, talk, FailureCause.CANDIDATE_NETWORK, by=Role.CANDIDATE, now=clock())
    failed = await minutes()
    call = next(one for one in await attention(parts, coach, now=clock()) if one.asks_spoken)
    await done(parts, coach, call.id, spoken=True, now=clock())

    assert (before, failed, await minutes()) == (30, 30, 75)
    page = await visitor.open(f"/j/{await link_of(parts, talk)}")
    assert page.text("//h1") == "Het videogesprek lukte niet"
    assert (await visitor.open(str(page.document.xpath("//*[@id='new-time']/@href")[0]))).has(
        "//button"
    )


async def test_plan_for_somebody_without_mail_asks_for_one_letter_that_tells_all(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    parts, planner = sqlite_house.parts, await sqlite_house.planner()
    coach, room = await sqlite_house.coach(), await sqlite_house.room()
    trajectory = await sqlite_house.trajectory(coach, await _without_mail(sqlite_house))
    kinds = [MeetingKind.ACQUAINTANCE, MeetingKind.PROGRESS, MeetingKind.PROGRESS]
    lines = [
        PlanLine(
            kind=kind,
            mode=Mode.OFFLINE,
            starts_local=datetime.fromisoformat(f"2027-03-{day:02}T14:00"),
            minutes=45,
            room=room,
        )
        for kind, day in zip(kinds, (3, 10, 17), strict=True)
    ]
    booked = await book_plan(parts, coach, trajectory, lines, key="p", now=clock())
    await visitor.sign_in(planner)

    (todo,) = await attention(parts, planner, now=clock())
    page = await visitor.open(todo.href)

    assert (todo.code, todo.params["letter"]) == (TodoCode.LETTER, "all")
    assert page.text("//article//h1") == "Uw afspraken"
    assert len(page.document.xpath("//article//*[@class='letter__when']")) == len(lines)
    await cancel_meeting(parts, planner, booked.meetings[0], revision=1, key="c", now=clock())
    page = await visitor.open(todo.href)
    assert len(page.document.xpath("//article//*[@class='letter__when']")) == len(lines) - 1


async def test_letter_of_a_video_talk_gives_a_way_in_and_the_to_do_proposes_another_form(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    parts, planner = sqlite_house.parts, await sqlite_house.planner()
    person = await sqlite_house.candidate()
    trajectory = await sqlite_house.acquainted(await sqlite_house.coach(), person)
    async with parts.database.write() as tx:
        await tx.execute(update(candidate).where(candidate.c.id == person).values(email=None))
    talk = (await sqlite_house.book(trajectory, "2027-03-03T14:00")).meeting
    await visitor.sign_in(planner)

    todo = next(one for one in await attention(parts, planner, now=clock()) if one.meeting == talk)
    seen = await visitor.open("/attention")
    page = await visitor.open(todo.href)

    assert "Bel: kan het beter per telefoon of op locatie?" in seen.text("//main")
    assert page.has("//article//*[@role='img']//*[local-name()='path']")
    assert "opent dan localhost" in page.text("//article")
    assert await link_of(parts, talk) not in page.text("//article")
