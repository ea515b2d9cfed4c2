"""The feeds that people subscribe to with their own calendar programs."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, select, update

from server.store.database import Tx
from server.store.rows import many, one
from server.store.schema import (
    calendar_feed,
    candidate,
    meeting,
    meeting_event,
    staff,
    trajectory,
)

_NOT_SHOWN = ("cancelled", "provisional")
_LAST = (
    select(func.max(meeting_event.c.at))
    .where(meeting_event.c.meeting_id == meeting.c.id)
    .scalar_subquery()
)
_LINE = (
    meeting.c.id,
    trajectory.c.number,
    meeting.c.revision,
    meeting.c.starts_at,
    meeting.c.ends_at,
    func.coalesce(_LAST, meeting.c.created_at, type_=meeting.c.created_at.type).label("changed_at"),
    staff.c.name.label("coach_name"),
    candidate.c.name.label("candidate_name"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRecord:
    """A row of `calendar_feed`, without its hash."""

    id: UUID
    kind: str
    owner_id: UUID
    staff_id: UUID
    created_at: datetime
    revoked_at: datetime | None
    read_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedLine:
    """An appointment as a feed shows it. `changed_at` is when something last happened to it."""

    id: UUID
    number: int
    revision: int
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    coach_name: str
    candidate_name: str


async def insert_feed(tx: Tx, **values: Any) -> None:  # noqa: ANN401 -- the columns
    """Add a feed."""
    await tx.execute(insert(calendar_feed).values(**values))


async def feed_behind(tx: Tx, token_hash: bytes) -> FeedRecord | None:
    """The feed that opens with this token and was not revoked."""
    found = calendar_feed.c.token_hash == token_hash
    return await one(tx, _feeds(found), FeedRecord)


async def feeds_of(tx: Tx, owners: Collection[UUID]) -> tuple[FeedRecord, ...]:
    """The open feeds of these people and rooms."""
    return await many(tx, _feeds(calendar_feed.c.owner_id.in_(owners)), FeedRecord)


async def revoke_feeds(tx: Tx, kind: str, owner_id: UUID, *, now: datetime) -> None:
    """Close the feeds of this kind of somebody or of a room."""
    await tx.execute(
        update(calendar_feed)
        .where(
            calendar_feed.c.kind == kind,
            calendar_feed.c.owner_id == owner_id,
            calendar_feed.c.revoked_at.is_(None),
        )
        .values(revoked_at=now)
    )


async def note_read(tx: Tx, feed_id: UUID, *, now: datetime) -> None:
    """Note that a calendar program came by."""
    await tx.execute(update(calendar_feed).where(calendar_feed.c.id == feed_id).values(read_at=now))


async def feed_lines(
    tx: Tx,
    *,
    coach: UUID | None = None,
    room: UUID | None = None,
    after: datetime,
    before: datetime,
) -> tuple[FeedLine, ...]:
    """The appointments of a coach, of a room, or of everybody; what was called off is not there."""
    wanted: list[ColumnElement[bool]] = [
        meeting.c.status.not_in(_NOT_SHOWN),
        meeting.c.starts_at >= after,
        meeting.c.starts_at < before,
    ]
    if coach:
        wanted.append(meeting.c.coach_id == coach)
    if room:
        wanted.append(meeting.c.room_id == room)
    query = (
        select(*_LINE)
        .join(trajectory, trajectory.c.id == meeting.c.trajectory_id)
        .join(staff, staff.c.id == meeting.c.coach_id)
        .join(candidate, candidate.c.id == meeting.c.candidate_id)
        .where(*wanted)
        .order_by(meeting.c.starts_at, meeting.c.id)
    )
    return await many(tx, query, FeedLine)


def _feeds(*wanted: ColumnElement[bool]) -> Any:  # noqa: ANN401 -- a query
    columns = [column for column in calendar_feed.c if column.name != "token_hash"]
    return select(*columns).where(calendar_feed.c.revoked_at.is_(None), *wanted)
