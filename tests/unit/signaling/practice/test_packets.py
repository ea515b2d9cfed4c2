"""RTP as bytes, against aiortc's own reading and writing of the same."""

import struct

import pytest
from aiortc import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.codecs.vpx import VpxPayloadDescriptor
from aiortc.rtp import (
    HeaderExtensionsMap,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpSrPacket,
    RtpPacket,
    unpack_remb_fci,
)
from hypothesis import given
from hypothesis import strategies as st

from signaling.practice import packets

pytestmark = pytest.mark.unit


def test_written_packet_is_read_alike_here_and_there() -> None:
    data = packets.write_rtp(
        b"sound", marker=True, kind=96, sequence=65536 + 7, timestamp=2**32 + 5, ssrc=9
    )
    theirs, ours = RtpPacket.parse(data), packets.read_rtp(data)

    assert ours is not None
    assert (theirs.marker, theirs.payload_type, theirs.sequence_number) == (1, 96, 7)
    assert (theirs.timestamp, theirs.ssrc, theirs.payload) == (5, 9, b"sound")
    assert (ours.marker, ours.kind, ours.sequence) == (True, 96, 7)
    assert (ours.timestamp, ours.ssrc, ours.payload) == (5, 9, b"sound")


@pytest.mark.parametrize(("level", "loud"), [(127, 0.0), (60, 0.0), (35, 0.5), (10, 1.0), (0, 1.0)])
def test_loudness_is_read_from_the_extension(level: int, loud: float) -> None:
    packet = RtpPacket(payload_type=96, payload=b"x")
    packet.extensions.audio_level = (True, level)
    packet.extensions.mid = "0"
    known = HeaderExtensionsMap()
    known.configure(
        RTCRtpParameters(
            headerExtensions=[
                RTCRtpHeaderExtensionParameters(id=1, uri="urn:ietf:params:rtp-hdrext:sdes:mid"),
                RTCRtpHeaderExtensionParameters(
                    id=2, uri="urn:ietf:params:rtp-hdrext:ssrc-audio-level"
                ),
            ]
        )
    )
    ours = packets.read_rtp(packet.serialize(known))

    assert ours is not None
    assert packets.loudness(ours.extensions, 2) == pytest.approx(loud)
    assert packets.loudness(ours.extensions, 5) is None


@given(st.binary(max_size=80), st.integers(0, 15))
def test_garbage_is_read_without_harm(data: bytes, number: int) -> None:
    found = packets.read_rtp(data)
    packets.loudness(data, number)
    parts = packets.vp8_parts(data)
    if found is not None:
        assert found.payload in data
    if parts is not None and packets.starts_key_picture(*parts):
        packets.key_picture_size(parts[1])


@given(
    st.integers(0, 1),
    st.one_of(st.none(), st.integers(0, 0x7FFF)),
    st.one_of(st.none(), st.integers(0, 255)),
    st.one_of(st.none(), st.tuples(st.integers(0, 3), st.integers(0, 1))),
    st.one_of(st.none(), st.integers(0, 31)),
)
def test_descriptor_of_a_browser_is_taken_off(
    start: int,
    picture: int | None,
    layer: int | None,
    tid: tuple[int, int] | None,
    key: int | None,
) -> None:
    head = VpxPayloadDescriptor(start, 0, picture, layer, tid, key)

    parts = packets.vp8_parts(bytes(head) + b"frame")

    assert parts == (start << 4, b"frame")


def test_reports_are_read_by_aiortc_as_they_were_meant() -> None:
    (sender, _) = RtcpPacket.parse(
        packets.sender_report(ssrc=1, unix=1.5, timestamp=2, packets=3, octets=4)
    )
    (receiver,) = RtcpPacket.parse(
        packets.receiver_report(
            ssrc=1, of=2, fraction_lost=0.25, lost=7, highest=99, jitter=5, lsr=6, dlsr=8
        )
    )
    (please,) = RtcpPacket.parse(packets.picture_please(ssrc=1, of=2))
    (most,) = RtcpPacket.parse(packets.may_send(ssrc=1, of=2, bits_per_second=1_500_000))

    assert isinstance(sender, RtcpSrPacket)
    assert sender.sender_info.packet_count == 3
    assert sender.sender_info.ntp_timestamp >> 31 == ((2_208_988_800 + 1) << 1) + 1
    assert isinstance(receiver, RtcpRrPacket)
    report = receiver.reports[0]
    assert (report.ssrc, report.fraction_lost, report.packets_lost) == (2, 64, 7)
    assert (report.highest_sequence, report.jitter, report.lsr, report.dlsr) == (99, 5, 6, 8)
    assert isinstance(please, RtcpPsfbPacket)
    assert (please.fmt, please.media_ssrc) == (1, 2)
    assert isinstance(most, RtcpPsfbPacket)
    bits, of = unpack_remb_fci(most.fci)
    assert (round(bits, -4), of) == (1_500_000, [2])


def test_key_picture_is_known_by_its_header() -> None:
    key = b"\x10\x02\x00\x9d\x01\x2a" + struct.pack("<HH", 640, 480)

    assert packets.starts_key_picture(0x10, key)
    assert packets.key_picture_size(key) == (640, 480)
    assert not packets.starts_key_picture(0x00, key)
    assert not packets.starts_key_picture(0x10, b"\x11" + key[1:])
