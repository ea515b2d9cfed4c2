"""Guidance in writing: contacts a week, counted in both directions (S1-20, scenario 24)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenWeeks:
    """Contacts of this week and of the one before, out of those that are meant.

    `last_week` is None in the first week.
    """

    wanted: int
    this_week: int
    last_week: int | None


def written_weeks(
    contacts: Iterable[date], *, began: date, today: date, wanted: int
) -> WrittenWeeks:
    """Count contacts by the days they were on; weeks begin on Monday."""
    monday = today - timedelta(days=today.weekday())
    before = monday - _WEEK
    days = list(contacts)
    return WrittenWeeks(
        wanted=wanted,
        this_week=sum(monday <= day <= today for day in days),
        last_week=sum(before <= day < monday for day in days) if began < monday else None,
    )
