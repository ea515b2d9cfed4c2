"""The private, neutral event that stands in a coach's calendar (RFC 5545).

No candidate, no attendee, no subject of the talk: who may know more follows the link and signs in.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vRecur

from calendar_sync.events import X_ID, X_REVISION
from calendar_sync.plain_text import harmless

MAX_BYTES = 1_000_000
PRODID = "-//Tweespraak//NL"
_AMSTERDAM = "Europe/Amsterdam"
# A meeting is one time: what would make the event more, or another one, is not left standing.
_NEVER_OURS = ("DURATION", "RRULE", "RDATE", "EXDATE", "X-MICROSOFT-CDO-ALLDAYEVENT")


class Unreadable(Exception):
    """An object that is no calendar with one readable event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFacts:
    """What the event says. Moments are aware; `zone` is an IANA name; `stamp` is now."""

    uid: str
    meeting: str
    revision: int
    summary: str
    description: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    stamp: datetime
    named: bool = False  # whether the summary says who the candidate is
    location: str = ""  # of a talk at a location: the room and its place


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundEvent:
    """What stands in a calendar now. `revision` is None when the event carries none of ours."""

    uid: str
    revision: int | None
    calendar: Calendar


def build_event(facts: EventFacts) -> bytes:
    """Write the event as a calendar object of its own."""
    calendar = empty_calendar()
    add_zone(calendar, facts.zone)
    event = Event()
    event.add("uid", facts.uid)
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE")
    event.add("description", facts.description)
    _set_owned(event, facts)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def read_event(ics: bytes) -> FoundEvent:
    """Find the event in an object.

    Raises:
        Unreadable: too large, no calendar, no event, or an event without UID.
    """
    if len(ics) > MAX_BYTES:
        raise Unreadable("the object is larger than 1 MB")
    try:
        calendar = Calendar.from_ical(ics)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        raise Unreadable("the object is no calendar") from error
    if not isinstance(calendar, Calendar):
        raise Unreadable("the object is no calendar")
    event = _main_event(calendar)
    return FoundEvent(
        uid=str(event["UID"]), revision=_number(event.get(X_REVISION)), calendar=calendar
    )


def title_of(found: FoundEvent) -> str:
    """What it is called there."""
    return str(_main_event(found.calendar).get("SUMMARY", ""))


class Standing(StrEnum):
    """What stands in a calendar, beside what was just written there."""

    THE_SAME = "the same"
    TOUCHED = "touched"  # ours, and somebody changed its times since
    OTHER = "other"  # an older one of ours, somebody else's, or nothing that can be read


def standing(stored: bytes, written: bytes) -> Standing:
    """Whether `stored` is what was written; a server may have added or left out the rest."""
    try:
        there, ours = read_event(stored), read_event(written)
        same = _times(there.calendar) == _times(ours.calendar)
    except (Unreadable, ValueError, AttributeError):
        return Standing.OTHER
    if there.uid != ours.uid or there.revision not in (ours.revision, None):
        return Standing.OTHER
    if same:
        return Standing.THE_SAME
    return Standing.OTHER if there.revision is None else Standing.TOUCHED


def merge_event(found: FoundEvent, facts: EventFacts) -> bytes:
    """Write our fields into the event that stands there and leave all others as they are.

    Ours are start, end, summary, location, status, privacy and our lines of the description;
    reminders, colours, notes and what else people or programs added stay.
    """
    calendar = found.calendar
    event = _main_event(calendar)
    add_zone(calendar, facts.zone)
    calendar.subcomponents = [
        part for part in calendar.subcomponents if "RECURRENCE-ID" not in part
    ]
    _replace(event, "class", "PRIVATE")
    theirs = str(event.get("DESCRIPTION", ""))
    if facts.description not in theirs:
        _replace(event, "description", f"{facts.description}\n\n{theirs}".strip())
    _set_owned(event, facts)
    return bytes(calendar.to_ical(sorted=False))


def empty_calendar() -> Calendar:
    """A calendar object with the two properties that each must have."""
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    return calendar


def add_zone(calendar: Calendar, zone: str) -> None:
    """Add the rules of `zone` when times are written in it and it is not there yet."""
    there = {str(component.get("TZID")) for component in calendar.walk("VTIMEZONE")}
    if zone == _AMSTERDAM and zone not in there:
        calendar.subcomponents.insert(0, _amsterdam())


def moment_in(moment: datetime, zone: str) -> datetime:
    """The moment as it is written: on the clock of Amsterdam, and in UTC elsewhere.

    The hour that the clock shows twice in October is written in UTC, because a local time cannot
    tell which of the two it is (RFC 5545 3.3.5).
    """
    if zone != _AMSTERDAM:
        return moment.astimezone(UTC)
    local = moment.astimezone(ZoneInfo(zone))
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return moment.astimezone(UTC) if twice else local


def _set_owned(event: Event, facts: EventFacts) -> None:
    for name in _NEVER_OURS:
        event.pop(name, None)
    _replace(event, "dtstart", moment_in(facts.starts_at, facts.zone))
    _replace(event, "dtend", moment_in(facts.ends_at, facts.zone))
    _replace(event, "summary", facts.summary)
    event.pop("LOCATION", None)
    if facts.location:
        event.add("location", harmless(facts.location, limit=300))
    _replace(event, "status", "CONFIRMED")
    _replace(event, "dtstamp", facts.stamp.astimezone(UTC))
    _replace(event, "last-modified", facts.stamp.astimezone(UTC))
    _replace(event, "sequence", max(facts.revision, _number(event.get("SEQUENCE")) or 0))
    _replace(event, X_ID, facts.meeting)
    _replace(event, X_REVISION, str(facts.revision))


def _replace(event: Event, name: str, value: object) -> None:
    event.pop(name.upper(), None)
    event.add(name, value)


def _main_event(calendar: Calendar) -> Event:
    for event in calendar.walk("VEVENT"):
        if isinstance(event, Event) and "UID" in event and "RECURRENCE-ID" not in event:
            return event
    raise Unreadable("the object holds no event")


def _times(calendar: Calendar) -> tuple[object, object]:
    event = _main_event(calendar)
    return event.decoded("DTSTART", None), event.decoded("DTEND", None)


def _number(value: object) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None


def _amsterdam() -> Timezone:
    """One STANDARD and one DAYLIGHT, each one rule: what Outlook reads ([MS-STANOICAL] V0246)."""
    winter, summer = timedelta(hours=1), timedelta(hours=2)
    zone = Timezone()
    zone.add("tzid", _AMSTERDAM)
    daylight = TimezoneDaylight()
    daylight.add("dtstart", datetime(1970, 3, 29, 2))  # noqa: DTZ001 -- local by RFC 5545 3.6.5
    daylight.add("rrule", vRecur(freq="YEARLY", bymonth=3, byday="-1SU"))
    daylight.add("tzoffsetfrom", winter)
    daylight.add("tzoffsetto", summer)
    daylight.add("tzname", "CEST")
    standard = TimezoneStandard()
    standard.add("dtstart", datetime(1970, 10, 25, 3))  # noqa: DTZ001 -- local by RFC 5545 3.6.5
    standard.add("rrule", vRecur(freq="YEARLY", bymonth=10, byday="-1SU"))
    standard.add("tzoffsetfrom", summer)
    standard.add("tzoffsetto", winter)
    standard.add("tzname", "CET")
    zone.add_component(daylight)
    zone.add_component(standard)
    return zone
