from dataclasses import replace
from datetime import timedelta

import pytest

from coaching.band import band
from coaching.facts import (
    BookingFacts,
    CoachState,
    DeviceClass,
    ExceptionCode,
    ExceptionRecord,
    Known,
    PracticeKind,
    PracticeRecord,
)
from coaching.settings import VERSION_1
from coaching.verdict import Action, Outcome
from coaching.words import MeetingKind, MeetingStatus, Mode, Skill
from tests.unit.coaching.situation import ACQUAINTED, ANNA, at, booking, judge, rules_of, talk

pytestmark = pytest.mark.unit
PRACTICE, CONTRACT = frozenset({Known.PRACTICE}), frozenset({Known.CONTRACT})


def passed(when: str, device: DeviceClass = DeviceClass.PHONE) -> PracticeRecord:
    return PracticeRecord(kind=PracticeKind.SELF, passed_at=at(when), device=device)


def with_practice(skill: Skill, *practice: PracticeRecord) -> BookingFacts:
    return replace(
        booking(skill=skill), known=PRACTICE, practice=practice, device=DeviceClass.PHONE
    )


def contract(skill: Skill, online: int, *, talks: int = 10, offline: int = 1) -> BookingFacts:
    """A contract with so many talks held online and at a location."""
    held = [
        replace(ACQUAINTED, starts_at=ACQUAINTED.starts_at + timedelta(days=day))
        for day in range(offline)
    ]
    videos = [
        talk(MeetingKind.PROGRESS, Mode.VIDEO, f"2027-01-{12 + day} 10:00") for day in range(online)
    ]
    facts = booking(skill=skill, history=(*held, *videos), talks=talks)
    return replace(facts, known=CONTRACT)


@pytest.mark.parametrize("skill", [Skill.LESS, Skill.UNKNOWN])
def test_less_skilled_waits_for_a_practice(skill: Skill) -> None:
    verdict = judge(with_practice(skill))

    assert (verdict.outcome, verdict.leading_rule) == (Outcome.REFUSE_UNTIL, "R12")
    assert verdict.actions == (Action.PROPOSE_PRACTICE,)
    assert verdict.alternatives[0].kind is MeetingKind.PRACTICE


def test_a_passed_practice_on_the_own_device_opens_video() -> None:
    assert judge(with_practice(Skill.LESS, passed("2027-02-04 10:00"))).outcome is Outcome.ALLOW


@pytest.mark.parametrize(
    "practice",
    [
        passed("2026-08-01 10:00"),
        passed("2027-02-04 10:00", DeviceClass.COMPUTER),
        passed("2027-02-09 15:00"),
    ],
    ids=["older than 180 days", "other device", "after the talk"],
)
def test_a_practice_that_does_not_count_keeps_video_closed(practice: PracticeRecord) -> None:
    assert judge(with_practice(Skill.LESS, practice)).leading_rule == "R12"


def test_two_failures_in_three_video_talks_ask_for_practice_again() -> None:
    failed = talk(MeetingKind.PROGRESS, Mode.VIDEO, "2027-01-20 10:00", MeetingStatus.FAILED)
    shaky = replace(
        talk(MeetingKind.PROGRESS, Mode.VIDEO, "2027-01-27 10:00"), technical_failure=True
    )
    history = (ACQUAINTED, failed, shaky)
    before = replace(with_practice(Skill.ABLE, passed("2027-01-15 10:00")), history=history)
    after = replace(before, practice=(passed("2027-01-28 10:00"),))

    verdict = judge(before)

    assert (verdict.outcome, rules_of(verdict)) == (Outcome.ALLOW_WITH, ["R15"])
    assert judge(after).outcome is Outcome.ALLOW


def test_able_without_any_practice_is_not_nagged() -> None:
    assert judge(with_practice(Skill.ABLE)).outcome is Outcome.ALLOW


def test_a_coach_who_did_not_practise_cannot_host() -> None:
    facts = replace(with_practice(Skill.ABLE), coach_state=CoachState(practised=False))

    assert (judge(facts).outcome, judge(facts).leading_rule) == (Outcome.REFUSE, "R15")


def test_an_exception_for_no_skill_still_asks_for_practice() -> None:
    exception = ExceptionRecord(rule="R13", code=ExceptionCode.CARE_DUTY, by=ANNA)

    verdict = judge(replace(with_practice(Skill.NONE), exceptions=(exception,)))

    assert (verdict.outcome, rules_of(verdict)) == (Outcome.REFUSE_UNTIL, ["R12"])


@pytest.mark.parametrize(
    ("skill", "online", "rules"),
    [
        (Skill.ABLE, 7, []),
        (Skill.ABLE, 8, ["R14", "R16", "R28"]),
        (Skill.LESS, 4, []),
        (Skill.LESS, 5, ["R14", "R16"]),
        (Skill.UNKNOWN, 5, ["R14", "R16"]),
        (Skill.NONE, 0, ["R14", "R16"]),
    ],
)
def test_one_online_talk_too_many_for_the_skill_asks_a_reason(
    skill: Skill, online: int, rules: list[str]
) -> None:
    verdict = judge(contract(skill, online))

    assert rules_of(verdict) == rules
    assert verdict.allowed


@pytest.mark.parametrize(("online", "offline", "rules"), [(0, 7, ["R16"]), (1, 6, []), (0, 8, [])])
def test_only_the_booking_that_makes_the_lower_bound_impossible_is_told(
    online: int, offline: int, rules: list[str]
) -> None:
    facts = contract(Skill.ABLE, online, talks=10, offline=offline)

    verdict = judge(replace(facts, mode=Mode.OFFLINE))

    assert rules_of(verdict) == rules
    assert [a.mode for a in verdict.alternatives] == [Mode.VIDEO] * len(rules)


def test_a_wish_for_a_location_is_never_commented_on() -> None:
    facts = replace(
        contract(Skill.ABLE, 0, talks=10, offline=7), mode=Mode.OFFLINE, preference=Mode.OFFLINE
    )

    assert judge(facts).outcome is Outcome.ALLOW


def test_one_talk_has_no_band() -> None:
    facts = replace(booking(MeetingKind.ACQUAINTANCE, Mode.OFFLINE, talks=1), known=CONTRACT)

    assert band(facts, VERSION_1) is None


def test_three_talks_at_a_location_are_infeasible_and_quiet() -> None:
    held = (ACQUAINTED, talk(MeetingKind.DIAGNOSIS, Mode.OFFLINE, "2027-01-13 10:00"))
    facts = replace(
        booking(MeetingKind.REASSESSMENT, Mode.OFFLINE, history=held, talks=3), known=CONTRACT
    )
    share = band(facts, VERSION_1)

    verdict = judge(facts)

    assert share is not None
    assert (share.lower, share.upper, share.feasible) == (1, 0, False)
    assert "R16" not in rules_of(verdict)


def test_half_a_year_without_a_location_closes_video() -> None:
    old = replace(ACQUAINTED, starts_at=at("2026-08-01 10:00"))
    recent = talk(MeetingKind.PROGRESS, Mode.OFFLINE, "2027-02-01 10:00", MeetingStatus.PLANNED)
    facts = replace(booking(history=(old,)), known=CONTRACT)

    assert judge(facts).leading_rule == "R17"
    assert judge(replace(facts, history=(old, recent))).outcome is Outcome.ALLOW


def test_a_wish_for_the_phone_is_told_to_staff_and_video_stays_possible() -> None:
    verdict = judge(replace(booking(), preference=Mode.PHONE))

    assert (verdict.outcome, rules_of(verdict)) == (Outcome.ALLOW_WITH, ["R18"])
    assert [a.mode for a in verdict.alternatives] == [Mode.PHONE]


def test_a_closing_talk_is_first_proposed_at_a_location() -> None:
    verdict = judge(booking(MeetingKind.CLOSING))

    assert (verdict.outcome, rules_of(verdict)) == (Outcome.ALLOW_WITH, ["R11"])
    assert verdict.actions == (Action.PROPOSE_OFFLINE,)


def test_an_online_talk_without_a_task_becomes_a_to_do() -> None:
    facts = replace(booking(), known=frozenset({Known.TASKS}))

    assert judge(facts).actions == (Action.COACH_TODO,)
    assert judge(replace(facts, has_task=True)).outcome is Outcome.ALLOW


@pytest.mark.parametrize(("minutes", "leading"), [(19, ""), (20, "R28")])
def test_a_short_checkin_is_outside_the_contract(minutes: int, leading: str) -> None:
    facts = replace(booking(MeetingKind.CHECKIN, minutes=minutes, talks=1), known=CONTRACT)

    assert judge(facts).leading_rule == leading


@pytest.mark.parametrize("mode", [Mode.PHONE, Mode.WRITTEN])
def test_phone_and_writing_stay_open_when_the_contract_is_full(mode: Mode) -> None:
    assert judge(replace(booking(mode=mode, talks=1), known=CONTRACT)).outcome is Outcome.ALLOW


@pytest.mark.parametrize(
    ("left", "outcome"), [(0, Outcome.REFUSE), (1, Outcome.ALLOW_WITH), (2, Outcome.ALLOW)]
)
def test_the_last_agreed_talk_is_announced(left: int, outcome: Outcome) -> None:
    facts = booking(mode=Mode.OFFLINE, talks=1 + left)

    assert judge(replace(facts, known=CONTRACT, preference=Mode.OFFLINE)).outcome is outcome


@pytest.mark.parametrize("status", MeetingStatus)
@pytest.mark.parametrize("mode", Mode)
def test_the_contract_counts_what_is_held_or_planned_and_seen(
    status: MeetingStatus, mode: Mode
) -> None:
    record = talk(MeetingKind.PROGRESS, mode, "2027-01-12 10:00", status)
    facts = booking(mode=Mode.OFFLINE, history=(record,), talks=1)
    stands = status in (MeetingStatus.PLANNED, MeetingStatus.OPEN, MeetingStatus.HELD)

    verdict = judge(replace(facts, known=CONTRACT))

    assert verdict.allowed is not (stands and mode in (Mode.OFFLINE, Mode.VIDEO))


@pytest.mark.parametrize(
    ("passed_at", "rules"),
    [
        ("2026-08-13 13:00", []),
        ("2026-08-13 12:59", ["R15"]),
    ],
    ids=["180 days", "a minute more"],
)
def test_a_practice_is_good_for_180_days(passed_at: str, rules: list[str]) -> None:
    facts = replace(with_practice(Skill.ABLE, passed(passed_at)), history=(ACQUAINTED,))
    summer_talk = replace(facts, starts_at=at("2027-02-09 12:00"), ends_at=at("2027-02-09 12:45"))

    assert rules_of(judge(summer_talk)) == rules


@pytest.mark.parametrize(
    ("last_video", "rules"),
    [
        ("2026-08-13 13:00", []),
        ("2026-08-13 12:59", ["R15"]),
    ],
    ids=["180 days", "a minute more"],
)
def test_half_a_year_without_a_video_talk_proposes_practice(
    last_video: str, rules: list[str]
) -> None:
    facts = replace(
        with_practice(Skill.ABLE),
        history=(ACQUAINTED, talk(MeetingKind.PROGRESS, Mode.VIDEO, last_video)),
        starts_at=at("2027-02-09 12:00"),
        ends_at=at("2027-02-09 12:45"),
    )

    assert rules_of(judge(facts)) == rules


@pytest.mark.parametrize(
    ("mode", "status", "month"),
    [
        (Mode.OFFLINE, MeetingStatus.HELD, "2027-01"),
        (Mode.VIDEO, MeetingStatus.MISSED, "2027-01"),
        (Mode.VIDEO, MeetingStatus.CANCELLED, "2027-01"),
        (Mode.VIDEO, MeetingStatus.FAILED, "2027-03"),
    ],
)
def test_only_video_talks_that_took_place_before_it_count_as_failures(
    mode: Mode, status: MeetingStatus, month: str
) -> None:
    records = tuple(
        replace(
            talk(MeetingKind.PROGRESS, mode, f"{month}-{day} 10:00", status),
            technical_failure=True,
        )
        for day in (20, 21)
    )
    facts = replace(with_practice(Skill.ABLE), history=(ACQUAINTED, *records))

    assert judge(facts).outcome is Outcome.ALLOW


def test_a_practice_after_the_failures_settles_them() -> None:
    failed = tuple(
        talk(MeetingKind.PROGRESS, Mode.VIDEO, f"2027-01-{day} 10:00", MeetingStatus.FAILED)
        for day in (20, 21)
    )
    facts = replace(with_practice(Skill.ABLE), history=(ACQUAINTED, *failed))

    def rules_after(when: str) -> list[str]:
        return rules_of(judge(replace(facts, practice=(passed(when),))))

    assert rules_after("2027-01-21 09:59") == ["R15"]
    assert rules_after("2027-01-21 10:00") == []
