"""The moment that a whole installation goes by, whatever the clock of one machine says.

Its processes compare moments that another of them wrote: until when a ticket is good, from when a
link opens, when a seat that somebody left is given up. So they share one clock, the database's.
Between two looks it goes on by ticks that never jump. With SQLite all processes stand on one
machine, whose clock they share anyway. Source: security handbook, T36 and R15.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from coaching.errors import Unavailable
from server.store.database import Database

EVEN = timedelta(seconds=2)  # a clock that differs less is followed at once
STEADY_SECONDS = 120.0  # so long a clock that jumped has to go evenly before it is believed
LOOK_SECONDS = 15.0
_SLOW_ANSWER = 1.0  # seconds; an answer that took longer does not say well enough what time it is


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseTime:
    """What is known of the shared clock. `ticks` are seconds of a clock that never jumps."""

    moment: datetime
    ticks: float
    doubted: timedelta | None = None  # how much another it was when it jumped
    since: float = 0.0  # ticks at which it was first seen to have jumped

    def at(self, ticks: float) -> datetime:
        """Give the moment at `ticks`."""
        return self.moment + timedelta(seconds=ticks - self.ticks)

    def hear(self, shown: datetime, ticks: float) -> "HouseTime":
        """Give what is known after the shared clock showed `shown` (aware) at `ticks`.

        A jump, there or back, is passed over until the clock went evenly for two minutes since.
        """
        ahead = shown - self.at(ticks)
        if abs(ahead) <= EVEN:
            return HouseTime(moment=shown, ticks=ticks)
        if self.doubted is None or abs(ahead - self.doubted) > EVEN:
            doubted, since = ahead, ticks
        elif ticks - self.since >= STEADY_SECONDS:
            return HouseTime(moment=shown, ticks=ticks)
        else:
            doubted, since = self.doubted, self.since
        return HouseTime(moment=self.moment, ticks=self.ticks, doubted=doubted, since=since)


def ticks() -> float:
    """Seconds of a clock that never jumps; where it can be had, one that counts sleep too."""
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boot is None else time.clock_gettime(boot)


Show = Callable[[], Awaitable[datetime]]


class HouseClock:
    """Gives the shared moment (UTC) to whoever calls it."""

    def __init__(self, show: Show) -> None:
        """Go by the clock that `show` looks at."""
        self._show = show
        self._time = HouseTime(moment=datetime.now(UTC), ticks=ticks())

    def __call__(self) -> datetime:
        """Give the moment it is."""
        return self._time.at(ticks())

    async def begin(self) -> None:
        """Take over what the shared clock shows; the machine's own stays where it does not say."""
        with suppress(Unavailable):
            shown = await self._show()
            self._time = HouseTime(moment=shown, ticks=ticks())

    async def keep(self) -> None:
        """Look at the shared clock again and again, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            with suppress(Unavailable):
                await self.look()

    async def look(self) -> None:
        """Look at it once.

        Raises:
            Unavailable: the database does not answer.
        """
        before = ticks()
        shown = await self._show()
        after = ticks()
        if after - before <= _SLOW_ANSWER:
            self._time = self._time.hear(shown, (before + after) / 2)


@asynccontextmanager
async def house_clock(database: Database) -> AsyncIterator[HouseClock]:
    """Open the clock of the installation on `database`, kept right until the end."""
    clock = HouseClock(database.moment)
    await clock.begin()
    keeping = asyncio.create_task(clock.keep())
    try:
        yield clock
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
