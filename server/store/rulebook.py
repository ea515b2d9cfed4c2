"""Versions of the rules' numbers, and recorded exceptions to the rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, and_, insert, or_, select, update

from server.store.database import Tx
from server.store.rows import many, one
from server.store.schema import (
    candidate,
    exception_record,
    meeting,
    settings_version,
    staff,
    trajectory,
)

_second = staff.alias("second")


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRecord:
    """A row of `settings_version`, with who made it."""

    version: int
    starts_on: date
    numbers: dict[str, int]
    staff_name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRow:
    """A row of `exception_record`, with names. `used` while what was booked on it is not off."""

    id: UUID
    trajectory_id: UUID
    trajectory_number: int
    coach_id: UUID
    candidate_id: UUID
    candidate_name: str
    rule: str
    code: str
    reason: str
    asked_by: UUID
    asked_by_name: str
    asked_at: datetime
    second_id: UUID | None
    second_name: str | None
    second_at: datetime | None
    people_needed: int
    valid_until: date | None
    used_by: UUID | None
    used: bool
    settings_version: int
    ended_at: datetime | None


async def versions(tx: Tx) -> tuple[VersionRecord, ...]:
    """All saved versions, oldest first."""
    query = (
        select(
            settings_version.c.version,
            settings_version.c.starts_on,
            settings_version.c.numbers,
            staff.c.name.label("staff_name"),
            settings_version.c.at,
        )
        .join(staff, staff.c.id == settings_version.c.staff_id)
        .order_by(settings_version.c.version)
    )
    return await many(tx, query, VersionRecord)


async def insert_version(
    tx: Tx,
    version: int,
    *,
    starts_on: date,
    numbers: Mapping[str, int],
    staff_id: UUID,
    now: datetime,
) -> None:
    """Add a version; whoever adds one keeps the others waiting, so numbers never clash."""
    await tx.execute(
        insert(settings_version).values(
            version=version,
            starts_on=starts_on,
            numbers=dict(numbers),
            staff_id=staff_id,
            at=now,
        )
    )


async def insert_exception(tx: Tx, **values: Any) -> UUID:  # noqa: ANN401 -- the columns
    """Record an exception."""
    new_id = uuid4()
    await tx.execute(insert(exception_record).values(id=new_id, **values))
    return new_id


async def exception_by_id(tx: Tx, exception: UUID) -> ExceptionRow | None:
    """Which exception this is."""
    return await one(tx, _exceptions().where(exception_record.c.id == exception), ExceptionRow)


async def exceptions_of(tx: Tx, trajectory_id: UUID) -> tuple[ExceptionRow, ...]:
    """The exceptions of a trajectory, oldest first."""
    query = _exceptions().where(exception_record.c.trajectory_id == trajectory_id)
    return await many(tx, query.order_by(exception_record.c.asked_at), ExceptionRow)


async def exceptions(
    tx: Tx, *, coach: UUID | None = None, candidate_id: UUID | None = None
) -> tuple[ExceptionRow, ...]:
    """Exceptions, newest first: all, of one coach's people, or of one candidate."""
    query = _exceptions().order_by(exception_record.c.asked_at.desc(), exception_record.c.id)
    if coach:
        query = query.where(trajectory.c.coach_id == coach)
    if candidate_id:
        query = query.where(trajectory.c.candidate_id == candidate_id)
    return await many(tx, query, ExceptionRow)


async def change_exception(tx: Tx, exception: UUID, **values: Any) -> bool:  # noqa: ANN401 -- the columns
    """Write new values into an exception that has not ended; False when it has."""
    done = await tx.execute(
        update(exception_record)
        .where(exception_record.c.id == exception, exception_record.c.ended_at.is_(None))
        .values(**values)
    )
    return done.rowcount == 1


def _exceptions() -> Select[Any]:
    used = and_(
        exception_record.c.used_by.is_not(None),
        or_(meeting.c.status.is_(None), meeting.c.status != "cancelled"),
    )
    return (
        select(
            exception_record,
            trajectory.c.number.label("trajectory_number"),
            trajectory.c.coach_id,
            trajectory.c.candidate_id,
            candidate.c.name.label("candidate_name"),
            staff.c.name.label("asked_by_name"),
            _second.c.name.label("second_name"),
            used.label("used"),
        )
        .join(trajectory, trajectory.c.id == exception_record.c.trajectory_id)
        .join(candidate, candidate.c.id == trajectory.c.candidate_id)
        .join(staff, staff.c.id == exception_record.c.asked_by)
        .outerjoin(_second, _second.c.id == exception_record.c.second_id)
        .outerjoin(meeting, meeting.c.id == exception_record.c.used_by)
    )
