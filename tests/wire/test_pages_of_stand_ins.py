"""A planner gives one talk to another coach (E5), over the real application, without script."""

import pytest

from server.app import build_app
from server.usecases.context import Parts
from tests.house_of_people import House
from tests.visitor import Visitor

pytestmark = pytest.mark.wire


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def test_refused_by_video_taken_by_phone_shown_to_all_and_given_back(
    visitor: Visitor, sqlite_house: House
) -> None:
    house = sqlite_house
    anna, bram = await house.coach(name="Anna de Vries"), await house.coach(name="Bram Bakker")
    person = await house.candidate(name="Fatima el Amrani")
    booked = await house.book(await house.acquainted(anna, person), "2027-03-03T14:00")
    talk = f"/meetings/{booked.meeting}"
    await visitor.sign_in(await house.planner())
    page = await visitor.open(talk)
    assert page.has(f"//a[@href='{talk}/stand-in']")

    form = "//form[@class='form']//button[last()]"
    page = await visitor.open(f"{talk}/stand-in")
    assert "Anna de Vries blijft de coach van Fatima el Amrani." in page.text()
    page = await visitor.press(form, mode="phone")
    assert page.status == 422
    page = await visitor.press(form, coach=str(bram.id), mode="video")
    assert (page.status, page.problem) == (409, "refused_by_rule")
    assert page.has("//details[@class='why']")
    page = await visitor.press("//button[@name='fill']")
    assert page.value("mode") in ("phone", "offline")
    page = await visitor.press(form, coach=str(bram.id), mode="phone")
    assert "Neemt dit gesprek waar voor Anna de Vries" in page.text("//*[@id='stands-in']")

    await visitor.sign_in(anna)
    page = await visitor.open(f"/candidates/{person}")
    assert "waargenomen door Bram Bakker" in page.text()
    assert not page.has(f"//a[@href='{talk}']")
    assert (
        "Bram Bakker neemt uw gesprek met Fatima el Amrani" in (await visitor.open("/today")).text()
    )

    await visitor.sign_in(bram)  # sees the talk, and not the file of whom somebody else guides
    page = await visitor.open(talk)
    assert "Fatima el Amrani" in page.text()
    assert not page.has(f"//main//a[@href='/candidates/{person}']")

    await visitor.sign_in(await house.planner())
    await visitor.open(f"{talk}/stand-in")
    page = await visitor.press("//form[contains(@action, '/end')]//button")
    assert not page.has("//*[@id='stands-in']")
    assert "terug bij de eigen coach" in page.text()
