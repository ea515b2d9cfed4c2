"""A face, a kept line and the page of counts, over the real application and without script."""

from urllib.parse import urlencode

import pytest

from coaching.line_quality import Stretch
from coaching.words import Role
from server.app import build_app
from server.usecases.context import Parts
from server.usecases.kept_lines import want_line
from server.usecases.line_quality import count_stretch
from tests.conftest import Clock
from tests.contract.test_met_first import guest_of
from tests.house_of_people import House
from tests.visitor import Visitor, link_of

pytestmark = pytest.mark.wire


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def test_candidate_says_how_it_was_and_coach_reads_it(
    visitor: Visitor, sqlite_parts: Parts, sqlite_house: House, clock: Clock
) -> None:
    coach = await sqlite_house.coach()
    booked = await sqlite_house.book(await sqlite_house.acquainted(coach), "2027-03-01T09:10")
    done = f"/talk/{booked.meeting}/done"
    await visitor.open(f"/j/{await link_of(sqlite_parts, booked.meeting)}")
    await visitor.press("//main//form[contains(@action, '/j/')]//button")
    clock.set("2027-03-01T09:40")
    await visitor.open(done)
    page = await visitor.press("//form[@id='mood-end']//button[@value='so_so']")
    assert page.path == done
    assert page.has("//form[@id='mood-end']//button[@value='so_so'][@aria-pressed='true']")
    assert "Dank u wel" in page.text("//form[@id='mood-end']")

    visitor.forget()
    await visitor.sign_in(coach)
    page = await visitor.open(f"{done}?as=coach")
    assert "Gaat wel" in page.text("//*[@id='moods']")
    page = await visitor.open(f"/meetings/{booked.meeting}")
    assert "Gaat wel" in page.text("//*[@id='moods']")

    visitor.forget()
    await visitor.sign_in(await sqlite_house.planner())
    page = await visitor.open(f"/meetings/{booked.meeting}")
    assert not page.has("//*[@id='moods']")
    page = await visitor.open("/on-time?days=7")
    assert page.status == 200
    assert page.has("//dd[@id='missed'][text()='0']")


async def test_candidate_reads_what_both_kept_by_the_link_when_the_session_is_over(
    visitor: Visitor, sqlite_parts: Parts, sqlite_house: House, clock: Clock
) -> None:
    coach = await sqlite_house.coach()
    talk = (
        await sqlite_house.book(await sqlite_house.acquainted(coach), "2027-03-01T09:10")
    ).meeting
    for one in (coach, await guest_of(sqlite_parts, talk)):
        await want_line(sqlite_parts, one, talk, "Ik bel <u>", now=sqlite_parts.now())
    clock.forward(days=2)

    page = await visitor.open(f"/j/{await link_of(sqlite_parts, talk)}")

    assert page.text("//*[@id='kept']//li") == "Ik bel <u>"


async def test_a_bad_face_and_a_bad_line_are_one_sentence_with_a_code(
    visitor: Visitor, sqlite_parts: Parts, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    booked = await sqlite_house.book(await sqlite_house.acquainted(coach), "2027-03-01T09:10")
    await visitor.sign_in(coach)
    page = await visitor.open(f"/talk/{booked.meeting}/done?as=coach")
    csrf = page.value("csrf")

    for path, fields, code in (
        ("mood", {"mood": "angry"}, "choice_bad"),
        ("mood", {"mood": "good"}, "candidate_only"),
        ("agreed", {"text": ""}, "line_bad"),
        ("agreed", {"text": "x" * 5_000}, "line_bad"),
    ):
        body = urlencode({"csrf": csrf, **fields})
        answer = await visitor.post(f"/talk/{booked.meeting}/{path}?as=coach", body)
        assert 400 <= answer.status < 500
        assert code in await answer.text()

    refused = await visitor.post(f"/talk/{booked.meeting}/agreed?as=coach", "text=Hoi")
    assert refused.status == 403


async def test_coach_and_planner_read_how_the_line_was_and_the_candidate_does_not(
    visitor: Visitor, sqlite_parts: Parts, sqlite_house: House, clock: Clock
) -> None:
    coach = await sqlite_house.coach()
    booked = await sqlite_house.book(await sqlite_house.acquainted(coach), "2027-03-01T09:10")
    bad = Stretch(lost_permille=500, rtt_ms=None, kbps=90, height=None)
    await count_stretch(sqlite_parts, booked.meeting, Role.CANDIDATE, bad, relayed=True)
    done = f"/talk/{booked.meeting}/done"
    await visitor.open(f"/j/{await link_of(sqlite_parts, booked.meeting)}")
    await visitor.press("//main//form[contains(@action, '/j/')]//button")
    clock.set("2027-03-01T09:40")
    page = await visitor.open(done)
    assert page.status == 200
    assert not page.has("//*[@id='line']")

    for who, paths in (
        (coach, (f"{done}?as=coach", f"/meetings/{booked.meeting}")),
        (await sqlite_house.planner(), (f"/meetings/{booked.meeting}",)),
    ):
        visitor.forget()
        await visitor.sign_in(who)
        for path in paths:
            page = await visitor.open(path)
            assert "Bij de kandidaat: vaak slecht" in page.text("//*[@id='line']")
