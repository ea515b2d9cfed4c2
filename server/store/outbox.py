"""The outbox: what has to be delivered, written with the change that causes it.

A row is delivered at least once; its `dedupe_key` and the identities derived from its id make the
second time harmless. Rows of one kind about one subject go strictly in order of `seq`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, Update, and_, exists, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from server.store.database import Tx
from server.store.schema import outbox

Payload = Mapping[str, str | int | None]
_OPEN = (outbox.c.done_at.is_(None), outbox.c.gave_up_at.is_(None))


class Kind(StrEnum):
    """What carries a row out of the house."""

    MAIL = "mail"
    TEXT = "text"
    CALENDAR = "calendar"


NOT_AT_NIGHT = "not at night"  # put back before anything was tried
NOT_IN_TIME = "not begun in this visit"  # the same


_NOT_TRIED = (None, NOT_AT_NIGHT, NOT_IN_TIME)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A row that `worker` may deliver now. `attempts` counts this one and is the fence.

    `unheard`: the worker before ended in the middle, so nobody knows what became of its attempt.
    `tried`: there was an attempt before this one, which may have arrived.
    """

    id: UUID
    kind: Kind
    subject: str
    seq: int
    payload: Payload
    attempts: int
    worker: str
    unheard: bool = False
    tried: bool = False


async def enqueue(
    tx: Tx,
    kind: Kind,
    subject: str,
    *,
    dedupe_key: str,
    payload: Payload,
    not_before: datetime,
    now: datetime,
) -> bool:
    """Write a row in the caller's transaction; False when `dedupe_key` already stands there.

    `payload` holds ids and revisions: never a token, never a secret.
    """
    newest = await tx.scalar(
        select(func.max(outbox.c.seq)).where(outbox.c.subject == subject, outbox.c.kind == kind)
    )
    values = {
        "id": uuid4(),
        "kind": str(kind),
        "subject": subject,
        "seq": (newest or 0) + 1,
        "dedupe_key": dedupe_key,
        "payload": dict(payload),
        "not_before": not_before,
        "attempts": 0,
        "created_at": now,
    }
    insert = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    done = await tx.execute(
        insert(outbox).values(values).on_conflict_do_nothing(index_elements=["dedupe_key"])
    )
    return done.rowcount == 1


async def due_kinds(tx: Tx, *, now: datetime) -> frozenset[Kind]:
    """Which kinds have a row whose time has come and that nobody holds. Reads only."""
    found = await tx.scalars(
        select(outbox.c.kind).where(*_OPEN, outbox.c.not_before <= now, _free(now)).distinct()
    )
    return frozenset(Kind(kind) for kind in found)


async def due_calendars(tx: Tx, *, now: datetime) -> dict[UUID, datetime]:
    """The calendars that have a row to be claimed, with the time of the longest waiting."""
    calendar = outbox.c.payload["connection"].as_string()
    query = (
        select(calendar.label("calendar"), func.min(outbox.c.not_before).label("since"))
        .where(outbox.c.kind == Kind.CALENDAR, *_OPEN, outbox.c.not_before <= now, _free(now))
        .where(~_blocked())
        .group_by(calendar)
    )
    return {UUID(row.calendar): row.since for row in await tx.execute(query)}


async def claim(
    tx: Tx,
    *,
    worker: str,
    now: datetime,
    lease: timedelta,
    kinds: Sequence[Kind],
    limit: int = 1,
    calendar: UUID | None = None,
) -> tuple[Claimed, ...]:
    """Take up to `limit` rows that are due, in order of their due time.

    Only rows of the connection `calendar` when it is given.

    A row is due when its time has come, nobody else holds its lease, and no older row of the same
    kind and subject is still open. Two workers never hold one row at the same time; a worker that
    lost its lease is turned away by the fence of `done`, `retry_later` and `give_up`.
    """
    due = (await tx.execute(_due(now, kinds, limit, calendar))).mappings().all()
    claimed = tuple(
        Claimed(
            id=row["id"],
            kind=Kind(row["kind"]),
            subject=row["subject"],
            seq=row["seq"],
            payload=row["payload"],
            attempts=row["attempts"] + 1,
            worker=worker,
            unheard=row["leased_by"] is not None,
            tried=row["leased_by"] is not None or row["last_error"] not in _NOT_TRIED,
        )
        for row in due
    )
    if claimed:
        await tx.execute(
            update(outbox)
            .where(outbox.c.id.in_([row.id for row in claimed]))
            .values(leased_by=worker, lease_until=now + lease, attempts=outbox.c.attempts + 1)
        )
    return claimed


def _blocked() -> ColumnElement[bool]:
    """Whether an older row of the same kind and subject is still open."""
    older = outbox.alias("older")
    return exists().where(
        older.c.subject == outbox.c.subject,
        older.c.kind == outbox.c.kind,
        older.c.seq < outbox.c.seq,
        older.c.done_at.is_(None),
        older.c.gave_up_at.is_(None),
    )


def _due(now: datetime, kinds: Sequence[Kind], limit: int, calendar: UUID | None) -> Select[Any]:
    return (
        select(outbox)
        .where(
            outbox.c.kind.in_([str(kind) for kind in kinds]),
            *_OPEN,
            outbox.c.not_before <= now,
            _free(now),
            ~_blocked(),
            *([] if calendar is None else [_of_calendar(calendar)]),
        )
        .order_by(outbox.c.not_before, outbox.c.seq, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=outbox)
    )


async def done(tx: Tx, row: Claimed, *, now: datetime) -> bool:
    """Close a delivered row; False when the lease was lost to somebody else."""
    return await _close(tx, row, done_at=now, last_error=None)


async def retry_later(tx: Tx, row: Claimed, *, error: str, not_before: datetime) -> bool:
    """Put a row back until `not_before`; False when the lease was lost."""
    return await _close(tx, row, not_before=not_before, last_error=error[:300])


async def give_up(tx: Tx, row: Claimed, *, error: str, now: datetime) -> bool:
    """Close a row that can never be delivered; False when the lease was lost."""
    return await _close(tx, row, gave_up_at=now, last_error=error[:300])


async def _close(tx: Tx, row: Claimed, **values: object) -> bool:
    changed = await tx.execute(_mine(row).values(leased_by=None, lease_until=None, **values))
    return changed.rowcount == 1


def _mine(row: Claimed) -> Update:
    return update(outbox).where(
        outbox.c.id == row.id,
        outbox.c.leased_by == row.worker,
        outbox.c.attempts == row.attempts,
        *_OPEN,
    )


def _free(now: datetime) -> ColumnElement[bool]:
    return or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now)


def _of_calendar(connection: UUID) -> ColumnElement[bool]:
    return outbox.c.dedupe_key.like(f"calendar:%:{connection}:%")


async def prolong(tx: Tx, rows: Sequence[Claimed], *, now: datetime, lease: timedelta) -> None:
    """Keep the leases of rows that are still being delivered."""
    for row in rows:
        await tx.execute(_mine(row).values(lease_until=now + lease))


async def hold_calendar(tx: Tx, connection: UUID, *, not_before: datetime) -> None:
    """Let all rows of a calendar that nobody has in hand wait: it does not answer."""
    await tx.execute(
        update(outbox)
        .where(
            outbox.c.kind == str(Kind.CALENDAR),
            _of_calendar(connection),
            *_OPEN,
            outbox.c.leased_by.is_(None),
            outbox.c.not_before < not_before,
        )
        .values(not_before=not_before)
    )


async def wake_calendar(tx: Tx, connection: UUID, *, now: datetime) -> None:
    """Make all waiting rows of a calendar due: it answers again, or it was repaired."""
    await tx.execute(
        update(outbox)
        .where(
            outbox.c.kind == str(Kind.CALENDAR),
            _of_calendar(connection),
            *_OPEN,
            outbox.c.not_before > now,
        )
        .values(not_before=now)
    )


async def calendar_writes_open(tx: Tx, meetings: Collection[UUID]) -> frozenset[tuple[UUID, UUID]]:
    """Which of these meetings are still to be written to which calendars, also now in hand."""
    subjects = [f"meeting:{one}" for one in meetings]
    query = select(outbox.c.payload).where(
        outbox.c.kind == str(Kind.CALENDAR), outbox.c.subject.in_(subjects), *_OPEN
    )
    found = await tx.scalars(query)
    return frozenset((UUID(one["meeting"]), UUID(one["connection"])) for one in found)


async def has_newer(tx: Tx, row: Claimed) -> bool:
    """Whether an open row of the same kind and subject follows with a higher revision."""
    later = await tx.scalars(
        select(outbox.c.payload).where(
            and_(
                outbox.c.kind == str(row.kind),
                outbox.c.subject == row.subject,
                outbox.c.seq > row.seq,
                *_OPEN,
            )
        )
    )
    mine = int(row.payload["revision"] or 0)
    return any(int(payload["revision"]) > mine for payload in later)
