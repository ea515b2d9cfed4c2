"""One WebSocket on its transport: what the browser sends, handed on as it comes.

aiohttp wakes a task for every frame, through a queue and a future. Most frames of a call only have
to reach the other side, so they are offered to whoever listens at the moment they are read. The
reader of aiohttp takes the frames apart (RFC 6455: masks, fragments, UTF-8, sizes).
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from aiohttp import WSCloseCode, WSMsgType
from aiohttp._websocket.reader import WebSocketDataQueue
from aiohttp.http import WebSocketError, WebSocketReader

from signaling.grammar import MAX_FRAME
from signaling.limits import TokenBucket
from signaling.masks import Masks
from signaling.outgoing import Outgoing

_UNREAD: Final = 64 * 1024  # characters that wait to be looked at, before reading pauses
_DEAF_SECONDS: Final = 1.0
_TEXT, _CLOSE = WSMsgType.TEXT, WSMsgType.CLOSE


class _Frames(WebSocketDataQueue):
    """Where the reader puts its frames: nothing is queued here."""

    __slots__ = ("_wire",)

    def __init__(self, wire: "Wire", loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(wire, MAX_FRAME, loop=loop)  # type: ignore[arg-type]  # never asked
        self._wire = wire

    def feed_data(self, data: Any, size: int) -> None:  # noqa: ANN401 -- aiohttp's
        self._wire.take(data[0], data[1])

    def set_exception(self, exc: BaseException, exc_cause: object = None) -> None:
        self._wire.refuse(exc)


class Wire(asyncio.Protocol):
    """The protocol of a transport after the handshake; `before` was its protocol until now.

    `at_once` may be set to what looks at a text first; what it says True to is done with. Every
    other text waits for `receive`, in order.
    """

    __slots__ = (
        "_before",
        "_bucket",
        "_gone",
        "_inbox",
        "_loop",
        "_masks",
        "_paused",
        "_reader",
        "_transport",
        "_unread",
        "_waiter",
        "_working",
        "at_once",
        "heard_at",
        "outgoing",
    )

    def __init__(self, transport: asyncio.Transport, before: asyncio.Protocol | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._before = before
        self._transport = transport
        self._masks = Masks()
        self._reader: WebSocketReader | None = WebSocketReader(
            _Frames(self, self._loop), MAX_FRAME, compress=False, decode_text=True
        )
        self.heard_at = self._loop.time()  # loop seconds
        self._bucket = TokenBucket(self.heard_at)
        self.outgoing = Outgoing(transport)
        self.at_once: Callable[[str], bool] | None = None
        self._inbox: list[str] = []
        self._unread = 0
        self._paused = self._working = False
        self._waiter: asyncio.Future[None] | None = None
        self._gone: asyncio.Future[None] | None = None
        transport.set_protocol(self)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        self.heard_at = self._loop.time()
        if self._reader is None:
            return
        if self._masks.good(data):
            self._reader.feed_data(data)
        else:
            self.refuse(WebSocketError(WSCloseCode.PROTOCOL_ERROR, "a frame is not masked"))

    def take(self, kind: WSMsgType, data: Any) -> None:  # noqa: ANN401 -- by kind
        """A whole message came."""
        outgoing = self.outgoing
        if kind is _CLOSE:
            outgoing.answer_close(data or 1000)
            self._wake()
        elif outgoing.closing:
            return
        elif kind is not _TEXT:
            self._take_other(kind, data)
        elif not self._bucket.take(self.heard_at):
            self._end(1008)
        elif self._working or self._inbox or self.at_once is None or not self.at_once(data):
            self._keep(data)

    def _take_other(self, kind: WSMsgType, data: bytes) -> None:
        if kind is WSMsgType.PING:
            self.outgoing.pong(bytes(data))
        elif kind is WSMsgType.BINARY:
            self._end(1003)

    def _keep(self, text: str) -> None:
        self._inbox.append(text)
        self._unread += len(text)
        if self._unread > _UNREAD and not self._paused:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def refuse(self, fault: BaseException) -> None:
        """What came is no WebSocket, or too large: nothing after it can be understood.

        Reading goes on for a moment, since closing with bytes unread would cost the close frame.
        """
        self._reader = None
        code = int(fault.code) if isinstance(fault, WebSocketError) else 1011
        self._end(code, within=_DEAF_SECONDS)

    def _end(self, code: int, *, within: float | None = None) -> None:
        self.outgoing.close(code, within=within)
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def receive(self) -> str | None:
        """The next text that was not done with at once; None: there will be no more.

        What the browser said before it closed, or was lost, still counts.
        """
        self._working = False
        while not self.outgoing.decided:
            if self._inbox:
                self._working = True
                return self._next()
            if self.outgoing.closing:
                return None
            self._waiter = self._loop.create_future()
            await self._waiter
            self._waiter = None
        self._let_go()
        return None

    def _next(self) -> str:
        text = self._inbox.pop(0)
        self._unread -= len(text)
        if self._paused and not self._inbox:
            self._paused = False
            self._transport.resume_reading()
        return text

    def _let_go(self) -> None:
        """What was said counts no more; reading goes on, since the answer to our close comes."""
        self._inbox.clear()
        self._unread = 0
        if self._paused:
            self._paused = False
            self._transport.resume_reading()

    async def finish(self) -> None:
        """Close, unless it is closing, and wait until the browser knows; that takes seconds."""
        self.outgoing.close(1000)
        self._let_go()
        if self.outgoing.over:
            return
        if self._gone is None:
            self._gone = self._loop.create_future()
        await asyncio.wait((self._gone,))

    def pause_writing(self) -> None:
        """The browser does not take what it is sent."""
        self.outgoing.full()

    def resume_writing(self) -> None:
        """It does again."""
        self.outgoing.roomy()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing comes or goes any more."""
        self._reader = self.at_once = None
        self.outgoing.lost()
        self._wake()
        if self._gone is not None:
            self._gone.set_result(None)
        if self._before is not None:
            self._before.connection_lost(exc)
            self._before = None
