"""The pages of calendars, as a visitor without script uses them, with real and with odd servers."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest
from lxml import html

from calendar_sync.discovery import look
from coaching.words import StaffRole
from server.app import build_app
from server.jobs.sync import Syncing
from server.routes.calendars import RECIPES
from server.store import calendars as store
from server.store.schema import calendar_connection
from server.usecases import connecting
from server.usecases.connecting import Account, look_up
from server.usecases.context import Parts, StaffActor
from tests.calendar_servers import PASSWORD, USER, CalendarServer, make_calendar, radicale
from tests.house_of_people import House
from tests.visitor import Seen, Visitor
from tests.wire.odd_servers import Answer, body, hang, odd_server, self_signed, status
from tests.wire.worker_tools import connect, with_servers

pytestmark = pytest.mark.wire


@pytest.fixture(scope="module")
def server() -> Iterator[CalendarServer]:
    with radicale() as opened:
        yield opened


@pytest.fixture
def address(server: CalendarServer) -> str:
    url = server.calendar_url.replace("/diary/", f"/{uuid4().hex}/")
    make_calendar(url)
    return url


@pytest.fixture
def sqlite_parts(sqlite_parts: Parts) -> Parts:
    local = with_servers(sqlite_parts)
    return type(local)(
        settings=sqlite_parts.settings.__class__(
            data_dir=sqlite_parts.settings.data_dir,
            listen_port=0,
            organisation_phone="+31201234567",
            allow_private_hosts=("127.0.0.1",),
        ),
        database=local.database,
        secret=local.secret,
        now=local.now,
    )


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def fill(visitor: Visitor, address: str, password: str = PASSWORD, **fields: str) -> Seen:
    await visitor.open("/calendars/new")
    return await visitor.press(
        "//*[@id='find']", address=address, user_name=USER, password=password, **fields
    )


async def connect_one(visitor: Visitor, address: str, role: str = "both") -> Seen:
    await fill(visitor, address)
    return await visitor.press("//*[@id='connect']", role_0=role)


async def test_coach_connects_a_calendar_and_sees_how_it_does(
    visitor: Visitor, sqlite_house: House, address: str
) -> None:
    await visitor.sign_in(await sqlite_house.coach())

    found = await fill(visitor, address)
    offered = found.text()
    done = await visitor.press("//*[@id='connect']")
    one = await visitor.open(str(done.document.xpath("//main//a/@href[contains(., '-')]")[0]))

    assert found.path.startswith("/calendars/found/")
    assert address in offered
    assert PASSWORD not in html.tostring(found.document).decode()
    assert done.path == "/calendars"
    assert "De agenda is verbonden" in done.text()
    assert "Net verbonden" in one.text()
    assert "Nog niet bijgewerkt" in one.text()


ODD: dict[str, tuple[Answer, str]] = {
    "401": (status(401, **{"WWW-Authenticate": 'Basic realm="x"'}), "calendar_wrong_password"),
    "403": (status(403), "calendar_no_right"),
    "404": (status(404), "calendar_not_a_calendar"),
    "html": (body("<html>Welkom", code=200, kind="text/html"), "calendar_not_a_calendar"),
    "412": (status(412), "calendar_not_a_calendar"),
    "500": (status(500), "calendar_unreachable"),
    "inner": (status(301, Location="http://169.254.169.254/"), "calendar_address_refused"),
    "moved": (status(301, Location="http://127.0.0.1:9/dav/"), "calendar_moved"),
}


@pytest.mark.parametrize("name", ODD)
async def test_failure_is_told_in_one_sentence_and_the_form_comes_back_without_the_password(
    visitor: Visitor, sqlite_house: House, name: str
) -> None:
    answer, code = ODD[name]
    await visitor.sign_in(await sqlite_house.coach())

    async with odd_server(answer) as odd:
        seen = await fill(visitor, odd.url)

    assert (seen.status, seen.problem) == (422, code)
    assert seen.value("address") == odd.url
    assert seen.value("user_name") == USER
    assert seen.value("password") == ""
    assert PASSWORD not in html.tostring(seen.document).decode()


async def test_server_that_takes_the_question_and_never_answers_is_told_in_words(
    visitor: Visitor, sqlite_house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "look", partial(look, total_seconds=0.3))
    await visitor.sign_in(await sqlite_house.coach())

    async with odd_server(hang) as odd:
        seen = await fill(visitor, odd.url)

    assert (seen.status, seen.problem) == (422, "calendar_too_slow")
    assert seen.value("address") == odd.url


@pytest.mark.parametrize("code", [412, 500])
async def test_calendar_that_answers_badly_is_told_at_the_meeting_and_the_calendar(
    visitor: Visitor, sqlite_house: House, server: CalendarServer, code: int
) -> None:
    coach = await sqlite_house.coach()
    async with odd_server(status(code)) as odd:
        connection = await connect(visitor.parts, coach.id, server, url=f"{odd.url}diary/")
        trajectory = await sqlite_house.acquainted(coach)
        meeting = (await sqlite_house.book(trajectory, "2027-03-03T14:00")).meeting
        await Syncing(visitor.parts, None).look()
    await visitor.sign_in(coach)

    at_meeting = await visitor.open(f"/meetings/{meeting}")
    at_calendar = await visitor.open("/calendars")

    assert "Agenda lukt nog niet. Wij proberen het opnieuw." in at_meeting.text()
    assert "Lukt even niet" in at_calendar.text()
    assert "De agendaserver geeft geen goed antwoord." in at_calendar.text()
    assert at_calendar.has(f"//a[@href='/calendars/{connection}']")


async def test_bad_certificate_is_told_in_words(
    visitor: Visitor, sqlite_house: House, tmp_path: Path
) -> None:
    await visitor.sign_in(await sqlite_house.coach())

    async with odd_server(status(404), tls=self_signed(tmp_path)) as odd:
        seen = await fill(visitor, odd.url)

    assert seen.problem == "calendar_certificate"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"address": ""}, "field_missing"),
        ({"user_name": " "}, "field_missing"),
        ({"password": ""}, "field_missing"),
        ({"address": "https://a/" + "b" * 1000}, "calendar_field_long"),
        ({"user_name": "x" * 201}, "calendar_field_long"),
        ({"password": "x\u0007"}, "calendar_field_long"),
        ({"address": "http://169.254.169.254/"}, "calendar_address_refused"),
        ({"owner": "nobody"}, "choice_bad"),
    ],
)
async def test_bad_field_is_told_and_nothing_is_asked_of_a_server(
    visitor: Visitor, sqlite_house: House, fields: dict[str, str], code: str
) -> None:
    await visitor.sign_in(await sqlite_house.coach())
    given = {"address": "https://calendar.invalid/", "user_name": USER, "password": PASSWORD}
    await visitor.open("/calendars/new")

    seen = await visitor.press("//*[@id='find']", **{**given, **fields})

    assert (seen.status, seen.problem) == (422, code)


async def test_coach_for_another_is_refused(visitor: Visitor, sqlite_house: House) -> None:
    other = await sqlite_house.coach()
    await visitor.sign_in(await sqlite_house.coach())

    seen = await fill(visitor, "https://calendar.invalid/", owner=f"staff:{other.id}")

    assert seen.status == 403
    assert "calendar_not_yours" in seen.text("//body")


async def test_choice_that_cannot_be_done_comes_back_as_it_was_filled_in(
    visitor: Visitor, sqlite_house: House, address: str
) -> None:
    coach = await sqlite_house.coach()
    await visitor.sign_in(coach)
    await connect_one(visitor, address)

    again = await connect_one(visitor, address, role="busy")

    assert (again.status, again.problem) == (422, "calendar_twice")
    assert again.value("role_0") == "busy"


async def test_lookup_of_another_or_done_before_shows_nothing(
    visitor: Visitor, sqlite_house: House, address: str
) -> None:
    coach = await sqlite_house.coach()
    account = Account(address=address, user_name=USER, password=PASSWORD)
    parts = visitor.parts
    found = await look_up(parts, coach, f"staff:{coach.id}", account, now=parts.now())
    await visitor.sign_in(await sqlite_house.coach())

    seen = await visitor.open(f"/calendars/found/{found}")

    assert seen.status == 404
    assert address not in seen.text("//body")


async def _broken(parts: Parts, actor: StaffActor) -> str:
    async with parts.database.write() as tx:
        query = calendar_connection.select().where(calendar_connection.c.staff_id == actor.id)
        row = (await tx.execute(query)).mappings().one()
        reason = "the calendar refuses this user name or password"
        await store.mark_failing(tx, row["id"], error=reason, broken=True)
    return f"/calendars/{row['id']}"


async def test_broken_calendar_is_shown_to_owner_and_planner_and_repaired(
    visitor: Visitor, sqlite_house: House, address: str
) -> None:
    coach = await sqlite_house.coach()
    await visitor.sign_in(coach)
    await connect_one(visitor, address)
    path = await _broken(visitor.parts, coach)

    mine = (await visitor.open("/attention")).text()
    visitor.forget()
    await visitor.sign_in(await sqlite_house.planner())
    planners = (await visitor.open("/attention")).text()
    await visitor.open(path)
    wrong = await visitor.press("//*[@id='repair']", password="not-this-one")
    right = await visitor.press("//*[@id='repair']", password=PASSWORD)
    after = (await visitor.open("/attention")).text()

    assert "Wachtwoord nodig" in mine
    assert "Wachtwoord nodig" in planners
    assert (wrong.status, wrong.problem) == (422, "calendar_wrong_password")
    assert right.path == path
    assert "De agenda werkt weer" in right.text()
    assert "Wachtwoord nodig" not in after


async def test_change_resume_and_remove_by_their_buttons(
    visitor: Visitor, sqlite_house: House, address: str
) -> None:
    coach = await sqlite_house.coach()
    await visitor.sign_in(coach)
    await connect_one(visitor, address)
    path = await _broken(visitor.parts, coach)
    async with visitor.parts.database.write() as tx:
        await tx.execute(calendar_connection.update().values(paused_for="mass_deletion"))

    await visitor.open(path)
    changed = await visitor.press("//*[@id='change']", name="Mijn werk", role="busy")
    resumed = await visitor.press("//*[@id='resume']")
    removed = await visitor.press("//*[@id='remove']", events="keep")

    assert "Mijn werk" in changed.text("//h1")
    assert "Gestopt om na te kijken" in changed.text()
    assert "wordt weer gelezen" in resumed.text()
    assert removed.path == "/calendars"
    assert "losgemaakt" in removed.text()
    assert (await visitor.open(path)).status == 404


async def test_stranger_and_other_coach_learn_nothing_of_a_calendar(
    visitor: Visitor, sqlite_house: House, address: str
) -> None:
    coach = await sqlite_house.coach()
    await visitor.sign_in(coach)
    await connect_one(visitor, address)
    path = await _broken(visitor.parts, coach)
    visitor.forget()
    await visitor.sign_in(await sqlite_house.coach())
    csrf = (await visitor.open("/calendars/new")).value("csrf")

    shown = await visitor.open(path)
    absent = await visitor.open(f"/calendars/{uuid4()}")
    posts = {
        (await visitor.post(f"{path}/{what}", f"csrf={csrf}&name=x&role=busy&events=keep")).status
        for what in ("change", "resume", "remove")
    }

    words = [one.text().partition("Nummer:")[0] for one in (shown, absent)]
    assert (shown.status, words[0]) == (absent.status, words[1])
    assert posts == {404}


async def test_admin_connects_for_all_and_planner_for_a_room(
    visitor: Visitor, sqlite_house: House, address: str, server: CalendarServer
) -> None:
    coach = await sqlite_house.coach()
    room = await sqlite_house.room(name="Kamer Oost")
    await visitor.sign_in(await sqlite_house.staff(StaffRole.ADMIN))
    home = server.calendar_url.removesuffix("diary/")

    found = await fill(visitor, home, owner="all")
    number = next(
        n
        for n, text in enumerate(
            found.document.xpath("//*[@class='faint found-calendar__address']")
        )
        if text.text_content() == address
    )
    fields = {f"role_{number}": "both", f"owner_{number}": f"room:{room}"}
    done = await visitor.press("//*[@id='connect']", **fields)

    assert coach.name in found.text()
    assert done.path == "/calendars"
    assert "Kamer Oost" in done.text()


@pytest.mark.parametrize("language", ["nl", "en"])
async def test_recipes_stand_on_the_page_in_both_languages(
    visitor: Visitor, sqlite_house: House, language: str
) -> None:
    await visitor.sign_in(await sqlite_house.coach())
    await visitor.open("/calendars/new")
    if language == "en":
        await visitor.press("//footer//button")

    page = await visitor.open("/calendars/new")

    steps = [len(one.xpath("./ol/li")) for one in page.document.xpath("//main//details")]
    assert len(steps) == len(RECIPES)
    assert min(steps) >= 4
    assert page.document.get("lang") == language
