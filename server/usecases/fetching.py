"""Fetching the objects of a round, and having them read where they can do no harm.

While some are fetched, those before them are read, and may be kept. When the time of a visit is
up, what came is given as it is: the next visit asks for the rest.
"""

import asyncio
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Coroutine,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from calendar_sync.comparing import in_parts
from calendar_sync.events import ReadObject
from calendar_sync.hostile import Reason
from calendar_sync.occurrences import Ground, refused_object
from calendar_sync.reading import FETCH_AT_ONCE, CalendarSource, Fetched
from calendar_sync.target import Failure
from server.usecases.beside import Beside, beside

MOST_TIMES = 200_000  # busy times of one round
EARLY_OBJECTS = 400  # so many, and they are kept while others are still on their way
_MOST_HALVES = 4
Answer = tuple[str, ReadObject]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An object as it stands there now; `read` is None when the calendar did not give it."""

    etag: str | None
    read: ReadObject | None


Early = Callable[[Mapping[str, Found]], Coroutine[None, None, None]]


class ObjectReader(Protocol):
    """Reads foreign objects where they can do no harm."""

    async def read(self, objects: Iterable[tuple[str, bytes]], ground: Ground) -> Sequence[Answer]:
        """Read objects, each with its name; every one of them has an answer, in any order."""


@dataclass(slots=True)
class Got:
    """What was fetched and read so far."""

    found: dict[str, Found] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    requests: int = 0
    times: int = 0
    cut: bool = False  # the time was up before all of it came

    def take(
        self, answers: Iterable[tuple[str, ReadObject]], tags: Mapping[str, str | None]
    ) -> None:
        """Keep what was read, each with its tag; no more times than one round may have."""
        for href, read in answers:
            self.times += len(read.busy)
            fits = self.times <= MOST_TIMES
            kept = read if fits else refused_object(Reason.TOO_MANY_OCCURRENCES)
            self.found[href] = Found(etag=tags[href], read=kept)

    def take_rest(self, asked: Iterable[str], fetched: Fetched) -> None:
        """Note what is missing, too large, or was not given."""
        self.missing |= fetched.missing
        self.requests += fetched.requests
        for href in fetched.too_large:
            self.found[href] = Found(etag=None, read=refused_object(Reason.TOO_LARGE))
        for href in set(asked) - fetched.objects.keys() - fetched.missing - fetched.too_large:
            self.found[href] = Found(etag=None, read=None)


async def read_all(
    source: CalendarSource,
    reader: ObjectReader,
    wanted: Mapping[str, str | None],
    ground: Ground,
    *,
    at_once: int = FETCH_AT_ONCE,
    early: Early | None = None,
    until: float | None = None,
) -> Got | Failure:
    """Fetch objects, `at_once` a question; `wanted` are their names with the tags that were told.

    `until` is a time of the event loop: then what came is given, and `cut` is true.
    """
    got = Got()
    async with beside() as keeping:
        try:
            async with asyncio.timeout_at(until) as limit:
                work = _Work(
                    source=source,
                    reader=reader,
                    wanted=wanted,
                    ground=ground,
                    at_once=at_once,
                    early=early,
                )
                failure = await _take_all(got, work, keeping, limit)
        except TimeoutError:
            if not limit.expired():
                raise
            got.cut, failure = True, None
    return failure or got


def objects_at_once(attempts: int) -> int:
    """How many objects to ask for in one question after so many attempts that failed.

    Fewer each time, so that a calendar that needs long for each is read all the same.
    """
    return FETCH_AT_ONCE >> min(attempts, _MOST_HALVES)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What is read, by whom, and how."""

    source: CalendarSource
    reader: ObjectReader
    wanted: Mapping[str, str | None]
    ground: Ground
    at_once: int
    early: Early | None


async def _take_all(
    got: Got, work: _Work, keeping: Beside, limit: asyncio.Timeout
) -> Failure | None:
    """While some are fetched, those before them are read and may be kept."""
    parts, until = in_parts(work.wanted, work.at_once), limit.when()
    async with _one_ahead(got) as reading, aclosing(_fetched(work.source, parts)) as coming:
        async for part, fetched in coming:
            if not isinstance(fetched, Fetched):
                return fetched
            got.take_rest(part, fetched)
            objects = [(href, one.ics) for href, one in fetched.objects.items()]
            tags = {
                href: one.etag or work.wanted.get(href) for href, one in fetched.objects.items()
            }
            answers = asyncio.create_task(_answers(work.reader, objects, work.ground))
            await reading.put(answers, tags)
            if work.early and len(got.found) >= EARLY_OBJECTS:
                limit.reschedule(None)  # what came is not stopped in the middle of being kept
                await keeping.put(work.early(got.found))
                got.found = {}
                limit.reschedule(until)
    return None


async def _fetched(
    source: CalendarSource, parts: Sequence[list[str]]
) -> AsyncGenerator[tuple[list[str], Fetched | Failure], None]:
    """Each part as it came; the next one is asked for before it is given."""
    ahead: asyncio.Task[Fetched | Failure] | None = None
    try:
        for number, part in enumerate(parts):
            this = ahead or asyncio.create_task(source.fetch(part))
            more = number + 1 < len(parts)
            ahead = asyncio.create_task(source.fetch(parts[number + 1])) if more else None
            yield part, await this
    finally:
        if ahead is not None:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)


async def _answers(
    reader: ObjectReader, objects: Sequence[tuple[str, bytes]], ground: Ground
) -> Sequence[Answer]:
    return await reader.read(objects, ground)


_Answers = asyncio.Task[Sequence[Answer]]


class _Ahead:
    """At most one reading that is not waited for yet."""

    def __init__(self, got: Got) -> None:
        self._got = got
        self._task: _Answers | None = None
        self._tags: Mapping[str, str | None] = {}

    async def put(self, task: _Answers, tags: Mapping[str, str | None]) -> None:
        before, self._task = self._task, task
        told, self._tags = self._tags, tags
        if before is not None:
            self._got.take(await before, told)

    async def finish(self) -> None:
        if self._task is not None:
            self._got.take(await self._task, self._tags)
            self._task = None

    async def drop(self) -> None:
        """Take what was read already, and stop what was not."""
        task, self._task = self._task, None
        if task is None:
            return
        task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and task.exception() is None:
            self._got.take(task.result(), self._tags)


@asynccontextmanager
async def _one_ahead(got: Got) -> AsyncIterator[_Ahead]:
    ahead = _Ahead(got)
    try:
        yield ahead
        await ahead.finish()
    finally:
        await ahead.drop()
