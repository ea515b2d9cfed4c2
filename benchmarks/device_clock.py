"""A talk of somebody whose device has a clock that is hours wrong, in a real Chromium.

python -m benchmarks.device_clock [--small]

The candidate's whole Chromium sees another time than the server and the coach (`wrong_clock`): the
program itself keeps its cookies, its timers and its pages by that clock. The candidate tries the
device, comes in by the link, reads that the coach is late, talks, switches the camera off until the
coach reads that nobody is seen, loads the page again in the middle, and says how it was. What does
not come to pass under a clock is told.
"""

import argparse
import asyncio
import contextlib
import json
import os
import tempfile
import time as clock
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Playwright, async_playwright

from benchmarks.leash import end_together
from benchmarks.two_lines import window
from benchmarks.wrong_clock import WrongClock, compiled_shim
from server.usecases.context import Parts
from tests.journeys.installation import Installation, running_house
from tests.journeys.people import talk_now
from tests.journeys.pictures import see_each_other
from tests.journeys.steps import (
    BANNER,
    WAITING,
    admit,
    coach_opens,
    come_back,
    in_talk,
    open_link,
    turn_on_and_enter,
)
from tests.journeys.windows import CHROMIUM_ARGS, ChromiumWindow, executable, shown, until

COMMAND = "python -m benchmarks.device_clock"
HOUR = 3600.0
SKEWS = (5 * HOUR, -5 * HOUR, 26 * HOUR, -26 * HOUR)  # seconds that the device is ahead
OFF_BY = 60.0  # seconds: how near the page's clock is to what it was told to be
_NOT_SEEN = "document.querySelector('#banner').textContent.startsWith('U ziet')"
_ARRIVED = "document.querySelector('#waiting-news').checkVisibility()"


@dataclass(slots=True)
class Tally:
    """What was done under which clock, and what did not come to pass."""

    steps: int = 0
    wrong: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """One talk of a candidate with a wrong clock."""

    house: Installation
    parts: Parts
    candidate: ChromiumWindow
    coach: ChromiumWindow
    seconds: float  # that the candidate's device is ahead
    tally: Tally

    async def whole(self) -> None:
        """From the test of the device to the face after the talk; ends at the first that fails."""
        talk = await talk_now(self.parts, self.house.planner)
        mail = await self.house.mail_about(talk.pair.email, talk.starts_at)
        link = self.house.invitation_in(mail)
        steps = (
            ("the clock is wrong", self._is_wrong(link)),
            ("the device is tried, and remembered", self._tries(link)),
            ("the candidate comes in by the link and waits", self._waits(link)),
            (
                "the coach comes, and is late",
                self._coach_is_late(talk.pair.coach, talk.meeting),
            ),
            ("both see each other", self._talk()),
            ("a camera that is off is told to the coach", self._camera()),
            ("the page is loaded again in the middle", self._again()),
            ("the candidate says how it was", self._after()),
        )
        for number, (name, step) in enumerate(steps):
            self.tally.steps += 1
            try:
                await step
            except Exception as failed:  # noqa: BLE001 -- whatever it is, it is a figure
                self.tally.wrong.append(f"{self.seconds / HOUR:+.0f} h: {name}: {failed}")
                for _, left in steps[number + 1 :]:
                    left.close()
                return

    async def _is_wrong(self, link: str) -> None:
        await self.candidate.goto(link)
        off = float(await self.candidate.evaluate("Date.now() / 1000")) - clock.time()
        assert abs(off - self.seconds) < OFF_BY, f"the page is {off:.0f} s ahead"

    async def _tries(self, link: str) -> None:
        await self.candidate.goto(f"{link}/test")
        await self.candidate.press("#turn-on")
        for question in ("#test-see", "#test-speak", "#test-hear"):
            await self.candidate.press(f"{question} [data-answer=yes]")
        await self.candidate.press("#test-passed a")
        await until(
            self.candidate,
            "document.querySelector('#try-out')?.innerText.includes('Dit apparaat werkt')",
        )

    async def _waits(self, link: str) -> None:
        await open_link(self.candidate, link)
        await turn_on_and_enter(self.candidate)
        await shown(self.candidate, WAITING)

    async def _coach_is_late(self, coach: Any, meeting: Any) -> None:  # noqa: ANN401 -- ids, passed on
        await coach_opens(self.coach, self.parts, coach, meeting)
        await turn_on_and_enter(self.coach)
        await self.coach.press(f"#late-{meeting}-5")
        await until(self.candidate, _ARRIVED)

    async def _talk(self) -> None:
        await admit(self.coach)
        await in_talk(self.candidate, self.coach)
        await see_each_other(self.candidate, self.coach)

    async def _camera(self) -> None:
        await self.candidate.press("#toggle-camera")
        await until(self.coach, _NOT_SEEN)
        await self.candidate.press("#toggle-camera")
        for one in (self.candidate, self.coach):
            await until(one, f"!({BANNER})")

    async def _again(self) -> None:
        await self.candidate.reload()
        await come_back(self.candidate)
        await see_each_other(self.candidate, self.coach)

    async def _after(self) -> None:
        await self.candidate.press("#leave")
        await until(self.candidate, "location.pathname.endsWith('/done')")
        await self.candidate.press("#mood-end button[value=good]")
        await until(
            self.candidate,
            "!!document.querySelector('#mood-end button[value=good][aria-pressed=true]')",
        )


def figures(*, small: bool = False) -> list[dict[str, Any]]:
    """Steps of talks that do not hold under a wrong clock."""
    began = clock.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="tweespraak-bench-") as folder,
        running_house(Path(folder)) as house,
    ):
        tally = asyncio.run(_look(house, SKEWS[:1] if small else SKEWS))
    print(*tally.wrong, sep="\n")
    return [
        {
            "figure": "steps of a talk that fail where the device's clock is 5 and 26 hours wrong",
            "unit": "steps",
            "ours": len(tally.wrong),
            "beside": "the server's clock",
            "beside_value": 0,
            "ratio": None,
            "goal": "0",
            "holds": not tally.wrong and tally.steps > 0,
            "command": COMMAND,
            "seed": None,
            "n": tally.steps,
            "seconds": round(clock.monotonic() - began, 1),
        }
    ]


async def _look(house: Installation, skews: tuple[float, ...]) -> Tally:
    tally, shim = Tally(), compiled_shim(house.folder)
    async with async_playwright() as playwright, house.parts() as parts:
        for number, seconds in enumerate(skews):
            wrong = WrongClock(house.folder, shim, str(number))
            wrong.be_ahead(seconds)
            async with (
                _person(playwright, wrong.env) as candidate,
                _person(playwright, {}) as coach,
            ):
                people = {"candidate": candidate, "coach": coach}
                walk = Walk(house=house, parts=parts, seconds=seconds, tally=tally, **people)
                await walk.whole()
            print(f"{seconds / HOUR:+.0f} h: {tally.steps} steps so far", flush=True)
    return tally


@contextlib.asynccontextmanager
async def _person(
    playwright: Playwright, clock_env: dict[str, str]
) -> AsyncIterator[ChromiumWindow]:
    """A window in a Chromium of its own, which lives by this clock."""
    path = executable("chromium", package="chromium")
    browser = await playwright.chromium.launch(
        executable_path=path, args=list(CHROMIUM_ARGS), env={**os.environ, **clock_env}
    )
    try:
        yield await window(browser)
    finally:
        await browser.close()


if __name__ == "__main__":
    end_together()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    print(json.dumps(figures(small=parser.parse_args().small), indent=1))
