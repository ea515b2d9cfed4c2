"""Sockets of talks on the wire itself: the short way, the way through aiohttp, odd frames."""

import asyncio
import base64
import hashlib
import json
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from coaching.words import Role
from signaling.wire import Wire
from tests.wire.rig import ORIGIN, People, Rig, Ticket, running

pytestmark = pytest.mark.wire

KEY = base64.b64encode(bytes(16))
PROOF = base64.b64encode(
    hashlib.sha1(KEY + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()  # noqa: S324 -- RFC 6455
)
MASK = b"\x01\x02\x03\x04"


def _asking(origin: str = ORIGIN, more: str = "") -> bytes:
    return (
        f"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY.decode()}\r\n"
        f"Origin: {origin}\r\n{more}\r\n"
    ).encode()


def _frame(first: int, payload: bytes) -> bytes:
    masked = bytes(byte ^ MASK[n % 4] for n, byte in enumerate(payload))
    if len(payload) < 126:
        return bytes((first, 0x80 | len(payload))) + MASK + masked
    return struct.pack("!BBH", first, 0x80 | 126, len(payload)) + MASK + masked


class Raw:
    """A connection that says exactly what a test wants."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def say(self, *parts: bytes) -> None:
        for part in parts:
            self._writer.write(part)
            await self._writer.drain()

    async def head(self) -> bytes:
        async with asyncio.timeout(180):
            return await self._reader.readuntil(b"\r\n\r\n")

    async def body(self, n: int) -> bytes:
        async with asyncio.timeout(180):
            return await self._reader.readexactly(n)

    async def frame(self) -> tuple[int, bytes]:
        first, length = await self.body(2)
        if length == 126:
            length = int.from_bytes(await self.body(2), "big")
        return first, await self.body(length)

    async def closed(self) -> int:
        """The close code, after whatever else comes before it."""
        while True:
            first, payload = await self.frame()
            if first == 0x88:
                return int.from_bytes(payload, "big")

    async def ended(self) -> bool:
        async with asyncio.timeout(180):
            return await self._reader.read() == b""

    def close(self) -> None:
        self._writer.close()


@asynccontextmanager
async def _connected(rig: Rig, *, upgraded: bool = True) -> AsyncIterator[Raw]:
    raw = Raw(*await asyncio.open_connection("127.0.0.1", rig.port))
    try:
        if upgraded:
            await raw.say(_asking())
            head = await raw.head()
            assert head.startswith(b"HTTP/1.1 101 ")
            assert b"\r\nSec-WebSocket-Accept: " + PROOF + b"\r\n" in head
        yield raw
    finally:
        raw.close()


def _hello(rig: Rig) -> bytes:
    ticket = rig.desk.issue(People().ticket(Role.CANDIDATE, uuid4()))
    return json.dumps({"type": "hello", "ticket": ticket}).encode()


async def test_talk_through_aiohttp_goes_as_one_before_it() -> None:
    async with running(long_way=True) as rig:
        coach, candidate = await rig.talk(People())

        await coach.say("candidate", epoch=1, candidate=None)
        assert (await candidate.hear("candidate"))["from"] == "coach"
        assert await candidate.until_pong() == []
        await coach.say("leave")
        await coach.hear("ended")
        await candidate.hear("left")
        await rig.signaling.close()
        assert await candidate.closed() == 1001


@pytest.mark.parametrize("cut", [1, 8, 100])
async def test_request_in_two_pieces_gets_its_socket(cut: int) -> None:
    async with running() as rig, _connected(rig, upgraded=False) as raw:
        await raw.say(_asking()[:cut])
        await asyncio.sleep(0.05)  # so that the server reads the first piece by itself
        await raw.say(_asking()[cut:])

        assert (await raw.head()).startswith(b"HTTP/1.1 101 ")
        await raw.say(_frame(0x81, _hello(rig)))
        assert b'"welcome"' in (await raw.frame())[1]


async def test_connection_that_was_used_before_gets_its_socket() -> None:
    async with running() as rig, _connected(rig, upgraded=False) as raw:
        await raw.say(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
        head = await raw.head()
        assert head.startswith(b"HTTP/1.1 404 ")
        await raw.body(len(b"404: Not Found"))

        await raw.say(_asking())

        assert (await raw.head()).startswith(b"HTTP/1.1 101 ")
        await raw.say(_frame(0x81, _hello(rig)))
        assert b'"welcome"' in (await raw.frame())[1]


@pytest.mark.parametrize(
    "asking",
    [_asking("https://other.example"), _asking(more="Sec-Fetch-Site: cross-site\r\n")],
)
async def test_page_of_somebody_else_is_refused_before_any_socket(asking: bytes) -> None:
    async with running() as rig, _connected(rig, upgraded=False) as raw:
        await raw.say(asking)

        assert (await raw.head()).startswith(b"HTTP/1.1 403 ")


async def test_server_that_stops_takes_no_socket_and_sends_newcomers_away() -> None:
    async with running() as rig, _connected(rig) as silent:
        await rig.signaling.close()

        assert await silent.closed() == 1001
        async with _connected(rig, upgraded=False) as raw:
            await raw.say(_asking())
            assert (await raw.head()).startswith(b"HTTP/1.1 503 ")


@pytest.mark.parametrize("long_way", [False, True])
async def test_message_in_pieces_with_a_ping_between_is_one_message(long_way: bool) -> None:  # noqa: FBT001 -- a parameter
    async with running(long_way=long_way) as rig, _connected(rig) as raw:
        hello = _hello(rig)

        await raw.say(_frame(0x01, hello[:9]), _frame(0x89, b"there?"), _frame(0x80, hello[9:]))

        assert await raw.frame() == (0x8A, b"there?")
        assert b'"welcome"' in (await raw.frame())[1]


@pytest.mark.parametrize("long_way", [False, True])
@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([_frame(0x81, b"\xff\xfe")], 1007),
        ([_frame(0x88, b"\x03\xe8\xff")], 1007),
        ([_frame(0x82, b"binary")], 1003),
        ([_frame(0xC1, b"{}")], 1002),
        ([_frame(0x83, b"{}")], 1002),
        ([_frame(0x80, b"{}")], 1002),
        ([_frame(0x01, b"{"), _frame(0x81, b"}")], 1002),
        ([_frame(0x09, b"?")], 1002),
        ([_frame(0x89, b"?" * 126)], 1002),
        ([_frame(0x88, b"\x03")], 1002),
        ([_frame(0x88, b"\x03\xe7")], 1002),
        ([_frame(0x88, b"\x0f\xa0bye")], 4000),
        ([_frame(0x88, b"")], 1000),
        ([_frame(0x01, b"x" * 60_000), _frame(0x80, b"x" * 60_000)], 1009),
        ([struct.pack("!BBQ", 0x81, 0xFF, 2**40)], 1009),
        ([struct.pack("!BBQ", 0x81, 0xFF, 2**63)], 1009),
    ],
)
async def test_odd_frame_closes_with_its_code_and_the_connection_ends(
    long_way: bool,  # noqa: FBT001 -- a parameter
    frames: list[bytes],
    code: int,
) -> None:
    async with running(long_way=long_way) as rig, _connected(rig) as raw:
        await raw.say(*frames)

        assert await raw.closed() == code
        if code in (4000, 1000, 1007):
            assert await raw.ended()


async def test_leave_with_the_close_right_behind_it_is_heard() -> None:
    async with running() as rig, _connected(rig) as raw:
        people = People()
        coach = await rig.sit(people, Role.COACH)
        ticket = rig.desk.issue(people.ticket(Role.CANDIDATE, uuid4()))
        hello = json.dumps({"type": "hello", "ticket": ticket}).encode()
        await raw.say(_frame(0x81, hello))
        await coach.hear("knock")

        await raw.say(_frame(0x81, b'{"type":"leave"}') + _frame(0x88, b"\x03\xe8"))

        assert (await coach.hear("left", "peer"))["type"] == "left"


async def test_browser_that_never_answers_a_close_is_cut() -> None:
    async with running() as rig, _connected(rig) as raw:
        await raw.say(_frame(0x81, b"nonsense"))

        assert await raw.closed() == 4401
        assert await raw.ended()


async def test_nobody_reads_on_while_what_was_read_waits() -> None:
    texts = [f"{n}" + "x" * 60_000 for n in range(40)]
    paused, heard = asyncio.Event(), asyncio.get_running_loop().create_future()

    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        transport = request.transport
        assert transport is not None
        wire = Wire(transport, request.protocol)
        while transport.is_reading():  # noqa: ASYNC110 -- a transport tells nobody that it paused
            await asyncio.sleep(0)
        paused.set()
        heard.set_result([await wire.receive() for _ in texts])
        await wire.finish()
        return socket

    app = web.Application()
    app.router.add_get("/ws", handle)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        page = await session.ws_connect(server.make_url("/ws"))
        sending = asyncio.gather(*(page.send_str(text) for text in texts))

        async with asyncio.timeout(180):
            await paused.wait()
            assert await heard == texts
            await sending
            await page.close()


async def test_what_waits_behind_a_slow_desk_is_heard_in_order() -> None:
    async with running() as rig:
        people, opened = People(), asyncio.Event()
        slow = rig.desk.redeem

        async def redeem(word: str) -> Ticket | None:
            await opened.wait()
            return await slow(word)

        rig.desk.redeem = redeem  # type: ignore[method-assign]  # a database that is slow
        await rig.stop()
        await rig.start()
        page = await rig.knock(people.ticket(Role.CANDIDATE, uuid4()))
        for n in range(5):
            await page.say("ping", n=n)
        opened.set()

        await page.hear("welcome")
        assert [(await page.hear("pong"))["n"] for _ in range(5)] == [0, 1, 2, 3, 4]
