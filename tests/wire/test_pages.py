"""Pages over the real application, as a person without script uses them."""

import json
import re
from functools import partial
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from yarl import URL

from coaching.words import Language, MeetingKind, MeetingStatus, Mode, StaffRole
from server.app import build_app
from server.store.database import Tx
from server.store.meetings import change_meeting
from server.store.schema import metadata
from server.usecases.context import MeetingId, Parts
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import Visitor, link_of

pytestmark = pytest.mark.wire

PASSWORD = "een lange zin als wachtwoord"
BOOK = "//*[@id='book']"


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def rows(parts: Parts) -> dict[str, int]:
    async with parts.database.read() as tx:
        return {
            table.name: (await tx.execute(select(func.count()).select_from(table))).scalar_one()
            for table in metadata.sorted_tables
        }


async def _talk_now(house: House) -> MeetingId:
    trajectory = await house.acquainted(await house.coach())
    return (await house.book(trajectory, "2027-03-01T09:10")).meeting


async def test_planner_goes_from_sign_in_to_a_booked_meeting(
    visitor: Visitor, sqlite_house: House
) -> None:
    await sqlite_house.staff(
        StaffRole.PLANNER, name="Petra Smit", email="petra@example.org", password=PASSWORD
    )
    coach = await sqlite_house.coach()
    room = await sqlite_house.room()

    await visitor.open("/candidates")
    page = await visitor.press(email="petra@example.org", password=PASSWORD)
    assert page.path == "/candidates"

    await visitor.open("/candidates/new")
    page = await visitor.press(name="Fatima el Amrani", email="f@example.org", phone="0612345678")
    assert page.text("//h1") == "Fatima el Amrani"
    candidate = page.path

    page = await visitor.press(
        "//form[contains(@action, '/trajectories')]//button",
        coach=str(coach.id),
        talks="6",
        minutes="45",
    )
    assert "6 gesprekken van 45 minuten" in page.text()

    await visitor.open(f"/meetings/new?candidate={candidate.rpartition('/')[2]}")
    page = await visitor.press(BOOK, kind="progress", mode="video")
    assert (page.status, page.problem) == (409, "refused_by_rule")
    assert "R8" in page.text("//*[@id='problem']")
    assert page.value("kind") == "progress"

    page = await visitor.press("//button[@name='fill'][contains(., 'kennismaken')]")
    assert (page.status, page.problem) == (200, "")
    assert (page.value("kind"), page.value("mode")) == ("acquaintance", "offline")
    assert page.value("room") == str(room)

    page = await visitor.press(BOOK)
    assert page.path.startswith("/meetings/")
    assert "dinsdag 2 maart" in page.text()
    assert "Kennismaking" in page.text("//h1")

    week = await visitor.open("/planner?week=2027-W09")
    assert "Fatima el Amrani" in week.text("//section[contains(@aria-labelledby, '2027-03-02')]")


async def test_booking_form_starts_with_the_likely_next_meeting(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    coach = await sqlite_house.coach()
    fresh = await sqlite_house.candidate()
    await sqlite_house.trajectory(coach, fresh)
    known = await sqlite_house.candidate()
    await sqlite_house.acquainted(coach, known)
    clock.set("2027-03-05T09:00")  # a Friday
    await visitor.sign_in(coach)

    first = await visitor.open(f"/meetings/new?candidate={fresh}")
    later = await visitor.open(f"/meetings/new?candidate={known}")

    assert (first.value("kind"), first.value("mode")) == ("acquaintance", "offline")
    assert (later.value("kind"), later.value("mode")) == ("progress", "video")
    assert (later.value("day"), later.value("time")) == ("2027-03-08", "10:00")
    assert later.value("minutes") == "45"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"day": "2027-02-26"}, "starts_in_past"),
        ({"day": "2027-03-28", "time": "02:30"}, "time_skipped"),
        ({"day": "31 maart"}, "day_bad"),
        ({"time": "half tien"}, "time_bad"),
        ({"minutes": "0"}, "length_bad"),
        ({"minutes": "veel"}, "number_bad"),
        ({"mode": "offline", "room": ""}, "room_needed"),
        ({"kind": "party"}, "choice_bad"),
        ({"trajectory": "x"}, "choice_bad"),
        ({"day": ""}, "field_missing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_booking_that_cannot_be_comes_back_filled_in_with_one_sentence(
    visitor: Visitor, sqlite_house: House, fields: dict[str, str], code: str
) -> None:
    candidate = await sqlite_house.candidate()
    coach = await sqlite_house.coach()
    await sqlite_house.acquainted(coach, candidate)
    await visitor.sign_in(coach)
    await visitor.open(f"/meetings/new?candidate={candidate}")
    before = await rows(visitor.parts)

    page = await visitor.press(BOOK, **fields)

    assert (page.status, page.problem) == (422, code)
    assert page.value("candidate") == str(candidate)
    assert await rows(visitor.parts) == before


async def test_slot_that_is_taken_is_refused_and_the_form_keeps_what_was_filled_in(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    await sqlite_house.book(await sqlite_house.acquainted(coach), "2027-03-02T10:00")
    candidate = await sqlite_house.candidate()
    await sqlite_house.acquainted(coach, candidate)
    await visitor.sign_in(coach)
    await visitor.open(f"/meetings/new?candidate={candidate}")

    page = await visitor.press(BOOK, time="10:15", minutes="20")

    assert (page.status, page.problem) == (409, "coach_taken")
    assert (page.value("time"), page.value("minutes")) == ("10:15", "20")


async def test_form_that_is_sent_twice_books_once(visitor: Visitor, sqlite_house: House) -> None:
    candidate = await sqlite_house.candidate()
    coach = await sqlite_house.coach()
    await sqlite_house.acquainted(coach, candidate)
    await visitor.sign_in(coach)
    form = await visitor.open(f"/meetings/new?candidate={candidate}")

    first = await visitor.press(BOOK)
    visitor.seen = form
    second = await visitor.press(BOOK)

    assert first.path == second.path
    assert first.path.startswith("/meetings/")


async def test_meeting_is_moved_cancelled_and_no_longer_changed(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    trajectory = await sqlite_house.acquainted(coach)
    meeting = (await sqlite_house.book(trajectory, "2027-03-02T10:00")).meeting
    await visitor.sign_in(coach)
    await visitor.open(f"/meetings/{meeting}")
    move, cancel = (
        "//details//form[contains(@action,'/move')]",
        "//form[contains(@action,'/cancel')]",
    )

    page = await visitor.press(f"{move}//button[not(@name) and not(@tabindex)]", time="11:30")
    assert "dinsdag 2 maart, 11.30" in page.text()

    stale = visitor.seen
    page = await visitor.press(f"{cancel}//button")
    assert "Afgezegd" in page.text()
    assert not page.has(cancel)

    visitor.seen = stale
    page = await visitor.press(f"{cancel}//button", key=uuid4().hex)
    assert (page.status, page.problem) == (409, "stale")


async def test_outcome_is_marked_once_the_meeting_began(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    coach = await sqlite_house.coach()
    trajectory = await sqlite_house.acquainted(coach)
    meeting = (await sqlite_house.book(trajectory, "2027-03-02T10:00")).meeting
    clock.set("2027-03-02T10:30")
    await visitor.sign_in(coach)
    await visitor.open(f"/meetings/{meeting}")

    page = await visitor.press("//button[@value='missed']")

    assert "Gemist" in page.text("//*[contains(@class, 'status')]")


async def test_coach_sees_own_people_only(visitor: Visitor, sqlite_house: House) -> None:
    mine, theirs = await sqlite_house.coach(), await sqlite_house.coach()
    other = await sqlite_house.candidate(name="Van Een Ander")
    meeting = (
        await sqlite_house.book(await sqlite_house.acquainted(theirs, other), "2027-03-02T10:00")
    ).meeting
    await visitor.sign_in(mine)

    assert "Van Een Ander" not in (await visitor.open("/candidates")).text()
    for path in (
        f"/candidates/{other}",
        f"/meetings/{meeting}",
        f"/meetings/new?candidate={other}",
    ):
        page = await visitor.open(path)
        assert page.status == 404
        assert "Van Een Ander" not in page.text("//body")


async def test_wrong_password_and_unknown_address_read_the_same(
    visitor: Visitor, sqlite_house: House
) -> None:
    await sqlite_house.staff(StaffRole.COACH, email="coach@example.org", password=PASSWORD)
    said = []
    for email in ("coach@example.org", "nobody@example.org"):
        await visitor.open("/login")
        page = await visitor.press(email=email, password="een ander wachtwoord")
        said.append((page.status, page.problem, page.text("//*[@id='problem']")))

    assert said[0] == said[1]
    assert said[0][:2] == (403, "sign_in_failed")


@pytest.mark.parametrize(
    "onward", ["//evil.example", "https://evil.example", "/\\evil.example", "/x\r\nSet-Cookie: a=b"]
)
async def test_sign_in_and_language_never_lead_elsewhere(
    visitor: Visitor, sqlite_house: House, onward: str
) -> None:
    await sqlite_house.staff(StaffRole.COACH, email="coach@example.org", password=PASSWORD)

    await visitor.open("/login")
    page = await visitor.press(email="coach@example.org", password=PASSWORD, next=onward)
    assert page.path == "/today"

    page = await visitor.press("//form[@action='/language']//button", back=onward)
    assert page.path == "/"


async def test_sign_out_ends_the_session(visitor: Visitor, sqlite_house: House) -> None:
    await visitor.sign_in(await sqlite_house.coach())
    session = visitor.cookie("staff")
    csrf = visitor.seen.value("csrf") if visitor.seen else ""

    gone = await visitor.post("/logout", f"csrf={csrf}", allow_redirects=False)
    assert (gone.status, gone.headers["Location"]) == (303, "/")
    assert gone.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    response = await visitor.client.get(
        "/today", headers={"Cookie": f"ts={session}"}, allow_redirects=False
    )

    assert response.headers["Location"].startswith("/login")


async def test_language_switch_speaks_the_other_language_and_comes_back(
    visitor: Visitor, sqlite_house: House
) -> None:
    await visitor.open("/login?next=%2Ftoday")

    page = await visitor.press("//form[@action='/language']//button")

    assert page.text("//h1") == "Sign in"
    assert page.path == "/login"


async def test_invitation_is_in_the_language_of_the_candidate(
    visitor: Visitor, sqlite_house: House
) -> None:
    candidate = await sqlite_house.candidate(language=Language.EN)
    trajectory = await sqlite_house.acquainted(await sqlite_house.coach(), candidate)
    meeting = (await sqlite_house.book(trajectory, "2027-03-01T09:10")).meeting

    page = await visitor.open(f"/j/{await link_of(visitor.parts, meeting)}")

    assert page.document.get("lang") == "en"
    assert "Monday 1 March, 09:10" in page.text()


async def test_candidate_opens_the_call_page_with_one_press(
    visitor: Visitor, sqlite_house: House
) -> None:
    meeting = await _talk_now(sqlite_house)

    page = await visitor.open(f"/j/{await link_of(visitor.parts, meeting)}")
    assert page.document.xpath("count(//main//button)") == 1
    assert page.has("//main//a[starts-with(@href, 'tel:')]")
    page = await visitor.press()

    facts = json.loads(page.document.xpath("//*[@id='call-facts']")[0].text)
    assert page.path == f"/talk/{meeting}"
    assert (facts["role"], facts["meeting"]) == ("candidate", str(meeting))
    assert all(key.startswith("call.") for key in facts["texts"])
    assert not page.has("//*[@id='knock']")
    assert "naar de camera" in page.text("//p[@class='talk__eyes']")


async def test_ticket_is_for_the_person_whose_page_asks(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    trajectory = await sqlite_house.acquainted(coach)
    meeting = (await sqlite_house.book(trajectory, "2027-03-01T09:10")).meeting
    await visitor.sign_in(coach)
    await visitor.open(f"/j/{await link_of(visitor.parts, meeting)}")
    await visitor.press()

    roles = []
    for path in (f"/talk/{meeting}", f"/talk/{meeting}?as=coach"):
        page = await visitor.open(path)
        facts = json.loads(page.document.xpath("//*[@id='call-facts']")[0].text)
        answer = await visitor.client.post(
            "/api/ticket", json={"meeting": str(meeting)}, headers={"X-CSRF": facts["csrf"]}
        )
        roles.append((facts["role"], (await answer.json())["role"]))

    assert roles == [("candidate", "candidate"), ("coach", "coach")]


@pytest.mark.parametrize(
    ("starts", "says"), [("2027-03-01T15:00", "gaat open om 14.30 uur"), (None, "is voorbij")]
)
async def test_coach_outside_the_window_reads_so_and_is_not_asked_for_a_camera(
    visitor: Visitor, sqlite_house: House, starts: str | None, says: str
) -> None:
    coach = await sqlite_house.coach()
    trajectory = await sqlite_house.acquainted(coach)
    booked = await sqlite_house.book(trajectory, starts or "2027-03-01T09:10")
    if starts is None:
        await visitor.parts.database.run(partial(_end, meeting=booked.meeting))
    await visitor.sign_in(coach)

    page = await visitor.open(f"/talk/{booked.meeting}?as=coach")

    assert says in page.text("//*[@id='stage-intro']")
    assert not page.has("//*[@id='turn-on']")
    facts = json.loads(page.document.xpath("//*[@id='call-facts']")[0].text)
    answer = await visitor.client.post(
        "/api/ticket", json={"meeting": str(booked.meeting)}, headers={"X-CSRF": facts["csrf"]}
    )
    assert (await answer.json())["code"] == ("talk_over" if starts is None else "talk_not_open")


async def _end(tx: Tx, *, meeting: MeetingId) -> None:
    await change_meeting(tx, meeting, status=MeetingStatus.FAILED)


async def test_link_that_a_scanner_opens_twenty_times_each_way_changes_nothing(
    visitor: Visitor, sqlite_house: House
) -> None:
    meeting = await _talk_now(sqlite_house)
    link = f"/j/{await link_of(visitor.parts, meeting)}"
    before = await rows(visitor.parts)

    for method in ("GET", "HEAD") * 20:
        visitor.forget()
        response = await visitor.client.request(method, link)
        assert response.status == 200
        assert "noindex" in await response.text() or method == "HEAD"

    assert await rows(visitor.parts) == before


async def test_meeting_at_a_location_shows_place_and_route_and_never_a_room(
    visitor: Visitor, sqlite_house: House
) -> None:
    trajectory = await sqlite_house.trajectory(await sqlite_house.coach())
    booked = await sqlite_house.book(
        trajectory,
        "2027-03-02T10:00",
        kind=MeetingKind.ACQUAINTANCE,
        mode=Mode.OFFLINE,
        room=await sqlite_house.room(name="Kamer Geheim"),
    )

    page = await visitor.open(f"/j/{await link_of(visitor.parts, booked.meeting)}")

    assert "Stationsplein 1" in page.text()
    assert "Vijf minuten lopen" in page.text()
    assert "Kamer Geheim" not in page.text()
    assert not page.has("//main//form")


async def test_link_before_its_time_says_when_to_come_back(
    visitor: Visitor, sqlite_house: House
) -> None:
    trajectory = await sqlite_house.acquainted(await sqlite_house.coach())
    meeting = (await sqlite_house.book(trajectory, "2027-03-03T14:00")).meeting
    link = f"/j/{await link_of(visitor.parts, meeting)}"

    page = await visitor.open(link)
    assert "woensdag 3 maart, vanaf 13.30 uur" in page.text()
    assert "met camera en microfoon" in page.text("//*[@id='camera']")

    csrf = visitor.cookie("stranger")
    response = await visitor.post(link, f"csrf={csrf}", allow_redirects=False)
    assert response.status == 409
    assert "ts" not in response.cookies
    assert "tsg" not in response.cookies


@pytest.mark.parametrize(
    "token", ["x", "%00", "%E2%80%AE", "a" * 4000, "..%2f..%2fetc", "' or 1=1 --", "%ff"]
)
async def test_link_that_is_not_ours_tells_a_stranger_nothing(
    visitor: Visitor, sqlite_house: House, token: str
) -> None:
    meeting = await _talk_now(sqlite_house)
    real = await link_of(visitor.parts, meeting)

    for wrong in (token, real[:-1], real + "x", real.swapcase()):
        response = await visitor.client.get(f"/j/{wrong}")
        text = await response.text()
        assert response.status in (400, 404), wrong
        assert re.search(r"Code: (link|page)_unknown", text), wrong
        assert "Nummer" not in text.replace("Nummer:", "")


async def test_link_whose_letters_were_percent_encoded_is_the_same_link(
    visitor: Visitor, sqlite_house: House
) -> None:
    """As some mail programs pass it on."""
    link = await link_of(visitor.parts, await _talk_now(sqlite_house))

    response = await visitor.client.get(
        URL(f"/j/{''.join(f'%{ord(letter):02X}' for letter in link)}", encoded=True)
    )

    assert response.status == 200
    assert 'data-state="open"' in await response.text()


async def test_calendar_file_is_given_for_a_link(visitor: Visitor, sqlite_house: House) -> None:
    meeting = await _talk_now(sqlite_house)
    link = await link_of(visitor.parts, meeting)

    response = await visitor.client.get(f"/j/{link}/appointment.ics")

    assert response.status == 200
    assert response.content_type == "text/calendar"
    assert (await response.text()).startswith("BEGIN:VCALENDAR")


async def test_stranger_at_a_talk_is_sent_to_the_mail_and_a_third_leaves_a_notice(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach, third = await sqlite_house.coach(), await sqlite_house.coach()
    trajectory = await sqlite_house.acquainted(coach)
    meeting = (await sqlite_house.book(trajectory, "2027-03-01T09:10")).meeting

    page = await visitor.open(f"/talk/{meeting}")
    assert (page.status, "talk_by_link" in page.text()) == (403, True)

    await visitor.sign_in(third)
    page = await visitor.open(f"/talk/{meeting}")
    assert page.status == 403
    assert not page.has("//*[@id='call-facts']")

    visitor.forget()
    await visitor.sign_in(coach)
    page = await visitor.open("/today")
    assert "geweigerd" in page.text("//*[@class='notices']")
    page = await visitor.press("//form[contains(@action, '/seen')]//button")
    assert not page.has("//*[@class='notices']")


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"name": "Jan\u202eJansen"}, "name_bad", "name"),
        ({"name": "Jan\nJansen"}, "name_bad", "name"),
        ({"name": "a" * 10_000}, "name_bad", "name"),
        ({"email": "a@b.nl, c@d.nl"}, "email_bad", "email"),
        ({"email": "a@b.nl\r\nBcc: c@d.nl"}, "email_bad", "email"),
        ({"phone": "twaalf"}, "phone_bad", "phone"),
        ({"email": "", "phone": ""}, "contact_needed", "email"),
        ({"skill_since": "2099-01-01"}, "skill_date_bad", "skill_since"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_candidate_that_cannot_be_comes_back_with_the_sentence_at_its_field(
    visitor: Visitor, sqlite_house: House, fields: dict[str, str], code: str, field: str
) -> None:
    await visitor.sign_in(await sqlite_house.planner())
    await visitor.open("/candidates/new")
    good = {"name": "Jan Jansen", "email": "jan@example.org", "phone": "0612345678"}

    page = await visitor.press(**{**good, **fields})

    assert (page.status, page.problem) == (422, code)
    assert page.has(f"//*[@id='{field}'][@aria-invalid='true']")
    assert page.text("//*[@id='problem']") == page.text(f"//*[@id='{field}-wrong']")


async def test_day_without_talks_says_so(visitor: Visitor, sqlite_house: House) -> None:
    page = await visitor.sign_in(await sqlite_house.coach())

    assert (page.status, page.path) == (200, "/today")
    assert "geen gesprekken meer" in page.text()


async def test_waiting_fragment_is_a_part_of_the_page(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    trajectory = await sqlite_house.acquainted(coach)
    booked = await sqlite_house.book(trajectory, "2027-03-01T09:10")
    await visitor.sign_in(coach)

    whole = await visitor.open("/today")
    part = await visitor.client.get("/today/waiting", headers={"HX-Request": "true"})

    text = await part.text()
    assert text.lstrip().startswith('<div id="today-lines"')
    assert whole.has("//*[@id='today-lines'][@hx-get='/today/waiting']")
    assert f"/talk/{booked.meeting}?as=coach" in text


async def test_markup_in_a_name_stays_text(visitor: Visitor, sqlite_house: House) -> None:
    name = "<img src=x onerror=alert(1)> \"'&{{7*7}}"
    candidate = await sqlite_house.candidate(name=name)
    coach = await sqlite_house.coach()
    trajectory = await sqlite_house.acquainted(coach, candidate)
    meeting = (await sqlite_house.book(trajectory, "2027-03-01T09:10")).meeting
    await visitor.sign_in(coach)

    for path in ("/today", "/candidates", f"/candidates/{candidate}", f"/meetings/{meeting}"):
        page = await visitor.open(path)
        assert not page.has("//img"), path
        assert name in page.document.text_content(), path
    call = await visitor.open(f"/talk/{meeting}?as=coach")
    facts = json.loads(call.document.xpath("//*[@id='call-facts']")[0].text)
    assert facts["other_name"] == name


async def test_no_token_is_logged(
    visitor: Visitor, sqlite_house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    meeting = await _talk_now(sqlite_house)
    link = await link_of(visitor.parts, meeting)
    await visitor.open(f"/j/{link}")
    await visitor.press()
    guest = visitor.cookie("guest")
    stranger = visitor.cookie("stranger")
    await visitor.client.get(f"/j/{link}/nothing?secret={link}")

    logged = "".join(capsys.readouterr())

    assert "/j/{token}" in logged
    assert not [secret for secret in (link, guest, stranger) if secret in logged]


async def test_health_answers(visitor: Visitor) -> None:
    response = await visitor.client.get("/healthz")

    assert (response.status, await response.text()) == (200, "ok")


async def test_unknown_meeting_is_not_found(visitor: Visitor, sqlite_house: House) -> None:
    await visitor.sign_in(await sqlite_house.planner())

    for path in (f"/meetings/{uuid4()}", "/meetings/1", f"/candidates/{uuid4()}", "/candidates/x"):
        assert (await visitor.open(path)).status == 404
