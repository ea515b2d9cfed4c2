"""One practice call without a network: what it sends again, and how often."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest
from aiortc.rtp import RTCP_RTPFB_NACK, RtcpRtpfbPacket

from signaling.practice import packets
from signaling.practice.call import Call, Looks
from signaling.practice.film import Film, vp8_payloads
from signaling.practice.film_file import DEFAULT, read_film
from signaling.practice.measuring import Measured, Picture
from signaling.practice.scoring import ScoreCause
from signaling.practice.seam import Agreed, Line
from tests.unit.signaling.practice.test_measuring import key_picture

pytestmark = pytest.mark.unit


class Wire:
    """A line that keeps what is sent over it."""

    met_at = None

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def agreed(self) -> tuple[Agreed, Agreed]:
        return Agreed(ssrc=1, kind=111, level=1), Agreed(ssrc=2, kind=96, level=0)

    def send(self, packet: bytes, **_: Any) -> bool:  # noqa: ANN401 -- passed by
        self.sent.append(packet)
        return True

    def tell(self, text: str) -> None:
        assert text


@pytest.fixture(scope="module")
def film() -> Film:
    return read_film(DEFAULT)


SIZES = ((64, 48), (320, 240), (48, 64), (640, 480))


def shown(which: str) -> Iterator[bytes]:
    """Twelve key pictures as a page sends them, one in two seconds."""
    for number in range(12):
        match which:
            case "another size each time":
                yield key_picture(120, size=SIZES[number % 4], bar=40 + 20 * number)
            case "black":
                yield key_picture(16)
            case "a photo":
                yield key_picture(120, bar=80)
            case "frozen after a second look":
                yield key_picture(120, bar=80 + 40 * min(number, 1))
            case _:
                yield b"\x10\x02\x00\x9d\x01\x2a" + bytes([number]) * 300


@pytest.mark.parametrize(
    ("which", "picture", "camera"),
    [
        ("another size each time", Picture.MOVING, False),
        ("black", Picture.BLACK, True),
        ("a photo", Picture.FROZEN, True),
        ("frozen after a second look", Picture.FROZEN, True),
        ("nonsense", Picture.WAIT, True),
    ],
)
async def test_whatever_a_camera_shows_is_measured_mirrored_and_ends_nothing(
    film: Film,
    monkeypatch: pytest.MonkeyPatch,
    which: str,
    picture: Picture,
    camera: bool,  # noqa: FBT001 -- a parameter of the table
) -> None:
    now = [100.0]
    seconds: list[Measured] = []
    with ThreadPoolExecutor(1) as executor:
        call, wire = Call(film, Looks(executor), seconds), Wire()
        monkeypatch.setattr(call, "_loop", Clock(now))
        call.line = cast("Line", wire)
        call.opened()
        call.message('{"mirror":15}')
        sequence = 0
        for number, whole in enumerate(shown(which)):
            wire.sent.clear()
            parts = vp8_payloads(whole)
            for part in parts:
                sequence += 1
                call.media(
                    packets.write_rtp(
                        part,
                        marker=part is parts[-1],
                        kind=96,
                        sequence=sequence,
                        timestamp=number * 180_000,
                        ssrc=7,
                    )
                )
            if call._looking is not None:
                await call._looking
            assert number > 6 or len(wire.sent) == len(parts), "it is not sent back"
            now[0] += 2.01
            call.second()

    assert seconds[-1].picture is picture
    assert (ScoreCause.CAMERA in call.result().causes) is camera


class Clock:
    """The running loop, with a time of its own."""

    def __init__(self, now: list[float]) -> None:
        self._now = now
        self.create_task = asyncio.get_running_loop().create_task

    def time(self) -> float:
        return self._now[0]


async def test_complaints_in_one_packet_do_not_multiply_what_is_sent_again(
    film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ThreadPoolExecutor(1) as executor:
        call, wire = Call(film, Looks(executor), []), Wire()
        monkeypatch.setattr(call, "_loop", Clock([100.0]))
        call.line = cast("Line", wire)
        call.opened()
        call.tick()
        first = wire.sent.copy()
        sequence = int.from_bytes(first[0][2:4])
        of = int.from_bytes(first[0][8:12])
        complaint = RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=9, media_ssrc=of, lost=[sequence])
        wire.sent.clear()

        call.reports(bytes(complaint) * 1000)

    assert first[0] in wire.sent
    assert len(wire.sent) in range(300, 401)
