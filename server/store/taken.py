"""Whether a time is taken, in one reading and without a lock: the quick no before the real answer.

A no is final enough to tell a person. A yes is none: the booking's own transaction looks again
under its locks, and the database itself has the last word.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    String,
    Uuid,
    bindparam,
    exists,
    or_,
    select,
)

from server.store.database import Tx
from server.store.keys import KeyedRequest
from server.store.meetings import takes_time
from server.store.schema import Instant, idempotency, meeting, trajectory


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Whose trajectory it is, and the code of the first of the three that is taken."""

    coach: UUID
    code: str


def _key_is_new() -> ColumnElement[bool]:
    return ~exists().where(
        idempotency.c.actor == bindparam("actor", type_=String),
        idempotency.c.route == bindparam("route", type_=String),
        idempotency.c.key == bindparam("key", type_=String),
    )


_NOW = bindparam("now", type_=Instant)
_OVERLAPPING = (
    select(
        trajectory.c.coach_id,
        (meeting.c.coach_id == trajectory.c.coach_id).label("coach_is"),
        (meeting.c.candidate_id == trajectory.c.candidate_id).label("candidate_is"),
    )
    .join(
        meeting,
        or_(
            meeting.c.coach_id == trajectory.c.coach_id,
            meeting.c.candidate_id == trajectory.c.candidate_id,
            meeting.c.room_id == bindparam("room", type_=Uuid),  # NULL is no room
        ),
    )
    .where(
        trajectory.c.id == bindparam("trajectory", type_=Uuid),
        meeting.c.starts_at < bindparam("ends_at", type_=Instant),
        meeting.c.ends_at > bindparam("starts_at", type_=Instant),
        takes_time(_NOW),
        _key_is_new(),
    )
)


async def taken_at_a_glance(
    tx: Tx,
    asked: KeyedRequest,
    *,
    trajectory_id: UUID,
    room: UUID | None,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> Taken | None:
    """What another meeting takes already; None when nothing is seen, or `asked` has its answer."""
    values = {
        "actor": asked.actor,
        "route": asked.route,
        "key": asked.key,
        "trajectory": trajectory_id,
        "room": room,
        "starts_at": starts_at,
        "ends_at": ends_at,
        "now": now,
    }
    found = (await tx.execute(_OVERLAPPING, values)).all()
    if not found:
        return None
    if any(row.coach_is for row in found):
        return Taken(coach=found[0].coach_id, code="coach_taken")
    candidate = any(row.candidate_is for row in found)
    code = "candidate_taken" if candidate else "room_taken"
    return Taken(coach=found[0].coach_id, code=code)
