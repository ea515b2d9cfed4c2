"""The next talk, agreed in the talk: the coach takes a free time, the candidate reads it."""

from dataclasses import dataclass

import pytest

from coaching.words import TrajectoryState
from server.app import build_app
from server.usecases.context import MeetingId, Parts, StaffActor
from server.usecases.guiding import set_state
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import Visitor, link_of
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.wire

PICKS = "//form[@data-hold]//button"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A talk that is going on, seen by its coach."""

    visitor: Visitor
    coach: StaffActor
    meeting: MeetingId
    tasks: str


@pytest.fixture
async def talk(
    aiohttp_client: object, sqlite_parts: Parts, sqlite_house: House, clock: Clock
) -> Running:
    coach = await sqlite_house.coach()
    await sqlite_house.works(coach)
    booked = await sqlite_house.book(await sqlite_house.acquainted(coach), "2027-03-03T14:00")
    clock.set("2027-03-03T14:30")
    visitor = Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped
    await visitor.sign_in(coach)
    tasks = f"/talk/{booked.meeting}/tasks?as=coach"
    return Running(visitor=visitor, coach=coach, meeting=booked.meeting, tasks=tasks)


async def test_coach_takes_a_time_and_the_candidate_reads_it(talk: Running) -> None:
    page = await talk.visitor.open(talk.tasks)
    assert page.has("//*[@id='tasks-body'][@data-wants-next]")
    page = await talk.visitor.open(f"{talk.tasks}&next=choose")
    days = {one.text_content().split(",")[0] for one in page.document.xpath(PICKS)}
    assert len(days) > 2  # not twelve times of one morning
    first = page.document.xpath(f"({PICKS})[1]//*[@class='pick__time']")[0].text_content()

    page = await talk.visitor.press(f"({PICKS})[1]")

    assert not page.problem
    assert page.text("//*[@id='next-date']//strong").split(",")[0] in first
    assert page.has("//*[@id='tasks-body'][@data-wants-next]")  # the step is not fixed yet
    page = await talk.visitor.press("//button[@value='next_step']", next_step="Bel de school")
    assert not page.has("//*[@id='tasks-body'][@data-wants-next]")

    talk.visitor.forget()
    await talk.visitor.open(f"/j/{await link_of(talk.visitor.parts, talk.meeting)}")
    await talk.visitor.press("//button[@id='join']")
    page = await talk.visitor.open(f"/talk/{talk.meeting}/tasks")
    assert "Bel de school" in page.text("//*[@id='next-step']")
    assert "Ons volgende gesprekwoensdag 10 maart" in page.text("//*[@id='next-date']")
    assert ", video" in page.text("//*[@id='next-date']")
    assert not page.has("//*[@id='plan-next']")


async def test_time_that_was_taken_just_now_comes_back_with_others(
    talk: Running, sqlite_house: House
) -> None:
    page = await talk.visitor.open(f"{talk.tasks}&next=choose")
    offer = str(page.document.xpath(f"({PICKS})[1]/@value")[0])
    other = await sqlite_house.acquainted(talk.coach)
    await sqlite_house.book(other, offer.split("~")[1])

    page = await talk.visitor.press(f"({PICKS})[1]")

    assert (page.status, page.problem) == (409, "coach_taken")
    assert offer not in page.document.xpath(f"{PICKS}/@value")
    assert page.has(PICKS)


@pytest.mark.parametrize(
    "offer",
    ["", "x", "video~", "phone~2027-03-12T10:00~", "video~2027-03-12T10:00+01:00~", "video~x~y"],
)
async def test_offer_that_was_never_made_books_nothing(talk: Running, offer: str) -> None:
    page = await talk.visitor.open(f"{talk.tasks}&next=choose")
    body = f"csrf={page.value('csrf')}&key=k&do=next_date&offer={offer.replace('+', '%2B')}"

    answer = await talk.visitor.post(talk.tasks, body)

    assert answer.status == 422
    assert "choice_bad" in await answer.text() or not offer


async def test_page_of_a_held_talk_leads_to_booking_the_next_one(talk: Running) -> None:
    await talk.visitor.open(f"/meetings/{talk.meeting}")
    await talk.visitor.press("//button[@name='outcome'][@value='held']")

    page = await talk.visitor.open(f"/meetings/{talk.meeting}")
    page = await talk.visitor.open(str(page.document.xpath("//*[@id='plan-next']/@href")[0]))

    assert page.has("//form[@action='/meetings/new']")


async def test_no_next_talk_has_a_reason_and_can_be_taken_back(talk: Running) -> None:
    await talk.visitor.open(f"{talk.tasks}&next=choose")

    page = await talk.visitor.press("//button[@value='ends']")

    assert "De begeleiding stopt" in page.text("//*[@id='next-date']")
    assert not page.has("//*[@id='tasks-body'][@data-wants-next]")
    page = await talk.visitor.press("//*[@id='next-after-all']")
    assert page.has("//*[@id='plan-next']")


async def test_candidate_books_nothing_and_sees_no_times(talk: Running) -> None:
    talk.visitor.forget()
    await talk.visitor.open(f"/j/{await link_of(talk.visitor.parts, talk.meeting)}")
    await talk.visitor.press("//button[@id='join']")

    page = await talk.visitor.open(f"/talk/{talk.meeting}/tasks?next=choose")

    assert not page.has(PICKS)


async def test_time_that_a_rule_refuses_says_why_and_what_is_possible(
    talk: Running, sqlite_house: House
) -> None:
    """While the coach chose, the planner paused the guidance."""
    await talk.visitor.open(f"{talk.tasks}&next=choose")
    parts, planner = talk.visitor.parts, await sqlite_house.planner()
    (row,) = await rows(parts, "meeting", id=talk.meeting)
    await set_state(
        parts,
        planner,
        row["trajectory_id"],
        TrajectoryState.PAUSED,
        key="p",
        now=parts.now(),
    )

    page = await talk.visitor.press(f"({PICKS})[1]")

    assert (page.status, page.problem) == (409, "refused_by_rule")
    assert page.has("//*[@id='problem']//details[@class='why']//*[@data-rule='R29']")
    assert "Bellen" in page.text("//*[@id='problem']//details")
