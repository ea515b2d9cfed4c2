"""What still has to go to one browser: a bounded queue and the one task that writes it.

The room never waits for a reader: aiohttp's send blocks as soon as a reader stops reading.
"""

import asyncio
from collections import deque
from typing import Final

from aiohttp import web

MOST_WAITING: Final = 128
SEND_SECONDS: Final = 10.0
_CANNOT_WRITE = (ConnectionError, RuntimeError)


class Outgoing:
    """Frames for one socket, in order, then perhaps a close code."""

    __slots__ = ("_closing", "_frames", "_task", "_transport", "_wake", "sending_since", "socket")

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        self.socket = socket
        self._transport = transport
        self.sending_since: float | None = None
        self._frames: deque[str] = deque()
        self._wake: asyncio.Future[None] | None = None
        self._closing = 0
        self._task = asyncio.create_task(self._write())

    @property
    def closing(self) -> bool:
        """Whether nothing more will be sent."""
        return self._closing != 0

    def send(self, frame: str) -> None:
        """Queue a frame; a reader with 128 frames waiting is closed with 1013 instead."""
        if self._closing:
            return
        if len(self._frames) >= MOST_WAITING:
            self._frames.clear()
            self.close(1013)
            return
        self._frames.append(frame)
        self._ring()

    def close(self, code: int) -> None:
        """Close after what is queued; the first code counts."""
        if not self._closing:
            self._closing = code
            self._ring()

    async def finish(self) -> None:
        """Wait until everything is written or the socket is gone; cut one that takes nothing."""
        self.close(1000)
        _, late = await asyncio.wait((self._task,), timeout=SEND_SECONDS)
        if late:
            self.drop()

    def drop(self) -> None:
        """Cut a socket that does not take what is sent to it."""
        self._task.cancel()
        if self._transport is not None:
            self._transport.abort()

    def stuck(self, now: float) -> bool:
        """Whether one frame is being sent for too long (loop seconds)."""
        return self.sending_since is not None and now - self.sending_since > SEND_SECONDS

    def _ring(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def _write(self) -> None:
        loop, socket, frames = asyncio.get_running_loop(), self.socket, self._frames
        try:
            while True:
                while frames:
                    self.sending_since = loop.time()
                    await socket.send_str(frames.popleft())
                    self.sending_since = None
                if self._closing:
                    self.sending_since = loop.time()
                    await socket.close(code=self._closing)
                    return
                self._wake = loop.create_future()
                await self._wake
        except _CANNOT_WRITE:
            self._closing = self._closing or 1006
