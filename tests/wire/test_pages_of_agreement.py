"""Writing down that coach and candidate go on together (R27), over the real application."""

import pytest

from server.app import build_app
from server.usecases.context import Parts
from tests.house_of_people import House
from tests.visitor import Visitor

pytestmark = pytest.mark.wire


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def test_refusal_for_agreement_leads_in_one_step_to_where_it_is_written_down(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach, person = await sqlite_house.coach(), await sqlite_house.candidate()
    await sqlite_house.acquainted(coach, person)
    await visitor.sign_in(coach)
    page = await visitor.open(f"/candidates/{person}")
    assert "niet gevraagd" in page.text()
    page = await visitor.press("//form[contains(@action, '/agreement/ask')]//button")
    assert "wachten op een ja" in page.text()

    await visitor.open(f"/meetings/new?candidate={person}")
    booking = {"kind": "progress", "mode": "phone", "day": "2027-03-03", "time": "14:00"}
    page = await visitor.press("//*[@id='book']", **booking, minutes="45", room="")
    assert (page.status, page.problem) == (409, "refused_by_rule")
    assert "R27" in page.text()
    assert page.has(f"//a[@href='/candidates/{person}#agreement']")

    await visitor.open(f"/candidates/{person}")
    answer = {"who": "both", "answer": "yes", "way": "phone", "given_on": "2027-03-02"}
    form = "//form[contains(@action, '/agreement')]//button"
    page = await visitor.press(form, **answer)
    assert (page.status, page.problem) == (422, "given_on_bad")
    page = await visitor.press(form, **{**answer, "given_on": "2027-03-01"})
    assert "Beiden willen samen verder" in page.text()
    assert "aan de telefoon" in page.text()
    await visitor.open(f"/meetings/new?candidate={person}")
    page = await visitor.press("//*[@id='book']", **booking, minutes="45", room="")
    assert page.status == 200
    assert page.path.startswith("/meetings/")
