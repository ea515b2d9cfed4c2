"""The first look at a foreign calendar object, as bytes, before anything else may see it.

It takes one pass, costs as much as the object is long, and keeps only the lines that tell time
and weight (security 2.7). What goes on from here has a known shape: so many lines, so deep, so
many dates, and only rules that come to an end.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from calendar_sync.events import ObjectState
from calendar_sync.reading import MAX_OBJECT_BYTES

MAX_LINES = 20_000
MAX_LINE_BYTES = 64 * 1024
MAX_DEPTH = 4
MAX_PARTS = 5_000
MAX_DATES = 500
MAX_PARAMETERS = 50
MAX_EVENTS = 1_000  # of one UID: a series with its changed occurrences
FIRST_YEAR, LAST_YEAR = 1970, 2100


class Reason(StrEnum):
    """Why an object is not believed; stable codes, stored and shown in words."""

    TOO_LARGE = "too_large"
    TOO_MANY_LINES = "too_many_lines"
    LINE_TOO_LONG = "line_too_long"
    TOO_DEEP = "too_deep"
    TOO_MANY_PARTS = "too_many_parts"
    TOO_MANY_DATES = "too_many_dates"
    TOO_MANY_PARAMETERS = "too_many_parameters"
    TOO_MANY_OCCURRENCES = "too_many_occurrences"
    TOO_SLOW = "too_slow"
    READER_BROKE = "reader_broke"
    RULE_TOO_OFTEN = "rule_too_often"
    RULE_NEVER = "rule_never"
    RULE_TOO_LONG = "rule_too_long"
    RULE_BROKEN = "rule_broken"
    YEAR_OUT_OF_RANGE = "year_out_of_range"
    ENDS_BEFORE_START = "ends_before_start"
    NOT_A_CALENDAR = "not_a_calendar"
    NESTING_BROKEN = "nesting_broken"
    CUT_OFF = "cut_off"
    NO_EVENT = "no_event"
    NO_START = "no_start"
    BAD_TIME = "bad_time"
    TWICE_THE_SAME = "twice_the_same"
    SEVERAL_UIDS = "several_uids"
    ZONE_UNKNOWN = "zone_unknown"


_UNREADABLE = frozenset(
    {
        Reason.NOT_A_CALENDAR,
        Reason.NESTING_BROKEN,
        Reason.CUT_OFF,
        Reason.NO_EVENT,
        Reason.NO_START,
        Reason.BAD_TIME,
        Reason.TWICE_THE_SAME,
        Reason.SEVERAL_UIDS,
    }
)


class NotBelieved(Exception):
    """An object that is not taken for what it says; `reason` is shown, never the object."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Part:
    """One VEVENT: its lines by name, each as it stands behind the name (";TZID=…:2027…")."""

    lines: dict[str, list[str]] = field(default_factory=dict)

    def one(self, name: str) -> str | None:
        """The only line of that name.

        Raises:
            NotBelieved: it stands there twice, so that nobody knows which one counts.
        """
        found = self.lines.get(name)
        if found is None:
            return None
        if len(found) > 1:
            raise NotBelieved(Reason.TWICE_THE_SAME)
        return found[0]

    def value(self, name: str) -> str:
        """What the only line of that name says, without parameters and in capitals, or ""."""
        line = self.one(name)
        return "" if line is None else value_of(line).strip().upper()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """An object of a harmless shape. `text` is whole and unfolded, for the rules of zones."""

    events: tuple[Part, ...]
    others: frozenset[str]  # names of the other parts below VCALENDAR
    text: bytes


_KEPT = (
    *("UID", "SEQUENCE", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE"),
    *("RECURRENCE-ID", "STATUS", "TRANSP", "ATTENDEE", "ORGANIZER", "LOCATION"),
    *("X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-INTENDEDSTATUS"),
    *("X-TWEESPRAAK-ID", "X-TWEESPRAAK-REV"),
)
_LINE = re.compile(
    rb"^(BEGIN|END|" + "|".join(_KEPT).encode() + rb")([;:][^\n]*)$", re.MULTILINE | re.IGNORECASE
)
_FOLD = re.compile(rb"\r?\n[ \t]")
_END_OF_LINE = re.compile(rb"\r\n?")
_HEAD = re.compile(r'(?:[^":]|"[^"]*")*:')
_DATES = ("RDATE", "EXDATE")


def state_of(reason: Reason) -> ObjectState:
    """What became of an object that is not believed for `reason`."""
    if reason is Reason.ZONE_UNKNOWN:
        return ObjectState.ZONE_UNKNOWN
    return ObjectState.UNREADABLE if reason in _UNREADABLE else ObjectState.REFUSED


def value_of(line: str) -> str:
    """What stands behind the first colon outside quotes (RFC 5545 3.1); "" without one."""
    head = _HEAD.match(line)
    return line[head.end() :] if head else ""


def scan(ics: bytes) -> Scanned:
    """Look at one object.

    Raises:
        NotBelieved: it is too large, too deep, has too much of something, or is no calendar.
    """
    text = harmless_text(ics, max_bytes=MAX_OBJECT_BYTES, max_lines=MAX_LINES)
    events, others = _parts(text)
    for event in events:
        if sum(line.count(",") + 1 for name in _DATES for line in event.lines.get(name, ())) > (
            MAX_DATES
        ):
            raise NotBelieved(Reason.TOO_MANY_DATES)
    if len(events) > MAX_EVENTS:
        raise NotBelieved(Reason.TOO_MANY_PARTS)
    return Scanned(events=events, others=others, text=text)


def harmless_text(ics: bytes, *, max_bytes: int, max_lines: int) -> bytes:
    """The object with its lines unfolded (RFC 5545 3.1) and ended by a line feed.

    Raises:
        NotBelieved: more bytes, lines, bytes in a line or parameters in a line than allowed.
    """
    if len(ics) > max_bytes:
        raise NotBelieved(Reason.TOO_LARGE)
    if ics.count(b"\n") > max_lines:
        raise NotBelieved(Reason.TOO_MANY_LINES)
    text = _END_OF_LINE.sub(b"\n", _FOLD.sub(b"", ics.removeprefix(b"\xef\xbb\xbf")))
    if len(text) > MAX_LINE_BYTES and max(map(len, text.split(b"\n"))) > MAX_LINE_BYTES:
        raise NotBelieved(Reason.LINE_TOO_LONG)
    if text.count(b";") > MAX_PARAMETERS:
        _count_parameters(text)
    return text


def _count_parameters(text: bytes) -> None:
    for line in text.split(b"\n"):
        if line.count(b";") > MAX_PARAMETERS:
            head = _HEAD.match(line.decode("latin-1"))
            if head and re.sub(r'"[^"]*"', "", head[0]).count(";") > MAX_PARAMETERS:
                raise NotBelieved(Reason.TOO_MANY_PARAMETERS)


@dataclass(slots=True)
class _Walk:
    """Where in the object the pass is."""

    stack: list[str] = field(default_factory=list)
    events: list[Part] = field(default_factory=list)
    others: set[str] = field(default_factory=set)
    count: int = 0

    def begin(self, name: str) -> None:
        self.count += 1
        if self.count > MAX_PARTS:
            raise NotBelieved(Reason.TOO_MANY_PARTS)
        if (name == "VCALENDAR") != (not self.stack):
            raise NotBelieved(Reason.NESTING_BROKEN if self.stack else Reason.NOT_A_CALENDAR)
        self.stack.append(name)
        if len(self.stack) > MAX_DEPTH:
            raise NotBelieved(Reason.TOO_DEEP)
        if len(self.stack) == 2:  # noqa: PLR2004 -- directly below VCALENDAR
            self._below_calendar(name)
        elif name == "VEVENT":
            raise NotBelieved(Reason.NESTING_BROKEN)

    def _below_calendar(self, name: str) -> None:
        if name == "VEVENT":
            self.events.append(Part())
        else:
            self.others.add(name)

    def end(self, name: str) -> None:
        if not self.stack or self.stack.pop() != name:
            raise NotBelieved(Reason.NESTING_BROKEN)


def _parts(text: bytes) -> tuple[tuple[Part, ...], frozenset[str]]:
    walk = _Walk()
    for name_bytes, rest in _LINE.findall(text):
        name = name_bytes.decode("ascii").upper()
        if name == "BEGIN":
            walk.begin(_name(rest))
        elif name == "END":
            walk.end(_name(rest))
        elif walk.stack[-1:] == ["VEVENT"]:
            walk.events[-1].lines.setdefault(name, []).append(rest.decode("utf-8", "replace"))
    if walk.stack:
        raise NotBelieved(Reason.CUT_OFF)
    if not walk.count:
        raise NotBelieved(Reason.NOT_A_CALENDAR)
    return tuple(walk.events), frozenset(walk.others)


def _name(rest: bytes) -> str:
    return rest[1:].decode("latin-1").strip().upper()


_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_FREQUENCIES = frozenset({"DAILY", "WEEKLY", "MONTHLY", "YEARLY"})
_DAYS_OF = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MAX_COUNT = 1_000
_MAX_INTERVAL = 10_000
_MAX_LISTED = 400
_WEEKDAY = re.compile(r"(?:[+-]?[0-9]{1,2})?(?:MO|TU|WE|TH|FR|SA|SU)")
_NUMBER = re.compile(r"[+-]?[0-9]{1,5}")
_LISTS = MappingProxyType(  # RFC 5545 3.3.10: the largest number, and whether below 0 is allowed
    {
        "BYMONTH": (12, False),
        "BYMONTHDAY": (31, True),
        "BYYEARDAY": (366, True),
        "BYWEEKNO": (53, True),
        "BYSETPOS": (366, True),
    }
)


def checked_rule(line: str) -> dict[str, str]:
    """The parts of an RRULE that comes to an end (RFC 5545 3.3.10), FREQ first.

    Raises:
        NotBelieved: more often than daily, never, more than 1,000 times, or not a rule at all.
    """
    rule: dict[str, str] = {}
    for part in value_of(line).strip().upper().rstrip(";").split(";"):
        name, _, value = part.partition("=")
        if name in rule:
            raise NotBelieved(Reason.RULE_BROKEN)
        rule[name.strip()] = value.strip()
    _check_frequency(rule)
    for name, value in rule.items():
        _check_part(name, value)
    if not _day_exists(rule):
        raise NotBelieved(Reason.RULE_NEVER)
    return {"FREQ": rule.pop("FREQ"), **rule}


def _check_frequency(rule: dict[str, str]) -> None:
    frequency = rule.get("FREQ", "")
    if frequency in _OFTEN or "BYSECOND" in rule or "BYMINUTE" in rule:
        raise NotBelieved(Reason.RULE_TOO_OFTEN)
    if frequency not in _FREQUENCIES:
        raise NotBelieved(Reason.RULE_BROKEN)


def _check_part(name: str, value: str) -> None:
    if name in ("FREQ", "UNTIL"):
        return
    if name == "WKST":
        _believe(_WEEKDAY.fullmatch(value) is not None, Reason.RULE_BROKEN)
    elif name == "INTERVAL":
        _check_interval(value)
    elif name == "COUNT":
        _believe(_number(value) >= 1, Reason.RULE_BROKEN)
        _believe(_number(value) <= _MAX_COUNT, Reason.RULE_TOO_LONG)
    else:
        _check_list(name, value.split(","))


def _check_interval(value: str) -> None:
    _believe(_number(value) >= 1, Reason.RULE_NEVER)
    _believe(_number(value) <= _MAX_INTERVAL, Reason.RULE_BROKEN)


def _check_list(name: str, values: list[str]) -> None:
    _believe(len(values) <= _MAX_LISTED, Reason.RULE_TOO_LONG)
    if name == "BYDAY":
        _believe(all(_WEEKDAY.fullmatch(value) for value in values), Reason.RULE_BROKEN)
    elif name == "BYHOUR":
        _believe(all(0 <= _number(value) <= 23 for value in values), Reason.RULE_BROKEN)  # noqa: PLR2004 -- the hours of a day
    elif name in _LISTS:
        most, below = _LISTS[name]
        numbers = [_number(value) for value in values]
        good = all(number and -most * below <= number <= most for number in numbers)
        _believe(good, Reason.RULE_BROKEN)
    else:
        raise NotBelieved(Reason.RULE_BROKEN)


def _number(value: str) -> int:
    if not _NUMBER.fullmatch(value):
        raise NotBelieved(Reason.RULE_BROKEN)
    return int(value)


def _day_exists(rule: dict[str, str]) -> bool:
    if "BYMONTH" not in rule or "BYMONTHDAY" not in rule:
        return True
    months = [int(month) for month in rule["BYMONTH"].split(",")]
    days = [abs(int(day)) for day in rule["BYMONTHDAY"].split(",")]
    return min(days) <= max(_DAYS_OF[month - 1] for month in months)


def _believe(good: bool, reason: Reason) -> None:  # noqa: FBT001 -- reads as an assertion
    if not good:
        raise NotBelieved(reason)
