"""Tasks of talks, and what was agreed at the end of a talk."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, exists, insert, select, update

from server.store.database import Tx
from server.store.rows import many, one
from server.store.schema import closing_note, meeting, task, trajectory


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRecord:
    """A row of `task`."""

    id: UUID
    meeting_id: UUID
    trajectory_id: UUID
    text: str
    given_by: UUID
    given_at: datetime
    done_at: datetime | None
    discussed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingNoteRecord:
    """A row of `closing_note`."""

    meeting_id: UUID
    next_step: str | None
    no_task_because: str | None
    no_next_because: str | None
    staff_id: UUID
    at: datetime


async def insert_task(tx: Tx, **values: Any) -> UUID:  # noqa: ANN401 -- the columns
    """Add a task."""
    new_id = uuid4()
    await tx.execute(insert(task).values(id=new_id, **values))
    return new_id


async def change_task(tx: Tx, task_id: UUID, **values: Any) -> None:  # noqa: ANN401 -- the columns
    """Write new values into a task."""
    await tx.execute(update(task).where(task.c.id == task_id).values(**values))


async def delete_task(tx: Tx, task_id: UUID) -> None:
    """Take a task away."""
    await tx.execute(delete(task).where(task.c.id == task_id))


async def tasks_of_meeting(tx: Tx, meeting_id: UUID) -> tuple[TaskRecord, ...]:
    """The tasks of one talk, in the order in which they were given."""
    query = select(task).where(task.c.meeting_id == meeting_id)
    return await many(tx, query.order_by(task.c.given_at, task.c.id), TaskRecord)


async def newest_open_task(tx: Tx, trajectory_id: UUID) -> str:
    """The text of the newest task that is neither done nor discussed; empty without one."""
    query = (
        select(task.c.text)
        .join(meeting, meeting.c.id == task.c.meeting_id)
        .where(
            task.c.trajectory_id == trajectory_id,
            task.c.done_at.is_(None),
            task.c.discussed_at.is_(None),
            meeting.c.status != "cancelled",
        )
        .order_by(task.c.given_at.desc(), task.c.id)
    )
    return await tx.scalar(query.limit(1)) or ""


async def talks_with_task(tx: Tx, trajectory_id: UUID) -> frozenset[UUID]:
    """The meetings of a trajectory that have a task."""
    query = select(task.c.meeting_id).where(task.c.trajectory_id == trajectory_id)
    return frozenset(await tx.scalars(query.distinct()))


async def keep_closing_note(
    tx: Tx, meeting_id: UUID, *, staff_id: UUID, now: datetime, **values: str | None
) -> None:
    """Write down what was agreed at the end; what is not given stays as it was."""
    changed = {**values, "staff_id": staff_id, "at": now}
    done = await tx.execute(
        update(closing_note).where(closing_note.c.meeting_id == meeting_id).values(**changed)
    )
    if not done.rowcount:
        await tx.execute(insert(closing_note).values(meeting_id=meeting_id, **changed))


async def closing_note_of(tx: Tx, meeting_id: UUID) -> ClosingNoteRecord | None:
    """What was agreed at the end of a talk."""
    query = select(closing_note).where(closing_note.c.meeting_id == meeting_id)
    return await one(tx, query, ClosingNoteRecord)


@dataclass(frozen=True, slots=True, kw_only=True)
class TasklessRecord:
    """A planned talk that has no task."""

    id: UUID
    revision: int
    starts_at: datetime


async def without_task(
    tx: Tx, *, mode: str, after: datetime, before: datetime
) -> tuple[TasklessRecord, ...]:
    """Planned meetings of this mode that have no task, in (after, before], soonest first."""
    query = (
        select(meeting.c.id, meeting.c.revision, meeting.c.starts_at)
        .join(trajectory, trajectory.c.id == meeting.c.trajectory_id)
        .where(
            meeting.c.status == "planned",
            meeting.c.mode == mode,
            trajectory.c.state == "active",
            meeting.c.starts_at > after,
            meeting.c.starts_at <= before,
            ~exists().where(task.c.meeting_id == meeting.c.id),
        )
        .order_by(meeting.c.starts_at, meeting.c.id)
    )
    return await many(tx, query, TasklessRecord)
