from datetime import UTC, datetime, timedelta
from statistics import mean
from uuid import UUID, uuid5

import pytest

from calendar_sync.polling import after_failure, full_reading_due, next_reading
from tests.conftest import AMSTERDAM

pytestmark = pytest.mark.unit
SPACE = UUID(int=7)
MANY = [uuid5(SPACE, str(number)) for number in range(300)]
WEDNESDAY = datetime(2027, 3, 3, 10, tzinfo=AMSTERDAM)


@pytest.mark.parametrize(
    ("now", "soon", "seconds"),
    [
        (WEDNESDAY, timedelta(hours=47), 60),
        (WEDNESDAY, timedelta(hours=49), 600),
        (WEDNESDAY, None, 600),
        (WEDNESDAY.replace(hour=22), timedelta(hours=20), 600),
        (WEDNESDAY + timedelta(days=3), timedelta(hours=47), 600),  # on Saturday
        (WEDNESDAY, -timedelta(minutes=10), 60),  # it is going on
    ],
)
def test_often_when_people_work_and_meet_soon_else_seldom(
    now: datetime, soon: timedelta | None, seconds: int
) -> None:
    starts = None if soon is None else now.astimezone(UTC) + soon
    pauses = [(next_reading(one, now, starts) - now).total_seconds() for one in MANY]
    assert all(0.8 * seconds <= pause <= 1.2 * seconds for pause in pauses)
    assert abs(mean(pauses) - seconds) < 0.02 * seconds
    assert len(set(pauses)) > 290


def test_the_clock_going_forward_makes_no_pause_of_an_hour() -> None:
    before = datetime(2027, 3, 28, 1, 59, 30, tzinfo=AMSTERDAM)
    later = next_reading(MANY[0], before, None)
    assert later - before.astimezone(UTC) < timedelta(minutes=13)


def test_failures_wait_longer_each_time_up_to_a_quarter_of_an_hour() -> None:
    for one in MANY[:20]:
        waits = [after_failure(one, WEDNESDAY, n) - WEDNESDAY for n in range(1, 12)]
        assert timedelta(seconds=7) < waits[0] < timedelta(seconds=23)
        assert timedelta(minutes=7) < waits[-1] <= timedelta(minutes=15)


@pytest.mark.parametrize(
    ("asked", "least", "most"),
    [(120.0, 120, 120), (86400.0, 3600, 3600), (-5.0, 7, 23), (1.0, 7, 23)],
)
def test_what_a_server_asks_is_waited_out_up_to_an_hour(
    asked: float, least: int, most: int
) -> None:
    waits = (after_failure(MANY[0], WEDNESDAY, 1, retry_after=asked) - WEDNESDAY).total_seconds()
    assert least <= waits <= most


def test_everything_is_compared_once_a_night_each_at_its_own_minute() -> None:
    moments = [
        datetime(2027, 3, 3, 0, tzinfo=AMSTERDAM) + timedelta(minutes=5 * step)
        for step in range(12 * 48)
    ]
    began = []
    for one in MANY[:50]:
        newest = datetime(2027, 3, 2, 9, tzinfo=AMSTERDAM)
        full = []
        for now in moments:
            if full_reading_due(one, now, newest):
                full.append(now)
                newest = now
        assert [each.day for each in full] == [3, 4]
        assert all(1 <= each.hour < 5 or (each.hour, each.minute) == (5, 0) for each in full)
        began.append(full[0])
    assert len(set(began)) > 25


def test_a_calendar_that_was_never_compared_or_not_for_days_is_due() -> None:
    assert full_reading_due(MANY[0], WEDNESDAY, None)
    assert full_reading_due(MANY[0], WEDNESDAY, WEDNESDAY - timedelta(hours=37))
    assert not full_reading_due(MANY[0], WEDNESDAY, WEDNESDAY - timedelta(minutes=5))
