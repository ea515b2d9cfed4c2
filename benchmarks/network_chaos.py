"""Calls in bad networks: how many go on without a press, and how soon.

Each call gets one of five kinds of trouble: five seconds of darkness, another address, a fifth of
all packets lost, its socket broken off, or a restart of the server. It recovers when both sides
have moving pictures and sound again, nobody pressed anything, and a switch on one side shows on the
other: both pages still sit in their seats. Counted is the time from the end of the trouble (for
another address: from the change) to the last second without picture or sound.

`TOGETHER` calls at a time share one weather. After it everybody leaves, and no seat of theirs may
be taken any more. The next calls are calls of their own: new pages, the waiting room, admission, a
new connection; people, meetings and browsers stay, since they are not what is tried.
"""

import argparse
import asyncio
import contextlib
import json
import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Browser
from playwright.async_api import Error as PlaywrightError

from benchmarks.leash import end_together
from benchmarks.two_lines import (
    Call,
    back_at,
    call,
    flowing,
    house_on_the_sky,
    looks,
    small_camera,
    two_browsers,
)
from benchmarks.weather import Sky, weather
from server.demo.installation import CannotStart
from server.store.rooms import DatabaseRegistry
from server.usecases.context import Parts
from tests.journeys.installation import Installation
from tests.journeys.steps import meet
from tests.journeys.windows import until

COMMAND = "python -m benchmarks.network_chaos"
KINDS = ("darkness", "address", "loss", "socket", "restart")
CALLS, SMALL_CALLS = 200, 10
TOGETHER = 4  # calls at a time, which share their weather: more than two cores draw in time
BEGUN_TOGETHER = 3
MOST_FAILED = 0.01
P95_SECONDS = 5.0
DARK_SECONDS, LOSS_SECONDS = 5.0, 10.0
LOSS = 0.2
NOTICED_SECONDS = 7.0  # a browser notices a dead line after about five
PATIENCE_SECONDS = 75.0
START_SECONDS = 300.0  # on a machine that does much else
EMPTY_SECONDS = 15.0  # from the last press on "leave" to two empty seats
# What a person would see if the page did not get through by itself.
_CALM = (
    "document.body.dataset.stage === 'talk'"
    " && !(document.querySelector('#notice')?.checkVisibility())"
)
_FLOWS = "looks.length > 5 && looks.at(-1)[2] > 10"
_DONE = "location.pathname.includes('/done')"
_MUTED = "document.querySelector('#banner').innerText.includes('geluid even uit')"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one call got through its trouble."""

    kind: str
    seconds: float | None  # None: it did not
    said: str = ""


async def trouble(kind: str, sky: Sky, house: Installation, number: int) -> float:
    """Let it happen; the moment from which recovery counts, in milliseconds since the epoch."""
    line = "ab"[number % 2]
    match kind:
        case "darkness":
            sky.change(line, dark=True)
            await asyncio.sleep(DARK_SECONDS)
        case "loss":
            sky.change(line, loss=LOSS)
            await asyncio.sleep(LOSS_SECONDS)
        case "socket":
            sky.change(line, cut=True)
            await asyncio.sleep(DARK_SECONDS)
        case "restart":
            await asyncio.to_thread(_restart, house)
        case _:
            sky.move(line, 3 + number % 200)
    sky.change(line)
    return time.time() * 1000


def _restart(house: Installation) -> None:
    """Stop the server and start it again; a busy machine takes longer than it should.

    Raises:
        CannotStart: it did not come back, twice.
    """
    house.stop()
    try:
        house.start(patience=START_SECONDS)
    except CannotStart as late:
        print(f"once more: {late}", flush=True)
        house.stop()
        house.start(patience=START_SECONDS)


async def outcome(one: Call, kind: str, began_ms: float, ended_ms: float) -> Outcome:
    """Watch a call until it flows again and both seats answer."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            seconds = await _flows(one, began_ms, ended_ms)
            await _seats_answer(one)
    except (TimeoutError, AssertionError, PlaywrightError) as failed:
        said = [str(await _said(window)) for window in one.windows]
        return Outcome(kind, None, f"{type(failed).__name__} {said}")
    return Outcome(kind, seconds)


async def _flows(one: Call, began_ms: float, ended_ms: float) -> float:
    earliest = ended_ms + NOTICED_SECONDS * 1000
    while True:
        seen = [await looks(window, began_ms) for window in one.windows]
        if time.time() * 1000 >= earliest and all(flowing(each) for each in seen):
            return max(0.0, max(back_at(each, began_ms) for each in seen) - ended_ms) / 1000
        await asyncio.sleep(0.5)


async def _seats_answer(one: Call) -> None:
    for window in one.windows:
        await until(window, _CALM, seconds=PATIENCE_SECONDS)
    for speaks, hears in (one.windows, one.windows[::-1]):
        await speaks.press("#toggle-microphone")
        await until(hears, _MUTED, seconds=PATIENCE_SECONDS)
        await speaks.press("#toggle-microphone")
        await until(hears, f"!({_MUTED})", seconds=PATIENCE_SECONDS)


async def _said(window: Any) -> object:  # noqa: ANN401 -- either kind of window
    try:
        return await window.evaluate(
            "document.body.dataset.stage + ': ' + document.querySelector('#banner').innerText"
            " + ' ' + peers.map((one) => one.connectionState + '/' + one.iceConnectionState)"
            " + ' the last looks: ' + JSON.stringify(looks.slice(-15))"
        )
    except PlaywrightError as gone:
        return gone


@dataclass(slots=True, kw_only=True)
class Crowd:
    """The people of `TOGETHER` talks, who call again and again."""

    house: Installation
    parts: Parts
    browsers: tuple[Browser, Browser]
    many: int
    running: list[Call | None] = field(default_factory=list)
    ghosts: int = 0

    async def call(self) -> list[Call]:
        """New calls, in which pictures flow both ways."""
        few = asyncio.Semaphore(BEGUN_TOGETHER)

        async def begin(before: Call | None) -> Call:
            async with few:
                return await self._begin(before)

        before = self.running or [None] * self.many
        calls = list(await asyncio.gather(*map(begin, before)))
        self.running = list(calls)
        return calls

    async def _begin(self, before: Call | None) -> Call:
        try:
            found = await self._flowing(before)
        except (AssertionError, PlaywrightError) as late:
            # A call that never began tells nothing of a bad network: other people try.
            print(f"begun once more: {str(late)[:200]}", flush=True)
            if before:
                await _close(before)
            found = await self._flowing(None)
        return found

    async def _flowing(self, before: Call | None) -> Call:
        if before is None:
            found = await call(self.house, self.parts, self.browsers)
        else:
            found = before
            address = f"{self.house.base}/talk/{before.talk.meeting}"
            await before.candidate.goto(address)
            await before.coach.goto(f"{address}?as=coach")
            await meet(before.candidate, before.coach)
        for window in found.windows:
            await until(window, _FLOWS, seconds=PATIENCE_SECONDS)
        return found

    async def leave(self, found: Sequence[Outcome]) -> None:
        """Everybody leaves; whose call was lost is replaced by others."""
        seats = DatabaseRegistry(self.parts.database, self.parts.now)

        async def one_leaves(one: Call, how: Outcome) -> Call | None:
            try:
                await one.coach.press("#leave")
                for window in one.windows:
                    await until(window, _DONE, seconds=PATIENCE_SECONDS)
            except (AssertionError, PlaywrightError) as stays:
                print(f"did not leave after {how.kind}: {str(stays)[:200]}", flush=True)
                await _close(one)
                return None
            self.ghosts += await _somebody_sits(seats, str(one.talk.meeting))
            return one

        calls = [one for one in self.running if one]
        leaving = (one_leaves(one, how) for one, how in zip(calls, found, strict=True))
        self.running = list(await asyncio.gather(*leaving))


async def _somebody_sits(seats: DatabaseRegistry, meeting: str) -> bool:
    """Whether a seat is still taken some time after both left."""
    until_ = time.monotonic() + EMPTY_SECONDS
    while time.monotonic() < until_:
        stored = await seats.load(meeting)
        if stored is None or stored.state.both_empty:
            return False
        await asyncio.sleep(0.5)
    return True


async def _close(one: Call) -> None:
    for window in one.windows:
        with contextlib.suppress(PlaywrightError):
            await window.close()


async def chaos(
    sky: Sky, house: Installation, calls: int, dice: random.Random
) -> tuple[list[Outcome], int]:
    """The outcomes of `calls` calls, `TOGETHER` at a time, as many of each kind; and ghosts."""
    rounds = max(len(KINDS), calls // TOGETHER)
    kinds = [KINDS[n % len(KINDS)] for n in range(rounds)]
    dice.shuffle(kinds)
    found: list[Outcome] = []
    began = time.monotonic()
    few = small_camera(house.folder)
    async with two_browsers(sky, few) as browsers, house.parts() as parts:
        many = math.ceil(calls / rounds)
        crowd = Crowd(house=house, parts=parts, browsers=browsers, many=many)
        for number, kind in enumerate(kinds):
            running = await crowd.call()
            now = await _round(sky, house, running, kind, number)
            found += now
            lost = [one.said for one in now if one.seconds is None]
            times = [one.seconds and round(one.seconds, 1) for one in now]
            took = time.monotonic() - began
            print(f"{number + 1}/{rounds} {kind}: {times}, {took:.0f} s", *lost, flush=True)
            await crowd.leave(now)
    return found, crowd.ghosts


async def _round(
    sky: Sky, house: Installation, running: Sequence[Call], kind: str, number: int
) -> list[Outcome]:
    began = time.time() * 1000
    ended = await trouble(kind, sky, house, number)
    if kind == "address":
        ended = began
    return list(await asyncio.gather(*(outcome(one, kind, began, ended) for one in running)))


def figures(*, small: bool = False, seed: int | None = None) -> list[dict[str, Any]]:
    """Three figures: calls that recovered, how soon after darkness, ghosts; prints the seed.

    Raises:
        NoWeather: not root, or no namespaces.
    """
    seed = random.randrange(2**32) if seed is None else seed  # noqa: S311 -- an order, no secret
    print(f"seed {seed}")
    began = time.monotonic()
    calls = SMALL_CALLS if small else CALLS
    # Who was together for long enough could not call again: the talk would be held.
    with weather(seed=seed) as sky, house_on_the_sky(held_seconds="100000") as house:
        dice = random.Random(seed)  # noqa: S311 -- the same
        found, ghosts = asyncio.run(chaos(sky, house, calls, dice))
    return _figures(found, ghosts, seed, round(time.monotonic() - began, 1))


def _figures(found: Sequence[Outcome], ghosts: int, seed: int, took: float) -> list[dict[str, Any]]:
    times = {kind: _seconds(found, kind) for kind in KINDS}
    for kind, seconds in times.items():
        print(kind, len(seconds), "of", sum(o.kind == kind for o in found), seconds)
    recovered = sum(one.seconds is not None for one in found)
    least = math.floor((1 - MOST_FAILED) * len(found))
    usual = {
        "beside": "",
        "beside_value": None,
        "ratio": None,
        "command": COMMAND,
        "seed": seed,
        "seconds": took,
    }
    recovered_row = {
        "figure": "calls that go on without a press in a bad network, both seats their own",
        "unit": "calls",
        "ours": recovered,
        "goal": f"at least {least} of {len(found)}",
        "holds": recovered >= least,
        "n": len(found),
    }
    ghosts_row = {
        "figure": "talks with a seat that is still taken after both left",
        "unit": "talks",
        "ours": ghosts,
        "goal": "0",
        "holds": ghosts == 0,
        "n": len(found),
    }
    return [row | usual for row in (recovered_row, _darkness(times["darkness"]), ghosts_row)]


def _darkness(seconds: Sequence[float]) -> dict[str, Any]:
    p95 = seconds[math.ceil(0.95 * len(seconds)) - 1] if seconds else math.inf
    return {
        "figure": f"picture and sound again after {DARK_SECONDS:.0f} s of darkness, p95",
        "unit": "s",
        "ours": round(p95, 2),
        "goal": f"under {P95_SECONDS:.0f} s",
        "holds": p95 < P95_SECONDS,
        "n": len(seconds),
    }


def _seconds(found: Sequence[Outcome], kind: str) -> list[float]:
    return sorted(one.seconds for one in found if one.kind == kind and one.seconds is not None)


if __name__ == "__main__":
    end_together()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    print(json.dumps(figures(small=given.small, seed=given.seed), indent=1))
