"""When a reminder is due: so many hours before, in daytime, on the candidate's own clock."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from coaching.settings import VERSION_1
from server.usecases.reminding import ReminderKind, furthest_reminder, is_of_use, remind_at

pytestmark = pytest.mark.unit
HERE = ZoneInfo("Europe/Amsterdam")
FIRST, SECOND = ReminderKind.DAY_BEFORE, ReminderKind.TWO_HOURS


def at(wall: str) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=HERE)


@pytest.mark.parametrize(
    ("talk", "reminder", "numbers", "due"),
    [
        ("2027-03-03T14:00", FIRST, {}, "2027-03-02T14:00"),
        ("2027-03-03T14:00", SECOND, {}, "2027-03-03T12:00"),
        ("2027-03-29T14:00", FIRST, {"remind_first_hours": 48}, "2027-03-27T14:00"),  # E17
        ("2027-03-03T14:00", FIRST, {"remind_first_hours": 30}, "2027-03-02T08:00"),
        ("2027-03-03T14:00", SECOND, {"remind_second_hours": 3}, "2027-03-03T11:00"),
        ("2027-03-03T09:00", SECOND, {}, "2027-03-02T20:59"),  # seven is no daytime
        ("2027-03-03T22:00", FIRST, {}, "2027-03-02T20:59"),
        ("2027-03-03T09:00", SECOND, {"remind_from_hour": 7}, "2027-03-03T07:00"),
        ("2027-03-03T22:00", FIRST, {"remind_until_hour": 24}, "2027-03-02T22:00"),
        ("2027-03-03T01:00", SECOND, {"remind_until_hour": 24}, "2027-03-02T23:00"),
        ("2027-03-03T20:00", SECOND, {"remind_until_hour": 18}, "2027-03-03T17:59"),
    ],
)
def test_reminder_is_due_by_the_numbers_in_daytime(
    talk: str, reminder: ReminderKind, numbers: dict[str, int], due: str
) -> None:
    assert remind_at(at(talk), reminder, HERE, replace(VERSION_1, **numbers)) == at(due)


def test_reminder_is_of_no_use_shortly_before_the_talk_or_when_told_later() -> None:
    talk, due = at("2027-03-03T14:00"), at("2027-03-02T14:00")
    long_ago, just = at("2027-02-01T09:00"), timedelta(minutes=1)

    def helps(now: datetime, told: datetime = long_ago) -> bool:
        return is_of_use(talk, FIRST, due, told=told, now=now)

    assert helps(due)
    assert helps(talk - timedelta(hours=4) - just)
    assert not helps(talk - timedelta(hours=4))
    assert not helps(due, told=due)
    assert not is_of_use(talk, FIRST, talk - 2 * just, told=long_ago, now=talk - just)


def test_clock_looks_far_enough_ahead_for_every_version() -> None:
    later = replace(VERSION_1, remind_first_hours=168)

    assert furthest_reminder([VERSION_1]) == timedelta(hours=48)
    assert furthest_reminder([VERSION_1, later]) == timedelta(hours=192)
