"""The worker on a real database, a real Radicale and a real mail server."""

import asyncio
import logging
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from io import BytesIO
from uuid import UUID, uuid4

import pytest
from PIL import Image

from coaching.words import MeetingKind, Mode
from server.jobs.holding import LEASE
from server.jobs.worker import run_worker
from server.store import outbox
from server.store.calendars import repair_connection
from server.usecases.booking import MoveRequest, cancel_meeting, move_meeting
from server.usecases.context import MeetingId, Parts, StaffActor, StaffId, TrajectoryId
from server.usecases.photos import keep_photo
from tests.calendar_servers import CalendarServer, Delivered, MailSink, mail_sink, radicale
from tests.conftest import Clock
from tests.house_of_people import House
from tests.wire.worker_tools import connect, deliver, event_in, events_of, rows, with_servers

pytestmark = pytest.mark.wire


@pytest.fixture(scope="module")
def calendar_server() -> Iterator[CalendarServer]:
    with radicale() as server:
        yield server


@pytest.fixture
async def sink() -> AsyncIterator[MailSink]:
    async with mail_sink() as opened:
        yield opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A coach with a calendar, and a candidate who already met the coach."""

    parts: Parts
    house: House
    coach: StaffActor
    connection: UUID
    trajectory: TrajectoryId

    async def book(self, starts: str = "2027-03-03T14:00") -> MeetingId:
        return (await self.house.book(self.trajectory, starts)).meeting

    async def move(self, meeting: MeetingId, starts: str, revision: int) -> None:
        await move_meeting(
            self.parts,
            await self.house.planner(),
            meeting,
            MoveRequest(
                starts_local=datetime.fromisoformat(starts),
                minutes=45,
                mode=Mode.VIDEO,
                room=None,
            ),
            revision=revision,
            key=uuid4().hex,
            now=self.parts.now(),
        )

    async def cancel(self, meeting: MeetingId, revision: int) -> None:
        await cancel_meeting(
            self.parts,
            await self.house.planner(),
            meeting,
            revision=revision,
            key=uuid4().hex,
            now=self.parts.now(),
        )


@pytest.fixture
async def scene(parts: Parts, sink: MailSink, calendar_server: CalendarServer) -> Scene:
    ready = with_servers(parts, sink=sink)
    house = House(ready)
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    connection = await connect(ready, coach.id, calendar_server)
    return Scene(
        parts=ready, house=house, coach=coach, connection=connection, trajectory=trajectory
    )


def calendar_part(message: EmailMessage) -> EmailMessage:
    (part,) = (part for part in message.walk() if part.get_content_type() == "text/calendar")
    assert isinstance(part, EmailMessage)
    return part


def invited(mail: Delivered) -> dict[str, str]:
    part = calendar_part(mail.message)
    event = event_in(part.get_content().encode())
    return {
        "method": part.get_param("method"),  # type: ignore[dict-item]  # email types it wider
        "uid": str(event["UID"]),
        "sequence": str(event["SEQUENCE"]),
        "status": str(event["STATUS"]),
    }


async def test_booking_arrives_once_in_mailbox_and_calendar(
    scene: Scene, sink: MailSink, calendar_server: CalendarServer
) -> None:
    meeting = await scene.book()
    await deliver(scene.parts)
    await deliver(scene.parts)
    (mail,) = sink.taken
    assert mail.sender == "planning@tweespraak.example"
    assert mail.recipients == (mail.message["To"].addresses[0].addr_spec,)
    parts = [part.get_content_type() for part in mail.message.iter_parts()]
    assert parts == ["text/plain", "text/html", "text/calendar"]
    text = mail.message.get_body(("plain",)).get_content()
    assert "woensdag 3 maart 2027, 14.00 uur" in text
    assert "020 123 4567" in text  # as people write it
    (invitation,) = await rows(scene.parts, "invitation", meeting_id=meeting)
    token = scene.parts.secret.invitation_token(invitation["id"])
    assert text.count(f"https://tweespraak.example/j/{token}") == 1
    assert invited(mail)["method"] == "REQUEST"
    (event,) = events_of(calendar_server, meeting)
    assert str(event["CLASS"]) == "PRIVATE"
    assert "ATTENDEE" not in event
    assert str(event["SUMMARY"]).startswith("Gesprek (T-")


async def test_invitation_carries_the_photo_of_the_coach_and_a_later_mail_does_not(
    scene: Scene, sink: MailSink
) -> None:
    face = BytesIO()
    Image.new("RGB", (60, 60), "green").save(face, "PNG")
    await keep_photo(
        scene.parts,
        scene.coach,
        StaffId(scene.coach.id),
        face.getvalue(),
        now=scene.parts.now(),
    )
    meeting = await scene.book()
    await deliver(scene.parts)
    await scene.move(meeting, "2027-03-04T14:00", 1)
    await deliver(scene.parts)
    first, moved = (mail.message for mail in sink.taken)
    assert [part.get_content_type() for part in first.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/jpeg",
        "text/calendar",
    ]
    assert "image/jpeg" not in [part.get_content_type() for part in moved.walk()]


async def test_history_says_what_was_delivered(scene: Scene) -> None:
    meeting = await scene.book()
    await deliver(scene.parts)
    events = await rows(scene.parts, "meeting_event", meeting_id=meeting)
    assert {event["what"] for event in events} >= {"mail_sent", "calendar_present"}


async def test_move_keeps_uid_and_raises_sequence(
    scene: Scene, sink: MailSink, calendar_server: CalendarServer
) -> None:
    meeting = await scene.book()
    await deliver(scene.parts)
    await scene.move(meeting, "2027-03-04T10:00", revision=1)
    await deliver(scene.parts)
    first, second = (invited(mail) for mail in sink.taken)
    assert second["uid"] == first["uid"]
    assert int(second["sequence"]) > int(first["sequence"])
    assert second["method"] == "REQUEST"
    (event,) = events_of(calendar_server, meeting)
    assert event["DTSTART"].dt.isoformat() == "2027-03-04T10:00:00+01:00"


async def test_cancel_removes_the_event_and_withdraws_the_invitation(
    scene: Scene, sink: MailSink, calendar_server: CalendarServer
) -> None:
    meeting = await scene.book()
    await deliver(scene.parts)
    await scene.cancel(meeting, revision=1)
    await deliver(scene.parts)
    first, second = (invited(mail) for mail in sink.taken)
    assert (second["method"], second["status"]) == ("CANCEL", "CANCELLED")
    assert second["uid"] == first["uid"]
    assert int(second["sequence"]) > int(first["sequence"])
    assert events_of(calendar_server, meeting) == []
    events = await rows(scene.parts, "meeting_event", meeting_id=meeting)
    assert "calendar_removed" in {event["what"] for event in events}


async def test_cancel_before_anything_went_out_says_and_leaves_nothing(
    scene: Scene, sink: MailSink, calendar_server: CalendarServer
) -> None:
    meeting = await scene.book()
    await scene.cancel(meeting, revision=1)
    await deliver(scene.parts)
    assert sink.taken == []
    assert events_of(calendar_server, meeting) == []


async def test_cancel_follows_a_mail_that_was_taken_without_an_answer(
    scene: Scene, sink: MailSink, clock: Clock
) -> None:
    async def take_and_say_nothing(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.write(b"220 here\r\n")
        while not (line := await reader.readline()).startswith(b"DATA"):
            assert line
            writer.write(b"250 OK\r\n")
        writer.write(b"354 go on\r\n")
        await reader.readuntil(b"\r\n.\r\n")
        writer.close()

    silent = await asyncio.start_server(take_and_say_nothing, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    settings = replace(scene.parts.settings, smtp_port=port)
    async with silent:
        meeting = await scene.book()
        await deliver(replace(scene.parts, settings=settings))
    await scene.cancel(meeting, revision=1)
    clock.forward(hours=1)
    await deliver(scene.parts)
    (withdrawn,) = sink.taken
    assert invited(withdrawn)["method"] == "CANCEL"


async def test_cancel_follows_a_mail_whose_worker_ended_in_the_middle(
    scene: Scene, sink: MailSink, clock: Clock
) -> None:
    meeting = await scene.book()
    now = scene.parts.now()
    async with scene.parts.database.write() as tx:
        taken = await outbox.claim(
            tx, worker="ended", now=now, lease=LEASE, kinds=[outbox.Kind.MAIL], limit=50
        )
    assert f"meeting:{meeting}" in {row.subject for row in taken}
    await scene.cancel(meeting, revision=1)
    clock.forward(minutes=1)
    await deliver(scene.parts)
    assert invited(sink.taken[-1])["method"] == "CANCEL"


async def test_changes_of_people_in_the_calendar_stay(
    scene: Scene, calendar_server: CalendarServer
) -> None:
    meeting = await scene.book()
    await deliver(scene.parts)
    (path,) = (path for path in calendar_server.paths() if str(meeting) in path.name)
    ics = path.read_text().replace("END:VEVENT", "CATEGORIES:Blauw\nX-NOTE:eigen\nEND:VEVENT")
    path.write_text(ics)
    await scene.move(meeting, "2027-03-04T10:00", revision=1)
    await deliver(scene.parts)
    (event,) = events_of(calendar_server, meeting)
    assert str(event["X-NOTE"]) == "eigen"
    assert "CATEGORIES" in event
    assert event["DTSTART"].dt.isoformat() == "2027-03-04T10:00:00+01:00"


async def test_refused_recipient_is_given_up_and_told(scene: Scene, sink: MailSink) -> None:
    sink.refusals.append("550 no such mailbox")
    meeting = await scene.book()
    await deliver(scene.parts)
    assert sink.taken == []
    (row,) = await rows(scene.parts, "outbox", kind="mail", subject=f"meeting:{meeting}")
    assert row["gave_up_at"] is not None
    (notice,) = await rows(scene.parts, "notice", code="mail_bounced")
    assert notice["staff_id"] == scene.coach.id


async def test_refused_for_now_is_sent_later_with_the_same_identity(
    scene: Scene, sink: MailSink, clock: Clock
) -> None:
    sink.refusals.append("451 come back later")
    meeting = await scene.book()
    await deliver(scene.parts)
    assert sink.taken == []
    clock.forward(minutes=1)
    await deliver(scene.parts)
    (mail,) = sink.taken
    (row,) = await rows(scene.parts, "outbox", kind="mail", subject=f"meeting:{meeting}")
    assert mail.message["Message-ID"] == f"<{row['id']}@tweespraak.example>"


async def test_meeting_at_a_location_says_place_and_never_the_room(
    scene: Scene, sink: MailSink
) -> None:
    room = await scene.house.room(name="Kamer Geheim 17")
    await scene.house.book(
        scene.trajectory,
        "2027-03-05T10:00",
        mode=Mode.OFFLINE,
        room=room,
        kind=MeetingKind.PROGRESS,
    )
    await deliver(scene.parts)
    (mail,) = sink.taken
    whole = "".join(
        part.get_content() for part in mail.message.walk() if part.get_content_maintype() == "text"
    )
    assert "Stationsplein 1, 3511 ED Utrecht" in whole
    assert "Vijf minuten lopen" in whole
    assert "Geheim" not in whole


async def test_wrong_password_breaks_the_calendar_and_repair_brings_everything(
    scene: Scene, calendar_server: CalendarServer
) -> None:
    def sealed(password: str) -> bytes:
        bound = f"calendar_connection:{scene.connection}"
        return scene.parts.secret.seal(password, bound_to=bound)

    async def repair(password: str) -> None:
        async with scene.parts.database.write() as tx:
            await repair_connection(
                tx,
                scene.connection,
                user_name=calendar_server.user,
                secret=sealed(password),
                now=scene.parts.now(),
            )

    await repair("not the password")
    meetings = [await scene.book(f"2027-03-{day:02d}T14:00") for day in range(8, 12)]
    await deliver(scene.parts)
    (connection,) = await rows(scene.parts, "calendar_connection", id=scene.connection)
    assert connection["state"] == "broken"
    assert len(await rows(scene.parts, "notice", code="calendar_broken")) == 1
    await repair(calendar_server.password)
    await deliver(scene.parts)
    assert [len(events_of(calendar_server, meeting)) for meeting in meetings] == [1, 1, 1, 1]
    (connection,) = await rows(scene.parts, "calendar_connection", id=scene.connection)
    assert connection["state"] == "ok"


async def test_run_worker_delivers_until_stopped(scene: Scene, sink: MailSink) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(run_worker(scene.parts, stop))
    await scene.book()
    async with asyncio.timeout(180):
        mail = await sink.mails.get()
    stop.set()
    async with asyncio.timeout(180):
        await running
    candidate = mail.message["To"].addresses[0].addr_spec
    assert candidate.endswith("@example.org")
    open_rows = await rows(scene.parts, "outbox", leased_by=None, done_at=None)
    assert all(row["kind"] == "calendar" for row in open_rows)


async def test_no_log_shows_a_link_a_password_or_a_person(
    scene: Scene,
    sink: MailSink,
    calendar_server: CalendarServer,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    sink.refusals.append("451 come back later")
    meeting = await scene.book()
    await scene.book("2027-03-05T14:00")
    await deliver(scene.parts)
    (mail,) = sink.taken
    (invitation,) = await rows(scene.parts, "invitation", meeting_id=meeting)
    # "mail.log" is the mail server of this test, which writes down what it receives.
    ours = [record.getMessage() for record in caplog.records if record.name != "mail.log"]
    shown = "\n".join([*ours, *capsys.readouterr()])
    assert "calendar_settled" in shown
    secrets = [
        scene.parts.secret.invitation_token(invitation["id"]),
        calendar_server.password,
        b64encode(f"{calendar_server.user}:{calendar_server.password}".encode()).decode(),
        mail.message["To"].addresses[0].addr_spec,
        mail.message["To"].addresses[0].display_name,
    ]
    assert [secret for secret in secrets if secret in shown] == []
