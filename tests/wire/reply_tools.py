"""What the tests of answers by mail share: a talk, its invitation, the mailbox, an answer."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from email.message import EmailMessage
from uuid import UUID, uuid4

import pytest
from icalendar import Event
from structlog.testing import capture_logs

from coaching.words import Mode
from server.jobs.mailbox import look
from server.usecases.context import Parts
from tests.calendar_servers import MailSink, mail_sink
from tests.house_of_people import House
from tests.mail_servers import PASSWORD, USER, ImapServer, dovecot
from tests.wire.worker_tools import deliver, event_in, rows, with_servers


@pytest.fixture(scope="module")
def mailbox() -> Iterator[ImapServer]:
    with dovecot() as opened:
        yield opened


@pytest.fixture
async def sink() -> AsyncIterator[MailSink]:
    async with mail_sink() as opened:
        yield opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A candidate with a talk, the invitation to it, and the mailbox that answers come to."""

    parts: Parts
    meeting: UUID
    address: str
    invited: Event
    folder: str
    mailbox: ImapServer

    def reply(self, partstat: str = "DECLINED", **changes: str) -> bytes:
        """What a calendar program sends back; `changes` replace lines, "" drops one."""
        lines = {
            "METHOD": "METHOD:REPLY",
            "BEGIN": "BEGIN:VEVENT",
            "UID": f"UID:{self.invited['UID']}",
            "SEQUENCE": f"SEQUENCE:{self.invited['SEQUENCE']}",
            "DTSTAMP": "DTSTAMP:20270301T100000Z",
            "DTSTART": "DTSTART:20270303T130000Z",
            "DTEND": "DTEND:20270303T134500Z",
            "ORGANIZER": "ORGANIZER:mailto:planning@tweespraak.example",
            "ATTENDEE": f"ATTENDEE;PARTSTAT={partstat}:mailto:{self.address}",
            **changes,
        }
        body = "\r\n".join(filter(None, lines.values()))
        return (
            f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{body}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".encode()
        )

    def arrives(self, ics: bytes, *, sender: str = "", method: str = "REPLY") -> bytes:
        mail = EmailMessage()
        mail["From"] = f"Kandidaat <{sender or self.address}>"
        mail["To"] = "planning@tweespraak.example"
        mail["Subject"] = "Geweigerd: Gesprek"
        mail["Message-ID"] = f"<{uuid4()}@example.org>"
        mail.set_content("Ik kan niet.")
        mail.add_alternative(ics, maintype="text", subtype="calendar", params={"method": method})
        return self.puts(mail.as_bytes())

    def puts(self, raw: bytes) -> bytes:
        self.mailbox.put(raw, self.folder)
        return raw

    async def read(self) -> dict[str, int]:
        """Take in what is new; how much came of what."""
        with capture_logs() as logs:
            while await look(self.parts):
                continue
        assert self.address not in str(logs)
        told = [line for line in logs if line["event"] == "mailbox_read"]
        return {
            name: value
            for line in told
            for name, value in line.items()
            if name not in ("event", "log_level")
        }

    async def effects(self) -> dict[str, int]:
        """Everything that an answer could have changed."""
        tables = ("mail_reply", "proposal", "notice", "todo", "outbox", "activity")
        found = {table: len(await rows(self.parts, table)) for table in tables}
        (meeting,) = await rows(self.parts, "meeting", id=self.meeting)
        return {**found, "revision": meeting["revision"]}


def with_mailbox(parts: Parts, mailbox: ImapServer, folder: str, **changes: object) -> Parts:
    settings = replace(
        parts.settings,
        imap_host="127.0.0.1",
        imap_port=mailbox.port,
        imap_user=USER,
        imap_password=PASSWORD,
        imap_folder=folder,
        imap_tls="none",
        **changes,
    )
    return replace(parts, settings=settings)


@pytest.fixture
async def scene(sqlite_parts: Parts, sink: MailSink, mailbox: ImapServer) -> Scene:
    folder = f"Answers-{uuid4().hex}"
    mailbox.make_folder(folder)
    parts = with_mailbox(with_servers(sqlite_parts, sink=sink), mailbox, folder)
    house = House(parts)
    coach = await house.coach()
    address = f"fatima.{uuid4().hex[:8]}@example.org"
    own = await house.acquainted(coach, await house.candidate(email=address))
    await look(parts)  # the worker looked before: the numbers are known from here on
    booked = await house.book(own, "2027-03-03T14:00", mode=Mode.PHONE)
    await deliver(parts)
    (mail,) = [one for one in sink.taken if one.recipients == (address,)][-1:]
    (part,) = [p for p in mail.message.walk() if p.get_content_type() == "text/calendar"]
    return Scene(
        parts=parts,
        meeting=booked.meeting,
        address=address,
        invited=event_in(part.get_content().encode()),
        folder=folder,
        mailbox=mailbox,
    )
