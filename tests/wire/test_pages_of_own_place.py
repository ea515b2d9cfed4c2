"""A candidate chooses by the link which place is the easiest to reach, without script."""

from urllib.parse import urlencode

import pytest

from coaching.words import Mode
from server.app import build_app
from server.usecases.context import Parts
from server.usecases.preferences import preference_of
from tests.house_of_people import House
from tests.visitor import Visitor, link_of

pytestmark = pytest.mark.wire


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def test_a_place_is_chosen_shown_and_let_go_again(
    visitor: Visitor, sqlite_house: House
) -> None:
    house, parts = sqlite_house, sqlite_house.parts
    person = await house.candidate()
    trajectory = await house.acquainted(await house.coach(), person)
    token = await link_of(
        parts, (await house.book(trajectory, "2027-03-03T14:00", mode=Mode.PHONE)).meeting
    )
    page = await visitor.open(f"/j/{token}")
    assert page.has(f"//a[@href='/j/{token}/place']")
    page = await visitor.open(f"/j/{token}/place")
    assert page.text("//button[@aria-pressed='true']").startswith("Maakt mij niet uit")
    assert "Stationsplein 1, 3511 ED Utrecht" in page.text("//form[@class='picks']//button[1]")

    page = await visitor.press("//form[@class='picks']//button[1]")
    assert "Uw keuze is bewaard." in page.text()
    near = (await preference_of(parts, person)).near
    assert page.has(f"//button[@value='{near}' and @aria-pressed='true']")

    strange = urlencode({"csrf": page.value("csrf"), "place": str(person)})
    assert (await visitor.post(f"/j/{token}/place", strange)).status == 422
    assert (await preference_of(parts, person)).near == near
    await visitor.press("//button[@value='any']")
    assert (await preference_of(parts, person)).near is None
