from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coaching.engine import judge_closing, judge_missed, judge_silence, judge_trouble
from coaching.quiet import Quiet, quiet_reason
from coaching.settings import VERSION_1
from coaching.trigger_facts import (
    ClosingFacts,
    FailureCause,
    MissedFacts,
    SilenceFacts,
    SupportProfile,
    TalkTrouble,
)
from coaching.verdict import Action
from coaching.wall_time import to_wall
from coaching.words import Mode, Skill, TrajectoryState
from coaching.working_days import is_working_day
from tests.unit.coaching.situation import AMSTERDAM, NOW, at, rules_of

pytestmark = pytest.mark.unit
CALM = TalkTrouble(skill=Skill.ABLE)
SILENT = SilenceFacts(
    trajectory_state=TrajectoryState.ACTIVE,
    profile=SupportProfile.USUAL,
    last_own_activity=at("2027-02-01 15:00"),
)


def trouble_rules(facts: TalkTrouble) -> list[str]:
    return rules_of(judge_trouble(facts, VERSION_1, NOW))


@pytest.mark.parametrize(
    ("field", "fine", "failing"),
    [
        ("camera_or_microphone_refused", False, True),
        ("slow_connects", 1, 2),
        ("reconnects", 2, 3),
        ("somebody_pressed", False, True),
    ],
)
def test_a_talk_fails_at_its_threshold(field: str, fine: object, failing: object) -> None:
    assert trouble_rules(replace(CALM, **{field: fine})) == []
    assert trouble_rules(replace(CALM, **{field: failing})) == ["R19"]


@pytest.mark.parametrize(
    ("percent", "seconds", "rules"), [(20, 60, []), (21, 59, []), (21, 60, ["R19"])]
)
def test_lost_sound_fails_a_talk_only_when_it_lasts(
    percent: int, seconds: int, rules: list[str]
) -> None:
    facts = replace(CALM, audio_loss_percent=percent, audio_loss_seconds=seconds)

    assert trouble_rules(facts) == rules


@pytest.mark.parametrize(
    ("seconds", "rules"), [(29, []), (30, ["R5"]), (179, ["R5"]), (180, ["R5", "R19"])]
)
def test_not_being_seen_ends_as_a_failed_talk(seconds: int, rules: list[str]) -> None:
    assert trouble_rules(replace(CALM, unseen_seconds=seconds)) == rules
    assert trouble_rules(replace(CALM, unseen_seconds=seconds, camera_waiver=True)) == []


@pytest.mark.parametrize(
    ("cause", "before", "actions"),
    [
        (FailureCause.CANDIDATE_DEVICE, 0, {Action.FLAG, Action.PROPOSE_PRACTICE}),
        (FailureCause.CANDIDATE_SKILL, 0, {Action.FLAG, Action.PROPOSE_PRACTICE}),
        (FailureCause.CANDIDATE_NETWORK, 0, set()),
        (FailureCause.CANDIDATE_NETWORK, 1, {Action.PROPOSE_OFFLINE}),
        (FailureCause.UNKNOWN, 1, {Action.PROPOSE_OFFLINE}),
        (FailureCause.COACH_SIDE, 0, set()),
        (FailureCause.SERVER, 0, set()),
    ],
)
def test_what_follows_fits_the_cause(
    cause: FailureCause, before: int, actions: set[Action]
) -> None:
    facts = replace(CALM, somebody_pressed=True, cause=cause, network_failures=before)

    verdict = judge_trouble(facts, VERSION_1, NOW)

    always = {Action.PHONE_NOW, Action.PROPOSE_OFFLINE}
    assert set(verdict.actions) == always | actions


def test_staff_may_dismiss_a_failure() -> None:
    assert trouble_rules(replace(CALM, somebody_pressed=True, dismissed=True)) == []


def test_much_help_proposes_a_location_at_once() -> None:
    verdict = judge_trouble(replace(CALM, much_help_needed=True), VERSION_1, NOW)

    assert verdict.actions == (Action.PROPOSE_OFFLINE, Action.FLAG)


@pytest.mark.parametrize(
    ("mode", "minutes", "before", "actions"),
    [
        (Mode.VIDEO, 10, 0, (Action.PHONE_NOW,)),
        (Mode.VIDEO, 11, 0, (Action.COACH_TODO,)),
        (Mode.VIDEO, 5, 1, (Action.PHONE_NOW, Action.PROPOSE_OFFLINE)),
        (Mode.OFFLINE, 5, 1, (Action.COACH_TODO,)),
        (Mode.VIDEO, -1, 0, ()),
    ],
)
def test_a_missed_talk_is_answered_by_its_mode(
    mode: Mode, minutes: int, before: int, actions: tuple[Action, ...]
) -> None:
    facts = MissedFacts(mode=mode, starts_at=NOW, missed_before=before)

    verdict = judge_missed(facts, VERSION_1, NOW + timedelta(minutes=minutes))

    assert verdict.actions == actions


@pytest.mark.parametrize(
    ("profile", "first", "second"),
    [
        (SupportProfile.LIGHT, "2027-02-15 09:00", "2027-02-22 09:00"),
        (SupportProfile.USUAL, "2027-02-08 09:00", "2027-02-15 09:00"),
        (SupportProfile.EXTRA, "2027-02-05 09:00", "2027-02-08 09:00"),
    ],
)
def test_each_profile_has_its_own_clock(profile: SupportProfile, first: str, second: str) -> None:
    facts = replace(SILENT, profile=profile)
    day_before = at(first) - timedelta(hours=13)
    nudged = replace(facts, level_one_at=at(first), nudged_at=(at(first),))

    assert judge_silence(facts, VERSION_1, day_before).actions == ()
    assert judge_silence(facts, VERSION_1, at(first)).actions == (Action.NUDGE,)
    assert judge_silence(nudged, VERSION_1, at(second)).actions == (
        Action.NUDGE,
        Action.COACH_TODO,
    )


@pytest.mark.parametrize(
    ("phoned", "actions"),
    [
        (None, (Action.NUDGE, Action.COACH_TODO)),
        ("2027-02-17 09:00", ()),
        ("2027-02-16 09:00", (Action.PROPOSE_OFFLINE,)),
        ("2027-01-30 09:00", (Action.NUDGE, Action.COACH_TODO)),
    ],
    ids=["not phoned", "phoned yesterday", "phoned two days ago", "phoned in an older silence"],
)
def test_a_location_is_proposed_two_days_after_the_phone_to_do(
    phoned: str | None, actions: tuple[Action, ...]
) -> None:
    facts = replace(SILENT, level_two_at=None if phoned is None else at(phoned))

    assert judge_silence(facts, VERSION_1, at("2027-02-18 09:00")).actions == actions


@pytest.mark.parametrize(
    "changes",
    [
        {"nudged_at": (at("2027-02-15 09:00"), at("2027-02-16 09:00"))},
        {"any_talk_at": at("2027-02-19 08:00")},
    ],
    ids=["two messages this week", "a talk elsewhere is near"],
)
def test_the_phone_to_do_does_not_wait_for_the_message(changes: dict[str, object]) -> None:
    facts = replace(SILENT, **changes)

    verdict = judge_silence(facts, VERSION_1, at("2027-02-18 09:00"))

    assert (rules_of(verdict), verdict.actions) == (["R22"], (Action.COACH_TODO,))


def test_days_of_a_pause_do_not_count_as_silence() -> None:
    facts = replace(SILENT, paused_days=1)

    assert judge_silence(facts, VERSION_1, at("2027-02-08 09:00")).actions == ()
    assert judge_silence(facts, VERSION_1, at("2027-02-09 09:00")).actions == (Action.NUDGE,)


def test_a_talk_within_three_days_does_the_work_of_a_nudge() -> None:
    facts = replace(SILENT, next_talk_at=at("2027-02-11 09:00"))

    assert judge_silence(facts, VERSION_1, at("2027-02-08 09:00")).actions == ()


def test_a_coach_starts_the_proposal_at_any_time() -> None:
    facts = replace(SILENT, coach_starts_offline=True)

    assert judge_silence(facts, VERSION_1, at("2027-02-02 09:00")).actions == (
        Action.PROPOSE_OFFLINE,
    )


def test_a_missing_next_talk_goes_to_the_coach_first() -> None:
    facts = replace(
        SILENT,
        profile=SupportProfile.LIGHT,
        last_talk_at=at("2027-01-25 10:00"),
        cadence_days=7,
    )
    told = replace(facts, coach_told_at=at("2027-02-09 09:00"))

    def actions(silence: SilenceFacts, when: str) -> tuple[Action, ...]:
        return judge_silence(silence, VERSION_1, at(when)).actions

    assert actions(facts, "2027-02-08 10:00") == ()
    assert actions(facts, "2027-02-09 10:00") == (Action.COACH_TODO,)
    assert actions(told, "2027-02-11 10:00") == ()
    assert actions(told, "2027-02-12 10:00") == (Action.NUDGE,)
    asked = replace(told, nudged_at=(at("2027-02-12 10:00"),))
    assert actions(asked, "2027-02-12 10:00") == ()


@pytest.mark.parametrize(
    ("seen", "rules"), [("2026-12-29 10:00", []), ("2026-12-28 10:00", ["R24"])]
)
def test_six_weeks_without_seeing_each_other_proposes_a_location(
    seen: str, rules: list[str]
) -> None:
    facts = replace(SILENT, last_own_activity=at("2027-02-07 10:00"), last_seen_contact=at(seen))

    assert rules_of(judge_silence(facts, VERSION_1, at("2027-02-08 10:00"))) == rules


@pytest.mark.parametrize(
    ("since", "rules"), [("2026-12-29 10:00", []), ("2026-12-28 10:00", ["R24"])]
)
def test_somebody_never_seen_is_proposed_a_location_six_weeks_after_the_start(
    since: str, rules: list[str]
) -> None:
    facts = replace(SILENT, last_own_activity=at("2027-02-07 10:00"), guided_since=at(since))

    assert rules_of(judge_silence(facts, VERSION_1, at("2027-02-08 10:00"))) == rules


@pytest.mark.parametrize(
    ("changes", "now", "reason"),
    [
        ({}, "2027-02-08 09:00", None),
        ({}, "2027-02-08 19:59", None),
        ({}, "2027-02-08 20:00", Quiet.NIGHT_OR_WEEKEND),
        ({}, "2027-02-07 12:00", Quiet.NIGHT_OR_WEEKEND),
        ({}, "2027-03-29 12:00", Quiet.NIGHT_OR_WEEKEND),
        ({"undelivered": 2}, "2027-02-08 09:00", Quiet.UNDELIVERED),
        ({"trajectory_state": TrajectoryState.PAUSED}, "2027-02-08 09:00", Quiet.NOT_RUNNING),
        ({"next_talk_at": at("2027-02-09 09:00")}, "2027-02-08 09:00", Quiet.TALK_IS_NEAR),
        ({"any_talk_at": at("2027-02-09 09:00")}, "2027-02-08 09:00", Quiet.TALK_IS_NEAR),
        (
            {"nudged_at": (at("2027-02-02 09:00"), at("2027-02-04 09:00"))},
            "2027-02-08 09:00",
            Quiet.ENOUGH,
        ),
        ({"nudged_at": (at("2027-02-01 09:00"), at("2027-02-04 09:00"))}, "2027-02-08 09:00", None),
    ],
)
def test_a_nudge_waits_for_its_reason(
    changes: dict[str, object], now: str, reason: Quiet | None
) -> None:
    assert quiet_reason(replace(SILENT, **changes), VERSION_1, at(now)) is reason


def test_messages_that_do_not_arrive_become_a_to_do() -> None:
    verdict = judge_silence(replace(SILENT, undelivered=2), VERSION_1, at("2027-02-08 09:00"))

    assert (rules_of(verdict), verdict.actions) == (["R26"], (Action.COACH_TODO,))


@pytest.mark.parametrize(
    ("mode", "given_or_discussed", "before", "actions"),
    [
        (Mode.VIDEO, True, 5, ()),
        (Mode.VIDEO, False, 0, (Action.ASK_REASON,)),
        (Mode.VIDEO, False, 1, (Action.ASK_REASON, Action.NOTICE)),
        (Mode.OFFLINE, False, 1, ()),
    ],
)
def test_an_online_talk_that_ends_without_a_task_asks_why(
    mode: Mode, *, given_or_discussed: bool, before: int, actions: tuple[Action, ...]
) -> None:
    facts = ClosingFacts(
        mode=mode, task_given_or_discussed=given_or_discussed, taskless_before=before
    )

    assert judge_closing(facts, VERSION_1, NOW).actions == actions


@settings(max_examples=60, deadline=None, print_blob=True)
@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001 -- hypothesis adds UTC below
    steps=st.lists(
        st.tuples(st.integers(1, 30), st.sampled_from(["", "", "", "active", "talk", "late"])),
        max_size=150,
    ),
    profile=st.sampled_from(SupportProfile),
)
def test_no_life_gets_more_than_two_nudges_a_week_or_one_at_night(
    start: datetime, steps: list[tuple[int, str]], profile: SupportProfile
) -> None:
    now = start.replace(tzinfo=UTC)
    facts = replace(
        SILENT, profile=profile, last_own_activity=now, cadence_days=7, last_talk_at=now
    )
    for hours, happens in steps:
        now += timedelta(hours=hours)
        facts = live(facts, happens, now)
        actions = judge_silence(facts, VERSION_1, now).actions
        facts = sent(facts, actions, now)
        assert Action.NUDGE not in judge_silence(facts, VERSION_1, now).actions

    for moment in facts.nudged_at:
        wall = to_wall(moment, AMSTERDAM)
        assert is_working_day(wall.date())
        assert 9 <= wall.hour < 20
        week = [m for m in facts.nudged_at if moment <= m < moment + timedelta(days=7)]
        assert len(week) <= 2


def live(facts: SilenceFacts, happens: str, now: datetime) -> SilenceFacts:
    match happens:
        case "active":
            return replace(facts, last_own_activity=now)
        case "talk":
            return replace(facts, next_talk_at=now + timedelta(days=2))
        case "late":
            return replace(facts, coach_told_at=now - timedelta(days=4), next_talk_at=None)
        case _:
            return facts


def sent(facts: SilenceFacts, actions: tuple[Action, ...], now: datetime) -> SilenceFacts:
    if Action.NUDGE not in actions:
        return facts
    level = "level_two_at" if Action.COACH_TODO in actions else "level_one_at"
    return replace(facts, nudged_at=(*facts.nudged_at, now), **{level: now})
