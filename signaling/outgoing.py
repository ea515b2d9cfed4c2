"""What still has to go to one browser: written at once while it reads, queued while it does not.

The room never waits for a reader: aiohttp's send blocks as soon as a reader stops reading. So
frames go straight to the transport, in one write, while there is room in its buffer for all of
them; otherwise they wait in a bounded queue for a task that writes at the reader's pace.
"""

import asyncio
import logging
import struct
from collections import deque
from collections.abc import Coroutine
from typing import Any, Final

from aiohttp import web

MOST_WAITING: Final = 128
SEND_SECONDS: Final = 10.0
# asyncio and uvloop pause a transport at 64 KiB. Below that, sending never waits.
_ROOM_IN_BUFFER: Final = 48 * 1024
_log = logging.getLogger(__name__)
_CANNOT_WRITE = (ConnectionError, RuntimeError)
_FINAL_TEXT: Final = 0x81
_TINY: Final = 126  # from here on the length of a frame takes two bytes more
_SMALL: Final = 2**16  # and from here on eight
_small_head: Final = struct.Struct("!BBH").pack
_large_head: Final = struct.Struct("!BBQ").pack


def text_frame(text: str) -> bytes:
    """One whole text frame as a server sends it, unmasked (RFC 6455, 5.2)."""
    payload = text.encode()
    length = len(payload)
    if length < _TINY:
        return bytes((_FINAL_TEXT, length)) + payload
    if length < _SMALL:
        return _small_head(_FINAL_TEXT, 126, length) + payload
    return _large_head(_FINAL_TEXT, 127, length) + payload


class Outgoing:
    """Frames for one socket, in order, then perhaps a close code."""

    __slots__ = (
        "_code",
        "_finishing",
        "_queue",
        "_sending_since",
        "_socket",
        "_task",
        "_transport",
    )

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        self._socket = socket
        self._transport = transport
        self._queue: deque[str] | None = None  # made for the first frame that has to wait
        self._task: asyncio.Task[None] | None = None
        self._sending_since: float | None = None
        self._code = 0
        self._finishing = False

    @property
    def closing(self) -> bool:
        """Whether nothing more will be sent."""
        return self._code != 0

    def send(self, text: str) -> None:
        """Send or queue a frame; a reader with 128 frames waiting is closed with 1013 instead."""
        if not self._code and not self._written(text_frame(text)):
            self._queue_up(text)

    def send_all(self, texts: list[str]) -> None:
        """Send or queue several frames, in one write when there is room for all."""
        if not self._code and not self._written(b"".join(map(text_frame, texts))):
            for text in texts:
                self._queue_up(text)

    def _written(self, frames: bytes) -> bool:
        transport = self._transport
        if transport is None:
            return True
        waits = self._task is not None
        if waits or transport.get_write_buffer_size() + len(frames) >= _ROOM_IN_BUFFER:
            return False
        # After our close frame nothing may follow (RFC 6455, 5.5.1).
        if self._socket.closed or transport.is_closing():
            self._code = 1006
            return True
        try:
            transport.write(frames)
        except _CANNOT_WRITE:
            self._code = 1006
        return True

    def ping(self) -> None:
        """Ask whether the browser is still there."""
        if self._may_write_control():
            self._write_now(self._socket.ping())

    def pong(self, data: bytes) -> None:
        """Answer the browser's ping."""
        if self._may_write_control():
            self._write_now(self._socket.pong(data))

    def _may_write_control(self) -> bool:
        # A reader that takes nothing gets no control frames on top.
        if self._transport is None or self._code or self._task is not None:
            return False
        return self._transport.get_write_buffer_size() < _ROOM_IN_BUFFER

    def _queue_up(self, frame: str) -> None:
        if self._code:
            return
        if self._queue is None:
            self._queue = deque()
        if len(self._queue) >= MOST_WAITING:
            self._queue.clear()
            self.close(1013)
            return
        self._queue.append(frame)
        if self._task is None:
            self._task = asyncio.create_task(self._write_late())

    def close(self, code: int) -> None:
        """Close after what is queued; the first code counts."""
        if self._code:
            return
        self._code = code
        if self._task is None:
            asyncio.get_running_loop().call_soon(self._close_unless_finishing)

    async def finish(self) -> None:
        """Wait until everything is written and closed; cut a reader that takes nothing."""
        self._finishing = True
        self._code = self._code or 1000
        if self._task is None:
            await self._close()
            return
        _, late = await asyncio.wait((self._task,), timeout=SEND_SECONDS)
        if late:
            self.drop()

    def drop(self) -> None:
        """Cut a socket that does not take what is sent to it."""
        if self._task is not None:
            self._task.cancel()
        if self._transport is not None:
            self._transport.abort()

    def stuck(self, now: float) -> bool:
        """Whether one frame is being sent for too long (loop seconds)."""
        since = self._sending_since
        return since is not None and now - since > SEND_SECONDS

    def _write_now(self, sending: Coroutine[Any, Any, None]) -> None:
        try:
            sending.send(None)  # runs to its end: there is room in the buffer
        except StopIteration:
            return
        except _CANNOT_WRITE:
            self._code = 1006
            return
        sending.close()
        self.drop()

    def _close_unless_finishing(self) -> None:
        if not self._finishing:
            self._task = asyncio.create_task(self._close())

    async def _close(self) -> None:
        if self._socket.closed:
            return
        self._sending_since = asyncio.get_running_loop().time()
        try:
            await self._socket.close(code=self._code)
        except _CANNOT_WRITE:
            _log.debug("a page went before its close frame")
        self._sending_since = None

    async def _write_late(self) -> None:
        time, queue = asyncio.get_running_loop().time, self._queue
        try:
            while queue:
                self._sending_since = time()
                await self._socket.send_str(queue.popleft())
            self._sending_since = None
        except _CANNOT_WRITE:
            self._code = self._code or 1006
        if self._code:
            await self._close()
        self._task = None
