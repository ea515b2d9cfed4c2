"""Times of one object: calendar 10 rows 9 and 10, 5.3, and "availability wrong" of chapter 3."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calendar_sync.event_times import Reading
from calendar_sync.events import ObjectState, Weight
from calendar_sync.hostile import scan
from calendar_sync.occurrences import as_foreign, expand, read_object
from tests.hostile_calendars import END, GROUND, START, event, one_event

pytestmark = pytest.mark.unit
AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def times(*lines: str, before: tuple[str, ...] = ()) -> list[str]:
    """Begin and end in UTC, short: "0302T1300-1400"."""
    read = read_object(event(*lines, before=before), GROUND)
    assert read.reason is None, read.reason
    return [f"{one.starts_at:%m%dT%H%M}-{one.ends_at:%H%M}" for one in read.busy]


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ((START, END), ["0302T1300-1400"]),
        ((START, "DURATION:PT1H30M"), ["0302T1300-1430"]),
        (("DTSTART:20270302T140000", "DURATION:PT1H"), ["0302T1300-1400"]),  # floating
        (("DTSTART:20270302T233000", "DTEND:20270303T003000"), ["0302T2230-2330"]),
        (("DTSTART;VALUE=DATE:20270302",), ["0301T2300-2300"]),
        (("DTSTART:20270302",), ["0301T2300-2300"]),
        (("DTSTART;VALUE=DATE:20270302", "DTEND;VALUE=DATE:20270302"), ["0301T2300-2300"]),
        (("DTSTART;VALUE=DATE:20270328",), ["0327T2300-2200"]),  # a day of 23 hours
        (("DTSTART;VALUE=DATE:20271031",), ["1030T2200-2300"]),  # a day of 25 hours
        (("DTSTART:20270328T013000", "DTEND:20270328T033000"), ["0328T0030-0130"]),
        (("DTSTART:20271031T013000", "DURATION:PT3H"), ["1030T2330-0230"]),
        (("DTSTART:20270327T120000", "DURATION:P1D"), ["0327T1100-1000"]),  # noon to noon
        ((START,), []),  # no length, no time
        (("DTSTART:20270302T130060Z", "DTEND:20270302T140000Z"), ["0302T1300-1400"]),
        (("DTSTART:20200302T130000Z", "DURATION:PT1H"), []),  # long past
        (("DTSTART:20990302T130000Z", "DURATION:PT1H"), ["0302T1300-1400"]),  # far ahead is kept
    ],
)
def test_single_event(lines: tuple[str, ...], found: list[str]) -> None:
    assert times(*lines) == found


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("DTEND:20270302T140000Z",), "no_start"),
        (("DTSTART:20270302T250000",), "bad_time"),
        (("DTSTART:20270230",), "bad_time"),
        ((START, "DTEND;VALUE=DATE:20270303"), "bad_time"),
        (("DTSTART;VALUE=DATE:20270302", "DURATION:PT1H"), "bad_time"),
        ((START, "DURATION:P"), "bad_time"),
        ((START, "DTEND:20270302T125959Z"), "ends_before_start"),
        ((START, "DURATION:PT1H", "RRULE:FREQ=DAILY", "RDATE:nooit"), "bad_time"),
    ],
)
def test_event_without_a_readable_time_is_never_free(lines: tuple[str, ...], reason: str) -> None:
    read = read_object(event(*lines), GROUND)
    assert read.reason == reason
    assert read.state is not ObjectState.FREE


WEEKLY = (START, END, "RRULE:FREQ=WEEKLY;COUNT=3")
CHANGED = "RECURRENCE-ID;TZID=Europe/Amsterdam:20270309T140000"


def with_changed(*lines: str) -> list[str]:
    return times(*WEEKLY, before=one_event(CHANGED, *lines))


def test_series_keeps_its_wall_time_over_the_change_of_the_clock() -> None:
    assert times(START, END, "RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3") == [
        "0302T1300-1400",
        "0316T1300-1400",
        "0330T1200-1300",
    ]


def test_night_from_wall_to_wall_ends_at_seven_also_when_the_clock_changes() -> None:
    night = ("DTSTART:20270326T230000", "DTEND:20270327T070000", "RRULE:FREQ=DAILY;COUNT=3")
    assert times(*night) == ["0326T2200-0600", "0327T2200-0500", "0328T2100-0500"]


def test_what_begins_in_the_hour_that_the_clock_skips_takes_its_time_all_the_same() -> None:
    skipped = ("DTSTART:20270327T023000", "DTEND:20270327T030000", "RRULE:FREQ=DAILY;COUNT=3")
    assert times(*skipped) == ["0327T0130-0200", "0328T0130-0200", "0329T0030-0100"]
    assert times("DTSTART:20270328T023000", "DTEND:20270328T033000") == ["0328T0130-0230"]


@pytest.mark.parametrize(
    "exdate",
    [
        "EXDATE:20270309T130000Z",
        "EXDATE;TZID=Europe/Amsterdam:20270309T140000",
        "EXDATE;TZID=W. Europe Standard Time:20270309T140000,20280101T000000",
        "EXDATE;VALUE=DATE:20270309",
    ],
)
def test_excepted_occurrence_is_free_in_every_manner_of_writing(exdate: str) -> None:
    assert times(*WEEKLY, exdate) == ["0302T1300-1400", "0316T1300-1400"]


def test_cancelled_occurrence_is_free() -> None:
    cancelled = with_changed(START, END, "STATUS:CANCELLED")
    assert cancelled == ["0302T1300-1400", "0316T1300-1400"]


def test_occurrence_shown_as_free_is_free_and_the_rest_is_not() -> None:
    free = with_changed(START, END, "TRANSP:TRANSPARENT")
    assert free == ["0302T1300-1400", "0316T1300-1400"]


def test_moved_occurrence_is_where_it_was_moved_to() -> None:
    moved = with_changed("DTSTART:20270310T090000Z", "DTEND:20270310T100000Z")
    assert moved == ["0302T1300-1400", "0310T0900-1000", "0316T1300-1400"]


def test_occurrence_moved_out_of_and_into_the_window() -> None:
    assert len(with_changed("DTSTART:20300310T090000Z", "DTEND:20300310T100000Z")) == 2
    late = (START.replace("2027", "2035"), "DURATION:PT1H", "RRULE:FREQ=WEEKLY")
    moved_in = one_event(
        "RECURRENCE-ID;TZID=Europe/Amsterdam:20350309T140000", START, "DURATION:PT1H"
    )
    assert times(*late, before=moved_in) == ["0302T1300-1400"]


def test_this_and_future_moves_all_that_follow() -> None:
    later = one_event(
        "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Amsterdam:20270309T140000",
        "DTSTART;TZID=Europe/Amsterdam:20270309T160000",
        "DTEND;TZID=Europe/Amsterdam:20270309T163000",
    )
    series = (START, END, "RRULE:FREQ=WEEKLY;COUNT=5")
    assert times(*series, before=later) == [
        *("0302T1300-1400", "0309T1500-1530", "0316T1500-1530"),
        *("0323T1500-1530", "0330T1400-1430"),
    ]


def test_highest_sequence_of_two_changes_counts() -> None:
    changes = (
        *one_event(CHANGED, "SEQUENCE:3", "DTSTART:20270310T090000Z", "DURATION:PT1H"),
        *one_event(CHANGED, "SEQUENCE:2", "DTSTART:20270311T090000Z", "DURATION:PT1H"),
    )
    assert "0310T0900-1000" in times(*WEEKLY, before=changes)
    assert "0311T0900-1000" not in times(*WEEKLY, before=changes)


def test_change_without_its_series_takes_time() -> None:
    assert times(CHANGED, START, END) == ["0302T1300-1400"]


def test_change_of_a_time_after_the_end_of_its_series_takes_time() -> None:
    """Somebody cut the series off and kept this one: it stands in the calendar, so it is busy."""
    moved = one_event("RECURRENCE-ID:20270330T130000Z", "DTSTART:20270331T080000Z", "DURATION:PT1H")
    found = times(START, "DURATION:PT1H", "RRULE:FREQ=WEEKLY;COUNT=2", before=moved)
    assert found == ["0302T1300-1400", "0309T1300-1400", "0331T0800-0900"]


def test_extra_dates_and_periods() -> None:
    extra = "RDATE;VALUE=PERIOD:20270303T090000Z/20270303T120000Z,20270304T090000Z/PT15M"
    assert times(START, END, extra, "RDATE:20270305T090000Z") == [
        *("0302T1300-1400", "0303T0900-1200", "0304T0900-0915", "0305T0900-1000"),
    ]


def test_last_day_as_a_date_includes_that_day() -> None:
    last = times(START, END, "RRULE:FREQ=WEEKLY;UNTIL=20270316")
    assert last[-1] == "0316T1300-1400"
    days = times("DTSTART;VALUE=DATE:20270302", "RRULE:FREQ=DAILY;UNTIL=20270303T225959Z")
    assert len(days) == 2


def test_week_numbers_follow_iso_8601() -> None:
    rule = "RRULE:FREQ=YEARLY;BYWEEKNO=1,53;BYDAY=MO;WKST=MO"
    found = times("DTSTART;TZID=Europe/Amsterdam:20251229T100000", "DURATION:PT2H", rule)
    assert found == ["1228T0900-1100", "0104T0900-1100"]


def test_series_of_years_ago_still_takes_time() -> None:
    """nextcloud/calendar 5383."""
    old = times("DTSTART:20061002T090000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY;BYDAY=MO")
    assert len(old) == 58
    assert old[0] == "1116T0800-0900"


def test_series_that_begins_after_the_window_is_free_and_read_again_later() -> None:
    read = read_object(
        event("DTSTART:20300101T090000Z", "DURATION:PT1H", "RRULE:FREQ=DAILY"), GROUND
    )
    assert (read.state, read.recurring) == (ObjectState.FREE, True)


def test_all_day_series_is_in_the_zone_of_the_owner() -> None:
    series = ("DTSTART;VALUE=DATE:20270327", "DURATION:P1D", "RRULE:FREQ=DAILY;COUNT=3")
    assert times(*series) == ["0326T2300-2300", "0327T2300-2200", "0328T2200-2200"]


def test_two_rules_are_both_applied() -> None:
    both = times(START, END, "RRULE:FREQ=WEEKLY;COUNT=2", "RRULE:FREQ=DAILY;COUNT=2")
    assert both == ["0302T1300-1400", "0303T1300-1400", "0309T1300-1400"]


def test_digest_is_of_what_is_kept_and_of_nothing_else() -> None:
    first = read_object(event(START, END, "SUMMARY:Tandarts"), GROUND)
    other = read_object(event("SUMMARY:Iets anders", START, END, "SEQUENCE:4"), GROUND)
    moved = read_object(event(START, "DURATION:PT2H"), GROUND)
    assert first.digest == other.digest != moved.digest
    assert len(first.digest) == len(first.uid_hash) == 64
    assert "andarts" not in repr(first)


def test_place_is_told_and_a_link_is_no_place() -> None:
    def at_place(location: str) -> bool:
        return read_object(event(START, END, f"LOCATION:{location}"), GROUND).busy[0].at_place

    assert at_place("Dorpsstraat 1\\, Utrecht")
    assert not at_place("")
    assert not at_place("https://video.example/kamer")
    assert not at_place("Microsoft Teams-vergadering")


def test_forged_mark_counts_as_foreign() -> None:
    forged = read_object(event(START, END, "X-TWEESPRAAK-ID:1"), GROUND)
    assert forged.state is ObjectState.OURS
    assert as_foreign(forged) == read_object(event(START, END), GROUND)
    refused = read_object(event(START, "X-TWEESPRAAK-ID:1", "RRULE:FREQ=SECONDLY"), GROUND)
    assert as_foreign(refused).state is ObjectState.REFUSED


moments = st.datetimes(datetime(2026, 11, 1), datetime(2028, 2, 1)).map(  # noqa: DTZ001 -- local times
    lambda moment: moment.replace(microsecond=0)
)


@st.composite
def plain_events(draw: st.DrawFn) -> bytes:
    start = draw(moments)
    length = timedelta(minutes=draw(st.integers(0, 4_000)))
    manner = draw(st.sampled_from(("zone", "windows", "utc", "floating", "day", "two zones")))
    written = {
        "zone": ";TZID=Europe/Amsterdam:%Y%m%dT%H%M%S",
        "windows": ";TZID=Romance Standard Time:%Y%m%dT%H%M%S",
        "utc": ":%Y%m%dT%H%M%SZ",
        "floating": ":%Y%m%dT%H%M%S",
        "day": ";VALUE=DATE:%Y%m%d",
        "two zones": ";TZID=America/New_York:%Y%m%dT%H%M%S",
    }[manner]
    end = start + length
    last = f"{end:{written}}"
    if manner == "two zones":
        there = end.replace(tzinfo=ZoneInfo("America/New_York"))
        last = f":{there.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    extra = draw(st.sampled_from(((), ("SUMMARY:x",), ("STATUS:CONFIRMED", "TRANSP:OPAQUE"))))
    return event(f"DTSTART{start:{written}}", f"DTEND{last}", *extra)


def by_bare_library(ics: bytes) -> list[tuple[datetime, datetime]]:
    [found] = icalendar.Calendar.from_ical(ics).walk("VEVENT")
    ends = [aware(found["DTSTART"].dt), aware(found["DTEND"].dt)]
    if ends[0] == ends[1] and not isinstance(found["DTSTART"].dt, datetime):
        ends[1] = aware(found["DTSTART"].dt + timedelta(days=1))
    return [(ends[0], ends[1])] if ends[1] > max(ends[0], GROUND.starts_at) else []


def aware(moment: date | datetime) -> datetime:
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001 -- made aware below
    return (moment if moment.tzinfo else moment.replace(tzinfo=AMSTERDAM)).astimezone(UTC)


@given(ics=plain_events())
def test_plain_event_is_read_as_the_bare_library_reads_it(ics: bytes) -> None:
    read = read_object(ics, GROUND)
    if read.reason == "ends_before_start":
        return  # an hour that the clock shows twice: the wall end comes first
    assert [(one.starts_at, one.ends_at) for one in read.busy] == by_bare_library(ics)


@given(ics=plain_events())
def test_short_way_and_expander_agree_on_every_plain_event(ics: bytes) -> None:
    read = read_object(ics, GROUND)
    if read.reason is not None:
        return
    scanned = scan(ics)
    long_way = expand(scanned.events, [Weight.HARD], Reading(AMSTERDAM, scanned.text), GROUND)
    assert long_way == tuple(one for one in read.busy if one.starts_at < GROUND.ends_at)
