"""What staff see and keep: a page left open, a refused move explained, the day around midnight."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from coaching.words import MeetingKind, MeetingStatus, Mode, StaffRole
from server.app import build_app
from server.store.schema import exception_record, meeting
from server.usecases.booking import MoveRequest, move_meeting
from server.usecases.context import MeetingId, Parts, StaffActor
from server.usecases.joining import record_joint_time
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import Seen, Visitor, link_of

pytestmark = pytest.mark.wire


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def _exceptions(parts: Parts) -> list[str]:
    async with parts.database.read() as tx:
        return list((await tx.execute(select(exception_record.c.reason))).scalars())


async def _sign_in_elsewhere(visitor: Visitor, actor: StaffActor) -> None:
    """In another tab: the page that was open stays before this visitor."""
    page = visitor.seen
    await visitor.sign_in(actor)
    visitor.seen = page


async def test_form_left_open_too_long_comes_back_with_what_was_typed(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    coach = await sqlite_house.coach()
    person = await sqlite_house.candidate()
    await sqlite_house.trajectory(coach, person)
    await visitor.sign_in(coach)
    await visitor.open(f"/exceptions/new?candidate={person}&rule=R9")
    typed = 'Woont ver weg & reist "twee" uur <langer>'

    clock.forward(minutes=31)
    page = await visitor.press("//*[@id='ask']", reason=typed, code="distance")
    assert (page.status, page.problem) == (403, "page_old_kept")
    assert "te lang open" in page.text("//*[@role='alert']")
    page = await visitor.press("//*[@id='send-again']")
    assert (page.status, page.problem) == (403, "page_old_kept")
    await _sign_in_elsewhere(visitor, coach)
    page = await visitor.press("//*[@id='send-again']")
    assert (page.status, page.problem) == (403, "page_old_kept")
    assert page.value("reason") == typed
    assert page.value("code") == "distance"
    assert await _exceptions(visitor.parts) == []
    page = await visitor.press("//*[@id='ask']")

    assert page.path == f"/candidates/{person}"
    assert await _exceptions(visitor.parts) == [typed]


async def test_press_of_one_button_left_open_too_long_is_done_at_the_second_press(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    coach = await sqlite_house.coach()
    talk = await _talk(sqlite_house, coach, "2027-03-03T14:00")
    token = await link_of(visitor.parts, talk)
    await visitor.open(f"/j/{token}/call")
    await visitor.press("//button[@value='morning']")
    visitor.forget()
    await visitor.sign_in(coach)
    await visitor.open("/attention")

    clock.forward(minutes=31)
    await _sign_in_elsewhere(visitor, coach)
    page = await visitor.press("//form[contains(@action, '/attention/')]//button")
    assert page.problem == "page_old_kept"
    page = await visitor.press("//*[@id='send-again']")

    assert (page.status, page.path) == (200, "/attention")
    assert not page.has("//form[contains(@action, '/attention/')]")


async def test_password_is_never_given_back(visitor: Visitor) -> None:
    await visitor.open("/login")
    visitor.forget()
    await visitor.open("/")

    answer = await visitor.post("/login", "csrf=old&email=a%40example.org&password=Zeer-geheim")

    text = await answer.text()
    assert (answer.status, "page_old" in text, "Zeer-geheim" in text) == (403, True, False)


@pytest.mark.parametrize("path", ["/settings", "/candidates/{id}/support", "/meetings/new"])
async def test_old_form_of_somebody_who_may_not_send_it_tells_nothing(
    visitor: Visitor, sqlite_house: House, path: str
) -> None:
    person = await sqlite_house.candidate(name="Geheime Naam")
    await sqlite_house.trajectory(await sqlite_house.coach(), person)
    await visitor.sign_in(await sqlite_house.coach())

    answer = await visitor.post(path.replace("{id}", str(person)), f"csrf=old&candidate={person}")

    assert answer.status == 403
    assert "Geheime Naam" not in await answer.text()


async def test_why_of_a_refused_move_leaves_the_moved_meeting_out(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    person = await sqlite_house.candidate()
    trajectory = await sqlite_house.acquainted(coach, person, talks=2)
    talk = (await sqlite_house.book(trajectory, "2027-03-03T14:00")).meeting
    await visitor.sign_in(await sqlite_house.planner())
    await visitor.open(f"/candidates/{person}")
    await visitor.press("//button[@value='paused']")
    await visitor.open(f"/meetings/{talk}")
    page = await visitor.press(f"//form[@action='/meetings/{talk}/move']//button[2]", time="15:00")
    assert (page.status, page.problem) == (409, "refused_by_rule")

    why = await visitor.open(page.document.xpath("//a[contains(@class, 'why-link')]/@href")[0])

    assert why.has("//*[@data-rule='R29']")
    assert "Alle afgesproken gesprekken" not in why.text()
    (back,) = why.document.xpath(f"//a[starts-with(@href, '/meetings/{talk}?fill=')]/@href")
    assert (await visitor.open(back)).value("time") == "15:00"  # who asks why has lost nothing


async def test_why_of_a_move_for_a_meeting_of_somebody_else_is_not_found(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    person = await sqlite_house.candidate()
    trajectory = await sqlite_house.acquainted(coach, person)
    strange = await _talk(sqlite_house, await sqlite_house.coach(), "2027-03-04T14:00")
    await visitor.sign_in(coach)

    page = await visitor.open(
        f"/meetings/new/why?candidate={person}&trajectory={trajectory}&kind=progress&mode=video"
        f"&day=2027-03-05&time=10:00&minutes=45&room=&meeting={strange}"
    )

    assert page.status == 404


async def test_moved_meeting_starts_its_joint_time_anew(
    sqlite_parts: Parts, sqlite_house: House, clock: Clock
) -> None:
    talk = await _talk(sqlite_house, await sqlite_house.coach(), "2027-03-01T09:10")
    await _set_joint_time(sqlite_parts, talk, 700)
    await _move(sqlite_parts, sqlite_house, talk, "2027-03-01T15:00")
    assert await _joint_time(sqlite_parts, talk) == (0, MeetingStatus.PLANNED)

    await record_joint_time(
        sqlite_parts, talk, joint_seconds=720, over=True, now=clock.forward(minutes=5)
    )

    assert await _joint_time(sqlite_parts, talk) == (0, MeetingStatus.PLANNED)
    await record_joint_time(
        sqlite_parts, talk, joint_seconds=720, over=True, now=clock.set("2027-03-01T15:20")
    )
    assert await _joint_time(sqlite_parts, talk) == (720, MeetingStatus.HELD)


async def _set_joint_time(parts: Parts, talk: MeetingId, seconds: int) -> None:
    await parts.database.run(
        lambda tx: tx.execute(
            meeting.update().where(meeting.c.id == talk).values(joint_seconds=seconds)
        )
    )


async def _joint_time(parts: Parts, talk: MeetingId) -> tuple[int, str]:
    query = select(meeting.c.joint_seconds, meeting.c.status).where(meeting.c.id == talk)
    async with parts.database.read() as tx:
        return (await tx.execute(query)).one()


async def _move(parts: Parts, house: House, talk: MeetingId, starts: str) -> None:
    await move_meeting(
        parts,
        await house.planner(),
        talk,
        MoveRequest(
            starts_local=parts.now().fromisoformat(starts),
            minutes=45,
            mode=Mode.VIDEO,
            room=None,
        ),
        revision=1,
        key=uuid4().hex,
        now=parts.now(),
    )


async def test_today_lists_the_talk_after_midnight_once_its_room_is_open(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    coach = await sqlite_house.coach()
    talk = await _talk(sqlite_house, coach, "2027-03-02T00:10")
    clock.set("2027-03-01T23:30")
    await visitor.sign_in(coach)
    assert not _opens(await visitor.open("/today"), talk)

    clock.set("2027-03-01T23:40")
    page = await visitor.open("/today")
    assert _opens(page, talk)
    assert not page.has(f"//*[@id='coming-title']/..//a[contains(@href, '{talk}')]")
    clock.set("2027-03-02T00:20")
    await visitor.sign_in(coach)
    assert _opens(await visitor.open("/today"), talk)


async def test_today_keeps_the_talk_that_began_before_midnight(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    coach = await sqlite_house.coach()
    talk = await _talk(sqlite_house, coach, "2027-03-01T23:30")

    clock.set("2027-03-02T00:05")
    await visitor.sign_in(coach)
    assert _opens(await visitor.open("/today"), talk)
    clock.set("2027-03-02T01:30")
    await visitor.sign_in(coach)

    page = await visitor.open("/today")
    assert not page.has(f"//a[contains(@href, '{talk}')]")


def _opens(page: Seen, talk: MeetingId) -> bool:
    return page.has(f"//a[contains(@href, '/talk/{talk}')]")


async def test_coach_says_right_after_the_talk_how_it_went(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    coach = await sqlite_house.coach()
    talk = await _talk(sqlite_house, coach, "2027-03-01T09:10")
    await visitor.sign_in(coach)
    page = await visitor.open(f"/talk/{talk}/done?as=coach")
    assert not page.has("//button[@name='observation']")

    clock.set("2027-03-01T09:25")
    await visitor.open(f"/talk/{talk}/done?as=coach")
    page = await visitor.press("//button[@value='went_well']")
    assert (page.status, page.path) == (200, f"/meetings/{talk}")

    page = await visitor.open(f"/talk/{talk}/done?as=coach")
    assert page.has("//button[@value='went_well'][@aria-pressed='true']")


async def test_candidate_is_not_asked_how_the_talk_went(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    talk = await _talk(sqlite_house, await sqlite_house.coach(), "2027-03-01T09:10")
    await visitor.open(f"/j/{await link_of(visitor.parts, talk)}")
    await visitor.press("//main//form[contains(@action, '/j/')]//button")
    clock.set("2027-03-01T09:40")

    page = await visitor.open(f"/talk/{talk}/done")

    assert (page.status, page.has("//button[@name='observation']")) == (200, False)


async def test_how_somebody_is_followed_is_shown_and_kept(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    person = await sqlite_house.candidate()
    await sqlite_house.acquainted(coach, person)
    await visitor.sign_in(coach)
    page = await visitor.open(f"/candidates/{person}")
    assert "Gewoon" in page.text("//*[@data-profile]")
    assert page.has("//input[@name='profile'][@value='usual'][@checked]")

    support = "//form[contains(@action, '/support')]//button"
    page = await visitor.press(support, profile="extra", cadence_days="10")
    assert "Extra, een gesprek om de 10 dagen" in page.text("//*[@data-profile]")
    assert page.value("cadence_days") == "10"
    page = await visitor.press("//button[@value='paused']")

    assert "Gepauzeerd, sinds 1 maart 2027" in page.text("//p[@data-state]")
    page = await visitor.press(support, profile="light", cadence_days="900")
    assert page.problem == "cadence_bad"
    assert (page.value("cadence_days"), page.has("//input[@value='light'][@checked]")) == (
        "900",
        True,
    )
    assert page.has("//details[starts-with(@id, 'guiding-')][@open]")


async def test_own_people_show_next_talk_silence_blend_and_what_to_do(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    coach = await sqlite_house.coach()
    person = await sqlite_house.candidate(name="Fatima el Amrani")
    trajectory = await sqlite_house.acquainted(coach, person, talks=10)
    talk = (await sqlite_house.book(trajectory, "2027-03-10T14:00")).meeting
    await sqlite_house.acquainted(await sqlite_house.coach())
    clock.set("2027-03-09T09:00")
    await visitor.sign_in(coach)
    page = await visitor.open("/people")

    one = f"//li[@data-candidate='{person}']"
    assert len(page.document.xpath("//li[@data-candidate]")) == 1
    assert _fact(page, one, 1) == "Volgend gesprek: wo 10 mrt 2027, 14:00 Video"
    assert _fact(page, one, 2) == "Zelf actief: 8 dagen geleden"
    assert "1 van 2 gesprekken online anders Afgesproken: 3 tot 8 van de 10" in _fact(page, one, 3)
    assert page.has(f"{one}//*[local-name()='svg'][contains(@aria-label, '1 online')]")
    assert not page.has(f"{one}//*[contains(@class, 'todo')]")

    await visitor.open(f"/j/{await link_of(visitor.parts, talk)}/call")
    await visitor.press("//button[@value='afternoon']")
    page = await visitor.open("/people")
    assert _fact(page, one, 2) == "Zelf actief: vandaag"
    assert page.has(f"{one}//*[contains(@class, 'todo__ways')]/a[starts-with(@href, 'tel:')]")
    clock.set("2027-03-10T09:00")
    await visitor.sign_in(coach)
    assert _fact(await visitor.open("/people"), one, 2) == "Zelf actief: gisteren"


def _fact(page: Seen, person: str, number: int) -> str:
    one = f"({person}//dl/div)[{number}]"
    words = page.document.xpath(f"{one}/dd//text()")
    return f"{page.text(f'{one}/dt')}: {' '.join(' '.join(words).split())}"


async def test_numbers_that_contradict_each_other_are_named_and_kept(
    visitor: Visitor, sqlite_house: House
) -> None:
    await visitor.sign_in(await sqlite_house.staff(StaffRole.ADMIN))
    await visitor.open("/settings")

    page = await visitor.press("//*[@id='preview']", lower_percent="90", upper_percent="80")

    assert (page.status, page.problem) == (422, "settings_contradict")
    assert (page.value("lower_percent"), page.value("upper_percent")) == ("90", "80")
    assert page.has("//input[@name='lower_percent'][@aria-invalid='true']")
    assert not page.has("//*[@id='save-numbers']")
    labels = page.document.xpath(
        "//label[@for='lower_percent']/text() | //label[@for='upper_percent']/text()"
    )
    said = page.text("//*[@id='problem']")
    assert all(label.strip() in said for label in labels), said


async def test_week_board_leads_to_a_form_for_every_meeting(
    visitor: Visitor, sqlite_house: House
) -> None:
    talk = await _talk(sqlite_house, await sqlite_house.coach(), "2027-03-03T14:00")
    await visitor.sign_in(await sqlite_house.planner())
    page = await visitor.open("/planner?week=2027-W09&view=board")

    (link,) = page.document.xpath("//*[@id='week-list']//a/@href")
    await visitor.open(link)
    page = await visitor.press(
        f"//form[@action='/meetings/{talk}/move']//button[2]", day="2027-03-04", time="09:30"
    )

    assert page.path == f"/meetings/{talk}"
    assert "donderdag 4 maart" in page.text()


async def _talk(house: House, coach: StaffActor, starts: str) -> MeetingId:
    trajectory = await house.acquainted(coach)
    return (await house.book(trajectory, starts, kind=MeetingKind.PROGRESS)).meeting
