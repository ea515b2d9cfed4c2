"""Practices that are going on, and what was answered and measured in them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, insert, select, update

from server.store.database import Tx
from server.store.rows import many, one
from server.store.schema import practice_session as table


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeSessionRecord:
    """A row of `practice_session`: of a candidate or of a member of staff."""

    id: UUID
    candidate_id: UUID | None
    staff_id: UUID | None
    meeting_id: UUID | None
    kind: str
    device: str
    step: str
    answers: dict[str, dict[str, str]]
    measured: dict[str, Any]
    pointed: str | None
    helped_by: UUID | None
    started_at: datetime
    changed_at: datetime
    reported_at: datetime | None
    ended_at: datetime | None
    score: str | None


async def insert_practice(tx: Tx, **values: Any) -> UUID:  # noqa: ANN401 -- the columns
    """Begin a practice."""
    made = uuid4()
    await tx.execute(insert(table).values(id=made, **values))
    return made


async def change_practice(tx: Tx, practice: UUID, **values: Any) -> None:  # noqa: ANN401 -- the columns
    """Write what changed in a practice."""
    await tx.execute(update(table).where(table.c.id == practice).values(**values))


async def practice_by_id(tx: Tx, practice: UUID) -> PracticeSessionRecord | None:
    """One practice."""
    return await one(tx, select(table).where(table.c.id == practice), PracticeSessionRecord)


async def open_practice(
    tx: Tx, *, candidate: UUID | None, staff: UUID | None
) -> PracticeSessionRecord | None:
    """The practice of this person that did not end, the newest when there are several."""
    whose = table.c.candidate_id == candidate if candidate else table.c.staff_id == staff
    query = select(table).where(whose, table.c.ended_at.is_(None))
    newest = query.order_by(table.c.started_at.desc(), table.c.id).limit(1)
    return await one(tx, newest, PracticeSessionRecord)


async def newest_of_candidate(tx: Tx, candidate: UUID) -> PracticeSessionRecord | None:
    """The practice of a candidate that changed last, whether it ended or not."""
    query = select(table).where(table.c.candidate_id == candidate)
    return await one(tx, query.order_by(table.c.changed_at.desc()).limit(1), PracticeSessionRecord)


async def left_halfway(tx: Tx, *, before: datetime) -> tuple[PracticeSessionRecord, ...]:
    """The practices that did not end, and in which nothing happened since `before`."""
    query = select(table).where(table.c.ended_at.is_(None), table.c.changed_at < before)
    return await many(tx, query.order_by(table.c.changed_at, table.c.id), PracticeSessionRecord)


async def oldest_before(tx: Tx, before: datetime) -> UUID | None:
    """A practice in which nothing happened since `before`."""
    query = select(table.c.id).where(table.c.changed_at < before).order_by(table.c.changed_at)
    return await tx.scalar(query.limit(1))


async def forget_before(tx: Tx, before: datetime) -> int:
    """Take away the practices in which nothing happened since `before`; gives how many."""
    return (await tx.execute(delete(table).where(table.c.changed_at < before))).rowcount
