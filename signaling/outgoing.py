"""What still has to go to one browser: written at once while it reads, queued while it does not.

The room never waits for a reader. Frames go straight to the transport, in one write, until it says
that its buffer is full; then they wait in a bounded queue until it says that there is room again.
"""

import asyncio
import struct
from collections import deque
from typing import Final

MOST_WAITING: Final = 128
SEND_SECONDS: Final = 10.0
CLOSE_SECONDS: Final = 5.0
_FINAL_TEXT: Final = 0x81
_TINY: Final = 126  # from here on the length of a frame takes two bytes more
_SMALL: Final = 2**16  # and from here on eight
_PING: Final = b"\x89\x00"
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
    """Frames for one socket, in order, then perhaps a close code.

    `full` and `roomy` are to be called when the transport pauses and resumes its protocol, `lost`
    when the connection is gone.
    """

    __slots__ = (
        "_code",
        "_full_since",
        "_limit",
        "_queue",
        "_said_close",
        "_transport",
        "decided",
    )

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._queue: deque[str] | None = None  # made for the first frame that has to wait
        self._full_since: float | None = None  # loop seconds
        self._code = 0
        self.decided = False  # it was our side that closed: what was read before does not count
        self._said_close = False
        self._limit: asyncio.TimerHandle | None = None

    @property
    def closing(self) -> bool:
        """Whether nothing more will be sent."""
        return self._code != 0

    @property
    def over(self) -> bool:
        """Whether the connection is gone, or will be when its last bytes are written."""
        return self._transport.is_closing()

    def send(self, text: str) -> None:
        """Send or queue a frame; a reader with 128 frames waiting is closed with 1013 instead."""
        if not self._code and not self._written(text_frame(text)):
            self._queue_up(text)

    def send_all(self, texts: list[str]) -> None:
        """Send or queue several frames, in one write when there is room."""
        if not self._code and not self._written(b"".join(map(text_frame, texts))):
            for text in texts:
                self._queue_up(text)

    def _written(self, frames: bytes) -> bool:
        if self._full_since is not None:
            return False
        if self._transport.is_closing():
            self._code = 1006
        else:
            self._transport.write(frames)
        return True

    def ping(self) -> None:
        """Ask whether the browser is still there."""
        self._control(_PING)

    def pong(self, data: bytes) -> None:
        """Answer the browser's ping; `data` is at most 125 bytes (RFC 6455, 5.5)."""
        self._control(bytes((0x8A, len(data))) + data)

    def _control(self, frame: bytes) -> None:
        # A reader that takes nothing gets no control frames on top.
        if not self._code:
            self._written(frame)

    def _queue_up(self, text: str) -> None:
        if self._code:
            return
        if self._queue is None:
            self._queue = deque()
        if len(self._queue) >= MOST_WAITING:
            self._queue.clear()
            self.close(1013)
            return
        self._queue.append(text)

    def full(self) -> None:
        """The transport takes no more for now."""
        self._full_since = asyncio.get_running_loop().time()

    def roomy(self) -> None:
        """The transport has room again: what waits goes on, and the close code behind it."""
        self._full_since = None
        while self._queue and self._written(text_frame(self._queue[0])):
            self._queue.popleft()
        if self._code:
            self._say_close(self._code)

    def close(self, code: int, *, within: float | None = None) -> None:
        """Close after what is queued; the first code counts.

        The browser has `within` seconds to answer, five when it takes what it is sent.
        """
        if self._code:
            return
        self._code = code
        self.decided = True
        if self.over:
            return
        usual = CLOSE_SECONDS if self._full_since is None else SEND_SECONDS
        loop = asyncio.get_running_loop()
        self._limit = loop.call_later(usual if within is None else within, self.drop)
        self._say_close(code)

    def answer_close(self, code: int) -> None:
        """The browser closes: say so too, unless we did, and let the connection go."""
        self._code = self._code or code
        self._say_close(code)
        self._transport.close()
        if self._limit is None and self._transport.get_write_buffer_size():
            loop = asyncio.get_running_loop()  # who does not read would keep the socket for ever
            self._limit = loop.call_later(SEND_SECONDS, self.drop)

    def _say_close(self, code: int) -> None:
        # After our close frame nothing may follow (RFC 6455, 5.5.1).
        if not (self._queue or self._said_close or self._full_since is not None or self.over):
            self._said_close = True
            self._transport.write(b"\x88\x02" + code.to_bytes(2, "big"))

    def drop(self) -> None:
        """Cut a socket that does not take what is sent to it, or does not let itself be closed."""
        self._transport.abort()

    def lost(self) -> None:
        """The connection is gone."""
        self._code = self._code or 1006
        self._queue = None
        if self._limit is not None:
            self._limit.cancel()

    def stuck(self, now: float) -> bool:
        """Whether the browser takes nothing for too long (loop seconds)."""
        since = self._full_since
        return since is not None and now - since > SEND_SECONDS
