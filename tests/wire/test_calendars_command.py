"""`tweespraak calendars`, as an operator meets it, on a real Radicale."""

import asyncio
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from server.config import Settings
from server.secrets import load_or_make_secret
from server.store.database import Database
from server.store.remote_objects import change_reading
from server.usecases.context import Parts
from tests.calendar_rounds import event
from tests.calendar_servers import CalendarServer, radicale
from tests.command_line import tweespraak
from tests.house_of_people import House
from tests.wire.test_sync import fresh, somebody_at
from tests.wire.worker_tools import connect, with_servers

pytestmark = pytest.mark.wire


@pytest.fixture(scope="module")
def server() -> Iterator[CalendarServer]:
    with radicale() as started:
        yield started


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A migrated installation in a folder, with one coach whose calendar holds a dentist."""

    settings: Settings
    connection: UUID
    server: CalendarServer

    def run(self, *command: str, **more: str) -> subprocess.CompletedProcess[str]:
        # How a terminal is drawn is said here alone: a CI may call its own dumb.
        ours = ("TWEESPRAAK_", "TTY_", "FORCE_COLOR")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        env = kept | {
            "TWEESPRAAK_DATA_DIR": str(self.settings.data_dir),
            "TWEESPRAAK_ALLOW_PRIVATE_HOSTS": "127.0.0.1",
            "COLUMNS": "200",
            "TERM": "xterm",
            **more,
        }
        return tweespraak("calendars", *command, env=env)


@pytest.fixture
def installed(sqlite_settings: Settings, server: CalendarServer) -> Installed:
    calendar = fresh(server)
    connection = asyncio.run(_furnish(sqlite_settings, calendar))
    return Installed(settings=sqlite_settings, connection=connection, server=calendar)


async def _furnish(settings: Settings, server: CalendarServer) -> UUID:
    database = Database(settings.sqlalchemy_url)
    secret = load_or_make_secret(settings.data_dir)
    parts = with_servers(
        Parts(settings=settings, database=database, secret=secret, now=lambda: datetime.now(UTC))
    )
    parts = replace(parts, settings=settings)
    coach = await House(parts).coach()
    connection = await connect(parts, coach.id, server)
    async with database.write() as tx:
        await change_reading(tx, connection, role="both")
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    other = somebody_at(server)
    times = (f"{tomorrow:%Y%m%d}T100000Z", f"{tomorrow:%Y%m%d}T110000Z")
    await other.create("tandarts.ics", event("a", *times))
    await other.close()
    await database.close()
    return connection


def test_a_calendar_is_listed_read_examined_and_compared(installed: Installed) -> None:
    one = str(installed.connection)

    listed = installed.run("list", COLUMNS="")  # as in a pipe: no line is broken
    differs = installed.run("reconcile", one)
    read = installed.run("sync", FORCE_COLOR="1")  # as on a terminal
    same = installed.run("reconcile", one, FORCE_COLOR="1")
    examined = installed.run("doctor", one, FORCE_COLOR="1")

    said = [(each.returncode, each.stderr) for each in (listed, read, same, examined)]
    assert [code for code, _ in said] == [0, 0, 0, 0], said
    assert [("/" in each.stderr) for each in (differs, read, same, examined)] == [
        False,  # in a file no bar stands in the way
        True,
        True,
        True,
    ]
    assert one in listed.stdout
    assert differs.returncode == 1
    assert "new there" in differs.stdout
    assert "first" in read.stdout
    assert "Both sides are the same." in same.stdout
    assert "shows 1 objects" in examined.stdout
    everything = "".join(
        each.stdout + each.stderr for each in (listed, differs, read, same, examined)
    )
    assert "andarts" not in everything
    assert installed.server.password not in everything


def test_a_calendar_that_does_not_work_is_said_with_exit_1(installed: Installed) -> None:
    (installed.server.folder.parent.parent.parent.parent / "users").write_text("anna:other\n")
    try:
        read, examined = installed.run("sync"), installed.run("doctor")
        listed = installed.run("list")
    finally:
        users = installed.server.folder.parent.parent.parent.parent / "users"
        users.write_text(f"anna:{installed.server.password}\n")

    assert (read.returncode, examined.returncode, listed.returncode) == (1, 1, 1)
    assert "refuses this user name or password" in read.stdout
    assert "password" in listed.stdout


def test_a_calendar_that_nobody_knows_is_one_sentence(installed: Installed) -> None:
    unknown = uuid4()
    ended = installed.run("sync", str(unknown))
    assert ended.returncode == 2
    assert ended.stderr == (
        f"tweespraak: There is no calendar {unknown}; see: tweespraak calendars list\n"
    )
