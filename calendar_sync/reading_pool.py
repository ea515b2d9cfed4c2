"""Foreign objects read by a few child processes, beside the event loop and never in it.

A child that hangs or breaks is stopped and costs only the object it was reading. No object waits
in memory for more than a batch: what is asked for is taken from the source when a child is free.
"""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from calendar_sync.events import ReadObject
from calendar_sync.hostile import NotBelieved, Reason
from calendar_sync.occurrences import Ground, refused_object
from calendar_sync.reading import MAX_OBJECT_BYTES
from calendar_sync.reading_frames import Frame, frame, read_answer, take_frame, write_ground

CHILDREN = 2
SECONDS_AN_OBJECT = 2.0
SECONDS_A_FEED = 10.0  # until it is cut
OBJECTS_A_CHILD = 20_000
_SECONDS_TO_START = 20.0
_STARTS = 3
_GRACE = 0.2  # for an answer that came while our own process was busy
_BATCH_OBJECTS, _BATCH_BYTES = 64, 256 * 1024
_MODULE = "calendar_sync.reading_child"
_HOME = Path(__file__).resolve().parent.parent
_LONG_ANSWER = 10_000
_CHUNK = 256 * 1024
_LIMIT = 4 * 1024 * 1024

Batch = list[tuple[str, bytes]]
Answers = list[tuple[str, ReadObject]]


class _Stopped(Exception):
    """The child ended, or had to be ended, in the middle of an object."""

    def __init__(self, *, too_slow: bool) -> None:
        super().__init__()
        self.too_slow = too_slow


@dataclass(slots=True)
class _Child:
    """One process and what came from it."""

    process: asyncio.subprocess.Process
    ground: Ground | None = None
    objects: int = 0
    waiting: bytearray = field(default_factory=bytearray)

    @classmethod
    async def start(cls) -> Self:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            _MODULE,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LIMIT,
            cwd=_HOME,
            env={"LC_ALL": "C.UTF-8"},  # none of our settings and secrets
            start_new_session=True,  # a key pressed in our terminal is not for the child
        )
        child = cls(process)
        try:
            await child.answer(within=_SECONDS_TO_START, started=True)
        except BaseException:
            await child.end()  # it does not live, or nobody waits for it any more
            raise
        return child

    def ask(self, kind: Frame, *contents: bytes) -> None:
        assert self.process.stdin is not None  # noqa: S101 -- opened as a pipe
        self.process.stdin.write(b"".join(frame(kind, content) for content in contents))

    def stand_on(self, ground: Ground) -> None:
        if self.ground != ground:
            self.ask(Frame.GROUND, write_ground(ground))
            self.ground = ground

    async def answer(
        self, *, within: float = SECONDS_AN_OBJECT, started: bool = False
    ) -> tuple[Frame, bytes]:
        """The next frame; one that only says that the child lives begins the time anew.

        Raises:
            _Stopped: it did not come in time, or the child is gone.
        """
        while True:
            taken = take_frame(self.waiting)
            if taken is None:
                self.waiting += await self._more(within)
            elif taken[0] is not Frame.ALIVE or started:
                return taken

    async def _more(self, within: float) -> bytes:
        assert self.process.stdout is not None  # noqa: S101 -- opened as a pipe
        for seconds in (within, _GRACE):
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    if got := await self.process.stdout.read(_CHUNK):
                        return got
                    code = await self.process.wait()
                    raise _Stopped(too_slow=code == -signal.SIGPROF)
        raise _Stopped(too_slow=True)

    async def end(self) -> None:
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


async def _started() -> _Child:
    """A child that lives; one may be stopped from outside before it says so."""
    for _ in range(_STARTS - 1):
        with suppress(_Stopped):
            return await _Child.start()
    try:
        return await _Child.start()
    except _Stopped as error:
        raise OSError(f"the process {_MODULE} does not start") from error


class _Seat:
    """A place for one child at a time; a new one takes it when the old one is gone."""

    def __init__(self) -> None:
        self._child: _Child | None = None

    async def read(self, batch: Batch, ground: Ground) -> Answers:
        """Read a batch; each object has an answer in the end."""
        answers: Answers = []
        broke = -1
        while len(answers) < len(batch):
            try:
                await self._read_on(batch, answers, ground)
            except _Stopped as stopped:
                await self.empty()
                at = len(answers)
                if stopped.too_slow or broke == at:
                    reason = Reason.TOO_SLOW if stopped.too_slow else Reason.READER_BROKE
                    answers.append((batch[at][0], refused_object(reason)))
                broke = at  # once more: it may have been stopped from outside
        return answers

    async def cut(self, feed: bytes) -> Batch:
        """Cut a feed into its objects.

        Raises:
            NotBelieved: it is no feed that can be cut, or cutting takes too long.
        """
        try:
            return await self._cut(feed)
        except _Stopped as stopped:
            await self.empty()
            reason = Reason.TOO_SLOW if stopped.too_slow else Reason.READER_BROKE
            raise NotBelieved(reason) from stopped

    async def _read_on(self, batch: Batch, answers: Answers, ground: Ground) -> None:
        child = await self._seated()
        try:
            child.stand_on(ground)
            left = (ics[: MAX_OBJECT_BYTES + 1] for _, ics in batch[len(answers) :])
            child.ask(Frame.OBJECT, *left)
            while len(answers) < len(batch):
                _, content = await child.answer()
                answers.append((batch[len(answers)][0], read_answer(content)))
                if len(content) > _LONG_ANSWER:
                    await asyncio.sleep(0)  # many long answers may have come at once
        except (OSError, ValueError, TypeError, LookupError) as error:
            raise _Stopped(too_slow=False) from error
        except BaseException:
            await self.empty()  # answers nobody waits for any more may still come
            raise

    async def _cut(self, feed: bytes) -> Batch:
        child = await self._seated()
        pieces: Batch = []
        try:
            child.ask(Frame.FEED, feed)
            while True:
                kind, content = await child.answer(within=SECONDS_A_FEED)
                if kind is Frame.CUT:
                    break
                name, _, piece = content.partition(b"\n")
                pieces.append((name.decode("ascii"), piece))
        except (OSError, ValueError) as error:
            raise _Stopped(too_slow=False) from error
        except BaseException:
            await self.empty()
            raise
        if content:
            raise NotBelieved(Reason(content.decode("ascii")))
        return pieces

    async def _seated(self) -> _Child:
        if self._child and self._child.objects > OBJECTS_A_CHILD:
            await self.empty()
        if self._child is None:
            self._child = await _started()
        self._child.objects += _BATCH_OBJECTS
        return self._child

    async def empty(self) -> None:
        """End the child that sits here."""
        child, self._child = self._child, None
        if child is not None:
            await child.end()


class ReadingPool:
    """Reads objects; to be used as `async with`. Several rounds may use one pool at once.

    Every reading call raises OSError when no child can be started: the round fails, no object
    is blamed.
    """

    def __init__(self, *, children: int = CHILDREN) -> None:
        self._seats = [_Seat() for _ in range(children)]
        self._free: asyncio.LifoQueue[_Seat] = asyncio.LifoQueue()  # who is warm goes first
        for seat in self._seats:
            self._free.put_nowait(seat)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End all children; nobody may be reading any more."""
        await asyncio.gather(*(seat.empty() for seat in self._seats))

    async def read(self, objects: Iterable[tuple[str, bytes]], ground: Ground) -> Answers:
        """Read objects, each with a name of the caller's; every one of them has an answer."""
        return [answer async for answer in self.stream(objects, ground)]

    async def stream(
        self, objects: Iterable[tuple[str, bytes]], ground: Ground
    ) -> AsyncIterator[tuple[str, ReadObject]]:
        """Read objects and give each as soon as its batch is done, in no order.

        `objects` is taken from only as fast as answers are taken.
        """
        batches = _batches(objects)
        running: set[asyncio.Task[Answers]] = set()
        try:
            while True:
                while len(running) < len(self._seats) and (batch := next(batches, None)):
                    running.add(asyncio.create_task(self._read_batch(batch, ground)))
                if not running:
                    return
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    for answer in task.result():
                        yield answer
        finally:
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    async def feed(self, feed: bytes, ground: Ground) -> Answers:
        """Read a whole feed: each of its objects, by the hash of its UID.

        Raises:
            NotBelieved: it is no feed that can be cut into objects.
        """
        async with self._seat() as seat:
            pieces = await seat.cut(feed)
        return await self.read(pieces, ground)

    async def _read_batch(self, batch: Batch, ground: Ground) -> Answers:
        async with self._seat() as seat:
            return await seat.read(batch, ground)

    @asynccontextmanager
    async def _seat(self) -> AsyncIterator[_Seat]:
        seat = await self._free.get()
        try:
            yield seat
        finally:
            self._free.put_nowait(seat)


def _batches(objects: Iterable[tuple[str, bytes]]) -> Iterator[Batch]:
    batch: Batch = []
    size = 0
    for name, ics in objects:
        batch.append((name, ics))
        size += len(ics)
        if len(batch) >= _BATCH_OBJECTS or size >= _BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
