from dataclasses import replace

import pytest

from coaching.engine import as_booking
from coaching.facts import CoachState, Known, StartedBy
from coaching.rules import BOOKING_RULES
from coaching.verdict import Alternative, Outcome, Text
from coaching.words import Language, MeetingKind, Mode, Skill, TrajectoryState
from tests.unit.coaching.situation import at, booking, judge, rules_of

pytestmark = pytest.mark.unit
LABEL = Text(nl="Op locatie", en="At a location")
SAID = {rule.id: rule.staff for rule in BOOKING_RULES}


def test_an_alternative_is_as_long_as_what_was_asked() -> None:
    facts = booking(minutes=50)
    offered = Alternative(
        label=LABEL,
        kind=MeetingKind.ACQUAINTANCE,
        mode=Mode.OFFLINE,
        starts_at=at("2027-02-10 09:00"),
    )

    other = as_booking(facts, offered)

    assert (other.kind, other.mode) == (MeetingKind.ACQUAINTANCE, Mode.OFFLINE)
    assert (other.starts_at, other.ends_at) == (at("2027-02-10 09:00"), at("2027-02-10 09:50"))


def test_an_alternative_without_a_moment_is_at_the_same_time() -> None:
    facts = booking()

    other = as_booking(facts, Alternative(label=LABEL, kind=facts.kind, mode=Mode.PHONE))

    assert (other.starts_at, other.ends_at) == (facts.starts_at, facts.ends_at)


@pytest.mark.parametrize(
    "step",
    [
        Alternative(label=LABEL, action="phone"),
        Alternative(label=LABEL, mode=Mode.PHONE),
        Alternative(label=LABEL, kind=MeetingKind.PROGRESS),
    ],
)
def test_a_step_is_no_booking(step: Alternative) -> None:
    with pytest.raises(ValueError, match="is a step"):
        as_booking(booking(), step)


def test_staff_read_every_reason_and_the_refusal_leads() -> None:
    facts = replace(
        booking(MeetingKind.THREE_WAY, skill=Skill.LESS, history=()),
        known=frozenset({Known.PRACTICE, Known.TASKS}),
    )

    verdict = judge(facts)

    assert rules_of(verdict) == ["R8", "R10", "R12", "R6"]
    assert [reason.staff for reason in verdict.reasons] == [SAID[r] for r in rules_of(verdict)]
    assert verdict.candidate_reason == verdict.reasons[0].candidate


def test_a_finding_may_say_it_more_exactly_than_its_rule() -> None:
    facts = replace(
        booking(), known=frozenset({Known.PRACTICE}), coach_state=CoachState(practised=False)
    )

    reason = judge(facts).reasons[0]

    assert reason.staff.to(Language.NL).startswith("Deze coach heeft zelf nog niet geoefend")
    assert reason.staff.to(Language.EN).startswith("This coach has not practised")
    assert reason.candidate is None


@pytest.mark.parametrize(
    ("state", "candidate_may"),
    [
        (TrajectoryState.ACTIVE, True),
        (TrajectoryState.PAUSED, True),
        (TrajectoryState.RESTRICTED, True),
        (TrajectoryState.ENDED, False),
    ],
)
def test_a_candidate_may_ask_for_a_talk_until_the_end(
    state: TrajectoryState, *, candidate_may: bool
) -> None:
    by_staff = replace(booking(), trajectory_state=state)
    by_candidate = replace(by_staff, started_by=StartedBy.CANDIDATE)

    assert judge(by_staff).allowed is (state is TrajectoryState.ACTIVE)
    assert judge(by_candidate).allowed is candidate_may


@pytest.mark.parametrize("flag", ["requirement_expired", "full", "conflict"])
def test_a_coach_who_may_not_take_bookings_is_replaced(flag: str) -> None:
    verdict = judge(replace(booking(), coach_state=CoachState(**{flag: True})))

    assert (verdict.outcome, rules_of(verdict)) == (Outcome.REFUSE, ["R30"])
    assert [a.action for a in verdict.alternatives] == ["choose_coach"]
