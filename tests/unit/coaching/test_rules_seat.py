import pytest

from coaching.engine import judge_seat
from coaching.facts import LinkState, SeatFacts
from coaching.settings import VERSION_1
from coaching.verdict import Action, Outcome, Verdict
from tests.unit.coaching.situation import ANNA, BRAM, FATIMA, NOW, rules_of, seat

pytestmark = pytest.mark.unit


def judge(facts: SeatFacts) -> Verdict:
    return judge_seat(facts, VERSION_1, NOW)


@pytest.mark.parametrize("person", [ANNA, FATIMA])
def test_each_of_the_two_may_sit(person: object) -> None:
    verdict = judge(seat(person=person, camera_live=True, seated=frozenset({ANNA, FATIMA})))

    assert verdict.outcome is Outcome.ALLOW
    assert verdict.reasons == ()


def test_a_third_is_refused_and_the_coach_is_told() -> None:
    verdict = judge(seat(person=BRAM, seated=frozenset({ANNA, FATIMA})))

    assert verdict.outcome is Outcome.REFUSE
    assert rules_of(verdict) == ["R1", "R3"]
    assert verdict.actions == (Action.NOTICE,)
    assert verdict.candidate_reason is not None
    assert verdict.candidate_reason.nl.startswith("Dit gesprek is voor twee mensen.")


@pytest.mark.parametrize("person", [BRAM, None])
def test_a_stranger_is_refused_in_an_empty_room(person: object) -> None:
    verdict = judge(seat(person=person))

    assert (verdict.outcome, rules_of(verdict)) == (Outcome.REFUSE, ["R3"])
    assert [a.action for a in verdict.alternatives] == ["phone"]


@pytest.mark.parametrize("link", [link for link in LinkState if link is not LinkState.GOOD])
def test_a_link_that_is_not_good_now_says_why(link: LinkState) -> None:
    verdict = judge(seat(link=link))

    texts = {judge(seat(link=other)).candidate_reason for other in LinkState}
    assert (verdict.outcome, rules_of(verdict)) == (Outcome.REFUSE, ["R3"])
    assert len(texts) == len(LinkState)


def test_a_second_device_is_asked_and_may_take_over() -> None:
    asked = judge(seat(other_device=True))
    taken = judge(seat(other_device=True, takes_over=True))

    assert (asked.outcome, rules_of(asked)) == (Outcome.REFUSE_UNTIL, ["R2"])
    assert [a.action for a in asked.alternatives] == ["take_over"]
    assert taken.outcome is Outcome.ALLOW


def test_without_a_live_camera_one_waits_with_help() -> None:
    verdict = judge(seat(camera_live=False))

    assert (verdict.outcome, rules_of(verdict)) == (Outcome.REFUSE_UNTIL, ["R4"])
    assert [a.action for a in verdict.alternatives] == ["camera_help", "phone"]
    assert verdict.actions == ()


@pytest.mark.parametrize(
    ("waited", "actions"),
    [(179, ()), (180, (Action.PHONE_NOW, Action.PROPOSE_OFFLINE))],
)
def test_three_minutes_without_camera_is_a_failed_talk(
    waited: int, actions: tuple[Action, ...]
) -> None:
    assert judge(seat(camera_live=False, waited_seconds=waited)).actions == actions


def test_a_waiver_lets_in_without_camera() -> None:
    assert judge(seat(camera_live=False, camera_waiver=True)).outcome is Outcome.ALLOW


def test_a_camera_not_asked_yet_is_no_reason_to_refuse() -> None:
    assert judge(seat(camera_live=None)).outcome is Outcome.ALLOW
