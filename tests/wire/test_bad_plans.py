"""What cannot be planned, over real HTTP: one sentence with its code, and nothing typed is lost."""

import asyncio
from datetime import date, timedelta
from uuid import uuid4

import pytest

from coaching.words import MeetingKind, Mode, StaffRole, TrajectoryState
from server.app import build_app
from server.usecases.context import CandidateId, Parts
from server.usecases.guiding import set_state
from server.usecases.places import add_place, add_room
from tests.house_of_people import House
from tests.visitor import Visitor
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.wire
LINE = {"kind": "progress", "mode": "phone", "time": "10:00", "minutes": "45", "room": ""}
FIRST_DAY = date(2027, 3, 2)


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def _planner_of(visitor: Visitor, house: House) -> CandidateId:
    """The planner looks at the plan of somebody whose coach works on weekdays."""
    coach, person = await house.coach(), await house.candidate()
    await house.works(coach)
    await house.trajectory(coach, person, talks=3)
    await visitor.sign_in(await house.planner())
    page = await visitor.open(f"/candidates/{person}/plan?weeks=4&from_day={FIRST_DAY}")
    assert page.has("//*[@id='book-plan']")
    return person


def _lines(count: int) -> dict[str, str]:
    days = (FIRST_DAY + timedelta(days=number) for number in range(count))
    each = [{**LINE, "day": day.isoformat()} for day in days]
    return {f"{name}_{at}": text for at, line in enumerate(each) for name, text in line.items()}


@pytest.mark.parametrize(
    ("count", "code"), [(0, "plan_empty"), (201, "plan_too_long")], ids=["none", "too many"]
)
async def test_plan_of_no_talk_or_too_many_says_so_and_keeps_what_was_typed(
    visitor: Visitor, sqlite_house: House, count: int, code: str
) -> None:
    await _planner_of(visitor, sqlite_house)

    page = await visitor.press("//*[@id='book-plan']", **_lines(5), count=str(count))

    assert (page.status, page.problem) == (422, code)
    assert page.value("day_4") == (FIRST_DAY + timedelta(days=4)).isoformat()
    assert await rows(visitor.parts, "meeting") == []


async def test_plan_of_two_hundred_talks_is_looked_at_as_a_whole(
    visitor: Visitor, sqlite_house: House
) -> None:
    await _planner_of(visitor, sqlite_house)

    lines = {**_lines(200), "mode_120": "video"}  # nobody met before it
    page = await visitor.press("//button[@value='check']", **lines, count="200")

    assert (page.status, page.value("count")) == (200, "200")
    refused = page.document.xpath("//fieldset[.//*[@data-rule='R8']]//@name")
    assert "mode_120" in refused
    assert "mode_119" not in refused


async def test_coach_without_hours_and_a_time_that_ends_before_it_begins_are_told(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach, person = await sqlite_house.coach(), await sqlite_house.candidate()
    await sqlite_house.trajectory(coach, person)
    await visitor.sign_in(await sqlite_house.planner())

    page = await visitor.open(f"/candidates/{person}/plan?weeks=26&from_day={FIRST_DAY}")
    assert (page.status, page.has("//*[@id='book-plan']")) == (200, False)
    assert len(page.document.xpath("//*[@id='plan-problems']//li")) == 1

    hours = f"/availability/coaches/{coach.id}"
    await visitor.open(hours)
    page = await visitor.press("//*[@id='save-hours']", opens_0_0="12:00", closes_0_0="09:00")
    assert (page.status, page.problem) == (422, "hours_contradict")
    assert page.value("opens_0_0") == "12:00"
    assert await rows(visitor.parts, "coach_hours") == []


async def test_room_for_two_is_too_small_for_three_and_leads_to_a_larger_one(
    visitor: Visitor, sqlite_house: House
) -> None:
    where = {"address": "Plein 1, Utrecht", "route": "Boven.", "phone": "030 123 45 67"}
    place = await add_place(visitor.parts, name="Werkplein Zuid", **where)
    small = await add_room(visitor.parts, place, name="Spreekkamer", seats=2)
    large = await add_room(visitor.parts, place, name="Overleg", seats=3)
    person = await sqlite_house.candidate()
    await sqlite_house.acquainted(await sqlite_house.coach(), person)
    await visitor.sign_in(await sqlite_house.planner())
    await visitor.open(f"/meetings/new?candidate={person}")
    wanted = {"kind": MeetingKind.THREE_WAY, "mode": Mode.OFFLINE, "day": "2027-03-05"}

    page = await visitor.press("//button[@id='book']", **wanted, time="14:00", room=str(small))

    assert (page.status, page.problem) == (422, "room_too_small")
    await visitor.press(f"//button[@name='fill'][contains(@value, '{large}')]")
    assert (await visitor.press("//button[@id='book']")).status == 200


async def test_guidance_that_stands_still_meanwhile_says_why_and_keeps_what_was_typed(
    visitor: Visitor, sqlite_house: House
) -> None:
    person = await _planner_of(visitor, sqlite_house)
    plan, form = visitor.seen, await visitor.open(f"/meetings/new?candidate={person}")
    (row,) = await rows(visitor.parts, "trajectory")
    planner, now = await sqlite_house.planner(), visitor.parts.now()
    state = TrajectoryState.PAUSED
    await set_state(visitor.parts, planner, row["id"], state, key="p", now=now)

    visitor.seen = form
    page = await visitor.press("//button[@id='book']", mode="phone", time="14:15", room="")
    assert (page.status, page.problem, page.value("time")) == (409, "refused_by_rule", "14:15")
    assert page.has("//a[@class='why-link']")
    assert "Bellen" in page.text("//*[@class='alternatives']")
    visitor.seen = plan
    page = await visitor.press("//*[@id='book-plan']")
    assert (page.status, page.problem) == (409, "refused_by_rule")
    assert page.has("//fieldset//*[@data-rule='R29']")
    page = await visitor.open(f"/meetings/new?candidate={person}")
    assert page.has("//details[@class='why']//*[@data-rule='R29']")
    assert not page.has("//button[@id='book']")


async def test_two_planners_who_drag_one_talk_at_once_move_it_once(
    aiohttp_client: object, sqlite_house: House
) -> None:
    app = build_app(sqlite_house.parts)
    talk = await sqlite_house.book(
        await sqlite_house.acquainted(await sqlite_house.coach()), "2027-03-03T14:00"
    )
    boards = []
    for _ in range(2):
        visitor = Visitor(await aiohttp_client(app))  # type: ignore[operator]  # the fixture is untyped
        await visitor.sign_in(await sqlite_house.staff(StaffRole.PLANNER))
        boards.append((visitor, (await visitor.open("/planner?view=board")).value("csrf")))

    async def drag(visitor: Visitor, csrf: str, time: str) -> tuple[int, str]:
        asked = {"meeting": str(talk.meeting), "day": "2027-03-04", "time": time, "room": ""}
        response = await visitor.client.post(
            "/api/board/move",
            json={**asked, "revision": "1", "key": uuid4().hex},
            headers={"X-CSRF": csrf},
        )
        return response.status, str((await response.json()).get("code", ""))

    times = ("09:30", "11:00")
    answers = await asyncio.gather(
        *(drag(*board, time) for board, time in zip(boards, times, strict=True))
    )

    assert sorted(answers) == [(200, ""), (409, "stale")]
    (row,) = await rows(sqlite_house.parts, "meeting", id=talk.meeting)
    moved = times[[status for status, _ in answers].index(200)]
    assert (row["local_start"], row["revision"]) == (f"2027-03-04T{moved}", 2)
