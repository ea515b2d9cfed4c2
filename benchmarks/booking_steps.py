"""A million random steps of booking beside a model in memory: no answer may be another.

python -m benchmarks.booking_steps [--small] [--seed N] [--steps N]

Book, book again with the same key, hold, choose, move, cancel, let time pass, and a coach's own
calendar that changes, through the use cases, half of the steps on SQLite and half on PostgreSQL,
side by side. A model that knows only what overlaps foresees each answer; after each step the table
has to hold what the model holds, and at the end of each run of a hundred steps raw SQL looks for
overlaps, and each appointment has one link that opens. Hypothesis chooses the steps; a fault is
printed with its seed and its steps.
"""

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
from hypothesis import settings

from benchmarks.leash import end_together
from benchmarks.steps import take_steps
from server.config import Settings
from server.store.migrate import migrate
from tests.booking_machine import run_machine
from tests.servers import postgres_cluster

COMMAND = "python -m benchmarks.booking_steps"
STEPS, SMALL_STEPS = 1_000_000, 400  # of both databases together
STEPS_A_RUN, RUNS_A_TURN = 100, 10  # so many runs, and it is told how far it is
DATABASES = ("sqlite", "postgresql")
SEED = 20_270_306


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What came of the steps on one database."""

    steps: dict[str, int]
    fault: str
    seconds: float


def figures(
    *, small: bool = False, seed: int = SEED, steps: int | None = None
) -> list[dict[str, Any]]:
    """One figure a database: faults."""
    each = (steps or (SMALL_STEPS if small else STEPS)) // len(DATABASES)
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(DATABASES), mp_context=fresh) as side_by_side:
        found = list(side_by_side.map(take, DATABASES, [each] * 2, [seed] * 2))
    return [_figure(*one, seed) for one in zip(DATABASES, found, strict=True)]


def take(database: str, steps: int, seed: int) -> Taken:
    """Take at least so many steps on one database, unless one of them is wrong."""
    began = time.monotonic()

    def told(taken: int) -> None:
        said = f"{database}: {taken} of {steps} steps, {time.monotonic() - began:.0f} s"
        print(said, file=sys.stderr, flush=True)

    with _empty(database) as (options, folder):

        def turn(limits: settings, own_seed: int) -> Counter[str]:
            with _fresh(options, folder) as own:
                return run_machine(own, limits, seed=own_seed, folder=folder)

        taken, fault = take_steps(
            turn, steps, seed=seed, runs=RUNS_A_TURN, steps_a_run=STEPS_A_RUN, told=told
        )
    said = f"{database}, {fault}" if fault else ""
    return Taken(steps=dict(taken), fault=said, seconds=time.monotonic() - began)


@contextlib.contextmanager
def _empty(database: str) -> Iterator[tuple[Settings, Path]]:
    """Somewhere for copies, in memory where there is such a place, and a server."""
    memory = Path("/dev/shm")  # noqa: S108 -- a folder with a name of its own is made in it
    home = memory if memory.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="tweespraak-steps-", dir=home) as name:
        folder = Path(name)
        if database == "sqlite":
            yield Settings(data_dir=folder), folder
        else:
            with postgres_cluster() as address:
                yield Settings(data_dir=folder, database_url=address), folder


@contextlib.contextmanager
def _fresh(options: Settings, folder: Path) -> Iterator[Settings]:
    """A migrated database without anybody in it, for one turn."""
    name = f"turn_{uuid4().hex}"
    if not options.database_url:
        own = Settings(data_dir=folder / name)
        own.data_dir.mkdir()
        asyncio.run(migrate(own.sqlalchemy_url))
        yield own
        shutil.rmtree(own.data_dir)
        return
    asyncio.run(_say(options.database_url, f'CREATE DATABASE "{name}"'))
    base = options.database_url.rpartition("/")[0]
    own = Settings(data_dir=options.data_dir, database_url=f"{base}/{name}")
    asyncio.run(migrate(own.sqlalchemy_url))
    yield own
    asyncio.run(_say(options.database_url, f'DROP DATABASE "{name}"'))


async def _say(url: str, words: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(words)
    finally:
        await connection.close()


def _figure(database: str, taken: Taken, seed: int) -> dict[str, Any]:
    steps = sum(taken.steps.values())
    return {
        "figure": f"answers to random steps of booking that are another than the model's "
        f"({database})",
        "unit": "answers",
        "ours": int(bool(taken.fault)),
        "beside": "steps",
        "beside_value": steps,
        "ratio": None,
        "goal": "0",
        "holds": not taken.fault and steps > 0,
        "command": COMMAND,
        "seed": seed,
        "n": steps,
        "seconds": round(taken.seconds, 1),
        "fault": taken.fault,
        "dealt": taken.steps,
    }


def main() -> None:
    """Print the figures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--small", action="store_true", help="a quick look, no claim")
    options.add_argument("--seed", type=int, default=SEED)
    options.add_argument("--steps", type=int, help="another number of steps than a million")
    given = options.parse_args()
    print(json.dumps(figures(small=given.small, seed=given.seed, steps=given.steps), indent=1))


if __name__ == "__main__":
    end_together()
    main()
