"""When a foreign event begins and ends: every time is a day or a moment with a zone, or refused."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from calendar_sync.hostile import FIRST_YEAR, LAST_YEAR, NotBelieved, Part, Reason
from calendar_sync.zones import known_zone, zone_of

_UTC_ZONE = ZoneInfo("UTC")
_TIME = re.compile(
    r"([0-9]{4})([0-9]{2})([0-9]{2})(?:T([0-9]{2})([0-9]{2})([0-9]{2})(Z?))?", re.ASCII
)
_DURATION = re.compile(
    r"([+-]?)P(?:([0-9]{1,5})W)?(?:([0-9]{1,6})D)?"
    r"(?:T(?:([0-9]{1,6})H)?(?:([0-9]{1,7})M)?(?:([0-9]{1,8})S)?)?",
    re.ASCII,
)
_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=("[^"]*"|[^;]*)')
_NONE = timedelta(0)


@dataclass(frozen=True, slots=True)
class Reading:
    """What times are read with: the owner's zone, and the object for the rules of its zones."""

    owner_zone: ZoneInfo
    text: bytes


@dataclass(frozen=True, slots=True)
class Span:
    """How long an event lasts: on the clock of its zone, and after that on any clock.

    "From 23:00 to 7:00" ends at seven also in the night when the clock changes; "eight hours"
    (RFC 5545 3.3.6) lasts eight.
    """

    on_clock: timedelta = _NONE
    exact: timedelta = _NONE


@dataclass(frozen=True, slots=True)
class When:
    """The start of an event in its own zone, or its first day, and how long it lasts."""

    start: date | datetime
    span: Span

    @property
    def all_day(self) -> bool:
        """Only days are named."""
        return not isinstance(self.start, datetime)


def when(part: Part, reading: Reading) -> When:
    """When the event is, as it stands; a series: its first time.

    Raises:
        NotBelieved: no start, no valid time, an unknown zone, or an end before the start.
    """
    line = part.one("DTSTART")
    if line is None:
        raise NotBelieved(Reason.NO_START)
    start = read_time(line, reading)
    end, duration = part.one("DTEND"), part.one("DURATION")
    if end is not None:
        span = _until(start, read_time(end, reading))
    elif duration is not None:
        span = _lasting(start, duration.rpartition(":")[2].strip())
    else:
        span = Span() if isinstance(start, datetime) else Span(timedelta(days=1))
    begins, ends = interval(start, span, reading.owner_zone)
    if ends < begins:
        raise NotBelieved(Reason.ENDS_BEFORE_START)
    if ends.year > LAST_YEAR + 1:
        raise NotBelieved(Reason.YEAR_OUT_OF_RANGE)
    return When(start, span)


def interval(start: date | datetime, span: Span, owner_zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Begin and end in UTC; a day begins at midnight of the owner.

    What begins in an hour that the clock skips lasts as long as it says all the same.
    """
    if not isinstance(start, datetime):
        start = datetime.combine(start, time(), owner_zone)
    try:
        begins = start.astimezone(UTC)
        ends = (start + span.on_clock).astimezone(UTC) if span.on_clock else begins
        if ends <= begins and span.on_clock > timedelta(0):
            ends = begins + span.on_clock
        return begins, ends + span.exact
    except OverflowError as error:
        raise NotBelieved(Reason.YEAR_OUT_OF_RANGE) from error


def read_time(line: str, reading: Reading) -> date | datetime:
    """The only time of a line.

    Raises:
        NotBelieved: as `read_times`, or there is another number of times.
    """
    head, _, value = line.rpartition(":")  # an unquoted zone may hold a colon, a time does not
    return _parsed(value.strip(), _zone(head, reading))


def read_times(line: str, reading: Reading) -> Iterator[tuple[date | datetime, Span | None]]:
    """The times of a line of RDATE or EXDATE; a period (RFC 5545 3.3.9) with how long it lasts.

    Raises:
        NotBelieved: not a time, a year nobody plans in, or an unknown zone.
    """
    head, _, values = line.rpartition(":")
    zone = _zone(head, reading)
    for value in values.split(","):
        begin, slash, end = value.strip().partition("/")
        start = _parsed(begin, zone)
        if not slash:
            yield start, None
        elif end.startswith("P"):
            yield start, _lasting(start, end)
        else:
            yield start, _until(start, _parsed(end, zone))


def parameters(head: str) -> dict[str, str]:
    """The parameters of a line by name in capitals, quotes taken off."""
    return {name.upper(): value.strip('"') for name, value in _PARAMETER.findall(head)}


def _zone(head: str, reading: Reading) -> ZoneInfo:
    if not head:
        return reading.owner_zone
    name, known = _named(head)
    if not name:
        return reading.owner_zone
    return known or zone_of(name, reading.text)


@lru_cache(maxsize=256)
def _named(head: str) -> tuple[str, ZoneInfo | None]:
    name = parameters(head).get("TZID", "")
    return name, known_zone(name)


def _parsed(value: str, zone: ZoneInfo) -> date | datetime:
    found = _TIME.fullmatch(value)
    if not found:
        raise NotBelieved(Reason.BAD_TIME)
    year, month, day, hour, minute, second, utc = found.groups()
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise NotBelieved(Reason.YEAR_OUT_OF_RANGE)
    try:
        if hour is None:
            return date(int(year), int(month), int(day))
        seconds = min(int(second), 59) if second == "60" else int(second)  # a leap second
        return datetime(
            int(year), int(month), int(day), int(hour), int(minute), seconds,
            tzinfo=_UTC_ZONE if utc else zone,
        )  # fmt: skip
    except ValueError as error:
        raise NotBelieved(Reason.BAD_TIME) from error


def _until(start: date | datetime, end: date | datetime) -> Span:
    if isinstance(start, datetime) and isinstance(end, datetime):
        if start.tzinfo is end.tzinfo:
            return Span(end.replace(tzinfo=None) - start.replace(tzinfo=None))
        return Span(exact=end.astimezone(UTC) - start.astimezone(UTC))
    if isinstance(start, datetime) or isinstance(end, datetime):
        raise NotBelieved(Reason.BAD_TIME)
    return Span(end - start or timedelta(days=1))  # many write one day with the same end


def _lasting(start: date | datetime, text: str) -> Span:
    found = _DURATION.fullmatch(text.upper())
    if not found or not any(found.groups()[1:]):
        raise NotBelieved(Reason.BAD_TIME)
    if found[1] == "-":
        raise NotBelieved(Reason.ENDS_BEFORE_START)
    weeks, days, hours, minutes, seconds = (int(number or 0) for number in found.groups()[1:])
    exact = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if exact and not isinstance(start, datetime):
        raise NotBelieved(Reason.BAD_TIME)
    return Span(timedelta(weeks=weeks, days=days), exact)
