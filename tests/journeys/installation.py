"""The real thing for journeys: web and worker processes, Radicale, a mail server, sample people."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from icalendar import Calendar, Component

from server.config import Settings, read_settings
from server.demo.calendar_server import CalendarAccess, add_calendar
from server.demo.grounds import connect_calendars
from server.demo.installation import (
    Ports,
    await_health,
    environment,
    free_port,
    running_part,
    surroundings,
)
from server.demo.mails import Mail, read_all
from server.demo.people import PLANNER
from server.demo.seeding import Seeded, as_actor, seed
from server.secrets import load_or_make_secret
from server.store.database import Database
from server.store.migrate import migrate
from server.usecases.context import Parts, StaffActor, StaffId

HELD_SECONDS = 5
PATIENCE = 180.0  # seconds
START_SECONDS = 180.0  # on a machine that does much else; one that ended is noticed at once
LOOK_EVERY = 0.1


@dataclass(slots=True, kw_only=True)
class Installation:
    """One running installation; its web and worker processes can be stopped and started."""

    folder: Path
    ports: Ports
    env: dict[str, str]
    calendar: CalendarAccess
    seeded: Seeded
    _serving: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def base(self) -> str:
        """The address that people open."""
        return f"http://localhost:{self.ports.web}"

    @property
    def planner(self) -> StaffActor:
        """The planner of the sample people."""
        return as_actor(self.seeded.planner, PLANNER)

    def start(self, *, patience: float = START_SECONDS) -> None:
        """Start web and worker, and return when the web process is well.

        Raises:
            CannotStart: it ended, or did not answer in `patience` seconds.
        """
        part = self._serving.enter_context(
            running_part(
                "server",
                "server.cli:main",
                "serve",
                folder=self.folder,
                env=self.env,
            )
        )
        await_health(part, self.ports.web, patience=patience)

    def stop(self) -> None:
        """Stop web and worker, as an update of the software does."""
        self._serving.close()

    @contextlib.asynccontextmanager
    async def parts(self) -> AsyncIterator[Parts]:
        """The use cases on the very same database, for what happened before the journey."""
        settings = read_settings(self.env)
        database = Database(settings.sqlalchemy_url)
        try:
            yield _parts(settings, database)
        finally:
            await database.close()

    async def connect_calendar(self, parts: Parts, coach: StaffId, login: str) -> None:
        """Give a coach an empty calendar in Radicale, and connect it."""
        add_calendar(self.folder / "calendars", login, login)
        await connect_calendars(parts, {login: coach}, self.calendar)

    async def events(self, login: str) -> list[tuple[str, str, datetime]]:
        """What stands in a coach's calendar, by the calendar server's own files.

        Title (without the trajectory's number), class and start of each, once there is one.
        """
        root = self.folder / "calendars" / "files" / "collection-root" / self.calendar.user
        async with asyncio.timeout(PATIENCE):
            while not (files := sorted((root / login).glob("*.ics"))):  # noqa: ASYNC110 -- a file of another process is no event
                await asyncio.sleep(LOOK_EVERY)
        return [_told(event) for file in files for event in _events(file.read_text("utf-8"))]

    async def mail_about(self, email: str, starts_at: datetime) -> Mail:
        """Wait for the newest mail to `email` whose appointment starts at `starts_at`."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for mail in read_all(self.folder / "mails"):
                if email in mail.to and starts_at in map(_start, _events(mail.ics)):
                    return mail
            await asyncio.sleep(LOOK_EVERY)
        raise AssertionError(f"no mail about {starts_at} to {email} in {PATIENCE:.0f} s")

    def invitation_in(self, mail: Mail) -> str:
        """The link of the mail's button."""
        links = [link for link in mail.links if link.startswith(f"{self.base}/j/")]
        assert links, f"no invitation link in the mail: {mail.text}"
        return links[0]


@contextlib.contextmanager
def running_house(folder: Path, **settings: str) -> Iterator[Installation]:
    """A migrated installation with sample people, on free ports; all of it stopped at the end.

    `settings` are further settings by name, in the words of the environment.
    """
    ports = Ports(web=free_port(), calendar=free_port(), smtp=free_port(), mails=free_port())
    usual = {"held_seconds": str(HELD_SECONDS), "worker_poll_seconds": "0.2"}
    env = environment(folder, ports, **{**usual, **settings})
    with surroundings(folder, ports) as calendar:
        seeded = asyncio.run(_prepare(read_settings(env), calendar))
        house = Installation(folder=folder, ports=ports, env=env, calendar=calendar, seeded=seeded)
        house.start()
        try:
            yield house
        finally:
            house.stop()


async def _prepare(settings: Settings, calendar: CalendarAccess) -> Seeded:
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    await migrate(settings.sqlalchemy_url)
    database = Database(settings.sqlalchemy_url)
    try:
        return await seed(_parts(settings, database), calendar, now=datetime.now(UTC))
    finally:
        await database.close()


def _events(ics: str) -> list[Component]:
    return Calendar.from_ical(ics).walk("VEVENT") if ics else []


def _told(event: Component) -> tuple[str, str, datetime]:
    return str(event["SUMMARY"]).partition(" (")[0], str(event["CLASS"]), _start(event)


def _start(event: Component) -> datetime:
    start: datetime = event.decoded("DTSTART")
    return start.astimezone(UTC)


def _parts(settings: Settings, database: Database) -> Parts:
    return Parts(
        settings=settings,
        database=database,
        secret=load_or_make_secret(settings.data_dir),
        now=lambda: datetime.now(UTC),
    )
