"""The acceptance scenarios of the field (5.8), by number, as far as the rules alone decide them."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from coaching.attendance import Attestation, SeenStage, SeenWatch, Tick
from coaching.engine import as_booking, judge_missed, judge_seat, judge_silence, judge_trouble
from coaching.facts import (
    DeviceClass,
    ExceptionCode,
    ExceptionRecord,
    Known,
    PracticeKind,
    PracticeRecord,
)
from coaching.practice import Provisional, follow_provisional, practice_deadline, practice_window
from coaching.settings import VERSION_1
from coaching.skill_steps import one_level_down
from coaching.trigger_facts import (
    FailureCause,
    MissedFacts,
    SilenceFacts,
    SupportProfile,
    TalkTrouble,
)
from coaching.verdict import Action, Outcome
from coaching.words import MeetingKind, MeetingStatus, Mode, Role, Skill, TrajectoryState
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


def test_scenario_6_less_skilled_practises_first() -> None:
    mo = replace(
        booking(when="2027-02-09 14:00", skill=Skill.LESS), known=frozenset({Known.PRACTICE})
    )
    self_practice = PracticeRecord(
        kind=PracticeKind.SELF, passed_at=at("2027-02-04 10:00"), device=DeviceClass.PHONE
    )

    verdict = judge(mo)
    practised = replace(mo, practice=(self_practice,))

    assert (verdict.outcome, verdict.leading_rule) == (Outcome.REFUSE_UNTIL, "R12")
    assert verdict.actions == (Action.PROPOSE_PRACTICE,)
    assert practice_window(mo.starts_at, VERSION_1) == (date(2027, 2, 2), date(2027, 2, 7))
    assert follow_provisional(mo, VERSION_1, at("2027-02-01 23:59")) is Provisional.WAIT
    assert follow_provisional(mo, VERSION_1, at("2027-02-02 09:00")) is Provisional.PROPOSE_PRACTICE
    assert follow_provisional(practised, VERSION_1, at("2027-02-04 10:00")) is Provisional.CONFIRM
    assert judge(practised).outcome is Outcome.ALLOW


def test_scenario_6_variant_skill_none_practises_at_a_location() -> None:
    verdict = judge(replace(booking(skill=Skill.NONE), known=frozenset({Known.PRACTICE})))

    assert (verdict.outcome, verdict.leading_rule) == (Outcome.REFUSE, "R13")
    assert (MeetingKind.PRACTICE, Mode.OFFLINE) in [(a.kind, a.mode) for a in verdict.alternatives]


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


def test_scenario_9_failing_call_on_the_candidates_side() -> None:
    trouble = TalkTrouble(
        skill=Skill.LESS,
        camera_or_microphone_refused=True,
        somebody_pressed=True,
        cause=FailureCause.CANDIDATE_DEVICE,
    )

    verdict = judge_trouble(trouble, VERSION_1, NOW)

    assert rules_of(verdict) == ["R19", "R20"]
    assert verdict.actions == (
        Action.PHONE_NOW,
        Action.PROPOSE_OFFLINE,
        Action.FLAG,
        Action.PROPOSE_PRACTICE,
    )
    assert one_level_down(trouble.skill) is Skill.NONE
    assert verdict.candidate_reason is not None
    assert verdict.candidate_reason.nl.startswith("Het lukt nu niet. Dat geeft niets.")


def test_scenario_11_inactive_gives_one_nudge() -> None:
    sandra = SilenceFacts(
        trajectory_state=TrajectoryState.ACTIVE,
        profile=SupportProfile.USUAL,
        last_own_activity=at("2027-02-01 15:00"),
    )
    nudged_at = at("2027-02-08 09:00")
    nudged = replace(sandra, level_one_at=nudged_at, nudged_at=(nudged_at,))
    done = replace(nudged, last_own_activity=at("2027-02-08 10:00"))

    assert judge_silence(sandra, VERSION_1, at("2027-02-08 08:59")).actions == ()
    assert judge_silence(sandra, VERSION_1, nudged_at).actions == (Action.NUDGE,)
    assert judge_silence(nudged, VERSION_1, at("2027-02-08 09:01")).actions == ()
    assert judge_silence(done, VERSION_1, at("2027-02-13 09:00")).actions == ()
    assert judge_silence(nudged, VERSION_1, at("2027-02-15 09:00")).actions == (
        Action.NUDGE,
        Action.COACH_TODO,
    )


def test_scenario_13_never_fully_digital() -> None:
    excepted = replace(talk(ACQUAINTANCE, Mode.VIDEO, "2027-01-19 14:00"), excepted=True)
    videos = tuple(
        talk(PROGRESS, Mode.VIDEO, when, MeetingStatus.PLANNED)
        for when in ("2027-01-26 14:00", "2027-02-02 14:00")
    )
    willem = replace(
        booking(when="2027-02-09 14:00", history=(excepted, *videos), talks=4),
        known=frozenset({Known.CONTRACT}),
        offline_slots=SLOTS,
    )
    exception = ExceptionRecord(rule="R17", code=ExceptionCode.DISTANCE, by=ANNA)

    verdict = judge(willem)
    by_one = judge(replace(willem, exceptions=(exception,)))
    by_two = judge(replace(willem, exceptions=(replace(exception, second=person("Bram")),)))

    assert (verdict.outcome, verdict.leading_rule) == (Outcome.REFUSE, "R17")
    assert [a.starts_at for a in verdict.alternatives if a.mode is Mode.OFFLINE] == list(SLOTS)
    assert by_one.outcome is Outcome.REFUSE
    assert by_two.allowed
    assert by_two.lifted == ("R17",)


def test_scenario_14_not_practised_in_time_turns_to_the_phone() -> None:
    mo = replace(
        booking(when="2027-02-09 14:00", skill=Skill.LESS), known=frozenset({Known.PRACTICE})
    )
    deadline = practice_deadline(mo.starts_at, VERSION_1)

    before = follow_provisional(mo, VERSION_1, deadline - timedelta(seconds=1))
    after = follow_provisional(mo, VERSION_1, deadline)

    assert deadline == at("2027-02-08 14:00")
    assert (before, after) == (Provisional.PROPOSE_PRACTICE, Provisional.TURN_TO_PHONE)
    assert judge(replace(mo, mode=Mode.PHONE)).outcome is Outcome.ALLOW


def test_scenario_17_mutual_consent() -> None:
    iris = replace(booking(), known=frozenset({Known.CONSENT}), candidate_consents=True)

    verdict = judge(iris)
    acquaintance = replace(iris, kind=ACQUAINTANCE, mode=Mode.OFFLINE)

    assert (verdict.outcome, verdict.leading_rule) == (Outcome.REFUSE, "R27")
    assert "ask_consent" in [a.action for a in verdict.alternatives]
    assert judge(acquaintance).outcome is Outcome.ALLOW
    assert judge(replace(iris, coach_consents=True)).outcome is Outcome.ALLOW


def test_scenario_18_contract_limit() -> None:
    held = tuple(
        talk(PROGRESS, mode, f"2027-01-{day} 10:00")
        for day, mode in ((12, Mode.VIDEO), (13, Mode.VIDEO), (14, Mode.OFFLINE), (15, Mode.VIDEO))
    )
    planned = talk(PROGRESS, Mode.OFFLINE, "2027-02-01 10:00", MeetingStatus.PLANNED)
    seventh = replace(
        booking(mode=Mode.VIDEO, history=(ACQUAINTED, *held, planned), talks=6),
        known=frozenset({Known.CONTRACT}),
    )

    verdict = judge(seventh)

    assert (verdict.outcome, verdict.leading_rule) == (Outcome.REFUSE, "R28")
    steps = [a.label.nl for a in verdict.alternatives if a.action == "new_contract"]
    assert steps == ["Nieuwe afspraak over aantal"]
    assert judge(replace(seventh, talks=8)).outcome is Outcome.ALLOW


def test_scenario_19_two_online_no_shows() -> None:
    first = MissedFacts(mode=Mode.VIDEO, starts_at=at("2027-03-02 14:00"))
    second = MissedFacts(mode=Mode.VIDEO, starts_at=at("2027-03-09 14:00"), missed_before=1)

    called = judge_missed(first, VERSION_1, at("2027-03-02 14:10"))
    proposed = judge_missed(second, VERSION_1, at("2027-03-09 14:10"))

    assert called.actions == (Action.PHONE_NOW,)
    assert [a.action for a in called.alternatives] == ["new_time", "phone"]
    assert proposed.actions == (Action.PHONE_NOW, Action.PROPOSE_OFFLINE)


def test_scenario_21_three_people_without_any_exception() -> None:
    facts = booking(MeetingKind.THREE_WAY)
    exceptions = tuple(
        ExceptionRecord(rule="R10", code=code, by=ANNA, second=person("Bram"))
        for code in ExceptionCode
    )

    verdict = judge(replace(facts, exceptions=exceptions, people=3))

    assert (verdict.outcome, verdict.leading_rule) == (Outcome.REFUSE, "R10")
    assert judge(as_booking(facts, verdict.alternatives[0])).outcome is Outcome.ALLOW


def test_scenario_24_video_in_a_written_trajectory_asks_to_meet_first() -> None:
    exception = ExceptionRecord(rule="R8", code=ExceptionCode.WRITTEN_TRAJECTORY, by=ANNA)
    written = replace(booking(mode=Mode.WRITTEN, history=()), exceptions=(exception,))

    assert judge(written).outcome is Outcome.ALLOW
    assert judge(replace(written, mode=Mode.VIDEO)).leading_rule == "R8"


def test_scenario_23_camera_waiver() -> None:
    entered = judge_seat(seat(camera_live=False, camera_waiver=True), VERSION_1, NOW)
    watch = SeenWatch.begin(0, waived=frozenset({Role.CANDIDATE}))
    watch, _ = watch.step(Attestation(by=Role.CANDIDATE, seen=True), 0)

    watch, alarms = watch.step(Attestation(by=Role.COACH, seen=False, reason="black"), 600_000)

    assert (entered.outcome, rules_of(entered)) == (Outcome.ALLOW, [])
    assert alarms == ()
    assert watch.counts_as_online()
