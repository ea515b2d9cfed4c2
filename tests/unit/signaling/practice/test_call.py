"""One practice call without a network: what it sends again, and how often."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import pytest
from aiortc.rtp import RTCP_RTPFB_NACK, RtcpRtpfbPacket

from signaling.practice.call import Call, Looks
from signaling.practice.film_file import DEFAULT, read_film
from signaling.practice.seam import Agreed, Line

pytestmark = pytest.mark.unit


class Wire:
    """A line that keeps what is sent over it."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def agreed(self) -> tuple[Agreed, Agreed]:
        return Agreed(ssrc=1, kind=111, level=1), Agreed(ssrc=2, kind=96, level=0)

    def send(self, packet: bytes, **_: Any) -> bool:  # noqa: ANN401 -- passed by
        self.sent.append(packet)
        return True

    def tell(self, text: str) -> None:
        assert text


async def test_complaints_in_one_packet_do_not_multiply_what_is_sent_again() -> None:
    with ThreadPoolExecutor(1) as executor:
        call, wire = Call(read_film(DEFAULT), Looks(executor), []), Wire()
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
    assert len(wire.sent) in range(300, 410)
