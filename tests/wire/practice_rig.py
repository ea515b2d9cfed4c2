"""A guide in the coach's seat of a real room, and an aiortc page that practises with it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from aiortc import MediaStreamTrack, RTCDataChannel, RTCPeerConnection, VideoStreamTrack
from aiortc.mediastreams import AudioStreamTrack
from av import VideoFrame

from coaching.words import Role
from signaling.practice.film import Film
from signaling.practice.film_file import DEFAULT, read_film
from signaling.practice.guide import Place
from signaling.practice.house import House
from tests.wire.peers import Browser
from tests.wire.rig import ORIGIN, PATIENCE, Page, People, Rig, running


class MovingTrack(VideoStreamTrack):
    """A light field that a dark bar walks through."""

    async def recv(self) -> VideoFrame:
        pts, base = await self.next_timestamp()
        frame = VideoFrame(320, 240, "yuv420p")
        for plane in frame.planes:
            row = bytearray(b"\x80" * plane.line_size)
            start = pts // 900 % plane.width
            row[start : start + 40] = bytes(len(row[start : start + 40]))
            plane.update(bytes(row) * plane.height)
        frame.pts, frame.time_base = pts, base
        return frame


class Practiser(Browser):
    """A page that practises: hears the channel, and can ask for things."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.told: list[dict[str, Any]] = []
        self.channel: RTCDataChannel | None = None
        self._something = asyncio.Event()

    def make_picture(self) -> MediaStreamTrack:
        return MovingTrack()

    def make_peer(self, start: dict[str, Any]) -> RTCPeerConnection:
        peer = super().make_peer(start)
        peer.addTrack(AudioStreamTrack())
        peer.on("datachannel", self._opened)
        return peer

    def _opened(self, channel: RTCDataChannel) -> None:
        self.channel = channel
        channel.on("message", self._heard)

    def _heard(self, text: str) -> None:
        self.told.append(json.loads(text))
        self._something.set()

    def ask(self, **message: object) -> None:
        assert self.channel is not None
        self.channel.send(json.dumps(message))

    async def hears(self, name: str, *, after: int = 0, **values: object) -> dict[str, Any]:
        """The first message with this name from number `after` on whose fields are these."""
        async with asyncio.timeout(PATIENCE):
            while True:
                for one in self.told[after:]:
                    inner = one.get(name, one)
                    fields = inner if isinstance(inner, dict) else one
                    if name in one and all(fields.get(k) == v for k, v in values.items()):
                        return one
                self._something.clear()
                await self._something.wait()


@asynccontextmanager
async def practising(
    *,
    most: int = 20,
    film: Film | None = None,
    **place: Any,  # noqa: ANN401 -- passed on
) -> AsyncIterator[tuple[Rig, House]]:
    """A running server and a house of guides that sit down there at once."""
    async with running() as rig:
        house = House(
            Place(
                socket=f"http://127.0.0.1:{rig.port}/ws",
                origin=ORIGIN,
                film=film or read_film(DEFAULT),
                admit_seconds=0.0,
                **place,
            ),
            most=most,
        )
        await house.open()
        try:
            yield rig, house
        finally:
            await house.close()


async def practiser(rig: Rig, house: House, people: People | None = None) -> Practiser:
    """A page whose guide was called, sitting in the waiting room, or further."""
    people = people or People()
    ticket = rig.desk.issue(people.ticket(Role.COACH, uuid4()))
    assert house.come(str(people.meeting), ticket).answer == "coming"
    page = await rig.sit(people, Role.CANDIDATE)
    await page.say("camera", live=True, verdict=None)
    return Practiser(page)
