"""From what a page says of its trouble to the cause that the rules know (R20)."""

from coaching.trigger_facts import FailureCause
from coaching.words import Role
from signaling.messages import Cause

_OWN_SIDE = (Cause.CAMERA, Cause.MICROPHONE, Cause.NETWORK)


def failure_cause(role: Role, cause: Cause | None) -> FailureCause:
    """Give the cause of a failed talk; `cause` None: this role was not seen for 180 s (R5).

    What a candidate's page cannot know stays unknown, which lowers nobody's skill. A page knows
    of its own camera, microphone and line only, never of the other's. That it was the server, or
    that somebody could not find their way, no page can know: `usecases.own_fault` looks for the
    first and proposes the second, and the coach has the last word.
    """
    if role is Role.COACH:
        own = cause is None or cause in _OWN_SIDE
        return FailureCause.COACH_SIDE if own else FailureCause.UNKNOWN
    match cause:
        case Cause.CAMERA | Cause.MICROPHONE:
            return FailureCause.CANDIDATE_DEVICE
        case Cause.NETWORK:
            return FailureCause.CANDIDATE_NETWORK
        case _:
            return FailureCause.UNKNOWN
