"""What a candidate needs of a room, a talk more in a plan, and a form that is sent twice."""

from urllib.parse import urlencode

import pytest

from server.app import build_app
from server.usecases.context import Parts
from server.usecases.places import add_place, add_room
from server.usecases.room_settings import save_room
from tests.house_of_people import House
from tests.visitor import Visitor

pytestmark = pytest.mark.wire


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def test_need_is_kept_and_a_room_without_it_is_changed_with_one_press(
    visitor: Visitor, sqlite_house: House
) -> None:
    parts, planner = sqlite_house.parts, await sqlite_house.planner()
    coach, person = await sqlite_house.coach(), await sqlite_house.candidate()
    where = {"address": "Plein 1, Utrecht", "route": "Boven.", "phone": "030 123 45 67"}
    place = await add_place(parts, name="Werkplein Zuid", **where)
    plain = await add_room(parts, place, name="A", seats=2)
    wide = await add_room(parts, place, name="B", seats=2)
    able = {"quiet": True, "private": True, "reachable": True, "wheelchair": True}
    await save_room(
        parts, planner, wide, **able, office_of=frozenset(), hours=[], key="r", now=parts.now()
    )
    trajectory = await sqlite_house.trajectory(coach, person)
    await visitor.sign_in(planner)
    await visitor.open(f"/candidates/{person}")

    page = await visitor.press(
        f"//form[@action='/candidates/{person}/needs']//button", need_wheelchair="on"
    )
    assert "Geschikt voor een rolstoel" in page.text("//dl[contains(@class, 'facts')]")
    page = await visitor.open(f"/meetings/new?candidate={person}")
    assert "geschikt voor een rolstoel" in page.text("//*[@id='needs']")
    asked = {"kind": "acquaintance", "mode": "offline", "day": "2027-03-03", "time": "14:00"}
    page = await visitor.press("//*[@id='book']", **asked, room=str(plain))
    assert (page.status, page.problem) == (422, "room_lacks_wheelchair")
    page = await visitor.press("//button[@name='fill']")
    assert page.has(f"//select[@name='room']//option[@value='{wide}'][@selected]")
    page = await visitor.press("//*[@id='book']")
    assert (page.status, page.problem) == (200, "")

    line = {f"{name}_0": value for name, value in asked.items()}
    body = {**line, "day_0": "2027-03-10", "minutes_0": "45", "room_0": str(plain), "count": "1"}
    body |= {"csrf": page.value("csrf"), "key": "p", "step": "check", "how": "either"}
    answer = await visitor.post(
        f"/candidates/{person}/plan", urlencode({**body, "trajectory": str(trajectory)})
    )
    page = await visitor._look(answer)
    assert "rolstoel" in page.text("//*[@id='wrong-0']")
    page = await visitor.press("//fieldset//button[@name='fill_0']")
    assert page.has(f"//select[@name='room_0']/option[@value='{wide}'][@selected]")
    await visitor.open(f"/candidates/{person}")
    page = await visitor.press(
        f"//form[@action='/candidates/{person}/needs']//button", need_companion="on"
    )
    assert "Afspraken met een kamer die hier niet bij past: 1." in page.text("//main")


async def test_talk_is_added_to_a_plan_without_script_and_says_why_it_cannot_stand(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach, person = await sqlite_house.coach(), await sqlite_house.candidate()
    await sqlite_house.works(coach)
    await sqlite_house.trajectory(coach, person, talks=2)
    await visitor.sign_in(await sqlite_house.planner())
    await visitor.open(f"/candidates/{person}/plan")
    page = await visitor.press("//*[@id='propose']", weeks="4", how="either")
    lines = len(page.document.xpath("//fieldset[contains(@class, 'plan-line')]"))

    page = await visitor.press(
        "//*[@id='add']", add_kind="acquaintance", add_mode="video", add_week="2027-03-15"
    )

    assert page.status == 200
    found = page.document.xpath("//fieldset[contains(@class, 'plan-line')]")
    assert len(found) == lines + 1
    assert page.has("//*[@id='added']//*[@data-rule='R7']")
    assert page.value("weeks") == "4"
    page = await visitor.press("//*[@id='added']//button[starts-with(@name, 'fill_')]")
    assert not page.has("//*[@id='added']")
    assert not page.has("//*[@data-rule='R7']")

    page = await visitor.press("//*[@id='add']", add_week="2027-02-15")
    assert (page.status, page.problem) == (422, "plan_week_bad")
    page = await visitor.press("//*[@id='add']", add_week="9999-12-31", from_day="9999-12-31")
    assert (page.status, page.problem) == (422, "plan_week_bad")


async def test_key_with_another_body_is_unprocessable_and_with_the_same_does_nothing_new(
    visitor: Visitor, sqlite_house: House
) -> None:
    trajectory = await sqlite_house.acquainted(await sqlite_house.coach())
    talk = (await sqlite_house.book(trajectory, "2027-03-03T14:00")).meeting
    page = await visitor.sign_in(await sqlite_house.planner())
    asked = {"meeting": str(talk), "day": "2027-03-04", "time": "09:30", "room": ""}
    asked |= {"revision": "1", "key": "one"}
    marked = {"X-CSRF": page.value("csrf")}

    async def drag(**other: str) -> tuple[int, str]:
        body = {**asked, **other}
        response = await visitor.client.post("/api/board/move", json=body, headers=marked)
        return response.status, (await response.json()).get("code", "")

    assert await drag() == (200, "")
    assert await drag() == (200, "")
    assert await drag(time="11:00") == (422, "key_reused")
    form = {"csrf": page.value("csrf"), "key": "two", "revision": "2"}
    first = await visitor.post(f"/meetings/{talk}/cancel", urlencode(form))
    other = await sqlite_house.book(
        await sqlite_house.acquainted(await sqlite_house.coach()), "2027-03-05T14:00"
    )
    again = await visitor.post(f"/meetings/{other.meeting}/cancel", urlencode(form))
    assert (first.status, again.status) == (200, 422)
    assert (await visitor._look(again)).problem == "key_reused"


async def test_plan_that_does_not_fit_says_so_and_books_nothing(
    visitor: Visitor, sqlite_house: House
) -> None:
    person = await sqlite_house.candidate()
    await sqlite_house.trajectory(await sqlite_house.coach(), person)
    await visitor.sign_in(await sqlite_house.planner())

    page = await visitor.open(f"/candidates/{person}/plan?weeks=1&from_day=2027-03-02")

    assert page.has("//*[@id='plan-problems']//li")
    page = await visitor.open(f"/candidates/{person}/plan?weeks=0&from_day=2027-03-02")
    assert (page.status, page.problem) == (422, "weeks_bad")
