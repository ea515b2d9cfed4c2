# ruff: noqa: SLF001 -- ready packets go past aiortc's own sending
"""Pages as load: aiortc connections that send ready packets and only count what comes back."""

import asyncio
import math
import socket
import tempfile
import time
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import aioice
import av
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription

from signaling.practice import packets
from signaling.practice.film import Clip
from signaling.practice.film_conversion import Part, write_film
from signaling.practice.film_file import read_film

WIDTH, HEIGHT, FRAMES, SECONDS = 640, 480, 20, 3
_WAVE = 1024


def ready_clip() -> Clip:
    """Three seconds of 640 x 480 at 20 pictures and some 500 kbit a second, encoded once."""
    wave = bytes(round(128 + 60 * math.sin(x * math.tau * 8 / _WAVE)) for x in range(3 * _WAVE))
    pictures = []
    for number in range(FRAMES * SECONDS):
        frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for plane in frame.planes:
            rows = [
                wave[(3 * number + 2 * y) % _WAVE :][: plane.line_size] * 8
                for y in range(plane.height // 8)
            ]
            plane.update(b"".join(rows))
        pictures.append(frame)
    sound = array("h", [int(8000 * math.sin(n / 20)) for n in range(48_000 * SECONDS)])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "load.webm"
        part = Part(name="welcome", pictures=pictures, sound=sound, cues=[])
        write_film(path, [part], frames=FRAMES, bit_rate=500_000)
        return read_film(path).clips["welcome"]


def use_one_address() -> None:
    """Meet at one address of this machine: networks that others make and break do not count."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.254", 9))  # sends nothing; tells what would be sent from
        except OSError:
            return
        own = probe.getsockname()[0]
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: [own]


async def _nothing(*_: object) -> None:
    return None


class Page:
    """One connection: `pump` sends sound and picture; what comes in is counted, not decoded.

    Not even unprotected: the header of a packet can be read as it is (RFC 3711), so that many
    pages fit beside what is measured.
    """

    def __init__(self, clip: Clip) -> None:
        self.clip = clip
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        for kind in ("audio", "video"):
            transceiver = self.peer.addTransceiver(kind, "sendrecv")
            transceiver.sender.send = _nothing  # type: ignore[method-assign, assignment]  # past aiortc
            transceiver.receiver.receive = _nothing  # type: ignore[method-assign, assignment]  # past aiortc
            ice: Any = transceiver.receiver.transport.transport._connection
            ice.query_consent = _nothing  # a browser waits longer for an answer than half a second
        self.pictures: list[float] = []  # when the last packet of each came in
        self.packets = 0
        self.late_ms = 0.0  # how much later than it should have, it sent: the fault of this side
        self.connected, self.greeted = asyncio.Event(), asyncio.Event()
        self.channel: Any = None
        self.peer.on("connectionstatechange", self._changed)
        self.peer.on("datachannel", self._opened)
        self._pumping: asyncio.Task[None] | None = None
        self._picture_kind: int | None = None

    def _changed(self) -> None:
        if self.peer.connectionState == "connected" and not self.connected.is_set():
            sound, picture = self.peer.getTransceivers()
            self._picture_kind = picture._codecs[0].payloadType
            ice = sound.receiver.transport.transport._connection
            for protocol in ice._protocols:
                protocol.datagram_received = self._counted(protocol.datagram_received)
            self.connected.set()

    def _opened(self, channel: RTCDataChannel) -> None:
        self.channel = channel
        channel.on("message", lambda _: self.greeted.set())

    def _counted(self, through: Callable[..., None]) -> Callable[..., None]:
        def received(data: bytes, address: Any) -> None:  # noqa: ANN401 -- asyncio's
            if not data or not 128 <= data[0] < 192:
                through(data, address)
            elif not 192 <= data[1] <= 223:
                self.packets += 1
                if data[1] & 0x80 and data[1] & 0x7F == self._picture_kind:
                    self.pictures.append(time.monotonic())

        return received

    async def answer(self, offer: str) -> str:
        await self.peer.setRemoteDescription(RTCSessionDescription(sdp=offer, type="offer"))
        await self.peer.setLocalDescription(await self.peer.createAnswer())
        return self.peer.localDescription.sdp

    async def offer(self) -> str:
        await self.peer.setLocalDescription(await self.peer.createOffer())
        return self.peer.localDescription.sdp

    async def accept(self, answer: str) -> None:
        await self.peer.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))

    def start(self) -> None:
        self._pumping = asyncio.create_task(self.pump())

    async def pump(self) -> None:
        """Send the clip again and again, in its own time."""
        sound, picture = self.peer.getTransceivers()
        dtls: Any = sound.sender.transport
        pair = dtls.transport._connection._nominated[1]
        numbers = [0, 0]
        began = time.monotonic()
        step = 0
        while True:
            early = began + step * 0.02 - time.monotonic()
            self.late_ms = max(self.late_ms, -early * 1000)
            await asyncio.sleep(max(0.0, early))
            if self.peer.connectionState != "connected":
                return
            out = [(0, sound, self.clip.sounds[step % len(self.clip.sounds)], step * 960, False)]
            if step * FRAMES // 50 != (step - 1) * FRAMES // 50:
                place = step * FRAMES // 50
                parts = self.clip.pictures[place % len(self.clip.pictures)].payloads
                out += [(1, picture, part, place * 4500, part is parts[-1]) for part in parts]
            for which, transceiver, payload, stamp, marker in out:
                packet = packets.write_rtp(
                    payload,
                    marker=marker,
                    kind=transceiver._codecs[0].payloadType,
                    sequence=numbers[which],
                    timestamp=stamp,
                    ssrc=transceiver.sender._ssrc,
                )
                numbers[which] += 1
                pair.protocol.transport.sendto(dtls._tx_srtp.protect(packet), pair.remote_addr)
            step += 1

    def gap_ms(self, since: float) -> float:
        """The longest time without a whole picture, from `since` on."""
        seen = [at for at in self.pictures if at >= since]
        pairs = zip([since, *seen], [*seen, time.monotonic()], strict=True)
        return max(later - earlier for earlier, later in pairs) * 1000

    async def close(self) -> None:
        if self._pumping is not None:
            self._pumping.cancel()
        await self.peer.close()


async def with_echo(http: aiohttp.ClientSession, url: str, clip: Clip) -> Page:
    """A page at the usual aiortc echo."""
    page = Page(clip)
    async with http.post(url, json={"sdp": await page.offer()}) as answer:
        await page.accept((await answer.json())["sdp"])
    return page


async def with_janus(http: aiohttp.ClientSession, url: str, clip: Clip) -> Page:
    """A page at Janus' echo test."""

    async def say(path: str, **message: object) -> dict[str, Any]:
        async with http.post(url + path, json={"transaction": "t", **message}) as answer:
            found: dict[str, Any] = await answer.json()
            return found

    page = Page(clip)
    session = f"/{(await say('', janus='create'))['data']['id']}"
    plugin = (await say(session, janus="attach", plugin="janus.plugin.echotest"))["data"]["id"]
    offer = {"type": "offer", "sdp": await page.offer()}
    body = {"audio": True, "video": True}
    await say(f"{session}/{plugin}", janus="message", body=body, jsep=offer)
    while True:
        async with http.get(url + session) as answer:
            event = await answer.json()
        if "jsep" in event:
            await page.accept(event["jsep"]["sdp"])
            return page
