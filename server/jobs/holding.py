"""Keeping what is in hand: the leases of rows and of a calendar, prolonged while work goes on."""

import asyncio
import os
import socket
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from datetime import timedelta
from secrets import token_hex

import structlog

from coaching.errors import TweespraakError
from server.jobs.backoff import pause
from server.store import calendars, outbox
from server.store.calendars import Hold
from server.store.outbox import Claimed
from server.usecases.context import Parts

LEASE = timedelta(seconds=30)
PROLONG_SECONDS = 10.0
_log = structlog.get_logger("tweespraak.holding")


def own_name() -> str:
    """A name that no other process has."""
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{token_hex(4)}"


async def in_hand(
    parts: Parts, rows: Sequence[Claimed], hold: Hold | None, work: Coroutine[None, None, None]
) -> None:
    """Do `work` while the leases are kept; whatever goes wrong, the rows are not lost."""
    keeper = asyncio.create_task(_keep(parts, rows, hold))
    try:
        await work
    except Exception as error:  # noqa: BLE001 -- the process goes on; the row keeps the reason
        _log.exception("delivery_failed", error=type(error).__name__)
        await _put_back(parts, rows, error)
    finally:
        keeper.cancel()
        await asyncio.wait([keeper])
        if hold is not None:
            await _let_go(parts, hold)


async def waited(stop: asyncio.Event, tasks: set[asyncio.Task[None]], seconds: float) -> None:
    """Wait for the next look, for something in hand to be done, or for the end."""
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({stopping, *tasks}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        with suppress(asyncio.CancelledError):
            await stopping


async def _keep(parts: Parts, rows: Sequence[Claimed], hold: Hold | None) -> None:
    while True:
        await asyncio.sleep(PROLONG_SECONDS)
        with suppress(TweespraakError, OSError):
            async with parts.database.write() as tx:
                await outbox.prolong(tx, rows, now=parts.now(), lease=LEASE)
                if hold is not None:
                    await calendars.prolong(tx, hold, now=parts.now(), lease=LEASE)


async def _put_back(parts: Parts, rows: Sequence[Claimed], error: Exception) -> None:
    with suppress(TweespraakError, OSError):  # then the lease ends by itself
        async with parts.database.write() as tx:
            for row in rows:
                again = parts.now() + pause(row.id, row.attempts)
                reason = f"unexpected: {type(error).__name__}"
                await outbox.retry_later(tx, row, error=reason, not_before=again)


async def _let_go(parts: Parts, hold: Hold) -> None:
    with suppress(TweespraakError, OSError):  # then the lease ends by itself
        async with parts.database.write() as tx:
            await calendars.let_go(tx, hold)
