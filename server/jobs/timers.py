"""What the clock starts, in the worker: reminders, missed talks, silence, held times that lapse.

The moments and what they mean belong to `server.usecases.timers`, which does each at most once,
however many workers look. Here is the rhythm: small bites, no moment in the way of another, and
no trust in a clock that has just jumped.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from server.usecases.context import Parts
from server.usecases.timers import Moment, due_moments, run_moment

AT_ONCE = 100
PAUSE_SECONDS = 15.0
JUMP = timedelta(minutes=5)
STEADY_SECONDS = 120.0
_log = structlog.get_logger("tweespraak.timers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Steadiness:
    """Whether the wall clock goes as fast as time does.

    A clock that is wrong for a minute must not mark tomorrow's reminders as had. After a jump
    (a set clock, a machine that slept) it has to go evenly for two minutes before it is believed.
    """

    wall: datetime | None = None
    ticks: float = 0.0  # of a clock that never jumps, in seconds
    jumped_at: float | None = None

    def after(self, wall: datetime, ticks: float) -> "Steadiness":
        """What is known after a look at both clocks."""
        jumped_at = self.jumped_at
        if self.wall is not None:
            drift = (wall - self.wall) - timedelta(seconds=ticks - self.ticks)
            if abs(drift) > JUMP:
                jumped_at = ticks
        return Steadiness(wall=wall, ticks=ticks, jumped_at=jumped_at)

    @property
    def believed(self) -> bool:
        """Whether moments may be judged by the wall clock now."""
        return self.jumped_at is None or self.ticks - self.jumped_at >= STEADY_SECONDS


async def run_timers(parts: Parts, stop: asyncio.Event) -> None:
    """Do what comes due until `stop` is set; nothing that goes wrong ends it."""
    steadiness = Steadiness()
    while not stop.is_set():
        ticks = asyncio.get_running_loop().time()
        steadiness = steadiness.after(parts.now(), ticks)
        more = steadiness.believed and await look(parts) > AT_ONCE // 2
        pause = parts.settings.worker_poll_seconds if more else PAUSE_SECONDS
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)


async def look(parts: Parts) -> int:
    """Do what is due now, oldest first, at most 100; gives how many this worker did."""
    now = parts.now()
    try:
        moments = await due_moments(parts, now=now, most=AT_ONCE)
    except Exception as error:  # noqa: BLE001 -- the database may be away; the next look finds them
        _log.warning("timers_unreadable", error=type(error).__name__)
        return 0
    return sum([await _run(parts, moment, now=now) for moment in moments])


async def _run(parts: Parts, moment: Moment, *, now: datetime) -> bool:
    try:
        done = await run_moment(parts, moment, now=now)
    except Exception as error:  # noqa: BLE001 -- one moment must not keep the others waiting
        _log.error("moment_failed", kind=str(moment.kind), error=type(error).__name__)
        return False
    if done:
        _log.info("moment_done", kind=str(moment.kind), subject=str(moment.subject))
    return done
