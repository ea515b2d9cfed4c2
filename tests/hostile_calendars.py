"""Hostile calendar objects by family, each with what may be believed of it."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from calendar_sync.events import ObjectState, ReadObject
from calendar_sync.hostile import Reason
from calendar_sync.occurrences import Ground, as_foreign

GROUND = Ground(
    owner_zone="Europe/Amsterdam",
    starts_at=datetime(2026, 11, 15, tzinfo=UTC),
    ends_at=datetime(2027, 12, 27, tzinfo=UTC),
)
START, END = "DTSTART;TZID=Europe/Amsterdam:20270302T140000", "DTEND:20270302T140000Z"
TRUE_TIME = (datetime(2027, 3, 2, 13, tzinfo=UTC), datetime(2027, 3, 2, 14, tzinfo=UTC))
_LIE = (
    *("BEGIN:VTIMEZONE", "TZID:Europe/Amsterdam", "BEGIN:STANDARD", "DTSTART:19700101T000000"),
    *("TZOFFSETFROM:-1100", "TZOFFSETTO:-1100", "END:STANDARD", "END:VTIMEZONE"),
)
_HOURS = ",".join(map(str, range(24)))
Chance = random.Random
Made = tuple[bytes, frozenset[str]]  # the object, and the verdicts that are right
TRUE, FREE = frozenset({"true"}), frozenset({"free"})


@dataclass(frozen=True, slots=True)
class Hostile:
    """One object of a family, with the verdicts that are right for it."""

    family: str
    ics: bytes
    right: frozenset[str]


def verdict(read: ReadObject) -> str:
    """The reason; or "true" for the one time that the object rightly takes, "free", "other"."""
    read = as_foreign(read)
    if read.reason:
        return read.reason
    if read.state is ObjectState.FREE:
        return "free"
    return "true" if [(one.starts_at, one.ends_at) for one in read.busy] == [TRUE_TIME] else "other"


def event(*lines: str, uid: str = "u", before: tuple[str, ...] = ()) -> bytes:
    """One event in a calendar."""
    whole = ("BEGIN:VCALENDAR", "VERSION:2.0", *before, *one_event(*lines, uid=uid))
    return "\r\n".join((*whole, "END:VCALENDAR", "")).encode()


def one_event(*lines: str, uid: str = "u") -> tuple[str, ...]:
    return ("BEGIN:VEVENT", f"UID:{uid}", *lines, "END:VEVENT")


def _is(*reasons: Reason) -> frozenset[str]:
    return frozenset(reason.value for reason in reasons)


def _large(chance: Chance) -> Made:
    text = "DESCRIPTION:" + "\r\n ".join("x" * 70 for _ in range(chance.randint(14_000, 16_000)))
    return event(START, END, text), _is(Reason.TOO_LARGE)


def _lines(chance: Chance) -> Made:
    return event(START, END, *["X:"] * chance.randint(20_000, 40_000)), _is(Reason.TOO_MANY_LINES)


def _long_line(chance: Chance) -> Made:
    uid = "../" * chance.randint(22_000, 40_000)
    return event(START, END, uid=uid), _is(Reason.LINE_TOO_LONG)


def _deep(chance: Chance) -> Made:
    depth = chance.randint(3, 2_000)
    nest = [f"BEGIN:X{number}" for number in range(depth)]
    return event(START, END, *nest, *[f"END{line[5:]}" for line in reversed(nest)]), _is(
        Reason.TOO_DEEP
    )


def _parts(chance: Chance) -> Made:
    alarms = ["BEGIN:VALARM", "END:VALARM"] * chance.randint(5_000, 9_000)
    return event(START, END, *alarms), _is(Reason.TOO_MANY_PARTS)


def _alarm(chance: Chance) -> Made:
    lines = ("BEGIN:VALARM", f"REPEAT:{10 ** chance.randint(5, 40)}", "DURATION:PT1S")
    return event(START, END, *lines, "TRIGGER:-PT15M", "END:VALARM"), TRUE


def _dates(chance: Chance) -> Made:
    name = chance.choice(("EXDATE", "RDATE"))
    dates = ",".join(["20270302T130000Z"] * chance.randint(501, 3_000))
    return event(START, END, f"{name}:{dates}"), _is(Reason.TOO_MANY_DATES)


def _parameters(chance: Chance) -> Made:
    line = "DESCRIPTION" + ";X-A=b" * chance.randint(51, 9_000) + ":x"
    return event(START, END, line), _is(Reason.TOO_MANY_PARAMETERS)


def _often(chance: Chance) -> Made:
    parts = ("FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=HOURLY", "FREQ=DAILY;BYSECOND=1,2,3")
    return event(START, END, f"RRULE:{chance.choice(parts)}"), _is(Reason.RULE_TOO_OFTEN)


def _no_step(chance: Chance) -> Made:
    return event(START, END, f"RRULE:FREQ=DAILY;INTERVAL={chance.choice((0, -1, '-0'))}"), _is(
        Reason.RULE_NEVER
    )


def _no_day(chance: Chance) -> Made:
    days = chance.choice(("2;BYMONTHDAY=30", "2;BYMONTHDAY=31", "4,6;BYMONTHDAY=31"))
    often = chance.choice(("DAILY", "MONTHLY", "YEARLY"))
    return event(START, END, f"RRULE:FREQ={often};BYMONTH={days}"), _is(Reason.RULE_NEVER)


def _many_times(chance: Chance) -> Made:
    return event(START, END, f"RRULE:FREQ=DAILY;COUNT={chance.randint(1_001, 99_999)}"), _is(
        Reason.RULE_TOO_LONG
    )


def _rule_broken(chance: Chance) -> Made:
    rules = (
        *("FREQ=", "", "FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY;BYDAY=XX", "FREQ=FORTNIGHTLY"),
        *("FREQ=DAILY;INTERVAL=1e9", "FREQ=DAILY;COUNT=0", "FREQ=WEEKLY;BYMONTH=13"),
        *("FREQ=DAILY;RSCALE=CHINESE", "FREQ=DAILY;BYMONTHDAY=0", "FREQ=DAILY;INTERVAL=99999"),
    )
    return event(START, END, f"RRULE:{chance.choice(rules)}"), _is(Reason.RULE_BROKEN)


def _long_list(chance: Chance) -> Made:
    days = ",".join(["MO"] * chance.randint(401, 9_000))
    return event(START, END, f"RRULE:FREQ=DAILY;BYDAY={days}"), _is(Reason.RULE_TOO_LONG)


def _year(chance: Chance) -> Made:
    year = chance.choice(("0000", "0001", "1601", "1969", "2101", "9999"))
    return event(f"DTSTART:{year}0302T140000Z", "DURATION:PT1H"), _is(Reason.YEAR_OUT_OF_RANGE)


def _backwards(chance: Chance) -> Made:
    end = chance.choice(("DTEND:20270302T125959Z", "DURATION:-PT1H", "DTEND:19710101T000000Z"))
    return event(START, end), _is(Reason.ENDS_BEFORE_START)


def _for_ages(chance: Chance) -> Made:
    return event(START, f"DURATION:P{chance.randint(10_000, 99_999) * 50}D"), _is(
        Reason.BAD_TIME, Reason.YEAR_OUT_OF_RANGE
    )


def _no_zone(chance: Chance) -> Made:
    zone = chance.choice(
        ("Customized Time Zone", "W. Europe Standard Time 1", "localtime", "../../etc/passwd",
         "Mars/Olympus", "/Europe/Nowhere", "tzone://Microsoft/Custom", "x" * 5_000)
    )  # fmt: skip
    return event(f"DTSTART;TZID={zone}:20270302T140000", "DURATION:PT1H"), _is(Reason.ZONE_UNKNOWN)


def _lying_zone(_chance: Chance) -> Made:
    return event(START, END, before=_LIE), TRUE


def _bomb(chance: Chance) -> Made:
    entities = "".join(
        f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, chance.randint(5, 12))
    )
    return f'<?xml version="1.0"?><!DOCTYPE x [{entities}]><x>&l9;</x>'.encode(), _is(
        Reason.NOT_A_CALENDAR
    )


def _noise(chance: Chance) -> Made:
    return chance.randbytes(chance.randint(0, 20_000)), _is(
        Reason.NOT_A_CALENDAR, Reason.TOO_MANY_LINES
    )


def _cut(chance: Chance) -> Made:
    whole = event(START, END, "DESCRIPTION:x")
    return whole[: chance.randint(1, len(whole) - 3)], _is(
        Reason.CUT_OFF, Reason.NOT_A_CALENDAR, Reason.NESTING_BROKEN
    )


def _broken_time(chance: Chance) -> Made:
    digits = list("20270302T140000")
    at = chance.choice([0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14])
    digits[at] = chance.choice("abcxyz-٣")
    return event(f"DTSTART:{''.join(digits)}", "DURATION:PT1H"), _is(Reason.BAD_TIME)


def _two_starts(chance: Chance) -> Made:
    second = chance.choice(("DTSTART:20270303T140000Z", "DESCRIPTION:x\r\nDTSTART:20270303T140000"))
    return event(START, END, second), _is(Reason.TWICE_THE_SAME)


def _odd_uid(chance: Chance) -> Made:
    uid = chance.choice(("../../../etc/passwd", "/../", "%2e%2e%2f", "'; DROP TABLE busy;--", "💥"))
    return event(START, END, uid=uid * chance.randint(1, 2_000)), TRUE


def _quotes(chance: Chance) -> Made:
    line = 'ATTENDEE;CN="' + '"' * chance.randint(1_000, 60_000)
    return event(START, END, line, "ATTENDEE" + ':"' * 20_000), TRUE


def _two_uids(_chance: Chance) -> Made:
    both = (*one_event(START, END, uid="a"), *one_event(START, END, uid="b"))
    return event(START, END, before=both), _is(Reason.SEVERAL_UIDS)


def _overrides(chance: Chance) -> Made:
    one = one_event(START, END, "RECURRENCE-ID:20270302T130000Z")
    return event(START, END, before=one * chance.randint(1_000, 1_500)), _is(Reason.TOO_MANY_PARTS)


def _shown_free(chance: Chance) -> Made:
    rule = chance.choice(("FREQ=SECONDLY", "FREQ=DAILY;INTERVAL=0"))
    return event(START, END, "TRANSP:TRANSPARENT", f"RRULE:{rule}"), FREE


def _forged(_chance: Chance) -> Made:
    lines = ("X-TWEESPRAAK-ID:1", "X-TWEESPRAAK-REV:9999999999999999999999")
    return event(START, END, *lines), TRUE


def _nulls(chance: Chance) -> Made:
    return event(START, END, "DESCRIPTION:" + "\0\x0b\x85" * chance.randint(1, 9_000)), TRUE


def _slow(chance: Chance) -> Made:
    """A rule that never holds, to be looked for in every hour of fifty years."""
    start = f"DTSTART:{chance.randint(1970, 1980)}0101T000000Z"
    never = f"BYYEARDAY=366;BYMONTH={chance.randint(2, 11)};BYHOUR={_HOURS}"
    return event(start, "DURATION:PT1H", f"RRULE:FREQ=DAILY;{never}"), _is(Reason.TOO_SLOW)


def _rules(chance: Chance) -> Made:
    rules = [f"RRULE:FREQ=DAILY;INTERVAL={number}" for number in range(1, chance.randint(7, 300))]
    return event(START, END, *rules), _is(Reason.RULE_TOO_LONG)


def _often_enough(_chance: Chance) -> Made:
    return event(START, END, f"RRULE:FREQ=DAILY;BYHOUR={_HOURS}"), _is(
        Reason.TOO_MANY_OCCURRENCES, Reason.TOO_SLOW
    )


def _hopeless(chance: Chance) -> Made:
    """A rule that holds for its first time at most."""
    rule = f"FREQ=MONTHLY;COUNT={chance.randint(2, 9)};BYYEARDAY=366;BYMONTH=3;BYWEEKNO=20"
    return event(START, END, f"RRULE:{rule}"), TRUE | _is(Reason.TOO_SLOW)


Family = Callable[[Chance], Made]
FAMILIES: dict[str, Family] = {
    family.__name__.strip("_"): family
    for family in (
        *(_large, _lines, _long_line, _deep, _parts, _alarm, _dates, _parameters, _often),
        *(_no_step, _no_day, _many_times, _rule_broken, _long_list, _year, _backwards),
        *(_for_ages, _no_zone, _lying_zone, _bomb, _noise, _cut, _broken_time, _two_starts),
        *(_odd_uid, _quotes, _two_uids, _overrides, _shown_free, _forged, _nulls),
        *(_rules, _often_enough),
    )
}
SLOW_FAMILIES: dict[str, Family] = {"slow": _slow, "hopeless": _hopeless}
_SLOW_SHARE = 0.005


def hostile(seed: int, count: int) -> Iterator[Hostile]:
    """So many objects, every family in turn; few of those that take a second to stop."""
    chance = random.Random(seed)  # noqa: S311 -- a seed that can be repeated
    names = list(FAMILIES)
    for number in range(count):
        name = names[number % len(names)]
        family = FAMILIES[name]
        if chance.random() < _SLOW_SHARE:
            name, family = chance.choice(list(SLOW_FAMILIES.items()))
        ics, right = family(chance)
        yield Hostile(name, ics, right)
