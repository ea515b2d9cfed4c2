"""A calendar that flaps five hundred times, and ten thousand steps of people and a faulty server.

python -m benchmarks.calendar_flaps [--small] [--seed N]

The real sync process works on the stand-in, which fails at chosen requests; some of the flaps are
the process itself, killed at a request. After each, two calm rounds must make everything right;
the judge is the server's memory and our tables. The clock is ours, so that pauses cost no time.
Then ten thousand steps twice: of people who keep to what is theirs, and of people who also move,
cancel and remove our events while planners move and cancel the meetings.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypothesis import settings

from benchmarks.leash import end_together
from benchmarks.steps import take_steps
from calendar_sync.reading_pool import ReadingPool
from server.store.migrate import migrate
from tests.calendar_life import Life, life
from tests.calendar_machine import FLAPS, CalendarMachine, fresh_parts, quietly, run_machine
from tests.calendar_wishing import WishingMachine
from tests.conftest import Clock
from tests.stand_in.quirks import Flap

COMMAND = "python -m benchmarks.calendar_flaps"
FLAPS_WANTED, SMALL_FLAPS = 500, 40
STEPS, SMALL_STEPS, STEPS_A_RUN = 10_000, 200, 50
RUNS_A_TURN = 5  # so many, and it is told how far it is
KILLED_EVERY = 25  # one round in so many is a process that is killed
SEED = 20_270_304
TOLD_EVERY = 10.0  # seconds


@dataclass(slots=True)
class Tally:
    """What came of the flaps."""

    dealt: Counter[str] = field(default_factory=Counter)
    rounds: Counter[int] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    unsettled: list[str] = field(default_factory=list)
    mails_too_many: int = 0

    @property
    def flaps(self) -> int:
        """How many befell the calendar."""
        return self.dealt.total()


async def flap(wanted: int, seed: int, folder: Path) -> Tally:
    """Flaps of all kinds in turn, one to three a round, with changes of all three writers."""
    chance = random.Random(seed)  # noqa: S311 -- a seed that can be repeated
    tally, clock = Tally(), Clock()
    async with (
        fresh_parts(folder / "empty.sqlite3", folder / "house", clock) as parts,
        ReadingPool() as reader,
        life(parts, clock, reader, seed) as house,
    ):
        told = _Told("flaps", wanted)
        number = 0
        while tally.flaps < wanted:
            number += 1
            for _ in range(chance.randint(1, 3)):
                await house.plan()
            for _ in range(chance.randint(0, 3)):
                house.person_acts(chance.randint(1, 2))
            if number % KILLED_EVERY == 0:
                for _ in range(4):  # enough to do for a process that is killed at a request
                    await house.plan()
                tally.dealt["killed"] += await house.kill(folder, chance.randint(1, 4))
            else:
                await _round(house, tally, chance.sample(FLAPS, chance.randint(1, 3)))
            tally.doubled += len(house.doubled())
            await _settle(house, tally)
            told.now(tally.flaps)
    return tally


class _Told:
    """How far it is, on standard error, at most every few seconds."""

    def __init__(self, what: str, most: int) -> None:
        self._what, self._most = what, most
        self._began = self._before = time.monotonic()

    def now(self, done: int) -> None:
        """So many are done."""
        at = time.monotonic()
        if at - self._before >= TOLD_EVERY or done >= self._most:
            self._before = at
            said = f"{done} of {self._most} {self._what}, {at - self._began:.0f} s"
            print(said, file=sys.stderr, flush=True)


async def _round(house: Life, tally: Tally, flaps: list[Flap]) -> None:
    before = len(house.calendar.server.seen)
    await house.flap(*flaps)
    tally.dealt.update(str(seen.flap) for seen in house.calendar.server.seen[before:] if seen.flap)


async def _settle(house: Life, tally: Tally) -> None:
    rounds, wrong = await house.settle()
    tally.rounds[rounds] += 1
    tally.lost += sum(one.startswith("lost") for one in wrong)
    tally.doubled += sum(one.startswith("doubled") for one in wrong)
    if wrong:
        tally.unsettled += wrong
        await house.settle(most=6)  # so that each is told once
    tally.mails_too_many = max(tally.mails_too_many, len(house.sink.taken) - house.mails_allowed)


def figures(*, small: bool = False, seed: int = SEED) -> Iterator[dict[str, Any]]:
    """What was lost, doubled or mailed too often, and steps without a fault: each when known."""
    wanted, steps = (SMALL_FLAPS, SMALL_STEPS) if small else (FLAPS_WANTED, STEPS)
    with tempfile.TemporaryDirectory(prefix="tweespraak-flaps-") as name, quietly():
        folder = Path(name)
        template = folder / "empty.sqlite3"
        asyncio.run(migrate(f"sqlite+aiosqlite:///{template}"))
        yield from _flapped(wanted, seed, folder)
        yield _machine(template, steps, CalendarMachine, "random steps", seed)
        yield _machine(
            template, steps, WishingMachine, "steps of people who also move and remove ours", seed
        )


def _flapped(wanted: int, seed: int, folder: Path) -> Iterator[dict[str, Any]]:
    began = time.monotonic()
    tally = asyncio.run(flap(wanted, seed, folder))
    shared = {"n": tally.flaps, "seconds": round(time.monotonic() - began, 1)}
    shared |= {"dealt": dict(tally.dealt), "rounds": dict(tally.rounds)}
    print(*tally.unsettled, sep="\n")
    yield _count(f"lost after {wanted} flaps", "meetings or notes", tally.lost, seed, shared)
    yield _count(f"doubled after {wanted} flaps", "meetings", tally.doubled, seed, shared)
    yield _count("not right after two calm rounds", "things", len(tally.unsettled), seed, shared)
    yield _count("mails beyond one a change", "mails", tally.mails_too_many, seed, shared)


def _machine(
    template: Path, steps: int, machine: type[CalendarMachine], what: str, seed: int
) -> dict[str, Any]:
    began = time.monotonic()

    def turn(limits: settings, own_seed: int) -> Counter[str]:
        return run_machine(template, limits, machine, seed=own_seed)

    taken, fault = take_steps(
        turn,
        steps,
        seed=seed,
        runs=RUNS_A_TURN,
        steps_a_run=STEPS_A_RUN,
        told=_Told("steps", steps).now,
    )
    shared = {"n": taken.total(), "seconds": round(time.monotonic() - began, 1)}
    shared |= {"fault": fault, "dealt": dict(taken)}
    return _count(f"faults in {steps} {what}", "faults", int(bool(fault)), seed, shared)


def _count(
    figure: str, unit: str, found: int, seed: int | None, shared: dict[str, Any]
) -> dict[str, Any]:
    return {
        "figure": figure,
        "unit": unit,
        "ours": found,
        "beside": "",
        "beside_value": None,
        "ratio": None,
        "goal": "0",
        "holds": found == 0,
        "command": COMMAND,
        "seed": seed,
        **shared,
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--small", action="store_true", help="a quick look, no claim")
    options.add_argument("--seed", type=int, default=SEED)
    given = options.parse_args()
    for figure in figures(small=given.small, seed=given.seed):
        print(json.dumps(figure), flush=True)


if __name__ == "__main__":
    end_together()
    main()
