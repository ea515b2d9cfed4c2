"""An aiortc peer as a browser: shows a picture, and counts what it sees of the other."""

import asyncio
from contextlib import suppress
from typing import Any

from aiortc import (
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)
from aiortc.mediastreams import MediaStreamError

from tests.wire.rig import PATIENCE, Page


class Browser:
    """A page with a peer connection; shows a picture and counts what it sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.epoch = 0
        self.peer: RTCPeerConnection | None = None
        self.seen = 0
        self._more = asyncio.Event()
        self._watching: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Build the connection that `start` asks for, up to the exchange of descriptions."""
        start = await self.page.hear("start")
        await self.close()
        self.epoch = start["epoch"]
        self.peer = self.make_peer(start)
        self.show(self.peer)
        self.peer.on("track", self._watch)
        if start["offer"]:
            await self.peer.setLocalDescription(await self.peer.createOffer())
            await self._tell()
            await self._hear()
        else:
            await self._hear()
            await self.peer.setLocalDescription(await self.peer.createAnswer())
            await self._tell()

    def make_peer(self, _start: dict[str, Any]) -> RTCPeerConnection:
        """The peer connection of one epoch: without any server, unless a test says otherwise."""
        return RTCPeerConnection(RTCConfiguration(iceServers=[]))

    def show(self, peer: RTCPeerConnection) -> None:
        """Let the other see this page."""
        peer.addTrack(self.make_picture())

    def make_picture(self) -> MediaStreamTrack:
        """What this page shows."""
        return VideoStreamTrack()

    async def _tell(self) -> None:
        assert self.peer is not None
        local = self.peer.localDescription
        description = {"type": local.type, "sdp": local.sdp}
        await self.page.say("description", epoch=self.epoch, description=description)

    async def _hear(self) -> None:
        assert self.peer is not None
        description = (await self.page.hear("description"))["description"]
        await self.peer.setRemoteDescription(RTCSessionDescription(**description))

    def _watch(self, track: MediaStreamTrack) -> None:
        self._watching = asyncio.create_task(self._count(track))

    async def _count(self, track: MediaStreamTrack) -> None:
        with suppress(MediaStreamError):  # the other side ended it
            while True:
                await track.recv()
                self.seen += 1
                self._more.set()

    async def sees(self, more: int = 5) -> None:
        """Return once `more` frames of the other have come in from now on."""
        wanted = self.seen + more
        async with asyncio.timeout(PATIENCE):
            while self.seen < wanted:
                self._more.clear()
                await self._more.wait()

    async def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        if self.peer is not None:
            await self.peer.close()
