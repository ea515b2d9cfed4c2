"""The whole table of what is done with a change that a person made in a calendar."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coaching.calendar_wishes import (
    MOST_ACCEPTED_A_DAY,
    Course,
    NewTime,
    Situation,
    Wanted,
    Why,
    after_rules,
    before_rules,
    not_by_itself,
)
from coaching.words import MeetingStatus, Mode

pytestmark = pytest.mark.unit

START = datetime(2027, 3, 3, 13, tzinfo=UTC)
END = START + timedelta(minutes=45)
BEFORE, DURING, AFTER = START - timedelta(days=1), START + timedelta(minutes=5), END
ODD = ("all_day", "repeats", "time_unknown", "length", "cancelled_there")
IN_THE_WAY = (None, "R8", "coach_taken", "candidate_taken", "starts_in_past", *Why)


def about(wanted: Wanted = Wanted.MOVED, **other: object) -> Situation:
    given_ = {
        "odd": None,
        "status": MeetingStatus.PLANNED,
        "mode": Mode.VIDEO,
        "starts_at": START,
        "ends_at": END,
        "changed_here": False,
        "put_back_before": False,
        "accepted_today": 0,
    }
    return Situation(wanted=wanted, **{**given_, **other})  # type: ignore[arg-type]  # fields by name


def decided(one: Situation, stands: str | None, now: datetime) -> tuple[Course, str]:
    found = before_rules(one, now=now) or after_rules(one, stands)
    return found.course, found.why


EVERY = [
    (wanted, odd, status, mode, changed, before, often, now, stands)
    for wanted, odd, status, mode, changed, before, often, now, stands in itertools.product(
        Wanted,
        (None, *ODD),
        MeetingStatus,
        (Mode.VIDEO, Mode.PHONE, Mode.OFFLINE),
        (False, True),
        (False, True),
        (0, MOST_ACCEPTED_A_DAY),
        (BEFORE, DURING, AFTER),
        IN_THE_WAY,
    )
]


def test_every_situation_of_the_table_has_the_decision_of_the_table() -> None:
    assert len(EVERY) > 30_000
    for wanted, odd, status, mode, changed, before, often, now, stands in EVERY:
        one = about(
            wanted,
            odd=odd,
            status=status,
            mode=mode,
            changed_here=changed,
            put_back_before=before,
            accepted_today=often,
        )
        course, why = decided(one, stands, now)
        free = (
            status is MeetingStatus.PLANNED
            and wanted is Wanted.MOVED
            and not (odd or changed or often)
            and now < START
            and mode is not Mode.OFFLINE
        )
        forbidden = stands is not None and stands not in (
            Why.COACH_BUSY,
            Why.OUTSIDE_HOURS,
            Why.TOO_SOON,
        )
        tidied = wanted is not Wanted.MOVED and now >= END
        if status is not MeetingStatus.PLANNED or tidied:
            assert course is Course.NOTHING
        elif free and stands is None:
            assert course is Course.ACCEPT
        elif free and forbidden and not before:
            assert (course, why) == (Course.PUT_BACK, stands)
        else:
            assert course is Course.ASK
            assert why


@pytest.mark.parametrize(
    ("situation", "now", "why"),
    [
        (about(mode=Mode.OFFLINE), BEFORE, "at_location"),
        (about(changed_here=True), BEFORE, "both_changed"),
        (about(accepted_today=3), BEFORE, "too_often"),
        (about(), DURING, "begun"),
        (about(odd="all_day"), BEFORE, "all_day"),
        (about(Wanted.REMOVED), BEFORE, "removed"),
        (about(Wanted.REMOVED, odd="cancelled_there"), BEFORE, "cancelled_there"),
        (about(Wanted.DECLINED), DURING, "declined"),
    ],
)
def test_a_person_reads_why_it_is_asked(situation: Situation, now: datetime, why: str) -> None:
    assert decided(situation, None, now) == (Course.ASK, why)


@given(st.booleans(), st.booleans(), st.integers(-60, 60))
def test_what_no_rule_forbids_is_believed_only_when_everything_fits(
    busy: bool,  # noqa: FBT001 -- hypothesis gives it
    in_hours: bool,  # noqa: FBT001 -- hypothesis gives it
    minutes: int,
) -> None:
    new = NewTime(
        coach_busy=busy,
        in_hours=in_hours,
        soonest=START,
        starts_at=START + timedelta(minutes=minutes),
    )
    fits = not busy and in_hours and minutes >= 0
    assert (not_by_itself(new) is None) == fits
