from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coaching.availability import (
    Block,
    BusyKind,
    BusyTime,
    CandidateTimes,
    CoachCalendar,
    DayException,
    DayPart,
    Leave,
    OpeningHours,
    Room,
    SlotRules,
    Travel,
    whole_days,
)
from coaching.availability_request import TimeRequest
from coaching.errors import BadInput
from coaching.free_times import propose
from coaching.intervals import Spans, meet, minute_after, minute_of, minute_on_clock, moment_of
from coaching.wall_time import to_instant, to_wall
from coaching.words import Mode
from tests.unit.coaching.diary import NORTH, RULES, SOUTH, coach, hours, indexed, room
from tests.unit.coaching.naive_times import scan
from tests.unit.coaching.situation import AMSTERDAM, NOW, person

pytestmark = pytest.mark.unit
MANY = settings(max_examples=150, deadline=None, print_blob=True)
QUARTER = timedelta(minutes=15)
Pairs = list[tuple[int, int]]
pairs = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=12)


def minutes_in(spans: Spans) -> set[int]:
    return {minute for start, end in spans for minute in range(start, end)}


def as_set(taken: Pairs) -> set[int]:
    return {minute for start, end in taken for minute in range(start, end)}


@MANY
@given(pairs, pairs)
def test_spans_are_sets_of_minutes(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    first, second = Spans.of(one), Spans.of(other)

    assert minutes_in(first) == as_set(one)
    assert minutes_in(first.minus(second)) == as_set(one) - as_set(other)
    assert minutes_in(first.within(second)) == as_set(one) & as_set(other)
    assert minutes_in(first.plus(second)) == as_set(one) | as_set(other)
    for spans in (first, first.minus(second), first.within(second), first.plus(second)):
        assert spans == Spans.of(list(spans))
        assert list(spans.starts) == sorted(set(spans.starts))


@MANY
@given(pairs, pairs, st.integers(0, 70), st.integers(1, 20), st.sampled_from([1, 5, 15]))
def test_seeking_finds_the_first_minute_that_all_sets_hold(
    one: Pairs, other: Pairs, since: int, length: int, step: int
) -> None:
    first, second = Spans.of(one), Spans.of(other)
    since = since // step * step
    fits = {
        start
        for start in range(since, 70, step)
        if all(set(range(start, start + length)) <= minutes_in(s) for s in (first, second))
    }

    openings = (first.openings(length, step), second.openings(length, step))

    assert meet(openings, since) == min(fits, default=None)
    assert first.seek(since) == min((m for m in as_set(one) if m >= since), default=None)
    held = set(range(since, since + length)) <= as_set(one)
    assert first.covers(since, since + length) == held


def test_a_minute_begins_with_its_moment() -> None:
    moment = datetime(2027, 1, 11, 8, 30, 1, tzinfo=UTC)

    assert moment_of(minute_of(moment)) == datetime(2027, 1, 11, 8, 30, tzinfo=UTC)
    assert moment_of(minute_after(moment)) == datetime(2027, 1, 11, 8, 31, tzinfo=UTC)
    assert minute_after(moment.replace(second=0)) == minute_of(moment)
    with pytest.raises(ValueError, match="needs a time zone"):
        minute_of(moment.replace(tzinfo=None))


@pytest.mark.parametrize("key", ["Europe/Amsterdam", "Europe/London", "America/New_York"])
def test_every_quarter_of_eleven_years_comes_back_as_it_was(key: str) -> None:
    zone = ZoneInfo(key)
    first, last = (minute_of(datetime(year, 1, 1, tzinfo=UTC)) for year in (2026, 2037))
    wrong = []
    for minute in range(first, last, 15):
        moment = moment_of(minute)
        shown = moment.astimezone(zone)
        wall = shown.replace(tzinfo=None)
        back = to_instant(wall, zone)
        if back != moment or minute_on_clock(wall, zone) != minute or shown.minute % 15:
            wrong.append(moment)

    assert wrong == []


@pytest.mark.parametrize("key", ["Europe/Amsterdam", "Europe/London", "America/New_York"])
def test_only_the_skipped_quarters_of_spring_cannot_be_agreed(key: str) -> None:
    zone = ZoneInfo(key)
    springs = [datetime(year, 3, 1) for year in range(2026, 2037)]  # noqa: DTZ001 -- wall time
    quarters = [spring + number * QUARTER for spring in springs for number in range(45 * 96)]

    skipped = [wall for wall in quarters if _cannot_be_agreed(wall, zone)]

    assert len(skipped) == 11 * 4


def _cannot_be_agreed(wall: datetime, zone: ZoneInfo) -> bool:
    try:
        to_instant(wall, zone)
    except BadInput:
        return True
    return False


@pytest.mark.parametrize(
    ("day", "hours_long"),
    [(date(2027, 3, 28), 23), (date(2027, 10, 31), 25), (date(2027, 6, 1), 24)],
)
def test_a_whole_day_is_as_long_as_its_zone_makes_it(day: date, hours_long: int) -> None:
    away = whole_days(day, day, AMSTERDAM)

    assert away.ends_at - away.starts_at == timedelta(hours=hours_long)
    assert to_wall(away.starts_at, AMSTERDAM).time() == time(0)


@pytest.mark.parametrize(
    ("make", "code", "field"),
    [
        (lambda: BusyTime(starts_at=NOW, ends_at=NOW - QUARTER), "ends_before_start", "ends"),
        (lambda: Leave(first=date(2027, 2, 1), last=date(2027, 1, 1)), "ends_before_start", "ends"),
        (
            lambda: whole_days(date(2027, 2, 2), date(2027, 1, 1), AMSTERDAM),
            "ends_before_start",
            "ends",
        ),
        (lambda: Block(opens=time(17), closes=time(9)), "hours_contradict", "hours"),
        (lambda: OpeningHours(week=()), "hours_contradict", "hours"),
        (lambda: coach(buffer_before=-1), "settings_contradict", "buffer_before"),
        (lambda: Travel(elsewhere_minutes=-1), "settings_contradict", "travel"),
        (lambda: SlotRules(notice_hours=-1), "settings_contradict", "notice_hours"),
        (lambda: SlotRules(notice_hours=48, horizon_days=2), "settings_contradict", "notice_hours"),
        (lambda: SlotRules(step_minutes=7), "settings_contradict", "step_minutes"),
        (lambda: SlotRules(step_minutes=0), "settings_contradict", "step_minutes"),
    ],
)
def test_facts_that_contradict_each_other_are_refused(make: object, code: str, field: str) -> None:
    with pytest.raises(BadInput) as refused:
        make()  # type: ignore[operator]  # each is a maker

    assert (refused.value.code, refused.value.field) == (code, field)


def test_the_way_is_known_in_both_directions_or_counts_as_elsewhere() -> None:
    there_and_back = Travel(minutes={(NORTH, SOUTH): 40, (SOUTH, NORTH): 50}, elsewhere_minutes=20)
    one_way = Travel(minutes={(NORTH, SOUTH): 40})

    assert (there_and_back.between(NORTH, SOUTH), there_and_back.between(SOUTH, NORTH)) == (40, 50)
    assert one_way.between(SOUTH, NORTH) == 40
    assert there_and_back.between(NORTH, person("nowhere")) == 20
    assert one_way.between(NORTH, NORTH) == 0


def backwards() -> BusyTime:
    return whole_days(date(2027, 2, 2), date(2027, 1, 1), AMSTERDAM)


places = st.sampled_from([NORTH, SOUTH, None])


@st.composite
def blocks(draw: st.DrawFn) -> tuple[Block, ...]:
    """Up to two blocks that do not touch, as the slow scan does not join them."""
    marks = sorted(draw(st.lists(st.integers(0, 46), min_size=4, max_size=4, unique=True)))
    edges = [time(mark // 2, mark % 2 * 30) for mark in marks]
    made = (
        Block(opens=edges[0], closes=edges[1], place=draw(places)),
        Block(opens=edges[2], closes=edges[3], place=draw(places)),
    )
    return made[: draw(st.integers(0, 2))]


@st.composite
def busy_times(draw: st.DrawFn) -> BusyTime:
    start = NOW + timedelta(minutes=draw(st.integers(-600, 12_000)))
    place = draw(places)
    return BusyTime(
        starts_at=start,
        ends_at=start + timedelta(minutes=draw(st.sampled_from([0, 10, 45, 300, 1500]))),
        kind=draw(st.sampled_from(BusyKind)),
        place=place,
        elsewhere=place is None and draw(st.booleans()),
        ours=draw(st.booleans()),
    )


@st.composite
def calendars(draw: st.DrawFn, name: str) -> CoachCalendar:
    return CoachCalendar(
        coach=person(name),
        hours=replace(
            hours(*draw(blocks())),
            exceptions=(DayException(day=date(2027, 1, 16), blocks=draw(blocks())),),
            leave=(Leave(first=date(2027, 1, 14), last=date(2027, 1, 14)),),
        ),
        busy=tuple(draw(st.lists(busy_times(), max_size=8))),
        buffer_before=draw(st.sampled_from([0, 5, 30])),
        buffer_after=draw(st.sampled_from([0, 10])),
        most_talks_a_day=draw(st.sampled_from([None, 1, 2])),
    )


@st.composite
def some_rooms(draw: st.DrawFn) -> tuple[Room, ...]:
    return tuple(
        room(
            *draw(st.lists(busy_times(), max_size=3)),
            room=person(f"room {number}"),
            place=draw(st.sampled_from([NORTH, SOUTH])),
            people=draw(st.sampled_from([1, 2, 4])),
        )
        for number in range(draw(st.integers(0, 3)))
    )


@st.composite
def requests(draw: st.DrawFn) -> TimeRequest:
    return TimeRequest(
        mode=draw(st.sampled_from([Mode.OFFLINE, Mode.VIDEO, Mode.PHONE])),
        minutes=draw(st.sampled_from([5, 30, 45, 90])),
        candidate=CandidateTimes(
            days=draw(st.frozensets(st.integers(0, 6), max_size=3)),
            parts=draw(st.frozensets(st.sampled_from(DayPart), max_size=1)),
            zone=draw(st.sampled_from([None, ZoneInfo("America/New_York")])),
            busy=tuple(draw(st.lists(busy_times(), max_size=3))),
        ),
    )


@settings(MANY, max_examples=60)
@given(requests(), calendars("Anna"), calendars("Bram"), some_rooms(), st.integers(0, 4))
def test_the_quick_answer_is_that_of_the_slow_scan(
    request: TimeRequest,
    anna: CoachCalendar,
    bram: CoachCalendar,
    rooms: tuple[Room, ...],
    count: int,
) -> None:
    rules = replace(RULES, horizon_days=6, notice_hours=2, holidays=frozenset({date(2027, 1, 13)}))
    indexes, index = indexed((anna, bram), rooms, rules, NOW)

    quick = propose(request, indexes, index, now=NOW, count=count)

    slow = scan(request, (anna, bram), rooms, rules, now=NOW, count=count)
    assert [(time.starts_at, time.coach) for time in quick] == slow
