"""Which objects a calendar-query finds: components, times, and texts (RFC 4791 9.7)."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import recurring_ical_events
from icalendar import Calendar as Text
from icalendar import Component
from lxml import etree

from tests.stand_in.dav import C
from tests.stand_in.store import Kept

_FIRST = datetime(1900, 1, 1, tzinfo=UTC)
_LAST = datetime(2200, 1, 1, tzinfo=UTC)


def matches(root: etree._Element, kept: Kept) -> bool:
    """Whether the filter of a calendar-query finds this object."""
    outer = root.find(f"{{{C}}}filter/{{{C}}}comp-filter")
    if outer is None:
        return True
    return all(_component(inner, kept) for inner in outer.findall(f"{{{C}}}comp-filter"))


def _component(wanted: etree._Element, kept: Kept) -> bool:
    if wanted.find(f"{{{C}}}is-not-defined") is not None:
        return kept.component != wanted.get("name")
    if kept.component != wanted.get("name"):
        return False
    span = wanted.find(f"{{{C}}}time-range")
    if span is not None and not _within(span, kept):
        return False
    filters = wanted.findall(f"{{{C}}}prop-filter")
    return not filters or any(
        all(_property(one, component) for one in filters) for component in _events(kept)
    )


def _property(wanted: etree._Element, component: Component) -> bool:
    value = component.get(wanted.get("name"))
    if wanted.find(f"{{{C}}}is-not-defined") is not None:
        return value is None
    text = wanted.find(f"{{{C}}}text-match")
    if value is None or text is None:
        return value is not None
    said = value.to_ical().decode() if hasattr(value, "to_ical") else str(value)
    exact = text.get("collation", "i;ascii-casemap") == "i;octet"
    one, other = (text.text or "", said) if exact else ((text.text or "").lower(), said.lower())
    return (one in other) != (text.get("negate-condition") == "yes")


def _within(span: etree._Element, kept: Kept) -> bool:
    start = _moment(span.get("start"), _FIRST)
    end = _moment(span.get("end"), _LAST)
    if b"\nRRULE" in kept.data or b"\nRDATE" in kept.data:
        stop = min(end, start + timedelta(days=3700))
        times = recurring_ical_events.of(Text.from_ical(kept.data), components=[kept.component])
        return bool(times.between(start, stop))
    return any(_overlaps(event, start, end) for event in _events(kept))


def _overlaps(event: Component, start: datetime, end: datetime) -> bool:
    due = event.get("DTEND") or event.get("DUE")
    begins = event.get("DTSTART") or due
    if begins is None:
        return event.name == "VTODO"  # RFC 4791 9.9: a task without times is at all times
    first = _utc(begins.dt)
    last = _utc(due.dt) if due else first + _length(event, begins.dt)
    return first < end and (last > start or first == last == start)


def _length(event: Component, begins: date) -> timedelta:
    if event.get("DURATION"):
        return event["DURATION"].dt
    return timedelta() if isinstance(begins, datetime) else timedelta(days=1)


def _utc(value: date) -> datetime:
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _moment(text: str | None, otherwise: datetime) -> datetime:
    if not text:
        return otherwise
    return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _events(kept: Kept) -> list[Component]:
    return [one for one in _parsed(kept.data).subcomponents if one.name == kept.component]


@lru_cache(maxsize=4096)
def _parsed(data: bytes) -> Component:
    return Text.from_ical(data)
