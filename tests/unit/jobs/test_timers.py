"""Trust in the wall clock: it is given back only after it went evenly for two minutes."""

from datetime import UTC, datetime, timedelta

import pytest

from server.jobs.timers import Steadiness

pytestmark = pytest.mark.unit

START = datetime(2027, 3, 1, 9, tzinfo=UTC)


def looks(*moments: tuple[float, float]) -> list[bool]:
    """Whether the clock is believed at each look: (seconds that passed, seconds it shows)."""
    steadiness = Steadiness()
    found = []
    for ticks, shown in moments:
        steadiness = steadiness.after(START + timedelta(seconds=shown), ticks)
        found.append(steadiness.believed)
    return found


def test_even_clock_is_believed_from_the_first_look() -> None:
    assert looks((0, 0), (15, 15), (30, 31), (45, 44)) == [True] * 4


@pytest.mark.parametrize("jump", [-3600, 3600, 365 * 86400])
def test_clock_that_jumped_is_believed_after_two_even_minutes(jump: float) -> None:
    found = looks((0, 0), (15, 15 + jump), (60, 60 + jump), (134, 134 + jump), (135, 135 + jump))

    assert found == [True, False, False, False, True]


def test_clock_that_jumps_there_and_back_is_not_believed_between() -> None:
    assert looks((0, 0), (15, 86400), (30, 86415), (45, 45), (100, 100), (165, 165)) == [
        True,
        False,
        False,
        False,
        False,
        True,
    ]
