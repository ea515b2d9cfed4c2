"""A whole foreign feed (an ICS address): cut by UID, so that each object is read on its own.

One bad object leaves the rest as it is. A piece keeps the rules of zones with names nobody knows.
"""

import hashlib
import re

from calendar_sync.hostile import MAX_PARTS, NotBelieved, Reason, harmless_text
from calendar_sync.reading import MAX_ANSWER_BYTES
from calendar_sync.zones import known_zone

MAX_FEED_LINES = 2_000_000
MAX_FEED_EVENTS = 50_000
_MOST_ZONES = 20
_PART = re.compile(rb"^(BEGIN|END):([A-Za-z0-9-]+)[ \t]*$", re.MULTILINE | re.IGNORECASE)
_UID = re.compile(rb"^UID(?:;[^\n:]*)?:([^\n]*)$", re.MULTILINE | re.IGNORECASE)
_TZID = re.compile(rb"^TZID(?:;[^\n:]*)?:([^\n]*)$", re.MULTILINE | re.IGNORECASE)


def cut_feed(feed: bytes) -> dict[str, bytes]:
    """The objects of a feed by a name that stays the same as long as the UID does.

    A feed without events is an empty calendar, and gives none.

    Raises:
        NotBelieved: too large, too long, cut off, nested wrongly, or no calendar at all.
    """
    text = harmless_text(feed, max_bytes=MAX_ANSWER_BYTES, max_lines=MAX_FEED_LINES)
    events, zones = _blocks(text)
    by_name: dict[str, list[bytes]] = {}
    for number, event in enumerate(events):
        by_name.setdefault(_name(event, number), []).append(event)
    head = b"BEGIN:VCALENDAR\n" + b"".join(zones)
    return {
        name: head + b"".join(parts[: MAX_PARTS + 1]) + b"END:VCALENDAR\n"
        for name, parts in by_name.items()
    }


def _blocks(text: bytes) -> tuple[list[bytes], list[bytes]]:
    events: list[bytes] = []
    zones: list[bytes] = []
    stack: list[bytes] = []
    begin, calendars = 0, 0
    for found in _PART.finditer(text):
        name = found[2].upper()
        if found[1].upper() == b"BEGIN":
            calendars += not stack and name == b"VCALENDAR"
            stack.append(name)
            begin = found.start() if len(stack) == 2 else begin  # noqa: PLR2004 -- below VCALENDAR
            continue
        if not stack or stack.pop() != name:
            raise NotBelieved(Reason.NESTING_BROKEN)
        if stack == [b"VCALENDAR"]:
            _keep(text[begin : found.end()] + b"\n", name, events, zones)
    if stack:
        raise NotBelieved(Reason.CUT_OFF)
    if not calendars:
        raise NotBelieved(Reason.NOT_A_CALENDAR)
    return events, zones


def _keep(block: bytes, name: bytes, events: list[bytes], zones: list[bytes]) -> None:
    if name == b"VEVENT":
        events.append(block)
        if len(events) > MAX_FEED_EVENTS:
            raise NotBelieved(Reason.TOO_MANY_PARTS)
    elif name == b"VTIMEZONE" and len(zones) < _MOST_ZONES:
        named = _TZID.search(block)
        if named and known_zone(named[1].decode("utf-8", "replace")) is None:
            zones.append(block)


def _name(event: bytes, number: int) -> str:
    """A hash of the UID; an event without one is known by what it says, or by its place."""
    uid = _UID.search(event)
    if uid and uid[1].strip():
        return hashlib.sha256(uid[1].strip()).hexdigest()
    return "-" + hashlib.sha256(event + str(number).encode()).hexdigest()
