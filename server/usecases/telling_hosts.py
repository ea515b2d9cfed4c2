"""What somebody hears who has one talk in the place of the coach of the guidance.

They stand in for it (E5), or guide it where it is a practice.
"""

from datetime import datetime
from enum import StrEnum

from coaching.words import MeetingKind
from server.store import meetings, notices, people
from server.store.database import Tx


class Happened(StrEnum):
    """What a talk met with; the notice is `stand_in_<this>`, of a practice `practice_<this>`."""

    MOVED = "moved"
    CHANGED = "changed"  # at the same time, in another form or room
    OFF = "off"


async def tell_host(
    tx: Tx,
    found: meetings.MeetingRecord,
    happened: Happened,
    *,
    local_start: str,
    actor: str,
    now: datetime,
) -> None:
    """Tell who has this talk for another coach what happened to it, unless they did it themselves.

    Nobody is told of a talk that is with the coach of the guidance, who hears of it in their own
    calendar and to-dos.
    """
    trajectory = await people.trajectory_by_id(tx, found.trajectory_id)
    is_own = trajectory is None or trajectory.coach_id == found.coach_id
    if is_own or actor == f"staff:{found.coach_id}":
        return
    candidate = await people.candidate_by_id(tx, found.candidate_id)
    params = {
        "candidate": candidate.name if candidate else "",
        "when": local_start.replace("T", " "),
    }
    role = "practice" if found.kind == MeetingKind.PRACTICE else "stand_in"
    await notices.add_notice(
        tx, found.coach_id, code=f"{role}_{happened}", params=params, meeting_id=found.id, now=now
    )
