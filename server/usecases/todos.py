"""Writing a to-do, once for each reason."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from coaching.words import MeetingKind
from server.store import aftermath, meetings, people
from server.store import attention as store
from server.store.database import Tx
from server.usecases.attention import OF_A_TALK_TO_COME, TodoCode
from server.usecases.stand_ins import TO_COME, was_stood_in

_URGENCY = {
    TodoCode.PHONE_NOW: 1,
    TodoCode.CALL_BACK: 2,
    TodoCode.DEVICE_FAILED: 2,
    TodoCode.MISSED: 3,
    TodoCode.TOO_EARLY: 3,
    TodoCode.PRACTISE_FIRST: 4,
    TodoCode.ABSENCE_CONFLICT: 3,
    TodoCode.CALENDAR_CLASH: 3,
    TodoCode.COACH_BARRED: 4,
    TodoCode.ROOM_UNFIT: 4,
    TodoCode.ROOM_CHANGED: 4,
    TodoCode.CALENDAR_CHANGED: 3,
    TodoCode.FAILED: 4,
    TodoCode.UNANSWERED: 4,
    TodoCode.PLAN_NEW: 4,
    TodoCode.CHOOSE_COACH: 4,
    TodoCode.UNREACHABLE: 5,
    TodoCode.LETTER: 5,
    TodoCode.STAFF_MAIL: 5,
    TodoCode.SILENT: 6,
    TodoCode.PRACTICE_FAILED: 4,
    TodoCode.PRACTISE: 5,
    TodoCode.SECOND_PERSON: 6,
    TodoCode.NO_TASK: 7,
    TodoCode.SAY_WHY: 7,
    TodoCode.MEET_AGAIN: 7,
    TodoCode.SKILL: 7,
    TodoCode.NOTHING_PLANNED: 8,
}


# What the coach who has the talk does, in or around it; the rest is for whose guidance it is.
_OF_ONE_TALK = frozenset(
    {
        *OF_A_TALK_TO_COME,
        TodoCode.PHONE_NOW,
        TodoCode.MISSED,
        TodoCode.FAILED,
        TodoCode.ABSENCE_CONFLICT,
    }
) - {TodoCode.PRACTISE}


def todo_key(code: TodoCode, trajectory: UUID, about: str) -> str:
    """What tells one to-do from another."""
    return f"{code}:{trajectory}:{about}"


async def write_todo(
    tx: Tx,
    code: TodoCode,
    trajectory: people.TrajectoryRecord,
    *,
    about: str,
    due_at: datetime,
    now: datetime,
    meeting: UUID | None = None,
    params: Mapping[str, str] | None = None,
) -> bool:
    """Write a to-do for the coach; `about` tells one reason from another, and each counts once.

    What is to be done for one talk is for the coach of that talk, who may stand in (E5).
    """
    of_talk = meeting if code in _OF_ONE_TALK else None
    return await store.add_todo(
        tx,
        dedupe_key=todo_key(code, trajectory.id, about),
        staff_id=await _coach_of(tx, trajectory, of_talk, code) if of_talk else trajectory.coach_id,
        candidate_id=trajectory.candidate_id,
        trajectory_id=trajectory.id,
        meeting_id=meeting,
        code=code,
        params=dict(params or {}),
        urgency=_URGENCY[code],
        due_at=due_at,
        at=now,
    )


async def _coach_of(
    tx: Tx, trajectory: people.TrajectoryRecord, meeting: UUID, code: TodoCode
) -> UUID:
    """Who stands in for this talk, whoever they were before; else the coach of the guidance, also
    for talks before it was handed over.
    """
    found = await meetings.meeting_by_id(tx, meeting)
    if found is None or found.coach_id == trajectory.coach_id:
        return trajectory.coach_id
    if code is TodoCode.LETTER and found.kind == MeetingKind.PRACTICE:
        return trajectory.coach_id  # who guides does not get the candidate's own link
    if found.status in TO_COME or await was_stood_in(tx, found.id):
        return found.coach_id
    before = await aftermath.earlier_coaches(tx, trajectory.id)
    return trajectory.coach_id if found.coach_id in before else found.coach_id
