"""Kill -9 of server and worker in the middle of bookings: nothing lost, doubled or half.

python -m benchmarks.kill [--small] [--seed N] [--database sqlite|postgresql]

Each round starts a web process and a worker, lets clients book, and kills both with SIGKILL at a
random moment, on SQLite and on PostgreSQL. A client that got no answer asks again with the same
key after the restart, as a browser's reload does. The calendar is a real Radicale; its files and
the database are the oracle.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import random
import signal
import subprocess
import sys
import time as clock
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, Literal

import aiohttp
import psutil

from benchmarks.installation import Running, running_installation
from benchmarks.leash import end_together
from benchmarks.planner_desk import Desk, Pair, Wish, ask, free_day, half_booked, pairs

ROUNDS, SMALL_ROUNDS = 50, 2
CLIENTS = 6
LONGEST = 0.8  # seconds of booking before the kill
AFTER_DAYS = 60
PATIENCE = 300.0  # seconds for the worker to catch up in the end
SLOTS_A_DAY = 16  # half hours from nine
LOG = "killed.log"
COMMAND = "python -m benchmarks.kill"
Kind = Literal["sqlite", "postgresql"]
DATABASES: tuple[Kind, ...] = ("sqlite", "postgresql")


@dataclass(slots=True)
class Ledger:
    """What the clients know: who was told "booked", and who got no answer yet."""

    booked: list[Wish] = field(default_factory=list)
    waiting: list[Wish] = field(default_factory=list)
    other: Counter[str] = field(default_factory=Counter)
    unheard: int = 0  # answers that never came


def figures(
    *, small: bool = False, seed: int = 20270303, databases: Sequence[Kind] = DATABASES
) -> Iterator[dict[str, Any]]:
    """Four counts a database that must be 0: lost, missing, doubled, half."""
    rounds = SMALL_ROUNDS if small else ROUNDS
    for database in databases:
        yield from _figures(database, rounds, seed)


def _figures(database: Kind, rounds: int, seed: int) -> list[dict[str, Any]]:
    began = clock.monotonic()
    found, ledger = _kill_and_look(database, rounds, seed)
    common = {
        "beside": "",
        "beside_value": None,
        "ratio": None,
        "goal": "0",
        "command": COMMAND,
        "seed": seed,
        "n": rounds,
        "seconds": round(clock.monotonic() - began, 1),
        "acknowledged": len(ledger.booked),
        "unheard": ledger.unheard,
        "other": dict(ledger.other),
    }
    return [
        {
            "figure": f"{name}, {rounds} × kill -9 ({database})",
            "unit": unit,
            "ours": n,
            # Nothing lost of nothing booked would be no answer.
            "holds": n == 0 and bool(ledger.booked),
            **common,
        }
        for name, unit, n in found
    ]


def _kill_and_look(
    database: Kind, rounds: int, seed: int
) -> tuple[list[tuple[str, str, int]], Ledger]:
    chance = random.Random(seed)  # noqa: S311 -- when to kill, no secret
    ledger = Ledger()
    with running_installation(database=database) as house:
        _kill_tree(house.pids[0])
        everybody = pairs(house.settings)
        wishes = _wishes(everybody)
        for _ in range(rounds):
            with _processes(house) as parts:
                asyncio.run(_book_until_killed(house, everybody[0], ledger, wishes, parts, chance))
        with _processes(house) as parts:
            asyncio.run(_ask_again(house, everybody[0], ledger))
            _await_worker(house)
        return _oracle(house, ledger), ledger


def _wishes(everybody: list[Pair]) -> Iterator[Wish]:
    """Slots that nobody else wants, each with a key of its own."""
    first = free_day(AFTER_DAYS)
    for number in itertools.count():
        slot, pair = divmod(number, len(everybody))
        # One slot of the day a pair, so that pairs of one coach never meet.
        slot = slot * len(everybody) + pair
        day = first + timedelta(days=slot // SLOTS_A_DAY)
        half_hours = slot % SLOTS_A_DAY
        at = time(9 + half_hours // 2, 30 * (half_hours % 2))
        yield Wish(pair=everybody[pair], day=day, at=at, key=f"kill-{number}")


@contextlib.contextmanager
def _processes(house: Running) -> Iterator[list[subprocess.Popen[bytes]]]:
    log = (house.folder / LOG).open("ab")
    parts = [
        subprocess.Popen(
            [sys.executable, "-m", "server.cli", part],
            env=house.env,
            stdout=log,
            stderr=log,
        )
        for part in ("web", "worker", "sync")
    ]
    try:
        yield parts
    finally:
        for part in parts:
            part.kill()
            part.wait()
        log.close()


async def _book_until_killed(  # noqa: PLR0917 -- the round's parts
    house: Running,
    somebody: Pair,
    ledger: Ledger,
    wishes: Iterator[Wish],
    parts: list[subprocess.Popen[bytes]],
    chance: random.Random,
) -> None:
    async with Desk(
        house.base_url, house.base_url, house.planner_session, connections=CLIENTS
    ) as desk:
        await _until_it_answers(house, desk, somebody, parts)
        again, ledger.waiting = ledger.waiting, []
        queue = itertools.chain(again, wishes)
        clients = [asyncio.create_task(_client(desk, ledger, queue)) for _ in range(CLIENTS)]
        await asyncio.sleep(chance.uniform(0.05, LONGEST))
        for part in parts:
            part.send_signal(signal.SIGKILL)
        await asyncio.gather(*clients)


async def _client(desk: Desk, ledger: Ledger, queue: Iterator[Wish]) -> None:
    for wish in queue:
        try:
            answer = await desk.book(wish)
        except (aiohttp.ClientError, OSError, TimeoutError):
            ledger.waiting.append(wish)
            ledger.unheard += 1
            return
        if answer == "booked":
            ledger.booked.append(wish)
        else:
            ledger.other[answer] += 1


async def _ask_again(house: Running, somebody: Pair, ledger: Ledger) -> None:
    async with Desk(
        house.base_url, house.base_url, house.planner_session, connections=CLIENTS
    ) as desk:
        await _until_it_answers(house, desk, somebody, [])
        again, ledger.waiting = ledger.waiting, []
        await _client(desk, ledger, iter(again))


async def _until_it_answers(
    house: Running, desk: Desk, somebody: Pair, parts: list[subprocess.Popen[bytes]]
) -> None:
    until = clock.monotonic() + PATIENCE
    while True:
        try:
            await desk.open_form(somebody)
        except (aiohttp.ClientError, OSError):
            assert clock.monotonic() < until, "the web process does not answer"
            if any(part.poll() is not None for part in parts):
                said = (house.folder / LOG).read_text().splitlines()[-5:]
                raise AssertionError(f"a process ended by itself: {said}") from None
            await asyncio.sleep(0.02)
        else:
            return


def _kill_tree(pid: int) -> None:
    parent = psutil.Process(pid)
    for process in [*parent.children(recursive=True), parent]:
        process.kill()


def _await_worker(house: Running) -> None:
    until = clock.monotonic() + PATIENCE
    while left := _left(house):
        why = Counter((kind, error) for kind, error, _ in left)
        assert clock.monotonic() < until, f"the worker does not catch up: {why}"
        clock.sleep(0.2)


def _left(house: Running) -> list[tuple[Any, ...]]:
    """What waits in the outbox, but not what is put off until the morning."""
    undone = (
        "SELECT kind, last_error, not_before FROM outbox "
        "WHERE done_at IS NULL AND gave_up_at IS NULL"
    )
    soon = datetime.now(UTC) + timedelta(seconds=PATIENCE)
    rows = ask(house.settings, undone)
    return [row for row in rows if datetime.fromisoformat(str(row[2])) < soon]


def _oracle(house: Running, ledger: Ledger) -> list[tuple[str, str, int]]:
    rows = ask(
        house.settings,
        "SELECT trajectory_id, local_start, count(*) FROM meeting WHERE status = 'planned' "
        "GROUP BY trajectory_id, local_start",
    )
    stands = {(_plain(row[0]), row[1]): row[2] for row in rows}
    told = [(w.pair.trajectory.hex, f"{w.day}T{w.at:%H:%M}") for w in ledger.booked]
    lost = sum(stands.get(wish, 0) != 1 for wish in told)
    events = _events(house)
    planned = {_plain(row[0]) for row in ask(house.settings, _MIRRORED)}
    missing = sum(events[meeting] == 0 for meeting in planned)
    doubled = sum(n - 1 for n in events.values() if n > 1) + (len(told) - len(set(told)))
    half = half_booked(house.settings)
    return [
        ("acknowledged bookings lost", "bookings", lost + len(ledger.waiting)),
        ("planned meetings missing from the calendar", "meetings", missing),
        ("events doubled in the calendar", "events", doubled),
        ("bookings without invitation, mail or calendar row", "bookings", half),
    ]


def _plain(value: object) -> str:
    """An id as both databases can say it."""
    return str(value).replace("-", "")


_MIRRORED = (
    "SELECT meeting.id FROM meeting JOIN calendar_connection "
    "ON calendar_connection.staff_id = meeting.coach_id WHERE meeting.status = 'planned'"
)


def _events(house: Running) -> Counter[str]:
    """How many events stand in the calendars of all coaches, by meeting."""
    found: Counter[str] = Counter()
    # Beside each calendar Radicale keeps what it parsed, under the same names.
    files = (house.folder / "calendars").rglob("*.ics")
    for file in (one for one in files if ".Radicale.cache" not in one.parts):
        for line in file.read_text().splitlines():
            if line.startswith("X-TWEESPRAAK-ID:"):
                found[line.partition(":")[2].strip().replace("-", "")] += 1
    return found


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--seed", type=int, default=20270303)
    parser.add_argument("--database", choices=DATABASES)
    given = parser.parse_args()
    databases = (given.database,) if given.database else DATABASES
    found = figures(small=given.small, seed=given.seed, databases=databases)
    print(json.dumps([*found], indent=1))


if __name__ == "__main__":
    end_together()
    main()
