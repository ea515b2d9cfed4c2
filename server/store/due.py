"""What a timer looks for: talks to come, talks to which nobody came, trajectories that run."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, exists, or_, select

from server.store.database import Tx
from server.store.rows import many
from server.store.schema import invitation, login_session, meeting, moment, todo, trajectory


@dataclass(frozen=True, slots=True, kw_only=True)
class ComingRecord:
    """A planned meeting, and since when its candidate knows of this time."""

    id: UUID
    candidate_id: UUID
    revision: int
    starts_at: datetime
    told_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedRecord:
    """A meeting and when it began."""

    id: UUID
    starts_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FlaggedRecord:
    """A meeting about which something was to be done by `due_at`."""

    id: UUID
    revision: int
    due_at: datetime


async def coming(tx: Tx, after: datetime, before: datetime) -> tuple[ComingRecord, ...]:
    """The planned meetings of active trajectories that start between two moments."""
    query = (
        select(
            meeting.c.id,
            meeting.c.candidate_id,
            meeting.c.revision,
            meeting.c.starts_at,
            invitation.c.created_at.label("told_at"),
        )
        .join(
            invitation,
            and_(
                invitation.c.meeting_id == meeting.c.id,
                invitation.c.revision == meeting.c.revision,
                invitation.c.revoked_at.is_(None),
            ),
        )
        .join(trajectory, trajectory.c.id == meeting.c.trajectory_id)
        .where(
            meeting.c.status == "planned",
            trajectory.c.state == "active",
            meeting.c.starts_at > after,
            meeting.c.starts_at < before,
        )
    )
    return await many(tx, query, ComingRecord)


async def not_come(
    tx: Tx, *, since: datetime, opened_since: datetime, until: datetime, mode: str, marked: str
) -> tuple[StartedRecord, ...]:
    """Meetings that began in [since, until] and are marked so, or were never opened.

    The second only of this mode and from `opened_since`: an opening is forgotten in time.
    """
    came = exists().where(
        invitation.c.meeting_id == meeting.c.id,
        login_session.c.invitation_id == invitation.c.id,
    )
    never_opened = and_(
        meeting.c.status == "planned",
        meeting.c.mode == mode,
        meeting.c.starts_at >= opened_since,
        ~came,
    )
    query = select(meeting.c.id, meeting.c.starts_at).where(
        meeting.c.starts_at >= since,
        meeting.c.starts_at <= until,
        or_(meeting.c.status == marked, never_opened),
    )
    return await many(tx, query, StartedRecord)


async def flagged(tx: Tx, code: str, *, now: datetime) -> tuple[FlaggedRecord, ...]:
    """Planned meetings to come with an open to-do of this code whose time is up."""
    query = (
        select(meeting.c.id, meeting.c.revision, todo.c.due_at)
        .join(todo, todo.c.meeting_id == meeting.c.id)
        .where(
            todo.c.code == code,
            todo.c.done_at.is_(None),
            todo.c.due_at <= now,
            meeting.c.status == "planned",
            meeting.c.starts_at > now,
        )
    )
    return await many(tx, query, FlaggedRecord)


async def active_trajectories(tx: Tx) -> tuple[UUID, ...]:
    """The trajectories that run."""
    query = select(trajectory.c.id).where(trajectory.c.state == "active")
    return tuple(await tx.scalars(query.order_by(trajectory.c.number)))


async def forget_moments(tx: Tx, *, before: datetime) -> None:
    """Forget the moments of long ago; nothing looks that far back."""
    await tx.execute(moment.delete().where(moment.c.at < before))
