"""A talk over a thin line: 400 kbit/s each way, and every twentieth packet lost.

Both people's pages note five times a second what reached them. Counted are the longest time
without a packet of sound, and of the picture the lines and the pictures a second, in stretches of
five seconds; the middle stretch of the worse side is told.
"""

import argparse
import asyncio
import json
import random
import statistics
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.leash import end_together
from benchmarks.two_lines import Look, call, house_on_the_sky, looks, two_browsers
from benchmarks.weather import Sky, weather
from tests.journeys.installation import Installation
from tests.journeys.windows import until

COMMAND = "python -m benchmarks.thin_line"
KBPS, LOSS = 400.0, 0.05
SETTLE_SECONDS = 20.0
WATCH_SECONDS, SMALL_SECONDS = 120.0, 30.0
STRETCH_MS = 5_000
MOST_SILENT_SECONDS = 1.0
LEAST_LINES, LEAST_PICTURES = 240, 15.0


def longest_silence(seen: Sequence[Look]) -> float:
    """Seconds without a packet of sound, at most."""
    longest, heard = 0.0, seen[0]
    for look in seen:
        if look.sound > heard.sound:
            longest, heard = max(longest, look.at_ms - heard.at_ms), look
    return max(longest, seen[-1].at_ms - heard.at_ms) / 1000


def stretches(seen: Sequence[Look]) -> list[tuple[int, float]]:
    """Lines, and pictures a second, of each stretch."""
    found = []
    first = seen[0]
    for look in seen:
        if look.at_ms - first.at_ms >= STRETCH_MS:
            rate = (look.pictures - first.pictures) * 1000 / (look.at_ms - first.at_ms)
            found.append((look.lines, rate))
            first = look
    return found


async def watch(sky: Sky, house: Installation, seconds: float) -> list[list[Look]]:
    """What reached the two while the line was thin, after it had time to settle."""
    async with two_browsers(sky) as browsers, house.parts() as parts:
        one = await call(house, parts, browsers)
        for window in one.windows:
            await until(window, "looks.length > 5 && looks.at(-1)[2] > 10")
        sky.change("a", kbps=KBPS, loss=LOSS)
        await asyncio.sleep(SETTLE_SECONDS)
        since = time.time() * 1000
        await asyncio.sleep(seconds)
        return [await looks(window, since) for window in one.windows]


def figures(*, small: bool = False, seed: int | None = None) -> list[dict[str, Any]]:
    """Three figures of one talk: silence, lines, pictures a second; prints the seed.

    Raises:
        NoWeather: not root, or no namespaces.
    """
    seed = random.randrange(2**32) if seed is None else seed  # noqa: S311 -- weather, no secret
    print(f"seed {seed}")
    began = time.monotonic()
    with weather(seed=seed) as sky, house_on_the_sky() as house:
        sides = asyncio.run(watch(sky, house, SMALL_SECONDS if small else WATCH_SECONDS))
    return _figures(sides, seed, round(time.monotonic() - began, 1))


def _figures(sides: Sequence[Sequence[Look]], seed: int, took: float) -> list[dict[str, Any]]:
    silent = max(longest_silence(side) for side in sides)
    parts = [stretches(side) for side in sides]
    print("lines and pictures a second:", parts)
    lines = min(statistics.median_low(lines for lines, _ in part) for part in parts)
    rate = min(statistics.median(rate for _, rate in part) for part in parts)
    usual = {
        "beside": "",
        "beside_value": None,
        "ratio": None,
        "command": COMMAND,
        "seed": seed,
        "n": sum(len(part) for part in parts),
        "seconds": took,
    }
    line = f"at {KBPS:.0f} kbit/s and {LOSS:.0%} lost"
    rows = (
        ("longest time without sound", "s", round(silent, 2), f"at most {MOST_SILENT_SECONDS} s"),
        ("lines of the picture", "lines", lines, f"at least {LEAST_LINES}"),
        ("pictures a second", "1/s", round(rate, 1), f"at least {LEAST_PICTURES}"),
    )
    holds = (silent <= MOST_SILENT_SECONDS, lines >= LEAST_LINES, rate >= LEAST_PICTURES)
    return [
        {"figure": f"{what} {line}", "unit": unit, "ours": ours, "goal": goal, "holds": held}
        | usual
        for (what, unit, ours, goal), held in zip(rows, holds, strict=True)
    ]


if __name__ == "__main__":
    end_together()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    print(json.dumps(figures(small=given.small, seed=given.seed), indent=1))
