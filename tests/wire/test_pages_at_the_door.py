"""What people read when a video talk may not be yet, and before a guidance ends."""

from uuid import uuid4

import pytest

from coaching.words import MeetingStatus, Mode
from server.app import build_app
from server.usecases.booking import record_outcome
from server.usecases.context import Parts
from tests.conftest import Clock
from tests.contract.test_too_early import planned
from tests.house_of_people import House
from tests.visitor import Visitor, link_of

pytestmark = pytest.mark.wire


async def test_who_did_not_meet_reads_a_number_and_the_coach_an_action(
    aiohttp_client: object, sqlite_parts: Parts, sqlite_house: House, clock: Clock
) -> None:
    app = build_app(sqlite_parts)
    guest = Visitor(await aiohttp_client(app))  # type: ignore[operator]  # the fixture is untyped
    coach = await sqlite_house.coach()
    _, first, video = await planned(sqlite_house, coach)
    now = clock.set("2027-03-03T11:00")
    missed = MeetingStatus.MISSED
    await record_outcome(sqlite_parts, coach, first, missed, key=uuid4().hex, now=now)
    clock.set("2027-03-10T13:58")

    await guest.open(f"/j/{await link_of(sqlite_parts, video)}")
    read = await guest.press()

    assert read.has("//a[starts-with(@href, 'tel:')]")
    assert not read.has("//*[@id='call-facts']")
    assert not read.has("//main//a[starts-with(@href, '/meetings/')]")
    assert "leert u uw coach het beste kennen" in read.text("//details[@class='why']")
    assert "R8" not in read.text()

    await guest.sign_in(coach)
    own = await guest.open(f"/talk/{video}?as=coach")

    assert own.has(f"//main//a[@href='/meetings/{video}#move']")
    assert "kennismaking" in own.text()
    assert own.has("//details[@class='why']//*[@data-rule='R8']")
    assert "Bellen" in own.text("//details[@class='why']")
    today = await guest.open("/today")
    assert "wilde in het videogesprek" in today.text("//body")


async def test_the_end_of_a_guidance_says_what_is_called_off(
    aiohttp_client: object, sqlite_parts: Parts, sqlite_house: House
) -> None:
    visitor = Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped
    coach = await sqlite_house.coach()
    candidate = await sqlite_house.candidate()
    trajectory = await sqlite_house.acquainted(coach, candidate)
    await sqlite_house.book(trajectory, "2027-03-03T14:00")
    await sqlite_house.book(trajectory, "2027-03-04T14:00", mode=Mode.PHONE)
    await visitor.sign_in(coach)

    before = await visitor.open(f"/candidates/{candidate}")
    assert before.has("//*[@data-to-come='2']")
    await visitor.press("//button[@name='state' and @value='ended']")

    after = await visitor.open(f"/candidates/{candidate}")
    assert not after.has("//*[@data-to-come]")
