# ruff: noqa: DTZ001 -- wall time has no zone of its own
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.errors import BadInput
from coaching.wall_time import same_wall_day_before, to_instant, to_wall

pytestmark = pytest.mark.unit
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


@pytest.mark.parametrize(
    ("wall", "moment"),
    [
        (datetime(2027, 1, 19, 14), datetime(2027, 1, 19, 13, tzinfo=UTC)),
        (datetime(2027, 7, 1, 14), datetime(2027, 7, 1, 12, tzinfo=UTC)),
        (datetime(2027, 3, 28, 1, 59), datetime(2027, 3, 28, 0, 59, tzinfo=UTC)),
        (datetime(2027, 3, 28, 3, 0), datetime(2027, 3, 28, 1, 0, tzinfo=UTC)),
        (datetime(2027, 10, 31, 2, 30), datetime(2027, 10, 31, 0, 30, tzinfo=UTC)),
        (datetime(2027, 10, 31, 2, 30, fold=1), datetime(2027, 10, 31, 1, 30, tzinfo=UTC)),
    ],
)
def test_wall_time_is_the_moment_the_clock_shows_it(wall: datetime, moment: datetime) -> None:
    assert to_instant(wall, AMSTERDAM) == moment


@pytest.mark.parametrize("fold", [0, 1])
@pytest.mark.parametrize("minute", [0, 30, 59])
def test_a_skipped_wall_time_is_refused_with_its_field(minute: int, fold: int) -> None:
    with pytest.raises(BadInput) as refused:
        to_instant(datetime(2027, 3, 28, 2, minute, fold=fold), AMSTERDAM)

    assert (refused.value.code, refused.value.field) == ("time_skipped", "starts")


def test_mixing_up_wall_time_and_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone of its own"):
        to_instant(datetime(2027, 1, 1, tzinfo=UTC), AMSTERDAM)
    with pytest.raises(ValueError, match="needs a time zone"):
        to_wall(datetime(2027, 1, 1), AMSTERDAM)


@pytest.mark.parametrize(
    ("talk", "day_before"),
    [
        (datetime(2027, 3, 28, 14), datetime(2027, 3, 27, 14)),
        (datetime(2027, 10, 31, 14), datetime(2027, 10, 30, 14)),
        (datetime(2027, 3, 29, 2, 30), datetime(2027, 3, 28, 3, 30)),
    ],
)
def test_the_day_before_has_the_same_wall_time(talk: datetime, day_before: datetime) -> None:
    moment = same_wall_day_before(to_instant(talk, AMSTERDAM), AMSTERDAM)

    assert moment == to_instant(day_before, AMSTERDAM)


@given(st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)))
def test_a_moment_goes_to_the_wall_and_back(moment: datetime) -> None:
    moment = moment.replace(tzinfo=UTC)

    wall = to_wall(moment, AMSTERDAM)

    both = {to_instant(wall.replace(fold=fold), AMSTERDAM) for fold in (0, 1)}
    assert moment in both
