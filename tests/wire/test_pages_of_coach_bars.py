"""A planner says that a coach takes no new meetings (R30), over the real application."""

import pytest

from server.app import build_app
from server.usecases.context import Parts
from tests.house_of_people import House
from tests.visitor import Visitor

pytestmark = pytest.mark.wire


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def test_conflict_is_set_refuses_leads_to_another_coach_and_is_lifted(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    person = await sqlite_house.candidate(name="Fatima el Amrani")
    trajectory = await sqlite_house.acquainted(coach, person)
    await sqlite_house.book(trajectory, "2027-03-03T14:00")
    await visitor.sign_in(await sqlite_house.planner())
    page = await visitor.open(f"/availability/coaches/{coach.id}")
    assert page.has(f"//a[@href='/coaches/{coach.id}/bars']")

    await visitor.open(f"/coaches/{coach.id}/bars")
    page = await visitor.press("//*[@id='set-bar']", code="conflict", starts_on="2027-03-01")
    assert (page.status, page.problem) == (422, "candidate_unknown")
    page = await visitor.press(
        "//*[@id='set-bar']", code="conflict", starts_on="2027-03-01", candidate=str(person)
    )
    assert "Fatima el Amrani" in page.text("//li[@data-bar='conflict']")
    assert "Afspraken die al staan: 1." in page.text()
    assert "andere coach" in (await visitor.open("/attention")).text()

    await visitor.open(f"/meetings/new?candidate={person}")
    booking = {"kind": "progress", "mode": "phone", "day": "2027-03-10", "time": "14:00"}
    page = await visitor.press("//*[@id='book']", **booking, minutes="45", room="")
    assert (page.status, page.problem) == (409, "refused_by_rule")
    assert page.has(f"//a[@href='/candidates/{person}#hand-over']")
    assert (await visitor.open(f"/candidates/{person}")).has("//details[@id='hand-over']")

    await visitor.open(f"/coaches/{coach.id}/bars")
    page = await visitor.press("//li[@data-bar]//button")
    assert "Deze coach kan nieuwe afspraken aannemen." in page.text()


async def test_bar_shows_its_last_day_and_keeps_a_guidance_from_being_handed_over(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach, full = await sqlite_house.coach(), await sqlite_house.coach()
    person = await sqlite_house.candidate()
    await sqlite_house.acquainted(coach, person)
    await visitor.sign_in(await sqlite_house.planner())
    await visitor.open(f"/coaches/{full.id}/bars")
    bar = {"code": "full", "starts_on": "2027-03-01"}
    page = await visitor.press("//*[@id='set-bar']", **bar, ends_on="2027-02-28")
    assert (page.status, page.problem) == (422, "bar_ends_bad")
    assert page.value("ends_on") == "2027-02-28"
    page = await visitor.press("//*[@id='set-bar']", **bar, ends_on="2027-04-30")
    assert "tot en met 30 april 2027" in page.text("//li[@data-bar='full']")

    await visitor.open(f"/candidates/{person}")
    page = await visitor.press(
        "//form[contains(@action, '/hand-over')]//button", new_coach=str(full.id)
    )
    assert (page.status, page.problem) == (409, "coach_barred")
    assert "Kies een andere coach." in page.text("//*[@id='problem']")
