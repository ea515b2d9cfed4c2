"""Getting in over the real application, without script: the code, the test's page, another app."""

import json
from dataclasses import replace
from datetime import date

import pytest

from server.app import build_app
from server.usecases.context import MeetingId, Parts, StaffActor
from signaling.ice import turn_login
from tests.conftest import Clock
from tests.contract.test_camera_waiver import waive
from tests.house_of_people import House
from tests.visitor import Seen, Visitor, link_of

pytestmark = pytest.mark.wire

_FACEBOOK = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 Version/4.0 Chrome/126.0 "
    "Mobile Safari/537.36 [FB_IAB/FB4A;FBAV/470.0]"
)
_IPHONE_APP = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605 Mobile/15E148"


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def a_talk(house: House, coach: StaffActor) -> tuple[MeetingId, str]:
    """A talk that begins ten minutes from now, so that its room is open."""
    booked = await house.book(await house.acquainted(coach), "2027-03-01T09:10")
    return booked.meeting, f"/j/{await link_of(house.parts, booked.meeting)}"


async def test_code_made_on_one_device_opens_the_appointment_on_another(
    visitor: Visitor, sqlite_house: House
) -> None:
    _, link = await a_talk(sqlite_house, await sqlite_house.coach())
    await visitor.open(f"{link}/elsewhere")
    page = await visitor.press("//*[@id='make-code']")
    code = page.text("//*[@id='code-shown']")

    visitor.forget()
    await visitor.open("/")
    page = await visitor.press("//form[@action='/code']//button", code=code.lower())

    assert page.path == link
    assert page.has("//*[@data-state='open']")


async def test_wrong_code_says_so_at_the_field_and_keeps_what_was_typed(visitor: Visitor) -> None:
    await visitor.open("/")

    page = await visitor.press("//form[@action='/code']//button", code="wrong <b>")

    assert (page.status, page.problem) == (422, "code_wrong")
    assert page.value("code") == "wrong <b>"
    assert page.has("//input[@id='code'][@aria-invalid='true']")


@pytest.mark.parametrize(("agent", "intent"), [(_FACEBOOK, True), (_IPHONE_APP, False)])
async def test_link_inside_another_app_leads_out(
    visitor: Visitor, sqlite_house: House, agent: str, *, intent: bool
) -> None:
    _, link = await a_talk(sqlite_house, await sqlite_house.coach())
    visitor.client.session.headers["User-Agent"] = agent

    page = await visitor.open(link)
    assert page.has("//*[@id='lead-out']")
    assert len(page.document.xpath("//*[contains(@class,'--primary-action')]")) == 1

    page = await visitor.open(f"{link}/elsewhere")
    assert page.has("//a[starts-with(@href,'intent://')]") is intent
    assert page.has("//ol[@class='steps']") is not intent
    assert len(page.document.xpath("//*[contains(@class,'--primary-action')]")) == 1


async def test_usual_browser_is_not_led_out(visitor: Visitor, sqlite_house: House) -> None:
    _, link = await a_talk(sqlite_house, await sqlite_house.coach())

    page = await visitor.open(link)

    assert not page.has("//*[@id='lead-out']")
    assert page.has("//*[@id='try-out']")


async def test_browser_without_script_asks_for_help_and_the_planner_reads_why(
    visitor: Visitor, sqlite_house: House
) -> None:
    _, link = await a_talk(sqlite_house, await sqlite_house.coach())
    page = await visitor.open(f"{link}/test")
    assert "camera=(self)" in page.headers["Permissions-Policy"]

    page = await visitor.press("//noscript//button")

    assert page.path == f"{link}/test"
    assert page.has("//noscript//*[@role='status']")
    visitor.forget()
    await visitor.sign_in(await sqlite_house.planner())
    page = await visitor.open("/attention")
    assert "NO_SCRIPT" in page.text()


@pytest.mark.parametrize("waived", [True, False])
async def test_test_before_a_talk_asks_no_camera_of_whoever_needs_none(
    visitor: Visitor, sqlite_house: House, *, waived: bool
) -> None:
    coach = await sqlite_house.coach()
    trajectory = await sqlite_house.acquainted(coach)
    if waived:
        await waive(sqlite_house.parts, coach, trajectory, date(2027, 3, 3))
    booked = await sqlite_house.book(trajectory, "2027-03-01T09:10")

    page = await visitor.open(f"/j/{await link_of(sqlite_house.parts, booked.meeting)}/test")

    facts = json.loads(page.text("//*[@id='test-facts']"))
    assert facts["has_camera_waiver"] is waived
    asked = page.text("//*[@id='turn-on']")
    assert asked == ("Microfoon aanzetten" if waived else "Camera en microfoon aanzetten")


async def test_pass_is_remembered_on_this_device_only(
    visitor: Visitor, sqlite_house: House
) -> None:
    _, link = await a_talk(sqlite_house, await sqlite_house.coach())
    page = await visitor.open(f"{link}/test")
    csrf = page.value("csrf")

    done = await visitor.post(f"{link}/test", f"csrf={csrf}&verdict=", allow_redirects=False)

    assert done.status == 303
    page = await visitor.open(link)
    assert "Dit apparaat werkt" in page.text("//*[@id='try-out']")
    visitor.forget()
    page = await visitor.open(link)
    assert "Dit apparaat werkt" not in page.text("//*[@id='try-out']")


async def test_coach_and_planner_read_what_is_in_the_way_at_the_door(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    meeting, link = await a_talk(sqlite_house, coach)
    await visitor.open(link)
    await visitor.press("//*[@id='join']/..//button")
    page = await visitor.open(f"/talk/{meeting}")
    csrf = _csrf_of(page)

    told = await visitor.client.post(
        "/api/verdict",
        json={"meeting": str(meeting), "verdict": "BROWSER_BLOCKED"},
        headers={"X-CSRF": csrf},
    )

    assert told.status == 200
    visitor.forget()
    await visitor.sign_in(coach)
    assert "BROWSER_BLOCKED" in (await visitor.open("/today")).text("//*[@class='next__trouble']")
    news = await (await visitor.client.get(f"/talk/{meeting}/waiting?as=coach")).json()
    assert "BROWSER_BLOCKED" in news["trouble"]


async def test_coach_is_late_and_the_candidate_reads_until_when(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    coach = await sqlite_house.coach()
    meeting, link = await a_talk(sqlite_house, coach)
    await visitor.sign_in(coach)
    await visitor.open("/today")

    page = await visitor.press(f"//*[@id='late-{meeting}-10']")

    assert page.path == "/today"
    assert "Verstuurd" in await _waiting_news(visitor, f"{meeting}/waiting?as=coach")
    visitor.forget()
    await visitor.open(link)
    await visitor.press("//*[@id='join']/..//button")
    page = await visitor.open(f"/talk/{meeting}")
    assert "9.20" in await _waiting_news(visitor, f"{meeting}/waiting")
    for csrf, status in (("", 403), (_csrf_of(page), 200)):
        read = await visitor.post(f"/talk/{meeting}/waiting", f"csrf={csrf}")
        assert read.status == status
    visitor.forget()
    await visitor.sign_in(coach)
    assert "leest nu" in await _waiting_news(visitor, f"{meeting}/waiting?as=coach")
    await visitor.open("/today")
    await visitor.press(f"//*[@id='late-{meeting}-10']")  # the same word, told once more
    assert "Verstuurd" in await _waiting_news(visitor, f"{meeting}/waiting?as=coach")


async def _waiting_news(visitor: Visitor, path: str) -> str:
    news = await (await visitor.client.get(f"/talk/{path}")).json()
    assert news["trouble"] == ""
    return str(news["text"])


def _csrf_of(page: Seen) -> str:
    return page.text("//script[@id='call-facts']").split('"csrf": "')[1].split('"')[0]


async def test_code_for_another_device_is_there_from_within_the_call_page(
    visitor: Visitor, sqlite_house: House
) -> None:
    meeting, link = await a_talk(sqlite_house, await sqlite_house.coach())
    stranger = await visitor.open(f"/talk/{meeting}/elsewhere")
    assert stranger.status == 403
    await visitor.open(link)
    await visitor.press("//*[@id='join']/..//button")
    await visitor.open(f"/talk/{meeting}/elsewhere")

    code = (await visitor.press("//*[@id='make-code']")).text("//*[@id='code-shown']")

    visitor.forget()
    await visitor.open("/")
    page = await visitor.press("//form[@action='/code']//button", code=code)
    assert page.path == link


async def test_relay_is_tried_with_a_login_of_a_minute_and_not_without_end(
    aiohttp_client: object, sqlite_parts: Parts, sqlite_house: House, clock: Clock
) -> None:
    settings = replace(
        sqlite_parts.settings, turn_urls=("turn:turn.example.nl:3478",), turn_secret="made up"
    )
    parts = replace(sqlite_parts, settings=settings)
    visitor = Visitor(await aiohttp_client(build_app(parts)))  # type: ignore[operator]  # the fixture is untyped
    meeting, link = await a_talk(sqlite_house, await sqlite_house.coach())
    page = await visitor.open(f"{link}/test")
    body = f"csrf={page.value('csrf')}"

    (server,) = (await (await visitor.post(f"{link}/test/relay", body)).json())["ice_servers"]

    ends, name = server["username"].split(":")
    assert int(ends) - clock().timestamp() == 60
    assert str(meeting) not in name
    assert turn_login("made up", name, int(ends)) == (server["username"], server["credential"])
    again = [(await visitor.post(f"{link}/test/relay", body)).status for _ in range(10)]
    assert again == [200] * 9 + [503]
    assert (await visitor.post("/j/nobody/test/relay", body)).status == 404
    clock.forward(hours=4)
    assert (await visitor.post(f"{link}/test/relay", body)).status == 404  # the talk is over


async def test_without_a_relay_there_is_nothing_to_try(
    visitor: Visitor, sqlite_house: House
) -> None:
    _, link = await a_talk(sqlite_house, await sqlite_house.coach())
    page = await visitor.open(f"{link}/test")

    answer = await visitor.post(f"{link}/test/relay", f"csrf={page.value('csrf')}")

    assert await answer.json() == {"ice_servers": []}
