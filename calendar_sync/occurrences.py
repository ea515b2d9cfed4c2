"""From one foreign object to the times it takes: pure, and only of what passed the first look.

A plain single event is read directly. Everything that repeats is written anew with nothing in it
but checked times and rules, and expanded by `recurring_ical_events`, one UID at a time.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from calendar_sync.event_times import Reading, When, interval, read_time, read_times, when
from calendar_sync.events import Interval, ObjectState, OwnEvent, ReadObject, Weight
from calendar_sync.hostile import (
    NotBelieved,
    Part,
    Reason,
    Scanned,
    checked_rule,
    scan,
    state_of,
    value_of,
)
from calendar_sync.own_event import own_event
from calendar_sync.weighing import at_place, weight

MOST_INSTANCES = 1_000  # of one object within the window (security 2.7)
_REPEATING = ("RRULE", "RDATE", "RECURRENCE-ID")
_WITHOUT_TIME = frozenset({"VTODO", "VJOURNAL"})
_MOST_LOOKED_AT = 2 * MOST_INSTANCES + 500  # also what turns out free, or outside
_MOST_RULES = 5  # RFC 5545 3.8.5.3: more than one should not be there
_MARGIN = timedelta(days=2)  # more than any two zones are apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What an object is read on: whose it is, and for which time.

    `owner_zone` is an IANA name, `starts_at` and `ends_at` are aware and bound what is expanded;
    a single event is kept however far ahead it is. `owner_addresses` are mail addresses in small
    letters. `elsewhere` is what "working elsewhere" counts for.
    """

    owner_zone: str
    starts_at: datetime
    ends_at: datetime
    owner_addresses: frozenset[str] = frozenset()
    elsewhere: Weight | None = None


def read_object(
    ics: bytes, ground: Ground, *, before_expanding: Callable[[], None] = lambda: None
) -> ReadObject:
    """One object, read and expanded. Nothing is raised for what stands in it.

    It may take long for a rule written to do so: see `calendar_sync.reading_child`. Just before
    that, and only then, `before_expanding` is called.
    """
    try:
        scanned = scan(ics)
    except NotBelieved as refused:
        return refused_object(refused.reason)
    return _sealed(_read(scanned, ground, before_expanding))


def refused_object(reason: Reason) -> ReadObject:
    """An object of which nothing is known but why."""
    return _sealed(ReadObject(state=state_of(reason), uid_hash="", reason=reason.value))


def as_foreign(read: ReadObject) -> ReadObject:
    """How an object counts that carries our mark but is no mirror of ours: copied, or forged."""
    if read.state is not ObjectState.OURS:
        return read
    if read.reason is not None:
        state = state_of(Reason(read.reason))
    else:
        state = ObjectState.BUSY if read.busy else ObjectState.FREE
    return _sealed(replace(read, state=state, own=None, digest=""))


def load_expander() -> None:
    """Load what repeated times are found with: a quarter of a second that no object should pay."""
    import calendar_sync.expanding  # noqa: F401, PLC0415 -- most calendars need none


def _read(scanned: Scanned, ground: Ground, before_expanding: Callable[[], None]) -> ReadObject:
    reading = Reading(ZoneInfo(ground.owner_zone), scanned.text)
    events = scanned.events
    own = own_event(events, reading, owner_addresses=ground.owner_addresses)
    uid_hash = ""
    recurring = len(events) > 1 or any(
        name in event.lines for event in events for name in _REPEATING
    )
    try:
        uid_hash = _uid_hash(events)
        weights = _weights(scanned, ground)
        if recurring and any(weights):
            busy = expand(events, weights, reading, ground, before=before_expanding)
        elif any(weights):
            busy = _single(events[0], weights[0], reading, ground)
        else:
            busy = ()  # whatever its rules say, it takes no time
    except NotBelieved as refused:
        reason = refused.reason
        state = ObjectState.OURS if own else state_of(reason)
        return ReadObject(
            state=state, uid_hash=uid_hash, reason=reason.value, recurring=recurring, own=own
        )
    return ReadObject(
        state=_state(busy, own), uid_hash=uid_hash, recurring=recurring, busy=busy, own=own
    )


def _state(busy: tuple[Interval, ...], own: OwnEvent | None) -> ObjectState:
    if own:
        return ObjectState.OURS
    return ObjectState.BUSY if busy else ObjectState.FREE


def _uid_hash(events: tuple[Part, ...]) -> str:
    found = {event.one("UID") for event in events} - {None}
    if len(found) > 1:
        raise NotBelieved(Reason.SEVERAL_UIDS)
    return hashlib.sha256(value_of(str(found.pop())).strip().encode()).hexdigest() if found else ""


def _weights(scanned: Scanned, ground: Ground) -> list[Weight | None]:
    if not scanned.events and not scanned.others & _WITHOUT_TIME:
        raise NotBelieved(Reason.NO_EVENT)
    return [_weight(event, ground) for event in scanned.events]


def _weight(event: Part, ground: Ground) -> Weight | None:
    start = event.one("DTSTART") or ""
    return weight(
        event,
        all_day="T" not in start.rpartition(":")[2],
        owner_addresses=ground.owner_addresses,
        elsewhere=ground.elsewhere,
    )


def _single(
    event: Part, counts: Weight | None, reading: Reading, ground: Ground
) -> tuple[Interval, ...]:
    found = when(event, reading)
    begins, ends = interval(found.start, found.span, reading.owner_zone)
    if counts is None or ends <= ground.starts_at or begins == ends:
        return ()
    return (Interval(starts_at=begins, ends_at=ends, weight=counts, at_place=at_place(event)),)


def expand(
    events: tuple[Part, ...],
    weights: list[Weight | None],
    reading: Reading,
    ground: Ground,
    *,
    before: Callable[[], None] = lambda: None,
) -> tuple[Interval, ...]:
    """Every time that a series takes within the window, in order.

    `before` is called when all that can be refused at once has been.

    Raises:
        NotBelieved: a rule, a time or a zone is not believed, or there are too many times.
    """
    times = [when(event, reading) for event in events]
    periods = _periods(events, reading)
    text = _rewritten(events, times, reading, ground)
    longest = max((ends - begins for begins, ends in periods.items()), default=timedelta(0))
    before()
    from calendar_sync.expanding import repeated_times  # noqa: PLC0415 -- see `load_expander`

    first, last = ground.starts_at - longest - _MARGIN, ground.ends_at + _MARGIN
    found = set()
    for start, number in repeated_times(text, first, last, most=_MOST_LOOKED_AT):
        event, counts = events[number], weights[number]
        begins, ends = interval(start, times[number].span, reading.owner_zone)
        if "RECURRENCE-ID" not in event.lines:
            ends = periods.get(begins, ends)
        if counts and begins < ends and begins < ground.ends_at and ends > ground.starts_at:
            place = at_place(event)
            found.add(Interval(starts_at=begins, ends_at=ends, weight=counts, at_place=place))
    if len(found) > MOST_INSTANCES:
        raise NotBelieved(Reason.TOO_MANY_OCCURRENCES)
    return tuple(sorted(found, key=_order))


def _order(found: Interval) -> tuple[datetime, datetime, str, bool]:
    return found.starts_at, found.ends_at, found.weight.value, found.at_place


def _periods(events: tuple[Part, ...], reading: Reading) -> dict[datetime, datetime]:
    lines = (line for event in events for line in event.lines.get("RDATE", ()))
    return {
        moments[0]: moments[1]
        for line in lines
        for start, span in read_times(line, reading)
        if span is not None
        for moments in (interval(start, span, reading.owner_zone),)
    }


def _rewritten(
    events: tuple[Part, ...], times: list[When], reading: Reading, ground: Ground
) -> str:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-"]
    for number, (event, found) in enumerate(zip(events, times, strict=True)):
        lines += ["BEGIN:VEVENT", "UID:one", f"X-NUMBER:{number}"]
        lines += _event_lines(event, found, reading, ground)
        lines.append("END:VEVENT")
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _event_lines(event: Part, found: When, reading: Reading, ground: Ground) -> Iterator[str]:
    sequence = event.value("SEQUENCE")
    yield f"SEQUENCE:{sequence if sequence.isdecimal() and len(sequence) < 10 else 0}"  # noqa: PLR2004 -- RFC 5545 3.3.8
    start = found.start
    yield f"DTSTART{_written(start)}"
    _, ends = interval(start, found.span, reading.owner_zone)
    yield f"DTEND{_written(_like(start, ends, reading))}"
    if (line := event.one("RECURRENCE-ID")) is not None:
        future = ";RANGE=THISANDFUTURE" if "THISANDFUTURE" in line.upper() else ""
        yield f"RECURRENCE-ID{future}{_written(read_time(line, reading))}"
    rules = event.lines.get("RRULE", ())
    if len(rules) > _MOST_RULES:
        raise NotBelieved(Reason.RULE_TOO_LONG)
    for line in rules:
        yield f"RRULE:{_rule(line, start, reading, ground)}"
    for name in ("RDATE", "EXDATE"):
        for line in event.lines.get(name, ()):
            for moment, _ in read_times(line, reading):
                yield f"{name}{_written(_comparable(moment, start, reading))}"


def _like(start: date | datetime, moment: datetime, reading: Reading) -> date | datetime:
    """The moment as a day or on the clock of the start."""
    if not isinstance(start, datetime):
        return moment.astimezone(reading.owner_zone).date()
    return moment.astimezone(start.tzinfo)


def _comparable(
    moment: date | datetime, start: date | datetime, reading: Reading
) -> date | datetime:
    """A day for a series of days; the time of that day for a series with a time."""
    if isinstance(moment, datetime):
        return _like(start, moment, reading)
    if isinstance(start, datetime):
        return datetime.combine(moment, start.timetz())
    return moment


def _written(moment: date | datetime) -> str:
    if not isinstance(moment, datetime):
        return f";VALUE=DATE:{moment:%Y%m%d}"
    zone = moment.tzinfo
    twice = moment.replace(fold=0).utcoffset() != moment.replace(fold=1).utcoffset()
    if not isinstance(zone, ZoneInfo) or zone.key == "UTC" or (twice and moment.fold):
        return f":{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return f";TZID={zone.key}:{moment:%Y%m%dT%H%M%S}"


def _rule(line: str, start: date | datetime, reading: Reading, ground: Ground) -> str:
    """The rule with an end at the window's, so that looking for a next time ends as well.

    A last *day* of a series with a time means the whole day: some write it so.
    """
    rule = checked_rule(line)
    last = (ground.ends_at + _MARGIN).astimezone(UTC)
    if until := rule.pop("UNTIL", ""):
        last = min(last, _last_moment(until, start, reading))
    if isinstance(start, datetime):
        rule["UNTIL"] = f"{last:%Y%m%dT%H%M%SZ}"
    else:
        rule["UNTIL"] = f"{last.astimezone(reading.owner_zone):%Y%m%d}"
    return ";".join(f"{name}={value}" for name, value in rule.items())


def _last_moment(until: str, start: date | datetime, reading: Reading) -> datetime:
    if until[:4] > "2100" and until[:8].isdecimal():
        return datetime.max.replace(tzinfo=UTC)  # "for ever", as several programs write it
    last = read_time(f":{until}", reading)
    zone = start.tzinfo if isinstance(start, datetime) else reading.owner_zone
    if not isinstance(last, datetime):
        last = datetime.combine(last, time(23, 59, 59), zone)
    elif not until.endswith("Z"):
        last = last.replace(tzinfo=zone)
    return last.astimezone(UTC)


def _sealed(read: ReadObject) -> ReadObject:
    own = read.own
    kept = (
        read.state.value, read.uid_hash, read.reason, read.recurring,
        [(b.starts_at.timestamp(), b.ends_at.timestamp(), b.weight.value, b.at_place)
         for b in read.busy],
        own and (own.meeting, own.uid, own.revision, str(own.starts_at), str(own.ends_at),
                 own.cancelled, own.all_day, own.recurring, own.declined),
    )  # fmt: skip
    return replace(read, digest=hashlib.sha256(repr(kept).encode()).hexdigest())
