"""One guide: sits down in the coach's seat, lets the candidate in, and stays until they leave.

A client of the signalling like any other: it holds nothing but its ticket.
"""

import asyncio
import json
import logging
import math
from contextlib import suppress
from dataclasses import dataclass, field
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
_NEVER_CAME_SECONDS: Final = 35.0  # the ticket of a page is good for 30
_AWAY_SECONDS: Final = 60.0  # the seat of a lost socket is kept for so long
_ENDING_SECONDS: Final = 60  # of telling that the longest time is nearly over
_LATER_SECONDS: Final = 10.0  # after the longest time whatever still hangs is cut
_OVER: Final = frozenset({1000, 1003, 4401, 4403, 4409})  # close codes after which none comes back
_SHOWN: Final = {"live": True, "verdict": None, "camera": True, "microphone": True}
_MOST_STARTS: Final = 20
_MOST_DEVICES: Final = 8  # of one session; what one more shows counts as the one before
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
    back_seconds: float = 1.0  # before it comes back after its socket was lost


@dataclass(slots=True, kw_only=True)
class Talk:
    """What was seen of one device of a session; a guide that comes later goes on with it."""

    device: str
    seconds: list[Measured] = field(default_factory=list)
    done: bool = False
    without_camera: bool = False  # it was agreed so

    def result(self) -> PracticeResult:
        """What the practice showed so far."""
        return score(tuple(self.seconds), done=self.done, without_camera=self.without_camera)


class Guide:
    """The guide of one session. `run` it once; whatever goes wrong stays within."""

    def __init__(
        self,
        place: Place,
        ticket: str,
        looks: Looks,
        talks: dict[str, Talk],
        device: str,
        *,
        without_camera: bool = False,
    ) -> None:
        self.talks = talks
        self.talk = talks.setdefault(device, Talk(device=device))
        self.talk.without_camera = without_camera
        self._without_camera = without_camera
        self._place = place
        self._ticket = ticket
        self._looks = looks
        self._device = device  # that asked last
        self._seat_token = ""
        self._met = self._over = False
        self._ends_at, self._longest_at = math.inf, 0.0
        self._call: Call | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._epoch = self._starts = self._candidates = self._unseen = 0
        self._knocked = False
        self._alone_since: float | None = 0.0
        self._leaving = asyncio.Event()

    @property
    def is_going(self) -> bool:
        """Whether it leaves, or is only closing its connection."""
        return self._over or self._leaving.is_set()

    def met(self, device: str, *, without_camera: bool = False) -> None:
        """This device asks for the guide; when its page is connected, its own talk begins."""
        self._device = device
        self._without_camera = without_camera

    def tick(self) -> None:
        """Send what is due."""
        if self._call is not None:
            self._call.tick()

    def leave(self) -> None:
        """Go, on purpose."""
        self._leaving.set()

    def ending(self, at: float) -> None:
        """Tell the page that the guide goes at this moment, also when it is connected later."""
        self._ends_at = min(at, self._ends_at)
        if self._call is not None:
            self._call.ending(self._ends_at)

    def result(self) -> PracticeResult:
        """What the practice showed so far."""
        self._note_done()
        return self.talk.result()

    async def run(self, http: aiohttp.ClientSession) -> None:
        """Be the guide until the candidate leaves, nobody comes, or the longest time is over."""
        self._alone_since = asyncio.get_running_loop().time()
        try:
            async with (
                asyncio.timeout(self._place.longest_seconds + _LATER_SECONDS),
                asyncio.TaskGroup() as tasks,
            ):
                others = [
                    tasks.create_task(self._mind_time()),
                    tasks.create_task(self._leave_when_asked()),
                ]
                await self._stay(http, tasks)
                for task in others:
                    task.cancel()
        except TimeoutError:
            _log.info("a practice talk reached its longest time")
        finally:
            self._over = True
            await self._hang_up()

    async def _stay(self, http: aiohttp.ClientSession, tasks: asyncio.TaskGroup) -> None:
        """Sit down, and again when the socket is lost: sound and picture go on meanwhile."""
        clock = asyncio.get_running_loop().time
        lost_at = clock()
        while not self.is_going:
            with suppress(aiohttp.ClientError):
                async with http.ws_connect(
                    self._place.socket,
                    headers={"Origin": self._place.origin},
                    max_msg_size=_LARGEST_FRAME,
                ) as socket:
                    self._socket = socket
                    await self._sit(socket, tasks)
                    lost_at = clock()
            if not self._seat_token or clock() - lost_at > _AWAY_SECONDS:
                self._over = True
            if not self.is_going:
                await asyncio.sleep(self._place.back_seconds)

    async def _sit(self, socket: aiohttp.ClientWebSocketResponse, tasks: asyncio.TaskGroup) -> None:
        """Listen on one socket; whatever goes wrong, the page hears that the guide left."""
        if self._seat_token:
            await self._say("resume", seat_token=self._seat_token, epoch=self._epoch, **_SHOWN)
        else:
            await self._say("hello", ticket=self._ticket, **_SHOWN)
        try:
            await self._listen(socket, tasks)
        except BaseException:
            self._over = True
            await self._say("leave")
            raise
        if socket.close_code in _OVER:
            self._over = True

    async def _listen(
        self, socket: aiohttp.ClientWebSocketResponse, tasks: asyncio.TaskGroup
    ) -> None:
        async for frame in socket:
            if frame.type is not aiohttp.WSMsgType.TEXT:
                return
            message = json.loads(frame.data)
            match message["type"]:
                case "knock":
                    self._met = True
                    may_enter = message["camera"] or self._without_camera
                    if may_enter and not self._knocked:
                        self._knocked = True
                        tasks.create_task(self._admit())
                case "start":
                    await self._start(message)
                case "description" if message["epoch"] == self._epoch:
                    await self._describe(message["description"])
                case "candidate":
                    self._note(message["candidate"])
                case "peer" | "welcome":
                    self._seat_token = message.get("seat_token", self._seat_token)
                    self._see(present=message.get("other", message)["present"])
                case "left" | "ended" | "superseded" | "refused":
                    self._over = True
                    return

    def _see(self, *, present: bool) -> None:
        self._met = self._met or present
        self._alone_since = None if present else asyncio.get_running_loop().time()

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
        self._see(present=True)
        if len(self.talks) < _MOST_DEVICES:
            self.talks.setdefault(self._device, Talk(device=self._device))
        self.talk = self.talks.get(self._device, self.talk)
        self.talk.without_camera = self._without_camera
        call = Call(self._place.film, self._looks, self.talk.seconds)
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
            self._mind_end(loop.time() - began, loop.time())

    def _mind_end(self, lasted: float, now: float) -> None:
        """Go when nobody is there; at the longest time too, and tell it before."""
        left = self._place.longest_seconds - lasted
        patience = _ALONE_SECONDS if self._met else _NEVER_CAME_SECONDS
        alone = self._alone_since
        if left <= 0 or (alone is not None and now - alone > patience):
            self.leave()
        elif left <= _ENDING_SECONDS:
            self._longest_at = self._longest_at or now + left
            self.ending(self._longest_at)
        elif self._ends_at < math.inf:
            self.ending(self._ends_at)

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

    def _note_done(self) -> None:
        self.talk.done = self.talk.done or (self._call is not None and self._call.done)

    async def _hang_up(self) -> None:
        self._note_done()
        call, self._call = self._call, None
        if call is not None:
            await call.close()
