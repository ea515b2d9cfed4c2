"""From "Het lukt niet" to three times at a location on the candidate's screen (rule R19).

A candidate and a coach talk in two browsers; the candidate presses. Counted in the candidate's own
page, from the press to the moment the third time can be seen, and in the coach's page to the
telephone number. After each round the coach says that it worked after all, and they begin anew.
"""

import argparse
import asyncio
import json
import math
import time as clock
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time
from typing import Any
from uuid import uuid4

from playwright.sync_api import BrowserContext, Page

from benchmarks.installation import Running, running_installation
from benchmarks.leash import end_together
from benchmarks.two_windows import (
    PATIENCE_MS,
    candidate_window,
    chromium,
    coach_window,
    enter,
)
from server.demo.opening import opened
from server.demo.people import PLANNER
from server.demo.seeding import as_actor
from server.store import people
from server.store.meetings import meeting_by_id
from server.usecases.availability import save_hours
from server.usecases.context import Parts, PlaceId, StaffId
from server.usecases.failing import dismiss_failure
from server.usecases.hours import HoursLine

COMMAND = "python -m benchmarks.fallback_time"
GOAL_MS = 3_000
COACH_GOAL_MS = 1_000
ROUNDS = 30
SMALL_ROUNDS = 3

# Moments are counted from the epoch, so that those of two pages can be compared.
_NOTE_PRESS = """
() => {
  const now = () => performance.timeOrigin + performance.now();
  document.querySelector('#stage-talk [data-trouble]').addEventListener(
    'click', () => { window.pressedAt = now(); }, {capture: true, once: true});
}
"""
_NOTE_SIGHT = """
(sight) => {
  const now = () => performance.timeOrigin + performance.now();
  const count = () => [...document.querySelectorAll(sight.selector)]
    .filter((one) => one.checkVisibility()).length;
  window.seenAt = new Promise((seen) => {
    const look = () => count() >= sight.least ? seen(now()) : requestAnimationFrame(look);
    look();
  });
}
"""
_TIMES = {"selector": "#fallback .pick", "least": 3}
_NUMBER = {"selector": "#stage-fallback", "least": 1}


def one_round(
    candidates: BrowserContext, coaches: BrowserContext, house: Running
) -> tuple[float, float]:
    """Milliseconds to the candidate's three times, and to the coach's number."""
    address = f"{house.base_url}/talk/{house.meeting}"
    candidate, coach = enter(candidates, address), enter(coaches, f"{address}?as=coach")
    coach.click("#admit", timeout=PATIENCE_MS)
    for page in (candidate, coach):
        page.wait_for_selector("#stage-talk", state="visible", timeout=PATIENCE_MS)
    candidate.evaluate(_NOTE_PRESS)
    candidate.evaluate(_NOTE_SIGHT, _TIMES)
    coach.evaluate(_NOTE_SIGHT, _NUMBER)
    candidate.click("#stage-talk [data-trouble]")
    times, number = (_seen(page) for page in (candidate, coach))
    pressed: float = candidate.evaluate("() => window.pressedAt")
    for page in (candidate, coach):
        page.close()
    return times - pressed, number - pressed


def _seen(page: Page) -> float:
    seen: float = page.evaluate("() => window.seenAt")
    return seen


def _with_parts(house: Running, work: Callable[[Parts], Awaitable[None]]) -> None:
    """Run a use case beside the browsers, whose own event loop this thread is in."""

    async def run() -> None:
        async with opened(house.settings, lambda: datetime.now(UTC)) as parts:
            await work(parts)

    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, run()).result()


async def _open_hours(parts: Parts, house: Running) -> None:
    """Let the coach of the talk work at a location every day."""
    async with parts.database.read() as tx:
        room = (await people.rooms(tx))[0]
        talk = await meeting_by_id(tx, house.meeting)
    assert talk is not None
    place = PlaceId(room.place_id)
    week = [HoursLine(weekday=day, opens=time(8), closes=time(20), place=place) for day in range(7)]
    await save_hours(
        parts,
        as_actor(house.seeded.planner, PLANNER),
        StaffId(talk.coach_id),
        week,
        before_minutes=0,
        after_minutes=0,
        talks_a_day=None,
        key=uuid4().hex,
        now=parts.now(),
    )


async def _open_again(parts: Parts, house: Running) -> None:
    planner = as_actor(house.seeded.planner, PLANNER)
    await dismiss_failure(
        parts, planner, house.meeting, reason="figure", key=uuid4().hex, now=parts.now()
    )


def p95(values: list[float]) -> float:
    """The value that 95 of 100 stay below (nearest rank)."""
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


def measure(rounds: int) -> tuple[list[float], list[float]]:
    """All times to the candidate's screen and to the coach's, after one round to warm up."""
    times, numbers = [], []
    with running_installation() as house, chromium() as browser:
        _with_parts(house, lambda parts: _open_hours(parts, house))
        candidates, coaches = candidate_window(browser, house), coach_window(browser, house)
        for number in range(rounds + 1):
            to_times, to_number = one_round(candidates, coaches, house)
            _with_parts(house, lambda parts: _open_again(parts, house))
            if number:
                times.append(to_times)
                numbers.append(to_number)
    return times, numbers


def figures(*, small: bool = False) -> list[dict[str, Any]]:
    """Two figures of the same presses: the candidate's times, and the coach's number."""
    rounds = SMALL_ROUNDS if small else ROUNDS
    began = clock.monotonic()
    times, numbers = measure(rounds)
    seconds = round(clock.monotonic() - began, 1)
    return [
        _figure("press to three times at a location, p95", times, GOAL_MS, seconds),
        _figure("press to the number on the coach's screen, p95", numbers, COACH_GOAL_MS, seconds),
    ]


def _figure(name: str, taken: list[float], goal: int, seconds: float) -> dict[str, Any]:
    ours = round(p95(taken))
    return {
        "figure": name,
        "unit": "ms",
        "ours": ours,
        "beside": "",
        "beside_value": None,
        "ratio": None,
        "goal": f"under {goal} ms",
        "holds": ours < goal,
        "command": COMMAND,
        "seed": None,
        "n": len(taken),
        "seconds": seconds,
    }


if __name__ == "__main__":
    end_together()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    print(json.dumps(figures(small=parser.parse_args().small), indent=1))
