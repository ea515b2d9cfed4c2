"""One door to the database: a writing or a reading transaction, on SQLite or PostgreSQL."""

import asyncio
import random
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar, cast
from weakref import WeakValueDictionary

import asyncpg  # type: ignore[import-untyped]  # the driver ships no types
from sqlalchemy import event, make_url, text
from sqlalchemy.exc import InvalidatePoolError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from coaching.errors import Unavailable
from server.store.failures import Clashed, StorageFailed, translate
from server.store.sqlite_thread import InPlace, OneTripConnection

Tx = AsyncConnection
Result = TypeVar("Result")

_TRIES = 4  # the first and three more
_POOL_WAIT = 30.0  # seconds that a rush waits for its turn
_SILENCE = 10.0  # seconds after which a connection is asked whether it still is one
_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "busy_timeout=5000",
    "foreign_keys=ON",
    "trusted_schema=OFF",
    "wal_autocheckpoint=1000",
    "journal_size_limit=67108864",
    "secure_delete=ON",  # what is erased is written over
)
_POSTGRES_SETTINGS = {
    "lock_timeout": "2000",
    "statement_timeout": "5000",
    "idle_in_transaction_session_timeout": "10000",
    "application_name": "tweespraak",
}


class Database:
    """Opens transactions. Two engines on SQLite: `BEGIN IMMEDIATE` to write, `BEGIN` to read.

    A reading transaction cannot write: SQLite and PostgreSQL themselves refuse it.
    """

    def __init__(self, url: str, *, clean_up_wait: float = 2.0) -> None:
        """Prepare for `url` (SQLAlchemy's form); connects when first used.

        `clean_up_wait`: seconds that `clean_up` waits for those who read.
        """
        self.url = url
        self._writer, self._reader, self._looking = _engines(url)
        self._storage_failed = False
        self._clean_up_wait = clean_up_wait
        self._lines: WeakValueDictionary[Hashable, asyncio.Lock] = WeakValueDictionary()

    @property
    def is_sqlite(self) -> bool:
        """Whether this is the embedded database."""
        return self.url.startswith("sqlite")

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Tx]:
        """A transaction that may change things; commits at the end, rolls back on any error.

        Raises:
            Conflict: coach, candidate or room is taken.
            Unavailable: busy, unreachable, not migrated, or the disk refused a write before.
        """
        if self._storage_failed:
            raise StorageFailed("storage_failed")
        try:
            async with _transaction(self._writer) as tx:
                yield tx
        except StorageFailed:
            self._storage_failed = True
            raise

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Tx]:
        """A transaction that only looks.

        Raises:
            Unavailable: busy, unreachable or not migrated.
        """
        async with _transaction(self._reader) as tx:
            yield tx

    @asynccontextmanager
    async def glance(self) -> AsyncIterator[Tx]:
        """Look up a few rows by their keys, as cheaply as it can be done; it cannot write either.

        Two statements may see two states of the database. On SQLite they run where they are asked,
        which is quicker than any thread, and hold up everything else while they do: for what every
        request needs, never for lists that grow.

        Raises:
            Unavailable: unreachable or not migrated.
        """
        if isinstance(self._looking, InPlace):
            with _errors_as_meant():
                yield cast("Tx", self._looking)
            return
        async with _connected(self._looking) as tx:
            with _errors_as_meant():
                yield tx

    @asynccontextmanager
    async def in_line(self, about: Hashable) -> AsyncIterator[None]:
        """Wait behind everybody of this process who stands in the line for `about`.

        No safety: that is the database's. In a rush it lets whoever comes second look before they
        write, instead of each beginning a transaction that has to wait for the first.
        """
        lock = self._lines.get(about)
        if lock is None:
            lock = self._lines[about] = asyncio.Lock()
        async with lock:
            yield

    async def run(self, work: Callable[[Tx], Awaitable[Result]]) -> Result:
        """Do `work` in a writing transaction; again, at most three times, when two clashed.

        Raises:
            Unavailable: as in `write`, and `busy` when it clashed every time.
        """
        for attempt in range(1, _TRIES):
            try:
                async with self.write() as tx:
                    return await work(tx)
            except Clashed:
                await asyncio.sleep(random.uniform(0, 0.05 * 2**attempt))  # noqa: S311 -- jitter
        async with self.write() as tx:
            return await work(tx)

    async def moment(self) -> datetime:
        """Give the moment (UTC) by the clock that everybody who uses this database shares.

        Raises:
            Unavailable: unreachable.
        """
        if self.is_sqlite:  # all of them stand on this machine
            return datetime.now(UTC)
        async with self.glance() as tx:
            shown: datetime = (await tx.execute(text("SELECT clock_timestamp()"))).scalar_one()
            return shown.astimezone(UTC)

    async def clean_up(self) -> bool:
        """Take what was deleted out of SQLite's log too.

        False when somebody read or wrote all the time that it waits: then it is still in there, and
        has to be done again. PostgreSQL sees to it by itself, at its next vacuum.
        """
        if not self.is_sqlite:
            return True
        path = make_url(self.url).database or ""
        return await asyncio.to_thread(_empty_the_log, path, self._clean_up_wait)

    async def close(self) -> None:
        """Close all connections."""
        await self._writer.dispose()
        await self._reader.dispose()
        if isinstance(self._looking, InPlace):
            self._looking.close()
        else:
            await self._looking.dispose()


def _empty_the_log(path: str, wait: float) -> bool:
    """Whether it is empty now: SQLite tells of being held up in a row, not by an error."""
    with closing(sqlite3.connect(path, timeout=wait)) as connection:
        try:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError:  # another checkpoint is going on
            return False
    return not busy


@asynccontextmanager
async def _transaction(engine: AsyncEngine) -> AsyncIterator[Tx]:
    async with _connected(engine) as connection:
        with _errors_as_meant():
            async with connection.begin():
                yield connection


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[Tx]:
    connection = await _connect(engine)
    try:
        yield connection
    finally:
        # A cancelled request must not take its connection away half-way through the closing.
        await asyncio.shield(connection.close())


@contextmanager
def _errors_as_meant() -> Iterator[None]:
    try:
        yield
    except SQLAlchemyError as error:
        meant = translate(error)
        if meant is error:
            raise
        raise meant from error


async def _connect(engine: AsyncEngine) -> AsyncConnection:
    connection = engine.connect()
    try:
        return await connection.start()
    except SQLAlchemyError as error:
        meant = translate(error)
        if isinstance(error, OperationalError) and meant is error:
            raise Unavailable("database_unreachable") from error
        raise meant from error
    except (OSError, TimeoutError, asyncpg.PostgresError) as error:
        raise Unavailable("database_unreachable") from error


def _engines(url: str) -> tuple[AsyncEngine, AsyncEngine, AsyncEngine | InPlace]:
    """For writing, for reading, and for a glance."""
    if not url.startswith("sqlite"):
        engine = _postgres_engine(url, 10, _POSTGRES_SETTINGS)
        # No BEGIN and no COMMIT around a glance; that it cannot write is kept all the same.
        only_looking = {**_POSTGRES_SETTINGS, "default_transaction_read_only": "on"}
        glancer = _postgres_engine(url, 5, only_looking, isolation="AUTOCOMMIT")
        return engine, engine.execution_options(postgresql_readonly=True), glancer
    reading = (*_PRAGMAS, "query_only=ON")
    return (
        _sqlite_engine(url, "BEGIN IMMEDIATE", size=1, pragmas=_PRAGMAS),
        _sqlite_engine(url, "BEGIN", size=4, pragmas=reading),
        InPlace(make_url(url).database or "", reading),
    )


def _postgres_engine(
    url: str, size: int, settings: dict[str, str], *, isolation: str = "READ COMMITTED"
) -> AsyncEngine:
    engine = create_async_engine(
        url,
        pool_size=size,
        max_overflow=0,
        pool_timeout=_POOL_WAIT,
        connect_args={"server_settings": settings, "timeout": 5},
        isolation_level=isolation,
    )
    _look_before_use(engine)
    return engine


def _sqlite_engine(url: str, begin: str, *, size: int, pragmas: tuple[str, ...]) -> AsyncEngine:
    path = make_url(url).database or ""
    engine = create_async_engine(
        url,
        async_creator=lambda: OneTripConnection(path),
        pool_size=size,
        max_overflow=0,
        pool_timeout=_POOL_WAIT,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 -- driver's type
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def on_begin(connection: Any) -> None:  # noqa: ANN401 -- SQLAlchemy's type
        connection.connection.driver_connection.begin_with(begin)

    return engine


def _look_before_use(engine: AsyncEngine) -> None:
    """Give no connection away that is closed; ask the server only after a while of silence.

    What the server closes, the driver knows by itself; asking each time costs three round trips.
    """

    broken = engine.dialect.loaded_dbapi.Error

    @event.listens_for(engine.sync_engine, "checkin")
    def on_checkin(_connection: object, record: Any) -> None:  # noqa: ANN401 -- SQLAlchemy's type
        record.info["used"] = time.monotonic()

    @event.listens_for(engine.sync_engine, "checkout")
    def on_checkout(connection: Any, record: Any, _proxy: object) -> None:  # noqa: ANN401 -- SQLAlchemy's types
        if record.driver_connection.is_closed():
            raise InvalidatePoolError
        used = record.info.get("used")
        if used is None or time.monotonic() - used < _SILENCE:
            return
        try:
            connection.ping()
        except broken:
            raise InvalidatePoolError from None


async def server_version(database: Database) -> tuple[str, int]:
    """The name and major version of the database program.

    Raises:
        Unavailable: it does not answer.
    """
    async with database.read() as tx:
        if tx.dialect.name == "sqlite":
            return "SQLite", int((await tx.scalar(text("SELECT sqlite_version()")) or "0")[0])
        number = await tx.scalar(text("SHOW server_version_num"))
        return "PostgreSQL", int(number or 0) // 10_000
