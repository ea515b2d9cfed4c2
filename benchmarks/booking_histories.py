"""Histories of bookings and cancellations at once: each slot as if one had come after the other.

python -m benchmarks.booking_histories [--small] [--seed N]

Workers book and cancel the slots of one coach, at the same time, on SQLite and PostgreSQL. When
each request began and was answered is written down. A checker (Wing and Gong, 1993) then looks,
slot by slot, for an order in which a slot that holds at most one meeting gives the same answers,
and in which no request comes before it began or after it was answered. Slots are independent, so a
history is right when each of them is (locality; Herlihy and Wing, 1990).
"""

import argparse
import asyncio
import itertools
import json
import random
import tempfile
import time as clock
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg

from benchmarks.leash import end_together
from coaching.errors import Conflict, Unavailable
from coaching.words import MeetingKind, Mode
from server.config import Settings
from server.secrets import InstallSecret
from server.store.database import Database
from server.store.migrate import migrate
from server.usecases.booking import BookingRequest, book_meeting, cancel_meeting
from server.usecases.context import MeetingId, Parts, StaffActor, TrajectoryId
from tests.house_of_people import House
from tests.servers import postgres_cluster

RUNS, REQUESTS = 200, 500
SMALL_RUNS, SMALL_REQUESTS = 2, 60
SLOTS, PEOPLE, WORKERS = 8, 6, 6
SEED = 20_270_301
COMMAND = "python -m benchmarks.booking_histories"
_NOW = datetime(2027, 3, 1, 9, tzinfo=ZoneInfo("Europe/Amsterdam"))
_FIRST = datetime(2027, 3, 8, 9)  # noqa: DTZ001 -- wall time


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One request about a slot. `began` and `ended` are places in the order of all events.

    `meeting` is what was booked, or what was to be cancelled; None: the booking was refused.
    """

    slot: int
    began: int
    ended: int
    books: bool
    meeting: UUID | None
    done: bool


def is_linearizable(deeds: Sequence[Deed]) -> bool:
    """Whether the deeds of one slot could have come one after the other, from an empty slot on."""
    seen: set[tuple[frozenset[int], UUID | None]] = set()
    waiting: list[tuple[frozenset[int], UUID | None]] = [(frozenset(range(len(deeds))), None)]
    while waiting:
        left, holds = waiting.pop()
        if not left:
            return True
        if (left, holds) in seen:
            continue
        seen.add((left, holds))
        first_end = min(deeds[one].ended for one in left)
        for one in left:
            deed = deeds[one]
            if deed.began <= first_end and _agrees(deed, holds):
                waiting.append((left - {one}, _after(deed, holds)))
    return False


def _agrees(deed: Deed, holds: UUID | None) -> bool:
    if deed.books:
        return (holds is None) == deed.done
    return (holds == deed.meeting) == deed.done


def _after(deed: Deed, holds: UUID | None) -> UUID | None:
    if not deed.done:
        return holds
    return deed.meeting if deed.books else None


class _Crew:
    """Workers who book and cancel the slots of one coach, and write down what came of it."""

    def __init__(self, parts: Parts, planner: StaffActor, day: datetime) -> None:
        self.deeds: list[Deed] = []
        self.standing: list[tuple[int, MeetingId]] = []
        self._parts, self._planner, self._day = parts, planner, day
        self._ticks = itertools.count()

    async def book(self, slot: int, trajectory: TrajectoryId) -> None:
        request = BookingRequest(
            trajectory=trajectory,
            kind=MeetingKind.PROGRESS,
            mode=Mode.PHONE,
            starts_local=self._day + timedelta(hours=slot),
            minutes=45,
            room=None,
        )
        began, made, key = next(self._ticks), None, uuid4().hex
        try:
            made = (
                await book_meeting(self._parts, self._planner, request, key=key, now=_NOW)
            ).meeting
            self.standing.append((slot, made))
        except Unavailable:
            return  # nothing was done, and nothing was said of the slot
        except Conflict:
            pass
        self._write(slot, began, made, books=True, done=made is not None)

    async def cancel(self, slot: int, meeting: MeetingId) -> None:
        began, done, key = next(self._ticks), True, uuid4().hex
        try:
            await cancel_meeting(self._parts, self._planner, meeting, revision=1, key=key, now=_NOW)
        except Unavailable:
            return
        except Conflict:
            done = False
        self._write(slot, began, meeting, books=False, done=done)

    def _write(
        self, slot: int, began: int, meeting: UUID | None, *, books: bool, done: bool
    ) -> None:
        ended = next(self._ticks)
        self.deeds.append(
            Deed(slot=slot, began=began, ended=ended, books=books, meeting=meeting, done=done)
        )


async def history(house: House, *, requests: int, seed: int) -> list[Deed]:
    """Book and cancel at random with several workers at once; give what was asked and answered."""
    chance = random.Random(seed)  # noqa: S311 -- repeatable, not secret
    coach = await house.coach()
    people = [await house.trajectory(coach, talks=200) for _ in range(PEOPLE)]
    day = _FIRST + timedelta(days=7 * (seed % 50))
    crew = _Crew(house.parts, await house.planner(), day)

    async def work(count: int) -> None:
        for _ in range(count):
            if crew.standing and chance.random() < 0.4:
                await crew.cancel(*chance.choice(crew.standing))
            else:
                await crew.book(chance.randrange(SLOTS), chance.choice(people))

    await asyncio.gather(*(work(requests // WORKERS) for _ in range(WORKERS)))
    return crew.deeds


def wrong_slots(deeds: Sequence[Deed]) -> int:
    """How many slots had no such order."""
    return sum(not is_linearizable(of_slot) for of_slot in _by_slot(deeds))


def _by_slot(deeds: Sequence[Deed]) -> Iterator[list[Deed]]:
    for slot in range(SLOTS):
        yield [one for one in deeds if one.slot == slot]


def figures(*, small: bool = False, seed: int = SEED) -> list[dict[str, Any]]:
    """One figure a database: how many slots could not have been one after the other."""
    runs, requests = (SMALL_RUNS, SMALL_REQUESTS) if small else (RUNS, REQUESTS)
    found = []
    for database in ("sqlite", "postgresql"):
        began = clock.monotonic()
        wrong, judged = asyncio.run(_on(database, runs, requests, seed))
        found.append(
            {
                "figure": f"slots in {runs} histories of {requests} requests at once that have no "
                f"order ({database})",
                "unit": "slots",
                "ours": wrong,
                "beside": "",
                "beside_value": None,
                "ratio": None,
                "goal": "exactly 0",
                "holds": wrong == 0 and judged > 0,
                "command": COMMAND,
                "seed": seed,
                "n": judged,
                "seconds": round(clock.monotonic() - began, 1),
            }
        )
    return found


async def _on(database: str, runs: int, requests: int, seed: int) -> tuple[int, int]:
    with tempfile.TemporaryDirectory() as folder:
        if database == "sqlite":
            return await _measure(Settings(data_dir=Path(folder)), runs, requests, seed)
        with postgres_cluster() as address:
            connection = await asyncpg.connect(address)
            await connection.execute("CREATE DATABASE histories")
            await connection.close()
            url = f"{address.rsplit('/', 1)[0]}/histories"
            settings = Settings(data_dir=Path(folder), database_url=url)
            return await _measure(settings, runs, requests, seed)


async def _measure(settings: Settings, runs: int, requests: int, seed: int) -> tuple[int, int]:
    await migrate(settings.sqlalchemy_url)
    database = Database(settings.sqlalchemy_url)
    secret = InstallSecret(bytes(32))
    parts = Parts(settings=settings, database=database, secret=secret, now=lambda: _NOW)
    house, wrong, judged = House(parts), 0, 0
    try:
        for run in range(runs):
            deeds = await history(house, requests=requests, seed=seed + run)
            wrong, judged = wrong + wrong_slots(deeds), judged + len(deeds)
    finally:
        await database.close()
    return wrong, judged


def main() -> None:
    """Print the figures as JSON."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--small", action="store_true")
    asked.add_argument("--seed", type=int, default=SEED)
    given = asked.parse_args()
    print(json.dumps(figures(small=given.small, seed=given.seed), indent=2))


if __name__ == "__main__":
    end_together()
    main()
