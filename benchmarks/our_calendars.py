"""Our side of reading calendars, with a database of its own: connect one, read it, look at it."""

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from uuid import UUID, uuid4

import structlog
from sqlalchemy import func, select

from calendar_sync.reading_pool import ReadingPool
from server.config import Settings
from server.jobs.sources import Sources, open_calendar_source
from server.secrets import InstallSecret
from server.store import calendars
from server.store.database import Database
from server.store.migrate import migrate
from server.store.remote_objects import reading_by_id
from server.store.schema import metadata
from server.usecases.applying_calendar import read_calendar
from server.usecases.context import Parts, StaffId
from server.usecases.fetching import ObjectReader
from server.usecases.reading_round import Round
from tests.house_of_people import House

LEASE = timedelta(minutes=5)


class Served(Protocol):
    """A calendar server of the tests."""

    @property
    def calendar_url(self) -> str:
        """The address of its diary."""

    @property
    def user(self) -> str:
        """Whose it is."""

    @property
    def password(self) -> str:
        """Her password."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """An installation with one coach, and the children that read foreign objects."""

    parts: Parts
    coach: StaffId
    pool: ObjectReader
    sources: Sources

    async def connect(self, server: Served, *, url: str = "", role: str = "busy") -> UUID:
        """Connect a calendar that was never read."""
        connection = uuid4()
        secret = self.parts.secret.seal(
            server.password, bound_to=f"calendar_connection:{connection}"
        )
        async with self.parts.database.write() as tx:
            await calendars.insert_connection(
                tx,
                connection_id=connection,
                staff_id=self.coach,
                calendar_url=url or server.calendar_url,
                user_name=server.user,
                secret=secret,
                role=role,
            )
        return connection

    async def read(self, connection: UUID, *, seconds: float | None = None) -> Round:
        """One round as the sync process does it: under a hold, on the connection it kept.

        `seconds` is the length of the visit; None: as long as it takes.
        """
        now = self.parts.now()
        async with self.parts.database.write() as tx:
            held = await calendars.hold(tx, connection, worker="bench", now=now, lease=LEASE)
            reading = await reading_by_id(tx, connection)
        assert held is not None
        assert reading is not None
        source = await self.sources.open(reading)
        try:
            until = asyncio.get_running_loop().time() + seconds if seconds is not None else None
            done = await read_calendar(self.parts, held, source, self.pool, now=now, until=until)
            if not done.good:
                await self.sources.drop(connection)
            return done
        finally:
            async with self.parts.database.write() as tx:
                await calendars.let_go(tx, held)

    async def count(self, connection: UUID) -> tuple[int, int]:
        """How many objects of a calendar are kept, and how many busy times of them."""
        objects, times = metadata.tables["remote_object"], metadata.tables["busy"]
        own = objects.c.connection_id == connection
        kept = select(func.count()).select_from(objects).where(own)
        busy = select(func.count()).where(times.c.object_id == objects.c.id, own)
        async with self.parts.database.read() as tx:
            found = [int((await tx.execute(query)).scalar_one()) for query in (kept, busy)]
        return found[0], found[1]


@asynccontextmanager
async def ours() -> AsyncIterator[Ours]:
    """A fresh installation on SQLite, on the real clock."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with tempfile.TemporaryDirectory(prefix="tweespraak-bench-") as name:
        folder = Path(name)
        url = f"sqlite+aiosqlite:///{folder / 'tweespraak.sqlite3'}"
        await migrate(url)
        settings = Settings(data_dir=folder, database_url=url, allow_private_hosts=("127.0.0.1",))
        database = Database(settings.sqlalchemy_url)
        parts = Parts(
            settings=settings,
            database=database,
            secret=InstallSecret(bytes(range(32))),
            now=lambda: datetime.now(UTC),
        )
        coach = await House(parts).coach()
        sources = Sources(parts, open_calendar_source)
        async with ReadingPool() as pool:
            yield Ours(parts=parts, coach=coach.id, pool=pool, sources=sources)
        await sources.close()
        await database.close()
