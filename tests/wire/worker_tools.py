"""What the tests of the worker share: connect a calendar, deliver all that is due, read events."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from icalendar import Calendar, Event
from sqlalchemy import select

from server.config import Settings
from server.jobs.sync import Syncing
from server.jobs.worker import Worker
from server.store.calendars import insert_connection
from server.store.schema import metadata
from server.usecases.context import Parts
from tests.calendar_servers import CalendarServer, MailSink


def with_servers(
    parts: Parts, *, sink: MailSink | None = None, calendar_host: str = "127.0.0.1"
) -> Parts:
    """The same installation, with these servers in its settings."""
    settings: Settings = replace(
        parts.settings,
        smtp_host="127.0.0.1",
        smtp_port=sink.port if sink else 1,
        mail_from="planning@tweespraak.example",
        public_url="https://tweespraak.example",
        organisation="Werkplein Midden",
        allow_private_hosts=(calendar_host,),
        worker_poll_seconds=0.05,
    )
    return replace(parts, settings=settings)


async def connect(
    parts: Parts, staff: UUID, server: CalendarServer, *, url: str = "", password: str = ""
) -> UUID:
    """Connect a calendar to a coach."""
    connection = uuid4()
    secret = parts.secret.seal(
        password or server.password, bound_to=f"calendar_connection:{connection}"
    )
    async with parts.database.write() as tx:
        await insert_connection(
            tx,
            connection_id=connection,
            staff_id=staff,
            calendar_url=url or server.calendar_url,
            user_name=server.user,
            secret=secret,
        )
    return connection


async def deliver(parts: Parts) -> None:
    """Deliver everything that is due now: mails, texts, and events into calendars."""
    worker, syncing = Worker(parts), Syncing(parts, None)
    while any([await worker.look(), await syncing.look()]):
        await worker.finish()
        await syncing.finish()


async def rows(parts: Parts, table: str, **found: Any) -> list[dict[str, Any]]:  # noqa: ANN401 -- any column
    """Rows of a table, for looking at the outcome."""
    there = metadata.tables[table]
    query = select(there).where(*(there.c[name] == value for name, value in found.items()))
    async with parts.database.read() as tx:
        return [dict(row) for row in (await tx.execute(query)).mappings()]


def event_in(ics: bytes) -> Event:
    """The one event of a calendar object."""
    (event,) = Calendar.from_ical(ics).walk("VEVENT")
    assert isinstance(event, Event)
    return event


def events_of(server: CalendarServer, meeting: UUID) -> list[Event]:
    """All events of a meeting in a calendar, whatever their generation."""
    events = [event_in(ics) for ics in server.objects().values()]
    return [event for event in events if str(event["UID"]).startswith(str(meeting))]
