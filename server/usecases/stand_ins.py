"""Whether the coach of a talk stands in for the one of the guidance (E5)."""

from coaching.words import MeetingKind, MeetingStatus
from server.store import people
from server.store.database import Tx
from server.store.meetings import MeetingRecord

_TO_COME = (MeetingStatus.PLANNED, MeetingStatus.OPEN)


async def stands_in_for(tx: Tx, found: MeetingRecord) -> str:
    """The name of the coach of the guidance, when another one has this talk; else empty.

    Who guides a practice stands in for nobody.
    Of a talk that is over nobody can tell: the guidance may have been handed over since.
    """
    if found.status not in _TO_COME or found.kind == MeetingKind.PRACTICE:
        return ""
    trajectory = await people.trajectory_by_id(tx, found.trajectory_id)
    if trajectory is None or trajectory.coach_id == found.coach_id:
        return ""
    return trajectory.coach_name
