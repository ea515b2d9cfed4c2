from dataclasses import replace

import pytest

from coaching.facts import ExceptionCode, ExceptionRecord
from coaching.verdict import Outcome
from coaching.words import MeetingKind, MeetingStatus, Mode
from tests.unit.coaching.situation import (
    ANNA,
    BRAM,
    at,
    booking,
    judge,
    rules_of,
    talk,
)

pytestmark = pytest.mark.unit
FIRST = [MeetingKind.ACQUAINTANCE, MeetingKind.INTAKE]
ASSESSMENT = [MeetingKind.DIAGNOSIS, MeetingKind.REASSESSMENT]
LATER = [MeetingKind.PROGRESS, MeetingKind.CHECKIN, MeetingKind.CLOSING]


@pytest.mark.parametrize("kind", FIRST)
def test_a_first_talk_by_video_is_refused(kind: MeetingKind) -> None:
    verdict = judge(booking(kind))

    assert (verdict.outcome, verdict.leading_rule) == (Outcome.REFUSE, "R7")
    assert [(a.kind, a.mode) for a in verdict.alternatives] == [
        (kind, Mode.OFFLINE),
        (kind, Mode.PHONE),
    ]


@pytest.mark.parametrize("kind", LATER)
def test_video_before_the_acquaintance_is_refused(kind: MeetingKind) -> None:
    verdict = judge(booking(kind, history=()))

    assert (verdict.outcome, verdict.leading_rule) == (Outcome.REFUSE, "R8")
    first = verdict.alternatives[0]
    assert (first.kind, first.mode) == (MeetingKind.ACQUAINTANCE, Mode.OFFLINE)


def test_a_short_checkin_by_video_also_waits_for_the_acquaintance() -> None:
    assert judge(booking(MeetingKind.CHECKIN, minutes=10, history=())).leading_rule == "R8"


@pytest.mark.parametrize("kind", [MeetingKind.PRACTICE, MeetingKind.COLLEAGUE])
def test_practice_by_video_stays_open_before_the_acquaintance(kind: MeetingKind) -> None:
    assert judge(booking(kind, history=())).outcome is Outcome.ALLOW


@pytest.mark.parametrize("kind", ASSESSMENT)
def test_diagnosis_and_reassessment_by_video_are_refused(kind: MeetingKind) -> None:
    verdict = judge(booking(kind))

    assert (verdict.outcome, rules_of(verdict)) == (Outcome.REFUSE, ["R9"])


@pytest.mark.parametrize("kind", MeetingKind)
@pytest.mark.parametrize("mode", [Mode.OFFLINE, Mode.PHONE, Mode.WRITTEN])
def test_every_kind_is_open_without_video(kind: MeetingKind, mode: Mode) -> None:
    assert judge(booking(kind, mode, history=())).allowed


@pytest.mark.parametrize("kind", FIRST)
def test_a_held_first_talk_at_a_location_opens_video(kind: MeetingKind) -> None:
    held = talk(kind, Mode.OFFLINE, "2027-01-11 10:00")

    assert judge(booking(history=(held,))).outcome is Outcome.ALLOW


@pytest.mark.parametrize(
    "status", [status for status in MeetingStatus if status is not MeetingStatus.HELD]
)
def test_a_first_talk_that_was_not_held_opens_nothing(status: MeetingStatus) -> None:
    record = talk(MeetingKind.ACQUAINTANCE, Mode.OFFLINE, "2027-01-11 10:00", status)

    assert judge(booking(history=(record,))).leading_rule == "R8"


@pytest.mark.parametrize("mode", [Mode.VIDEO, Mode.PHONE, Mode.WRITTEN])
def test_a_first_talk_that_was_not_at_a_location_opens_nothing(mode: Mode) -> None:
    record = talk(MeetingKind.ACQUAINTANCE, mode, "2027-01-11 10:00")

    assert judge(booking(history=(record,))).leading_rule == "R8"


def test_the_acquaintance_counts_for_its_own_coach_only() -> None:
    with_bram = talk(MeetingKind.ACQUAINTANCE, Mode.OFFLINE, "2027-01-11 10:00", coach=BRAM)

    assert judge(booking(history=(with_bram,))).leading_rule == "R8"


def test_an_exception_that_needs_two_is_not_lifted_by_one() -> None:
    facts = booking(MeetingKind.DIAGNOSIS)
    one = ExceptionRecord(rule="R9", code=ExceptionCode.ABROAD, by=ANNA)

    def outcome_with(record: ExceptionRecord) -> Outcome:
        return judge(replace(facts, exceptions=(record,))).outcome

    assert outcome_with(one) is Outcome.REFUSE
    assert outcome_with(replace(one, second=ANNA)) is Outcome.REFUSE
    assert outcome_with(replace(one, second=BRAM)) is Outcome.ALLOW


def test_an_exception_ends_on_its_last_day() -> None:
    facts = booking(MeetingKind.INTAKE, when="2027-02-09 23:30")
    until = ExceptionRecord(
        rule="R7", code=ExceptionCode.DISTANCE, by=ANNA, valid_until=at("2027-02-09 12:00").date()
    )
    day_after = booking(MeetingKind.INTAKE, when="2027-02-10 00:30")

    assert judge(replace(facts, exceptions=(until,))).outcome is Outcome.ALLOW
    assert judge(replace(day_after, exceptions=(until,))).outcome is Outcome.REFUSE


def test_a_lifted_rule_is_named_so_that_it_can_be_recorded() -> None:
    exception = ExceptionRecord(rule="R7", code=ExceptionCode.DISTANCE, by=ANNA)

    verdict = judge(replace(booking(MeetingKind.INTAKE), exceptions=(exception,)))

    assert verdict.lifted == ("R7",)


def test_the_first_three_free_slots_are_offered() -> None:
    slots = tuple(at(f"2027-02-0{day} 10:00") for day in (2, 3, 4, 5))

    verdict = judge(replace(booking(MeetingKind.DIAGNOSIS), offline_slots=slots))

    offered = [a.starts_at for a in verdict.alternatives if a.mode is Mode.OFFLINE]
    assert offered == list(slots[:3])
