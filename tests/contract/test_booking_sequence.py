"""Any sequence of booking, moving and cancelling, beside a model in memory."""

import asyncio
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coaching.errors import Conflict
from coaching.words import Mode
from server.config import Settings
from server.secrets import InstallSecret
from server.store.database import Database
from server.usecases.booking import MoveRequest, cancel_meeting, move_meeting
from server.usecases.context import MeetingId, Parts, TrajectoryId
from tests.conftest import Clock
from tests.house_of_people import House

pytestmark = pytest.mark.contract

FIRST = datetime(2027, 3, 3, 8, 0)  # noqa: DTZ001 -- wall time, as a planner types it

steps = st.lists(
    st.tuples(
        st.sampled_from(["book", "move", "cancel"]),
        st.integers(0, 3),  # which pair, or which of the meetings so far
        st.integers(0, 11),  # half hours after eight
        st.integers(1, 3),  # half hours long
    ),
    max_size=14,
)


@dataclass
class Standing:
    """A meeting as the model knows it."""

    pair: int
    start: int
    length: int
    revision: int = 1
    stands: bool = True


def clashes(model: dict[MeetingId, Standing], pair: int, start: int, length: int) -> bool:
    """Pairs 0 and 1 share a coach, 1 and 2 share a candidate."""
    shared = {0: {0, 1}, 1: {0, 1, 2}, 2: {1, 2}, 3: {3}}[pair]
    return any(
        m.stands and m.pair in shared and m.start < start + length and start < m.start + m.length
        for m in model.values()
    )


def wall(start: int) -> datetime:
    return FIRST + timedelta(minutes=30 * start)


class Run:
    """Drives the use cases and the model side by side."""

    def __init__(self, house: House, pairs: list[TrajectoryId]) -> None:
        self.house, self.pairs = house, pairs
        self.model: dict[MeetingId, Standing] = {}

    async def book(self, pair: int, start: int, length: int) -> None:
        free = not clashes(self.model, pair, start, length)
        try:
            booked = await self.house.book(
                self.pairs[pair], wall(start).isoformat(), mode=Mode.PHONE, minutes=30 * length
            )
        except Conflict:
            assert not free
            return
        assert free
        self.model[booked.meeting] = Standing(pair, start, length)

    async def move(self, which: int, start: int, length: int) -> None:
        if not self.model:
            return
        meeting = list(self.model)[which % len(self.model)]
        known = self.model[meeting]
        others = {key: one for key, one in self.model.items() if key != meeting}
        free = known.stands and not clashes(others, known.pair, start, length)
        try:
            await move_meeting(
                self.house.parts,
                await self.house.planner(),
                meeting,
                MoveRequest(
                    starts_local=wall(start),
                    minutes=30 * length,
                    mode=Mode.PHONE,
                    room=None,
                ),
                revision=known.revision,
                key=uuid4().hex,
                now=self.house.parts.now(),
            )
        except Conflict:
            assert not free
            return
        assert free
        self.model[meeting] = Standing(known.pair, start, length, known.revision + 1)

    async def cancel(self, which: int) -> None:
        if not self.model:
            return
        meeting = list(self.model)[which % len(self.model)]
        known = self.model[meeting]
        try:
            await cancel_meeting(
                self.house.parts,
                await self.house.planner(),
                meeting,
                revision=known.revision,
                key=uuid4().hex,
                now=self.house.parts.now(),
            )
        except Conflict:
            assert not known.stands
            return
        assert known.stands
        known.stands, known.revision = False, known.revision + 1


async def play(settings_: Settings, plan: list[tuple[str, int, int, int]]) -> None:
    database = Database(settings_.sqlalchemy_url)
    parts = Parts(
        settings=settings_, database=database, secret=InstallSecret(bytes(32)), now=Clock()
    )
    house = House(parts)
    try:
        coaches = [await house.coach() for _ in range(3)]
        people = [await house.candidate() for _ in range(3)]
        by_pair = [(0, 0), (0, 1), (1, 1), (2, 2)]
        pairs = [await house.trajectory(coaches[a], people[b]) for a, b in by_pair]
        run = Run(house, pairs)
        for what, which, start, length in plan:
            match what:
                case "book":
                    await run.book(which, start, length)
                case "move":
                    await run.move(which, start, length)
                case _:
                    await run.cancel(which)
    finally:
        await database.close()


@settings(
    max_examples=25,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plan=steps)
def test_any_sequence_ends_as_the_model_says(
    sqlite_template: Path, plan: list[tuple[str, int, int, int]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(sqlite_template, Path(folder) / "tweespraak.sqlite3")
        asyncio.run(play(Settings(data_dir=Path(folder)), plan))
