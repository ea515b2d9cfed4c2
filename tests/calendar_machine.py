"""The state machine of a shared calendar: two people, one Tweespraak, one server that fails.

At no step may a meeting stand there twice; at the end of each run, two calm rounds must make
everything right.
"""

import asyncio
import logging
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import structlog
from hypothesis import seed as choose_by
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from calendar_sync.reading_pool import ReadingPool
from server.config import Settings
from server.secrets import InstallSecret
from server.store.database import Database
from server.usecases.context import Parts
from tests.calendar_life import Life, life
from tests.conftest import Clock
from tests.stand_in.quirks import BadToken, Flap, Hrefs, Quirks, Tags, Trash, UidCheck

HANG_SECONDS = 0.6  # of hundreds of steps, none of which counts what befell it
FLAPS = tuple(flap for flap in Flap if flap is not Flap.SLOW)
NATURES = {
    "usual": Quirks(),
    "tells no changes": Quirks(sync_token=False),
    "answers any token": Quirks(bad_token=BadToken.EVERYTHING, hrefs=Hrefs.ABSOLUTE),
    "cuts": Quirks(bad_token=BadToken.PRECONDITION, cut_at=3),
    "ghosts and strangers": Quirks(bad_token=BadToken.GONE, ghosts=5, hrefs=Hrefs.FOREIGN),
    "weak tags": Quirks(tags=Tags.WEAK_ON_PUT, uid_check=UidCheck.FORBIDDEN, hrefs=Hrefs.ENCODED),
    "renames": Quirks(renames=True, uid_check=UidCheck.ABSENT),
    "renames, and finds nothing": Quirks(renames=True, uid_query=False),
    "renames, and throws away": Quirks(renames=True, uid_query=False, trash=Trash.FORBIDDEN),
    "keeps what is removed": Quirks(trash=Trash.BAD_REQUEST),
    "tells late": Quirks(late=True),
    "renames, and tells late": Quirks(renames=True, uid_query=False, late=True),
    "rewrites": Quirks(tags=Tags.NONE_ON_PUT, rewrites=True, uid_check=UidCheck.ABSENT),
}
_SEEDS = st.integers(0, 2**20)


@contextmanager
def quietly() -> Iterator[None]:
    """Without the log of what fails on purpose."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.reset_defaults()


@asynccontextmanager
async def fresh_parts(template: Path, folder: Path, clock: Clock) -> AsyncIterator[Parts]:
    """An installation without anybody in it, on a copy of a migrated SQLite file."""
    await asyncio.to_thread(_copy, template, folder)
    options = Settings(data_dir=folder, listen_port=0, organisation_phone="+31201234567")
    database = Database(options.sqlalchemy_url)
    secret = InstallSecret(bytes(range(32)))
    try:
        yield Parts(settings=options, database=database, secret=secret, now=clock)
    finally:
        await database.close()


def _copy(template: Path, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    shutil.copy(template, folder / "tweespraak.sqlite3")


class _Ground:
    """What all runs share: an event loop, the children that read, an empty database."""

    def __init__(self, template: Path, runner: asyncio.Runner, reader: ReadingPool) -> None:
        self.template, self.runner, self.reader = template, runner, reader
        self.steps: Counter[str] = Counter()
        self.flaps = 0


def run_machine(
    template: Path,
    limits: settings,
    machine: "type[CalendarMachine] | None" = None,
    *,
    seed: int | None = None,
) -> Counter[str]:
    """Run it; gives how often each step was taken. `template` is a migrated SQLite file.

    With `seed` the same steps are chosen again.

    Raises:
        AssertionError: something was doubled, or lost for good; the steps are printed.
    """
    with quietly(), asyncio.Runner() as runner:
        reader = ReadingPool()
        ground = _Ground(template, runner, reader)

        class Machine(machine or CalendarMachine):  # type: ignore[misc]  # chosen by the caller
            shared = ground

        try:
            seeded = Machine if seed is None else choose_by(seed)(Machine)
            run_state_machine_as_test(seeded, settings=limits)
        finally:
            runner.run(reader.close())
    return ground.steps


class CalendarMachine(RuleBasedStateMachine):
    """One run, in a fresh house."""

    shared: _Ground

    def __init__(self) -> None:
        super().__init__()
        self._stack = AsyncExitStack()
        self._folder = Path(tempfile.mkdtemp(prefix="tweespraak-machine-"))
        self.life: Life = self.shared.runner.run(self._open())

    async def _open(self) -> Life:
        shared, clock = self.shared, Clock()
        fresh = fresh_parts(shared.template, self._folder, clock)
        parts = await self._stack.enter_async_context(fresh)
        opened = await self._stack.enter_async_context(life(parts, clock, shared.reader, 0))
        opened.patience = HANG_SECONDS
        return opened

    @rule(seed=_SEEDS, who=st.sampled_from(("planner", "person 1", "person 2")))
    def somebody_acts(self, seed: int, who: str) -> None:
        """The planner books, moves or cancels; or somebody else writes in the calendar."""
        self._step(who)
        self.life.random.seed(seed)
        if who == "planner":
            self.shared.runner.run(self.life.plan())
        else:
            self.life.person_acts(int(who[-1]))

    @rule(flaps=st.lists(st.sampled_from(FLAPS), max_size=3))
    def house_looks(self, flaps: list[Flap]) -> None:
        """A round of the sync process, while the server fails or not."""
        self._step("round with flaps" if flaps else "round")
        self.shared.flaps += self.shared.runner.run(self.life.flap(*flaps))

    @rule(nature=st.sampled_from(sorted(NATURES)))
    def becomes_another_server(self, nature: str) -> None:
        """An update of the server changes its ways."""
        self._step("another nature")
        self.life.calendar.server.behave(NATURES[nature])

    @rule()
    @precondition(lambda self: self.life.calendar.server.quirks.sync_token)
    def tokens_expire(self) -> None:
        """The server forgets what it told."""
        self._step("tokens expire")
        self.life.calendar.server.diary.expire_tokens()

    @invariant()
    def nothing_is_doubled(self) -> None:
        assert self.life.doubled() == []

    def teardown(self) -> None:
        try:
            _, wrong = self.shared.runner.run(self.life.settle())
            if wrong:
                raise AssertionError("; ".join(wrong))
        finally:
            self.shared.runner.run(self._stack.aclose())
            shutil.rmtree(self._folder, ignore_errors=True)

    def _step(self, name: str) -> None:
        self.shared.steps[name] += 1
