"""RTP and RTCP as bytes: only what sending ready packets and measuring needs (RFC 3550)."""

import struct
from typing import Final

from signaling.value import value

VIDEO_CLOCK: Final = 90_000
AUDIO_CLOCK: Final = 48_000
_HEADER: Final = struct.Struct("!BBHLL")
_SHORT_EXTENSIONS: Final = 0xBEDE  # RFC 8285 4.2
_QUIETEST: Final = 127  # -dBov, RFC 6464
_NTP_ERA: Final = 2_208_988_800  # seconds between 1900 and 1970
_LONGEST_DESCRIPTOR: Final = 6  # RFC 7741 4.2
_KEY_START: Final = b"\x9d\x01\x2a"  # RFC 6386 9.1


@value
class Rtp:
    """One packet that came in. `payload` without padding; `extensions` is the block of RFC 8285."""

    marker: bool
    kind: int
    sequence: int
    timestamp: int
    ssrc: int
    extensions: bytes
    payload: bytes


def read_rtp(data: bytes) -> Rtp | None:
    """Read a packet; None when it is none."""
    if len(data) < _HEADER.size:
        return None
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    start, end = _HEADER.size + 4 * (first & 0x0F), len(data)
    extensions = b""
    if first & 0x10:
        if start + 4 > end:
            return None
        profile, words = struct.unpack_from("!HH", data, start)
        start += 4 + 4 * words
        if profile == _SHORT_EXTENSIONS:
            extensions = data[start - 4 * words : start]
    if first & 0x20:
        end -= data[-1]
    if first >> 6 != 2 or start > end:  # noqa: PLR2004 -- version 2
        return None
    return Rtp(
        marker=bool(second & 0x80),
        kind=second & 0x7F,
        sequence=sequence,
        timestamp=timestamp,
        ssrc=ssrc,
        extensions=extensions,
        payload=data[start:end],
    )


def write_rtp(
    payload: bytes, *, marker: bool, kind: int, sequence: int, timestamp: int, ssrc: int
) -> bytes:
    """A packet without extensions; numbers wrap as they must."""
    second = kind | (0x80 if marker else 0)
    head = _HEADER.pack(0x80, second, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, ssrc)
    return head + payload


def loudness(extensions: bytes, number: int) -> float | None:
    """How loud a packet is, 0 to 1, by its audio level (RFC 6464); None when it does not tell.

    -60 dBov and less is silence, -10 dBov a loud voice.
    """
    place = 0
    while place < len(extensions):
        head = extensions[place]
        if head == 0:  # padding
            place += 1
            continue
        length = (head & 0x0F) + 1
        if head >> 4 == number and place + 1 < len(extensions):
            level = extensions[place + 1] & _QUIETEST
            return min(1.0, max(0.0, (60 - level) / 50))
        place += 1 + length
    return None


def vp8_parts(payload: bytes) -> tuple[int, bytes] | None:
    """(first byte of the descriptor, the rest after it) of a VP8 payload (RFC 7741 4.2)."""
    if not payload:
        return None
    first, place = payload[0], 1
    if first & 0x80:
        head = payload[: _LONGEST_DESCRIPTOR + 1]
        if len(head) < 3:  # noqa: PLR2004 -- a byte of flags and one that it announces
            return None
        flags, place = head[1], 2
        if flags & 0x80:
            place += 2 if head[place] & 0x80 else 1
        place += bool(flags & 0x40) + bool(flags & 0x30)
    if place >= len(payload):
        return None
    return first & 0x3F, payload[place:]


def starts_key_picture(first: int, rest: bytes) -> bool:
    """Whether a payload is the first of a key picture: partition 0 starts, P bit 0, start code."""
    return first & 0x17 == 0x10 and len(rest) > 9 and not rest[0] & 1 and rest[3:6] == _KEY_START  # noqa: PLR2004 -- ten bytes of frame header


def key_picture_size(rest: bytes) -> tuple[int, int]:
    """Width and height in the header of a key picture (RFC 6386 9.1)."""
    width, height = struct.unpack_from("<HH", rest, 6)
    return width & 0x3FFF, height & 0x3FFF


def ntp_time(unix: float) -> int:
    """A moment in 64-bit NTP format."""
    return int((unix + _NTP_ERA) * 2**32)


def sender_report(*, ssrc: int, unix: float, timestamp: int, packets: int, octets: int) -> bytes:
    """A sender report with the sender's name, as RFC 3550 6.1 wants."""
    numbers = (timestamp & 0xFFFFFFFF, packets & 0xFFFFFFFF, octets & 0xFFFFFFFF)
    report = struct.pack("!BBHLQLLL", 0x80, 200, 6, ssrc, ntp_time(unix), *numbers)
    return report + struct.pack("!BBHLBB6s", 0x81, 202, 3, ssrc, 1, 5, b"guide\0")


def receiver_report(
    *,
    ssrc: int,
    of: int,
    fraction_lost: float,
    lost: int,
    highest: int,
    jitter: int,
    lsr: int,
    dlsr: int,
) -> bytes:
    """A receiver report about one stream (RFC 3550 6.4.2)."""
    share = min(255, int(fraction_lost * 256))
    block = struct.pack(
        "!LLLLLL",
        of,
        share << 24 | max(0, min(lost, 0x7FFFFF)),
        highest & 0xFFFFFFFF,
        jitter & 0xFFFFFFFF,
        lsr,
        dlsr & 0xFFFFFFFF,
    )
    return struct.pack("!BBHL", 0x81, 201, 7, ssrc) + block


def picture_please(*, ssrc: int, of: int) -> bytes:
    """Ask for a key picture: PLI (RFC 4585 6.3.1)."""
    return struct.pack("!BBHLL", 0x81, 206, 2, ssrc, of)


def may_send(*, ssrc: int, of: int, bits_per_second: int) -> bytes:
    """Tell how much may be sent: REMB (draft-alvestrand-rmcat-remb-03)."""
    exponent = max(0, bits_per_second.bit_length() - 18)
    amount = exponent << 18 | bits_per_second >> exponent
    return struct.pack("!BBHLL4sLL", 0x8F, 206, 5, ssrc, 0, b"REMB", 1 << 24 | amount, of)
