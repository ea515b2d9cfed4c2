"""Whether the coach of a talk stands in for the one of the guidance (E5)."""

from uuid import UUID

from coaching.history import FIRST_TALKS
from coaching.words import MeetingKind, MeetingStatus
from server.store import meetings, people
from server.store.database import Tx
from server.store.meetings import MeetingRecord

TO_COME = (MeetingStatus.PLANNED, MeetingStatus.OPEN)
NAMED, ENDED = "stand_in", "stand_in_over"  # in the history of a meeting, and as notices
HAS_NO_STAND_IN = FIRST_TALKS | {MeetingKind.PRACTICE}  # a practice is guided by anybody


async def stands_in_for(tx: Tx, found: MeetingRecord) -> str:
    """The name of the coach of the guidance, when another one has this talk; else empty.

    Who guides a practice stands in for nobody.
    Of a talk that is over nobody can tell: the guidance may have been handed over since.
    """
    if found.status not in TO_COME or found.kind == MeetingKind.PRACTICE:
        return ""
    trajectory = await people.trajectory_by_id(tx, found.trajectory_id)
    if trajectory is None or trajectory.coach_id == found.coach_id:
        return ""
    return trajectory.coach_name


async def was_stood_in(tx: Tx, meeting: UUID) -> bool:
    """Whether its history says that its coach was named for this one talk, and not given back."""
    since = [one.what for one in await meetings.events_of(tx, meeting)]
    return next((what for what in reversed(since) if what in (NAMED, ENDED)), "") == NAMED
