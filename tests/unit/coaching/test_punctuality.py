"""Counts of how talks began and ended: each cause by itself."""

from datetime import UTC, datetime, timedelta

import pytest

from coaching.punctuality import DueTalk, count_talks
from coaching.words import MeetingStatus

pytestmark = pytest.mark.unit

AT = datetime(2027, 3, 3, 14, 0, tzinfo=UTC)


def due(status: MeetingStatus, late: int | None = None) -> DueTalk:
    opened = None if late is None else AT + timedelta(seconds=late)
    return DueTalk(status=status, starts_at=AT, opened_at=opened)


def test_talks_that_began_within_three_minutes_are_on_time_also_when_both_came_early() -> None:
    held = MeetingStatus.HELD
    counts = count_talks([due(held, -120), due(held, 0), due(held, 180), due(held, 181)])

    assert (counts.on_time, counts.late, counts.on_time_percent) == (3, 1, 75)
    assert counts.median_late_seconds == 90


def test_technology_no_show_and_open_talks_are_counted_apart() -> None:
    statuses = [
        MeetingStatus.HELD,
        MeetingStatus.FAILED,
        MeetingStatus.FAILED,
        MeetingStatus.MISSED,
        MeetingStatus.PLANNED,
        MeetingStatus.OPEN,
    ]
    counts = count_talks(due(status) for status in statuses)

    assert (counts.held, counts.failed, counts.missed, counts.open) == (1, 2, 1, 2)
    assert counts.talks == 6


def test_without_talks_there_is_no_share() -> None:
    counts = count_talks([])

    assert counts.on_time_percent is None
    assert counts.median_late_seconds is None
