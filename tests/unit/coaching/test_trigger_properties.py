"""Explain (5.9), for the verdicts that start something: each names rules of its own table."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coaching.engine import judge_missed, judge_seat, judge_silence, judge_trouble
from coaching.facts import LinkState, SeatFacts
from coaching.rules import MISSED_RULES, SEAT_RULES, SILENCE_RULES, TROUBLE_RULES
from coaching.rules.silence import Level, level
from coaching.settings import VERSION_1
from coaching.trigger_facts import (
    FailureCause,
    MissedFacts,
    SilenceFacts,
    SupportProfile,
    TalkTrouble,
)
from coaching.verdict import Action, Outcome, Verdict
from coaching.words import Mode, Skill, TrajectoryState
from tests.unit.coaching.situation import ANNA, BRAM, FATIMA, NOW

pytestmark = pytest.mark.unit
SOME = settings(max_examples=100, deadline=None, print_blob=True)

days = st.integers(-70, 10).map(lambda count: NOW + timedelta(days=count))
minutes = st.integers(-30, 60).map(lambda count: NOW + timedelta(minutes=count))
people = st.sampled_from([ANNA, BRAM, FATIMA])
seats = st.builds(
    SeatFacts,
    person=st.none() | people,
    coach=st.just(ANNA),
    candidate=st.just(FATIMA),
    seated=st.frozensets(people),
    other_device=st.booleans(),
    takes_over=st.booleans(),
    link=st.sampled_from(LinkState),
    camera_live=st.none() | st.booleans(),
    camera_waiver=st.booleans(),
    waited_seconds=st.integers(0, 400),
)
silences = st.builds(
    SilenceFacts,
    trajectory_state=st.sampled_from(TrajectoryState),
    profile=st.sampled_from(SupportProfile),
    last_own_activity=days,
    paused_days=st.integers(0, 10),
    nudged_at=st.lists(days, max_size=4).map(tuple),
    level_one_at=st.none() | days,
    level_two_at=st.none() | days,
    next_talk_at=st.none() | days,
    any_talk_at=st.none() | days,
    last_talk_at=st.none() | days,
    cadence_days=st.none() | st.integers(1, 30),
    coach_told_at=st.none() | days,
    last_seen_contact=st.none() | days,
    guided_since=st.none() | days,
    coach_starts_offline=st.booleans(),
    undelivered=st.integers(0, 3),
)
misses = st.builds(
    MissedFacts,
    mode=st.sampled_from(Mode),
    starts_at=minutes,
    missed_before=st.integers(0, 3),
)
troubles = st.builds(
    TalkTrouble,
    skill=st.sampled_from(Skill),
    camera_or_microphone_refused=st.booleans(),
    slow_connects=st.integers(0, 3),
    unseen_seconds=st.integers(0, 200),
    camera_waiver=st.booleans(),
    audio_loss_percent=st.integers(0, 100),
    audio_loss_seconds=st.integers(0, 120),
    reconnects=st.integers(0, 4),
    somebody_pressed=st.booleans(),
    dismissed=st.booleans(),
    cause=st.none() | st.sampled_from(FailureCause),
    network_failures=st.integers(0, 2),
    much_help_needed=st.booleans(),
)
_DRAWN = {SeatFacts: 10, SilenceFacts: 16, MissedFacts: 3, TalkTrouble: 13}


def explained(verdict: Verdict, table: set[str]) -> None:
    assert bool(verdict.reasons) == (verdict.outcome is not Outcome.ALLOW)
    assert bool(verdict.reasons) or not verdict.actions
    assert {reason.rule for reason in verdict.reasons} <= table
    assert all(reason.staff.nl and reason.staff.en for reason in verdict.reasons)
    assert verdict.settings_version == VERSION_1.version


@pytest.mark.parametrize(("facts", "drawn"), _DRAWN.items())
def test_every_fact_that_a_trigger_looks_at_is_generated(facts: type, drawn: int) -> None:
    assert len(fields(facts)) == drawn


@SOME
@given(seats)
def test_every_verdict_on_a_seat_names_its_rule(facts: SeatFacts) -> None:
    verdict = judge_seat(facts, VERSION_1, NOW)

    explained(verdict, {rule.id for rule in SEAT_RULES})
    assert verdict.allowed or verdict.alternatives


@SOME
@given(silences)
def test_every_verdict_on_a_silence_names_its_rule(facts: SilenceFacts) -> None:
    explained(judge_silence(facts, VERSION_1, NOW), {rule.id for rule in SILENCE_RULES})


@SOME
@given(silences, st.integers(0, 14 * 24))
def test_only_the_message_of_a_silence_waits(facts: SilenceFacts, hours: int) -> None:
    """R26 keeps messages back; whatever else is due is the same at night and on a busy week."""
    now = NOW + timedelta(hours=hours)
    verdict = judge_silence(facts, VERSION_1, now)
    calm = judge_silence(
        SilenceFacts(**{f.name: getattr(facts, f.name) for f in fields(facts)} | {"nudged_at": ()}),
        VERSION_1,
        now,
    )

    kept = set(calm.actions) - set(verdict.actions)
    assert kept <= {Action.NUDGE}


@SOME
@given(silences, st.integers(0, 14 * 24))
def test_the_clock_that_looks_twice_at_one_moment_nudges_once(
    facts: SilenceFacts, hours: int
) -> None:
    """Idempotent (5.9): what the first look did is a fact for the second."""
    now = NOW + timedelta(hours=hours)
    first = judge_silence(facts, VERSION_1, now)
    if Action.NUDGE not in first.actions:
        return

    due, told = level(facts, VERSION_1, now), Action.COACH_TODO in first.actions
    known = replace(
        facts,
        nudged_at=(*facts.nudged_at, now),
        level_one_at=now if due is Level.NUDGE else facts.level_one_at,
        level_two_at=now if due is Level.PHONE else facts.level_two_at,
        coach_told_at=facts.coach_told_at or (now if told else None),
    )

    assert Action.NUDGE not in judge_silence(known, VERSION_1, now).actions


@SOME
@given(misses)
def test_every_verdict_on_a_missed_talk_names_its_rule(facts: MissedFacts) -> None:
    explained(judge_missed(facts, VERSION_1, NOW), {rule.id for rule in MISSED_RULES})


@SOME
@given(troubles)
def test_every_verdict_on_trouble_names_its_rule(facts: TalkTrouble) -> None:
    explained(judge_trouble(facts, VERSION_1, NOW), {rule.id for rule in TROUBLE_RULES})
