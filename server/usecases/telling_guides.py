"""What somebody hears who guides a practice of another coach's candidate."""

from datetime import datetime

from coaching.words import MeetingKind
from server.store import meetings, notices, people
from server.store.database import Tx

OFF, MOVED = "practice_off", "practice_moved"  # notices


async def tell_guide(
    tx: Tx,
    found: meetings.MeetingRecord,
    code: str,
    *,
    local_start: str,
    actor: str,
    now: datetime,
) -> None:
    """Tell who guides this practice what happened to it, unless they did it themselves.

    The coach of the guidance hears of it in their own to-dos.
    """
    trajectory = await people.trajectory_by_id(tx, found.trajectory_id)
    is_guided = trajectory is not None and trajectory.coach_id != found.coach_id
    if found.kind != MeetingKind.PRACTICE or not is_guided or actor == f"staff:{found.coach_id}":
        return
    candidate = await people.candidate_by_id(tx, found.candidate_id)
    params = {
        "candidate": candidate.name if candidate else "",
        "when": local_start.replace("T", " "),
    }
    await notices.add_notice(
        tx, found.coach_id, code=code, params=params, meeting_id=found.id, now=now
    )
