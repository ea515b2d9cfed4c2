"""What a practice talk costs beside aiortc's usual echo and Janus, and what it withstands.

Pages send ready packets, 640 x 480 at 20 pictures a second and sound; our guide sends their own
picture back (`mirror`), as the echo and Janus do. CPU is that of the far side's process alone.
Each part can be measured by itself: `--only cost`, `many`, `strays`, `mutations`, `first`.
"""

import argparse
import asyncio
import json
import os
import statistics
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import uvloop

from benchmarks import practice_first
from benchmarks.leash import end_together
from benchmarks.practice_hostile import SEED, mutations, strays
from benchmarks.practice_load import (
    cpu_of,
    guided,
    idle_beside,
    memory_of,
    peer_cpu,
    tell,
)
from benchmarks.practice_pages import ready_clip, use_one_address
from signaling.practice.film import Clip

COMMAND = "python -m benchmarks.practice"
OF_ECHO, OF_JANUS = 0.1, 2.5
MOST_GAP_MS, MOST_MB = 200, 3.0
A_CORE = 24  # calls
Figure = dict[str, Any]


async def _cost(clip: Clip, *, small: bool) -> list[Figure]:
    """CPU a call of ours, of the echo and of Janus, in turns; medians."""
    rounds, calls, seconds = (1, 2, 4.0) if small else (3, 6, 20.0)
    ours, echo, janus = [], [], []
    began = time.monotonic()
    for number in range(rounds):
        tell(f"cost: round {number + 1} of {rounds}")
        async with guided(clip) as (house,):
            for _ in range(calls):
                await house.join()
            await house.mirror(3)
            ours.append(await cpu_of(house.process, seconds, house.mirror) / calls)
        echo.append(await peer_cpu(clip, "echo", 1, seconds))
        janus.append(await peer_cpu(clip, "janus", calls, seconds))
    more = {"n": rounds, "seconds": _since(began), "command": f"{COMMAND} --only cost"}
    mean = statistics.median(ours)
    return [
        _beside("aiortc's echo, decoded and encoded", mean, statistics.median(echo), OF_ECHO, more),
        _beside("Janus' echo test", mean, statistics.median(janus), OF_JANUS, more),
    ]


async def _many(clip: Clip, *, small: bool) -> list[Figure]:
    """The longest gap with many calls on one core, and again for each further core; memory."""
    calls, seconds = (4, 4.0) if small else (A_CORE, 30.0)
    found = []
    for cores in range(1, (os.cpu_count() or 1) + 1):
        began = time.monotonic()
        tell(f"many: {calls} calls on each of {cores} cores")
        gaps, memory, told = await _gaps(clip, cores, calls, seconds)
        tell(f"many: {told}")
        more = {
            "n": calls * cores,
            "seconds": _since(began),
            "command": f"{COMMAND} --only many",
            **told,
        }
        name = f"longest gap, {calls} practice calls on each of {cores} core(s)"
        found.append(_most(name, "ms", gaps, MOST_GAP_MS, more))
        if cores == 1:
            found.append(_most("memory of one practice call more", "MB", memory, MOST_MB, more))
    return found


async def _gaps(clip: Clip, cores: int, calls: int, seconds: float) -> tuple[float, float, Figure]:
    """(Longest gap in ms, MB a call, what tells whether ours was late, the pages, or the machine).

    The pages and a loop that does nothing share the cores with what is measured: where these are
    late as well, or all together use more than there is, a gap says nothing of the practice.
    """
    async with guided(clip, cores) as houses, idle_beside() as idle:
        for house in houses:
            await house.join()
        base = memory_of(houses[0].process)
        for house in houses:
            for _ in range(calls - 1):
                await house.join()
        await asyncio.gather(*(house.mirror(5) for house in houses))
        since = time.monotonic()
        pages = [page for house in houses for page in house.pages]
        for page in pages:
            page.late_ms = 0.0
        asked = [house.ask("/lag") for house in houses]
        await asyncio.gather(idle(), *asked)  # what came before does not count
        used = time.process_time()
        cpu = await asyncio.gather(*(cpu_of(h.process, seconds, h.mirror) for h in houses))
        own = (time.process_time() - used) / (time.monotonic() - since) * 100
        gaps = [page.gap_ms(since) for page in pages]
        late = max(page.late_ms for page in pages)
        memory = (memory_of(houses[0].process) - base) / max(1, calls - 1)
        lags = await asyncio.gather(*(house.ask("/lag") for house in houses))
        floor = await idle()
    told = {
        "cpu_a_call": round(statistics.mean(cpu) / calls, 2),
        "cpu_of_the_pages": round(own / len(pages), 2),
        "ms_the_pages_were_late": round(late),
        "longest_own_work_ms": round(max(lag["own_ms"] for lag in lags)),
        "longest_stall_ms": round(max(lag["longest_ms"] for lag in lags)),
        "stall_of_an_idle_loop_ms": round(floor["longest_ms"]),
    }
    return max(gaps), memory, told


async def _strays(clip: Clip, *, small: bool) -> list[Figure]:
    began = time.monotonic()
    found = await strays(clip, *((5, 3_000) if small else (50, 100_000)))
    more = {
        "n": found["calls"],
        "seconds": _since(began),
        "command": f"{COMMAND} --only strays",
        "sent": found["sent"],
        "dropped_by_the_kernel": found["dropped"],
    }
    return [_most("practice calls lost to stray datagrams", "calls", found["lost"], 0, more)]


async def _mutations(clip: Clip, *, small: bool) -> list[Figure]:
    began = time.monotonic()
    number = 600 if small else 20_000
    found = await mutations(clip, number)
    more = {
        "n": found["sent"],
        "seconds": _since(began),
        "command": f"{COMMAND} --only mutations",
        "longest_ms": round(found["longest_ms"], 1),
        "longest_own_work_ms": round(found["own_ms"], 1),
        "over_by_own_work": found["own_over"],
        "passed_on": found["passed_on"],
    }
    name = "stalls over 100 ms by mutated descriptions and candidates"
    figure = _most(name, "stalls", found["over"], 0, more)
    return [{**figure, **_beside_idle(found)}]


def _beside_idle(found: dict[str, float]) -> Figure:
    """On a machine where a loop that does nothing stalls as well, only own work counts."""
    busy = found["idle_over"] > 0
    own = found["own_over"] + found["lost"]
    return {
        "beside": "a loop that does nothing, on the same core",
        "beside_value": found["idle_over"],
        "beside_longest_ms": round(found["idle_longest_ms"], 1),
        "goal": "≤ 0; of own work, where the loop that does nothing stalls as well",
        "holds": own == 0 if busy else found["over"] == 0,
    }


def _beside(peer: str, ours: float, theirs: float, most: float, more: Figure) -> Figure:
    return {
        "figure": f"practice call beside {peer}",
        "unit": "% of a core",
        "ours": round(ours, 2),
        "beside": peer,
        "beside_value": round(theirs, 2),
        "ratio": round(ours / theirs, 3),
        "goal": f"≤ {most} ×",
        "holds": ours <= most * theirs,
        "seed": SEED,
        **more,
    }


def _most(name: str, unit: str, ours: float, most: float, more: Figure) -> Figure:
    return {
        "figure": name,
        "unit": unit,
        "ours": round(ours, 2),
        "beside": "",
        "beside_value": None,
        "ratio": None,
        "goal": f"≤ {most:g}",
        "holds": ours <= most,
        "seed": SEED,
        **more,
    }


def _since(began: float) -> int:
    return round(time.monotonic() - began)


Part = Callable[..., Coroutine[Any, Any, list[Figure]]]
_MEASURED: dict[str, Part] = {
    "cost": _cost,
    "many": _many,
    "strays": _strays,
    "mutations": _mutations,
}
PARTS = (*_MEASURED, "first")


def figures(*, small: bool = False, part: str = "") -> Iterator[Figure]:
    """All figures of the practice partner, or those of one part.

    Raises:
        FileNotFoundError: Janus or Chromium is missing; the text names the command.
    """
    use_one_address()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for name, measured in _MEASURED.items():
            if part in {"", name}:
                yield from runner.run(measured(ready_clip(), small=small))
    if part in {"", "first"}:
        yield from practice_first.figures(small=small)


if __name__ == "__main__":
    end_together()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a quick look, no claim")
    parser.add_argument("--only", default="", choices=PARTS)
    given = parser.parse_args()
    for one in figures(small=given.small, part=given.only):
        print(json.dumps(one, ensure_ascii=False), flush=True)
