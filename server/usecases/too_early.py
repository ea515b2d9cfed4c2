"""Planned video talks that may not be yet, because people did not meet after all (R8)."""

from datetime import datetime
from uuid import UUID

from coaching.history import FIRST_TALKS
from coaching.words import MeetingKind, MeetingStatus, Mode
from server.store import attention, meetings, people
from server.store.database import Tx
from server.usecases.access import known_trajectory
from server.usecases.appointments import judge
from server.usecases.attention import TodoCode
from server.usecases.slots import slot_of
from server.usecases.todos import write_todo


async def look_again(
    tx: Tx, changed: MeetingKind | str, trajectory: UUID, *, about: UUID, now: datetime
) -> None:
    """After a first talk was made, moved, called off or decided on; of other kinds nothing hangs.

    `changed` is the kind of the meeting that changed, `about` which one it is.
    """
    if changed in FIRST_TALKS:
        await flag_too_early(tx, await known_trajectory(tx, trajectory), about=about, now=now)


async def flag_too_early(
    tx: Tx, trajectory: people.TrajectoryRecord, *, about: UUID, now: datetime
) -> int:
    """Look at every planned video talk again; a to-do for each that R8 refuses as it stands.

    Called whenever a first talk changed; `about` is that talk. The talks themselves stay: a person
    decides what becomes of them. Gives how many are too early.
    """
    early = [
        one
        for one in await meetings.meetings_of_trajectories(tx, [trajectory.id])
        if _may_be_early(one, now=now) and await _is_early(tx, trajectory, one, now=now)
    ]
    told = await _told(tx, trajectory)
    for meeting, todo in told.items():
        if meeting not in {one.id for one in early}:
            await attention.finish_todos(tx, now=now, todo_id=todo)
    for one in (one for one in early if one.id not in told):
        await write_todo(
            tx,
            TodoCode.TOO_EARLY,
            trajectory,
            about=f"{about}:{now.isoformat()}:{one.id}",
            due_at=one.starts_at,
            now=now,
            meeting=one.id,
            params={"when": one.local_start.replace("T", " ")},
        )
    return len(early)


async def _told(tx: Tx, trajectory: people.TrajectoryRecord) -> dict[UUID, UUID]:
    """The meetings that are said to be too early, with the to-do that says so."""
    return {
        one.meeting_id: one.id
        for one in await attention.open_todos(tx, coach=trajectory.coach_id)
        if one.code == TodoCode.TOO_EARLY and one.trajectory_id == trajectory.id and one.meeting_id
    }


def _may_be_early(one: meetings.MeetingRecord, *, now: datetime) -> bool:
    return one.mode == Mode.VIDEO and one.status == MeetingStatus.PLANNED and one.starts_at > now


async def _is_early(
    tx: Tx, trajectory: people.TrajectoryRecord, one: meetings.MeetingRecord, *, now: datetime
) -> bool:
    verdict = await judge(
        tx, MeetingKind(one.kind), slot_of(one), trajectory, now=now, moved=one.id
    )
    return "R8" in {reason.rule for reason in verdict.reasons} and not verdict.allowed
