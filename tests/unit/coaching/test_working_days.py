from datetime import date

import pytest

from coaching.working_days import (
    easter_sunday,
    is_working_day,
    public_holidays,
    working_days_after,
    working_days_before,
)

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "easter",
    [
        date(2024, 3, 31),
        date(2025, 4, 20),
        date(2026, 4, 5),
        date(2027, 3, 28),
        date(2038, 4, 25),
        date(2000, 4, 23),
        date(1818, 3, 22),
        date(1900, 4, 15),
        date(1943, 4, 25),
        date(2100, 3, 28),
    ],
)
def test_easter_falls_where_the_almanac_says(easter: date) -> None:
    assert easter_sunday(easter.year) == easter


def test_the_holidays_of_2027() -> None:
    assert sorted(public_holidays(2027)) == [
        date(2027, 1, 1),
        date(2027, 3, 28),
        date(2027, 3, 29),
        date(2027, 4, 27),
        date(2027, 5, 6),
        date(2027, 5, 16),
        date(2027, 5, 17),
        date(2027, 12, 25),
        date(2027, 12, 26),
    ]


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2025, 5, 5), False),
        (date(2027, 5, 5), True),
        (date(2025, 4, 26), False),
        (date(2025, 4, 28), True),
        (date(2027, 1, 16), False),
        (date(2027, 1, 18), True),
    ],
)
def test_a_working_day_is_no_weekend_and_no_holiday(day: date, *, works: bool) -> None:
    assert is_working_day(day) is works


def test_working_days_step_over_easter() -> None:
    assert working_days_before(date(2027, 3, 30), 1) == date(2027, 3, 26)
    assert working_days_after(date(2027, 3, 25), 2) == date(2027, 3, 30)
