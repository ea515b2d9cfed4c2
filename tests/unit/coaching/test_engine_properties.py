"""The properties of 5.9 that judging a booking has to keep, over generated facts."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from coaching.band import band
from coaching.engine import as_booking
from coaching.facts import (
    BookingFacts,
    CoachState,
    DeviceClass,
    ExceptionCode,
    ExceptionRecord,
    Known,
    PracticeKind,
    PracticeRecord,
    StartedBy,
    TalkRecord,
)
from coaching.rules import BOOKING_RULES
from coaching.settings import VERSION_1
from coaching.verdict import Outcome
from coaching.words import MeetingKind, MeetingStatus, Mode, Skill, TrajectoryState
from tests.unit.coaching.situation import ANNA, BRAM, NOW, judge

pytestmark = pytest.mark.unit
RULE_IDS = {rule.id for rule in BOOKING_RULES}
NAMED_STEPS = {"new_contract", "ask_consent", "choose_coach", "phone"}
LOWERED = {Skill.ABLE: [Skill.LESS, Skill.UNKNOWN, Skill.NONE], Skill.LESS: [Skill.NONE]}
MANY = settings(max_examples=200, deadline=None, print_blob=True)

moments = st.integers(-400, 60).map(lambda days: NOW + timedelta(days=days))
coaches = st.sampled_from([ANNA, BRAM])
talks = st.builds(
    TalkRecord,
    kind=st.sampled_from(MeetingKind),
    mode=st.sampled_from(Mode),
    status=st.sampled_from(MeetingStatus),
    starts_at=moments,
    coach=coaches,
    minutes=st.sampled_from([10, 20, 45]),
    counts_as_online=st.booleans(),
    excepted=st.booleans(),
    technical_failure=st.booleans(),
)
practices = st.builds(
    PracticeRecord,
    kind=st.sampled_from(PracticeKind),
    passed_at=moments,
    device=st.sampled_from(DeviceClass),
)
exceptions = st.builds(
    ExceptionRecord,
    rule=st.sampled_from(sorted(RULE_IDS)),
    code=st.sampled_from(ExceptionCode),
    by=st.just(ANNA),
    second=st.sampled_from([None, ANNA, BRAM]),
    valid_until=st.none() | moments.map(lambda moment: moment.date()),
    used=st.booleans(),
)


@st.composite
def bookings(draw: st.DrawFn) -> BookingFacts:
    starts_at = draw(st.integers(0, 60).map(lambda days: NOW + timedelta(days=days)))
    return BookingFacts(
        kind=draw(st.sampled_from(MeetingKind)),
        mode=draw(st.sampled_from(Mode)),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=draw(st.sampled_from([10, 20, 45]))),
        coach=ANNA,
        trajectory_state=draw(st.sampled_from(TrajectoryState)),
        talks=draw(st.integers(1, 12)),
        history=tuple(draw(st.lists(talks, max_size=8))),
        skill=draw(st.sampled_from(Skill)),
        people=draw(st.sampled_from([2, 3])),
        known=draw(st.frozensets(st.sampled_from(Known))),
        started_by=draw(st.sampled_from(StartedBy)),
        coach_consents=draw(st.booleans()),
        candidate_consents=draw(st.booleans()),
        practice=tuple(draw(st.lists(practices, max_size=2))),
        device=draw(st.none() | st.sampled_from(DeviceClass)),
        exceptions=tuple(draw(st.lists(exceptions, max_size=2))),
        preference=draw(st.none() | st.sampled_from(Mode)),
        coach_state=draw(
            st.builds(
                CoachState,
                requirement_expired=st.booleans(),
                full=st.booleans(),
                conflict=st.booleans(),
                practised=st.booleans(),
            )
            | st.just(CoachState())
        ),
        has_task=draw(st.booleans()),
        to_come_offline=draw(st.integers(0, 3)),
        offline_slots=tuple(sorted(draw(st.lists(moments, max_size=5)))),
    )


@MANY
@given(bookings())
def test_every_refusal_offers_something_that_is_open(facts: BookingFacts) -> None:
    verdict = judge(facts)
    event(verdict.outcome)

    assert verdict.allowed or verdict.alternatives
    for alternative in verdict.alternatives:
        if alternative.action is None:
            assert judge(as_booking(facts, alternative)).allowed
        else:
            assert alternative.action in NAMED_STEPS


@MANY
@given(bookings())
def test_every_verdict_but_a_bare_allow_names_rules_of_the_table(facts: BookingFacts) -> None:
    verdict = judge(facts)

    assert bool(verdict.reasons) == (verdict.outcome is not Outcome.ALLOW)
    assert {reason.rule for reason in verdict.reasons} | set(verdict.lifted) <= RULE_IDS
    assert verdict.settings_version == VERSION_1.version


@MANY
@given(bookings(), st.sampled_from([Mode.OFFLINE, Mode.PHONE]))
def test_a_location_and_the_phone_are_always_open(facts: BookingFacts, mode: Mode) -> None:
    verdict = judge(replace(facts, mode=mode, trajectory_state=TrajectoryState.ACTIVE, people=2))

    refusing = {reason.rule for reason in verdict.reasons}
    assert verdict.allowed or refusing & {"R27", "R28", "R30"}
    assert verdict.allowed or not refusing & {f"R{number}" for number in range(7, 19)}


@MANY
@given(bookings(), st.data())
def test_less_skill_never_opens_a_video_talk(facts: BookingFacts, data: st.DataObject) -> None:
    higher = data.draw(st.sampled_from(sorted(LOWERED)))
    lower = data.draw(st.sampled_from(LOWERED[higher]))
    facts = replace(facts, mode=Mode.VIDEO, skill=higher)

    before, after = judge(facts), judge(replace(facts, skill=lower))

    if before.outcome is not Outcome.ALLOW:
        assert after.outcome is not Outcome.ALLOW
    if not before.allowed:
        assert not after.allowed


@MANY
@given(bookings())
def test_the_same_facts_give_the_same_verdict(facts: BookingFacts) -> None:
    assert judge(facts) == judge(facts)
    assert hash(judge(facts)) == hash(judge(facts))


@MANY
@given(bookings())
def test_parts_of_the_file_that_are_not_kept_add_no_rule(facts: BookingFacts) -> None:
    quiet = judge(replace(facts, known=frozenset()))

    spoke = {reason.rule for reason in quiet.reasons}
    assert not spoke & {rule.id for rule in BOOKING_RULES if rule.needs is not None}


@MANY
@given(bookings())
def test_the_band_never_counts_more_than_the_contract_holds(facts: BookingFacts) -> None:
    share = band(facts, VERSION_1)

    assert (share is None) == (facts.talks < 2)
    if share is not None:
        assert 0 <= share.lower <= facts.talks
        assert 0 <= share.upper <= facts.talks
        assert share.room >= 0
