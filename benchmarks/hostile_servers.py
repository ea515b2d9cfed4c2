"""Calendar servers that mean harm: how long each keeps a visit, and how much memory it takes.

Each is connected as somebody's calendar and read once, as the sync process does it: entity bombs,
bodies without an end, dribbled bytes, answers that come just in time, circles, answers that are no
answer. Beside: the promise of
the handbook (security, S13). Memory is that of our process at its highest, over what it was when
a good calendar had been read; the servers have a process of their own.
"""

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psutil

from benchmarks.command import print_figures
from benchmarks.hostile_dav import KINDS
from benchmarks.our_calendars import Ours, ours
from server.jobs.sync import VISIT_SECONDS
from tests.stand_in_caldav import stand_in_process

COMMAND = "python -m benchmarks.hostile_servers"
SMALL = ("billion-laughs", "wide", "gzip-bomb", "closes", "same-page", "never-ending-rule")
SECONDS_GOAL, MEMORY_GOAL_MB = 35.0, 50.0
_EVERY = 0.02
_MB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A hostile calendar as the tests know servers."""

    calendar_url: str
    user: str = "anna"
    password: str = "of-tests"


@dataclass(slots=True)
class Memory:
    """The most memory of this process while somebody watches."""

    most: float = 0.0
    _done: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look again and again until the end, in a thread: the loop itself may be busy."""
        process = psutil.Process()

        def look() -> None:
            while not self._done.wait(_EVERY):
                self.most = max(self.most, process.memory_info().rss / _MB)

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield
        finally:
            self._done.set()
            thread.join()


@contextmanager
def hostile() -> Iterator[str]:
    """The address of the hostile servers, which run in a process of their own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.hostile_dav"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/"
    finally:
        process.kill()
        process.wait()


async def visit(house: Ours, url: str, kind: str) -> tuple[float, float, int, str]:
    """Read one: seconds, megabytes over the start, busy times believed, and what came of it."""
    connection = await house.connect(Served(calendar_url=f"{url}{kind}/"))
    before = psutil.Process().memory_info().rss / _MB
    memory, began = Memory(), time.monotonic()
    with memory.watched():
        done = await house.read(connection, seconds=VISIT_SECONDS)
    took = time.monotonic() - began
    _, busy = await house.count(connection)
    return took, max(0.0, memory.most - before), busy, done.outcome


async def measure(kinds: Sequence[str]) -> dict[str, tuple[float, float, int, str]]:
    """Each kind by itself, after a good calendar has been read."""
    found = {}
    with hostile() as url, stand_in_process() as good:
        async with ours() as house:
            first = await house.read(await house.connect(good))
            assert first.outcome == "ok", first
            for kind in kinds:
                found[kind] = await visit(house, url, kind)
                print(kind, *(f"{one:.2f}" if isinstance(one, float) else one
                              for one in found[kind]), file=sys.stderr)  # fmt: skip
    return found


def figures(*, small: bool = False) -> list[dict[str, Any]]:
    """The longest visit, and the most memory."""
    kinds = SMALL if small else tuple(KINDS)
    began = time.monotonic()
    found = asyncio.run(measure(kinds))
    longest = max(kinds, key=lambda one: found[one][0])
    largest = max(kinds, key=lambda one: found[one][1])
    believed = sum(busy for _, _, busy, _ in found.values())
    shared = {
        "beside": None,
        "beside_value": None,
        "ratio": None,
        "command": COMMAND,
        "seed": None,
        "n": len(kinds),
        "seconds": round(time.monotonic() - began, 1),
        "believed": believed,
    }
    return [
        {
            "figure": f"longest visit to {len(kinds)} hostile calendar servers ({longest})",
            "unit": "s",
            "ours": round(found[longest][0], 1),
            "goal": f"at most {SECONDS_GOAL:.0f} s, nothing believed",
            "holds": found[longest][0] <= SECONDS_GOAL and not believed,
            **shared,
        },
        {
            "figure": f"most memory of one such visit ({largest})",
            "unit": "MB",
            "ours": round(found[largest][1], 1),
            "goal": f"at most {MEMORY_GOAL_MB:.0f} MB",
            "holds": found[largest][1] <= MEMORY_GOAL_MB,
            **shared,
        },
    ]


if __name__ == "__main__":
    print_figures(figures, __doc__)
