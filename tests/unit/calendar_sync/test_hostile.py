"""The first look: what is refused before anything else sees it, and what it must not refuse."""

import random

import pytest

from calendar_sync.events import ObjectState
from calendar_sync.hostile import NotBelieved, Reason, checked_rule, scan, state_of, value_of
from calendar_sync.occurrences import read_object
from tests.hostile_calendars import END, FAMILIES, GROUND, START, event, verdict

pytestmark = pytest.mark.unit
SEED = 6


@pytest.mark.parametrize("family", FAMILIES)
def test_hostile_family_gets_a_right_verdict(family: str) -> None:
    chance = random.Random(f"{SEED} {family}")  # noqa: S311 -- a seed that can be repeated
    for number in range(1 if family == "often_enough" else 8):
        ics, right = FAMILIES[family](chance)
        assert verdict(read_object(ics, GROUND)) in right, (SEED, family, number)


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        ("FREQ=HOURLY", Reason.RULE_TOO_OFTEN),
        ("FREQ=DAILY;BYMINUTE=0", Reason.RULE_TOO_OFTEN),
        ("FREQ=DAILY;INTERVAL=0", Reason.RULE_NEVER),
        ("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", Reason.RULE_NEVER),
        ("FREQ=YEARLY;BYMONTH=4,6;BYMONTHDAY=-31,31", Reason.RULE_NEVER),
        ("FREQ=DAILY;COUNT=1001", Reason.RULE_TOO_LONG),
        ("FREQ=DAILY;COUNT=-1", Reason.RULE_BROKEN),
        ("FREQ=YEARLY;BYMONTHDAY=32", Reason.RULE_BROKEN),
        ("FREQ=WEEKLY;BYHOUR=24", Reason.RULE_BROKEN),
        ("COUNT=3", Reason.RULE_BROKEN),
    ],
)
def test_rule_without_an_end_or_a_meaning_is_refused(rule: str, reason: Reason) -> None:
    with pytest.raises(NotBelieved) as refused:
        checked_rule(f":{rule}")
    assert refused.value.reason is reason


@pytest.mark.parametrize(
    "rule",
    [
        "FREQ=DAILY",
        "COUNT=1000;FREQ=DAILY;INTERVAL=1",
        "freq=weekly;byday=mo,-1fr;wkst=su;",
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "FREQ=YEARLY;BYYEARDAY=1,-1;BYWEEKNO=53;BYHOUR=0,23;UNTIL=99991231T000000Z",
    ],
)
def test_ordinary_rule_is_let_through_with_its_frequency_first(rule: str) -> None:
    assert next(iter(checked_rule(f":{rule}"))) == "FREQ"


def test_scan_takes_lines_of_the_event_and_not_of_its_alarm() -> None:
    alarm = ("BEGIN:VALARM", "DURATION:PT99H", "UID:other", "END:VALARM")
    [found] = scan(event(START, END, *alarm)).events
    assert "DURATION" not in found.lines
    assert found.lines["UID"] == [":u"]


def test_scan_unfolds_lines_of_every_manner() -> None:
    folded = event(START, END).replace(b"DTSTART;TZID", b"DTSTA\r\n RT;TZ\r\n\tID")
    [found] = scan(folded).events
    assert found.lines["DTSTART"] == [START.removeprefix("DTSTART")]
    bare = event(START, END).replace(b"\r\n", b"\n")
    assert scan(bare).events == scan(event(START, END)).events
    assert scan(b"\xef\xbb\xbf" + bare).events == scan(bare).events


def test_value_of_skips_colons_in_quotes() -> None:
    assert value_of(';CN="a:b;c":mailto:x@y') == "mailto:x@y"
    assert value_of("no colon") == ""


def test_object_at_the_limits_is_still_read() -> None:
    alarms = ("BEGIN:VALARM", "END:VALARM") * 4_000
    assert verdict(read_object(event(START, END, *alarms), GROUND)) == "true"
    dates = "EXDATE:" + ",".join(["20270309T130000Z"] * 500)
    assert verdict(read_object(event(START, END, dates), GROUND)) == "true"
    long_uid = read_object(event(START, END, uid="/../" * 16_000), GROUND)
    assert len(long_uid.uid_hash) == 64


def test_every_reason_has_a_state_that_is_not_free() -> None:
    assert {state_of(reason) for reason in Reason} == {
        ObjectState.UNREADABLE,
        ObjectState.REFUSED,
        ObjectState.ZONE_UNKNOWN,
    }


def test_tasks_take_no_time_and_an_empty_calendar_is_told_apart() -> None:
    task = b"BEGIN:VCALENDAR\nBEGIN:VTODO\nUID:t\nEND:VTODO\nEND:VCALENDAR\n"
    assert read_object(task, GROUND).state is ObjectState.FREE
    empty = b"BEGIN:VCALENDAR\nEND:VCALENDAR\n"
    assert read_object(empty, GROUND).reason == "no_event"


def test_two_calendars_in_one_object_are_read_as_one() -> None:
    whole = event(START, END)
    assert len(read_object(whole + whole, GROUND).busy) == 1
