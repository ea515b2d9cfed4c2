"""The clock of the house: it follows what is even, and passes over what jumps until it is sure."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from coaching.errors import Unavailable
from server.house_clock import HouseClock, HouseTime

pytestmark = pytest.mark.unit

START = datetime(2027, 3, 1, 9, tzinfo=UTC)


def shown_after(*looks: tuple[float, float]) -> list[float]:
    """What the house takes the time for after each look: (seconds that passed, seconds shown)."""
    known = HouseTime(moment=START, ticks=0.0)
    found = []
    for passed, shown in looks:
        known = known.hear(START + timedelta(seconds=shown), passed)
        found.append((known.at(passed) - START).total_seconds())
    return found


def test_clock_that_goes_a_little_fast_or_slow_is_followed() -> None:
    assert shown_after((15, 15.5), (30, 31.0), (45, 44.5)) == [15.5, 31.0, 44.5]


@pytest.mark.parametrize("jump", [-3600, 3600, 365 * 86_400])
def test_jump_is_passed_over_until_the_clock_went_evenly_for_two_minutes(jump: float) -> None:
    looks = (15, 15 + jump), (60, 60 + jump), (134, 134 + jump), (135, 135 + jump)

    assert shown_after(*looks) == [15, 60, 134, 135 + jump]


def test_jump_there_and_back_is_never_seen() -> None:
    looks = [(at, at + (3600 if at < 120 else 0)) for at in range(15, 300, 15)]

    assert shown_after(*looks) == [at for at, _ in looks]


def test_second_jump_begins_the_two_minutes_anew() -> None:
    looks = (15, 3615), (90, 3690), (105, -3495), (140, -3460), (224, -3376), (225, -3375)

    assert shown_after(*looks) == [15, 90, 105, 140, 224, -3375]


def test_leap_second_that_is_smeared_over_a_day_is_followed() -> None:
    looks = [(at, at * (1 - 1 / 86_400)) for at in range(600, 86_401, 600)]

    assert shown_after(*looks)[-1] == pytest.approx(86_399)


class Shared:
    """The clock of the house as the looks find it; seconds pass only as a test says."""

    def __init__(self) -> None:
        self.passed, self.ahead, self.answer_takes = 0.0, 0.0, 0.0
        self.error: Exception | None = None
        self.clock = HouseClock(self.show, lambda: self.passed)

    async def show(self) -> datetime:
        self.passed += self.answer_takes
        if self.error:
            raise self.error
        return START + timedelta(seconds=self.passed + self.ahead)

    @property
    def off(self) -> float:
        """How many seconds what the process goes by is ahead of the shared clock."""
        return (self.clock() - START).total_seconds() - self.passed - self.ahead


async def test_process_with_a_wrong_clock_goes_by_the_shared_one() -> None:
    shared = Shared()
    await shared.clock.begin()
    assert shared.off == 0

    shared.passed, shared.ahead = 15.0, 1.0
    assert shared.off == -1
    await shared.clock.look()

    assert shared.off == 0


async def test_slow_answer_says_nothing() -> None:
    shared = Shared()
    await shared.clock.begin()
    shared.passed, shared.ahead, shared.answer_takes = 15.0, 1.0, 1.5

    await shared.clock.look()

    assert shared.off == -1


async def test_slow_first_answer_is_believed_until_there_is_a_quick_one() -> None:
    shared = Shared()
    shared.answer_takes = 10.0
    await shared.clock.begin()
    assert shared.off == pytest.approx(5)

    shared.answer_takes = 0.0
    await shared.clock.look()

    assert shared.off == 0


async def test_first_moment_heard_is_not_doubted_when_the_database_comes_later() -> None:
    shared = Shared()
    shared.error = Unavailable("database_unreachable")
    await shared.clock.begin()
    assert abs(shared.clock() - datetime.now(UTC)) < timedelta(days=1)

    shared.error, shared.passed = None, 15.0
    await shared.clock.look()

    assert shared.off == 0


@pytest.mark.parametrize("error", [OSError("reset"), Unavailable("busy"), RuntimeError("closed")])
async def test_keeper_goes_on_after_any_error(error: Exception) -> None:
    looked = asyncio.Event()
    errors = [error]

    async def show() -> datetime:
        if errors:
            raise errors.pop()
        looked.set()
        return START

    clock = HouseClock(show)
    keeping = asyncio.create_task(clock.keep(every=0.001))
    await asyncio.wait_for(looked.wait(), 60)
    keeping.cancel()

    with pytest.raises(asyncio.CancelledError):
        await keeping
