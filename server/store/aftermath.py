"""What a talk leaves behind besides its history: failures, observations, proposals, hand-overs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select, update

from coaching.words import TrajectoryState
from server.store import levels
from server.store.database import Tx
from server.store.rows import many, one
from server.store.schema import (
    callback_request,
    candidate,
    failure,
    handover,
    meeting,
    observation,
    skill_proposal,
    trajectory,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRecord:
    """A row of `failure`."""

    id: UUID
    meeting_id: UUID
    cause: str
    actor: str
    at: datetime
    hold_group: UUID | None
    soon: bool
    dismissed_at: datetime | None
    dismissed_reason: str | None
    dismissed_by: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedTogether:
    """A talk that failed, and whose it was."""

    meeting_id: UUID
    cause: str
    coach_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationRecord:
    """A row of `observation`."""

    meeting_id: UUID
    code: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRecord:
    """A row of `skill_proposal`, with the candidate's name and the coach."""

    id: UUID
    candidate_id: UUID
    candidate_name: str
    trajectory_id: UUID
    coach_id: UUID
    meeting_id: UUID | None
    what: str  # skill or comfort
    skill: str  # the level that is proposed
    before: str
    why: str
    at: datetime
    decided_at: datetime | None


async def insert_failure(tx: Tx, **values: Any) -> None:  # noqa: ANN401 -- the columns
    """Write down that a talk failed."""
    await tx.execute(insert(failure).values(id=uuid4(), **values))


async def failure_of(tx: Tx, meeting_id: UUID) -> FailureRecord | None:
    """How a talk failed, if it did."""
    return await one(tx, select(failure).where(failure.c.meeting_id == meeting_id), FailureRecord)


async def failures_of(tx: Tx, meeting_ids: Collection[UUID]) -> tuple[FailureRecord, ...]:
    """How these talks failed, of those that did."""
    query = select(failure).where(failure.c.meeting_id.in_(meeting_ids))
    return await many(tx, query, FailureRecord)


async def failures_since(
    tx: Tx, since: datetime, *, causes: Collection[str], besides: UUID
) -> tuple[FailedTogether, ...]:
    """The talks that failed from `since` on by one of `causes`, and stay failed."""
    query = (
        select(failure.c.meeting_id, failure.c.cause, meeting.c.coach_id)
        .join(meeting, meeting.c.id == failure.c.meeting_id)
        .where(
            failure.c.at >= since,
            failure.c.cause.in_(causes),
            failure.c.dismissed_at.is_(None),
            failure.c.meeting_id != besides,
        )
    )
    return await many(tx, query, FailedTogether)


async def asked_for_help(tx: Tx, meeting_id: UUID, *, since: datetime, until: datetime) -> bool:
    """Whether a candidate asked to be called about a meeting in [since, until]."""
    query = select(callback_request.c.id).where(
        callback_request.c.meeting_id == meeting_id,
        callback_request.c.asked_at >= since,
        callback_request.c.asked_at <= until,
    )
    return await tx.scalar(query.limit(1)) is not None


async def failure_of_group(tx: Tx, group: UUID) -> FailureRecord | None:
    """The failed talk for which a group of times was offered."""
    return await one(tx, select(failure).where(failure.c.hold_group == group), FailureRecord)


async def change_failure(tx: Tx, meeting_id: UUID, **values: Any) -> None:  # noqa: ANN401 -- the columns
    """Write new values into a failure."""
    await tx.execute(update(failure).where(failure.c.meeting_id == meeting_id).values(**values))


async def forget_failure(tx: Tx, meeting_id: UUID) -> None:
    """Take away a failure that was dismissed, because the talk failed after all."""
    await tx.execute(delete(failure).where(failure.c.meeting_id == meeting_id))


async def keep_observation(
    tx: Tx, meeting_id: UUID, staff_id: UUID, code: str, *, now: datetime
) -> None:
    """Keep what somebody saw in a talk, in the place of what they said before."""
    await tx.execute(
        delete(observation).where(
            observation.c.meeting_id == meeting_id, observation.c.staff_id == staff_id
        )
    )
    await tx.execute(
        insert(observation).values(
            id=uuid4(), meeting_id=meeting_id, staff_id=staff_id, code=code, at=now
        )
    )


async def observations_of(tx: Tx, meeting_ids: Collection[UUID]) -> dict[UUID, ObservationRecord]:
    """What was seen in these talks, by meeting; the newest where two people saw something."""
    query = (
        select(observation.c.meeting_id, observation.c.code, observation.c.at)
        .where(observation.c.meeting_id.in_(meeting_ids))
        .order_by(observation.c.at)
    )
    return {row.meeting_id: row for row in await many(tx, query, ObservationRecord)}


async def insert_proposal(tx: Tx, **values: Any) -> UUID:  # noqa: ANN401 -- the columns
    """Propose a level."""
    new_id = uuid4()
    await tx.execute(insert(skill_proposal).values(id=new_id, **values))
    return new_id


async def proposals(
    tx: Tx, *, coach: UUID | None = None, candidate_id: UUID | None = None
) -> tuple[ProposalRecord, ...]:
    """Proposals that nobody decided on, oldest first; of `coach` those of who is guided still."""
    query = _proposals().where(skill_proposal.c.decided_at.is_(None))
    if coach:
        guided = select(trajectory.c.candidate_id).where(
            trajectory.c.coach_id == coach, trajectory.c.state != TrajectoryState.ENDED
        )
        query = query.where(
            trajectory.c.coach_id == coach, skill_proposal.c.candidate_id.in_(guided)
        )
    if candidate_id:
        query = query.where(skill_proposal.c.candidate_id == candidate_id)
    return await many(tx, query.order_by(skill_proposal.c.at), ProposalRecord)


async def proposal_by_id(tx: Tx, proposal: UUID) -> ProposalRecord | None:
    """Which proposal this is."""
    return await one(tx, _proposals().where(skill_proposal.c.id == proposal), ProposalRecord)


async def decide(tx: Tx, proposal: UUID, *, accepted: bool, by: UUID | None, now: datetime) -> bool:
    """Close a proposal; False when it was closed before."""
    done = await tx.execute(
        update(skill_proposal)
        .where(skill_proposal.c.id == proposal, skill_proposal.c.decided_at.is_(None))
        .values(decided_at=now, accepted=accepted, decided_by=by)
    )
    return done.rowcount == 1


async def set_skill(
    tx: Tx, candidate_id: UUID, skill: str, source: str, *, since: date, now: datetime
) -> None:
    """Give a candidate another level, and keep when that was written down."""
    await tx.execute(
        update(candidate)
        .where(candidate.c.id == candidate_id)
        .values(skill=skill, skill_source=source, skill_since=since)
    )
    await levels.keep_skill(tx, candidate_id, skill, source, since=since, now=now)


async def insert_handover(
    tx: Tx, trajectory_id: UUID, *, before: UUID, after: UUID, actor: str, now: datetime
) -> None:
    """Write down who handed a trajectory to whom, and give it its new coach.

    Both agreed to go on with the coach before: with this one both are asked anew (R27).
    """
    await tx.execute(
        insert(handover).values(
            id=uuid4(),
            trajectory_id=trajectory_id,
            from_id=before,
            to_id=after,
            at=now,
            actor=actor,
        )
    )
    nobody = {"coach_consented_at": None, "candidate_consented_at": None}
    await tx.execute(
        update(trajectory).where(trajectory.c.id == trajectory_id).values(coach_id=after, **nobody)
    )


async def earlier_coaches(tx: Tx, trajectory_id: UUID) -> frozenset[UUID]:
    """Who handed this trajectory over before."""
    query = select(handover.c.from_id).where(handover.c.trajectory_id == trajectory_id)
    return frozenset(await tx.scalars(query))


def _proposals() -> Any:  # noqa: ANN401 -- a selection
    return (
        select(
            skill_proposal.c.id,
            skill_proposal.c.candidate_id,
            candidate.c.name.label("candidate_name"),
            skill_proposal.c.trajectory_id,
            trajectory.c.coach_id,
            skill_proposal.c.meeting_id,
            skill_proposal.c.what,
            skill_proposal.c.skill,
            skill_proposal.c.before,
            skill_proposal.c.why,
            skill_proposal.c.at,
            skill_proposal.c.decided_at,
        )
        .join(candidate, candidate.c.id == skill_proposal.c.candidate_id)
        .join(trajectory, trajectory.c.id == skill_proposal.c.trajectory_id)
    )
