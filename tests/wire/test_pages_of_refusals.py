"""Behind every refusal: "waarom?" with the rules, and something else that can be chosen."""

from urllib.parse import urlencode
from uuid import uuid4

import pytest

from coaching.words import MeetingKind, MeetingStatus, Mode
from server.app import build_app
from server.usecases.booking import record_outcome
from server.usecases.context import MeetingId, Parts
from server.usecases.places import add_place, add_room
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import Visitor, link_of

pytestmark = pytest.mark.wire


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def _close(house: House, found: MeetingId, outcome: MeetingStatus) -> None:
    key, now = uuid4().hex, house.parts.now()
    await record_outcome(house.parts, await house.planner(), found, outcome, key=key, now=now)


async def _talk_after_acquaintance(house: House, clock: Clock) -> tuple[MeetingId, MeetingId]:
    """A video talk that stands on an acquaintance of this morning, and that acquaintance."""
    coach = await house.coach()
    room = await house.works(coach)
    trajectory = await house.trajectory(coach)
    first = await house.book(
        trajectory, "2027-03-01T09:15", kind=MeetingKind.ACQUAINTANCE, mode=Mode.OFFLINE, room=room
    )
    clock.set("2027-03-01T11:00")
    await _close(house, first.meeting, MeetingStatus.HELD)
    return (await house.book(trajectory, "2027-03-03T14:00")).meeting, first.meeting


async def test_line_of_a_plan_that_a_rule_refuses_says_why_and_changes_with_one_press(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach, person = await sqlite_house.coach(), await sqlite_house.candidate()
    room = await sqlite_house.works(coach)
    trajectory = await sqlite_house.trajectory(coach, person)
    page = await visitor.sign_in(await sqlite_house.planner())
    page = await visitor.open(f"/candidates/{person}/plan")
    line = {"kind_0": "progress", "mode_0": "video", "day_0": "2027-03-03", "time_0": "14:00"}
    body = {**line, "minutes_0": "45", "room_0": "", "count": "1", "how": "either", "step": "check"}
    body |= {"csrf": page.value("csrf"), "key": "a", "trajectory": str(trajectory)}

    response = await visitor.post(f"/candidates/{person}/plan", urlencode(body))
    page = await visitor._look(response)

    assert page.has("//fieldset//details[contains(@class, 'why')]//*[@data-rule='R8']")
    page = await visitor.press("//fieldset//button[starts-with(@name, 'fill_')]")
    assert page.has("//select[@name='mode_0']/option[@value='offline'][@selected]")
    assert page.has(f"//select[@name='room_0']/option[@value='{room}'][@selected]")
    assert not page.has("//fieldset//*[@data-rule='R8']")


async def test_talk_that_a_hand_over_takes_away_says_why_and_leads_to_a_filled_form(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach, other = await sqlite_house.coach(), await sqlite_house.coach()
    person = await sqlite_house.candidate()
    await sqlite_house.works(other)
    trajectory = await sqlite_house.acquainted(coach, person)
    await sqlite_house.book(trajectory, "2027-03-03T14:00")
    await visitor.sign_in(await sqlite_house.planner())
    await visitor.open(f"/candidates/{person}")

    page = await visitor.press(
        "//form[contains(@action, '/hand-over')]//button", new_coach=str(other.id)
    )

    assert page.has("//details[contains(@class, 'why')]//*[@data-rule='R8']")
    (way,) = page.document.xpath(
        "(//a[starts-with(@href, '/meetings/new?')][contains(@href, 'fill')])[1]/@href"
    )
    page = await visitor.open(way)
    assert page.has("//input[@name='mode'][@value='offline'][@checked]")
    page = await visitor.press("//*[@id='book']")
    assert page.has("//*[@role='status']"), page.text()


async def test_move_to_a_time_that_is_taken_offers_free_times_that_fill_the_form(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    await sqlite_house.works(coach)
    talk = (
        await sqlite_house.book(await sqlite_house.acquainted(coach), "2027-03-03T14:00")
    ).meeting
    await sqlite_house.book(await sqlite_house.acquainted(coach), "2027-03-03T10:00")
    await visitor.sign_in(await sqlite_house.planner())
    await visitor.open(f"/meetings/{talk}")

    page = await visitor.press("//form[contains(@action, '/move')]//button[last()]", time="10:00")

    assert (page.status, page.problem) == (409, "coach_taken")
    assert len(page.document.xpath("//details[@id='move']//button[@name='fill']")) == 3
    page = await visitor.press("(//button[@name='fill'])[1]")
    page = await visitor.press("//form[contains(@action, '/move')]//button[last()]")
    assert page.status == 200
    assert page.has("//*[@role='status']")


async def test_put_back_that_a_rule_refuses_opens_the_form_with_the_time_before(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    talk, first = await _talk_after_acquaintance(sqlite_house, clock)
    room = await sqlite_house.room()
    await visitor.sign_in(await sqlite_house.planner())
    await visitor.open(f"/meetings/{talk}")
    await visitor.press(
        "//form[contains(@action, '/move')]//button[last()]", mode="offline", room=str(room)
    )
    await _close(sqlite_house, first, MeetingStatus.MISSED)
    await visitor.open(f"/meetings/{talk}")

    page = await visitor.press("//form[contains(@action, '/put-back')]//button")

    assert (page.status, page.problem) == (409, "refused_by_rule")
    assert page.has("//details[@id='move'][@open]//input[@value='video'][@checked]")
    links = page.document.xpath("//details[@id='move']//a[contains(@href, 'acquaintance')]")
    ways = [one.get("href") for one in links]
    assert len({one.text_content().strip() for one in links}) == len(links)  # each tells its time
    (why,) = page.document.xpath("//*[@id='problem']//a[@class='why-link']/@href")
    assert (await visitor.open(why)).has("//*[@data-rule='R8']")
    assert ways
    form = await visitor.open(ways[0])  # an acquaintance comes beside the talk, not instead of it
    assert form.has("//select[@name='kind']/option[@value='acquaintance'][@selected]")
    assert form.has("//input[@name='mode'][@value='offline'][@checked]")


async def test_drag_that_a_rule_refuses_says_why_and_what_else(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    talk, first = await _talk_after_acquaintance(sqlite_house, clock)
    await _close(sqlite_house, first, MeetingStatus.MISSED)
    await visitor.sign_in(await sqlite_house.planner())
    page = await visitor.open("/planner")
    asked = {"meeting": str(talk), "day": "2027-03-04", "time": "14:00", "room": ""}

    response = await visitor.client.post(
        "/api/board/move",
        json={**asked, "revision": "1", "key": "k"},
        headers={"X-CSRF": page.value("csrf")},
    )
    answer = await response.json()

    assert (response.status, answer["rule"]) == (409, "R8")
    why = await visitor.open(str(answer["why"]))
    assert (why.status, why.has("//*[@data-rule='R8']")) == (200, True)
    way = next(one["href"] for one in answer["alternatives"] if "acquaintance" in one["href"])
    form = await visitor.open(way)
    assert form.has("//select[@name='kind']/option[@value='acquaintance'][@selected]")
    page = await visitor.press("//*[@id='book']")
    assert (page.status, page.problem) == (200, "")
    assert (await visitor.open(f"/meetings/{talk}")).has("//*[@id='move']")  # it stays as it is


async def test_drag_into_a_room_that_is_too_small_springs_back_with_times_that_fit(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach, parts = await sqlite_house.coach(), sqlite_house.parts
    where = {"address": "Plein 1, Utrecht", "route": "Boven.", "phone": "030 123 45 67"}
    place = await add_place(parts, name="Werkplein Zuid", **where)
    small = await add_room(parts, place, name="Spreekkamer", seats=2)
    large = await add_room(parts, place, name="Overleg", seats=3)
    await sqlite_house.works(coach, large)
    trajectory = await sqlite_house.acquainted(coach)
    talk = await sqlite_house.book(
        trajectory, "2027-03-03T14:00", kind=MeetingKind.THREE_WAY, mode=Mode.OFFLINE, room=large
    )
    await visitor.sign_in(await sqlite_house.planner())
    page = await visitor.open("/planner")
    asked = {"meeting": str(talk.meeting), "day": "2027-03-04", "time": "10:00"}

    response = await visitor.client.post(
        "/api/board/move",
        json={**asked, "room": str(small), "revision": "1", "key": "k"},
        headers={"X-CSRF": page.value("csrf")},
    )
    answer = await response.json()

    assert (response.status, answer["code"]) == (422, "room_too_small")
    ways = [one["href"] for one in answer["alternatives"]]  # rooms that fit then, and other times
    page = await visitor.open(next(way for way in ways if str(large) in way))
    assert page.has(f"//select[@name='room']//option[@value='{large}'][@selected]")


async def test_candidate_reads_why_in_plain_words_without_the_number_of_a_rule(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    talk, first = await _talk_after_acquaintance(sqlite_house, clock)
    page = await visitor.open(f"/j/{await link_of(visitor.parts, talk)}/times")
    await _close(sqlite_house, first, MeetingStatus.MISSED)
    visitor.seen = page

    page = await visitor.press("//button[@name='offer'][1]")

    assert (page.status, page.problem) == (409, "refused_by_rule")
    said = page.text("//*[@id='problem']//details")
    assert said.startswith("Waarom?")
    assert "Bel ons" in said
    assert "R8" not in page.text()
