"""The acceptance scenarios of the field (5.8), by number, as far as the rules alone decide them."""

from dataclasses import replace

import pytest

from coaching.attendance import Attestation, SeenStage, SeenWatch, Tick
from coaching.engine import as_booking, judge_seat
from coaching.facts import ExceptionCode, ExceptionRecord
from coaching.settings import VERSION_1
from coaching.verdict import Action, Outcome
from coaching.words import MeetingKind, MeetingStatus, Mode, Role
from tests.unit.coaching.situation import (
    ACQUAINTED,
    ANNA,
    FATIMA,
    NOW,
    at,
    booking,
    judge,
    person,
    rules_of,
    seat,
    talk,
)

pytestmark = pytest.mark.unit
ACQUAINTANCE, PROGRESS = MeetingKind.ACQUAINTANCE, MeetingKind.PROGRESS
SLOTS = (at("2027-01-19 10:00"), at("2027-01-20 10:00"), at("2027-01-21 10:00"))


def test_scenario_1_no_online_talk_before_the_acquaintance() -> None:
    planned = talk(ACQUAINTANCE, Mode.OFFLINE, "2027-01-19 14:00", MeetingStatus.PLANNED)
    facts = replace(
        booking(PROGRESS, Mode.VIDEO, "2027-01-18 14:00", history=(planned,)), offline_slots=SLOTS
    )

    verdict = judge(facts)

    assert (verdict.outcome, verdict.leading_rule) == (Outcome.REFUSE, "R8")
    assert verdict.candidate_reason is not None
    assert verdict.candidate_reason.nl == "Eerst zien wij u graag een keer op locatie."
    assert [a.starts_at for a in verdict.alternatives if a.kind is ACQUAINTANCE] == list(SLOTS)


def test_scenario_2_planned_or_missed_is_not_held() -> None:
    missed = talk(ACQUAINTANCE, Mode.OFFLINE, "2027-01-19 14:00", MeetingStatus.MISSED)
    held = talk(ACQUAINTANCE, Mode.OFFLINE, "2027-01-25 14:00")
    facts = booking(PROGRESS, Mode.VIDEO, "2027-01-26 14:00", history=(missed,))

    before = judge(facts)
    after = judge(replace(facts, history=(missed, held)))

    assert (before.outcome, before.leading_rule) == (Outcome.REFUSE, "R8")
    assert after.outcome is Outcome.ALLOW


def test_scenario_3_a_recorded_exception_for_the_acquaintance() -> None:
    distance = ExceptionRecord(rule="R7", code=ExceptionCode.DISTANCE, by=ANNA)
    willem = replace(
        booking(ACQUAINTANCE, Mode.VIDEO, "2027-01-19 14:00", history=()), exceptions=(distance,)
    )
    excepted = replace(talk(ACQUAINTANCE, Mode.VIDEO, "2027-01-19 14:00"), excepted=True)
    used = (replace(distance, used=True),)

    first = judge(willem)
    second = judge(replace(willem, exceptions=used))
    later = judge(replace(booking(history=(excepted,)), exceptions=used))

    assert (first.outcome, first.lifted) == (Outcome.ALLOW, ("R7",))
    assert (second.outcome, second.leading_rule) == (Outcome.REFUSE, "R7")
    assert later.outcome is Outcome.ALLOW


def test_scenario_4_a_diagnosis_is_at_a_location() -> None:
    facts = replace(booking(MeetingKind.DIAGNOSIS, history=(ACQUAINTED,)), offline_slots=SLOTS)

    verdict = judge(facts)

    assert (verdict.outcome, verdict.leading_rule) == (Outcome.REFUSE, "R9")
    offline = [a for a in verdict.alternatives if a.mode is Mode.OFFLINE]
    assert [a.starts_at for a in offline] == list(SLOTS)
    assert judge(as_booking(facts, offline[0])).outcome is Outcome.ALLOW


def test_scenario_7_exactly_two() -> None:
    colleague = person("Anna's colleague")
    five = [ANNA, FATIMA, colleague, person("Kees"), person("Iris")]
    seated: frozenset = frozenset()
    for asking in five * 4:
        if judge_seat(seat(person=asking, seated=seated), VERSION_1, NOW).allowed:
            seated |= {asking}

    verdict = judge_seat(seat(person=colleague, seated=seated), VERSION_1, NOW)

    assert seated == {ANNA, FATIMA}
    assert (verdict.outcome, verdict.leading_rule) == (Outcome.REFUSE, "R1")
    assert verdict.actions == (Action.NOTICE,)


def test_scenario_8_seen_by_the_other() -> None:
    watch = SeenWatch.begin(0)
    for role in Role:
        watch, _ = watch.step(Attestation(by=role, seen=True), 0)
    black = Attestation(by=Role.COACH, seen=False, reason="black")

    told = []
    for second in range(0, 200, 10):
        watch, alarms = watch.step(black, second * 1000)
        told += [(second, alarm.who, alarm.stage) for alarm in alarms]

    assert told == [
        (30, Role.CANDIDATE, SeenStage.BANNER),
        (120, Role.CANDIDATE, SeenStage.QUESTION),
        (180, Role.CANDIDATE, SeenStage.FAILED),
    ]


def test_scenario_8_camera_back_at_100_seconds() -> None:
    watch, _ = SeenWatch.begin(0).step(Attestation(by=Role.CANDIDATE, seen=True), 0)
    watch, _ = watch.step(Tick(), 99_000)

    watch, alarms = watch.step(Attestation(by=Role.COACH, seen=True), 100_000)
    watch, later = watch.step(Tick(), 600_000)

    assert [alarm.stage for alarm in alarms] == [SeenStage.BACK]
    assert later == ()


def test_scenario_23_camera_waiver() -> None:
    entered = judge_seat(seat(camera_live=False, camera_waiver=True), VERSION_1, NOW)
    watch = SeenWatch.begin(0, waived=frozenset({Role.CANDIDATE}))
    watch, _ = watch.step(Attestation(by=Role.CANDIDATE, seen=True), 0)

    watch, alarms = watch.step(Attestation(by=Role.COACH, seen=False, reason="black"), 600_000)

    assert (entered.outcome, rules_of(entered)) == (Outcome.ALLOW, [])
    assert alarms == ()
    assert watch.counts_as_online()
