"""A whole feed: cut by UID, one bad object leaves the rest."""

import pytest

from calendar_sync.feed_format import cut_feed
from calendar_sync.hostile import NotBelieved, Reason
from calendar_sync.occurrences import read_object
from tests.hostile_calendars import END, GROUND, START, event, one_event

pytestmark = pytest.mark.unit
GOOD = one_event(START, END, uid="good")


def states(feed: bytes) -> list[str]:
    return sorted(
        read.reason or read.state.value
        for read in (read_object(piece, GROUND) for piece in cut_feed(feed).values())
    )


def test_bad_object_leaves_the_rest() -> None:
    bad = (
        *one_event(START, "RRULE:FREQ=SECONDLY", uid="often"),
        *one_event("DTSTART;TZID=Mars:20270302T140000", "DURATION:PT1H", uid="zone"),
        *one_event("DTSTART:nooit", uid="never"),
        *one_event(START, END, "TRANSP:TRANSPARENT", uid="free"),
    )
    assert states(event(START, END, before=(*bad, *GOOD))) == [
        *("bad_time", "busy", "busy", "free", "rule_too_often", "zone_unknown"),
    ]


def test_changed_occurrence_goes_with_its_series() -> None:
    changed = one_event("RECURRENCE-ID:20270309T130000Z", START, END, "STATUS:CANCELLED", uid="s")
    feed = event(START, END, "RRULE:FREQ=WEEKLY;COUNT=3", uid="s", before=(*changed, *GOOD))
    found = [read_object(piece, GROUND) for piece in cut_feed(feed).values()]
    assert sorted(len(read.busy) for read in found) == [1, 2]


def test_names_stay_the_same_when_other_events_come_and_go() -> None:
    with_other = cut_feed(event(START, END, uid="other", before=GOOD))
    alone = cut_feed(event(START, END, uid="good"))
    assert alone.keys() < with_other.keys()


def test_events_without_uid_are_each_read() -> None:
    bare = ("BEGIN:VEVENT", START, END, "END:VEVENT")
    assert states(event(START, END, before=bare * 3)) == ["busy"] * 4


def test_rules_of_an_unknown_zone_go_along() -> None:
    zone = (
        *("BEGIN:VTIMEZONE", "TZID:Eigen", "BEGIN:STANDARD", "DTSTART:19700101T000000"),
        *("TZOFFSETFROM:+0100", "TZOFFSETTO:+0100", "END:STANDARD", "END:VTIMEZONE"),
    )
    own = one_event("DTSTART;TZID=Eigen:20270302T140000", "DURATION:PT1H", uid="own")
    assert states(event(START, END, before=(*zone, *own))) == ["busy", "busy"]


def test_feed_without_events_is_empty() -> None:
    assert cut_feed(b"BEGIN:VCALENDAR\nEND:VCALENDAR\n") == {}


@pytest.mark.parametrize(
    ("feed", "reason"),
    [
        (b"", Reason.NOT_A_CALENDAR),
        (b"<html>Log in</html>", Reason.NOT_A_CALENDAR),
        (event(START, END)[:-15], Reason.CUT_OFF),
        (event("END:VALARM"), Reason.NESTING_BROKEN),
        (b"x" * (20 * 1024 * 1024 + 1), Reason.TOO_LARGE),
        (b"X:" + b"x" * 70_000, Reason.LINE_TOO_LONG),
    ],
)
def test_what_is_no_feed_is_told(feed: bytes, reason: Reason) -> None:
    with pytest.raises(NotBelieved) as refused:
        cut_feed(feed)
    assert refused.value.reason is reason
