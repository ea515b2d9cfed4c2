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

import structlog

from coaching.errors import Unavailable
from server.store.database import Database

EVEN = timedelta(seconds=2)  # a clock that differs less is followed at once
STEADY_SECONDS = 120.0  # so long a clock that jumped has to go evenly before it is believed
LOOK_SECONDS = 15.0
_SLOW_ANSWER = 1.0  # seconds; an answer that took longer does not say well enough what time it is


_log = structlog.get_logger()


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
Count = Callable[[], float]


class HouseClock:
    """Gives the shared moment (UTC) to whoever calls it."""

    def __init__(self, show: Show, count: Count = ticks) -> None:
        """Go by the clock that `show` looks at, and in between by the seconds of `count`."""
        self._show, self._count = show, count
        self._time = HouseTime(moment=datetime.now(UTC), ticks=count())
        self._heard = False  # the machine's own clock is no reason to doubt the shared one

    def __call__(self) -> datetime:
        """Give the moment it is."""
        return self._time.at(self._count())

    async def begin(self) -> None:
        """Take over what the shared clock shows; the machine's own stays where it does not say."""
        with suppress(Unavailable):
            await self.look()

    async def keep(self, every: float = LOOK_SECONDS) -> None:
        """Look at the shared clock every so many seconds, until cancelled; no error ends it."""
        while True:
            await asyncio.sleep(every)
            try:
                await self.look()
            except Unavailable:
                continue  # every request says so already
            except Exception as error:  # noqa: BLE001 -- the next look must come
                _log.error("house_clock_not_looked_at", kind=type(error).__name__)

    async def look(self) -> None:
        """Look at it once. What it says first is believed at once, and a slow answer only then.

        Raises:
            Unavailable: the database does not answer.
        """
        before = self._count()
        shown = await self._show()
        after = self._count()
        quick, halfway = after - before <= _SLOW_ANSWER, (before + after) / 2
        if not self._heard:
            self._time, self._heard = HouseTime(moment=shown, ticks=halfway), quick
        elif quick:
            self._time = self._time.hear(shown, halfway)


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
