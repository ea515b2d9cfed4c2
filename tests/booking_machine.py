"""The state machine of booking, over SQLite or PostgreSQL; `tests.booking_life` is its model."""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import uuid4

import asyncpg
from hypothesis import seed as choose_by
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from server.config import Settings
from server.secrets import InstallSecret
from server.store.database import Database
from server.usecases.context import Parts
from tests.booking_life import PAIRS, BookingLife, Cast, cast
from tests.calendar_machine import quietly
from tests.conftest import Clock
from tests.house_of_people import House

_OFTEN = {
    "book": 6,
    "move": 4,
    "choose": 3,
    "hold": 2,
    "cancel": 2,
    "calendar changes": 2,
    "book again": 1,
    "time passes": 1,
}
_KINDS = [kind for kind, often in _OFTEN.items() for _ in range(often)]
Fresh = Callable[[Clock], AbstractAsyncContextManager[Parts]]


class Ground:
    """What all runs share: an event loop, the people, and copies of the database they are in."""

    def __init__(self, runner: asyncio.Runner, people: Cast, fresh: Fresh) -> None:
        self.runner, self.people, self.fresh = runner, people, fresh
        self.steps: Counter[str] = Counter()


def run_machine(
    options: Settings, limits: settings, *, seed: int | None = None, folder: Path | None = None
) -> Counter[str]:
    """Run it from a migrated, empty database; gives how often each step was taken.

    The people are added to it, and each run gets a copy. With `seed` the same steps are chosen
    again; copies of SQLite stand in `folder`.

    Raises:
        AssertionError: the house did something else than the model; the steps are printed.
    """
    with quietly(), asyncio.Runner() as runner:
        ground = runner.run(_ground(runner, options, folder))

        class Machine(BookingMachine):
            shared = ground

        seeded = Machine if seed is None else choose_by(seed)(Machine)
        run_state_machine_as_test(seeded, settings=limits)
    return ground.steps


async def _ground(runner: asyncio.Runner, options: Settings, folder: Path | None) -> Ground:
    async with _opened(options, Clock()) as parts:
        people = await cast(House(parts))
    fresh = _copies_of_server(options) if options.database_url else _copies(options, folder)
    return Ground(runner, people, fresh)


@asynccontextmanager
async def _opened(options: Settings, clock: Clock) -> AsyncIterator[Parts]:
    database = Database(options.sqlalchemy_url)
    secret = InstallSecret(bytes(range(32)))
    try:
        yield Parts(settings=options, database=database, secret=secret, now=clock)
    finally:
        await database.close()


def _copies(options: Settings, folder: Path | None) -> Fresh:
    """Copies of a SQLite file; the writes of the last connection are in it, not in its log."""

    @asynccontextmanager
    async def fresh(clock: Clock) -> AsyncIterator[Parts]:
        own = Path(tempfile.mkdtemp(prefix="tweespraak-booking-", dir=folder))
        try:
            name = "tweespraak.sqlite3"
            await asyncio.to_thread(shutil.copy, options.data_dir / name, own / name)
            async with _opened(Settings(data_dir=own), clock) as parts:
                yield parts
        finally:
            await asyncio.to_thread(shutil.rmtree, own, ignore_errors=True)

    return fresh


def _copies_of_server(options: Settings) -> Fresh:
    """Copies of a PostgreSQL database, made by its own server."""
    base, _, template = options.database_url.rpartition("/")

    async def say(words: str) -> None:
        connection = await asyncpg.connect(f"{base}/postgres")
        try:
            await connection.execute(words)
        finally:
            await connection.close()

    @asynccontextmanager
    async def fresh(clock: Clock) -> AsyncIterator[Parts]:
        name = f"booking_{uuid4().hex}"
        await say(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        try:
            own = Settings(data_dir=options.data_dir, database_url=f"{base}/{name}")
            async with _opened(own, clock) as parts:
                yield parts
        finally:
            await say(f'DROP DATABASE "{name}"')

    return fresh


class BookingMachine(RuleBasedStateMachine):
    """One run, in a fresh copy."""

    shared: Ground

    def __init__(self) -> None:
        super().__init__()
        self._stack = AsyncExitStack()
        self.life: BookingLife = self.shared.runner.run(self._open())

    async def _open(self) -> BookingLife:
        clock = Clock()
        parts = await self._stack.enter_async_context(self.shared.fresh(clock))
        return BookingLife(parts=parts, clock=clock, cast=self.shared.people)

    # One rule with all kinds in it: of many, Hypothesis leaves some out of each run, and most of
    # what can go wrong here takes several.
    @rule(
        kind=st.sampled_from(_KINDS),
        one=st.integers(0, 47),
        slot=st.integers(0, 47),
        length=st.integers(1, 4),
        odd=st.booleans(),
    )
    def step(self, kind: str, one: int, slot: int, length: int, *, odd: bool) -> None:
        """Somebody acts, a calendar changes, or time passes."""
        self.shared.steps[kind] += 1
        self.shared.runner.run(_act(self.life, kind, one, slot, length=length, odd=odd))

    @invariant()
    def table_is_as_the_model(self) -> None:
        self.shared.runner.run(self.life.look())

    def teardown(self) -> None:
        try:
            self.shared.runner.run(self.life.end())
        finally:
            self.shared.runner.run(self._stack.aclose())


async def _act(
    life: BookingLife, kind: str, one: int, slot: int, *, length: int, odd: bool
) -> None:
    match kind:
        case "book":
            await life.book(one % len(PAIRS), slot % 24, length)
        case "book again":
            await life.book_again()
        case "hold":
            await life.hold(one % len(PAIRS))
        case "choose":
            await life.choose(one)
        case "move":
            await life.move(one, slot % 24, length, stale=odd and length == 1)
        case "cancel":
            await life.cancel(one, stale=odd and length == 1)
        case "time passes":
            await life.let_time_pass((1, 20, 49)[one % 3], worker=odd)
        case _:
            where = None if length == 1 else slot
            await life.calendar_changes(one % 3, "ab"[odd], where, length)
