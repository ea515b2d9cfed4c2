"""A camera that shows black, and one that moves: what the other side makes of it.

Two people in a talk, their pages unchanged. A run of the first kind blackens the picture that one
of them sends, behind the back of the page, which goes on saying that the camera is on; counted is
the time until the other side reads that the picture is black. A run of the second kind watches a
moving picture for half a minute and counts every word about a picture that is not there.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from benchmarks.leash import end_together
from benchmarks.two_lines import Call, call, small_camera
from tests.journeys.installation import Installation, running_house
from tests.journeys.windows import CHROMIUM_ARGS, ChromiumWindow, executable, until

COMMAND = "python -m benchmarks.camera_off"
RUNS, SMALL_RUNS = 100, 4
TOGETHER, SMALL_TOGETHER = 4, 2  # talks at a time; both people of each are watched
BEGUN_TOGETHER = 3
RATE = 20  # pictures a second
PROMISE_SECONDS = 30.0
PATIENCE_SECONDS = 90.0
_BANNER = "document.querySelector('#banner')"
_BLACK = f"{_BANNER}.checkVisibility() && /zwart|U ziet/.test({_BANNER}.textContent)"
_LAST = "looks.slice(-15)"
_WARM = "looks.length > 5 && looks.at(-1)[2] > 60"
_CALM = f"!{_BANNER}.checkVisibility()"
_SET = """
peers.at(-1).getSenders().filter(({track}) => track?.kind === 'video')
  .forEach(({track}) => { track.enabled = ON; })
"""
# Every word that the page says of a picture while nobody looks.
_NOTE = f"""
(() => {{
  window.said = [];
  new MutationObserver(() => {{
    const words = {_BANNER}.textContent;
    if (/zwart|stil|U ziet|ziet u niet|ziet uw/.test(words)) window.said.push(words);
  }}).observe({_BANNER}, {{childList: true, characterData: true, subtree: true}});
}})()
"""


async def _black(watcher: ChromiumWindow, sender: ChromiumWindow) -> float | None:
    """Seconds until `watcher` reads that the picture of `sender` is black; None: never."""
    await until(watcher, _CALM, seconds=PATIENCE_SECONDS)
    began = time.monotonic()
    await sender.evaluate(_SET.replace("ON", "false"))
    try:
        await until(watcher, _BLACK, seconds=PATIENCE_SECONDS)
    except AssertionError as unnoticed:
        print(f"{str(unnoticed)[:600]} {await watcher.evaluate(_LAST)}", flush=True)
        return None
    finally:
        await sender.evaluate(_SET.replace("ON", "true"))
    return time.monotonic() - began


async def _accused(watcher: ChromiumWindow) -> bool:
    """Whether half a minute of a moving picture was called anything else."""
    await until(watcher, _CALM, seconds=PATIENCE_SECONDS)
    await watcher.evaluate("window.said.length = 0")
    await asyncio.sleep(PROMISE_SECONDS)
    said = await watcher.evaluate("window.said")
    if said:
        print(f"accused: {said}, the last looks: {await watcher.evaluate(_LAST)}", flush=True)
    return bool(said)


async def watch(
    house: Installation, runs: int, together: int
) -> tuple[list[float | None], list[bool]]:
    """`runs` of each kind."""
    path = executable("chromium", package="chromium")
    began = time.monotonic()
    black: list[float | None] = []
    moving: list[bool] = []
    async with async_playwright() as playwright, house.parts() as parts:
        browser = await playwright.chromium.launch(
            executable_path=path, args=[*CHROMIUM_ARGS, small_camera(house.folder, rate=RATE)]
        )
        few = asyncio.Semaphore(BEGUN_TOGETHER)

        async def begin() -> Call:
            async with few:
                return await call(house, parts, (browser, browser))

        talks = await asyncio.gather(*(begin() for _ in range(together)))
        print(f"{together} talks, {time.monotonic() - began:.0f} s", flush=True)
        pairs = [pair for one in talks for pair in _both_ways(one)]
        for watcher, _ in pairs:
            await until(watcher, _WARM, seconds=PATIENCE_SECONDS)
            await watcher.evaluate(_NOTE)
        while len(black) < runs:
            some: Sequence[tuple[ChromiumWindow, ChromiumWindow]] = pairs[: runs - len(black)]
            moving += await asyncio.gather(*(_accused(watcher) for watcher, _ in some))
            black += await asyncio.gather(*(_black(*pair) for pair in some))
            took = [one and round(one, 1) for one in black[-len(some) :]]
            accused = sum(moving[-len(some) :])
            print(f"{len(black)} of {runs}: {took}, {accused} accused", flush=True)
        await browser.close()
    return black, moving


def _both_ways(one: Call) -> tuple[tuple[ChromiumWindow, ChromiumWindow], ...]:
    return ((one.candidate, one.coach), (one.coach, one.candidate))


def figures(*, small: bool = False) -> list[dict[str, Any]]:
    """Two figures: black pictures that were noticed in time, and moving ones that were accused."""
    runs, together = (SMALL_RUNS, SMALL_TOGETHER) if small else (RUNS, TOGETHER)
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="tweespraak-bench-") as folder,
        running_house(Path(folder)) as house,
    ):
        black, moving = asyncio.run(watch(house, runs, together))
    seconds = sorted(one for one in black if one is not None)
    print(f"noticed after, in seconds: {[round(one, 1) for one in seconds]}")
    usual = {
        "beside": "",
        "beside_value": None,
        "ratio": None,
        "command": COMMAND,
        "seed": None,
        "n": runs,
        "seconds": round(time.monotonic() - began, 1),
    }
    in_time = sum(one <= PROMISE_SECONDS for one in seconds)
    return [
        {
            "figure": f"black pictures that the other side reads of within {PROMISE_SECONDS:.0f} s",
            "unit": "runs",
            "ours": in_time,
            "goal": f"{runs} of {runs}",
            "holds": in_time == runs,
            **usual,
        },
        {
            "figure": "moving pictures that were called black, still or not there",
            "unit": "runs",
            "ours": sum(moving),
            "goal": "0",
            "holds": not any(moving),
            **usual,
        },
    ]


if __name__ == "__main__":
    end_together()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    print(json.dumps(figures(small=parser.parse_args().small), indent=1))
