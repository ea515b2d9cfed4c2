"""Looks now and then whether the talks that people sit in still stand, and their sessions."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

import structlog

from server.routes.keys import TalkRooms
from server.usecases.context import Parts
from server.usecases.moot import ended_sessions, moot_talks

LOOK_SECONDS: Final = 3.0
SESSION_SECONDS: Final = 60.0
_log = structlog.get_logger("talk")


@asynccontextmanager
async def watched(parts: Parts, rooms: TalkRooms) -> AsyncIterator[None]:
    """Send people away from talks that were cancelled, moved or given away, by whom and wherever.

    Every minute also those whose session ended: signed out elsewhere, past its time, or the
    account closed. Each web process looks after the pages that it serves. A page that is sent
    away asks for a ticket once more, and reads there why it does not get one.
    """
    looking = asyncio.create_task(_look_on(parts, rooms))
    try:
        yield
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


async def _look_on(parts: Parts, rooms: TalkRooms) -> None:
    time = asyncio.get_running_loop().time
    sessions_at = time() + SESSION_SECONDS
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            await _look(parts, rooms)
            if time() >= sessions_at:
                sessions_at = time() + SESSION_SECONDS
                await _look_at_sessions(parts, rooms)
        except Exception as error:  # noqa: BLE001 -- the next look must come
            _log.error("talks_not_looked_at", kind=type(error).__name__)


async def _look(parts: Parts, rooms: TalkRooms) -> None:
    if sat_in := rooms.coaches():
        for meeting in await moot_talks(parts, sat_in, now=parts.now()):
            await rooms.send_away(meeting)


async def _look_at_sessions(parts: Parts, rooms: TalkRooms) -> None:
    if devices := rooms.devices():
        for device in await ended_sessions(parts, devices, now=parts.now()):
            await rooms.close_device(device)
