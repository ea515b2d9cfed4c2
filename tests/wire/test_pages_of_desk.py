"""Scenario 17 on the pages: the candidate's own page, and the coach's desk."""

from uuid import UUID, uuid4

import pytest

from server.app import build_app
from server.usecases.agreeing import ask_agreement
from server.usecases.context import Parts
from tests.house_of_people import House
from tests.visitor import Visitor, link_of
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.wire


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def test_choice_no_and_another_choice_by_buttons_alone(
    visitor: Visitor, sqlite_house: House
) -> None:
    parts = sqlite_house.parts
    anna, bram = [await sqlite_house.coach(name=name) for name in ("Anna Smit", "Bram Vos")]
    await sqlite_house.coach(name="Carla Bos")
    person = await sqlite_house.candidate(name="Iris de Wit")
    trajectory = await sqlite_house.acquainted(anna, person)
    booked = await sqlite_house.book(trajectory, "2027-03-03T14:00")
    await ask_agreement(parts, anna, trajectory, key=uuid4().hex, now=parts.now())

    invitation = f"/j/{await link_of(parts, booked.meeting)}"
    page = await visitor.open(invitation)
    assert page.has(f"//a[@href='{invitation.replace('/j/', '/a/')}']")
    page = await visitor.open(invitation.replace("/j/", "/a/"))
    assert page.text("//h1") == "Kies uw coach"
    page = await visitor.press(f"//button[@value='{bram.id}']")
    lasting = page.path
    assert page.text("//h1") == "U koos Bram Vos"
    (link,) = await rows(parts, "agreement_link")
    assert lasting == f"/a/{parts.secret.invitation_token(UUID(str(link['id'])))}"

    visitor.forget()
    await visitor.sign_in(bram)
    page = await visitor.open("/today")
    assert "Iris de Wit koos u." in page.text()
    assert "Iris de Wit" in page.text("//*[@data-chosen]")
    page = await visitor.press("//*[@data-chosen]//button[@value='no']")
    assert page.path == "/today"
    assert not page.has("//*[@data-chosen]")
    visitor.forget()
    page = await visitor.open(lasting)
    assert page.text("//h1") == "Deze coach kan niet. Kies een andere coach"
    assert page.has("//a[starts-with(@href, 'tel:')]")
    names = [one.text_content() for one in page.document.xpath("//h2")]
    assert names == ["Carla Bos"]
    (button,) = page.document.xpath(f"//form[@action='{lasting}/coach']//button")
    button.set("value", str(bram.id))
    page = await visitor.press(f"//form[@action='{lasting}/coach']//button")
    assert (page.status, page.problem) == (409, "coach_unavailable")
    page = await visitor.press(f"//form[@action='{lasting}/coach']//button")
    assert page.text("//h1") == "U koos Carla Bos"


async def test_own_words_are_kept_and_read_and_too_long_ones_come_back(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach(name="Bram Vos")
    await visitor.sign_in(coach)
    page = await visitor.open("/people")
    assert page.has("//a[@id='to-desk']")
    await visitor.open("/desk")
    page = await visitor.press("//*[@id='keep-profile']", about="x" * 601)
    assert (page.status, page.problem) == (422, "about_bad")
    assert page.text("//textarea") == "x" * 601
    page = await visitor.press("//*[@id='keep-profile']", about="Solliciteren na ziekte")
    assert page.text("//textarea") == "Solliciteren na ziekte"


async def test_unknown_link_tells_a_stranger_nothing(visitor: Visitor) -> None:
    page = await visitor.open(f"/a/{'x' * 43}")

    assert page.status == 404
    assert page.text("//h1") == (await visitor.open(f"/j/{'x' * 43}")).text("//h1")
