"""The pages of the blend as staff use them, without script, over the real application."""

from datetime import time
from uuid import uuid4

import pytest
from sqlalchemy import select

from coaching.words import MeetingStatus, Mode, Skill, StaffRole
from server.app import build_app
from server.store import meetings
from server.store.schema import candidate, coach_hours, meeting, place
from server.usecases.availability import HoursLine, save_hours
from server.usecases.booking import record_outcome
from server.usecases.context import MeetingId, Parts, PlaceId, StaffId
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import Visitor

pytestmark = pytest.mark.wire


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def _start_of(parts: Parts, wanted: MeetingId) -> str:
    async with parts.database.read() as tx:
        query = select(meeting.c.local_start).where(meeting.c.id == wanted)
        return str((await tx.execute(query)).scalar_one())


async def _drag(visitor: Visitor, asked: dict[str, str]) -> tuple[int, dict[str, object]]:
    page = await visitor.open("/planner")
    response = await visitor.client.post(
        "/api/board/move", json=asked, headers={"X-CSRF": page.value("csrf")}
    )
    return response.status, await response.json()


async def test_drag_to_a_free_time_moves_the_meeting_once(
    visitor: Visitor, sqlite_house: House
) -> None:
    trajectory = await sqlite_house.acquainted(await sqlite_house.coach())
    talk = (await sqlite_house.book(trajectory, "2027-03-03T14:00")).meeting
    await visitor.sign_in(await sqlite_house.planner())
    asked = {"meeting": str(talk), "day": "2027-03-04", "time": "09:30", "room": ""}
    asked |= {"revision": "1", "key": uuid4().hex}

    first = await _drag(visitor, asked)
    again = await _drag(visitor, asked)
    other = await _drag(visitor, {**asked, "time": "11:00", "key": uuid4().hex})

    assert [first[0], again[0], other[0]] == [200, 200, 409]
    assert (first[1]["revision"], again[1]["revision"]) == (2, 2)
    assert other[1]["code"] == "stale"
    assert await _start_of(visitor.parts, talk) == "2027-03-04T09:30"


async def _close(parts: Parts, house: House, found: MeetingId, outcome: MeetingStatus) -> None:
    key = uuid4().hex
    await record_outcome(parts, await house.planner(), found, outcome, key=key, now=parts.now())


@pytest.mark.parametrize(
    "wrong",
    [{"meeting": "x"}, {"day": "morgen"}, {"revision": "-1"}, {"room": "x"}, {"key": ""}],
    ids=str,
)
async def test_drag_with_a_field_that_cannot_be_read_is_refused_as_json(
    visitor: Visitor, sqlite_house: House, wrong: dict[str, str]
) -> None:
    trajectory = await sqlite_house.acquainted(await sqlite_house.coach())
    talk = (await sqlite_house.book(trajectory, "2027-03-03T14:00")).meeting
    await visitor.sign_in(await sqlite_house.planner())
    good = {"meeting": str(talk), "day": "2027-03-04", "time": "10:00", "room": ""}

    status, answer = await _drag(visitor, {**good, "revision": "1", "key": "k", **wrong})

    assert (status, bool(answer["text"])) == (422, True)
    assert await _start_of(visitor.parts, talk) == "2027-03-03T14:00"


async def test_board_stands_beside_the_list_that_works_without_script(
    visitor: Visitor, sqlite_house: House
) -> None:
    name = "</script><b>Jan & Co"
    trajectory = await sqlite_house.acquainted(
        await sqlite_house.coach(), await sqlite_house.candidate(name=name)
    )
    await sqlite_house.book(trajectory, "2027-03-03T14:00")
    await visitor.sign_in(await sqlite_house.planner())

    page = await visitor.open("/planner?week=2027-W09&view=board")

    facts = page.document.xpath("//*[@id='board-facts']")[0].text
    assert "\\u003c/script\\u003e" in facts
    assert page.has("//*[@id='board'][@hidden]")
    assert name in page.document.xpath("//*[@id='week-list']")[0].text_content()


async def test_coach_writes_down_a_week_and_gets_it_back(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    await visitor.sign_in(coach)
    page = await visitor.open("/availability")
    assert page.path == f"/availability/coaches/{coach.id}"

    page = await visitor.press(
        "//*[@id='save-hours']",
        opens_0_0="09:00",
        closes_0_0="12:30",
        opens_0_1="19:00",
        closes_0_1="21:00",
        talks_a_day="5",
    )

    assert (page.status, page.problem) == (200, "")
    assert (page.value("opens_0_1"), page.value("talks_a_day")) == ("19:00", "5")
    async with visitor.parts.database.read() as tx:
        kept = await tx.execute(select(coach_hours.c.opens, coach_hours.c.closes))
        assert sorted(kept.all()) == [("09:00", "12:30"), ("19:00", "21:00")]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"opens_0_0": "12:00", "closes_0_0": "09:00"}, "hours_contradict"),
        ({"opens_0_0": "12:00"}, "field_missing"),
        ({"opens_0_0": "noon", "closes_0_0": "13:00"}, "time_bad"),
        ({"before_minutes": "900"}, "minutes_bad"),
        ({"talks_a_day": "0"}, "talks_a_day_bad"),
        ({"lines_0": "9999"}, "number_bad"),
    ],
    ids=str,
)
async def test_week_that_cannot_be_comes_back_filled_in(
    visitor: Visitor, sqlite_house: House, fields: dict[str, str], code: str
) -> None:
    coach = await sqlite_house.coach()
    await visitor.sign_in(coach)
    await visitor.open(f"/availability/coaches/{coach.id}")

    page = await visitor.press("//*[@id='save-hours']", **fields)

    assert (page.status, page.problem) == (422, code)
    async with visitor.parts.database.read() as tx:
        assert (await tx.execute(select(coach_hours.c.id))).all() == []


async def test_absence_says_how_many_meetings_lie_in_it(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    trajectory = await sqlite_house.acquainted(coach)
    await sqlite_house.book(trajectory, "2027-03-03T14:00")
    await visitor.sign_in(await sqlite_house.planner())
    await visitor.open(f"/availability/coaches/{coach.id}")

    page = await visitor.press(
        "//*[@id='add-absence']", from_day="2027-03-02", until_day="2027-03-03"
    )

    assert "Er valt 1 gesprek in" in page.text("//*[@role='status']")
    assert "di 2 mrt 2027 – wo 3 mrt 2027" in page.text("//ul[contains(@class, 'listing')]")
    page = await visitor.open("/attention")
    assert "afwezigheid" in page.text("//ul[contains(@class, 'todos')]")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"lower_percent": "90"}, "settings_contradict"),
        ({"starts_on": "2027-03-01"}, "starts_too_early"),
        ({"upper_percent": "veel"}, "number_bad"),
    ],
    ids=str,
)
async def test_numbers_that_contradict_each_other_are_refused(
    visitor: Visitor, sqlite_house: House, fields: dict[str, str], code: str
) -> None:
    await visitor.sign_in(await sqlite_house.staff(StaffRole.ADMIN))
    await visitor.open("/settings")

    page = await visitor.press("//*[@id='preview']", **fields)

    assert (page.status, page.problem) == (422, code)


async def test_exception_for_two_waits_for_somebody_else(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    person = await sqlite_house.candidate()
    await sqlite_house.trajectory(coach, person)
    await visitor.sign_in(coach)
    await visitor.open(f"/exceptions/new?candidate={person}&rule=R9")
    page = await visitor.press("//*[@id='ask']", reason="Woont ver weg", code="distance")
    assert "Wacht op tweede persoon" in page.text()

    page = await visitor.press("//form[contains(@action, '/confirm')]//button")
    assert (page.status, page.problem) == (409, "same_person")
    visitor.forget()
    await visitor.sign_in(await sqlite_house.planner())
    page = await visitor.open("/attention")
    assert "tweede persoon" in page.text("//ul[contains(@class, 'todos')]")
    await visitor.open("/exceptions")
    page = await visitor.press("//form[contains(@action, '/confirm')]//button")

    assert "Geldt nu" in page.text()


async def test_taken_time_leads_to_free_times_that_fill_the_form(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach, person = await sqlite_house.coach(), await sqlite_house.candidate()
    await sqlite_house.works(coach)
    trajectory = await sqlite_house.acquainted(coach, person)
    other = await sqlite_house.acquainted(coach)
    await sqlite_house.book(other, "2027-03-03T09:00", mode=Mode.PHONE)
    await visitor.sign_in(await sqlite_house.planner())
    await visitor.open(f"/meetings/new?candidate={person}")
    taken = {"mode": "phone", "day": "2027-03-03", "time": "09:00", "minutes": "45", "room": ""}

    page = await visitor.press("//button[@id='book']", **taken, office_reason="Dicht bij huis")
    assert page.problem == "coach_taken"
    page = await visitor.press("//button[@id='look']")
    first = page.text("(//form[@id='free-times']//button[@name='fill'])[1]")
    page = await visitor.press("(//form[@id='free-times']//button[@name='fill'])[1]")
    assert page.value("office_reason") == "Dicht bij huis"
    page = await visitor.press("//button[@id='book']")

    assert "woensdag 3 maart, 09.45" in first
    assert page.status == 200
    async with visitor.parts.database.read() as tx:
        assert len(await meetings.meetings_of_trajectories(tx, [trajectory])) == 2


async def test_observation_of_much_help_offers_times_and_a_proposal_that_the_coach_takes_over(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    coach = await sqlite_house.coach()
    person = await sqlite_house.candidate()
    trajectory = await sqlite_house.acquainted(coach, person)
    talk = (await sqlite_house.book(trajectory, "2027-03-01T09:10")).meeting
    clock.set("2027-03-01T09:40")
    await visitor.sign_in(coach)
    await visitor.open(f"/meetings/{talk}")

    page = await visitor.press("//button[@value='much_help']")
    assert page.has("//button[@value='much_help'][@aria-pressed='true']")
    await visitor.open(f"/candidates/{person}")
    await visitor.press("//button[@value='accept']")

    async with visitor.parts.database.read() as tx:
        level = await tx.scalar(select(candidate.c.skill).where(candidate.c.id == person))
    assert level == Skill.LESS


async def test_coach_pauses_a_guidance_and_lets_it_go_on(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    person = await sqlite_house.candidate()
    await sqlite_house.acquainted(coach, person)
    await visitor.sign_in(coach)
    await visitor.open(f"/candidates/{person}")
    page = await visitor.press("//button[@name='state'][@value='paused']")
    assert not page.has("//button[@value='restricted']")
    assert not page.has("//button[@value='paused']")

    page = await visitor.press("//button[@name='state'][@value='active']")

    assert page.has("//button[@name='state'][@value='paused']")
    page = await visitor.press(
        "//form[contains(@action, '/support')]//button", profile="extra", cadence_days="900"
    )
    assert (page.status, page.problem) == (422, "cadence_bad")


async def test_hand_over_tells_what_became_of_the_meetings(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach, other = await sqlite_house.coach(), await sqlite_house.coach()
    person = await sqlite_house.candidate()
    trajectory = await sqlite_house.acquainted(coach, person)
    await sqlite_house.book(trajectory, "2027-03-03T14:00")
    await visitor.sign_in(await sqlite_house.planner())
    await visitor.open(f"/candidates/{person}")

    page = await visitor.press(
        "//form[contains(@action, '/hand-over')]//button", new_coach=str(other.id)
    )

    assert other.name in page.text()
    assert "niet meegingen: 1" in page.text()
    page = await visitor.open(f"/candidates/{person}")
    assert other.name in page.text()
    page = await visitor.press(
        "//form[contains(@action, '/hand-over')]//button", new_coach=str(coach.id)
    )
    assert (page.status, page.problem) == (409, "handover_cycle")
    assert page.text("//*[@id='problem']")


async def test_planner_plans_a_whole_guidance_and_books_it_in_one_step(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    person = await sqlite_house.candidate()
    await sqlite_house.trajectory(coach, person)
    await _works_everywhere(sqlite_house, StaffId(coach.id))
    await visitor.sign_in(await sqlite_house.planner())
    page = await visitor.open(f"/candidates/{person}/plan")
    assert page.has("//*[@id='how']//input[@name='how'][@required]")
    page = await visitor.press("//*[@id='propose']", weeks="20", how="either")
    assert not page.has("//*[@id='plan-remarks']//*[contains(text(), 'R18')]")
    count = int(page.value("count"))
    assert (count, page.value("kind_0")) >= (1, "acquaintance")

    page = await visitor.press("//*[@id='book-plan']")

    assert page.path == f"/candidates/{person}"
    assert f"{count} gesprekken" in page.text("//*[@role='status']")
    page = await visitor.open(f"/candidates/{person}/plan")
    assert "maakt niet uit" in page.text("//*[@id='how']")


async def _works_everywhere(house: House, coach: StaffId) -> None:
    """Working days from nine to five, at a place with a room."""
    await house.room()
    async with house.parts.database.read() as tx:
        places = (await tx.execute(select(place.c.id))).scalars().all()
    await save_hours(
        house.parts,
        await house.planner(),
        coach,
        [
            HoursLine(weekday=day, opens=time(9), closes=time(17), place=PlaceId(places[0]))
            for day in range(5)
        ],
        before_minutes=0,
        after_minutes=0,
        talks_a_day=None,
        key=uuid4().hex,
        now=house.parts.now(),
    )
