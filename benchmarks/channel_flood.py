"""What a page bears of the other's channel: thousands of lines, then pieces of 250 kB (T11, T12).

A browser sends no piece of 1 MB over a channel; the largest that it sends are tried instead. One
person's page does not keep to anything and pushes as fast as its channel takes it; measured is the
other's page, with the panel in view where every line is drawn: its longest task, the longest time
without a new picture of the other, and how much memory is left taken.
"""

import argparse
import asyncio
import json
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import CDPSession, async_playwright

from benchmarks.leash import end_together
from benchmarks.two_lines import window
from tests.journeys.channels import FLOOD, KEEP_CHANNELS
from tests.journeys.installation import Installation, running_house
from tests.journeys.pictures import see_each_other
from tests.journeys.steps import in_the_middle
from tests.journeys.windows import CHROMIUM_ARGS, ChromiumWindow, executable, until

COMMAND = "python -m benchmarks.channel_flood"
LINES, PIECES = 20_000, 500
SMALL_LINES, SMALL_PIECES = 3_000, 100
MOST_TASK_MS, MOST_GAP_MS, MOST_BYTES = 100.0, 1_000.0, 10_000_000
_WATCH = """
(() => {
  window.tasks = [];
  window.gap = 0;
  new PerformanceObserver((list) => {
    for (const {duration} of list.getEntries()) window.tasks.push(duration);
  }).observe({type: 'longtask'});
  const video = document.querySelector('#remote');
  let last = performance.now();
  const next = (now) => {
    window.gap = Math.max(window.gap, now - last);
    last = now;
    video.requestVideoFrameCallback(next);
  };
  video.requestVideoFrameCallback(next);
})()
"""
_PANEL = "document.querySelector('#together').checkVisibility()"
_CLOSED = "document.querySelector('#together-notice').textContent.includes('te veel tegelijk')"


@dataclass(frozen=True, slots=True, kw_only=True)
class Borne:
    """What became of the page that was flooded; times in milliseconds."""

    sent: int
    task: float
    gap: float
    kept: int  # bytes


async def flood(house: Installation, lines: int, pieces: int) -> Borne:
    """One talk in which the candidate's page floods the coach's."""
    path = executable("chromium", package="chromium")
    async with async_playwright() as playwright, house.parts() as parts:
        browsers = [
            await playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGS))
            for _ in range(2)
        ]
        candidate, coach = [await window(browser) for browser in browsers]
        await candidate.context.add_init_script(KEEP_CHANNELS)
        await in_the_middle(house, parts, candidate, coach)
        await coach.press("#more")
        await until(coach, _PANEL)
        asked = await coach.context.new_cdp_session(coach.page)
        before = await _memory(asked)
        await coach.evaluate(_WATCH)
        sent = (await candidate.evaluate(FLOOD.format(lines=lines, pieces=pieces)))["sent"]
        await until(coach, _CLOSED)
        await see_each_other(candidate, coach)
        borne = await _borne(coach, sent, await _memory(asked) - before)
        for browser in browsers:
            await browser.close()
    return borne


async def _borne(coach: ChromiumWindow, sent: int, kept: int) -> Borne:
    tasks: list[float] = await coach.evaluate("tasks")
    gap = float(await coach.evaluate("gap"))
    return Borne(sent=sent, task=max(tasks, default=0.0), gap=gap, kept=kept)


async def _memory(asked: CDPSession) -> int:
    """Bytes of script and what it holds, after what nobody holds was thrown away."""
    await asked.send("HeapProfiler.collectGarbage")
    used = await asked.send("Runtime.getHeapUsage")
    return int(used["usedSize"]) + int(used.get("backingStorageSize", 0))


def figures(*, small: bool = False) -> list[dict[str, Any]]:
    """Three figures of one talk."""
    began = time.monotonic()
    lines, pieces = (SMALL_LINES, SMALL_PIECES) if small else (LINES, PIECES)
    with (
        tempfile.TemporaryDirectory(prefix="tweespraak-bench-") as folder,
        running_house(Path(folder)) as house,
    ):
        borne = asyncio.run(flood(house, lines, pieces))
    usual = {
        "beside": "",
        "beside_value": None,
        "ratio": None,
        "command": COMMAND,
        "seed": None,
        "n": borne.sent,
        "seconds": round(time.monotonic() - began, 1),
    }
    measured = (
        ("longest task", "ms", borne.task, MOST_TASK_MS),
        ("longest time without a new picture", "ms", borne.gap, MOST_GAP_MS),
        ("memory left taken", "B", borne.kept, MOST_BYTES),
    )
    return [
        {
            "figure": f"{what} of a page whose channel is flooded",
            "unit": unit,
            "ours": round(value),
            "goal": f"at most {most:.0f} {unit}",
            "holds": value <= most,
            **usual,
        }
        for what, unit, value, most in measured
    ]


if __name__ == "__main__":
    end_together()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="a quick look, no claim")
    print(json.dumps(figures(small=parser.parse_args().small), indent=1))
