"""What `signaling/practice/seam.py` leans on inside aiortc and aioice, one by one.

When a new version fails here, look at the list at the top of the seam before anything else.
"""

import asyncio
import inspect
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import aioice
import pytest
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

from signaling.practice import packets, seam
from signaling.practice.guard import Way
from signaling.practice.seam import Line, announce, is_swollen, without_addresses

pytestmark = pytest.mark.unit

STRAYS = (
    b"",
    b"\0",
    b"\x15\xfe\xfd" + bytes(20),
    b"\x16\xfe\xfd" + bytes(60),
    b"\x80\x60" + bytes(40),
)


class Heard:
    """A listener that keeps what it hears."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []
        self.texts: list[object] = []
        self.open = asyncio.Event()
        self.some = asyncio.Event()
        self.over = asyncio.Event()

    def media(self, packet: bytes) -> None:
        self.packets.append(packet)
        self.some.set()

    def reports(self, packet: bytes) -> None:
        assert packet[1] in range(192, 224)

    def message(self, text: object) -> None:
        self.texts.append(text)

    def opened(self) -> None:
        self.open.set()

    def gone(self) -> None:
        self.over.set()


class Two:
    """A line and an aiortc page at its other end."""

    def __init__(self) -> None:
        self.heard = Heard()
        self.line = Line(self.heard)
        self.page = RTCPeerConnection()
        self.page.addTrack(AudioStreamTrack())
        self.page.addTrack(VideoStreamTrack())
        self.told: list[object] = []
        self.page.on("datachannel", lambda one: one.on("message", self.told.append))

    async def offered(self) -> str:
        offer = await self.line.offer()
        await self.page.setRemoteDescription(RTCSessionDescription(sdp=offer, type="offer"))
        await self.page.setLocalDescription(await self.page.createAnswer())
        return self.page.localDescription.sdp

    async def connect(self) -> None:
        await self.line.accept(await self.offered())
        async with asyncio.timeout(180):
            await self.heard.open.wait()


@pytest.fixture
async def two() -> AsyncIterator[Two]:
    both = Two()
    yield both
    await both.line.close()
    await both.page.close()


async def test_packets_go_both_ways_without_decoding_or_threads(two: Two) -> None:
    before = {one.name for one in threading.enumerate()}
    await two.connect()
    page_threads = {one.name for one in threading.enumerate()} - before
    async with asyncio.timeout(180):
        await two.heard.some.wait()

    found = packets.read_rtp(two.heard.packets[0])
    sound, picture = two.line.agreed()

    assert found is not None
    assert found.kind in {sound.kind, picture.kind}
    assert sound.level > 0
    assert sound.ssrc != picture.ssrc
    assert (
        len([name for name in page_threads if "decoder" in name]) <= 2
    )  # those of the page itself
    for transceiver in two.line._peer.getTransceivers():
        assert not transceiver.receiver._RTCRtpReceiver__started  # type: ignore[attr-defined]  # name-mangled
        assert not transceiver.sender._RTCRtpSender__started  # type: ignore[attr-defined]  # name-mangled


async def test_sent_packet_arrives_at_the_page(two: Two) -> None:
    await two.connect()
    sound, _ = two.line.agreed()
    track = two.page.getReceivers()[0].track
    for number in range(40):
        packet = packets.write_rtp(
            b"\xf8\xff\xfe",
            marker=False,
            kind=sound.kind,
            sequence=number,
            timestamp=960 * number,
            ssrc=sound.ssrc,
        )
        assert two.line.send(packet)

    async with asyncio.timeout(180):
        frame = await track.recv()
    assert frame.sample_rate == 48_000


async def test_message_arrives_and_another_channel_is_refused(two: Two) -> None:
    await two.connect()
    other = two.page.createDataChannel("other")
    closed = asyncio.Event()
    other.on("close", closed.set)
    two.line.tell("hello")

    async with asyncio.timeout(180):
        await closed.wait()
        while not two.told:  # noqa: ASYNC110 -- a list is no event
            await asyncio.sleep(0.01)
    assert two.told == ["hello"]


async def test_candidates_of_the_page_are_thrown_away_and_it_is_met_all_the_same(two: Two) -> None:
    answer = await two.offered()
    assert "a=candidate" in answer
    assert "a=candidate" not in without_addresses(answer)
    await two.line.accept(answer)
    async with asyncio.timeout(180):
        await two.heard.open.wait()

    assert {one.type for one in two.line._ice.remote_candidates} == {"prflx"}
    assert two.line.met_at in two.line.guard.known


@pytest.mark.parametrize("last", ["a=candidate:1 1 udp 1 10.1.2.3 80 typ host", "a=candidate"])
@pytest.mark.parametrize("ends", ["", "\n", "\r\n", "\r", "\u2028"])
def test_candidate_is_thrown_away_however_its_line_ends(last: str, ends: str) -> None:
    sdp = f"v=0\r\nm=audio 9 x\r\n{last}{ends}"

    assert without_addresses(sdp) == "v=0\r\nm=audio 9 x\r\n"


async def test_candidate_on_a_last_line_without_break_is_called_by_nobody(two: Two) -> None:
    inner = "a=candidate:9 1 udp 2130706431 10.1.2.3 6379 typ host"
    await two.line.accept((await two.offered()).rstrip() + f"\r\n{inner}")
    async with asyncio.timeout(180):
        await two.heard.open.wait()
    two.page.addTransceiver("video")
    await two.page.setLocalDescription(await two.page.createOffer())
    await two.line.answer(two.page.localDescription.sdp.rstrip() + f"\r\n{inner}")

    assert "10.1.2.3" not in {one.host for one in two.line._ice.remote_candidates}


async def test_description_in_which_a_candidate_is_hidden_is_refused(two: Two) -> None:
    answer = (await two.offered()).replace("s=-", "s=a=candidate:9", 1)

    with pytest.raises(ValueError, match="candidate"):
        await two.line.accept(answer)


async def test_strays_before_and_during_the_talk_change_nothing(two: Two) -> None:
    answer = await two.offered()
    ports = [one.port for one in two.line._ice.local_candidates]
    host = two.line._ice.local_candidates[0].host
    loop = asyncio.get_running_loop()
    sender, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=(host, 0))

    def spray() -> None:
        for stray in STRAYS * 20:
            for port in ports:
                sender.sendto(stray, (host, port))

    spray()
    await two.line.accept(answer)
    spray()
    async with asyncio.timeout(180):
        await two.heard.open.wait()
    spray()
    two.heard.some.clear()
    async with asyncio.timeout(180):
        await two.heard.some.wait()
    sender.close()

    assert two.line.guard.dropped >= 100
    assert not two.heard.over.is_set()


async def test_what_waits_for_the_handshake_is_bounded(two: Two) -> None:
    await two.offered()
    page = ("192.0.2.7", 7)
    two.line.guard.known.add(page)
    protocol = two.line._ice._protocols[0]
    for _ in range(2000):
        protocol.datagram_received(STRAYS[2], page)

    assert two.line._ice._queue.qsize() <= 256


async def test_listener_that_fails_does_not_end_the_socket(two: Two) -> None:
    await two.connect()

    def fail(_: bytes) -> None:
        raise ValueError

    two.heard.media = fail  # type: ignore[method-assign]  # on purpose
    await asyncio.sleep(0.1)  # some packets must have come in
    two.heard.media = Heard.media.__get__(two.heard)  # type: ignore[method-assign]  # as before
    async with asyncio.timeout(180):
        await two.heard.some.wait()


async def test_page_whose_answer_is_late_keeps_its_talk(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seam, "_ASKED_AGAIN", 6)  # however slow this machine is
    await two.connect()
    assert two.line._ice.query_consent == two.line._mind_consent
    page = two.page.getTransceivers()[0].receiver.transport.transport._connection
    held: list[bytes] = []
    protocol: Any
    for protocol in page._protocols:
        protocol.datagram_received = hold_first_check(protocol.datagram_received, held)

    assert await two.line._answers()

    assert len(held) == 1


def hold_first_check(
    through: Callable[[bytes, tuple[str, int]], None], held: list[bytes]
) -> Callable[[bytes, tuple[str, int]], None]:
    def received(data: bytes, address: tuple[str, int]) -> None:
        if data[:2] == b"\x00\x01" and not held:
            held.append(data)
        else:
            through(data, address)

    return received


async def test_page_that_answers_no_more_is_gone_within_half_a_minute(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    await two.connect()
    monkeypatch.setattr(seam, "_CHECK_SECONDS", (0.0, 0.0))
    now = iter(range(0, 1000, 9))  # seconds: that of one check and its answer that never comes

    async def nobody() -> bool:
        return False

    monkeypatch.setattr(two.line, "_answers", nobody)
    monkeypatch.setattr(two.line, "_clock", lambda: next(now))
    await two.line._mind_consent()

    assert next(now) <= 36
    async with asyncio.timeout(180):
        await two.heard.over.wait()


async def test_inside_of_aiortc_is_as_the_seam_knows_it(two: Two) -> None:
    ice, dtls = two.line._ice, two.line._dtls

    assert isinstance(ice, aioice.Connection)
    assert ice._nominated == {}
    assert list(ice._early_checks) == []
    assert "asyncio.create_task(self.query_consent())" in inspect.getsource(ice.connect)
    assert ice._query_consent_task is None
    assert isinstance(ice._queue, asyncio.Queue)
    assert (dtls._rx_srtp, dtls._tx_srtp, dtls.state) == (None, None, "new")
    connect = inspect.getsource(RTCPeerConnection._RTCPeerConnection__connect)  # type: ignore[attr-defined]  # name-mangled
    assert "transceiver.sender.send(" in connect
    assert "transceiver.receiver.receive(" in connect
    assert "self.receiver.data_received(" in inspect.getsource(
        aioice.ice.StunProtocol.datagram_received
    )
    assert two.line.guard.judge(b"", ("192.0.2.1", 1), 0.0) is Way.DROP


async def test_description_that_is_swollen_is_refused_before_it_holds_up_the_others(
    two: Two,
) -> None:
    offer = await two.line.offer()
    feedback, codec = "a=rtcp-fb:97 nack pli\r\n", "a=rtpmap:97 VP8/90000\r\n"

    assert not is_swollen(offer + feedback * 150 + codec * 100)
    assert is_swollen(offer + feedback * 400)
    with pytest.raises(ValueError, match="too much"):
        await two.line.accept(offer + feedback * 400 + codec * 400)


def test_announced_address_takes_the_place_of_our_own() -> None:
    candidate = "a=candidate:1 1 udp 2130706431 10.0.0.5 4000 typ host"
    sdp = f"m=audio 9 x\r\n{candidate}\r\na=end-of-candidates\r\n"

    assert announce(sdp, ()) == sdp
    assert "udp 2130706431 203.0.113.5 4000 typ host\r\n" in announce(sdp, ("203.0.113.5",))
    assert "10.0.0.5" not in announce(sdp, ("203.0.113.5",))
