"""Where the mails and calendar events of a meeting stand, in one word."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from server.store.database import Tx
from server.store.outbox import Kind
from server.store.rows import many
from server.store.schema import calendar_connection, mirror, outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class _Delivery:
    done_at: datetime | None
    gave_up_at: datetime | None
    attempts: int
    last_error: str | None


async def mail_state(tx: Tx, meeting_id: UUID) -> str:
    """`none`, `waiting`, `sent`, `failing` or `gave_up`, of the newest mail about a meeting."""
    rows = await _rows(tx, meeting_id, Kind.MAIL)
    return _state_of(rows[-1]) if rows else "none"


async def calendar_state(tx: Tx, meeting_id: UUID) -> str:
    """`none`, `waiting`, `failing`, `present` or `removed`: the worst of the coach's calendars."""
    if await _a_calendar_fails(tx, meeting_id):
        return "failing"
    undone = [row for row in await _rows(tx, meeting_id, Kind.CALENDAR) if row.done_at is None]
    if undone:
        failing = any(row.attempts > 0 and row.last_error for row in undone)
        return "failing" if failing else "waiting"
    query = select(mirror.c.state).where(mirror.c.meeting_id == meeting_id)
    states = set((await tx.execute(query)).scalars())
    return next((state for state in ("present", "removed") if state in states), "none")


def _state_of(row: _Delivery) -> str:
    if row.done_at:
        return "sent"
    if row.gave_up_at:
        return "gave_up"
    return "failing" if row.attempts and row.last_error else "waiting"


async def _rows(tx: Tx, meeting_id: UUID, kind: Kind) -> tuple[_Delivery, ...]:
    query = (
        select(outbox.c.done_at, outbox.c.gave_up_at, outbox.c.attempts, outbox.c.last_error)
        .where(outbox.c.subject == f"meeting:{meeting_id}", outbox.c.kind == kind)
        .order_by(outbox.c.seq)
    )
    return await many(tx, query, _Delivery)


async def _a_calendar_fails(tx: Tx, meeting_id: UUID) -> bool:
    query = (
        select(calendar_connection.c.id)
        .join(mirror, mirror.c.connection_id == calendar_connection.c.id)
        .where(mirror.c.meeting_id == meeting_id, calendar_connection.c.state == "broken")
    )
    return await tx.scalar(query.limit(1)) is not None
