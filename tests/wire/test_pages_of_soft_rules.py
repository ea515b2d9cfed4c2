"""What soft rules say of a booking: read at once, with a way on; R14 asks for a reason."""

from urllib.parse import urlencode

import pytest

from coaching.words import Skill
from server.app import build_app
from server.usecases.context import CandidateId, Parts, TrajectoryId
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import Visitor

pytestmark = pytest.mark.wire
TO_SAY_WHY = "//*[@class='todo__ways']/a[contains(@href, '#say-why')]"


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def _half_by_video(house: House, *, talks: int) -> tuple[CandidateId, TrajectoryId]:
    """Somebody less at home with computers, with two video talks: half of `talks`, rounded down."""
    person = await house.candidate(skill=Skill.LESS)
    trajectory = await house.acquainted(await house.coach(), person, talks=talks)
    await house.practises(person)
    for day in (3, 4):
        await house.book(trajectory, f"2027-03-{day:02d}T14:00")
    return person, trajectory


async def test_r14_one_video_talk_too_many_for_the_skill_asks_why_and_keeps_it(
    visitor: Visitor, sqlite_house: House
) -> None:
    person, _ = await _half_by_video(sqlite_house, talks=4)
    await visitor.sign_in(await sqlite_house.planner())
    await visitor.open(f"/meetings/new?candidate={person}")

    wanted = {"kind": "progress", "mode": "video", "day": "2027-03-05", "time": "14:00"}
    page = await visitor.press("//button[@id='book']", **wanted)

    told = page.document.xpath("//*[@id='soft']//*[@data-rule]/@data-rule")
    assert told == ["R14", "R16", "R28"]
    assert page.has("//*[@id='soft']//a[contains(@href, 'offline')]")
    talk = page.document.xpath("//*[@id='say-why']//form/@action")[0].removesuffix("/reason")
    await visitor.press(f"//form[@action='{talk}/move']//button[last()]", time="15:00")
    todo = (await visitor.open("/attention")).document.xpath(TO_SAY_WHY)
    assert [one.get("href") for one in todo] == [f"{talk}#say-why"]  # also after a move
    other_tab = await visitor.open(talk)
    assert "200 tekens" in other_tab.text()
    assert (
        await visitor.press("//*[@id='say-why']//button", reason=" ")
    ).problem == "reason_missing"
    page = await visitor.press("//*[@id='say-why']//button", reason="Woont tijdelijk ver weg")
    assert not page.has("//*[@id='say-why']")
    assert "Woont tijdelijk ver weg" in page.text()
    assert not (await visitor.open("/attention")).has(TO_SAY_WHY)

    visitor.seen = other_tab
    page = await visitor.press("//*[@id='say-why']//button", reason="Nog een andere reden")
    assert (page.status, page.problem) == (409, "reason_not_asked")
    assert "Nog een andere reden" not in page.text()


async def test_r14_is_answered_once_for_all_talks_of_a_plan(
    visitor: Visitor, sqlite_house: House
) -> None:
    person, trajectory = await _half_by_video(sqlite_house, talks=5)
    await visitor.sign_in(await sqlite_house.planner())
    page = await visitor.open(f"/candidates/{person}/plan")
    body = {"count": "2", "how": "video", "step": "check", "csrf": page.value("csrf"), "key": "a"}
    for number, day in enumerate(("2027-03-08", "2027-03-09")):
        line = {"kind": "progress", "mode": "video", "day": day, "time": "14:00"}
        line |= {"minutes": "45", "room": ""}
        body |= {f"{name}_{number}": value for name, value in line.items()}

    path = f"/candidates/{person}/plan"
    page = await visitor._look(
        await visitor.post(path, urlencode(body | {"trajectory": str(trajectory)}))
    )
    assert page.has("//*[@id='plan-why']//input[@name='reason'][not(@required)]")
    page = await visitor.press("//*[@id='book-plan']", reason="Vanwege een depressie")
    assert page.problem == "medical_word"
    assert page.value("reason") == "Vanwege een depressie"
    page = await visitor.press("//*[@id='book-plan']", reason="Woont tijdelijk ver weg")

    assert (page.status, page.problem) == (200, "")
    talks = {one for one in page.document.xpath("//a/@href") if one.startswith("/meetings/")}
    pages = [await visitor.open(one) for one in sorted(talks) if "new" not in one]
    assert sum("Woont tijdelijk ver weg" in one.text() for one in pages) == 2
    assert not (await visitor.open("/attention")).has(TO_SAY_WHY)


async def test_booking_within_the_share_says_nothing_and_asks_nothing(
    visitor: Visitor, sqlite_house: House
) -> None:
    person = await sqlite_house.candidate()
    await sqlite_house.acquainted(await sqlite_house.coach(), person)
    await visitor.sign_in(await sqlite_house.planner())
    await visitor.open(f"/meetings/new?candidate={person}")

    wanted = {"kind": "progress", "mode": "video", "day": "2027-03-05", "time": "14:00"}
    page = await visitor.press("//button[@id='book']", **wanted)

    assert page.status == 200
    assert not page.has("//*[@id='soft'] | //*[@id='say-why']")


async def test_scenario_21_three_people_by_video_are_refused_and_meet_in_a_room_for_three(
    visitor: Visitor, sqlite_house: House
) -> None:
    person = await sqlite_house.candidate()
    await sqlite_house.acquainted(await sqlite_house.coach(), person)
    await visitor.sign_in(await sqlite_house.planner())
    await visitor.open(f"/meetings/new?candidate={person}")

    wanted = {"kind": "three_way", "mode": "video", "day": "2027-03-05", "time": "14:00"}
    page = await visitor.press("//button[@id='book']", **wanted)
    assert (page.status, page.problem) == (409, "refused_by_rule")
    assert not page.has("//a[contains(@href, '/exceptions/new')]")

    await visitor.press("//button[@name='fill'][contains(@value, 'offline')]")
    page = await visitor.press("//button[@id='book']")
    assert page.status == 200
    assert page.has("//*[contains(@class, 'done') or @role='status']")


async def test_r15_an_old_practice_is_told_and_its_way_on_books_a_practice(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    person = await sqlite_house.candidate()
    await sqlite_house.practises(person)
    await sqlite_house.acquainted(await sqlite_house.coach(), person)
    clock.set("2027-09-06T09:00")  # more than 180 days on
    await visitor.sign_in(await sqlite_house.planner())
    await visitor.open(f"/meetings/new?candidate={person}")

    wanted = {"kind": "checkin", "mode": "video", "day": "2027-09-08", "time": "14:00"}
    page = await visitor.press("//button[@id='book']", minutes="15", **wanted)

    assert page.has("//*[@id='soft']//*[@data-rule='R15']")
    (way,) = page.document.xpath("//*[@id='soft']//a[contains(@href, 'practice')]/@href")
    form = await visitor.open(way)
    assert form.has("//select[@name='kind']/option[@value='practice'][@selected]")
