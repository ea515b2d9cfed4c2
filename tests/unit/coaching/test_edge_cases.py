"""Edge cases of the field (5.7), by number, as far as the rules alone decide them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from coaching.attendance import Attestation, SeenStage, SeenWatch
from coaching.band import band
from coaching.engine import judge_seat, judge_trouble
from coaching.facts import ExceptionCode, ExceptionRecord, Known, LinkState
from coaching.history import standing
from coaching.offers import offer_slots
from coaching.settings import VERSION_1
from coaching.trigger_facts import FailureCause, TalkTrouble
from coaching.verdict import Action, Outcome
from coaching.wall_time import same_wall_day_before, to_wall
from coaching.words import MeetingKind, MeetingStatus, Mode, Role, Skill
from tests.unit.coaching.situation import (
    ACQUAINTED,
    AMSTERDAM,
    ANNA,
    BRAM,
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
CONTRACT = frozenset({Known.CONTRACT})
PROGRESS = MeetingKind.PROGRESS


def test_e1_one_talk_is_the_acquaintance_at_a_location() -> None:
    first = replace(
        booking(MeetingKind.ACQUAINTANCE, Mode.OFFLINE, history=(), talks=1), known=CONTRACT
    )

    assert band(first, VERSION_1) is None
    assert judge(first).allowed
    assert "R16" not in rules_of(judge(first))


def test_e2_three_talks_that_belong_at_a_location_leave_no_band_and_no_nagging() -> None:
    held = talk(MeetingKind.DIAGNOSIS, Mode.OFFLINE, "2027-01-12 10:00")
    last = replace(
        booking(MeetingKind.REASSESSMENT, Mode.OFFLINE, history=(ACQUAINTED, held), talks=3),
        known=CONTRACT,
    )
    share = band(last, VERSION_1)

    assert share is not None
    assert not share.feasible
    verdict = judge(last)
    assert verdict.allowed
    assert Action.NOTICE not in verdict.actions or "R16" not in rules_of(verdict)


def test_e3_another_number_of_talks_keeps_what_was_and_counts_anew() -> None:
    videos = tuple(talk(PROGRESS, Mode.VIDEO, f"2027-01-{day} 10:00") for day in (12, 13, 14))
    six = replace(booking(history=(ACQUAINTED, *videos), talks=6), known=CONTRACT)
    before, after = band(six, VERSION_1), band(replace(six, talks=20), VERSION_1)

    assert before is not None
    assert after is not None
    assert (before.lower, before.upper) == (2, 4)
    assert (after.lower, after.upper) == (6, 16)
    assert len(standing(six, VERSION_1)) == len(standing(replace(six, talks=20), VERSION_1)) == 4


def test_e4_another_coach_meets_at_a_location_again_and_three_never_talk_by_video() -> None:
    with_bram = replace(booking(history=(ACQUAINTED,)), coach=BRAM)

    assert judge(with_bram).leading_rule == "R8"
    assert judge(booking(MeetingKind.THREE_WAY)).leading_rule == "R10"
    again = talk(MeetingKind.ACQUAINTANCE, Mode.OFFLINE, "2027-01-20 10:00", coach=BRAM)
    assert judge(replace(with_bram, history=(ACQUAINTED, again))).outcome is Outcome.ALLOW


def test_e5_a_stand_in_phones_or_meets_and_needs_an_exception_for_video() -> None:
    stand_in = replace(booking(history=(ACQUAINTED,)), coach=BRAM)
    other = ExceptionRecord(rule="R7", code=ExceptionCode.OTHER, by=ANNA)
    first = replace(stand_in, kind=MeetingKind.ACQUAINTANCE, exceptions=(other,))

    assert judge(replace(stand_in, mode=Mode.PHONE)).outcome is Outcome.ALLOW
    assert judge(replace(stand_in, mode=Mode.OFFLINE)).outcome is Outcome.ALLOW
    assert judge(stand_in).outcome is Outcome.REFUSE
    assert judge(first).lifted == ("R7",)


def test_e5_one_talk_by_video_with_a_stand_in_opens_with_the_reason_other_only() -> None:
    one_talk = replace(booking(history=(ACQUAINTED,)), coach=BRAM, stands_in=True)
    far = ExceptionRecord(rule="R7", code=ExceptionCode.DISTANCE, by=ANNA)
    other = replace(far, code=ExceptionCode.OTHER)

    refused = judge(one_talk)
    assert (refused.outcome, refused.leading_rule) == (Outcome.REFUSE, "R7")
    assert {one.mode for one in refused.alternatives} == {Mode.OFFLINE, Mode.PHONE}
    assert judge(replace(one_talk, exceptions=(far,))).outcome is Outcome.REFUSE
    assert judge(replace(one_talk, exceptions=(replace(other, used=True),))).outcome is (
        Outcome.REFUSE
    )
    opened = judge(replace(one_talk, exceptions=(other,)))
    assert (opened.allowed, opened.lifted) == (True, ("R7",))


def test_e6_a_video_talk_that_went_on_by_phone_counts_for_neither() -> None:
    failed = replace(
        talk(PROGRESS, Mode.VIDEO, "2027-01-12 10:00", MeetingStatus.FAILED),
        technical_failure=True,
    )
    facts = replace(booking(mode=Mode.PHONE, history=(ACQUAINTED, failed)), known=CONTRACT)
    share = band(facts, VERSION_1)

    assert share is not None
    assert share.online == 0
    assert len(standing(facts, VERSION_1)) == 1


def test_e7_with_an_interpreter_people_meet_and_no_exception_opens_video() -> None:
    three = replace(
        booking(),
        people=3,
        exceptions=(
            ExceptionRecord(
                rule="R10", code=ExceptionCode.ACCESSIBILITY, by=ANNA, second=person("Bram")
            ),
        ),
    )

    assert judge(three).leading_rule == "R10"
    assert judge(replace(three, mode=Mode.OFFLINE)).allowed
    assert (
        judge_seat(
            seat(person=person("interpreter"), seated=frozenset({ANNA})), VERSION_1, NOW
        ).outcome
        is Outcome.REFUSE
    )


def test_e9_a_waiver_counts_as_online_only_when_the_coach_was_seen() -> None:
    waived = frozenset({Role.CANDIDATE})
    seen = SeenWatch.begin(0, waived=waived)
    for second in (0, 300):
        seen, _ = seen.step(Attestation(by=Role.CANDIDATE, seen=True), second * 1000)
    unseen = SeenWatch.begin(0, waived=waived)
    for second in range(0, 300, 10):
        unseen, _ = unseen.step(
            Attestation(by=Role.CANDIDATE, seen=False, reason="black"), second * 1000
        )

    assert seen.counts_as_online()
    assert not unseen.counts_as_online()


def test_e10_a_coach_who_is_not_seen_gets_the_same_stages_and_no_blame_falls_on_skill() -> None:
    watch = SeenWatch.begin(0)
    for role in Role:
        watch, _ = watch.step(Attestation(by=role, seen=True), 0)
    stages = []
    for second in range(0, 200, 10):
        watch, alarms = watch.step(
            Attestation(by=Role.CANDIDATE, seen=False, reason="black"), second * 1000
        )
        stages += [(alarm.who, alarm.stage) for alarm in alarms]
    trouble = TalkTrouble(skill=Skill.ABLE, unseen_seconds=181, cause=FailureCause.COACH_SIDE)

    assert stages == [
        (Role.COACH, SeenStage.BANNER),
        (Role.COACH, SeenStage.QUESTION),
        (Role.COACH, SeenStage.FAILED),
    ]
    assert Action.PHONE_NOW in judge_trouble(trouble, VERSION_1, NOW).actions
    assert Action.FLAG not in judge_trouble(trouble, VERSION_1, NOW).actions


@pytest.mark.parametrize("reason", ["black", "frozen"])
def test_e11_and_e12_a_black_or_a_still_picture_is_not_seen(reason: str) -> None:
    watch = SeenWatch.begin(0)
    for role in Role:
        watch, _ = watch.step(Attestation(by=role, seen=True), 0)
    stages = []
    for second in range(0, 200, 10):
        watch, alarms = watch.step(
            Attestation(by=Role.COACH, seen=False, reason=reason), second * 1000
        )
        stages += [alarm.stage for alarm in alarms]

    assert stages[-1] is SeenStage.FAILED
    unseen = TalkTrouble(skill=Skill.ABLE, unseen_seconds=181, cause=FailureCause.UNKNOWN)
    assert "R19" in rules_of(judge_trouble(unseen, VERSION_1, NOW))


def test_e13_of_two_attestations_the_stricter_counts() -> None:
    watch = SeenWatch.begin(0)
    for second in range(0, 600, 10):
        for role, seen in ((Role.COACH, True), (Role.CANDIDATE, second < 300)):
            watch, _ = watch.step(Attestation(by=role, seen=seen), second * 1000)

    assert 100 * watch.time.both_seen_ms // watch.time.joint_ms == pytest.approx(50, abs=2)
    assert not watch.counts_as_online()


def test_e14_an_old_link_gives_no_seat_even_to_one_of_the_two() -> None:
    for state in (LinkState.REPLACED, LinkState.REVOKED, LinkState.EXPIRED):
        verdict = judge_seat(seat(link=state), VERSION_1, NOW)
        assert (verdict.outcome, verdict.leading_rule) == (Outcome.REFUSE, "R3")


@pytest.mark.parametrize(
    ("talk_at", "before"),
    [("2027-03-28 14:00", "2027-03-27 14:00"), ("2027-10-31 14:00", "2027-10-30 14:00")],
)
def test_e17_a_day_before_is_the_same_wall_time_over_both_clock_changes(
    talk_at: str, before: str
) -> None:
    due = same_wall_day_before(at(talk_at), AMSTERDAM)

    assert f"{to_wall(due, AMSTERDAM):%Y-%m-%d %H:%M}" == before
    assert at(talk_at) - due != timedelta(hours=24)


def test_e18_two_people_may_go_on_by_video_with_somebody_who_is_abroad() -> None:
    long_ago = talk(MeetingKind.ACQUAINTANCE, Mode.OFFLINE, "2026-06-01 10:00")
    abroad = replace(
        booking(history=(long_ago,)),
        known=CONTRACT,
        exceptions=(ExceptionRecord(rule="R17", code=ExceptionCode.ABROAD, by=ANNA),),
    )
    by_two = replace(abroad.exceptions[0], second=person("Bram"))

    assert judge(abroad).leading_rule == "R17"
    assert judge(replace(abroad, exceptions=(by_two,))).lifted == ("R17",)


def test_e20_without_a_time_this_week_the_first_three_later_ones_are_given() -> None:
    later = [at(f"2027-02-{day:02d} 10:00") for day in (8, 9, 10, 11)]

    offer = offer_slots(later, VERSION_1, NOW)

    assert (offer.slots, offer.soon) == (tuple(later[:3]), False)
    assert judge(booking(mode=Mode.PHONE)).outcome is Outcome.ALLOW


def test_e24_guidance_in_writing_needs_no_meeting_until_somebody_wants_video() -> None:
    exception = ExceptionRecord(rule="R8", code=ExceptionCode.WRITTEN_TRAJECTORY, by=ANNA)
    written = replace(booking(mode=Mode.WRITTEN, history=()), exceptions=(exception,))

    assert judge(written).outcome is Outcome.ALLOW
    assert judge(replace(written, mode=Mode.VIDEO)).leading_rule == "R8"
