"""What practices gave, and the talks that wait for one."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import and_, insert, or_, select

from server.store.database import Tx
from server.store.meetings import MeetingRecord
from server.store.rows import many
from server.store.schema import meeting, readiness, trajectory


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadinessRecord:
    """A row of `readiness`: of a candidate or of a member of staff."""

    id: UUID
    candidate_id: UUID | None
    staff_id: UUID | None
    meeting_id: UUID | None
    device: str
    kind: str
    score: str
    cause: str | None
    at: datetime
    expires_at: datetime | None
    recorded_by: UUID | None
    without_camera: bool


async def insert_readiness(tx: Tx, **values: Any) -> UUID:  # noqa: ANN401 -- the columns
    """Write down what a practice gave."""
    new_id = uuid4()
    await tx.execute(insert(readiness).values(id=new_id, **values))
    return new_id


async def that_count(tx: Tx, candidate: UUID) -> tuple[ReadinessRecord, ...]:
    """The practices of a candidate, and those that any member of staff passed, oldest first."""
    passed_by_staff = and_(readiness.c.staff_id.is_not(None), readiness.c.score != "bad")
    query = select(readiness).where(or_(readiness.c.candidate_id == candidate, passed_by_staff))
    return await many(tx, query.order_by(readiness.c.at, readiness.c.id), ReadinessRecord)


async def of_candidate(tx: Tx, candidate: UUID) -> tuple[ReadinessRecord, ...]:
    """The practices of a candidate, newest first."""
    query = select(readiness).where(readiness.c.candidate_id == candidate)
    return await many(tx, query.order_by(readiness.c.at.desc(), readiness.c.id), ReadinessRecord)


async def of_staff(tx: Tx, staff: UUID) -> tuple[ReadinessRecord, ...]:
    """The practices of a member of staff, newest first."""
    query = select(readiness).where(readiness.c.staff_id == staff)
    return await many(tx, query.order_by(readiness.c.at.desc(), readiness.c.id), ReadinessRecord)


async def waiting_talks(
    tx: Tx, *, candidate: UUID | None = None, now: datetime
) -> tuple[MeetingRecord, ...]:
    """The talks to come that wait for a passed practice, soonest first: of one candidate, or all.

    A provisional meeting in no group is one; those of a group wait for a choice. While guidance
    stands still, nothing is done with them.
    """
    query = (
        select(meeting)
        .join(trajectory, trajectory.c.id == meeting.c.trajectory_id)
        .where(
            meeting.c.status == "provisional",
            meeting.c.hold_group.is_(None),
            meeting.c.starts_at > now,
            trajectory.c.state == "active",
        )
    )
    if candidate:
        query = query.where(meeting.c.candidate_id == candidate)
    return await many(tx, query.order_by(meeting.c.starts_at, meeting.c.id), MeetingRecord)
