"""Bad input and limits over real sockets: each has its code, and nobody else notices."""

import asyncio
import json
import random
import socket
import struct
import time
from pathlib import Path
from uuid import uuid4

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from coaching.words import Role
from signaling import outgoing
from signaling.limits import BURST, PER_SECOND, Caps, address_block
from signaling.outgoing import MOST_WAITING
from signaling.wire import Wire
from tests.seeds import seed_of_run
from tests.wire.hostile_frames import PING, frame
from tests.wire.rig import ORIGIN, PATIENCE, Page, People, Rig, running

pytestmark = pytest.mark.wire

SAMPLES = Path(__file__).parents[1] / "data" / "wire"
_ASKS = (
    b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    b"Origin: " + ORIGIN.encode() + b"\r\n\r\n"
)
BAD = json.loads((SAMPLES / "bad.json").read_text())


async def test_every_bad_frame_is_answered_with_its_code_and_changes_nothing() -> None:
    async with running() as rig:
        people, devices = People(), (uuid4(), uuid4())
        coach, candidate = await rig.talk(people, devices)
        page, heard = candidate, 0
        for bad in BAD:
            await page.socket.send_str(bad["frame"])
            answer = await page.hear("error")
            assert (bad["name"], answer["code"]) == (bad["name"], bad["code"])
            heard += answer["code"] == "bad_message"
            if heard and heard % 3 == 0 and answer["code"] == "bad_message":
                assert await page.closed() == 1003
                page = await rig.resume(page.token, 1)
                await page.hear("welcome")

        assert "start" not in await page.until_pong()
        assert not {"description", "candidate", "start", "left"} & set(await coach.until_pong())


@pytest.mark.parametrize(
    "first",
    [
        '{"type":"ping","n":1}',
        '{"type":"admit"}',
        '{"type":"hello","ticket":"unknown"}',
        '{"type":"hello"}',
        "nonsense",
        '{"type":"resume","seat_token":"x.y.z.1.2.aaaa","epoch":1}',
        json.dumps({"type": "resume", "seat_token": "é" * 43, "epoch": 1}),
        json.dumps({"type": "resume", "seat_token": ".".join(["a"] * 5 + ["b" * 43]), "epoch": 1}),
    ],
)
async def test_first_frame_that_opens_nothing_closes_with_4401(first: str) -> None:
    async with running() as rig:
        page = await rig.open()

        await page.socket.send_str(first)

        assert await page.closed() == 4401


async def test_silence_for_two_seconds_closes_with_1013() -> None:
    async with running() as rig:
        began = asyncio.get_running_loop().time()
        page = await rig.open()

        assert await page.closed() == 1013

        assert asyncio.get_running_loop().time() - began > 1.9  # and no moment later than PATIENCE


async def test_hello_that_waited_for_a_busy_server_is_heard() -> None:
    async with running() as rig:
        page = await rig.knock(People().ticket(Role.COACH, uuid4()))

        time.sleep(2.1)  # noqa: ASYNC251 -- the process has no turn, as on a busy machine

        await page.hear("welcome")


async def test_seat_token_that_was_changed_or_is_of_another_key_closes_with_4401() -> None:
    async with running() as rig:
        _, candidate = await rig.talk(People())
        token = candidate.token
        await candidate.socket.close()
        for changed in (
            token.replace(".candidate.", ".coach."),
            token[:-1] + ("A" if token[-1] != "A" else "B"),
            token + "x",
            token[1:],
        ):
            page = await rig.resume(changed, 1)
            assert await page.closed() == 4401


async def test_binary_frame_closes_with_1003_and_the_seat_waits() -> None:
    async with running() as rig:
        coach, candidate = await rig.talk(People())

        await candidate.socket.send_bytes(b"\x00" * 10)

        assert await candidate.closed() == 1003
        assert not (await coach.hear("peer"))["present"]
        back = await rig.resume(candidate.token, 1)
        await back.hear("welcome")


async def test_frame_over_64_kib_closes_with_1009() -> None:
    async with running() as rig:
        coach, candidate = await rig.talk(People())

        await candidate.socket.send_str('{"type":"hello","ticket":"' + "a" * 66_000 + '"}')

        assert await candidate.closed() == 1009
        assert not (await coach.hear("peer"))["present"]


async def test_flood_closes_with_1008_and_the_other_is_spared() -> None:
    async with running() as rig:
        began = asyncio.get_running_loop().time()
        coach, candidate = await rig.talk(People())

        for n in range(200):
            await candidate.say("ping", n=n)

        assert await candidate.closed() == 1008
        most = BURST + PER_SECOND * (asyncio.get_running_loop().time() - began)
        assert sum(message["type"] == "pong" for message in candidate.heard) <= most
        assert set(await coach.until_pong()) <= {"peer"}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "description", "epoch": 1, "description": None}, "bad_message"),
        ({"type": "candidate", "epoch": 1, "candidate": None}, "not_now"),
        ({"type": "admit"}, "coach_only"),
        ({"type": "restart", "epoch": 1}, "not_now"),
        ({"type": "renew_ice"}, "not_now"),
        ({"type": "take_over"}, "not_now"),
        ({"type": "hello", "ticket": "again"}, "not_now"),
        ({"type": "resume", "seat_token": "again", "epoch": 0}, "not_now"),
    ],
)
async def test_message_out_of_order_is_refused_and_the_page_stays(
    message: dict[str, object], code: str
) -> None:
    async with running() as rig:
        page = await rig.sit(People(), Role.CANDIDATE)

        await page.socket.send_str(json.dumps(message))

        assert (await page.hear("error"))["code"] == code
        assert await page.until_pong() == []


async def test_fifth_socket_of_one_seat_is_too_many() -> None:
    async with running() as rig:
        people = People()
        pages = [await rig.sit(people, Role.CANDIDATE)]
        for _ in range(3):
            pages.append(await rig.knock(people.ticket(Role.CANDIDATE, uuid4())))
            await pages[-1].hear("second_device")

        fifth = await rig.knock(people.ticket(Role.CANDIDATE, uuid4()))

        assert await fifth.closed() == 1013
        assert len(pages) == 4


async def test_sockets_of_one_address_are_capped() -> None:
    async with running(caps=Caps(per_address=3)) as rig:
        pages = [await rig.open() for _ in range(3)]

        assert await (await rig.open()).closed() == 1013
        await pages[0].socket.close()
        page = await rig.sit(People(), Role.COACH)
        assert await page.until_pong() == []


def _wire_of(request: web.Request) -> Wire:
    assert request.transport is not None
    return Wire(request.transport, request.protocol)


def test_an_ipv6_64_counts_as_one_address() -> None:
    assert address_block("2001:db8::1") == address_block("2001:db8:0:0:ffff::2")
    assert address_block("2001:db8::1") != address_block("2001:db8:0:1::1")
    assert address_block("fe80::1%eth0") == address_block("fe80::2")


def test_an_ipv4_address_written_as_ipv6_counts_as_itself() -> None:
    assert address_block("::ffff:192.0.2.1") == address_block("192.0.2.1")
    assert address_block("::ffff:192.0.2.1") != address_block("::ffff:192.0.2.2")


async def test_reader_that_stops_reading_costs_a_bounded_queue_and_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outgoing, "SEND_SECONDS", 0.5)
    sent: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        wire = _wire_of(request)
        page, bytes_sent = wire.outgoing, 0
        while not page.closing:
            page.send("x" * 60_000)
            bytes_sent += 60_000
            await asyncio.sleep(0)
        try:
            await wire.finish()
        finally:  # aiohttp's test server cancels the handler of a lost connection
            assert page.over
            sent.set_result(bytes_sent)
        return socket

    app = web.Application()
    app.router.add_get("/ws", handle)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        reader = await session.ws_connect(server.make_url("/ws"), max_msg_size=0)
        reader._response.connection.transport.pause_reading()

        held = await asyncio.wait_for(sent, PATIENCE)

        kernel = 16 * 2**20  # what two sockets of the loopback take at most
        assert held < kernel + MOST_WAITING * 60_000 + 64 * 1024


async def test_browser_that_closes_and_reads_nothing_is_cut(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(outgoing, "SEND_SECONDS", 0.1)
    ours, theirs = socket.socketpair()
    with theirs:
        _, wire = await _wire_on(ours)
        wire.outgoing.send("x" * 2**20)
        wire.take(aiohttp.WSMsgType.CLOSE, 1000)

        async with asyncio.timeout(PATIENCE):
            await wire.lost.wait()


async def test_answer_to_our_close_is_read_although_reading_was_paused() -> None:
    ours, theirs = socket.socketpair()
    with theirs:
        transport, wire = await _wire_on(ours)
        wire.take(aiohttp.WSMsgType.TEXT, "x" * 70_000)
        assert not transport.is_reading()

        wire.outgoing.close(1000)
        assert await wire.receive() is None
        assert transport.is_reading()
        transport.close()


class _Watched(Wire):
    """A wire that says when its connection is gone."""

    def __init__(self, transport: asyncio.Transport, before: asyncio.Protocol | None) -> None:
        self.lost = asyncio.Event()
        super().__init__(transport, before)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.lost.set()


async def _wire_on(ours: socket.socket) -> tuple[asyncio.Transport, _Watched]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
    return transport, _Watched(transport, None)


async def test_frames_of_every_size_sent_at_once_arrive_whole_and_in_order() -> None:
    texts = ["é" * 62, "x" * 125, "x" * 126, "é" * 4_000, "x" * (2**16 - 1), "x" * 2**16, "end"]

    async def handle(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        wire = _wire_of(request)
        wire.outgoing.send_all(texts[:4])
        for text in texts[4:]:
            wire.outgoing.send(text)
        await wire.finish()
        return socket

    app = web.Application()
    app.router.add_get("/ws", handle)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        reader = await session.ws_connect(server.make_url("/ws"), max_msg_size=0)

        assert [await reader.receive_str() for _ in texts] == texts
        assert (await reader.receive()).type is aiohttp.WSMsgType.CLOSE


async def test_random_bytes_on_the_socket_leave_others_alone() -> None:
    chance = random.Random(seed_of_run())  # noqa: S311 -- a seed that can be repeated
    async with running() as rig:
        coach, candidate = await rig.talk(People())
        for _ in range(150):
            await _raw(rig, chance)

        assert await candidate.until_pong() == []
        assert await coach.until_pong() == []


async def _raw(rig: Rig, chance: random.Random) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
    writer.write(_ASKS)
    await reader.readuntil(b"\r\n\r\n")
    length = chance.choice([0, 1, 125, 126, 127])
    head = bytes([chance.randrange(256), length | chance.choice([0, 0x80])])
    size = chance.choice([b"", b"\xff\xff", struct.pack(">Q", 2**63)])
    writer.write(head + size + chance.randbytes(chance.randrange(200)))
    writer.write_eof()
    await asyncio.wait_for(reader.read(), PATIENCE)
    writer.close()


@pytest.mark.parametrize("before", [b"", frame(b"{}", first=0x00), frame(b"?", PING)])
@pytest.mark.parametrize("pieces", [1, 2])
async def test_frame_that_is_not_masked_closes_with_1002(pieces: int, before: bytes) -> None:
    """Whether it is the first, stands behind the beginning of a message, or behind a ping."""
    async with running() as rig:
        reader, writer = await asyncio.open_connection("127.0.0.1", rig.port)
        writer.write(_ASKS)
        await reader.readuntil(b"\r\n\r\n")
        hello = before + frame(b'{"type":"hello","ticket":"x"}', mask=None)
        cut = len(before) + 1
        for piece in (hello,) if pieces == 1 else (hello[:cut], hello[cut:]):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)

        close = b"\x88\x02" + struct.pack("!H", 1002)
        said = await asyncio.wait_for(reader.readuntil(close), PATIENCE)

        assert b"{" not in said  # the frame was not answered
        writer.close()


async def test_no_token_and_no_name_stands_in_any_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with running() as rig:
        people = People()
        word = rig.desk.issue(people.ticket(Role.CANDIDATE, uuid4()))
        page = await rig.open()
        await page.say("hello", ticket=word)
        await page.hear("welcome")
        await page.socket.send_str('{"type":"hello","ticket":"' + word)
        await page.hear("error")
        rig.desk.redeem = _broken  # type: ignore[method-assign]  # a database that fails
        await asyncio.gather(page.closed(), rig.stop())
        await rig.start()
        other = await rig.open()
        await other.say("hello", ticket=word)
        assert await other.closed() == 1011
        late = await rig.resume(page.token + "x", 0)
        assert await late.closed() == 4401

    said = caplog.text
    assert "a ticket could not be looked at" in said
    assert word not in said
    assert page.token not in said
    assert "Sem Bakker" not in said


async def _broken(_ticket: str) -> None:
    raise ConnectionError("the database is gone")


async def test_page_that_pings_itself_is_answered_at_the_socket() -> None:
    async with running() as rig:
        page: Page = await rig.sit(People(), Role.COACH)
        page.socket._autoping = False
        await page.socket.ping(b"are you there")

        frame = await page.socket.receive()

        assert (frame.type, frame.data) == (aiohttp.WSMsgType.PONG, b"are you there")
