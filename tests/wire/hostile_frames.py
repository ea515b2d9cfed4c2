"""Twelve kinds of malformed frames over a raw socket, at the door of `/ws` and from a seat."""

import asyncio
import itertools
import json
import random
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from tests.wire.rig import ORIGIN

TEXT, BINARY, CLOSE, PING = 0x1, 0x2, 0x8, 0x9
MOST_FROM_A_SEAT: Final = 40  # frames of one socket, below its limit of messages
PATIENCE_SECONDS: Final = 180.0
_SILENT_SECONDS: Final = 0.15  # a frame that is not whole is never answered
_TINY, _SMALL = 126, 2**16
_OK = b"HTTP/1.1 101 "
_BASE = (
    "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:Uf3x\r\n"
    "a=ice-pwd:q0w9e8r7t6y5u4i3o2p1a0s9\r\na=setup:actpass\r\na=mid:0\r\na=rtcp-mux\r\n"
    "a=fingerprint:sha-256 " + ":".join(["AB"] * 32) + "\r\n"
).splitlines()
_CANDIDATE = "candidate:1 1 udp 1677729535 203.0.113.9 46154 typ srflx raddr 0.0.0.0 rport 0"
_ODD_LINES = (
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x",
    "a=fingerprint:sha-1 AB",
    "a=setup:holdconn",
    f"a={_CANDIDATE}",
    f"a={_CANDIDATE}\r\n" * 300,
    "m=video 9 RTP/AVP 96",
    "m=audio x y z",
    "m=",
    "v=0",
    "é" * 90,
    "\x00",
    "=",
)
_SHAPES: Final[tuple[dict[str, Any], ...]] = (
    {"type": "hello", "ticket": "x"},
    {"type": "resume", "seat_token": "a.b.c", "epoch": 1},
    {"type": "camera", "live": True, "verdict": None},
    {"type": "media", "camera": True, "microphone": True},
    {"type": "attest", "seen": True, "reason": None, "frames": 50},
    {"type": "restart", "epoch": 1},
    {"type": "trouble", "cause": "camera"},
    {"type": "ping", "n": 1},
    {"type": "description", "epoch": 1, "description": {"type": "offer", "sdp": "v=0"}},
    {"type": "candidate", "epoch": 1, "candidate": {"candidate": _CANDIDATE, "sdpMid": "0"}},
)
_ODD: Final[tuple[object, ...]] = (
    None, True, -1, 1.5, 2**53, 2**70, "", "x" * 5_000, "\ud800", "\x00", [], {}, [[]],
    {"type": {}}, ["type"], "__proto__", {"a": {"b": {"c": {"d": 1}}}},
)  # fmt: skip
_OUT_OF_ORDER: Final[tuple[dict[str, Any], ...]] = (
    {"type": "admit"},
    {"type": "take_over"},
    {"type": "hello", "ticket": "again"},
    {"type": "resume", "seat_token": "again", "epoch": 0},
    {"type": "restart", "epoch": 2**52},
    {"type": "candidate", "epoch": 2**52, "candidate": None},
    {"type": "candidate", "epoch": 0, "candidate": None},
    {"type": "ping", "n": 0},
)


def frame(
    payload: bytes,
    kind: int = TEXT,
    *,
    first: int = 0x80,
    mask: bytes | None = b"\x01\x02\x03\x04",
    length: int | None = None,
) -> bytes:
    """A client's frame (RFC 6455, 5.2). `first`: the bits beside the opcode; `length`: as told."""
    told = len(payload) if length is None else length
    bit = 0x80 if mask else 0
    if told < _TINY:
        head = bytes((first | kind, bit | told))
    elif told < _SMALL:
        head = struct.pack("!BBH", first | kind, bit | 126, told)
    else:
        head = struct.pack("!BBQ", first | kind, bit | 127, told)
    if mask is None:
        return head + payload
    size = len(payload)
    key = int.from_bytes((mask * (size // 4 + 1))[:size])
    return head + mask + (int.from_bytes(payload) ^ key).to_bytes(size)


def said(message: object) -> bytes:
    """The frame of a message."""
    return frame(json.dumps(message).encode())


def _random_bytes(dice: random.Random) -> bytes:
    return dice.randbytes(dice.randrange(1, 200))


def _bad_opcode(dice: random.Random) -> bytes:
    return frame(b"{}", dice.choice((3, 4, 5, 6, 7, 11, 12, 13, 14, 15)))


def _reserved_bits(dice: random.Random) -> bytes:
    return frame(b'{"type":"ping","n":1}', first=0x80 | dice.randrange(1, 8) << 4)


def _far_too_long(dice: random.Random) -> bytes:
    length = dice.choice((2**63, 2**63 - 1, 2**64 - 1, 2**40, 2**32, 65_537))
    return frame(dice.randbytes(8), dice.choice((TEXT, BINARY)), length=length)


def _unmasked(dice: random.Random) -> bytes:
    return frame(json.dumps(dice.choice(_SHAPES)).encode(), mask=None)


def _odd_control(dice: random.Random) -> bytes:
    kind = dice.choice((CLOSE, PING, 0xA))
    if dice.random() < 1 / 3:
        return frame(b"x", kind, first=0)  # a control frame in parts
    return frame(dice.randbytes(dice.randrange(126, 2_000)), kind)


def _fragments(dice: random.Random) -> bytes:
    begun, more = frame(b'{"type"', first=0), frame(b'{"type"', 0, first=0)
    last, much = frame(b"}", 0), frame(b"x" * 40_000, 0, first=0)
    return dice.choice(
        (
            last,
            more,
            begun + begun,
            begun + frame(b"{}"),
            begun + more * 200,
            begun + last + last,
            begun + much + much,
        )
    )


def _bad_utf8(dice: random.Random) -> bytes:
    text = dice.choice(
        (b"\xff\xfe", b"\xc0\x80", b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe2\x82")
    )
    if dice.random() < 1 / 2:
        return frame(b'{"type":"' + text + b'"}')
    code = struct.pack("!H", dice.choice((0, 999, 1005, 1006, 1015, 2999, 1000)))
    return frame(dice.choice((b"\x03", code + text, code)), CLOSE)


def _deep(dice: random.Random) -> bytes:
    many = dice.randrange(5, 20_000)
    return frame(
        dice.choice(
            (
                b"[" * many,
                b'{"a":' * (many // 3),
                b"[" * many + b"]" * many,
                b'{"type":' + b"9" * many + b"}",
                b"{" + b",".join(b'"%d":1' % n for n in range(many // 5)) + b"}",
                b'{"type":"ping","n":' + b"1" * 30 + b"e99999}",
            )
        )
    )


def _wrong_types(dice: random.Random) -> bytes:
    message = dict(dice.choice(_SHAPES))
    match dice.randrange(4):
        case 0:
            message[dice.choice(list(message))] = dice.choice(_ODD)
        case 1:
            del message[dice.choice(list(message))]
        case 2:
            message[dice.choice(("from", "role", "x", ""))] = dice.choice(_ODD)
        case _:
            return said(dice.choice((dice.choice(_ODD), [message], "text", 3, None)))
    return said(message)


def _wrong_state(dice: random.Random) -> bytes:
    return said(dice.choice(_OUT_OF_ORDER))


def _sdp_garbage(dice: random.Random) -> bytes:
    if dice.random() < 1 / 3:
        line = dice.choice((_CANDIDATE[: dice.randrange(60)], "x" * 900, _CANDIDATE + "\r\nm=x"))
        found = {"candidate": line, "sdpMid": "0", "sdpMLineIndex": 0, "usernameFragment": None}
        return said({"type": "candidate", "epoch": 1, "candidate": found})
    lines = list(_BASE)
    for _ in range(dice.randrange(1, 6)):
        lines.insert(dice.randrange(len(lines) + 1), dice.choice((*_ODD_LINES, dice.choice(lines))))
        del lines[dice.randrange(len(lines))]
    inner = {"type": dice.choice(("offer", "answer")), "sdp": "\r\n".join(lines)}
    return said({"type": "description", "epoch": 1, "description": inner})


KINDS: Final[dict[str, Callable[[random.Random], bytes]]] = {
    "random bytes": _random_bytes,
    "bad opcodes": _bad_opcode,
    "reserved bits": _reserved_bits,
    "length up to 2^64": _far_too_long,
    "unmasked": _unmasked,
    "oversize control": _odd_control,
    "fragment abuse": _fragments,
    "bad UTF-8": _bad_utf8,
    "deep JSON": _deep,
    "wrong types": _wrong_types,
    "wrong state": _wrong_state,
    "SDP garbage": _sdp_garbage,
}


@dataclass(slots=True)
class Toll:
    """What came of the frames that were sent."""

    sent: int = 0
    codes: dict[str, int] = field(default_factory=dict)  # how the sockets ended
    wrong: list[str] = field(default_factory=list)  # what must never happen

    def end(self, how: str) -> None:
        """A socket ended like this."""
        self.codes[how] = self.codes.get(how, 0) + 1


# A hundred thousand sockets are more than one address has ports while old ones wait to be let go.
_FROM = itertools.cycle([f"127.0.0.{last}" for last in range(2, 10)])


class Raw:
    """A WebSocket by hand, from an address of its own."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.said_all = False

    @classmethod
    async def open(cls, port: int, origin: str = ORIGIN) -> "Raw":
        """Connect and upgrade.

        Raises:
            ConnectionError: it was not upgraded.
        """
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, local_addr=(next(_FROM), 0)
        )
        writer.write(
            b"GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            b"Origin: " + origin.encode() + b"\r\n\r\n"
        )
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(_OK):
            raise ConnectionError(head[:80].decode(errors="replace"))
        return cls(reader, writer)

    async def hear(self) -> tuple[int, bytes]:
        """The next frame of the server: its opcode and what it carries.

        Raises:
            IncompleteReadError, ConnectionError: the socket is at its end.
        """
        first, length = await self.reader.readexactly(2)
        if length == 126:
            (length,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif length == 127:
            (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
        return first & 0x0F, await self.reader.readexactly(length)

    async def until(self, mark: bytes) -> str:
        """Read until a text with `mark` ("" then), or how the socket ended."""
        try:
            while True:
                kind, payload = await self.hear()
                if kind == TEXT and mark in payload:
                    return ""
                if kind == CLOSE:
                    return str(int.from_bytes(payload[:2])) if payload else "no code"
        except (asyncio.IncompleteReadError, ConnectionError):
            return "gone"


async def attack(
    port: int,
    kind: str,
    most: int,
    dice: random.Random,
    toll: Toll,
    *,
    ticket: str | None,
    origin: str = ORIGIN,
) -> None:
    """Send at most `most` frames of `kind` over one socket, from a seat when there is a ticket.

    Each frame is counted once the server read it: it answered what came after, or ended the socket.
    """
    raw = await Raw.open(port, origin)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            ended = await _seated(raw, ticket) if ticket else ""
            if ended:
                toll.wrong.append(f"no seat: {ended}")
            number = 0
            while not ended and not raw.said_all and number < most:
                number += 1
                toll.sent += 1
                ended = await _one(raw, KINDS[kind](dice), number + 1_000)
            toll.end(ended or "stays")
            if ended == "1011":
                toll.wrong.append(f"{kind}: 1011")
    except TimeoutError:
        toll.wrong.append(f"{kind}: no answer in {PATIENCE_SECONDS:.0f} s")
    finally:
        raw.writer.close()


async def _seated(raw: Raw, ticket: str) -> str:
    shown = {"live": True, "verdict": None, "camera": True, "microphone": True}
    raw.writer.write(said({"type": "hello", "ticket": ticket, **shown}))
    return await raw.until(b'"welcome"')


async def _one(raw: Raw, hostile: bytes, number: int) -> str:
    """Send it and a question behind it; "" when that was answered, or how the socket ended."""
    raw.writer.write(hostile)
    raw.writer.write(said({"type": "ping", "n": number}))
    answer = asyncio.ensure_future(raw.until(b'"pong","n":%d' % number))
    done, _ = await asyncio.wait([answer], timeout=_SILENT_SECONDS)
    if not done and raw.writer.can_write_eof():
        raw.writer.write_eof()  # whatever it waits for will never come
        raw.said_all = True
    return await answer
