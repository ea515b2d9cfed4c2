"""What the talk itself weighs for a candidate, and whether it holds up a slow phone.

A candidate goes from the link into the talk with nothing in the cache; counted are the bytes of
script and style as they come over the line, all there is without the blur, which loads when asked.
The processor is slowed four times; counted is the longest task of the page's main thread after the
other came in view.
"""

import argparse
import asyncio
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.async_api import Request, async_playwright

from benchmarks.leash import end_together
from benchmarks.two_lines import window
from tests.journeys.installation import Installation, running_house
from tests.journeys.people import talk_now
from tests.journeys.steps import admit, coach_opens, in_talk, open_link, turn_on_and_enter
from tests.journeys.windows import CHROMIUM_ARGS, executable, until

COMMAND = "python -m benchmarks.call_smooth"
MOST_BYTES = 90_000
MOST_TASK_MS = 100.0
SLOWER = 4
WATCH_SECONDS, SMALL_SECONDS = 60.0, 10.0
HEAVY = ("script", "stylesheet")
_TASKS = """
(() => {
  window.tasks = [];
  new PerformanceObserver((list) => {
    for (const {duration} of list.getEntries()) window.tasks.push(duration);
  }).observe({type: 'longtask'});
})()
"""
_BUSY = """
setTimeout(() => { for (const t = performance.now(); performance.now() - t < 150;); })
"""


async def watch(house: Installation, seconds: float) -> tuple[int, list[float]]:
    """Bytes of script and style, and the long tasks after the join, in milliseconds."""
    path = executable("chromium", package="chromium")
    heavy: list[int] = []

    async def weigh(request: Request) -> None:
        if request.resource_type in HEAVY:
            # What comes out of the cache is told as less than nothing.
            heavy.append(max(0, (await request.sizes())["responseBodySize"]))

    async with async_playwright() as playwright, house.parts() as parts:
        # Two browsers: the slow phone does not pay for the coach's side.
        phone, desk = [
            await playwright.chromium.launch(executable_path=path, args=list(CHROMIUM_ARGS))
            for _ in range(2)
        ]
        talk = await talk_now(parts, house.planner)
        link = house.invitation_in(await house.mail_about(talk.pair.email, talk.starts_at))
        candidate, coach = await window(phone), await window(desk)
        candidate.page.on("requestfinished", weigh)
        await open_link(candidate, link)
        await coach_opens(coach, parts, talk.pair.coach, talk.meeting)
        await turn_on_and_enter(candidate)
        await turn_on_and_enter(coach)
        slow = await candidate.context.new_cdp_session(candidate.page)
        await slow.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        await admit(coach)
        await in_talk(candidate, coach)
        await until(candidate, "looks.length > 0 && looks.at(-1)[2] > 10", seconds=60)
        await candidate.evaluate(_TASKS)
        # A task of our own first, so that silence means smoothness and not deafness.
        await candidate.evaluate(_BUSY)
        await until(candidate, "tasks.length > 0")
        await candidate.evaluate("tasks.length = 0")
        await asyncio.sleep(seconds)
        tasks: list[float] = await candidate.evaluate("tasks")
        for browser in (phone, desk):
            await browser.close()
    return sum(heavy), tasks


def figures(*, small: bool = False) -> list[dict[str, Any]]:
    """Two figures of one talk."""
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="tweespraak-bench-") as folder,
        running_house(Path(folder)) as house,
    ):
        heavy, tasks = asyncio.run(watch(house, SMALL_SECONDS if small else WATCH_SECONDS))
    print(f"tasks over 50 ms: {sorted(map(round, tasks))}")
    longest = max(tasks, default=0.0)
    usual = {
        "beside": "",
        "beside_value": None,
        "ratio": None,
        "command": COMMAND,
        "seed": None,
        "n": 1,
        "seconds": round(time.monotonic() - began, 1),
    }
    return [
        {
            "figure": "script and style of the whole talk without blur, compressed",
            "unit": "B",
            "ours": heavy,
            "goal": f"at most {MOST_BYTES} B",
            "holds": 0 < heavy <= MOST_BYTES,
            **usual,
        },
        {
            "figure": f"longest task after the join, processor {SLOWER} times slower",
            "unit": "ms",
            "ours": round(longest),
            "goal": f"at most {MOST_TASK_MS:.0f} ms",
            "holds": longest <= MOST_TASK_MS,
            **usual,
        },
    ]


if __name__ == "__main__":
    end_together()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    print(json.dumps(figures(small=parser.parse_args().small), indent=1))
