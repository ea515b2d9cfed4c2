"""One piece of work at a time beside what its owner does, which ends with its owner."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager


class Beside:
    """At most one piece of work that is not waited for yet."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    async def put(self, work: Coroutine[None, None, None]) -> None:
        """Wait for what went before, and begin this; what that raised is raised here."""
        try:
            await self.finish()
        except BaseException:
            work.close()
            raise
        self._task = asyncio.create_task(work)

    async def finish(self) -> None:
        """Wait for what is under way; what it raised is raised here."""
        task, self._task = self._task, None
        if task is not None:
            await task  # who is stopped while waiting here stops it too

    async def drop(self) -> None:
        """Stop what is under way; it has ended when this returns."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def beside() -> AsyncIterator[Beside]:
    """A place for such work: finished at the end, dropped when the owner fails or is stopped."""
    place = Beside()
    try:
        yield place
        await place.finish()
    finally:
        await place.drop()
