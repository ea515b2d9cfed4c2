"""What a page says of its trouble, and what the rules make of it."""

import pytest

from coaching.trigger_facts import FailureCause
from coaching.words import Role
from server.trouble import failure_cause
from signaling.messages import Cause

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("cause", [Cause.CAMERA, Cause.MICROPHONE])
def test_own_device_is_charged_to_the_side_that_says_so(cause: Cause) -> None:
    assert failure_cause(Role.CANDIDATE, cause) is FailureCause.CANDIDATE_DEVICE
    assert failure_cause(Role.COACH, cause) is FailureCause.COACH_SIDE


@pytest.mark.parametrize("cause", [Cause.SOUND, Cause.PICTURE, Cause.OTHER])
@pytest.mark.parametrize("role", list(Role))
def test_what_a_page_cannot_know_stays_unknown(role: Role, cause: Cause) -> None:
    assert failure_cause(role, cause) is FailureCause.UNKNOWN


def test_coach_who_is_not_seen_never_lowers_the_skill_of_a_candidate() -> None:
    assert failure_cause(Role.COACH, None) is FailureCause.COACH_SIDE
    assert failure_cause(Role.CANDIDATE, None) is FailureCause.UNKNOWN


def test_network_is_charged_to_the_side_that_says_so() -> None:
    assert failure_cause(Role.CANDIDATE, Cause.NETWORK) is FailureCause.CANDIDATE_NETWORK
    assert failure_cause(Role.COACH, Cause.NETWORK) is FailureCause.COACH_SIDE
