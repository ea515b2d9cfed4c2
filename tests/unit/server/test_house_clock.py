"""The clock of the house: it follows what is even, and passes over what jumps until it is sure."""

from datetime import UTC, datetime, timedelta

import pytest

from coaching.errors import Unavailable
from server.house_clock import HouseClock, HouseTime, ticks

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


async def test_process_with_a_wrong_clock_goes_by_the_shared_one() -> None:
    began = ticks()

    async def show() -> datetime:
        return START + timedelta(seconds=ticks() - began)

    clock = HouseClock(show)
    await clock.begin()

    assert abs(clock() - await show()) < timedelta(seconds=1)
    await clock.look()
    assert abs(clock() - await show()) < timedelta(seconds=1)


async def test_database_that_does_not_answer_leaves_the_machines_own_clock() -> None:
    async def show() -> datetime:
        raise Unavailable("database_unreachable")

    clock = HouseClock(show)
    await clock.begin()

    assert abs(clock() - datetime.now(UTC)) < timedelta(minutes=5)
