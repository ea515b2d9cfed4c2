"""Another number of talks (R28), from the refusal to the yes of both, over the real application."""

import pytest

from server.app import build_app
from server.usecases.context import Parts
from tests.house_of_people import House
from tests.visitor import Visitor, link_of

pytestmark = pytest.mark.wire


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def test_full_contract_leads_to_a_new_one_that_the_candidate_agrees_to_by_link(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach, person = await sqlite_house.coach(), await sqlite_house.candidate()
    trajectory = await sqlite_house.acquainted(coach, person, talks=2)
    booked = await sqlite_house.book(trajectory, "2027-03-03T14:00")
    await visitor.sign_in(coach)
    await visitor.open(f"/meetings/new?candidate={person}")
    booking = {"kind": "progress", "mode": "video", "day": "2027-03-10", "time": "14:00"}
    page = await visitor.press("//*[@id='book']", **booking, minutes="45", room="")
    assert (page.status, page.problem) == (409, "refused_by_rule")
    assert "Nieuwe afspraak over aantal" in page.text(f"//a[@href='/candidates/{person}#contract']")

    page = await visitor.open(f"/candidates/{person}")
    assert "2 van 2 gesprekken" in page.text("//*[@data-contract]")
    assert page.has("//details[@id='contract'][@open]")
    ask = "//form[contains(@action, '/contract')]//button"
    page = await visitor.press(ask, new_talks="1", new_minutes="45", reason="Nog een sollicitatie")
    assert (page.status, page.problem) == (422, "talks_bad")
    assert (page.value("new_talks"), page.value("reason")) == ("1", "Nog een sollicitatie")
    page = await visitor.press(ask, new_talks="4", new_minutes="45", reason="Nog een sollicitatie")
    assert "Voorstel: 4 gesprekken van 45 minuten." in page.text()

    token = await link_of(sqlite_house.parts, booked.meeting)
    page = await visitor.open(f"/j/{token}")
    assert "Nu hebt u 2 gesprekken afgesproken." in page.text("//*[@id='own-contract']")
    page = await visitor.press("//*[@id='contract-yes']")
    assert "Uw ja is opgeschreven" in page.text("//*[@id='own-contract']")

    page = await visitor.open(f"/candidates/{person}")
    assert "2 van 4 gesprekken" in page.text("//*[@data-contract]")
    assert "Versie 1: 2 gesprekken" in page.text("//*[@data-version='1']")
    assert "Nog een sollicitatie" in page.text("//*[@data-version='2']")


async def test_yes_that_was_heard_is_written_down_and_a_proposal_can_be_taken_back(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach, person = await sqlite_house.coach(), await sqlite_house.candidate()
    await sqlite_house.acquainted(coach, person, talks=6)
    await visitor.sign_in(await sqlite_house.planner())
    await visitor.open(f"/candidates/{person}")
    ask = "//form[contains(@action, '/contract')]//button"
    new = {"new_minutes": "45", "reason": "Meer tijd"}
    await visitor.press(ask, new_talks="9", **new)
    page = await visitor.press("//form[contains(@action, '/contract/withdraw')]//button")
    assert "ingetrokken" in page.text("//*[@data-version='2']")

    await visitor.press(ask, new_talks="8", **new)
    said = "//form[contains(@action, '/contract/said')]//button"
    heard = {"contract_who": "both", "contract_way": "phone"}
    page = await visitor.press(said, **heard, contract_on="2027-03-02")
    assert (page.status, page.problem) == (422, "given_on_bad")
    assert page.value("contract_on") == "2027-03-02"
    page = await visitor.press(said, **heard, contract_on="2027-03-01")

    assert "1 van 8 gesprekken" in page.text("//*[@data-contract]")
    assert "1 maart 2027, aan de telefoon" in page.text("//*[@data-version='3']")
