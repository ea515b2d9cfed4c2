"""The sync process: brings our appointments into calendars, and reads what stands there.

Each calendar is visited by itself, under its hold: first what waits to be written, then a reading
when its time has come. Four visits at once, at most two to one account, the calendar that was
visited longest ago first. A visit takes half a minute: whatever is left then, because there is
much of it or because the server is slow or means to be, waits for the next visit.
"""

import asyncio
import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

import structlog

from calendar_sync.polling import full_reading_due
from calendar_sync.reading_pool import ReadingPool
from calendar_sync.target import AuthFailed
from coaching.errors import TweespraakError
from server.jobs.calendars import OpenTarget, deliver_to_calendar, open_caldav
from server.jobs.figures import Figures, told
from server.jobs.holding import LEASE, in_hand, own_name, waited
from server.jobs.sources import OpenSource, Sources, open_calendar_source
from server.store import calendars, outbox
from server.store import remote_objects as store
from server.store.calendars import Hold
from server.store.database import Tx
from server.store.outbox import Claimed, Kind
from server.store.remote_objects import ReadingRecord
from server.usecases.applying_calendar import read_calendar, reading_failed
from server.usecases.context import Parts
from server.usecases.fetching import ObjectReader
from server.usecases.names_in_events import take_names_out
from server.usecases.proposals import settle_wishes
from server.usecases.reading_round import Round

VISITS_AT_ONCE = 4
VISITS_TO_AN_ACCOUNT = 2
ROWS_A_VISIT = 50
VISIT_SECONDS = 33.0  # one answer may take thirty
WRITING_SECONDS = 8.0  # of a visit: then nothing more is begun to be written
READING_SECONDS = 5.0  # with less of a visit left than this, reading waits for the next
NOW_SECONDS = 600.0  # of a visit that a person asked for
_log = structlog.get_logger("tweespraak.sync")


async def run_sync(
    parts: Parts, stop: asyncio.Event, *, on_ready: Callable[[int], None] = lambda _port: None
) -> None:
    """Visit calendars until `stop` is set; then finish what is in hand and return.

    `on_ready` is told the port of `/metrics`, or 0.

    Raises:
        OSError: the port for `/metrics` is in use.
    """
    async with ReadingPool() as reader:
        syncing = Syncing(parts, reader)
        _log.info("sync_started", worker=syncing.name)
        await _take_names_out(parts)
        where = parts.settings.metrics_listen
        async with told(syncing.figures, where, refresh=syncing.refresh) as port:
            on_ready(port)
            try:
                while not stop.is_set():
                    if not await syncing.look():
                        await syncing.rest(stop)
            finally:
                await syncing.finish()
        _log.info("sync_stopped", worker=syncing.name)


async def _take_names_out(parts: Parts) -> None:
    """At each start, because a setting changes at a start; the next one does it if this cannot."""
    try:
        number = await take_names_out(parts, now=parts.now())
    except (TweespraakError, OSError) as error:
        _log.warning("names_not_taken_out", error=type(error).__name__)
    else:
        if number:
            _log.info("names_taken_out", events=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    """A calendar that waits for a visit."""

    id: UUID
    account: tuple[str, str]
    read: bool


class Syncing:
    """One process: what it has in hand, and the next look at what is due.

    Without `reader` it only writes.
    """

    def __init__(
        self,
        parts: Parts,
        reader: ObjectReader | None,
        *,
        open_target: OpenTarget = open_caldav,
        open_source: OpenSource = open_calendar_source,
    ) -> None:
        self.name = own_name()
        self.figures = Figures()
        self._parts = parts
        self._reader = reader
        self._open_target = open_target
        self._sources = Sources(parts, open_source)
        self._visits: dict[UUID, asyncio.Task[None]] = {}
        self._accounts: dict[UUID, tuple[str, str]] = {}
        self._turns = itertools.count(1)
        self._last_turn: dict[UUID, int] = {}

    async def look(self) -> bool:
        """Start visits to calendars that are due, as far as hands are free; True if it started."""
        if len(self._visits) >= VISITS_AT_ONCE:
            return False
        try:
            async with self._parts.database.read() as tx:
                due = await self._due(tx)
        except (TweespraakError, OSError) as error:
            _log.warning("calendars_unreadable", error=type(error).__name__)
            return False
        chosen = self._choose(due)
        for one in chosen:
            self._start(one)
        return bool(chosen)

    async def rest(self, stop: asyncio.Event) -> None:
        """Wait for the next look, for a visit to be done, or for the end."""
        await waited(stop, set(self._visits.values()), self._parts.settings.worker_poll_seconds)

    async def finish(self) -> None:
        """Wait for what is in hand; each visit has an end of its own. Then close connections."""
        while self._visits:
            await asyncio.wait(self._visits.values())
        await self._sources.close()

    async def refresh(self) -> None:
        """Note in the figures how long the longest waiting calendar waits."""
        now = self._parts.now()
        try:
            async with self._parts.database.read() as tx:
                oldest = await store.oldest_due(tx, now=now)
        except (TweespraakError, OSError):
            return
        waits = (now - oldest).total_seconds() if oldest else 0.0
        self.figures.now(oldest_due=waits, in_hand=len(self._visits))

    async def _due(self, tx: Tx) -> list[_Due]:
        """What waits and nobody holds, the longest waiting first."""
        now = self._parts.now()
        held = set(await calendars.held_connections(tx, now=now))
        waits = await outbox.due_calendars(tx, now=now)
        readings = {one.id: one for one in await store.due_to_read(tx, now=now)}
        due = [
            _Due(id=one, account=_account(await store.reading_by_id(tx, one)), read=False)
            for one in sorted(waits, key=waits.__getitem__)
            if one not in held and one not in readings
        ]
        if self._reader is None:
            readings = {one: found for one, found in readings.items() if one in waits}
        return due + [
            _Due(id=one, account=_account(found), read=self._reader is not None)
            for one, found in readings.items()
            if one not in held and (one in waits or self._sources.knows(found.kind))
        ]

    def _choose(self, due: Sequence[_Due]) -> list[_Due]:
        busy = Counter(self._accounts.values())
        chosen: list[_Due] = []
        for one in sorted(due, key=lambda each: self._last_turn.get(each.id, 0)):
            if len(chosen) + len(self._visits) >= VISITS_AT_ONCE:
                break
            if one.id in self._visits or busy[one.account] >= VISITS_TO_AN_ACCOUNT:
                continue
            busy[one.account] += 1
            chosen.append(one)
        return chosen

    def _start(self, due: _Due) -> None:
        task = asyncio.create_task(self._visit(due))
        self._visits[due.id] = task
        self._accounts[due.id] = due.account
        self._last_turn[due.id] = next(self._turns)
        task.add_done_callback(lambda _: self._done(due.id))

    def _done(self, connection: UUID) -> None:
        self._visits.pop(connection, None)
        self._accounts.pop(connection, None)

    async def _visit(self, due: _Due) -> None:
        try:
            async with self._parts.database.write() as tx:
                hold, rows = await self._take(tx, due.id)
        except (TweespraakError, OSError) as error:
            _log.warning("calendar_not_taken", error=type(error).__name__)
            return
        if hold is not None:
            await in_hand(self._parts, rows, hold, self._write_and_read(hold, rows, due))

    async def _take(self, tx: Tx, connection: UUID) -> tuple[Hold | None, Sequence[Claimed]]:
        """The right to a calendar, and what waits for it; rows of one that is gone are given up."""
        now = self._parts.now()
        hold = await calendars.hold(tx, connection, worker=self.name, now=now, lease=LEASE)
        gone = hold is None and await calendars.connection_by_id(tx, connection) is None
        if hold is None and not gone:
            return None, ()
        rows = await outbox.claim(
            tx,
            worker=self.name,
            now=now,
            lease=LEASE,
            kinds=[Kind.CALENDAR],
            limit=ROWS_A_VISIT,
            calendar=connection,
        )
        for row in rows if gone else ():
            await outbox.give_up(tx, row, error="calendar no longer connected", now=now)
        return hold, rows

    async def _write_and_read(self, hold: Hold, rows: Sequence[Claimed], due: _Due) -> None:
        began = _time()
        if rows:
            self.figures.wrote(len(rows))
            await deliver_to_calendar(
                self._parts,
                hold,
                rows,
                open_target=self._open_target,
                until=began + WRITING_SECONDS,
            )
        until = began + VISIT_SECONDS
        if due.read and self._reader is not None and _time() < until - READING_SECONDS:
            await self._read(hold, self._reader, until=until)
        await settle_wishes(self._parts, now=self._parts.now())

    async def visit_now(
        self, connection: UUID, reader: ObjectReader, *, full: bool = False
    ) -> Round | None:
        """Write what waits and read a calendar, due or not; None: another process has it now."""
        async with self._parts.database.write() as tx:
            hold, rows = await self._take(tx, connection)
        if hold is None:
            return None
        found: list[Round] = []

        async def work() -> None:
            if rows:
                await deliver_to_calendar(self._parts, hold, rows, open_target=self._open_target)
            until = _time() + NOW_SECONDS
            found.extend(await self._read(hold, reader, until=until, full=full, due_only=False))
            await settle_wishes(self._parts, now=self._parts.now())

        await in_hand(self._parts, rows, hold, work())
        return found[0] if found else Round(kind="changes", outcome="skipped")

    async def _read(
        self,
        hold: Hold,
        reader: ObjectReader,
        *,
        until: float,
        full: bool = False,
        due_only: bool = True,
    ) -> Sequence[Round]:
        async with self._parts.database.read() as tx:
            reading = await store.reading_by_id(tx, hold.connection)
        if reading is None or not self._sources.knows(reading.kind):
            return ()
        if due_only and not _is_due(reading, self._parts):
            return ()
        done = await self._round(hold, reading, reader, full=full, until=until)
        self.figures.round(done)
        if not done.good or reading.kind == "feed":  # a whole feed is not kept in memory
            await self._sources.drop(reading.id)
        return (done,)

    async def _round(
        self,
        hold: Hold,
        reading: ReadingRecord,
        reader: ObjectReader,
        *,
        full: bool,
        until: float,
    ) -> Round:
        now = self._parts.now()
        night = full_reading_due(
            reading.id, now.astimezone(self._parts.settings.tz), reading.full_read_at
        )
        try:
            source = await self._sources.open(reading)
        except ValueError:
            failure = AuthFailed(reason="the password of this calendar cannot be read")
            return await reading_failed(self._parts, hold, failure, now=now)
        return await read_calendar(
            self._parts, hold, source, reader, now=now, full=full or night, until=until
        )


def _time() -> float:
    return asyncio.get_running_loop().time()


def _is_due(reading: ReadingRecord, parts: Parts) -> bool:
    at = reading.next_read_at
    return reading.is_read and (at is None or at <= parts.now())


def _account(reading: ReadingRecord | None) -> tuple[str, str]:
    """Who we are on which server: what a server may count."""
    if reading is None:
        return "", ""
    return urlsplit(reading.calendar_url).hostname or "", reading.user_name
