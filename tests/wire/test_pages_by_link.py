"""What a candidate does with the link, over the real application, without script."""

from datetime import date, time
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from sqlalchemy import select

from coaching.facts import ExceptionCode
from coaching.words import MeetingStatus
from server.app import build_app
from server.store.schema import callback_request, meeting, todo
from server.usecases.availability import HoursLine, save_hours
from server.usecases.booking import record_outcome
from server.usecases.context import MeetingId, Parts, StaffActor, StaffId
from server.usecases.exceptions import ExceptionRequest, ask_exception
from server.usecases.preferences import Preference, save_preference
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import Visitor, link_of
from tests.wire.test_pages import rows

pytestmark = pytest.mark.wire


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def works(house: House, coach: StaffActor) -> None:
    """The coach talks by video on working days from nine to five."""
    await save_hours(
        house.parts,
        await house.planner(),
        StaffId(coach.id),
        [HoursLine(weekday=day, opens=time(9), closes=time(17)) for day in range(5)],
        before_minutes=0,
        after_minutes=0,
        talks_a_day=None,
        key=uuid4().hex,
        now=house.parts.now(),
    )


async def _talk(house: House, coach: StaffActor, starts: str = "2027-03-03T14:00") -> MeetingId:
    await works(house, coach)
    return (await house.book(await house.acquainted(coach), starts)).meeting


async def _status(parts: Parts, wanted: MeetingId) -> str:
    async with parts.database.read() as tx:
        query = select(meeting.c.status).where(meeting.c.id == wanted)
        return str((await tx.execute(query)).scalar_one())


async def test_candidate_moves_by_link_and_the_old_link_tells_the_new_time(
    visitor: Visitor, sqlite_house: House
) -> None:
    link = (
        f"/j/{await link_of(visitor.parts, await _talk(sqlite_house, await sqlite_house.coach()))}"
    )
    await visitor.open(link)
    page = await visitor.open(f"{link}/times")
    chosen = page.text("//button[@name='offer'][2]//*[@class='pick__time']")

    page = await visitor.press("//button[@name='offer'][2]")

    assert page.path == link
    assert page.has("//*[@data-state='moved']")
    assert chosen.removeprefix("Kies ") in page.text()


async def test_looking_at_other_times_changes_nothing(
    visitor: Visitor, sqlite_house: House
) -> None:
    link = (
        f"/j/{await link_of(visitor.parts, await _talk(sqlite_house, await sqlite_house.coach()))}"
    )
    before = await rows(visitor.parts)

    for path in ("/times", "/cancel", "/call") * 3:
        assert (await visitor.open(link + path)).status == 200

    assert await rows(visitor.parts) == before


async def test_time_that_was_just_taken_comes_back_with_the_times_that_are_left(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    mine, other = (
        await _talk(sqlite_house, coach),
        await _talk(sqlite_house, coach, "2027-03-04T10:00"),
    )
    link = f"/j/{await link_of(visitor.parts, mine)}/times"
    page = await visitor.open(link)
    first = "//button[@name='offer'][1]//*[@class='pick__time']"
    wanted = page.text(first)
    await visitor.open(f"/j/{await link_of(visitor.parts, other)}/times")
    assert visitor.seen is not None
    assert visitor.seen.text(first) == wanted
    assert (await visitor.press("//button[@name='offer'][1]")).has("//*[@data-state='moved']")
    visitor.seen = page

    page = await visitor.press("//button[@name='offer'][1]")

    assert (page.status, page.problem) == (409, "time_taken")
    assert wanted not in page.text()
    assert page.has("//button[@name='offer']")


async def test_candidate_cancels_by_link_and_the_coach_gets_something_to_do(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    talk = await _talk(sqlite_house, coach)
    link = f"/j/{await link_of(visitor.parts, talk)}"
    await visitor.open(f"{link}/cancel")

    page = await visitor.press("//*[@id='cancel']")

    assert page.has("//*[@data-state='cancelled']")
    assert await _status(visitor.parts, talk) == MeetingStatus.CANCELLED
    await visitor.sign_in(coach)
    page = await visitor.open("/attention")
    assert "afgezegd" in page.text("//ul[contains(@class, 'todos')]/li")


async def test_candidate_asks_to_be_called_and_the_coach_sees_the_number(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    link = f"/j/{await link_of(visitor.parts, await _talk(sqlite_house, coach))}"
    await visitor.open(f"{link}/call")

    page = await visitor.press("//button[@value='morning']")

    assert page.has("//*[@data-called='yes']")
    assert "tussen 9.00 uur en 12.00 uur" in page.text().replace("\u00a0", " ").replace(
        "09.00", "9.00"
    )
    await visitor.sign_in(coach)
    page = await visitor.open("/people")
    assert page.has("//a[@href='tel:+31612345678']")
    page = await visitor.press("//form[contains(@action, '/done')]//button")
    assert page.path == "/people"
    async with visitor.parts.database.read() as tx:
        left = await tx.execute(select(todo.c.id).where(todo.c.done_at.is_(None)))
        asked = await tx.execute(select(callback_request.c.id))
        assert (len(left.all()), len(asked.all())) == (0, 1)


async def test_talk_that_is_going_on_cannot_be_moved_by_link(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    talk = await _talk(sqlite_house, await sqlite_house.coach(), "2027-03-01T10:00")
    link = f"/j/{await link_of(visitor.parts, talk)}"
    page = await visitor.open(f"{link}/cancel")
    clock.set("2027-03-01T10:01")

    page = await visitor.press("//*[@id='cancel']")

    assert (page.status, page.problem) == (409, "too_late")
    assert not (await visitor.open(f"{link}/times")).has("//button[@name='offer']")


@pytest.mark.parametrize(
    "value", ["", "morgen", "2027-03-04T10:17:00+01:00", "video~2027-03-04T10:17:00+01:00~AAAA"]
)
async def test_time_that_was_not_offered_is_refused(
    visitor: Visitor, sqlite_house: House, value: str
) -> None:
    talk = await _talk(sqlite_house, await sqlite_house.coach())
    link = f"/j/{await link_of(visitor.parts, talk)}"
    page = await visitor.open(f"{link}/times")
    form = {"csrf": page.value("csrf"), "key": page.value("key"), "offer": value}

    response = await visitor.post(f"{link}/move", urlencode(form))

    assert response.status in (409, 422)
    assert await _status(visitor.parts, talk) == MeetingStatus.PLANNED


@pytest.mark.parametrize("path", ["times", "cancel", "call"])
async def test_link_that_is_not_ours_leads_nowhere(visitor: Visitor, path: str) -> None:
    page = await visitor.open(f"/j/{'A' * 43}/{path}")

    assert page.status == 404
    assert page.has("//*[@data-state='unknown']")


async def test_link_of_long_ago_still_asks_to_be_called(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    talk = await _talk(sqlite_house, await sqlite_house.coach())
    link = f"/j/{await link_of(visitor.parts, talk)}"
    clock.forward(days=20)

    await visitor.open(f"{link}/call")
    page = await visitor.press("//button[@value='now']")

    assert page.has("//*[@data-called='yes']")


async def test_missed_talk_offers_new_times_and_a_call_and_says_what_was_chosen(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    coach = await sqlite_house.coach()
    talk = await _talk(sqlite_house, coach)
    link = f"/j/{await link_of(visitor.parts, talk)}"
    now = clock.set("2027-03-03T14:10")
    await record_outcome(visitor.parts, coach, talk, MeetingStatus.MISSED, key="a", now=now)

    page = await visitor.open(link)
    assert "Wij hebben u gemist" in page.text("//h1")
    assert page.has(f"//a[@href='{link}/call']")
    page = await visitor.open(f"{link}/times")
    chosen = page.text("//button[@name='offer'][1]//*[@class='pick__time']").removeprefix("Kies ")
    page = await visitor.press("//button[@name='offer'][1]")

    assert page.path == f"{link}/times"
    assert chosen in page.text("//*[@data-instead]")
    assert not page.has("//button[@name='offer']")


async def test_candidate_abroad_reads_both_times(visitor: Visitor, sqlite_house: House) -> None:
    coach = await sqlite_house.coach()
    candidate = await sqlite_house.candidate()
    await works(sqlite_house, coach)
    booked = await sqlite_house.book(
        await sqlite_house.acquainted(coach, candidate), "2027-03-03T14:00"
    )
    await save_preference(
        visitor.parts,
        coach,
        candidate,
        Preference(zone="Australia/Sydney"),
        key="a",
        now=visitor.parts.now(),
    )
    link = f"/j/{await link_of(visitor.parts, booked.meeting)}"

    page = await visitor.open(link)

    assert "14.00 uur" in page.text()
    assert "Bij u is het dan donderdag 4 maart, 00.00 uur." in page.text()
    page = await visitor.open(f"{link}/times")
    assert "Bij u is het dan" in page.text("//button[@name='offer'][1]")


async def test_candidate_reads_the_exceptions_that_were_made_and_not_the_reason_of_staff(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    coach = await sqlite_house.coach()
    trajectory = await sqlite_house.acquainted(coach)
    booked = await sqlite_house.book(trajectory, "2027-03-03T14:00")
    for rule, until in (("R7", None), ("R16", date(2027, 5, 1)), ("R17", date(2027, 4, 1))):
        wanted = ExceptionRequest(
            trajectory=trajectory,
            rule=rule,
            code=ExceptionCode.DISTANCE,
            reason="Anderhalf uur met de bus.",
            valid_until=until,
        )
        await ask_exception(visitor.parts, coach, wanted, key=rule, now=clock())
    link = f"/j/{await link_of(visitor.parts, booked.meeting)}"

    page = await visitor.open(link)

    said = page.text("//*[@id='own-exceptions']")
    assert "Uw eerste gesprek mag met video. Waarom: de reis is te ver." in said
    assert "Dit geldt voor één afspraak." in said
    assert "Dit geldt tot en met 1 mei 2027." in said
    assert "langs te komen" not in said  # it waits for a second person
    assert "bus" not in page.text()
    assert "R16" not in page.text()


async def test_candidate_who_is_not_alone_may_choose_another_moment_or_go_on(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    talk = await _talk(sqlite_house, await sqlite_house.coach())
    link = f"/j/{await link_of(visitor.parts, talk)}"
    clock.set("2027-03-03T13:55")
    before = await rows(visitor.parts)

    page = await visitor.open(link)

    assert "Bent u alleen?" in page.text("//*[@id='alone']")
    assert page.has("//*[@id='join']")
    assert page.has(f"//a[@id='not-alone'][@href='{link}/times']")
    page = await visitor.open(f"{link}/times?how=offline")
    assert page.status == 200
    assert await rows(visitor.parts) == before
    clock.set("2027-03-03T14:02")
    assert (await visitor.open(link)).has(f"//a[@id='not-alone'][@href='{link}/call']")
