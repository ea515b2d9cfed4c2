"""What one of our mirrors says now, as far as people can change it."""

import re
from datetime import datetime

from calendar_sync.event_times import Reading, interval, when
from calendar_sync.events import X_ID, X_REVISION, OwnEvent
from calendar_sync.hostile import NotBelieved, Part, value_of
from calendar_sync.weighing import owner_declined

_LONGEST = 255
_REPEATS = ("RRULE", "RDATE")
_UID = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-[0-9]{1,6}@.+")  # of a mirror


def own_event(
    events: tuple[Part, ...], reading: Reading, *, owner_addresses: frozenset[str] = frozenset()
) -> OwnEvent | None:
    """The event that carries our mark, or None; a UID as we write them is a mark too.

    Some programs leave out what they do not know, and keep the UID. Anybody can write either: it
    is proven by the UID of a mirror. Times that nobody can understand
    are None; nothing is raised.
    """
    part = next((event for event in events if X_ID in event.lines or _named(event)), None)
    if part is None:
        return None
    repeats = len(events) > 1 or any(name in part.lines for name in (*_REPEATS, "RECURRENCE-ID"))
    revision = _first(part, X_REVISION)
    starts_at, ends_at, all_day = _times(part, reading)
    return OwnEvent(
        meeting=_first(part, X_ID) or _named(part),
        uid=_first(part, "UID"),
        revision=int(revision) if revision.isdecimal() and len(revision) <= 9 else None,  # noqa: PLR2004 -- a number of the database
        starts_at=starts_at,
        ends_at=ends_at,
        cancelled=_first(part, "STATUS").upper() == "CANCELLED",
        all_day=all_day,
        recurring=repeats,
        declined=owner_declined(part, owner_addresses),
    )


def _named(part: Part) -> str:
    """The meeting that a UID of ours names, or nothing."""
    found = _UID.fullmatch(_first(part, "UID"))
    return found[1] if found else ""


def _times(part: Part, reading: Reading) -> tuple[datetime | None, datetime | None, bool]:
    try:
        found = when(part, reading)
        return *interval(found.start, found.span, reading.owner_zone), found.all_day
    except NotBelieved:
        return None, None, False


def _first(part: Part, name: str) -> str:
    return value_of((part.lines.get(name) or [""])[0]).strip()[:_LONGEST]
