"""From what a page says of its trouble to the cause that the rules know (R20)."""

from coaching.trigger_facts import FailureCause
from coaching.words import Role
from signaling.messages import Cause

_OWN_DEVICE = (Cause.CAMERA, Cause.MICROPHONE)


def failure_cause(role: Role, cause: Cause | None) -> FailureCause:
    """Give the cause of a failed talk; `cause` None: this role was not seen for 180 s (R5).

    What a candidate's page cannot know stays unknown, which lowers nobody's skill. A page knows
    of its own camera and microphone only, never of the other's.
    """
    if role is Role.COACH:
        own = cause is None or cause in _OWN_DEVICE
        return FailureCause.COACH_SIDE if own else FailureCause.UNKNOWN
    if cause in _OWN_DEVICE:
        return FailureCause.CANDIDATE_DEVICE
    return FailureCause.CANDIDATE_NETWORK if cause is Cause.NETWORK else FailureCause.UNKNOWN
