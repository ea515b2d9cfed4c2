"""All guides of one process: who comes in, who waits, what their talks showed."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from enum import StrEnum
from typing import Final

import aiohttp

from signaling.practice.call import Looks
from signaling.practice.guide import Guide, Place, Talk
from signaling.practice.queue import Line
from signaling.practice.scoring import PracticeResult
from signaling.value import value

TICK_SECONDS: Final = 0.02
_RESULT_SECONDS: Final = 900.0
_MOST_RESULTS: Final = 500
_log = logging.getLogger(__name__)


class Answer(StrEnum):
    """What somebody who wants to practise is told."""

    COMING = "coming"  # a guide is on its way, or there already
    FULL = "full"
    CLOSED = "closed"


@value
class Coming:
    """The answer, and the place in the queue when it is full."""

    answer: Answer
    position: int = 0


@value
class Load:
    """How busy a process is; `position` of the asking session in its queue, 0: not in it.

    `known`: its talk, or one of the last minutes, is or was here.
    """

    room: int
    waiting: int
    here: bool
    known: bool
    position: int
    closed: bool


@value
class Standing:
    """A result, of which device, whether its talk goes on, and else since how long it is over."""

    result: PracticeResult
    device: str
    running: bool
    ago: float


@value
class _Past:
    """The talks of a session that ended at `at`, by device."""

    at: float
    newest: Talk
    talks: dict[str, Talk]


class House:
    """The guides of this process. `open` it, and `close` it at the end."""

    def __init__(self, place: Place, *, most: int) -> None:
        self._place = place
        self._guides: dict[str, tuple[Guide, asyncio.Task[None]]] = {}
        self._talks: dict[str, _Past] = {}
        self._strangers: set[str] = set()
        self._queue = Line(most)
        self._executor = ThreadPoolExecutor(1, "look")
        self._looks = Looks(self._executor)
        self._closed = False
        self._http: aiohttp.ClientSession | None = None
        self._ticking: asyncio.Task[None] | None = None

    @property
    def calls(self) -> int:
        """How many guides are out."""
        return len(self._guides)

    async def open(self) -> None:
        """Begin to let time go by."""
        self._http = aiohttp.ClientSession()
        self._ticking = asyncio.create_task(self._tick_on())

    def come(
        self,
        session: str,
        ticket: str,
        device: str = "",
        *,
        stranger: bool = False,
        without_camera: bool = False,
    ) -> Coming:
        """Send a guide to this session, unless one is there, or there are too many.

        What an earlier guide saw of the same `device` in the last minutes still counts. A
        `stranger` comes from the public page. `without_camera`: this one need not be seen.
        """
        now = asyncio.get_running_loop().time()
        if session in self._guides:
            guide = self._guides[session][0]
            if guide.is_going:
                return Coming(answer=Answer.FULL, position=1)
            guide.met(device, without_camera=without_camera)
            return Coming(answer=Answer.COMING)
        if self._closed or self._http is None:
            return Coming(answer=Answer.CLOSED)
        position = self._queue.ask(session, **self._busy(), now=now, stranger=stranger)
        if position:
            return Coming(answer=Answer.FULL, position=position)
        if stranger:
            self._strangers.add(session)
        self._forget()
        kept = self._talks.get(session)
        talks = kept.talks if kept else {}
        guide = Guide(
            self._place, ticket, self._looks, talks, device, without_camera=without_camera
        )
        task = asyncio.create_task(self._run(session, guide, self._http))
        self._guides[session] = (guide, task)
        return Coming(answer=Answer.COMING)

    def _busy(self) -> dict[str, int]:
        return {"busy": len(self._guides), "strangers": len(self._strangers)}

    def load(self, session: str, *, stranger: bool = False) -> Load:
        """How busy it is here, seen by this session."""
        now = asyncio.get_running_loop().time()
        self._forget()
        return Load(
            room=self._queue.room(**self._busy(), now=now, stranger=stranger),
            waiting=self._queue.waiting(now=now),
            here=session in self._guides,
            known=session in self._guides or session in self._talks,
            position=self._queue.position(session, now=now),
            closed=self._closed,
        )

    def result(self, session: str) -> Standing | None:
        """What the talk of a session showed so far, also for some minutes after it."""
        if session in self._guides:
            guide = self._guides[session][0]
            found = guide.result()
            return Standing(result=found, device=guide.talk.device, running=True, ago=0.0)
        self._forget()
        kept = self._talks.get(session)
        if kept is None:
            return None
        ago = asyncio.get_running_loop().time() - kept.at
        newest = kept.newest
        return Standing(result=newest.result(), device=newest.device, running=False, ago=ago)

    async def drain(self, seconds: float) -> None:
        """Take nobody in any more; return when the last call ended, or after `seconds`."""
        self._closed = True
        for guide, _ in tuple(self._guides.values()):
            guide.ending(asyncio.get_running_loop().time() + seconds)
        tasks = [task for _, task in self._guides.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)

    async def close(self) -> None:
        """End every call: each page hears that the guide left."""
        self._closed = True
        tasks = [task for _, task in self._guides.values()]
        for guide, _ in tuple(self._guides.values()):
            guide.leave()
        if tasks:
            await asyncio.wait(tasks, timeout=3)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._ticking is not None:
            self._ticking.cancel()
        if self._http is not None:
            await self._http.close()
        self._executor.shutdown(wait=False, cancel_futures=True)

    async def _run(self, session: str, guide: Guide, http: aiohttp.ClientSession) -> None:
        """One call: whatever happens in it stays in it."""
        try:
            await guide.run(http)
        except Exception as error:  # noqa: BLE001 -- one call must never reach another
            _log.warning("a practice call ended by an error: %s", _kinds(error))
        finally:
            del self._guides[session]
            self._strangers.discard(session)
            self._keep(session, guide)

    def _keep(self, session: str, guide: Guide) -> None:
        self._forget()
        for one in list(self._talks)[: max(0, len(self._talks) - _MOST_RESULTS + 1)]:
            del self._talks[one]
        self._talks.pop(session, None)  # the newest stands last
        now = asyncio.get_running_loop().time()
        self._talks[session] = _Past(at=now, newest=guide.talk, talks=guide.talks)

    def _forget(self) -> None:
        now = asyncio.get_running_loop().time()
        for one in [key for key, past in self._talks.items() if now - past.at > _RESULT_SECONDS]:
            del self._talks[one]

    async def _tick_on(self) -> None:
        loop = asyncio.get_running_loop()
        at = loop.time()
        while True:
            at = max(at + TICK_SECONDS, loop.time())
            await asyncio.sleep(at - loop.time())
            for guide, task in tuple(self._guides.values()):
                try:
                    guide.tick()
                except Exception as error:  # noqa: BLE001 -- the next call must be served
                    _log.warning("a practice call could not go on: %s", type(error).__name__)
                    with suppress(RuntimeError):
                        task.cancel()


def _kinds(error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return ", ".join(_kinds(one) for one in error.exceptions)
    return type(error).__name__
