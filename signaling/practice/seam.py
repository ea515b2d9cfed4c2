"""The seam over aiortc: a connection that takes and gives RTP packets as bytes.

aiortc has no public way for that. This file is the only one that leans on what is inside it, and
`tests/unit/signaling/practice/test_seam.py` fails when a new version changes one of these:

* `RTCRtpSender.send` and `RTCRtpReceiver.receive` are looked up on the object, so that replacing
  them keeps aiortc from encoding, decoding and starting threads;
* `RTCRtpSender._ssrc`, `RTCRtpTransceiver._codecs` and `._headerExtensions` tell what was agreed;
* `RTCDtlsTransport._rx_srtp`, `._tx_srtp` protect and unprotect packets, `.state` tells when;
* `RTCIceTransport._connection` is aioice's `Connection`, with `_protocols`, `_queue`, `_nominated`,
  `_remote_candidates`, `_early_checks`, `local_username`, `remote_password`, `build_request`, and
  `query_consent`, which is looked up on the object when it is connected;
* a protocol's `datagram_received` is looked up at each datagram, and its `transport` sends.

It hears the datagrams before aioice does: strangers are dropped (`signaling.practice.guard`), media
goes straight to the call, and only DTLS and the checks of ICE take aiortc's own way.
"""

import asyncio
import logging
import random
import re
from collections import Counter
from collections.abc import Callable
from typing import Any, Final, Protocol

import aioice
import pylibsrtp
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
)

from signaling.practice.guard import Guard, Way
from signaling.value import value

MOST_WAITING: Final = 256  # datagrams of DTLS that may wait; what comes then is dropped
_CHECK_SECONDS: Final = (4.0, 6.0)  # between two checks of consent, RFC 7675 5.1
_ASKED_AGAIN: Final = 2  # times; an answer may take three seconds and a half
_SILENT_SECONDS: Final = 24.0  # and one check more is at most the half minute of RFC 7675
_AUDIO_LEVEL: Final = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
_MOST_ALIKE: Final = 250  # lines of one kind; two cameras of a browser need about 150
_CODECS: Final = {"audio": "audio/opus", "video": "video/VP8"}
_ADDRESSES: Final = ("a=candidate", "a=end-of-candidates")
_HOST: Final = re.compile(r"^a=candidate:(\S+ \d+ udp \d+) (\S+) (\d+ typ host.*)$", re.MULTILINE)
_log = logging.getLogger(__name__)


class Listener(Protocol):
    """Who hears what comes in over a line; nothing here may raise or wait."""

    def media(self, packet: bytes) -> None:
        """One RTP packet, unprotected."""

    def reports(self, packet: bytes) -> None:
        """One RTCP packet, unprotected; perhaps a compound one."""

    def message(self, text: object) -> None:
        """One message of the channel."""

    def opened(self) -> None:
        """The channel is open: media flows."""

    def gone(self) -> None:
        """The connection failed or was closed by the other side."""


@value
class Agreed:
    """What two sides agreed about one stream. `level` is the number of the audio level, 0: none."""

    ssrc: int
    kind: int
    level: int


class Line:
    """One connection with a page. Make it in the loop; `close` it always."""

    def __init__(self, listener: Listener, *, announced: tuple[str, ...] = ()) -> None:
        self.guard = Guard("")
        self._listener = listener
        self._announced = announced
        self._peer = RTCPeerConnection(
            RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        self._sound = self._ready("audio")
        self._picture = self._ready("video")
        self._channel = self._peer.createDataChannel("practice")
        self._channel.on("message", listener.message)
        self._channel.on("open", listener.opened)
        self._peer.on("connectionstatechange", self._changed)
        self._peer.on("datachannel", self._refuse)
        self._dtls: Any = self._sound.receiver.transport  # its sessions are private
        self._ice: Any = self._dtls.transport._connection  # noqa: SLF001 -- the seam
        self._clock = asyncio.get_running_loop().time

    async def offer(self) -> str:
        """Our offer, with our addresses; from here on strangers are kept out."""
        await self._peer.setLocalDescription(await self._peer.createOffer())
        self._keep_guard()
        return announce(self._peer.localDescription.sdp, self._announced)

    async def accept(self, sdp: str) -> None:
        """Take in the answer; its addresses are thrown away.

        Raises:
            Exception: aiortc cannot read it; there are many kinds.
        """
        await self._take_in(sdp, "answer")

    async def answer(self, sdp: str) -> str:
        """Answer a later offer of the page, such as one that shares a screen.

        Raises:
            Exception: aiortc cannot read it; there are many kinds.
        """
        await self._take_in(sdp, "offer")
        for transceiver in self._peer.getTransceivers():
            _keep_ready(transceiver)
        await self._peer.setLocalDescription(await self._peer.createAnswer())
        return announce(self._peer.localDescription.sdp, self._announced)

    def agreed(self) -> tuple[Agreed, Agreed]:
        """What was agreed about (sound, picture)."""
        return _agreed(self._sound), _agreed(self._picture)

    @property
    def met_at(self) -> tuple[str, int] | None:
        """Where the page is."""
        pair = self._ice._nominated.get(1)  # noqa: SLF001 -- the seam
        return None if pair is None else (pair.remote_addr[0], pair.remote_addr[1])

    def send(self, packet: bytes, *, reports: bool = False) -> bool:
        """Protect one RTP or RTCP packet and send it; False when there is no connection."""
        session, pair = self._dtls._tx_srtp, self._ice._nominated.get(1)  # noqa: SLF001 -- the seam
        if session is None or pair is None or self._dtls.state != "connected":
            return False
        try:
            data = session.protect_rtcp(packet) if reports else session.protect(packet)
        except pylibsrtp.Error:
            return False
        transport = pair.protocol.transport
        if transport is None or transport.is_closing():
            return False
        transport.sendto(data, pair.remote_addr)
        return True

    def tell(self, text: str) -> None:
        """Send a message over the channel, unless too much waits already."""
        if self._channel.readyState == "open" and self._channel.bufferedAmount < 65_536:  # noqa: PLR2004 -- 64 KiB
            self._channel.send(text)

    async def close(self) -> None:
        """End the connection."""
        self._peer.remove_all_listeners()
        await self._peer.close()

    async def _take_in(self, sdp: str, kind: str) -> None:
        bare = without_addresses(sdp)
        if "a=candidate" in bare:  # a second lock: aiortc would call at any address it reads
            raise ValueError("a candidate is left")
        if is_swollen(bare):
            raise ValueError("too much of one kind")
        await self._peer.setRemoteDescription(RTCSessionDescription(sdp=bare, type=kind))

    def _ready(self, kind: str) -> RTCRtpTransceiver:
        transceiver = self._peer.addTransceiver(kind, "sendrecv")
        codecs = RTCRtpSender.getCapabilities(kind).codecs
        wanted = [one for one in codecs if one.mimeType == _CODECS[kind]]
        transceiver.setCodecPreferences(wanted)
        _keep_ready(transceiver)
        return transceiver

    def _keep_guard(self) -> None:
        self.guard = Guard(self._ice.local_username)
        self._ice.query_consent = self._mind_consent
        for protocol in self._ice._protocols:  # noqa: SLF001 -- the seam
            protocol.datagram_received = self._guarded(protocol.datagram_received)
        while not self._ice._queue.empty():  # noqa: SLF001 -- the seam
            self._ice._queue.get_nowait()  # noqa: SLF001 -- came before anybody could know us

    async def _mind_consent(self) -> None:
        """Go on for as long as the page answers (RFC 7675); its answers may come late.

        aioice asks each time only once and waits half a second, so that somebody on a slow line or
        a slow phone would lose the talk after half a minute.
        """
        answered = self._clock()
        while self._clock() - answered < _SILENT_SECONDS:
            await asyncio.sleep(random.uniform(*_CHECK_SECONDS))  # noqa: S311 -- no secret
            if await self._answers():
                answered = self._clock()
        self._ice._query_consent_task = None  # noqa: SLF001 -- the seam: it would cancel itself
        await self._ice.close()

    async def _answers(self) -> bool:
        """Whether the page answers a check."""
        ice = self._ice
        for pair in tuple(ice._nominated.values()):  # noqa: SLF001 -- the seam
            try:
                await pair.protocol.request(
                    ice.build_request(pair, nominate=False),
                    pair.remote_addr,
                    integrity_key=ice.remote_password.encode(),
                    retransmissions=_ASKED_AGAIN,
                )
            except aioice.stun.TransactionError:
                return False
        return True

    def _guarded(
        self, through: Callable[[bytes, tuple[Any, ...]], None]
    ) -> Callable[[bytes, tuple[Any, ...]], None]:
        guard, clock, queue = self.guard, self._clock, self._ice._queue  # noqa: SLF001 -- the seam

        def received(data: bytes, address: tuple[Any, ...]) -> None:
            from_where = (address[0], address[1])
            way = guard.judge(data, from_where, clock())
            try:
                if way is Way.MEDIA:
                    self._unprotect(data)
                elif way is Way.STUN:
                    self._check(through, data, address)
                elif way is Way.DTLS and queue.qsize() < MOST_WAITING:
                    through(data, address)
            except Exception as error:  # noqa: BLE001 -- one datagram must never end the socket
                guard.dropped += 1
                _log.warning("a datagram could not be handled: %s", type(error).__name__)

        return received

    def _check(
        self,
        through: Callable[[bytes, tuple[Any, ...]], None],
        data: bytes,
        address: tuple[Any, ...],
    ) -> None:
        through(data, address)
        # aioice learns an address only by a check whose integrity is good: none is signalled.
        if (address[0], address[1]) not in self.guard.known:
            found = self._ice._remote_candidates  # noqa: SLF001 -- the seam
            self.guard.known.update((one.host, one.port) for one in found)
            self._early(address)

    def _early(self, address: tuple[Any, ...]) -> None:
        """A check that came before the answer waits in aioice; its integrity was looked at."""
        for _, where, _ in self._ice._early_checks:  # noqa: SLF001 -- the seam
            if where[:2] == address[:2]:
                self.guard.known.add((address[0], address[1]))

    def _unprotect(self, data: bytes) -> None:
        session = self._dtls._rx_srtp  # noqa: SLF001 -- the seam
        if session is None or len(data) < 12:  # noqa: PLR2004 -- RTP and RTCP headers
            return
        try:
            if 192 <= data[1] <= 223:  # noqa: PLR2004 -- RTCP among RTP, RFC 5761 4
                self._listener.reports(session.unprotect_rtcp(data))
            else:
                self._listener.media(session.unprotect(data))
        except pylibsrtp.Error:
            self.guard.dropped += 1

    def _changed(self) -> None:
        if self._peer.connectionState in ("failed", "closed"):
            self._listener.gone()

    def _refuse(self, channel: RTCDataChannel) -> None:
        channel.close()  # there is one channel, and it is ours


def without_addresses(sdp: str) -> str:
    """A description without candidates: the page is met at the address it comes from.

    It is cut into lines as aiortc does, so that no line is hidden from here and read there.
    """
    kept = [line for line in sdp.splitlines() if not line.startswith(_ADDRESSES)]
    return "".join(f"{line}\r\n" for line in kept)


def is_swollen(sdp: str) -> bool:
    """Whether one kind of line comes more often than any browser writes it.

    aiortc goes over all codecs for each line of feedback: with hundreds of both nobody else's
    picture would be sent for a tenth of a second.
    """
    kinds = Counter(line.partition(":")[0] for line in sdp.splitlines())
    return max(kinds.values(), default=0) > _MOST_ALIKE


def announce(sdp: str, addresses: tuple[str, ...]) -> str:
    """Name `addresses` in each host candidate instead of our own, for a machine behind NAT."""
    if not addresses:
        return sdp
    return _HOST.sub(
        lambda found: (
            "\r\n".join(
                f"a=candidate:{found[1]} {address} {found[3].rstrip()}" for address in addresses
            )
            + "\r"
        ),
        sdp,
    )


async def _nothing(*_: object) -> None:
    """Instead of aiortc's own sending and receiving: packets come and go through `Line`."""


def _keep_ready(transceiver: RTCRtpTransceiver) -> None:
    transceiver.sender.send = _nothing  # type: ignore[method-assign, assignment]  # the seam
    transceiver.receiver.receive = _nothing  # type: ignore[method-assign, assignment]  # the seam


def _agreed(transceiver: RTCRtpTransceiver) -> Agreed:
    codecs, extensions = transceiver._codecs, transceiver._headerExtensions  # noqa: SLF001 -- the seam
    level = next((one.id for one in extensions if one.uri == _AUDIO_LEVEL), 0)
    return Agreed(
        ssrc=transceiver.sender._ssrc,  # noqa: SLF001 -- the seam
        kind=codecs[0].payloadType if codecs and codecs[0].payloadType is not None else 0,
        level=level,
    )
