"""One guide: sits down in the coach's seat, lets the candidate in, and stays until they leave.

A client of the signalling like any other: it holds nothing but its ticket.
"""

import asyncio
import json
import logging
from contextlib import suppress
from typing import Any, Final

import aiohttp

from signaling.practice.call import Call, Looks
from signaling.practice.film import Film
from signaling.practice.measuring import Measured, Picture
from signaling.practice.scoring import PracticeResult, score
from signaling.practice.seam import Line
from signaling.sdp import good_candidate, good_description
from signaling.value import value

ADMIT_SECONDS: Final = 2.0
_CONNECT_SECONDS: Final = 60
_ALONE_SECONDS: Final = 90.0
_MOST_STARTS: Final = 20
_MOST_CANDIDATES: Final = 200  # of one call; more are not even read
_UNSEEN_SECONDS: Final = 100  # after this the guide no longer says that it sees nothing
_LARGEST_FRAME: Final = 128 * 1024
_log = logging.getLogger(__name__)


@value
class Place:
    """Where guides sit: the socket's address, the Origin it wants, what they show."""

    socket: str
    origin: str
    film: Film
    announced: tuple[str, ...] = ()
    longest_seconds: float = 1800.0
    admit_seconds: float = ADMIT_SECONDS


class Guide:
    """The guide of one session. `run` it once; whatever goes wrong stays within."""

    def __init__(self, place: Place, ticket: str, looks: Looks) -> None:
        self._place = place
        self._ticket = ticket
        self._looks = looks
        self._seconds: list[Measured] = []
        self._done = False
        self._call: Call | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._epoch = self._starts = self._candidates = self._unseen = 0
        self._knocked = False
        self._alone_since: float | None = 0.0
        self._leaving = asyncio.Event()

    def tick(self) -> None:
        """Send what is due."""
        if self._call is not None:
            self._call.tick()

    def leave(self) -> None:
        """Go, on purpose."""
        self._leaving.set()

    def ending(self, seconds: int) -> None:
        """Tell the page that the guide goes soon."""
        if self._call is not None:
            self._call.ending(seconds)

    def result(self) -> PracticeResult:
        """What the practice showed so far."""
        done = self._done or (self._call is not None and self._call.done)
        return score(tuple(self._seconds), done=done)

    async def run(self, http: aiohttp.ClientSession) -> None:
        """Be the guide until the candidate leaves, nobody comes, or the longest time is over."""
        try:
            async with (
                asyncio.timeout(self._place.longest_seconds),
                http.ws_connect(
                    self._place.socket,
                    headers={"Origin": self._place.origin},
                    max_msg_size=_LARGEST_FRAME,
                ) as socket,
            ):
                self._socket = socket
                await self._sit(socket)
        except TimeoutError:
            _log.info("a practice talk reached its longest time")
        finally:
            await self._hang_up()

    async def _sit(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._alone_since = asyncio.get_running_loop().time()
        shown = {"live": True, "verdict": None, "camera": True, "microphone": True}
        await self._say("hello", ticket=self._ticket, **shown)
        async with asyncio.TaskGroup() as tasks:
            others = [
                tasks.create_task(self._mind_time()),
                tasks.create_task(self._leave_when_asked()),
            ]
            await self._listen(socket, tasks)
            for task in others:
                task.cancel()

    async def _listen(
        self, socket: aiohttp.ClientWebSocketResponse, tasks: asyncio.TaskGroup
    ) -> None:
        async for frame in socket:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                return
            message = json.loads(frame.data)
            match message["type"]:
                case "knock" if message["camera"] and not self._knocked:
                    self._knocked = True
                    tasks.create_task(self._admit())
                case "start":
                    await self._start(message)
                case "description" if message["epoch"] == self._epoch:
                    await self._describe(message["description"])
                case "candidate":
                    self._note(message["candidate"])
                case "peer" | "welcome":
                    present = message.get("other", message)["present"]
                    now = asyncio.get_running_loop().time()
                    self._alone_since = None if present else now
                case "left" | "ended" | "superseded" | "refused":
                    return

    async def _admit(self) -> None:
        await asyncio.sleep(self._place.admit_seconds)
        self._knocked = False
        await self._say("admit")

    async def _start(self, start: dict[str, Any]) -> None:
        await self._hang_up()
        self._starts += 1
        if self._starts > _MOST_STARTS:
            self.leave()
            return
        self._epoch = start["epoch"]
        self._alone_since = None
        call = Call(self._place.film, self._looks, self._seconds)
        call.line = Line(call, announced=self._place.announced)
        self._call = call
        await self._tell_description("offer", await call.line.offer())

    async def _describe(self, description: dict[str, str]) -> None:
        """Take in what the page describes; what cannot be read is as if it were not sent."""
        kind, sdp = description["type"], description["sdp"]
        line = self._call.line if self._call else None
        if line is None or not good_description(kind, sdp):
            return
        try:
            if kind == "answer":
                await line.accept(sdp)
            else:
                await self._tell_description("answer", await line.answer(sdp))
        except Exception as error:  # noqa: BLE001 -- aiortc raises seven kinds for a bad description
            _log.info("a description could not be read: %s", type(error).__name__)

    def _note(self, candidate: dict[str, Any] | None) -> None:
        """Candidates are thrown away; of relays the address is remembered, to know one's path."""
        self._candidates += 1
        line = candidate["candidate"] if candidate else ""
        if self._call is None or self._candidates > _MOST_CANDIDATES or not good_candidate(line):
            return
        words = line.split(" ")
        if words[7] == "relay":
            self._call.relays.add((words[4], int(words[5])))

    async def _mind_time(self) -> None:
        """Each second: measure, attest, and look whether anybody is there."""
        loop = asyncio.get_running_loop()
        began, seconds, silent = loop.time(), 0, 0
        while True:
            await asyncio.sleep(1 - (loop.time() - began) % 1)
            seconds += 1
            found = self._call.second() if self._call else None
            silent = silent + 1 if self._call is not None and found is None else 0
            if silent > _CONNECT_SECONDS:
                self.leave()
            if found is not None and seconds % 10 == 0:
                await self._attest(found)
            if self._call is not None and self._call.failed.is_set():
                self._call.failed.clear()
                await self._say("restart", epoch=self._epoch)
            alone = self._alone_since
            if alone is not None and loop.time() - alone > _ALONE_SECONDS:
                self.leave()

    async def _attest(self, found: Measured) -> None:
        seen = found.picture in (Picture.MOVING, Picture.WAIT, Picture.FROZEN)
        self._unseen = 0 if seen else self._unseen + 10
        reason = "black" if found.picture is Picture.BLACK else "no_frames"
        if seen or self._unseen > _UNSEEN_SECONDS:  # a practice is never ended for a dark picture
            await self._say("attest", seen=True, reason=None, frames=1)
        else:
            await self._say("attest", seen=False, reason=reason, frames=0)

    async def _leave_when_asked(self) -> None:
        await self._leaving.wait()
        await self._say("leave")
        if self._socket is not None:
            await self._socket.close()

    async def _tell_description(self, kind: str, sdp: str) -> None:
        description = {"type": kind, "sdp": sdp}
        await self._say("description", epoch=self._epoch, description=description)

    async def _say(self, kind: str, **fields: object) -> None:
        if self._socket is not None and not self._socket.closed:
            with suppress(ConnectionError):
                await self._socket.send_str(json.dumps({"type": kind, **fields}))

    async def _hang_up(self) -> None:
        call, self._call = self._call, None
        if call is not None:
            self._done = self._done or call.done
            await call.close()
