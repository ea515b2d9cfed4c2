"""Planned video talks that may not be yet, because people did not meet after all (R8)."""

from datetime import datetime
from uuid import UUID

from coaching.words import MeetingKind, MeetingStatus, Mode
from server.store import attention, meetings, people
from server.store.database import Tx
from server.usecases.appointments import judge
from server.usecases.attention import TodoCode
from server.usecases.holding import slot_of
from server.usecases.todos import write_todo


async def flag_too_early(
    tx: Tx, trajectory: people.TrajectoryRecord, *, about: UUID, now: datetime
) -> int:
    """Look at every planned video talk again; a to-do for each that R8 refuses as it stands.

    Called when a first talk was missed, called off or planned anew; `about` is that talk. The talks
    themselves stay: a person decides what becomes of them. Gives how many are too early.
    """
    codes = [TodoCode.TOO_EARLY]
    await attention.finish_todos(tx, now=now, by=None, trajectory_id=trajectory.id, codes=codes)
    early = [
        one
        for one in await meetings.meetings_of_trajectories(tx, [trajectory.id])
        if _may_be_early(one, now=now) and await _is_early(tx, trajectory, one, now=now)
    ]
    for one in early:
        await write_todo(
            tx,
            TodoCode.TOO_EARLY,
            trajectory,
            about=f"{about}:{one.id}",
            due_at=one.starts_at,
            now=now,
            meeting=one.id,
            params={"when": one.local_start.replace("T", " ")},
        )
    return len(early)


def _may_be_early(one: meetings.MeetingRecord, *, now: datetime) -> bool:
    return one.mode == Mode.VIDEO and one.status == MeetingStatus.PLANNED and one.starts_at > now


async def _is_early(
    tx: Tx, trajectory: people.TrajectoryRecord, one: meetings.MeetingRecord, *, now: datetime
) -> bool:
    verdict = await judge(
        tx, MeetingKind(one.kind), slot_of(one), trajectory, now=now, moved=one.id
    )
    return "R8" in {reason.rule for reason in verdict.reasons} and not verdict.allowed
