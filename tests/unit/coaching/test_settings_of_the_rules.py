from dataclasses import replace
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.errors import BadInput
from coaching.settings import VERSION_1, InactivityDays

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lower_percent", 81),
        ("less_skilled_percent", 90),
        ("banner_seconds", 121),
        ("question_seconds", 181),
        ("practice_until_days", 8),
        ("nudge_from_hour", 21),
        ("light", InactivityDays(nudge=7, phone=7, offline=9)),
        ("held_seconds", -1),
        ("online_seen_percent", 101),
        ("nudge_from_hour", 20),
        ("nudge_until_hour", 25),
        ("offline_slots", 0),
        ("offline_slots", 11),
        ("horizon_days", 999_999),
        ("offline_within_days", 999_999),
        ("reconnects", 0),
        ("notice_hours", 56 * 24),
        ("staff_notice_hours", 56 * 24),
        ("exception_text_length", 201),
        ("usual", InactivityDays(nudge=1, phone=2, offline=999_999)),
    ],
)
def test_numbers_that_contradict_are_refused(field: str, value: object) -> None:
    with pytest.raises(BadInput) as refused:
        replace(VERSION_1, **{field: value})

    assert (refused.value.code, refused.value.field) == ("settings_contradict", field)


@given(st.integers(2, 200))
def test_the_band_is_whole_and_in_order(talks: int) -> None:
    lower, upper = VERSION_1.online_band(talks)

    assert lower <= upper
    assert lower == ceil(talks * 3 / 10)
    assert upper == floor(talks * 8 / 10)


def test_only_one_talk_is_too_few_for_a_band() -> None:
    lower, upper = VERSION_1.online_band(1)

    assert lower > upper


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("lower_percent", 80),
        ("upper_percent", 100),
        ("banner_seconds", 0),
        ("question_seconds", 180),
        ("light", InactivityDays(nudge=1, phone=2, offline=3)),
    ],
)
def test_numbers_at_their_edge_are_kept(field: str, value: object) -> None:
    assert getattr(replace(VERSION_1, **{field: value}), field) == value


@pytest.mark.parametrize(
    "days",
    [
        InactivityDays(nudge=0, phone=2, offline=3),
        InactivityDays(nudge=2, phone=2, offline=3),
        InactivityDays(nudge=1, phone=3, offline=3),
    ],
)
def test_levels_of_silence_follow_each_other(days: InactivityDays) -> None:
    with pytest.raises(BadInput):
        replace(VERSION_1, usual=days)


@pytest.mark.parametrize(
    ("numbers", "field", "other"),
    [
        ({"remind_first_hours": 2}, "remind_second_hours", "remind_first_hours"),
        ({"remind_second_hours": 25}, "remind_second_hours", "remind_first_hours"),
        ({"remind_second_hours": 0}, "remind_second_hours", "1"),
        ({"remind_first_hours": 169}, "remind_first_hours", "168"),
        ({"remind_from_hour": 21}, "remind_from_hour", "remind_until_hour"),
        ({"remind_until_hour": 25}, "remind_until_hour", "24"),
    ],
    ids=str,
)
def test_reminders_that_contradict_each_other_are_refused(
    numbers: dict[str, int], field: str, other: str
) -> None:
    with pytest.raises(BadInput, match="settings_contradict") as refused:
        replace(VERSION_1, **numbers)

    assert (refused.value.field, refused.value.params["other"]) == (field, other)
