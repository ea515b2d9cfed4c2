"""When a calendar is read again (calendar 11.7). Pure; every time is on the organisation's clock.

Spread is taken from the identity of the calendar, so that a hundred of them never come together
and the same calendar always gets the same answer.
"""

import hashlib
from datetime import UTC, datetime, timedelta
from uuid import UUID

SOON = timedelta(hours=48)
OFTEN, SELDOM = timedelta(seconds=60), timedelta(minutes=10)
JITTER = 0.2  # of the pause, to both sides
FEED = timedelta(minutes=30)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=15)  # after failures
LONGEST_ASKED = timedelta(hours=1)  # that a server may ask to be left alone
_OPENS, _CLOSES, _WORKDAYS = 7, 19, 5
_NIGHT, _NIGHT_HOURS = 1, 4  # full readings lie between one and five o'clock
_NOT_TWICE, _AT_LATEST = timedelta(hours=12), timedelta(hours=36)


def next_reading(connection: UUID, local: datetime, soonest: datetime | None) -> datetime:
    """When to read a calendar again; `soonest` is the start of its owner's next appointment."""
    near = soonest is not None and soonest <= local + SOON
    pause = OFTEN if near and in_office_hours(local) else SELDOM
    return local.astimezone(UTC) + pause * (
        1 - JITTER + 2 * JITTER * _part(connection, local.isoformat())
    )


def after_failure(
    connection: UUID, now: datetime, attempts: int, *, retry_after: float | None = None
) -> datetime:
    """When to try again after `attempts` failures; `retry_after` is in seconds, as it was asked."""
    doubled = FIRST_PAUSE * 2.0 ** min(max(attempts, 1) - 1, 20)
    pause = min(doubled, LONGEST_PAUSE) * (0.5 + _part(connection, f"failure {attempts}"))
    asked = timedelta(seconds=min(max(retry_after or 0.0, 0.0), LONGEST_ASKED.total_seconds()))
    return now + max(min(pause, LONGEST_PAUSE), asked)


def in_office_hours(local: datetime) -> bool:
    """Whether people work now, and change their calendars."""
    return local.weekday() < _WORKDAYS and _OPENS <= local.hour < _CLOSES


def full_reading_due(connection: UUID, local: datetime, newest: datetime | None) -> bool:
    """Whether it is time to compare everything: once a night, each calendar at its own minute."""
    if newest is None or local - newest > _AT_LATEST:
        return True
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    minute = int(_part(connection, "night") * _NIGHT_HOURS * 60)
    begins = midnight + timedelta(hours=_NIGHT, minutes=minute)
    return begins <= local and newest < begins and local - newest > _NOT_TWICE


def _part(connection: UUID, of: str) -> float:
    """A number from 0 to 1, always the same for the same."""
    digest = hashlib.sha256(connection.bytes + of.encode()).digest()
    return int.from_bytes(digest[:4], "big") / 2**32
