"""Something else in a calendar: told to who books or drags, and done by who says so."""

import json
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from server.app import build_app
from server.usecases.context import Parts
from server.usecases.invitation_names import invitation_name
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


async def test_what_may_be_busy_is_marked_in_the_week_and_a_drag_onto_it_asks(
    aiohttp_client: object, sqlite_house: House, sqlite_parts: Parts
) -> None:
    visitor = Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped
    coach = await sqlite_house.coach()
    await sqlite_house.works(coach)
    trajectory = await sqlite_house.acquainted(coach)
    talk = (await sqlite_house.book(trajectory, "2027-03-03T14:00")).meeting
    diary = await connected(sqlite_parts, coach.id, role="busy")
    diary.put("maybe.ics", "20270304T090000Z", "20270304T100000Z", "STATUS:TENTATIVE")
    diary.put(invitation_name(sqlite_parts, talk), "20270303T130000Z", "20270303T134500Z")
    await diary.round()
    await visitor.sign_in(await sqlite_house.planner())

    page = await visitor.open("/planner?week=2027-W09")
    assert page.text("//*[@id='day-2027-03-04']/..//details/ul") == f"10:00–11:00 {coach.name}"
    assert not page.has("//*[@id='day-2027-03-03']/..//details")
    board = await visitor.open("/planner?week=2027-W09&view=board")
    mark = {"owner": str(coach.id), "start": "2027-03-04T10:00", "end": "2027-03-04T11:00"}
    assert json.loads(board.text("//*[@id='board-facts']"))["busy"] == [{**mark, "sure": False}]

    asked = {"meeting": str(talk), "day": "2027-03-04", "time": "10:15", "room": ""}
    asked |= {"revision": "1", "key": uuid4().hex}
    answers = []
    for body in (asked, {**asked, "over_busy": "yes"}):
        response = await visitor.client.post(
            "/api/board/move", json=body, headers={"X-CSRF": board.value("csrf")}
        )
        answers.append((response.status, await response.json()))

    (status, refused), (moved, _) = answers
    assert (status, refused["code"], refused["may_be_over"]) == (409, "calendar_maybe_busy", True)
    assert refused["alternatives"]
    assert moved == 200
    page = await visitor.open("/planner?week=2027-W09")
    assert page.has(f"//*[@id='day-2027-03-04']/..//a[@href='/meetings/{talk}']")


async def test_of_a_plan_all_busy_talks_are_named_at_once_and_one_answer_books_them(
    aiohttp_client: object, sqlite_house: House, sqlite_parts: Parts
) -> None:
    visitor = Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped
    coach, person = await sqlite_house.coach(), await sqlite_house.candidate()
    trajectory = await sqlite_house.acquainted(coach, person)
    diary = await connected(sqlite_parts, coach.id, role="busy")
    for day in ("03", "17"):
        diary.put(f"{day}.ics", f"202703{day}T131500Z", f"202703{day}T143000Z")
    await diary.round()
    await visitor.sign_in(await sqlite_house.planner())
    page = await visitor.open(f"/candidates/{person}/plan?trajectory={trajectory}")
    body = {"csrf": page.value("csrf"), "key": "p", "step": "book", "how": "either", "count": "3"}
    body |= {"trajectory": str(trajectory), "from_day": "2027-03-01", "weeks": "4"}
    for number, day in enumerate(("03", "10", "17")):
        line = {"kind": "progress", "mode": "phone", "day": f"2027-03-{day}", "time": "14:00"}
        body |= {f"{name}_{number}": said for name, said in line.items()}
        body |= {f"minutes_{number}": "45", f"room_{number}": ""}

    answer = await visitor.post(f"/candidates/{person}/plan", urlencode(body))
    page = await visitor._look(answer)
    assert (page.status, page.problem) == (409, "calendar_busy")
    assert "Gesprekken 1, 3: In de agenda" in page.text()

    page = await visitor.press("//*[@id='over-busy']//button")
    assert page.status == 200
    assert page.has("//*[@role='status' or contains(@class, 'done')]")
