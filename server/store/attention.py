"""To-dos, call-back requests, nudges, what a candidate did, and which moments a timer has had."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Insert, Table, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from server.store.database import Tx
from server.store.rows import many, one
from server.store.schema import (
    activity,
    callback_request,
    candidate,
    moment,
    nudge,
    staff,
    todo,
    trajectory,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoRecord:
    """A row of `todo` that is not done, with names."""

    id: UUID
    staff_id: UUID
    coach_name: str
    candidate_id: UUID
    candidate_name: str
    candidate_phone: str | None
    trajectory_id: UUID | None
    own_coach_id: UUID | None  # of the guidance, who may be another than `staff_id` (E5)
    meeting_id: UUID | None
    code: str
    params: dict[str, str]
    urgency: int
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRecord:
    """A row of `callback_request`."""

    id: UUID
    candidate_id: UUID
    trajectory_id: UUID
    meeting_id: UUID | None
    from_at: datetime
    until_at: datetime
    asked_at: datetime
    done_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NudgeRecord:
    """A row of `nudge`, without its hash."""

    id: UUID
    trajectory_id: UUID
    candidate_id: UUID
    rule: str
    level: int
    channel: str
    at: datetime
    failed_at: datetime | None
    answer: str | None
    answered_at: datetime | None


async def add_todo(tx: Tx, *, dedupe_key: str, **values: Any) -> bool:  # noqa: ANN401 -- the columns
    """Add a to-do; False when `dedupe_key` already stands there, done or not."""
    row = {"id": uuid4(), "dedupe_key": dedupe_key, **values}
    done = await tx.execute(_unless_there(tx, todo, row, "dedupe_key"))
    return done.rowcount == 1


async def open_todos(
    tx: Tx, *, coach: UUID | None = None, candidates: Collection[UUID] | None = None
) -> tuple[TodoRecord, ...]:
    """What is still to be done, the most urgent first: of everybody, or of one coach."""
    query = (
        select(
            todo.c.id,
            todo.c.staff_id,
            staff.c.name.label("coach_name"),
            todo.c.candidate_id,
            candidate.c.name.label("candidate_name"),
            candidate.c.phone.label("candidate_phone"),
            todo.c.trajectory_id,
            trajectory.c.coach_id.label("own_coach_id"),
            todo.c.meeting_id,
            todo.c.code,
            todo.c.params,
            todo.c.urgency,
            todo.c.due_at,
        )
        .join(staff, staff.c.id == todo.c.staff_id)
        .join(candidate, candidate.c.id == todo.c.candidate_id)
        .outerjoin(trajectory, trajectory.c.id == todo.c.trajectory_id)
        .where(todo.c.done_at.is_(None))
        .order_by(todo.c.urgency, todo.c.due_at, todo.c.id)
    )
    if coach:
        query = query.where(todo.c.staff_id == coach)
    if candidates is not None:
        query = query.where(todo.c.candidate_id.in_(candidates))
    return await many(tx, query, TodoRecord)


async def is_open(tx: Tx, meeting_id: UUID, code: str) -> bool:
    """Whether something of this kind is still to be done for a meeting."""
    query = select(todo.c.id).where(
        todo.c.meeting_id == meeting_id, todo.c.code == code, todo.c.done_at.is_(None)
    )
    return await tx.scalar(query.limit(1)) is not None


async def todo_exists(tx: Tx, todo_id: UUID, *, coach: UUID | None) -> bool:
    """Whether there is such a to-do, done or not, of one coach or of anybody."""
    query = select(todo.c.id).where(todo.c.id == todo_id)
    if coach:
        query = query.where(todo.c.staff_id == coach)
    return await tx.scalar(query) is not None


async def finish_todos(
    tx: Tx,
    *,
    now: datetime,
    by: UUID | None = None,
    todo_id: UUID | None = None,
    meeting_id: UUID | None = None,
    trajectory_id: UUID | None = None,
    codes: Collection[str] = (),
) -> None:
    """Mark open to-dos done: one, or those about a meeting or trajectory with one of `codes`."""
    found: list[ColumnElement[bool]] = [todo.c.done_at.is_(None)]
    if todo_id:
        found.append(todo.c.id == todo_id)
    if meeting_id:
        found.append(todo.c.meeting_id == meeting_id)
    if trajectory_id:
        found.append(todo.c.trajectory_id == trajectory_id)
    if codes:
        found.append(todo.c.code.in_(codes))
    await tx.execute(update(todo).where(*found).values(done_at=now, done_by=by))


async def ended_by_themselves(tx: Tx, meeting_id: UUID, code: str) -> int:
    """How many to-dos of this kind about a meeting were done by nobody: what they said was over."""
    query = select(func.count()).where(
        todo.c.meeting_id == meeting_id,
        todo.c.code == code,
        todo.c.done_at.is_not(None),
        todo.c.done_by.is_(None),
    )
    return await tx.scalar(query) or 0


async def finish_todo_with_key(tx: Tx, key: str, *, by: UUID | None, now: datetime) -> None:
    """Mark the to-do of one reason done."""
    await tx.execute(
        update(todo)
        .where(todo.c.dedupe_key == key, todo.c.done_at.is_(None))
        .values(done_at=now, done_by=by)
    )


async def hand_todos(tx: Tx, trajectory_id: UUID, coach: UUID, *, of: UUID) -> None:
    """Give what the coach `of` still has to do about a trajectory to another coach."""
    mine = (todo.c.trajectory_id == trajectory_id, todo.c.staff_id == of, todo.c.done_at.is_(None))
    await tx.execute(update(todo).where(*mine).values(staff_id=coach))


async def hand_todos_of_talk(
    tx: Tx, meeting_id: UUID, coach: UUID, *, codes: Collection[str]
) -> None:
    """Give what is still to be done for one meeting, of these kinds, to another coach."""
    of_it = (todo.c.meeting_id == meeting_id, todo.c.code.in_(codes), todo.c.done_at.is_(None))
    await tx.execute(update(todo).where(*of_it).values(staff_id=coach))


async def last_todo(tx: Tx, trajectory_id: UUID, code: str) -> datetime | None:
    """When such a to-do about a trajectory was last written."""
    query = select(func.max(todo.c.at)).where(
        todo.c.trajectory_id == trajectory_id, todo.c.code == code
    )
    found: datetime | None = await tx.scalar(query)
    return found


async def insert_call(tx: Tx, **values: Any) -> UUID:  # noqa: ANN401 -- the columns
    """Add a call-back request."""
    new_id = uuid4()
    await tx.execute(insert(callback_request).values(id=new_id, **values))
    return new_id


async def open_call(tx: Tx, trajectory_id: UUID) -> CallRecord | None:
    """The request of this trajectory that waits for a call."""
    query = select(callback_request).where(
        callback_request.c.trajectory_id == trajectory_id, callback_request.c.done_at.is_(None)
    )
    return await one(tx, query.order_by(callback_request.c.asked_at.desc()).limit(1), CallRecord)


async def finish_calls(tx: Tx, trajectory_id: UUID, *, now: datetime) -> None:
    """Mark the requests of a trajectory done."""
    await tx.execute(
        update(callback_request)
        .where(
            callback_request.c.trajectory_id == trajectory_id,
            callback_request.c.done_at.is_(None),
        )
        .values(done_at=now)
    )


async def insert_nudge(tx: Tx, nudge_id: UUID, **values: Any) -> None:  # noqa: ANN401 -- the columns
    """Write down a nudge."""
    await tx.execute(insert(nudge).values(id=nudge_id, **values))


async def nudges_of(tx: Tx, trajectory_id: UUID) -> tuple[NudgeRecord, ...]:
    """The nudges of a trajectory, oldest first."""
    return await _nudges(tx, nudge.c.trajectory_id == trajectory_id)


async def nudges_of_candidate(tx: Tx, candidate_id: UUID) -> tuple[NudgeRecord, ...]:
    """The nudges of a candidate over all trajectories, oldest first."""
    return await _nudges(tx, nudge.c.candidate_id == candidate_id)


async def nudge_behind(tx: Tx, token_hash: bytes) -> NudgeRecord | None:
    """The nudge of a link."""
    found = await _nudges(tx, nudge.c.token_hash == token_hash)
    return found[0] if found else None


async def nudge_by_id(tx: Tx, nudge_id: UUID) -> NudgeRecord | None:
    """Which nudge this is."""
    found = await _nudges(tx, nudge.c.id == nudge_id)
    return found[0] if found else None


async def change_nudge(tx: Tx, nudge_id: UUID, **values: Any) -> None:  # noqa: ANN401 -- the columns
    """Write new values into a nudge."""
    await tx.execute(update(nudge).where(nudge.c.id == nudge_id).values(**values))


async def forget_nudge(tx: Tx, nudge_id: UUID) -> None:
    """Take away a nudge that was written and never sent; one that was answered stays."""
    unanswered = nudge.c.answered_at.is_(None)
    await tx.execute(delete(nudge).where(nudge.c.id == nudge_id, unanswered))


async def add_activity(
    tx: Tx, candidate_id: UUID, what: str, *, meeting_id: UUID | None = None, now: datetime
) -> None:
    """Write down an own act of a candidate (5.2)."""
    await tx.execute(
        insert(activity).values(
            id=uuid4(), candidate_id=candidate_id, meeting_id=meeting_id, what=what, at=now
        )
    )


async def phone_answered(tx: Tx, meeting_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of these meetings after which the candidate was spoken by phone."""
    query = select(activity.c.meeting_id).where(
        activity.c.meeting_id.in_(meeting_ids), activity.c.what == "phone_answered"
    )
    return frozenset((await tx.execute(query)).scalars())


async def last_activity(tx: Tx, candidate_ids: Collection[UUID]) -> dict[UUID, datetime]:
    """When each of these candidates last did something, of those that ever did."""
    query = (
        select(activity.c.candidate_id, func.max(activity.c.at).label("at"))
        .where(activity.c.candidate_id.in_(candidate_ids))
        .group_by(activity.c.candidate_id)
    )
    return {row.candidate_id: row.at for row in (await tx.execute(query)).all()}


async def take_moment(tx: Tx, key: str, *, now: datetime) -> bool:
    """Make a moment one's own in this transaction; False when somebody had it before."""
    done = await tx.execute(_unless_there(tx, moment, {"key": key, "at": now}, "key"))
    return done.rowcount == 1


async def forget_moments(tx: Tx, beginning: str) -> None:
    """Let the moments whose keys begin so come again."""
    await tx.execute(delete(moment).where(moment.c.key.startswith(beginning, autoescape=True)))


async def moments_had(tx: Tx, keys: Collection[str]) -> frozenset[str]:
    """Which of these moments were had."""
    if not keys:
        return frozenset()
    return frozenset(await tx.scalars(select(moment.c.key).where(moment.c.key.in_(keys))))


async def _nudges(tx: Tx, *found: Any) -> tuple[NudgeRecord, ...]:  # noqa: ANN401 -- SQL conditions
    columns = [column for column in nudge.c if column.name != "token_hash"]
    query = select(*columns).where(or_(*found)).order_by(nudge.c.at, nudge.c.id)
    return await many(tx, query, NudgeRecord)


def _unless_there(tx: Tx, table: Table, row: Mapping[str, Any], key: str) -> Insert:
    make = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    return make(table).values(row).on_conflict_do_nothing(index_elements=[key])
