"""What people changed in calendars, until somebody or a rule has decided about it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, and_, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from server.store.calendars import WRITTEN, MirrorRecord
from server.store.database import Tx
from server.store.rows import many, one
from server.store.schema import (
    calendar_connection,
    meeting,
    mirror,
    proposal,
    remote_object,
    todo,
)

NEW = "new"  # noted in a round; nobody has looked yet
OPEN = "open"  # a person decides
_WAITING = (NEW, OPEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRecord:
    """A row of `proposal`. `state`: new, open, accepted, refused, automatic, put_back, withdrawn.

    A connection of None is an answer by mail.
    """

    id: UUID
    meeting_id: UUID
    connection_id: UUID | None
    kind: str  # moved, removed, declined
    starts_at: datetime | None
    ends_at: datetime | None
    why: str
    digest: str
    state: str
    at: datetime
    decided_at: datetime | None
    decided_by: UUID | None


async def note_wish(
    tx: Tx,
    *,
    meeting_id: UUID,
    connection_id: UUID | None,
    digest: str,
    now: datetime,
    **said: Any,  # noqa: ANN401 -- the columns
) -> None:
    """Note what somebody wants; the same wish once more opens the same row again.

    `said` are kind, starts_at, ends_at and why (where it is odd).
    """
    found = {"meeting_id": meeting_id, "digest": digest}
    row = {"connection_id": connection_id, "state": NEW, "at": now, **said}
    make = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    fresh = {**row, "decided_at": None, "decided_by": None}
    await tx.execute(
        make(proposal)
        .values(id=uuid4(), **found, **row)
        .on_conflict_do_update(index_elements=list(found), set_=fresh)
    )


async def to_settle(tx: Tx) -> tuple[ProposalRecord, ...]:
    """What nobody has looked at yet, and what waits for a person about a meeting that is over."""
    over = and_(proposal.c.state == OPEN, meeting.c.status != "planned")
    query = (
        select(proposal)
        .join(meeting, meeting.c.id == proposal.c.meeting_id)
        .where(or_(proposal.c.state == NEW, over))
        .order_by(proposal.c.at, proposal.c.id)
    )
    return await many(tx, query, ProposalRecord)


async def proposal_by_id(tx: Tx, proposal_id: UUID) -> ProposalRecord | None:
    """One of them."""
    return await one(tx, _where(proposal.c.id == proposal_id), ProposalRecord)


async def open_of_meeting(tx: Tx, meeting_id: UUID) -> tuple[ProposalRecord, ...]:
    """What waits for a person about a meeting, the oldest first."""
    query = _where(proposal.c.meeting_id == meeting_id, proposal.c.state == OPEN)
    return await many(tx, query.order_by(proposal.c.at, proposal.c.id), ProposalRecord)


async def waiting_of(tx: Tx, meeting_id: UUID) -> tuple[ProposalRecord, ...]:
    """What is not decided about a meeting, looked at or not."""
    found = (proposal.c.meeting_id == meeting_id, proposal.c.state.in_(_WAITING))
    return await many(tx, _where(*found), ProposalRecord)


async def decide(
    tx: Tx, proposal_id: UUID, *, state: str, why: str | None, by: UUID | None, now: datetime
) -> None:
    """Write down what became of one; `why` None leaves that as it was."""
    values: dict[str, Any] = {"state": state, "decided_by": by}
    values["decided_at"] = None if state == OPEN else now
    if why is not None:
        values["why"] = why[:40]
    await tx.execute(update(proposal).where(proposal.c.id == proposal_id).values(**values))


async def withdraw(tx: Tx, proposals: Collection[UUID], *, now: datetime) -> None:
    """There is nothing to decide about these any more, nor to do."""
    await tx.execute(
        update(proposal)
        .where(proposal.c.id.in_(proposals), proposal.c.state.in_(_WAITING))
        .values(state="withdrawn", decided_at=now)
    )
    for each in proposals:
        await finish_line(tx, each, by=None, now=now)


def line_key(proposal_id: UUID, at: datetime) -> str:
    """What tells the to-do of one proposal from another; opened again, it gets a new one."""
    return f"{_line(proposal_id)}{at.timestamp():.6f}"


async def finish_line(tx: Tx, proposal_id: UUID, *, by: UUID | None, now: datetime) -> None:
    """There is nothing to do about a proposal any more."""
    of_it = todo.c.dedupe_key.startswith(_line(proposal_id))
    open_ones = update(todo).where(of_it, todo.c.done_at.is_(None))
    await tx.execute(open_ones.values(done_at=now, done_by=by))


async def change_mirror(tx: Tx, mirror_id: UUID, **values: Any) -> None:  # noqa: ANN401 -- the columns
    """Write new values into what is believed of a calendar."""
    await tx.execute(update(mirror).where(mirror.c.id == mirror_id).values(**values))


async def named_mirrors(tx: Tx, *, of: Collection[UUID] | None = None) -> tuple[MirrorRecord, ...]:
    """What stands in calendars of people that are written to and may say a candidate's name.

    A room's never does; where nothing was kept of it, it may. Only of the meetings `of`, if given.
    """
    query = (
        select(mirror)
        .join(calendar_connection, calendar_connection.c.id == mirror.c.connection_id)
        .where(
            *WRITTEN,
            calendar_connection.c.room_id.is_(None),
            mirror.c.state == "present",
            mirror.c.base["named"].as_boolean().is_not(False),
        )
    )
    if of is not None:
        query = query.where(mirror.c.meeting_id.in_(of))
    return await many(tx, query, MirrorRecord)


async def stands_elsewhere(tx: Tx, connection_id: UUID, uid_hash: str) -> str | None:
    """The name of another calendar of the same owner that holds an object with this UID."""
    here = select(calendar_connection).where(calendar_connection.c.id == connection_id).subquery()
    query = (
        select(calendar_connection.c.name)
        .join(remote_object, remote_object.c.connection_id == calendar_connection.c.id)
        .join(here, here.c.staff_id == calendar_connection.c.staff_id)
        .where(
            calendar_connection.c.id != connection_id,
            calendar_connection.c.removed_at.is_(None),
            remote_object.c.uid_hash == uid_hash,
        )
    )
    name: str | None = await tx.scalar(query.limit(1))
    return name


def _line(proposal_id: UUID) -> str:
    return f"calendar_changed:{proposal_id}:"


def _where(*found: ColumnElement[bool]) -> Select[Any]:
    return select(proposal).where(*found)
