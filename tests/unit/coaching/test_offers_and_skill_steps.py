from datetime import timedelta

import pytest

from coaching.facts import DeviceClass, PracticeKind, PracticeRecord
from coaching.offers import offer_slots
from coaching.settings import VERSION_1
from coaching.skill_steps import one_level_down, raised
from coaching.words import Skill
from tests.unit.coaching.situation import at

pytestmark = pytest.mark.unit
FAILED_AT = at("2027-03-24 14:00")  # the Wednesday before Easter


def test_the_first_three_moments_within_five_working_days_are_offered() -> None:
    free = [
        at(when)
        for when in (
            "2027-04-02 10:00",
            "2027-04-01 10:00",
            "2027-03-24 13:00",
            "2027-03-26 10:00",
            "2027-03-25 10:00",
        )
    ]

    offer = offer_slots(free, VERSION_1, FAILED_AT)

    assert offer.slots == (at("2027-03-25 10:00"), at("2027-03-26 10:00"), at("2027-04-01 10:00"))
    assert offer.soon
    assert offer.held_until == FAILED_AT + timedelta(hours=48)


@pytest.mark.parametrize(
    ("when", "soon"), [("2027-04-01 23:00", True), ("2027-04-02 00:00", False)]
)
def test_later_moments_are_offered_when_none_is_near(when: str, *, soon: bool) -> None:
    offer = offer_slots([at(when)], VERSION_1, FAILED_AT)

    assert (offer.slots, offer.soon) == ((at(when),), soon)


def test_no_free_moment_is_an_empty_offer() -> None:
    assert offer_slots([FAILED_AT], VERSION_1, FAILED_AT).slots == ()


@pytest.mark.parametrize(
    ("skill", "down"),
    [
        (Skill.ABLE, Skill.LESS),
        (Skill.UNKNOWN, Skill.LESS),
        (Skill.LESS, Skill.NONE),
        (Skill.NONE, Skill.NONE),
    ],
)
def test_a_failure_proposes_one_level_down(skill: Skill, down: Skill) -> None:
    assert one_level_down(skill) is down


@pytest.mark.parametrize(
    ("kind", "proposed"),
    [
        (PracticeKind.SELF, None),
        (PracticeKind.GUIDED, Skill.LESS),
        (PracticeKind.ONSITE, Skill.LESS),
    ],
)
def test_from_none_it_takes_a_practice_with_a_human(
    kind: PracticeKind, proposed: Skill | None
) -> None:
    record = PracticeRecord(kind=kind, passed_at=FAILED_AT, device=DeviceClass.PHONE)

    assert raised(Skill.NONE, [record], 9, VERSION_1) is proposed


@pytest.mark.parametrize(("talks", "proposed"), [(1, None), (2, Skill.ABLE)])
@pytest.mark.parametrize("skill", [Skill.LESS, Skill.UNKNOWN])
def test_two_talks_without_help_propose_one_level_up(
    skill: Skill, talks: int, proposed: Skill | None
) -> None:
    assert raised(skill, [], talks, VERSION_1) is proposed
    assert raised(Skill.ABLE, [], talks, VERSION_1) is None
