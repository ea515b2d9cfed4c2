"""The pause between attempts."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from server.jobs.backoff import pause

pytestmark = pytest.mark.unit

ROW = UUID(int=7)


def test_same_row_and_attempt_always_wait_the_same() -> None:
    assert pause(ROW, 3) == pause(ROW, 3)
    assert len({pause(uuid4(), 3) for _ in range(50)}) > 40


@pytest.mark.parametrize(("attempts", "base"), [(1, 5), (2, 10), (5, 80), (8, 640)])
def test_pause_doubles_and_is_spread(attempts: int, base: int) -> None:
    for _ in range(200):
        seconds = pause(uuid4(), attempts).total_seconds()
        assert 0.5 * base <= seconds <= 1.5 * base


@pytest.mark.parametrize("attempts", [10, 1000, 10**8])
def test_pause_has_an_end(attempts: int) -> None:
    assert pause(ROW, attempts) <= timedelta(minutes=15)


def test_asked_pause_is_waited_out_but_not_for_ever() -> None:
    assert pause(ROW, 1, retry_after=600) == timedelta(seconds=600)
    assert pause(ROW, 1, retry_after=10**9) == timedelta(hours=1)
    assert pause(ROW, 1, retry_after=-5) == pause(ROW, 1)
