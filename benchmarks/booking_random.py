"""Random overlapping bookings over many coaches at once: not one overlap may stand.

python -m benchmarks.booking_random [--small] [--seed N]

Through the use case, on SQLite and PostgreSQL, so many at a time that transactions clash. The
judge is raw SQL that looks for two standing meetings of one coach, candidate or room at once.
"""

import argparse
import asyncio
import json
import random
import tempfile
import time as clock
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import asyncpg
from sqlalchemy import text

from benchmarks.leash import end_together
from coaching.errors import Conflict, Refused, Unavailable
from coaching.words import MeetingKind, Mode
from server.config import Settings
from server.secrets import InstallSecret
from server.store.database import Database
from server.store.migrate import migrate
from server.usecases.booking import BookingRequest, book_meeting
from server.usecases.context import Parts, RoomId, TrajectoryId
from tests.house_of_people import House
from tests.servers import postgres_cluster

REQUESTS, SMALL = 20_000, 500
COACHES, SMALL_COACHES = 50, 5
ROOMS = 20
AT_ONCE = 40
SEED = 20_270_301
COMMAND = "python -m benchmarks.booking_random"
_NOW = datetime(2027, 3, 1, 9, tzinfo=ZoneInfo("Europe/Amsterdam"))
_FIRST = datetime(2027, 3, 8, 9)  # noqa: DTZ001 -- wall time
OVERLAPS = text(
    "SELECT count(*) FROM meeting a JOIN meeting b ON a.id < b.id "
    "AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at "
    "AND (a.coach_id = b.coach_id OR a.candidate_id = b.candidate_id OR a.room_id = b.room_id) "
    "WHERE a.status IN ('planned','open','held','provisional') "
    "AND b.status IN ('planned','open','held','provisional')"
)


def figures(*, small: bool = False, seed: int = SEED) -> Iterator[dict[str, Any]]:
    """One figure a database: how many pairs of meetings overlap in the end."""
    requests, coaches = (SMALL, SMALL_COACHES) if small else (REQUESTS, COACHES)
    for database in ("sqlite", "postgresql"):
        began = clock.monotonic()
        overlaps, outcomes = asyncio.run(_on(database, requests, coaches, seed))
        yield {
            "figure": f"overlaps after {requests} random bookings, {coaches} coaches ({database})",
            "unit": "overlaps",
            "ours": overlaps,
            "beside": "",
            "beside_value": None,
            "ratio": None,
            "goal": "0 overlaps",
            "holds": overlaps == 0 and outcomes["booked"] > 0,
            "command": COMMAND,
            "seed": seed,
            "n": requests,
            "seconds": round(clock.monotonic() - began, 2),
            "outcomes": dict(outcomes),
        }


async def _on(database: str, requests: int, coaches: int, seed: int) -> tuple[int, Counter[str]]:
    with tempfile.TemporaryDirectory() as folder:
        if database == "sqlite":
            return await _measure(Settings(data_dir=Path(folder)), requests, coaches, seed)
        with postgres_cluster() as address:
            connection = await asyncpg.connect(address)
            await connection.execute("CREATE DATABASE random_bookings")
            await connection.close()
            url = f"{address.rsplit('/', 1)[0]}/random_bookings"
            settings = Settings(data_dir=Path(folder), database_url=url)
            return await _measure(settings, requests, coaches, seed)


async def _measure(
    settings: Settings, requests: int, coaches: int, seed: int
) -> tuple[int, Counter[str]]:
    await migrate(settings.sqlalchemy_url)
    database = Database(settings.sqlalchemy_url)
    parts = Parts(
        settings=settings,
        database=database,
        secret=InstallSecret(bytes(32)),
        now=lambda: _NOW,
    )
    try:
        outcomes = await rush(parts, requests=requests, coaches=coaches, seed=seed)
        async with database.read() as tx:
            return int(await tx.scalar(OVERLAPS) or 0), outcomes
    finally:
        await database.close()


async def rush(parts: Parts, *, requests: int, coaches: int, seed: int) -> Counter[str]:
    """Send random bookings, many at once; count what became of them.

    Every candidate has two coaches, so that bookings clash on candidates as well.
    """
    chance = random.Random(seed)  # noqa: S311 -- repeatable, not secret
    house = House(parts)
    staff = [await house.coach() for _ in range(coaches)]
    trajectories = [await house.trajectory(coach) for coach in staff]
    for number, coach in enumerate(staff):
        candidate = await house.candidate()
        other = staff[(number + 1) % coaches]
        trajectories += [
            await house.trajectory(coach, candidate),
            await house.trajectory(other, candidate),
        ]
    rooms = [await house.room() for _ in range(min(ROOMS, coaches))]
    planner = await house.planner()
    turns = asyncio.Semaphore(AT_ONCE)

    async def book(request: BookingRequest) -> str:
        async with turns:
            try:
                await book_meeting(parts, planner, request, key=uuid4().hex, now=_NOW)
            except (Conflict, Unavailable) as error:
                return error.code
            except Refused as error:
                return error.verdict.leading_rule
        return "booked"

    wanted = [_wish(chance, trajectories, rooms) for _ in range(requests)]
    return Counter(await asyncio.gather(*map(book, wanted)))


def _wish(
    chance: random.Random, trajectories: list[TrajectoryId], rooms: list[RoomId]
) -> BookingRequest:
    offline = chance.random() < 0.5
    minutes = chance.choice((15, 30, 45, 60, 90))
    quarter = chance.randrange(10 * 4 * 9)
    day, part = divmod(quarter, 4 * 9)
    return BookingRequest(
        trajectory=chance.choice(trajectories),
        kind=MeetingKind.CHECKIN if minutes < 20 else MeetingKind.PROGRESS,
        mode=Mode.OFFLINE if offline else Mode.PHONE,
        starts_local=_FIRST + timedelta(days=day, minutes=15 * part),
        minutes=minutes,
        room=chance.choice(rooms) if offline else None,
    )


def main() -> None:
    """Print the figures as JSON."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--small", action="store_true")
    asked.add_argument("--seed", type=int, default=SEED)
    given = asked.parse_args()
    print(json.dumps([*figures(small=given.small, seed=given.seed)], indent=2))


if __name__ == "__main__":
    end_together()
    main()
