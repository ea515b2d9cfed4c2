"""Booking beside something else in a calendar: told, and done by who says so, without script."""

import pytest

from server.app import build_app
from server.usecases.context import Parts
from tests.calendar_rounds import connected
from tests.house_of_people import House
from tests.visitor import Visitor

pytestmark = pytest.mark.wire


async def test_a_planner_reads_what_stands_there_and_books_all_the_same(
    aiohttp_client: object, sqlite_house: House, sqlite_parts: Parts
) -> None:
    visitor = Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped
    coach, person = await sqlite_house.coach(), await sqlite_house.candidate()
    await sqlite_house.acquainted(coach, person)
    diary = await connected(sqlite_parts, coach.id, role="busy")
    diary.put("over.ics", "20270303T131500Z", "20270303T143000Z")
    await diary.round()
    await visitor.sign_in(await sqlite_house.planner())
    wanted = {"kind": "progress", "mode": "video", "day": "2027-03-03", "time": "14:00"}

    await visitor.open(f"/meetings/new?candidate={person}")
    page = await visitor.press("//button[@id='book']", **wanted)
    assert (page.status, page.problem) == (409, "calendar_busy")

    page = await visitor.press("//*[@id='over-busy']//button")
    assert page.has("//*[@id='clashes']")
    assert page.has("//*[@id='unchecked']")  # the calendar behind this row does not exist
    page = await visitor.open("/attention")
    assert page.has("//li[contains(@class, 'todo')]//a[contains(@href, '#move')]")
