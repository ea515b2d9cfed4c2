"""Rules made by chance with a seed, and exports written by hand in the manner of programs."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from calendar_sync.event_format import add_zone, empty_calendar

SEED = 2027
RULES = 360
EXPORTS = Path(__file__).parent / "data" / "calendar"
AMSTERDAM = ZoneInfo("Europe/Amsterdam")
STARTS_AT = datetime(2026, 11, 15, tzinfo=UTC)
ENDS_AT = datetime(2027, 12, 27, tzinfo=UTC)
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def corpus(seed: int = SEED, rules: int = RULES) -> dict[str, str]:
    """Every object by its name: made by chance, and written by hand."""
    chance = random.Random(seed)  # noqa: S311 -- a seed that can be repeated
    made = {f"rule-{number:03}": _made(chance, number) for number in range(rules)}
    return made | {path.stem: path.read_bytes().decode() for path in sorted(EXPORTS.glob("*.ics"))}


def _zone_lines() -> list[str]:
    calendar = empty_calendar()
    add_zone(calendar, "Europe/Amsterdam")
    return calendar.to_ical().decode().strip().split("\r\n")[:-1]


def wrapped(*lines: str) -> str:
    """Lines of VEVENTs as an object with the rules of Amsterdam."""
    return "\r\n".join([*_zone_lines(), *lines, "END:VCALENDAR", ""])


def _made(chance: random.Random, number: int) -> str:
    kind = chance.choice(("zone", "zone", "zone", "utc", "day", "floating"))
    day = datetime(chance.choice((2015, 2021, 2025, 2026, 2027)), 1, 1) + timedelta(  # noqa: DTZ001 -- a local time
        days=chance.randrange(360), minutes=15 * chance.randrange(28, 88)
    )
    rule, day = _rule(chance, day)
    ending = _ending(chance, day, kind)
    lines = [f"UID:rule-{number}", _start(kind, day), _length(chance, kind)]
    lines.append(f"RRULE:{rule}{ending}")
    lines += _except(chance, kind, day, rule)
    changed = list(_changed(chance, kind, day, f"{rule}{ending}", number))
    return wrapped("BEGIN:VEVENT", *lines, "END:VEVENT", *changed)


def _written(name: str, kind: str, day: datetime) -> str:
    match kind:
        case "zone":
            return f"{name};TZID=Europe/Amsterdam:{day:%Y%m%dT%H%M%S}"
        case "utc":
            return f"{name}:{day:%Y%m%dT%H%M%SZ}"
        case "day":
            return f"{name};VALUE=DATE:{day:%Y%m%d}"
        case _:
            return f"{name}:{day:%Y%m%dT%H%M%S}"


def _start(kind: str, day: datetime) -> str:
    return _written("DTSTART", kind, day)


def _length(chance: random.Random, kind: str) -> str:
    if kind == "day":
        return f"DURATION:P{chance.randint(1, 3)}D"
    return f"DURATION:PT{chance.choice((15, 45, 60, 90, 480))}M"


def _rule(  # noqa: PLR0911 -- one kind of rule after another
    chance: random.Random, day: datetime
) -> tuple[str, datetime]:
    """A rule, and a first day that it holds for."""
    step = chance.choice((1, 1, 1, 2, 3, 5))
    every = f";INTERVAL={step}" if step > 1 else ""
    match chance.randrange(9):
        case 0:
            return f"FREQ=DAILY{every}", day
        case 1:
            days = sorted(chance.sample(range(7), chance.randint(1, 4)))
            listed = ",".join(DAYS[one] for one in days)
            first = day + timedelta(days=(days[0] - day.weekday()) % 7)
            week = chance.choice(("", ";WKST=SU", ";WKST=MO"))
            return f"FREQ=WEEKLY{every}{week};BYDAY={listed}", first
        case 2:
            return f"FREQ=MONTHLY{every};BYMONTHDAY={day.day}", day
        case 3:
            return f"FREQ=MONTHLY{every};BYDAY={_nth(day)}{DAYS[day.weekday()]}", day
        case 4:
            last = (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
            return f"FREQ=MONTHLY{every};BYMONTHDAY=-1", last
        case 5:
            first = _workday(day.replace(day=1))
            return f"FREQ=MONTHLY{every};BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1", first
        case 6:
            return f"FREQ=YEARLY;BYMONTH={day.month};BYMONTHDAY={day.day}", day
        case 7:
            months = sorted({day.month, (day.month + 5) % 12 + 1})
            listed = ",".join(map(str, months))
            return f"FREQ=YEARLY;BYMONTH={listed};BYDAY={_nth(day)}{DAYS[day.weekday()]}", day
        case _:
            workday = _workday(day)
            return "FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR", workday


def _nth(day: datetime) -> int:
    return (day.day - 1) // 7 + 1


def _workday(day: datetime) -> datetime:
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


def _ending(chance: random.Random, day: datetime, kind: str) -> str:
    match chance.randrange(4):
        case 0:
            return f";COUNT={chance.choice((1, 2, 10, 60, 400))}"
        case 1:
            last = day + timedelta(days=chance.randrange(900, 2_400))
            if kind == "day":
                return f";UNTIL={last:%Y%m%d}"
            if kind == "floating":
                return f";UNTIL={last:%Y%m%dT%H%M%S}"
            if kind == "zone":
                last = last.replace(tzinfo=AMSTERDAM).astimezone(UTC)
            return f";UNTIL={last:%Y%m%dT%H%M%SZ}"
        case _:
            return ""


def _step(rule: str) -> timedelta:
    """From one time to a later one, for rules where that is known without expanding."""
    interval = next((int(p[9:]) for p in rule.split(";") if p.startswith("INTERVAL=")), 1)
    if rule.startswith("FREQ=WEEKLY"):
        return timedelta(weeks=interval)
    return timedelta(days=interval if rule.startswith("FREQ=DAILY;INT") else 7)


def _steady(rule: str) -> bool:
    return rule.startswith(("FREQ=WEEKLY", "FREQ=DAILY"))


def _except(chance: random.Random, kind: str, day: datetime, rule: str) -> Iterator[str]:
    if not _steady(rule):
        return
    if chance.random() < 0.4:
        for times in sorted(chance.sample(range(1, 60), 3)):
            yield _exdate(chance, kind, day + times * _step(rule))
    if chance.random() < 0.15:
        extra = datetime(2027, 5, 9, 6, 0) + timedelta(days=chance.randrange(90))  # noqa: DTZ001 -- a local time
        yield _written("RDATE", kind, extra)


def _exdate(chance: random.Random, kind: str, day: datetime) -> str:
    if kind == "zone" and chance.random() < 0.4:
        return f"EXDATE:{day.replace(tzinfo=AMSTERDAM).astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return _written("EXDATE", kind, day)


def _is_over(rule: str, kind: str, at: datetime, times: int) -> bool:
    """Whether the series ends before this time of it; `times` are steps, which may be days."""
    parts = dict(one.split("=", 1) for one in rule.split(";"))
    if "COUNT" in parts:
        every_day = parts["FREQ"] == "DAILY" and not {"BYDAY", "INTERVAL"} & parts.keys()
        each = 7 if every_day else len(parts.get("BYDAY", "one").split(","))
        return int(parts["COUNT"]) <= times * each
    last = parts.get("UNTIL", "")
    clock = at.replace(tzinfo=AMSTERDAM).astimezone(UTC) if kind == "zone" else at
    return bool(last) and last[:15] < f"{clock:%Y%m%dT%H%M%S}"[: len(last.rstrip("Z"))]


def _changed(
    chance: random.Random, kind: str, day: datetime, rule: str, number: int
) -> Iterator[str]:
    if not _steady(rule) or chance.random() < 0.5:
        return
    weeks = (datetime(2027, 2, 1) - day) // _step(rule)  # noqa: DTZ001 -- a local time
    times = max(weeks + chance.randrange(20), 61)
    at = day + times * _step(rule)
    lines = [
        "BEGIN:VEVENT",
        f"UID:rule-{number}",
        _written("RECURRENCE-ID", kind, at),
        _start(kind, at + timedelta(days=chance.choice((-300, -2, 0, 1, 400)), hours=1)),
        _length(chance, kind),
        f"STATUS:{chance.choice(('CONFIRMED', 'CONFIRMED', 'CANCELLED'))}",
        "END:VEVENT",
    ]
    # A change of a time that the series does not have is no valid object (RFC 5545 3.8.4.4).
    if not _is_over(rule, kind, at, times):
        yield from lines
