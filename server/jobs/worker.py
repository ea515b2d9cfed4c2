"""The worker: takes due rows from the outbox and has them delivered, until it is told to stop.

Mail and calendars go side by side, and each calendar on its own, so that one that hangs keeps
nobody waiting. Leases are short and prolonged while work goes on: after a crash another worker
goes on within half a minute.
"""

import asyncio
import os
import socket
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from secrets import token_hex
from uuid import UUID

import structlog

from coaching.errors import TweespraakError
from server.jobs.backoff import pause
from server.jobs.calendars import OpenTarget, deliver_to_calendar, open_caldav
from server.jobs.mail import Template
from server.jobs.post import deliver_mail
from server.jobs.reminders_post import deliver_reminder
from server.jobs.timers import run_timers
from server.store import calendars, outbox
from server.store.calendars import Hold
from server.store.database import Tx
from server.store.outbox import Claimed, Kind
from server.usecases.context import Parts

LEASE = timedelta(seconds=30)
PROLONG_SECONDS = 10.0
MAILS_AT_ONCE = 4
_MESSAGES = (Kind.MAIL, Kind.TEXT)
ROWS_AT_ONCE = 50
_log = structlog.get_logger("tweespraak.worker")


async def run_worker(
    parts: Parts, stop: asyncio.Event, *, open_target: OpenTarget = open_caldav
) -> None:
    """Deliver until `stop` is set; then finish what is in hand and return.

    A database that does not answer is waited for; no failure of a delivery ends the worker.
    """
    worker = Worker(parts, open_target=open_target)
    _log.info("worker_started", worker=worker.name)
    timers = asyncio.create_task(run_timers(parts, stop))
    try:
        while not stop.is_set():
            busy = await worker.look()
            if not busy:
                await worker.rest(stop)
    finally:
        if not stop.is_set():
            timers.cancel()
        await asyncio.wait([timers])
        await worker.finish()
        _log.info("worker_stopped", worker=worker.name)


class Worker:
    """One worker: what it has in hand, and the next look at the outbox."""

    def __init__(self, parts: Parts, *, open_target: OpenTarget = open_caldav) -> None:
        self.name = f"{socket.gethostname()[:40]}-{os.getpid()}-{token_hex(4)}"
        self._parts = parts
        self._open_target = open_target
        self._mails: set[asyncio.Task[None]] = set()
        self._calendars: dict[UUID, asyncio.Task[None]] = {}

    async def look(self) -> bool:
        """Take what is due and start delivering it; True when there was anything."""
        try:
            async with self._parts.database.read() as tx:
                kinds = await outbox.due_kinds(tx, now=self._now())
            mails = await self._take_mails() if kinds.intersection(_MESSAGES) else 0
            rows = await self._take_calendar_rows() if Kind.CALENDAR in kinds else 0
        except (TweespraakError, OSError) as error:
            _log.warning("outbox_unreadable", error=type(error).__name__)
            return False
        return bool(mails or rows)

    async def rest(self, stop: asyncio.Event) -> None:
        """Wait for the next look, for something in hand to be done, or for the end."""
        stopping = asyncio.ensure_future(stop.wait())
        pause = self._parts.settings.worker_poll_seconds
        try:
            await asyncio.wait(
                {stopping, *self._in_hand()}, timeout=pause, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            stopping.cancel()
            with suppress(asyncio.CancelledError):
                await stopping

    async def finish(self) -> None:
        """Wait for what is in hand; each delivery has an end of its own."""
        while in_hand := self._in_hand():
            await asyncio.wait(in_hand)

    def _in_hand(self) -> set[asyncio.Task[None]]:
        return {*self._mails, *self._calendars.values()}

    async def _take_mails(self) -> int:
        free = MAILS_AT_ONCE - len(self._mails)
        if free <= 0:
            return 0
        async with self._parts.database.write() as tx:
            rows = await outbox.claim(
                tx,
                worker=self.name,
                now=self._now(),
                lease=LEASE,
                kinds=list(_MESSAGES),
                limit=free,
            )
        for row in rows:
            task = asyncio.create_task(self._deliver([row], None, _message(self._parts, row)))
            self._mails.add(task)
            task.add_done_callback(self._mails.discard)
        return len(rows)

    async def _take_calendar_rows(self) -> int:
        taken: list[tuple[Hold, Sequence[Claimed]]] = []
        async with self._parts.database.write() as tx:
            now = self._now()
            held = await calendars.held_connections(tx, now=now)
            rows = await outbox.claim(
                tx,
                worker=self.name,
                now=now,
                lease=LEASE,
                kinds=[Kind.CALENDAR],
                limit=ROWS_AT_ONCE,
                except_calendars={*held, *self._calendars},
            )
            for connection, own in _by_connection(rows).items():
                hold = await self._hold(tx, connection, own, now)
                if hold is not None:
                    taken.append((hold, own))
        for hold, mine in taken:
            self._start_calendar(hold, mine)
        return len(taken)

    async def _hold(
        self, tx: Tx, connection: UUID, rows: Sequence[Claimed], now: datetime
    ) -> Hold | None:
        """The right to write to this calendar; without it the rows go back, or are given up."""
        hold = await calendars.hold(tx, connection, worker=self.name, now=now, lease=LEASE)
        if hold is not None:
            return hold
        there = await calendars.connection_by_id(tx, connection) is not None
        for row in rows:
            if there:
                soon = now + timedelta(seconds=1)
                await outbox.retry_later(tx, row, error="calendar in use", not_before=soon)
            else:
                await outbox.give_up(tx, row, error="calendar no longer connected", now=now)
        return None

    def _start_calendar(self, hold: Hold, rows: Sequence[Claimed]) -> None:
        work = deliver_to_calendar(self._parts, hold, rows, open_target=self._open_target)
        task = asyncio.create_task(self._deliver(rows, hold, work))
        self._calendars[hold.connection] = task
        task.add_done_callback(lambda _: self._calendars.pop(hold.connection, None))

    async def _deliver(
        self, rows: Sequence[Claimed], hold: Hold | None, work: Coroutine[None, None, None]
    ) -> None:
        """Do `work` while the leases are kept; whatever goes wrong, the rows are not lost."""
        keeper = asyncio.create_task(self._keep(rows, hold))
        try:
            await work
        except Exception as error:  # noqa: BLE001 -- the worker goes on; the row keeps the reason
            _log.exception("delivery_failed", error=type(error).__name__)
            await self._put_back(rows, error)
        finally:
            keeper.cancel()
            await asyncio.wait([keeper])
            if hold is not None:
                await self._let_go(hold)

    async def _keep(self, rows: Sequence[Claimed], hold: Hold | None) -> None:
        while True:
            await asyncio.sleep(PROLONG_SECONDS)
            with suppress(TweespraakError, OSError):
                async with self._parts.database.write() as tx:
                    await outbox.prolong(tx, rows, now=self._now(), lease=LEASE)
                    if hold is not None:
                        await calendars.prolong(tx, hold, now=self._now(), lease=LEASE)

    async def _put_back(self, rows: Sequence[Claimed], error: Exception) -> None:
        with suppress(TweespraakError, OSError):  # then the lease ends by itself
            async with self._parts.database.write() as tx:
                for row in rows:
                    again = self._now() + pause(row.id, row.attempts)
                    reason = f"unexpected: {type(error).__name__}"
                    await outbox.retry_later(tx, row, error=reason, not_before=again)

    async def _let_go(self, hold: Hold) -> None:
        with suppress(TweespraakError, OSError):  # then the lease ends by itself
            async with self._parts.database.write() as tx:
                await calendars.let_go(tx, hold)

    def _now(self) -> datetime:
        return self._parts.now()


def _message(parts: Parts, row: Claimed) -> Coroutine[None, None, None]:
    """Who carries this mail or text out: that of an appointment, or of reminders and nudges."""
    about_appointment = row.payload.get("template") in set(Template)
    return deliver_mail(parts, row) if about_appointment else deliver_reminder(parts, row)


def _by_connection(rows: Sequence[Claimed]) -> dict[UUID, list[Claimed]]:
    found: dict[UUID, list[Claimed]] = {}
    for row in rows:
        found.setdefault(UUID(str(row.payload["connection"])), []).append(row)
    return found
