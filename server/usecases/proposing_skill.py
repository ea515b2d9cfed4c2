"""Proposing another level of skill, inside somebody's transaction; a coach decides."""

from datetime import datetime, timedelta
from uuid import UUID

from coaching.skill_steps import one_level_down
from coaching.words import Skill, SkillSource
from server.store import aftermath, people
from server.store.database import Tx
from server.usecases.attention import TodoCode
from server.usecases.todos import write_todo

_WITHIN = timedelta(days=2)


async def propose_lower(
    tx: Tx,
    trajectory: people.TrajectoryRecord,
    *,
    why: SkillSource,
    meeting: UUID | None,
    now: datetime,
) -> None:
    """Propose one level down (R20, R21); nothing below the lowest."""
    candidate = await people.candidate_by_id(tx, trajectory.candidate_id)
    if candidate:
        lower = one_level_down(Skill(candidate.skill))
        await propose(tx, trajectory, lower, why=why, meeting=meeting, now=now)


async def propose(
    tx: Tx,
    trajectory: people.TrajectoryRecord,
    skill: Skill,
    *,
    why: SkillSource,
    meeting: UUID | None,
    now: datetime,
) -> None:
    """Propose `skill` with a to-do; one proposal at a time, and the newest counts."""
    candidate = await people.candidate_by_id(tx, trajectory.candidate_id)
    if candidate is None or skill == candidate.skill:
        return
    for older in await aftermath.proposals(tx, candidate_id=candidate.id):
        await aftermath.decide(tx, older.id, accepted=False, by=None, now=now)
    made = await aftermath.insert_proposal(
        tx,
        candidate_id=candidate.id,
        trajectory_id=trajectory.id,
        meeting_id=meeting,
        skill=skill,
        before=candidate.skill,
        why=why,
        at=now,
        accepted=False,
    )
    await write_todo(
        tx,
        TodoCode.SKILL,
        trajectory,
        about=str(made),
        due_at=now + _WITHIN,
        now=now,
        meeting=meeting,
        params={"candidate": candidate.name, "skill": skill, "proposal": str(made)},
    )
