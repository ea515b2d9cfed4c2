"""Which time zone a foreign name means. Who is not sure says so: never UTC by default.

A known name means what our own zone data says. Rules that come along under a known name are not
looked at, so that a lie inside moves nothing; rules under an unknown name are compared with a
few zones, and only an exact likeness counts.
"""

import re
from functools import cache, lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

from calendar_sync.hostile import NotBelieved, Reason

_LONGEST_NAME = 200
_NOT_A_PLACE = frozenset({"factory", "localtime", "posixrules"})
_SHOWN = (  # as Windows shows a zone to people, which some programs write as its name
    ("amsterdam, berlin, bern", "Europe/Amsterdam"),
    ("brussels, copenhagen, madrid, paris", "Europe/Brussels"),
    ("belgrade, bratislava, budapest", "Europe/Budapest"),
    ("dublin, edinburgh, lisbon, london", "Europe/London"),
    ("coordinated universal time", "UTC"),
)


def zone_of(name: str, calendar: bytes) -> ZoneInfo:
    """The zone that `name` (a TZID) means in the unfolded text `calendar`.

    Raises:
        NotBelieved: ZONE_UNKNOWN; the name is unknown, and so are its rules.
    """
    zone = known_zone(name) or _like_known(name, calendar)
    if zone is None:
        raise NotBelieved(Reason.ZONE_UNKNOWN)
    return zone


@lru_cache(maxsize=512)
def known_zone(name: str) -> ZoneInfo | None:
    """A zone by its IANA name, a name of Windows, or either behind a prefix; None: unknown."""
    plain = name.strip().strip('"').strip()
    if not plain or len(plain) > _LONGEST_NAME:
        return None
    key = _iana(plain) or _behind_prefix(plain) or _windows(plain) or _shown(plain)
    return ZoneInfo(key) if key else None


def _iana(name: str) -> str | None:
    return _keys().get(name.lower())


def _behind_prefix(name: str) -> str | None:
    """As in /freeassociation.sourceforge.net/Tzfile/Europe/Amsterdam and tzone://Microsoft/Utc."""
    if not name.startswith("/"):
        return "UTC" if name.lower() == "tzone://microsoft/utc" else None
    steps = name.split("/")
    for start in range(1, len(steps) - 1):  # a last step alone would be a guess
        if found := _iana("/".join(steps[start:])):
            return found
    return None


def _windows(name: str) -> str | None:
    return _windows_names().get(name.lower())


def _shown(name: str) -> str | None:
    if not name.upper().startswith(("(UTC", "(GMT")):
        return None
    lowered = name.lower()
    return next((key for cities, key in _SHOWN if cities in lowered), None)


@cache
def _keys() -> dict[str, str]:
    listed = resources.files("tzdata").joinpath("zones").read_text(encoding="utf-8").split()
    return {key.lower(): key for key in listed if key.lower() not in _NOT_A_PLACE}


@cache
def _windows_names() -> dict[str, str]:
    from babel.core import get_global  # noqa: PLC0415 -- most calendars need no such name

    mapping: dict[str, str] = get_global("windows_zone_mapping")  # type: ignore[assignment]  # a mapping of the CLDR
    return {windows.lower(): key for windows, key in mapping.items()}


_Rule = tuple[str, str, str]  # month, weekday of the month, local time
_EUROPE = {  # clocks change at one moment, 01:00 UTC (Directive 2000/84/EC)
    ("+0000", "+0100", ("3", "-1SU", "010000"), ("10", "-1SU", "020000")): "Europe/London",
    ("+0100", "+0200", ("3", "-1SU", "020000"), ("10", "-1SU", "030000")): "Europe/Amsterdam",
    ("+0200", "+0300", ("3", "-1SU", "030000"), ("10", "-1SU", "040000")): "Europe/Helsinki",
}
_AMERICA = {
    (standard, daylight, ("3", "2SU", "020000"), ("11", "1SU", "020000")): key
    for standard, daylight, key in (
        ("-0500", "-0400", "America/New_York"),
        ("-0600", "-0500", "America/Chicago"),
        ("-0700", "-0600", "America/Denver"),
        ("-0800", "-0700", "America/Los_Angeles"),
    )
}
_EACH_LINE = re.MULTILINE | re.IGNORECASE
_WHOLE = _EACH_LINE | re.DOTALL
_BLOCK = re.compile(
    rb"^BEGIN:VTIMEZONE\s*\n(.*?)^END:VTIMEZONE", re.MULTILINE | re.IGNORECASE | re.DOTALL
)
_HALF = re.compile(
    rb"^BEGIN:(STANDARD|DAYLIGHT)\s*\n(.*?)^END:\1", re.MULTILINE | re.IGNORECASE | re.DOTALL
)
_MOST_BLOCKS = 20


def _like_known(name: str, calendar: bytes) -> ZoneInfo | None:
    """A zone with exactly the rules that the calendar gives under this unknown name."""
    wanted = name.strip().strip('"').encode()
    for number, block in enumerate(_BLOCK.finditer(calendar)):
        if number >= _MOST_BLOCKS:
            return None
        if _line(block[1], b"TZID").strip(b'"') == wanted:
            return _by_rules(_HALF.findall(block[1]))
    return None


def _by_rules(halves: list[tuple[bytes, bytes]]) -> ZoneInfo | None:
    kinds = [kind.upper() for kind, _ in halves]
    if kinds == [b"STANDARD"]:
        return _fixed(halves[0][1])
    if sorted(kinds) != [b"DAYLIGHT", b"STANDARD"]:
        return None
    standard, daylight = (
        next(text for kind, text in halves if kind.upper() == wanted)
        for wanted in (b"STANDARD", b"DAYLIGHT")
    )
    if _changes(standard) != _changes(daylight)[::-1]:
        return None
    key = (*_changes(daylight), _yearly(daylight), _yearly(standard))
    found = _EUROPE.get(key) or _AMERICA.get(key)  # type: ignore[arg-type]  # None is in no key
    return ZoneInfo(found) if found else None


def _fixed(half: bytes) -> ZoneInfo | None:
    before, after = _changes(half)
    whole = re.fullmatch(r"([+-])(0[0-9]|1[0-2])00", after)
    if before != after or not whole or _line(half, b"RRULE"):
        return None
    hours = int(whole[2])
    sign = "-" if whole[1] == "+" else "+"  # the names of Etc count the other way
    return ZoneInfo(f"Etc/GMT{sign}{hours}" if hours else "Etc/UTC")


def _changes(half: bytes) -> tuple[str, str]:
    before, after = _line(half, b"TZOFFSETFROM"), _line(half, b"TZOFFSETTO")
    return before.decode("latin-1"), after.decode("latin-1")


def _yearly(half: bytes) -> _Rule | None:
    """The rule when it is "every year, that weekday of that month" without an end."""
    text = _line(half, b"RRULE").decode("latin-1").upper()
    rule = dict(part.split("=", 1) for part in text.split(";") if "=" in part)
    plain = rule.keys() <= {"FREQ", "BYMONTH", "BYDAY", "WKST", "INTERVAL"}
    if rule.get("FREQ") != "YEARLY" or rule.get("INTERVAL", "1") != "1" or not plain:
        return None
    time = _line(half, b"DTSTART").decode("latin-1").partition("T")[2]
    return rule.get("BYMONTH", "").lstrip("0"), rule.get("BYDAY", "").lstrip("+"), time


def _line(text: bytes, name: bytes) -> bytes:
    found = re.findall(
        rb"^" + name + rb"(?:;[^\n:]*)?:([^\n]*)$", text, re.MULTILINE | re.IGNORECASE
    )
    return found[0].strip() if len(found) == 1 else b""
