"""A calendar that flaps: nothing is lost, nothing is doubled, two calm rounds make all right."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from calendar_sync.reading_pool import ReadingPool
from server.jobs.sync import Syncing
from server.usecases.context import Parts
from tests.calendar_life import Life, life
from tests.calendar_machine import FLAPS, quietly, run_machine
from tests.conftest import Clock
from tests.stand_in.quirks import Befalls, Flap, Quirks, Tags, calm, fits
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.wire
STEPS = 300


@pytest.fixture
def quiet() -> Iterator[None]:
    with quietly():
        yield


@pytest.fixture
async def shared(sqlite_parts: Parts, clock: Clock, quiet: None) -> AsyncIterator[Life]:
    async with ReadingPool() as reader, life(sqlite_parts, clock, reader, seed=1) as opened:
        yield opened


async def test_each_flap_alone_and_in_twos_loses_and_doubles_nothing(shared: Life) -> None:
    for number, flap in enumerate(FLAPS):
        await shared.plan()
        shared.person_acts(number % 2)
        other = FLAPS[(number * 7 + 3) % len(FLAPS)]
        assert await shared.flap(*(flap, other)[: 1 + number % 2]) > 0
        assert shared.doubled() == []
        rounds, wrong = await shared.settle()
        assert (flap, wrong) == (flap, [])
        assert rounds <= 2


@pytest.mark.parametrize(("act", "method"), [("move", "PUT"), ("cancel", "DELETE")])
async def test_whatever_befalls_the_write_itself_the_calendar_is_right_after_two_rounds(
    shared: Life, act: str, method: str
) -> None:
    """Also a page that says 200 to it, and is no calendar."""
    talk = shared.talks[0]
    for flap in FLAPS:
        if not fits(flap, method):
            continue
        if talk.starts is None:
            await shared.book(talk)
            await shared.sync()
        await getattr(shared, act)(talk)
        server = shared.calendar.server
        befalls = Befalls(method, flap)
        server.schedule = befalls
        shared.clock.forward(minutes=13)
        await shared.sync()
        server.schedule = calm
        _, wrong = await shared.settle()
        assert (flap, befalls.left, wrong) == (flap, 0, [])


async def test_killed_at_any_request_loses_and_doubles_nothing(
    shared: Life, tmp_path: Path
) -> None:
    for at_request in (1, 2, 3):
        for talk in shared.talks[2 * at_request - 2 : 2 * at_request]:
            await shared.book(talk)
        shared.person_acts(1)
        assert await shared.kill(tmp_path, at_request)
        assert shared.doubled() == []
        _, wrong = await shared.settle()
        assert wrong == []


async def test_own_write_that_was_read_before_it_was_known_is_not_busy(shared: Life) -> None:
    """Its answer was lost, and the same visit read it as somebody else's."""
    await shared.settle()
    await shared.book(shared.talks[0])
    assert await shared.flap(Flap.LOST) == 1
    assert await shared.settle() == (1, [])


async def test_row_behind_one_that_cannot_be_written_starts_no_visit(shared: Life) -> None:
    """Without strong tags no change can be guarded; what waits behind it waits in peace."""
    await shared.book(shared.talks[0])
    await shared.settle()
    shared.calendar.server.behave(Quirks(tags=Tags.WEAK))
    await shared.move(shared.talks[0])
    await shared.sync()
    await shared.move(shared.talks[0])
    shared.clock.forward(seconds=1)
    assert not await Syncing(shared.parts, None).look()
    shared.calendar.server.behave(Quirks())
    _, wrong = await shared.settle()
    assert wrong == []


async def test_judge_sees_what_is_lost_doubled_late_and_left_behind(shared: Life) -> None:
    talk = shared.talks[0]
    await shared.book(talk)
    shared.person_acts(1)
    assert await shared.settle() == (1, [])
    diary = shared.calendar.server.diary
    (name,) = (name for name in diary.objects if name.startswith(f"{talk.meeting}-"))
    data = diary.objects[name].data
    diary.put(f"{talk.meeting}-2.ics", data.replace(b"-1@", b"-2@"))
    assert shared.doubled() == [f"doubled: {talk.meeting}"]
    diary.remove(f"{talk.meeting}-2.ics")
    diary.remove(name)
    assert f"lost: {talk.meeting}" in await shared.wrong()
    diary.put(name, data.replace(b"T1", b"T0").replace(b"T09", b"T08"))
    assert [one for one in await shared.wrong() if one.startswith("late")]
    diary.put(name, data)
    person = next(one for one in diary.objects if one.startswith("person-"))
    diary.remove(person)
    assert "lost: something of a person was changed or removed" in await shared.wrong()


async def test_person_moves_nothing_but_what_is_theirs(shared: Life) -> None:
    """What people add costs no mail, no write of ours, and is busy once."""
    for talk in shared.talks:
        await shared.book(talk)
    await shared.settle()
    before = len(shared.calendar.server.seen)
    for number in range(20):
        shared.person_acts(number % 2)
    assert await shared.settle() == (1, [])
    methods = {seen.method for seen in shared.calendar.server.seen[before:]}
    assert not methods & {"PUT", "DELETE"}
    assert len(await rows(shared.parts, "proposal")) == 0


def test_two_people_and_a_server_that_fails_for_three_hundred_steps(
    sqlite_template: Path,
) -> None:
    limits = settings(
        max_examples=8,
        stateful_step_count=50,
        deadline=None,
        derandomize=True,
        phases=(Phase.generate,),  # shrinking takes minutes; the steps are printed as they are
        suppress_health_check=list(HealthCheck),
    )
    steps = run_machine(sqlite_template, limits)
    assert steps.total() >= STEPS
    assert min(steps["planner"], steps["person 1"], steps["round with flaps"]) > 0
