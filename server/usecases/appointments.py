"""The steps that booking and moving share: whose it is, whether it is free, what the rules say."""

from datetime import datetime
from uuid import UUID

from coaching import engine
from coaching.errors import BadInput, Conflict, NotAllowed, NotFound, Refused
from coaching.settings import VERSION_1
from coaching.verdict import Verdict
from coaching.words import MeetingKind, StaffRole
from server.store import meetings, people
from server.store.database import Tx
from server.store.locks import lock_people_and_room
from server.usecases.context import MeetingId, StaffActor, TrajectoryId
from server.usecases.slots import Slot, facts_of


async def own_trajectory(
    tx: Tx, actor: StaffActor, trajectory: TrajectoryId
) -> people.TrajectoryRecord:
    """The trajectory, when `actor` may book for it.

    Raises:
        NotFound: `trajectory_unknown`, also for another coach's.
        NotAllowed: `planner_needed`.
    """
    found = await people.trajectory_by_id(tx, trajectory)
    if found is None or not sees(actor, found.coach_id):
        raise NotFound("trajectory_unknown")
    if not actor.may(StaffRole.PLANNER, StaffRole.ADMIN, StaffRole.COACH):
        raise NotAllowed("planner_needed")
    return found


async def own_meeting(
    tx: Tx, actor: StaffActor, meeting: MeetingId, *, revision: int | None = None
) -> meetings.MeetingRecord:
    """The meeting, kept from others, when `actor` may change it.

    Raises:
        NotFound: `meeting_unknown`, also for another coach's.
        Conflict: `stale`, its revision is another than `revision`.
    """
    found = await meetings.meeting_to_change(tx, meeting)
    if found is None or not sees(actor, found.coach_id):
        raise NotFound("meeting_unknown")
    if revision is not None and found.revision != revision:
        raise Conflict("stale")
    return found


def sees(actor: StaffActor, coach: UUID) -> bool:
    """Whether `actor` may see the people of `coach`."""
    return actor.id == coach or actor.may(StaffRole.PLANNER, StaffRole.ADMIN)


async def known_meeting(tx: Tx, meeting: UUID) -> meetings.MeetingRecord:
    """The meeting as it stands now.

    Raises:
        NotFound: `meeting_unknown`.
    """
    found = await meetings.meeting_by_id(tx, meeting)
    if found is None:
        raise NotFound("meeting_unknown")
    return found


async def claim(
    tx: Tx, trajectory: people.TrajectoryRecord, slot: Slot, *, moved: UUID | None = None
) -> None:
    """Keep others away from coach, candidate and room, and see that all three are free.

    Raises:
        Conflict: `coach_taken`, `candidate_taken` or `room_taken`.
        BadInput: `room_unknown`.
    """
    if slot.room and await people.room_by_id(tx, slot.room) is None:
        raise BadInput("room_unknown", field="room")
    await lock_people_and_room(tx, trajectory.coach_id, trajectory.candidate_id, slot.room)
    taken = await meetings.who_is_taken(
        tx,
        coach=trajectory.coach_id,
        candidate=trajectory.candidate_id,
        room=slot.room,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        besides=moved,
    )
    if taken:
        raise Conflict(taken)


async def judge(
    tx: Tx,
    kind: MeetingKind,
    slot: Slot,
    trajectory: people.TrajectoryRecord,
    *,
    now: datetime,
    moved: UUID | None = None,
) -> Verdict:
    """What the rules say of a slot; `moved` is left out of the history."""
    candidate = await people.candidate_by_id(tx, trajectory.candidate_id)
    if candidate is None:
        raise NotFound("candidate_unknown")
    history = await meetings.meetings_of_trajectories(tx, [trajectory.id])
    facts = facts_of(kind, slot, trajectory, candidate, history, moved=moved)
    return engine.judge_booking(facts, VERSION_1, now)


async def allowed(
    tx: Tx,
    kind: MeetingKind,
    slot: Slot,
    trajectory: people.TrajectoryRecord,
    *,
    now: datetime,
    moved: UUID | None = None,
) -> Verdict:
    """The verdict of the rules, when it lets the slot through.

    Raises:
        Refused: it does not.
    """
    verdict = await judge(tx, kind, slot, trajectory, now=now, moved=moved)
    if not verdict.allowed:
        raise Refused(verdict)
    return verdict
