"""Proposing another level of skill or comfort, inside somebody's transaction; a coach decides."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from coaching.skill_steps import one_level_down
from coaching.words import Comfort, Skill, SkillSource
from server.store import aftermath, attention, people
from server.store.database import Tx
from server.usecases.attention import TodoCode
from server.usecases.todos import todo_key, write_todo

_WITHIN = timedelta(days=2)


class What(StrEnum):
    """What a proposal is about."""

    SKILL = "skill"
    COMFORT = "comfort"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    what: What
    before: str  # empty: nobody asked
    after: str


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
    if candidate and skill != candidate.skill:
        change = _Change(what=What.SKILL, before=candidate.skill, after=skill)
        await _propose(tx, trajectory, candidate, change, why=why, meeting=meeting, now=now)


async def propose_comfort(
    tx: Tx,
    trajectory: people.TrajectoryRecord,
    comfort: Comfort | None,
    *,
    meeting: UUID,
    now: datetime,
) -> None:
    """Propose how at ease the candidate seems to be, as `propose` does; None: nothing."""
    candidate = await people.candidate_by_id(tx, trajectory.candidate_id)
    if candidate and comfort and comfort != candidate.comfort:
        change = _Change(what=What.COMFORT, before=candidate.comfort or "", after=comfort)
        why = SkillSource.COACH_OBSERVATION
        await _propose(tx, trajectory, candidate, change, why=why, meeting=meeting, now=now)


async def _propose(
    tx: Tx,
    trajectory: people.TrajectoryRecord,
    candidate: people.CandidateRecord,
    change: _Change,
    *,
    why: SkillSource,
    meeting: UUID | None,
    now: datetime,
) -> None:
    for older in await aftermath.proposals(tx, candidate_id=candidate.id):
        if older.what == change.what:
            await aftermath.decide(tx, older.id, accepted=False, by=None, now=now)
            key = todo_key(TodoCode.SKILL, older.trajectory_id, str(older.id))
            await attention.finish_todo_with_key(tx, key, by=None, now=now)
    made = await aftermath.insert_proposal(
        tx,
        candidate_id=candidate.id,
        trajectory_id=trajectory.id,
        meeting_id=meeting,
        what=change.what,
        skill=change.after,
        before=change.before,
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
        params={"candidate": candidate.name, "skill": change.after, "proposal": str(made)},
    )
