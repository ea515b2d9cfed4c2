"""Appointments by mail for a coach: the switch, the invitation, its update and its withdrawal."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from uuid import uuid4

import pytest

from coaching.words import Language, Mode
from server.app import build_app
from server.calendar_doctor import examine_mail
from server.doctor import State
from server.store.mailboxes import save_failure, save_position
from server.texts import words_for
from server.usecases.attention import attention
from server.usecases.booking import MoveRequest, cancel_meeting, move_meeting
from server.usecases.context import MeetingId, Parts, StaffActor, StaffId
from server.usecases.handing_over import hand_over
from server.usecases.overview import today
from server.usecases.staff_mail import switch_mail
from tests.calendar_servers import CalendarServer, Delivered, MailSink, mail_sink, radicale
from tests.house_of_people import House
from tests.visitor import Visitor
from tests.wire.worker_tools import connect, deliver, event_in, rows, with_servers

pytestmark = pytest.mark.wire


@pytest.fixture
async def sink() -> AsyncIterator[MailSink]:
    async with mail_sink() as opened:
        yield opened


@pytest.fixture
def parts(sqlite_parts: Parts, sink: MailSink) -> Parts:
    return with_servers(sqlite_parts, sink=sink)


@pytest.fixture
def house(parts: Parts) -> House:
    return House(parts)


async def planned(house: House, coach: StaffActor) -> MeetingId:
    own = await house.acquainted(coach, await house.candidate(name="Fatima Geheim"))
    booked = await house.book(own, "2027-03-03T14:00", mode=Mode.PHONE)
    return booked.meeting


def to_staff(sink: MailSink) -> list[EmailMessage]:
    def is_staff(mail: Delivered) -> bool:
        return mail.recipients[0].startswith("staff")

    return [mail.message for mail in sink.taken if is_staff(mail)]


def said(message: EmailMessage) -> tuple[str, str, str, str]:
    """Method, UID, SEQUENCE and STATUS, checked against the part and the sender."""
    *_, part = message.walk()
    assert part.get_content_type() == "text/calendar"
    text = part.get_content()
    event = event_in(text.encode())
    assert f"METHOD:{part.get_param('method')}" in text.splitlines()
    sender = message["From"].addresses[0].addr_spec
    assert event["ORGANIZER"] == f"mailto:{sender}"
    assert event["ATTENDEE"] == f"mailto:{message['To'].addresses[0].addr_spec}"
    kinds = [one.get_content_type() for one in message.iter_parts()]
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    method = str(part.get_param("method"))
    return method, str(event["UID"]), str(event["SEQUENCE"]), str(event["STATUS"])


async def test_invitation_update_and_withdrawal_have_one_name_and_a_rising_number(
    house: House, parts: Parts, sink: MailSink
) -> None:
    coach, planner = await house.coach(), await house.planner()
    await switch_mail(parts, coach, on=True, now=parts.now())
    meeting = await planned(house, coach)
    await deliver(parts)
    await move_meeting(
        parts,
        planner,
        meeting,
        MoveRequest(
            starts_local=datetime.fromisoformat("2027-03-04T10:00"),
            minutes=45,
            mode=Mode.PHONE,
            room=None,
        ),
        revision=1,
        key=uuid4().hex,
        now=parts.now(),
    )
    await deliver(parts)
    await cancel_meeting(parts, planner, meeting, revision=2, key=uuid4().hex, now=parts.now())
    await deliver(parts)

    first, moved, gone = map(said, to_staff(sink)[-3:])
    assert [one[0] for one in (first, moved, gone)] == ["REQUEST", "REQUEST", "CANCEL"]
    assert [one[2] for one in (first, moved, gone)] == ["1", "2", "3"]
    assert [one[3] for one in (first, moved, gone)] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert len({one[1] for one in (first, moved, gone)}) == 1
    assert all("Geheim" not in one.as_string() for one in to_staff(sink))


async def test_hand_over_invites_the_new_coach_and_withdraws_from_the_old_one(
    house: House, parts: Parts, sink: MailSink
) -> None:
    before, after = await house.coach(), await house.coach()
    for coach in (before, after):
        await switch_mail(parts, coach, on=True, now=parts.now())
    own = await house.acquainted(before)
    await house.book(own, "2027-03-03T14:00", mode=Mode.PHONE)
    await deliver(parts)
    planner = await house.planner()
    done = await hand_over(parts, planner, own, StaffId(after.id), key=uuid4().hex, now=parts.now())
    await deliver(parts)
    assert len(done.moved) == 1

    told = {message["To"].addresses[0].display_name: said(message) for message in to_staff(sink)}
    assert told[before.name][0] == "CANCEL"
    assert (told[after.name][0], told[after.name][3]) == ("REQUEST", "CONFIRMED")
    (gone,) = [one for one in to_staff(sink) if said(one)[0] == "CANCEL"]
    assert gone["To"].addresses[0].display_name == before.name


async def test_refused_mail_is_told_to_the_coach_to_planners_and_to_the_doctor(
    house: House, parts: Parts, sink: MailSink
) -> None:
    coach, planner = await house.coach(), await house.planner()
    await switch_mail(parts, coach, on=True, now=parts.now())
    meeting = await planned(house, coach)
    sink.refusals += ["550 5.1.1 no such mailbox"] * 9
    await deliver(parts)

    for reader in (coach, planner):
        (line,) = await attention(parts, reader, now=parts.now())
        assert (line.code, line.params) == ("staff_mail", {"name": coach.name})
        assert (line.action, line.href) == ("see", f"/meetings/{meeting}")
        seen = (await today(parts, reader, now=parts.now())).notices
        (told,) = [one for one in seen if one.code == "staff_mail_refused"]
        assert told.meeting == meeting
        assert (
            words_for(Language.NL, parts.settings.tz)
            .say("notice.staff_mail_refused", **told.params)
            .endswith("over de afspraak van wo 3 mrt 2027, 14:00 kwam niet aan. Klopt het adres?")
        )
    (found,) = await examine_mail(parts, now=parts.now())
    assert (found.subject, found.state) == ("mail to staff", State.WARNING)
    assert "1 refused in 30 days" in found.sentence
    assert "550" in found.sentence


async def test_doctor_tells_of_a_mailbox_that_cannot_be_read(parts: Parts) -> None:
    settings = replace(parts.settings, imap_host="imap.example")
    asked, now = replace(parts, settings=settings), parts.now()
    (never,) = await examine_mail(asked, now=now)
    async with parts.database.write() as tx:
        await save_failure(tx, "answers@imap.example/INBOX", error="refuses us", now=now)
    (bad,) = await examine_mail(asked, now=now)
    async with parts.database.write() as tx:
        await save_position(tx, "answers@imap.example/INBOX", uid_validity=1, last_uid=1, now=now)
    (good,) = await examine_mail(asked, now=now)

    assert [one.state for one in (never, bad, good)] == [State.WARNING, State.BAD, State.GOOD]
    assert bad.sentence == "refuses us; last read 0 minutes ago"
    assert await examine_mail(parts, now=now) == ()


async def test_nobody_is_mailed_who_did_not_ask(house: House, parts: Parts, sink: MailSink) -> None:
    await planned(house, await house.coach())
    await deliver(parts)

    assert to_staff(sink) == []


async def test_coach_whose_calendar_is_written_to_gets_no_mail(
    house: House, parts: Parts, sink: MailSink
) -> None:
    coach = await house.coach()
    await switch_mail(parts, coach, on=True, now=parts.now())
    with radicale() as server:
        await _connect(parts, coach, server)
        await planned(house, coach)
        await deliver(parts)

    assert to_staff(sink) == []


async def _connect(parts: Parts, coach: StaffActor, server: CalendarServer) -> None:
    await connect(parts, coach.id, server)


async def test_cancelled_before_the_first_mail_is_never_told(
    house: House, parts: Parts, sink: MailSink
) -> None:
    coach, planner = await house.coach(), await house.planner()
    await switch_mail(parts, coach, on=True, now=parts.now())
    meeting = await planned(house, coach)
    await cancel_meeting(parts, planner, meeting, revision=1, key=uuid4().hex, now=parts.now())
    await deliver(parts)

    assert [said(one)[0] for one in to_staff(sink) if str(meeting) in one.as_string()] == []


async def test_organizer_gets_words_and_no_invitation(
    house: House, parts: Parts, sink: MailSink
) -> None:
    coach = await house.coach()
    (row,) = await rows(parts, "staff", id=coach.id)
    own = replace(parts, settings=replace(parts.settings, mail_from=row["email"]))
    await switch_mail(own, coach, on=True, now=own.now())
    await planned(house, coach)
    await deliver(own)

    kinds = {part.get_content_type() for mail in to_staff(sink) for part in mail.walk()}
    assert "text/plain" in kinds
    assert "text/calendar" not in kinds


async def test_switch_stands_on_the_page_of_calendars(
    aiohttp_client: object, sqlite_parts: Parts, sqlite_house: House
) -> None:
    visitor = Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped
    coach = await sqlite_house.coach()
    await visitor.sign_in(coach)
    await visitor.open("/calendars")
    on = await visitor.press("//*[@id='mail']")
    kept = await rows(sqlite_parts, "staff_mail")
    off = await visitor.press("//*[@id='mail']")

    assert "Dit staat aan" in on.text()
    assert [one["staff_id"] for one in kept] == [coach.id]
    assert "Dit staat uit" in off.text()
    assert await rows(sqlite_parts, "staff_mail") == []
