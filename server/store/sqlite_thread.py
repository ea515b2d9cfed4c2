"""SQLite in a thread of its own, with one trip to it a statement; and, for a glance, in place.

The driver crosses over for the cursor, the statement, its rows and the closing, and once more for
every `BEGIN` and every needless `ROLLBACK`. Each crossing costs as much as the statement itself,
and in a busy process it waits until the event loop lets go of the interpreter.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Self, TypeVar

import aiosqlite
from sqlalchemy import (
    Connection,
    CursorResult,
    Dialect,
    Executable,
    StaticPool,
    create_engine,
    event,
)

Result = TypeVar("Result")
_CHUNK = 64  # rows at a time for whoever asks the driver itself


class OneTripConnection(aiosqlite.Connection):
    """A connection whose cursors hold all their rows, and whose transaction begins when used."""

    def __init__(self, path: str) -> None:
        """Prepare for the file at `path`; connects when awaited."""
        super().__init__(lambda: _open(path), iter_chunk_size=_CHUNK)
        self._thread.daemon = True
        self._begin = ""

    def begin_with(self, statement: str) -> None:
        """Begin the next transaction with `statement`, on the way to its first other statement."""
        self._begin = statement

    def cursor(self) -> "OneTripCursor":  # type: ignore[override]  # needs no trip, so no waiting
        """Somewhere to run one statement."""
        return OneTripCursor(self)

    async def commit(self) -> None:
        """Commit, if anything was begun."""
        self._begin = ""
        if self.in_transaction:
            await self.trip(self._conn.commit)

    async def rollback(self) -> None:
        """Roll back, if anything was begun."""
        self._begin = ""
        if self.in_transaction:
            await self.trip(self._conn.rollback)

    async def run(self, statement: str, parameters: Iterable[Any], *, many: bool) -> "Ran":
        """Run one statement in the thread, after the `BEGIN` that was announced."""
        begin, self._begin = self._begin, ""
        return await self.trip(lambda: _run(self._conn, begin, statement, parameters, many=many))

    async def trip(self, work: Callable[[], Result]) -> Result:
        """Do `work` in the thread."""
        result: Result = await self._execute(work)  # type: ignore[no-untyped-call]  # the driver's
        return result


class Ran:
    """What a statement left behind."""

    __slots__ = ("description", "lastrowid", "rowcount", "rows")

    def __init__(self, cursor: sqlite3.Cursor) -> None:
        """Take everything out of `cursor`, in its thread."""
        self.rows: list[Any] = cursor.fetchall()
        self.description = cursor.description
        self.lastrowid = cursor.lastrowid
        self.rowcount = cursor.rowcount


class OneTripCursor:
    """As much of the driver's cursor as SQLAlchemy uses."""

    def __init__(self, connection: OneTripConnection) -> None:
        """Belong to `connection`."""
        self._connection = connection
        self._ran: Ran | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    @property
    def description(self) -> Sequence[Any] | None:
        """The columns, when there are rows."""
        return self._ran.description if self._ran else None

    @property
    def rowcount(self) -> int:
        """How many rows were changed."""
        return self._ran.rowcount if self._ran else -1

    @property
    def lastrowid(self) -> int | None:
        """The number of the row that was added last."""
        return self._ran.lastrowid if self._ran else None

    async def execute(self, statement: str, parameters: Iterable[Any] = ()) -> Self:
        """Run `statement` and keep its rows."""
        self._ran = await self._connection.run(statement, parameters, many=False)
        return self

    async def executemany(self, statement: str, parameters: Iterable[Any]) -> Self:
        """Run `statement` once for each of `parameters`."""
        self._ran = await self._connection.run(statement, parameters, many=True)
        return self

    async def fetchall(self) -> Sequence[Any]:
        """All rows."""
        return self._ran.rows if self._ran else ()

    async def close(self) -> None:
        """Nothing is open: rows were taken at once."""


def _open(path: str) -> sqlite3.Connection:
    # The driver's own BEGIN comes too late for a check.
    return sqlite3.connect(path, check_same_thread=False, isolation_level=None)


def _run(
    connection: sqlite3.Connection,
    begin: str,
    statement: str,
    parameters: Iterable[Any],
    *,
    many: bool,
) -> Ran:
    if begin:
        connection.execute(begin)
    cursor = connection.cursor()
    try:
        if many:
            cursor.executemany(statement, parameters)
        else:
            cursor.execute(statement, tuple(parameters))
        return Ran(cursor)
    finally:
        cursor.close()


class InPlace:
    """Reads a file where it is asked, without a thread: for statements quicker than a trip.

    As much of SQLAlchemy's `AsyncConnection` as the store needs to look something up. A reader of
    a file in WAL mode waits for nobody, so the event loop is held up no longer than the statement
    takes. Nothing is begun: each statement sees the newest state.
    """

    def __init__(self, path: str, pragmas: Sequence[str]) -> None:
        """Prepare for the file at `path`; connects when first asked."""
        self._engine = create_engine(
            f"sqlite:///{path}", isolation_level="AUTOCOMMIT", poolclass=StaticPool
        )
        self._connection: Connection | None = None

        @event.listens_for(self._engine, "connect")
        def on_connect(connection: sqlite3.Connection, _record: object) -> None:
            for pragma in pragmas:
                connection.execute(f"PRAGMA {pragma}")

    @property
    def dialect(self) -> Dialect:
        """What the statements are written for."""
        return self._engine.dialect

    async def execute(
        self, statement: Executable, parameters: Mapping[str, Any] | None = None
    ) -> CursorResult[Any]:
        """Run one statement."""
        if self._connection is None:
            self._connection = self._engine.connect()
        return self._connection.execute(statement, parameters)

    async def scalar(
        self, statement: Executable, parameters: Mapping[str, Any] | None = None
    ) -> Any:  # noqa: ANN401 -- a column's value
        """The first column of the first row."""
        return (await self.execute(statement, parameters)).scalar()

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._engine.dispose()
