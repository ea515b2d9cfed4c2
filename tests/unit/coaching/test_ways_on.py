"""Every refusal carries a way on that is allowed (P4): of each rule, at the door, at the seat."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coaching.engine import as_booking, judge_door, judge_seat
from coaching.facts import BookingFacts, CoachState, Known, LinkState, SeatFacts, StartedBy
from coaching.rules import BOOKING_RULES
from coaching.rules.rule import Hardness
from coaching.settings import VERSION_1
from coaching.verdict import Outcome, Verdict
from coaching.words import MeetingKind, MeetingStatus, Mode, Skill, TrajectoryState
from tests.unit.coaching.situation import ACQUAINTED, ANNA, BRAM, FATIMA, NOW, judge, talk
from tests.unit.coaching.test_engine_properties import NAMED_STEPS, bookings

pytestmark = pytest.mark.unit
SOME = settings(max_examples=10, deadline=None, print_blob=True)
PROGRESS, VIDEO = MeetingKind.PROGRESS, Mode.VIDEO
A_TALK = talk(PROGRESS, Mode.OFFLINE, "2027-01-11 12:00")

# What makes a rule refuse, whatever else is so.
REFUSED_BY: dict[str, dict[str, Any]] = {
    "R7": {"kind": MeetingKind.ACQUAINTANCE},
    "R8": {"history": ()},
    "R9": {"kind": MeetingKind.DIAGNOSIS},
    "R10": {"kind": MeetingKind.THREE_WAY},
    "R12": {"skill": Skill.LESS, "practice": ()},
    "R13": {"skill": Skill.NONE},
    "R15": {"coach_state": CoachState(practised=False)},
    "R17": {"talks": 1, "history": ()},
    "R27": {"coach_consents": False},
    "R28": {"talks": 1, "history": (A_TALK,), "mode": Mode.OFFLINE},
    "R29": {"trajectory_state": TrajectoryState.PAUSED, "started_by": StartedBy.STAFF},
    "R30": {"coach_state": CoachState(full=True)},
}


def refused(facts: BookingFacts, rule: str) -> BookingFacts:
    """The same booking, of 45 minutes and without an exception, so that `rule` refuses it."""
    usual = {"kind": PROGRESS, "mode": VIDEO, "ends_at": facts.starts_at + timedelta(minutes=45)}
    return replace(
        facts, **{**usual, "known": frozenset(Known), "exceptions": (), **REFUSED_BY[rule]}
    )


def leads_on(facts: BookingFacts, verdict: Verdict) -> bool:
    """Whether there is a way on, and each is a named step or a booking that is allowed."""
    return bool(verdict.alternatives) and all(
        one.action in NAMED_STEPS if one.action else judge(as_booking(facts, one)).allowed
        for one in verdict.alternatives
    )


def test_every_rule_that_may_refuse_a_booking_is_looked_at() -> None:
    hard = {rule.id for rule in BOOKING_RULES if rule.hardness is Hardness.HARD}

    assert set(REFUSED_BY) == hard | {"R15"}  # soft, but a coach who did not practise hosts nobody


@pytest.mark.parametrize("rule", REFUSED_BY)
@SOME
@given(drawn=bookings())
def test_what_a_rule_refuses_has_a_way_on_that_is_allowed(rule: str, drawn: BookingFacts) -> None:
    facts = refused(drawn, rule)

    verdict = judge(facts)

    assert not verdict.allowed
    assert rule in {reason.rule for reason in verdict.reasons}
    assert leads_on(facts, verdict)


@pytest.mark.parametrize("rule", ["R8", "R12", "R13"])
@SOME
@given(drawn=bookings())
def test_who_is_stopped_at_the_door_has_a_way_on_that_is_allowed(
    rule: str, drawn: BookingFacts
) -> None:
    facts = refused(drawn, rule)

    verdict = judge_door(facts, VERSION_1, NOW)

    assert not verdict.allowed
    assert leads_on(facts, verdict)


def test_the_door_offers_no_booking_that_would_be_refused() -> None:
    """Of a full contract neither another acquaintance nor a talk at a location can be booked."""
    full = replace(ACQUAINTED, status=MeetingStatus.MISSED), A_TALK
    facts = replace(refused(_any_booking(), "R8"), talks=1, history=full)

    ways = judge_door(facts, VERSION_1, NOW).alternatives

    assert [(one.kind, one.mode) for one in ways if one.mode is Mode.OFFLINE] == []
    assert (PROGRESS, Mode.PHONE) in {(one.kind, one.mode) for one in ways}


def _any_booking() -> BookingFacts:
    starts_at = NOW + timedelta(days=3)
    return BookingFacts(
        kind=PROGRESS,
        mode=VIDEO,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=45),
        coach=ANNA,
        trajectory_state=TrajectoryState.ACTIVE,
        talks=6,
        history=(ACQUAINTED,),
        skill=Skill.ABLE,
        coach_consents=True,
        candidate_consents=True,
    )


seats = st.builds(
    SeatFacts,
    person=st.sampled_from([ANNA, FATIMA, BRAM, None]),
    coach=st.just(ANNA),
    candidate=st.just(FATIMA),
    seated=st.frozensets(st.sampled_from([ANNA, FATIMA])),
    other_device=st.booleans(),
    takes_over=st.booleans(),
    link=st.sampled_from(LinkState),
    camera_live=st.sampled_from([True, False, None]),
    camera_waiver=st.booleans(),
    waited_seconds=st.sampled_from([0, 30, 180]),
)
# What a step changes; a phone call asks for no seat.
_TAKEN: dict[str, Callable[[SeatFacts], SeatFacts]] = {
    "take_over": lambda facts: replace(facts, takes_over=True),
    "camera_help": lambda facts: replace(facts, camera_live=True),
}


@settings(max_examples=100, deadline=None, print_blob=True)
@given(seats)
def test_who_gets_no_seat_can_phone_or_take_a_step_that_opens_it(facts: SeatFacts) -> None:
    verdict = judge_seat(facts, VERSION_1, NOW)
    steps = [one.action for one in verdict.alternatives]

    assert verdict.outcome is Outcome.ALLOW or steps
    assert set(steps) <= {"phone", *_TAKEN}
    if "phone" not in steps:
        for step in steps:
            facts = _TAKEN[str(step)](facts)
        assert judge_seat(facts, VERSION_1, NOW).allowed
