from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from coaching.availability import (
    Block,
    BusyKind,
    CandidateTimes,
    DayException,
    DayPart,
    Facet,
    Leave,
    OpeningHours,
    RoomNeeds,
    whole_days,
)
from coaching.availability_request import FreeTime, Obstacle, TimeRequest
from coaching.errors import BadInput
from coaching.facts import ExceptionCode, ExceptionRecord, Known
from coaching.free_times import by_rules, fallback_times, look_at
from coaching.settings import VERSION_1
from coaching.words import MeetingKind, Mode, Skill
from tests.unit.coaching.diary import (
    NINE_TO_FIVE,
    NORTH,
    NOW,
    ROOM_NORTH,
    RULES,
    SOUTH,
    busy,
    coach,
    free,
    hours,
    indexed,
    room,
    walls,
)
from tests.unit.coaching.situation import AMSTERDAM, ANNA, BRAM, at, booking, person

pytestmark = pytest.mark.unit
EVENING = Block(opens=time(19), closes=time(0), place=NORTH)


def test_the_next_times_begin_after_the_notice_and_do_not_overlap() -> None:
    assert walls(free(coach(), count=9)) == [
        *(f"01-12 {hour:02}:00" for hour in range(9, 17)),
        "01-13 09:00",
    ]


def test_an_answer_carries_place_room_and_both_clocks() -> None:
    abroad = CandidateTimes(zone=ZoneInfo("America/New_York"))

    (first,) = free(coach(), count=1, candidate=abroad)

    assert first == FreeTime(
        coach=ANNA,
        starts_at=datetime(2027, 1, 12, 8, tzinfo=UTC),
        ends_at=datetime(2027, 1, 12, 9, tzinfo=UTC),
        wall=datetime(2027, 1, 12, 9),  # noqa: DTZ001 -- wall time has no zone of its own
        candidate_wall=datetime(2027, 1, 12, 3),  # noqa: DTZ001 -- the same
        mode=Mode.OFFLINE,
        place=NORTH,
        room=ROOM_NORTH,
    )


def test_the_parts_of_the_day_are_those_of_the_clock_of_somebody_abroad() -> None:
    abroad = CandidateTimes(zone=ZoneInfo("America/New_York"), parts=frozenset({DayPart.MORNING}))

    assert walls(free(coach(), count=2, candidate=abroad)) == ["01-12 12:00", "01-12 13:00"]


def test_of_many_coaches_the_earliest_time_wins_and_then_the_first_named() -> None:
    anna = coach(busy("2027-01-12 09:00", "2027-01-12 11:00"))
    bram = coach(who=BRAM)

    times = free(anna, bram, count=4, rooms=(room(people=9), room()))

    assert [(t.coach, t.wall.hour) for t in times] == [
        (BRAM, 9),
        (BRAM, 10),
        (ANNA, 11),
        (ANNA, 12),
    ]


def test_evening_hours_run_until_midnight() -> None:
    evenings = coach(hours=hours(EVENING))

    assert walls(free(evenings, count=6)) == [
        *(f"01-12 {hour}:00" for hour in range(19, 24)),
        "01-13 19:00",
    ]


def test_leave_holidays_and_exceptions_close_and_open_days() -> None:
    hours_ = replace(
        hours(NINE_TO_FIVE),
        exceptions=(
            DayException(day=date(2027, 3, 30), blocks=(EVENING,)),
            DayException(day=date(2027, 3, 31)),
        ),
        leave=(Leave(first=date(2027, 4, 1), last=date(2027, 4, 5)),),
    )

    times = free(coach(hours=hours_), now=at("2027-03-26 17:00"), count=7)

    # 29 March is Easter Monday
    assert walls(times) == [
        *(f"03-30 {hour}:00" for hour in range(19, 24)),
        "04-06 09:00",
        "04-06 10:00",
    ]


@pytest.mark.parametrize(
    ("where", "first"),
    [
        ({}, "12:15"),
        ({"place": SOUTH}, "12:45"),
        ({"place": NORTH}, "12:15"),
        ({"elsewhere": True}, "12:45"),
    ],
)
def test_buffers_and_travel_lie_around_a_hard_time(
    where: dict[str, UUID | bool], first: str
) -> None:
    anna = coach(
        busy("2027-01-12 10:00", "2027-01-12 12:00", **where), buffer_before=5, buffer_after=10
    )

    assert walls(free(anna, minutes=45, count=1)) == [
        "01-12 09:00" if where in ({}, {"place": NORTH}) else f"01-12 {first}"
    ]
    assert walls(free(anna, minutes=60, count=1)) == [f"01-12 {first}"]


def test_travel_counts_for_where_the_coach_would_be() -> None:
    anywhere = coach(
        busy("2027-01-12 09:00", "2027-01-12 12:00", place=SOUTH),
        hours=hours(Block(opens=time(9), closes=time(17))),
    )

    assert walls(free(anywhere, mode=Mode.VIDEO, count=1)) == ["01-12 12:00"]
    assert free(anywhere, mode=Mode.OFFLINE) == ()


def test_between_two_places_a_coach_needs_the_way() -> None:
    both = hours(
        Block(opens=time(9), closes=time(12), place=NORTH),
        Block(opens=time(12), closes=time(17), place=SOUTH),
    )
    anna = coach(busy("2027-01-12 09:00", "2027-01-12 12:00", place=NORTH), hours=both)

    (first,) = free(anna, count=1)

    assert (walls((first,)), first.place) == (["01-12 12:45"], SOUTH)


def test_a_tentative_time_counts_as_free_only_when_asked_and_is_marked() -> None:
    anna = coach(
        busy("2027-01-12 09:00", "2027-01-12 10:00", kind=BusyKind.SOFT),
        busy("2027-01-12 10:00", "2027-01-12 11:00", kind=BusyKind.NONE),
    )

    assert walls(free(anna, count=1)) == ["01-12 10:00"]
    asked = free(anna, count=2, over_soft=True)
    assert [(t.wall.hour, t.over_soft) for t in asked] == [(9, True), (10, False)]


def test_a_tentative_time_of_the_candidate_is_marked_too() -> None:
    sandra = CandidateTimes(
        busy=(busy("2027-01-12 09:00", "2027-01-12 09:30", kind=BusyKind.SOFT),)
    )

    assert walls(free(coach(), count=1, candidate=sandra)) == ["01-12 09:30"]
    (asked,) = free(coach(), count=1, candidate=sandra, over_soft=True)
    assert (asked.wall.hour, asked.over_soft) == (9, True)


def test_a_full_day_has_no_more_talks() -> None:
    talks = [busy(f"2027-01-12 {hour}:00", f"2027-01-12 {hour}:30", ours=True) for hour in (10, 12)]

    assert walls(free(coach(*talks, most_talks_a_day=2), count=1)) == ["01-13 09:00"]
    assert walls(free(coach(*talks, most_talks_a_day=3), count=1)) == ["01-12 09:00"]
    assert free(coach(most_talks_a_day=0)) == ()


def test_an_event_over_midnight_and_one_of_whole_days_take_their_days() -> None:
    night = busy("2027-01-12 22:00", "2027-01-13 10:30")
    day = whole_days(date(2027, 1, 14), date(2027, 1, 14), AMSTERDAM)
    tokyo = whole_days(date(2027, 1, 15), date(2027, 1, 15), ZoneInfo("Asia/Tokyo"))
    anna = coach(busy("2027-01-12 09:00", "2027-01-12 17:00"), night, day, tokyo)

    days = {time[:5] for time in walls(free(anna, count=20))}

    assert walls(free(anna, count=1)) == ["01-13 10:30"]
    assert "01-14" not in days
    # the day ends in Tokyo when it is 16:00 here
    assert [t for t in walls(free(anna, count=20)) if t.startswith("01-15")] == ["01-15 16:00"]


def test_hours_keep_their_wall_time_over_the_clock_change() -> None:
    times = free(coach(), now=at("2027-03-25 16:00"), count=10)

    assert walls(times)[0] == "03-26 16:00"
    assert walls(times)[1] == "03-30 09:00"
    assert (times[0].starts_at.hour, times[1].starts_at.hour) == (15, 7)


def test_a_night_in_which_an_hour_comes_twice_is_an_hour_longer() -> None:
    nights = OpeningHours(week=((Block(opens=time(1), closes=time(4), place=NORTH),),) * 7)
    always_open = replace(RULES, holidays=frozenset())

    def hours_on(day: str, now: str) -> int:
        times = free(coach(hours=nights), rules=always_open, now=at(now), count=30)
        return sum(wall.startswith(day) for wall in walls(times))

    assert hours_on("10-30", "2027-10-29 00:00") == 3
    assert hours_on("10-31", "2027-10-29 00:00") == 4
    assert hours_on("03-28", "2027-03-26 00:00") == 2


def test_the_candidates_days_and_own_appointments_are_kept() -> None:
    sandra = CandidateTimes(
        days=frozenset({2}),
        parts=frozenset({DayPart.AFTERNOON}),
        busy=(busy("2027-01-13 12:30", "2027-01-13 15:00"),),
    )

    assert walls(free(coach(), candidate=sandra, count=3)) == [
        "01-13 15:00",
        "01-13 16:00",
        "01-20 12:00",
    ]


def test_a_room_fits_by_people_and_facets_and_is_free_and_open() -> None:
    needs = RoomNeeds(people=3, facets=frozenset({Facet.QUIET}))
    noisy, small = person("noisy"), person("small")
    fit = person("fit")
    rooms = (
        room(room=noisy, people=4),
        room(room=small, people=2, facets=frozenset(Facet)),
        room(
            busy("2027-01-12 09:00", "2027-01-12 10:00"),
            room=fit,
            people=4,
            facets=frozenset({Facet.QUIET}),
            hours=hours(Block(opens=time(8), closes=time(12))),
        ),
    )

    times = free(coach(), rooms=rooms, needs=needs, count=3)

    assert walls(times) == ["01-12 10:00", "01-12 11:00", "01-13 09:00"]
    assert {time.room for time in times} == {fit}
    assert free(coach(), rooms=rooms[:2], needs=needs) == ()


def test_the_own_office_is_taken_last_and_warned_of() -> None:
    office, other = person("office"), person("other")
    rooms = (
        room(room=office, office_of=frozenset({ANNA})),
        room(busy("2027-01-12 10:00", "2027-01-12 11:00"), room=other, people=8),
    )

    times = free(coach(), rooms=rooms, count=3)

    assert [(t.room, t.own_office) for t in times] == [
        (other, False),
        (office, True),
        (other, False),
    ]


def test_a_room_smaller_than_the_people_is_never_offered() -> None:
    assert free(coach(), needs=RoomNeeds(people=3)) == ()


def test_times_that_the_rules_refuse_are_not_offered() -> None:
    stranger = booking(MeetingKind.PROGRESS, Mode.VIDEO, history=())
    known = booking(MeetingKind.PROGRESS, Mode.VIDEO)
    refuses = by_rules(
        lambda coach: known if coach == ANNA else replace(stranger, coach=coach), VERSION_1, now=NOW
    )

    times = free(coach(who=BRAM), coach(), mode=Mode.VIDEO, refuses=refuses, count=3)

    assert [time.coach for time in times] == [ANNA] * 3


def test_an_exception_opens_only_the_days_it_lasts() -> None:
    until = ExceptionRecord(
        rule="R9", code=ExceptionCode.DISTANCE, by=ANNA, second=BRAM, valid_until=date(2027, 1, 13)
    )
    diagnosis = replace(booking(MeetingKind.DIAGNOSIS), exceptions=(until,))
    refuses = by_rules(lambda _: diagnosis, VERSION_1, now=NOW)

    late = free(coach(), mode=Mode.VIDEO, refuses=refuses, after=at("2027-01-13 16:00"))
    times = free(coach(), mode=Mode.VIDEO, refuses=refuses, count=40)

    assert walls(late) == ["01-13 16:00"]
    assert walls(times)[-1] == "01-13 16:00"


def test_a_refused_time_closes_the_rest_of_its_day_only() -> None:
    asked: list[datetime] = []

    def refuses(_: UUID, starts_at: datetime, __: datetime) -> bool:
        asked.append(starts_at)
        return starts_at < at("2027-01-14 00:00")

    assert walls(free(coach(), refuses=refuses, count=1)) == ["01-14 09:00"]
    assert len(asked) == 3


def test_the_horizon_and_the_given_bounds_hold() -> None:
    near = replace(RULES, horizon_days=2)

    assert walls(free(coach(), rules=near)) == [f"01-12 {hour:02}:00" for hour in range(9, 17)]
    assert walls(free(coach(), after=at("2027-01-14 10:30"), before=at("2027-01-14 12:45"))) == [
        "01-14 10:30",
        "01-14 11:30",
    ]


def test_three_times_within_five_working_days_are_offered_after_a_failed_talk() -> None:
    indexes, rooms = indexed((coach(),), (room(),), RULES, NOW)
    failed = TimeRequest(mode=Mode.VIDEO, minutes=60)

    answer = fallback_times(failed, indexes, rooms, VERSION_1, now=NOW)

    assert walls(answer.times) == ["01-12 09:00", "01-12 10:00", "01-12 11:00"]
    assert {(time.mode, time.room) for time in answer.times} == {(Mode.OFFLINE, ROOM_NORTH)}
    assert answer.soon
    assert answer.held_until == NOW + timedelta(hours=48)


def test_later_times_are_offered_when_the_promised_days_hold_none() -> None:
    away = whole_days(date(2027, 1, 11), date(2027, 1, 20), AMSTERDAM)
    indexes, rooms = indexed((coach(away),), (room(),), RULES, NOW)

    answer = fallback_times(
        TimeRequest(mode=Mode.VIDEO, minutes=60), indexes, rooms, VERSION_1, now=NOW
    )

    assert not answer.soon
    assert walls(answer.times) == ["01-21 09:00", "01-21 10:00", "01-21 11:00"]


def test_wishes_give_way_to_soon_but_appointments_do_not() -> None:
    later = CandidateTimes(
        days=frozenset({0}), busy=(busy("2027-01-12 08:00", "2027-01-12 16:00"),)
    )
    short = replace(VERSION_1, offline_slots_working_days=2)
    indexes, rooms = indexed((coach(),), (room(),), RULES, NOW)
    asked = TimeRequest(mode=Mode.VIDEO, minutes=60, candidate=later)

    answer = fallback_times(asked, indexes, rooms, short, now=NOW)

    assert walls(answer.times) == ["01-12 16:00", "01-13 09:00", "01-13 10:00"]
    assert walls(fallback_times(asked, indexes, rooms, VERSION_1, now=NOW).times) == [
        "01-18 09:00",
        "01-18 10:00",
        "01-18 11:00",
    ]


@pytest.mark.parametrize(
    ("near", "taken", "times"),
    [
        (None, (), ["01-12 09:00", "01-12 10:00", "01-12 11:00"]),
        (NORTH, (), ["01-12 09:00", "01-12 10:00", "01-12 11:00"]),
        (SOUTH, (), ["01-12 14:00", "01-12 15:00", "01-12 16:00"]),
        # too little nearby within the promised days: the next place counts too
        (SOUTH, ("12", "13", "14", "15", "18"), ["01-12 09:00", "01-12 10:00", "01-12 11:00"]),
    ],
)
def test_a_place_that_is_easy_to_reach_comes_first_as_long_as_it_has_the_times(
    near: UUID | None, taken: tuple[str, ...], times: list[str]
) -> None:
    morning = Block(opens=time(9), closes=time(12), place=NORTH)
    afternoon = Block(opens=time(14), closes=time(17), place=SOUTH)
    full = [busy(f"2027-01-{day} 13:00", f"2027-01-{day} 17:00") for day in taken]
    both = (room(), room(place=SOUTH))
    indexes, rooms = indexed((coach(*full, hours=hours(morning, afternoon)),), both, RULES, NOW)
    asked = TimeRequest(mode=Mode.OFFLINE, minutes=60, candidate=CandidateTimes(near=near))

    answer = fallback_times(asked, indexes, rooms, VERSION_1, now=NOW)

    assert walls(answer.times) == times


def test_nothing_free_at_all_is_an_empty_offer() -> None:
    indexes, rooms = indexed((coach(),), (), RULES, NOW)

    answer = fallback_times(
        TimeRequest(mode=Mode.VIDEO, minutes=60), indexes, rooms, VERSION_1, now=NOW
    )

    assert (answer.times, answer.soon) == ((), False)


@pytest.mark.parametrize(
    ("when", "obstacle"),
    [
        ("2027-01-11 12:00", Obstacle.TOO_SOON),
        ("2027-04-11 12:00", Obstacle.TOO_FAR),
        ("2027-01-13 08:30", Obstacle.COACH),
        ("2027-01-12 10:20", Obstacle.COACH),
        ("2027-01-12 13:00", Obstacle.CANDIDATE),
        ("2027-01-12 15:00", Obstacle.ROOM),
    ],
)
def test_a_time_that_is_not_free_says_what_is_in_the_way(when: str, obstacle: Obstacle) -> None:
    calendar = coach(busy("2027-01-12 11:00", "2027-01-12 12:00"))
    taken = room(busy("2027-01-12 15:00", "2027-01-12 16:00"))
    (index,), rooms = indexed((calendar,), (taken,), RULES, NOW)
    sandra = CandidateTimes(busy=(busy("2027-01-12 13:00", "2027-01-12 14:00"),))
    asked = TimeRequest(mode=Mode.OFFLINE, minutes=45, candidate=sandra)

    assert look_at(asked, index, rooms, at(when), now=NOW) is obstacle
    assert obstacle.text.nl != obstacle.text.en


def test_a_time_in_between_the_steps_is_free_when_nothing_is_in_the_way() -> None:
    (index,), rooms = indexed((coach(),), (room(),), RULES, NOW)
    asked = TimeRequest(mode=Mode.OFFLINE, minutes=45)

    seen = look_at(asked, index, rooms, at("2027-01-12 10:20"), now=NOW)

    assert isinstance(seen, FreeTime)
    assert (seen.room, walls((seen,))) == (ROOM_NORTH, ["01-12 10:20"])


def test_a_coach_without_hours_or_a_room_too_small_is_told() -> None:
    (index,), rooms = indexed((coach(hours=hours()),), (room(),), RULES, NOW)
    (anna,), _ = indexed((coach(),), (), RULES, NOW)
    asked = TimeRequest(mode=Mode.OFFLINE, minutes=45, needs=RoomNeeds(people=3))
    when = at("2027-01-12 10:00")

    assert look_at(asked, index, rooms, when, now=NOW) is Obstacle.NO_HOURS
    assert look_at(asked, anna, rooms, when, now=NOW) is Obstacle.NO_SUCH_ROOM


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"minutes": 0}, "length_bad"),
        ({"minutes": 481}, "length_bad"),
        ({"mode": Mode.WRITTEN}, "mode_unbookable"),
        ({"after": NOW, "before": NOW}, "ends_before_start"),
    ],
)
def test_a_request_that_makes_no_sense_is_refused(asked: dict[str, object], code: str) -> None:
    with pytest.raises(BadInput) as refused:
        free(coach(), **asked)

    assert refused.value.code == code


def test_practice_is_part_of_what_the_rules_ask() -> None:
    untrained = replace(booking(skill=Skill.LESS), known=frozenset({Known.PRACTICE}))
    refuses = by_rules(lambda _: untrained, VERSION_1, now=NOW)

    assert free(coach(), mode=Mode.VIDEO, refuses=refuses) == ()
