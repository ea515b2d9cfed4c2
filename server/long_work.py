"""What lasts longer than a person waits for a page: it goes on, and a page says so.

Kept in this process, for the person who began it and the address that will show the outcome. Where
several web processes serve one house, another one may be asked for that address: there the answer
waits for the end, as long as it takes.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from aiohttp import web

from coaching.errors import TweespraakError
from server.usecases.context import StaffActor

PATIENCE_SECONDS = 3.0  # that a page is waited for without a word
LOOK_SECONDS = 10.0  # that somebody waits who asks whether it is done
MOST_AT_ONCE = 3  # of one person; what is more is waited for
KEPT_SECONDS = 900.0  # for a page that nobody opens
_log = structlog.get_logger("tweespraak.long_work")

Again = Callable[
    [web.Request, StaffActor, Mapping[str, str], TweespraakError], Awaitable[web.StreamResponse]
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What somebody asked for. `typed` comes back with an error, on the page that `again` makes.

    `whole` is the whole form and where it was sent: what has another one is something else.
    """

    person: UUID
    at: str
    typed: Mapping[str, str]
    again: Again
    whole: object = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How it ended: the page to go to, or an error."""

    asked: Asked
    path: str = ""
    error: TweespraakError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    asked: Asked
    task: asyncio.Task[str]
    begun: float


class LongWork:
    """The work of one process that a page may have to tell of."""

    def __init__(
        self, *, patience: float | None = PATIENCE_SECONDS, look_seconds: float = LOOK_SECONDS
    ) -> None:
        """Nothing goes on yet. Both are seconds; `patience` None: until it has ended."""
        self._patience, self._look_seconds = patience, look_seconds
        self._works: dict[tuple[UUID, str], _Work] = {}

    async def do(self, asked: Asked, begin: Callable[[], Coroutine[Any, Any, str]]) -> str:
        """Do something and give the page it leads to, or `asked.at` while it goes on.

        Who asks again for the same meanwhile waits for the first. Something else of the same page
        is done beside it, as long as that takes.

        Raises:
            Exception: whatever the work raises while it is waited for.
        """
        self._forget()
        key = (asked.person, asked.at)
        work = self._works.get(key)
        if work is None or work.task.done():
            work = self._works[key] = self._begun(asked, begin)
        elif work.asked.whole != asked.whole:
            return await begin()
        await asyncio.wait({work.task}, timeout=self._patience_with(asked.person))
        if not work.task.done():
            return asked.at
        self._works.pop(key, None)
        return work.task.result()

    async def look(self, person: UUID, at: str, *, wait: bool, take: bool) -> Outcome | bool:
        """How it ended; True while it goes on, False when there is nothing to tell.

        `wait`: a while, if it goes on. `take`: it is told once.

        Raises:
            Exception: what no page can show.
        """
        work = self._works.get((person, at))
        if work is None:
            return False
        if wait:
            await asyncio.wait({work.task}, timeout=self._look_seconds)
        if not work.task.done():
            return True
        if take:
            self._works.pop((person, at), None)
        return _outcome(work)

    async def stop(self) -> None:
        """Stop what goes on; each takes away what it left with others."""
        tasks = [work.task for work in self._works.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begun(self, asked: Asked, begin: Callable[[], Coroutine[Any, Any, str]]) -> _Work:
        task = asyncio.create_task(begin())
        task.add_done_callback(_note)
        return _Work(asked=asked, task=task, begun=asyncio.get_running_loop().time())

    def _patience_with(self, person: UUID) -> float | None:
        going = [one for (who, _), one in self._works.items() if who == person]
        many = sum(1 for one in going if not one.task.done()) > MOST_AT_ONCE
        return None if many else self._patience

    def _forget(self) -> None:
        """What ended long ago and nobody came for."""
        before = asyncio.get_running_loop().time() - KEPT_SECONDS
        self._works = {
            key: one
            for key, one in self._works.items()
            if one.begun > before or not one.task.done()
        }


def _outcome(work: _Work) -> Outcome:
    if work.task.cancelled():
        raise asyncio.CancelledError
    error = work.task.exception()
    if error is None:
        return Outcome(asked=work.asked, path=work.task.result())
    if not isinstance(error, TweespraakError):
        raise error
    return Outcome(asked=work.asked, error=error)


def _note(task: asyncio.Task[str]) -> None:
    """An error that is none of ours stands in the log, also when nobody opens the page."""
    error = None if task.cancelled() else task.exception()
    if error is not None and not isinstance(error, TweespraakError):
        _log.error("long_work_failed", error=type(error).__name__)
