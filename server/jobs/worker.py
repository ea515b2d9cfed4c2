"""The worker: takes due mails and texts from the outbox and has them delivered, until it is told
to stop. Leases are short and prolonged while work goes on: after a crash another worker goes on
within half a minute. Calendars have a process of their own (`server.jobs.sync`).
"""

import asyncio
from collections.abc import Coroutine

import structlog

from coaching.errors import TweespraakError
from server.jobs.holding import LEASE, in_hand, own_name, waited
from server.jobs.mail import Template
from server.jobs.mailbox import run_mailbox
from server.jobs.post import deliver_mail
from server.jobs.reminders_post import deliver_reminder
from server.jobs.staff_post import deliver_staff_mail
from server.jobs.timers import run_timers
from server.store import outbox
from server.store.outbox import Claimed, Kind
from server.usecases.context import Parts
from server.usecases.staff_mail import TEMPLATE

MAILS_AT_ONCE = 4
_MESSAGES = (Kind.MAIL, Kind.TEXT)
_log = structlog.get_logger("tweespraak.worker")


async def run_worker(parts: Parts, stop: asyncio.Event) -> None:
    """Deliver until `stop` is set; then finish what is in hand and return.

    A database that does not answer is waited for; no failure of a delivery ends the worker.
    """
    worker = Worker(parts)
    _log.info("worker_started", worker=worker.name)
    beside = [asyncio.create_task(run(parts, stop)) for run in (run_timers, run_mailbox)]
    try:
        while not stop.is_set():
            busy = await worker.look()
            if not busy:
                await worker.rest(stop)
    finally:
        if not stop.is_set():
            for task in beside:
                task.cancel()
        await asyncio.wait(beside)
        await worker.finish()
        _log.info("worker_stopped", worker=worker.name)


class Worker:
    """One worker: what it has in hand, and the next look at the outbox."""

    def __init__(self, parts: Parts) -> None:
        self.name = own_name()
        self._parts = parts
        self._mails: set[asyncio.Task[None]] = set()

    async def look(self) -> bool:
        """Take what is due and start delivering it; True when there was anything."""
        try:
            async with self._parts.database.read() as tx:
                kinds = await outbox.due_kinds(tx, now=self._parts.now())
            return bool(kinds.intersection(_MESSAGES) and await self._take_mails())
        except (TweespraakError, OSError) as error:
            _log.warning("outbox_unreadable", error=type(error).__name__)
            return False

    async def rest(self, stop: asyncio.Event) -> None:
        """Wait for the next look, for something in hand to be done, or for the end."""
        await waited(stop, self._mails, self._parts.settings.worker_poll_seconds)

    async def finish(self) -> None:
        """Wait for what is in hand; each delivery has an end of its own."""
        while self._mails:
            await asyncio.wait(self._mails)

    async def _take_mails(self) -> int:
        free = MAILS_AT_ONCE - len(self._mails)
        if free <= 0:
            return 0
        async with self._parts.database.write() as tx:
            rows = await outbox.claim(
                tx,
                worker=self.name,
                now=self._parts.now(),
                lease=LEASE,
                kinds=list(_MESSAGES),
                limit=free,
            )
        for row in rows:
            work = in_hand(self._parts, [row], None, _message(self._parts, row))
            task = asyncio.create_task(work)
            self._mails.add(task)
            task.add_done_callback(self._mails.discard)
        return len(rows)


def _message(parts: Parts, row: Claimed) -> Coroutine[None, None, None]:
    """Who carries this mail or text out: that of an appointment, or of reminders and nudges."""
    if row.payload.get("template") == TEMPLATE:
        return deliver_staff_mail(parts, row)
    about_appointment = row.payload.get("template") in set(Template)
    return deliver_mail(parts, row) if about_appointment else deliver_reminder(parts, row)
