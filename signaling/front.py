"""The door before aiohttp: an ordinary request for a socket of a talk is answered at once.

What a browser sends to open a WebSocket (RFC 6455, 4.1) comes in one piece and looks always the
same. That form is recognised on a fresh connection and answered here; every other request, and
every socket that is to be refused, takes the long way through aiohttp, with the same outcome.
"""

import asyncio
import hashlib
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, cast

from aiohttp import web

from signaling.value import value
from signaling.wire import Wire

SILENT_SECONDS: Final = 30.0
_START: Final = b"GET /ws"
_END: Final = b"\r\n\r\n"
_LONGEST: Final = 8190
_MOST_FIELDS: Final = 64
_KEY: Final = re.compile(r"[A-Za-z0-9+/]{22}==")
_OPENS: Final = ("upgrade", "keep-alive, upgrade")
_ODD: Final = ("content-length", "transfer-encoding", "expect", "sec-websocket-protocol")
_MAGIC: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, 1.3


@value
class Upgrade:
    """An ordinary request to open a WebSocket; names of header fields are in lower case."""

    path: str
    headers: Mapping[str, str]
    peer: str


class Talks(Protocol):
    """Whoever serves the sockets of one path."""

    def admit(self, upgrade: Upgrade) -> bool:
        """Whether this one may open a socket; False: the long way says why not."""

    def attend(self, wire: Wire, upgrade: Upgrade) -> asyncio.Task[None]:
        """Serve the socket until it closes."""


Ended = Callable[[str, float], None]  # path and how long the socket was there, in seconds


def ordinary_upgrade(data: bytes, peer: str) -> Upgrade | None:
    """The request in `data`, when it is whole, alone, and in the form that browsers write."""
    if not (data.startswith(_START) and data.endswith(_END) and len(data) <= _LONGEST):
        return None
    if not data.isascii():
        return None
    request, *fields = data[:-4].decode("ascii").split("\r\n")
    method, _, rest = request.partition(" ")
    path, _, version = rest.partition(" ")
    headers = _read(fields)
    good = (method, version) == ("GET", "HTTP/1.1") and headers is not None
    if headers is None or not good or not _opens_websocket(headers):
        return None
    return Upgrade(path=path, headers=headers, peer=peer)


def _read(fields: list[str]) -> dict[str, str] | None:
    """None: a field that is folded, repeated, or has anything but printable characters."""
    headers: dict[str, str] = {}
    for field in fields:
        name, colon, said = field.partition(":")
        name = name.lower()
        named = colon and name.replace("-", "_").isidentifier()
        if not named or name in headers or not said.isprintable():
            return None
        headers[name] = said.strip(" ")
    return headers if len(headers) <= _MOST_FIELDS else None


def _opens_websocket(headers: dict[str, str]) -> bool:
    said = headers.get
    return (
        said("upgrade", "").lower() == "websocket"
        and said("connection", "").lower() in _OPENS
        and said("sec-websocket-version") == "13"
        and _KEY.fullmatch(said("sec-websocket-key", "")) is not None
        and "host" in headers
        and not any(odd in headers for odd in _ODD)
    )


def _switched(key: str) -> bytes:
    proof = b64encode(hashlib.sha1((key + _MAGIC).encode(), usedforsecurity=False).digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
        b"Sec-WebSocket-Accept: " + proof + _END
    )


class _Front(asyncio.Protocol):
    """The protocol of a connection until its first bytes came."""

    __slots__ = ("_site", "_timer", "_transport")

    def __init__(self, site: "TalkSite") -> None:
        self._site = site

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(SILENT_SECONDS, self._transport.abort)
        self._site.fresh.add(self._transport)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._go()

    def _go(self) -> None:
        self._timer.cancel()
        self._site.fresh.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._go()
        if not self._site.answered(self._transport, data):
            handler = self._site.long_way()
            self._transport.set_protocol(handler)
            handler.connection_made(self._transport)
            handler.data_received(data)


class TalkSite(web.BaseSite):
    """Where `runner` listens, with the sockets of `talks`, by path, answered before aiohttp.

    `ended` hears of each such socket when it is over.

    Raises, at `start`:
        OSError: the port is in use or not allowed.
    """

    __slots__ = ("_ended", "_host", "_port", "_talks", "fresh")

    def __init__(
        self,
        runner: web.AppRunner,
        host: str,
        port: int,
        talks: Mapping[str, Talks],
        *,
        backlog: int = 128,
        ended: Ended | None = None,
    ) -> None:
        super().__init__(runner, backlog=backlog)
        self._host = host
        self._port = port
        self._talks = talks
        self._ended = ended
        self.fresh: set[asyncio.Transport] = set()  # connections that said nothing yet

    @property
    def name(self) -> str:
        """The address, for people."""
        return f"http://{self._host}:{self._port}"

    async def start(self) -> None:
        """Listen."""
        await super().start()
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Front(self), self._host, self._port, backlog=self._backlog
        )

    async def stop(self) -> None:
        """Listen no longer, and let go who said nothing yet."""
        await super().stop()
        for transport in tuple(self.fresh):
            transport.abort()

    def long_way(self) -> asyncio.Protocol:
        """A protocol of aiohttp for a connection."""
        make: Any = self._runner.server
        return cast("asyncio.Protocol", make())

    def answered(self, transport: asyncio.Transport, data: bytes) -> bool:
        """Whether `data` asked for a socket of a talk that may be, and got it."""
        if not data.startswith(_START):
            return False
        peer = transport.get_extra_info("peername")
        upgrade = ordinary_upgrade(data, str(peer[0]) if peer else "")
        talks = self._talks.get(upgrade.path) if upgrade else None
        if upgrade is None or talks is None or not talks.admit(upgrade):
            return False
        transport.write(_switched(upgrade.headers["sec-websocket-key"]))
        task = talks.attend(Wire(transport, None), upgrade)
        if self._ended is not None:
            self._tell_end(task, upgrade.path, self._ended)
        return True

    def _tell_end(self, task: asyncio.Task[None], path: str, ended: Ended) -> None:
        time = asyncio.get_running_loop().time
        began = time()
        task.add_done_callback(lambda _: ended(path, time() - began))
