"""A real installation for benchmarks: processes, database, calendar and mail server, sample people.

with running_installation(database="postgresql", processes=2) as house:
    house.urls, house.planner_session, house.candidate_url, house.database_url
"""

import asyncio
import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from server.config import Settings, read_settings
from server.demo.calendar_server import CalendarAccess
from server.demo.installation import (
    Ports,
    await_health,
    environment,
    free_port,
    running_part,
    surroundings,
)
from server.demo.mails import Mail, read_all
from server.demo.memory import Memory, recall
from server.demo.opening import Links, open_sample, opened
from server.demo.seeding import Seeded
from server.usecases.accounts import create_login_link, sign_in_by_link
from server.usecases.context import MeetingId, StaffId
from tests.servers import postgres_cluster, redis_server

SESSION_COOKIE = "ts"  # without https


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """An installation that answers."""

    folder: Path
    settings: Settings
    urls: tuple[str, ...]  # one a web process; Origin is always that of the first
    pids: tuple[int, ...]  # the first of `serve`, which watches over web and worker; then `web`
    env: dict[str, str]  # to start more processes of the same installation
    calendar: CalendarAccess
    seeded: Seeded
    planner_session: str  # for the cookie SESSION_COOKIE
    coach_session: str  # the coach of the talk that is now
    candidate_url: str  # the link of the candidate whose talk is now
    meeting: MeetingId  # that talk

    @property
    def base_url(self) -> str:
        """The address of the first web process."""
        return self.urls[0]

    @property
    def database_url(self) -> str:
        """The database as SQLAlchemy writes it, for looking with raw SQL."""
        return self.settings.sqlalchemy_url

    def mails(self) -> list[Mail]:
        """What was sent, newest first."""
        return read_all(self.folder / "mails")


@contextlib.contextmanager
def running_installation(
    database: Literal["sqlite", "postgresql"] = "sqlite", processes: int = 1, **settings: str
) -> Iterator[Running]:
    """Start an installation on free ports and stop all of it at the end.

    `settings` are further settings by name, in the words of the environment. More than one
    process needs PostgreSQL, and brings Redis.

    Raises:
        CannotStart: a part does not come up.
        ValueError: several processes on SQLite.
    """
    if processes > 1 and database == "sqlite":
        raise ValueError("several web processes need PostgreSQL")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tweespraak-bench-")))
        if database == "postgresql":
            settings["database_url"] = stack.enter_context(postgres_cluster())
        if processes > 1:
            settings["redis_url"] = stack.enter_context(redis_server())
        ports = Ports(web=free_port(), calendar=free_port(), smtp=free_port(), mails=free_port())
        env = environment(folder, ports, **settings)
        calendar = stack.enter_context(surroundings(folder, ports))
        found, links, sessions = asyncio.run(_prepare(read_settings(env), calendar, folder))
        urls, pids = zip(
            *(
                stack.enter_context(_serving(folder, env, ports.web if n == 0 else free_port(), n))
                for n in range(processes)
            ),
            strict=True,
        )
        if links.meeting is None:
            raise RuntimeError("the sample people have no talk now")
        yield Running(
            folder=folder,
            settings=read_settings(env),
            urls=urls,
            pids=pids,
            env=env,
            calendar=calendar,
            seeded=found.seeded,
            planner_session=sessions[0],
            coach_session=sessions[1],
            candidate_url=links.candidate,
            meeting=links.meeting,
        )


@contextlib.contextmanager
def _serving(
    folder: Path, env: dict[str, str], port: int, number: int
) -> Iterator[tuple[str, int]]:
    own = {**env, "TWEESPRAAK_LISTEN_PORT": str(port)}
    command = "web" if number else "serve"  # one of them has the worker
    with running_part(
        f"server {number + 1}", "server.cli:main", command, folder=folder, env=own
    ) as part:
        await_health(part, port)
        yield f"http://localhost:{port}", part.process.pid


async def _prepare(
    settings: Settings, calendar: CalendarAccess, folder: Path
) -> tuple[Memory, Links, tuple[str, str]]:
    file = folder / "demo.json"
    links = await open_sample(settings, calendar, file, now=_now)
    found = recall(file)
    assert found is not None
    coach = found.seeded.coaches[found.talk.coach if found.talk else 0]
    planner = await _session(settings, found.seeded.planner)
    return found, links, (planner, await _session(settings, coach))


async def _session(settings: Settings, staff: StaffId) -> str:
    async with opened(settings, _now) as parts:
        link = await create_login_link(parts, staff, now=_now())
        return await sign_in_by_link(parts, link, now=_now())


def _now() -> datetime:
    return datetime.now(UTC)
