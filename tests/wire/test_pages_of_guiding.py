"""Who guides a practice, what they point at and take back, and a practice without a camera."""

import base64
import json

import pytest

from coaching.practising import ASKED, OF_THE_PICTURE
from coaching.words import MeetingKind, Skill
from server.app import build_app
from server.usecases.context import Parts
from server.usecases.practising_measured import keep_measured
from tests.conftest import Clock
from tests.contract.test_practising_unseen import waive
from tests.house_of_people import House
from tests.visitor import Visitor, link_of
from tests.wire.test_pages_of_practice import ask, facts_of, invited, session_of

pytestmark = pytest.mark.wire


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


@pytest.fixture
async def coach_visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    """Another browser, of the coach."""
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def test_a_pointing_is_taken_back_on_the_page_and_in_the_talk(
    visitor: Visitor, coach_visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    coach = await sqlite_house.coach()
    _, meeting, token = await invited(sqlite_house, coach)
    clock.set("2027-03-04T14:02")
    facts = facts_of(await visitor.open(f"/j/{token}/practice"))
    await ask(visitor, facts, do="begin", device="phone")
    await coach_visitor.sign_in(coach)
    await coach_visitor.open(f"/meetings/{meeting}/practising")
    page = await coach_visitor.press("//button[@id='point-see']")
    assert not page.has("//button[@id='point-see']")

    page = await coach_visitor.press("//button[@id='point-no-more']")

    assert page.has("//button[@id='point-see']")
    assert "u wijst hiernaar" not in page.text("//*[@id='steps']")
    _, told = await ask(visitor, facts, do="look")
    assert told["pointed"] is None
    assert told["step"] == "camera"


async def test_somebody_else_guides_a_practice_and_sees_nothing_else_of_the_candidate(
    visitor: Visitor, coach_visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    coach, volunteer = await sqlite_house.coach(), await sqlite_house.coach(name="Vera Vrijwillig")
    candidate, meeting, token = await invited(sqlite_house, coach)
    await coach_visitor.sign_in(coach)
    watch = f"/meetings/{meeting}/practising"
    await coach_visitor.open(watch)
    page = await coach_visitor.press("//button[@id='guide-ask']", guide=str(volunteer.id))
    assert "Vera Vrijwillig oefent mee" in page.text("//*[@id='guide']")
    assert page.has("//button[@id='guide-ask']")  # so that the own coach can take it back
    for own in (f"/candidates/{candidate}", "/people"):
        page = await coach_visitor.open(own)
        assert "Vera Vrijwillig oefent mee" in page.text(f"//a[@href='{watch}']/..")
    old = await visitor.open(f"/j/{token}")
    assert not old.has("//*[@id='practise']")

    coach_visitor.forget()
    clock.set("2027-03-04T14:02")
    await coach_visitor.sign_in(volunteer)
    await coach_visitor.open(watch)
    page = await coach_visitor.press("//button[@id='point-see']")
    assert "u wijst hiernaar" in page.text("//*[@data-step='see']")
    assert (await coach_visitor.open(f"/meetings/{meeting}")).status == 200
    assert (await coach_visitor.open(f"/candidates/{candidate}")).status == 404


async def test_without_a_camera_as_was_agreed_nothing_of_a_picture_is_asked(
    visitor: Visitor, sqlite_house: House, sqlite_parts: Parts
) -> None:
    coach = await sqlite_house.coach()
    candidate = await sqlite_house.candidate(name="Mo", skill=Skill.LESS)
    trajectory = await sqlite_house.acquainted(coach, candidate)
    booked = await sqlite_house.book(trajectory, "2027-03-04T14:00", kind=MeetingKind.PRACTICE)
    token = await link_of(sqlite_house.parts, booked.meeting)
    await waive(sqlite_parts, coach, trajectory, None)

    page = await visitor.open(f"/j/{token}/practice")

    facts = facts_of(page)
    assert facts["without_camera"] is True
    assert page.text("//*[@id='turn-on']") == "Microfoon aanzetten"
    asked = {one.get("data-screen") for one in page.document.xpath("//*[@data-screen]")}
    assert not asked & OF_THE_PICTURE
    assert "Stap 2 van 10" in page.text("//*[@data-screen='speak']")
    assert "Dag! Fijn dat u er bent." in page.text("//*[@id='words-of-guide']")
    _, begun = await ask(visitor, facts, do="begin", device="phone")
    said = begun["pass"].split(".")[0]
    assert json.loads(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)))[4] is True
    unseen = {"score": "good", "causes": [], "without_camera": True}
    await keep_measured(sqlite_parts, await session_of(sqlite_parts), unseen, sqlite_parts.now())
    for step in ASKED:
        given = "otherwise" if step in OF_THE_PICTURE else "yes"
        await ask(visitor, facts, do="answer", step=step, given=given, device="phone")
    done = await visitor.open(f"/j/{token}/practice/done")
    assert "Gelukt" in done.text("//h1")
    assert done.has("//*[@id='unseen']")
