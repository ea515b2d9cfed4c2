"""Hours, absences, limits, travel, opening hours, wishes and busy times, as they are kept."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Table, and_, delete, insert, or_, select, update

from server.store.database import Tx
from server.store.meetings import takes_time
from server.store.rows import many, one
from server.store.schema import (
    busy,
    candidate_preference,
    coach_absence,
    coach_day,
    coach_hours,
    coach_limits,
    meeting,
    remote_object,
    room,
    room_hours,
    room_office,
    travel,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursRecord:
    """A line of a coach's or a room's week."""

    owner: UUID
    weekday: int
    opens: str
    closes: str
    place_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRecord:
    """A line of a coach's hours on one day."""

    staff_id: UUID
    day: date
    opens: str | None
    closes: str | None
    place_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceRecord:
    """A row of `coach_absence`."""

    id: UUID
    staff_id: UUID
    starts_at: datetime
    ends_at: datetime
    all_day: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsRecord:
    """A row of `coach_limits`."""

    staff_id: UUID
    before_minutes: int
    after_minutes: int
    talks_a_day: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferenceRecord:
    """A row of `candidate_preference`."""

    candidate_id: UUID
    days: list[int]
    parts: list[str]
    mode: str | None
    zone: str | None
    channel: str | None
    asked_at: datetime | None
    needs: list[str]
    near_place_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyRecord:
    """A row of `busy`."""

    owner_id: UUID
    starts_at: datetime
    ends_at: datetime
    kind: str
    place_id: UUID | None
    elsewhere: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenRecord:
    """A meeting, or a time that is held, with whom and what it takes."""

    id: UUID
    coach_id: UUID
    candidate_id: UUID
    room_id: UUID | None
    place_id: UUID | None
    starts_at: datetime
    ends_at: datetime


async def hours_of(tx: Tx, coaches: Collection[UUID]) -> tuple[HoursRecord, ...]:
    """The weeks of these coaches, in order of day and time."""
    query = (
        select(
            coach_hours.c.staff_id.label("owner"),
            coach_hours.c.weekday,
            coach_hours.c.opens,
            coach_hours.c.closes,
            coach_hours.c.place_id,
        )
        .where(coach_hours.c.staff_id.in_(coaches))
        .order_by(coach_hours.c.weekday, coach_hours.c.opens)
    )
    return await many(tx, query, HoursRecord)


async def replace_hours(tx: Tx, coach: UUID, lines: Sequence[Mapping[str, Any]]) -> None:
    """Put these lines in the place of a coach's week."""
    await _replace(tx, coach_hours, {"staff_id": coach}, lines)


async def days_of(tx: Tx, coaches: Collection[UUID], *, since: date) -> tuple[DayRecord, ...]:
    """The days with other hours, from `since` on."""
    query = (
        select(
            coach_day.c.staff_id,
            coach_day.c.day,
            coach_day.c.opens,
            coach_day.c.closes,
            coach_day.c.place_id,
        )
        .where(coach_day.c.staff_id.in_(coaches), coach_day.c.day >= since)
        .order_by(coach_day.c.day, coach_day.c.opens)
    )
    return await many(tx, query, DayRecord)


async def replace_day(tx: Tx, coach: UUID, day: date, lines: Sequence[Mapping[str, Any]]) -> None:
    """Put these lines in the place of a coach's hours on one day."""
    await _replace(tx, coach_day, {"staff_id": coach, "day": day}, lines)


async def absences_of(
    tx: Tx, coaches: Collection[UUID], *, after: datetime
) -> tuple[AbsenceRecord, ...]:
    """The absences of these coaches that end after a moment."""
    query = (
        select(coach_absence)
        .where(coach_absence.c.staff_id.in_(coaches), coach_absence.c.ends_at > after)
        .order_by(coach_absence.c.starts_at)
    )
    return await many(tx, query, AbsenceRecord)


async def absence_by_id(tx: Tx, absence: UUID) -> AbsenceRecord | None:
    """Which absence this is."""
    return await one(tx, select(coach_absence).where(coach_absence.c.id == absence), AbsenceRecord)


async def insert_absence(tx: Tx, **values: Any) -> UUID:  # noqa: ANN401 -- the columns
    """Add an absence."""
    new_id = uuid4()
    await tx.execute(insert(coach_absence).values(id=new_id, **values))
    return new_id


async def delete_absence(tx: Tx, absence: UUID) -> None:
    """Take an absence away."""
    await tx.execute(delete(coach_absence).where(coach_absence.c.id == absence))


async def limits_of(tx: Tx, coaches: Collection[UUID]) -> dict[UUID, LimitsRecord]:
    """The limits of those of these coaches that have any."""
    query = select(coach_limits).where(coach_limits.c.staff_id.in_(coaches))
    return {one.staff_id: one for one in await many(tx, query, LimitsRecord)}


async def set_limits(tx: Tx, coach: UUID, **values: Any) -> None:  # noqa: ANN401 -- the columns
    """Replace a coach's limits."""
    await _replace(tx, coach_limits, {"staff_id": coach}, [values], with_id=False)


async def room_hours_of(tx: Tx) -> tuple[HoursRecord, ...]:
    """The opening hours of all rooms."""
    query = select(
        room_hours.c.room_id.label("owner"),
        room_hours.c.weekday,
        room_hours.c.opens,
        room_hours.c.closes,
        room.c.place_id,
    ).join(room, room.c.id == room_hours.c.room_id)
    return await many(tx, query.order_by(room_hours.c.weekday, room_hours.c.opens), HoursRecord)


async def offices(tx: Tx) -> dict[UUID, frozenset[UUID]]:
    """Whose own office a room is, for the rooms that are one."""
    found: dict[UUID, set[UUID]] = {}
    for row in (await tx.execute(select(room_office))).all():
        found.setdefault(row.room_id, set()).add(row.staff_id)
    return {room_id: frozenset(people) for room_id, people in found.items()}


async def replace_room(
    tx: Tx,
    room_id: UUID,
    *,
    seats: int,
    facets: Mapping[str, bool],
    office_of: Collection[UUID],
    hours: Sequence[Mapping[str, Any]],
) -> None:
    """Replace the seats, facets, owners and opening hours of a room."""
    await tx.execute(update(room).where(room.c.id == room_id).values(people=seats, **facets))
    owners = [{"staff_id": person} for person in office_of]
    await _replace(tx, room_office, {"room_id": room_id}, owners, with_id=False)
    await _replace(tx, room_hours, {"room_id": room_id}, hours)


async def travel_minutes(tx: Tx) -> dict[tuple[UUID, UUID], int]:
    """Minutes by pair of places."""
    rows = (await tx.execute(select(travel))).all()
    return {(row.place_a, row.place_b): row.minutes for row in rows}


async def set_travel(tx: Tx, one_place: UUID, other: UUID, minutes: int) -> None:
    """Set the minutes of a pair, both ways."""
    await tx.execute(
        delete(travel).where(
            or_(
                and_(travel.c.place_a == one_place, travel.c.place_b == other),
                and_(travel.c.place_a == other, travel.c.place_b == one_place),
            )
        )
    )
    await tx.execute(insert(travel).values(place_a=one_place, place_b=other, minutes=minutes))


async def preference(tx: Tx, candidate_id: UUID) -> PreferenceRecord | None:
    """What a candidate prefers."""
    query = select(candidate_preference).where(candidate_preference.c.candidate_id == candidate_id)
    return await one(tx, query, PreferenceRecord)


async def set_preference(tx: Tx, candidate_id: UUID, **values: Any) -> None:  # noqa: ANN401 -- the columns
    """Change what a candidate prefers; what is not given stays as it was."""
    if await preference(tx, candidate_id) is None:
        values = {"days": [], "parts": [], "needs": [], **values}
        await tx.execute(insert(candidate_preference).values(candidate_id=candidate_id, **values))
        return
    of = candidate_preference.c.candidate_id == candidate_id
    await tx.execute(update(candidate_preference).where(of).values(**values))


async def busy_of(
    tx: Tx, owners: Collection[UUID], start: datetime, end: datetime
) -> tuple[BusyRecord, ...]:
    """The busy times of these coaches and rooms that touch [start, end)."""
    query = select(
        busy.c.owner_id,
        busy.c.starts_at,
        busy.c.ends_at,
        busy.c.kind,
        busy.c.place_id,
        busy.c.elsewhere,
    ).where(busy.c.owner_id.in_(owners), busy.c.starts_at < end, busy.c.ends_at > start)
    return await many(tx, query, BusyRecord)


async def kinds_between(
    tx: Tx,
    owners: Collection[UUID],
    start: datetime,
    end: datetime,
    *,
    besides: Collection[str] = (),
) -> frozenset[str]:
    """What kinds of busy times touch [start, end); `besides` are hashes of UIDs not to look at."""
    query = (
        select(busy.c.kind)
        .outerjoin(remote_object, remote_object.c.id == busy.c.object_id)
        .where(busy.c.owner_id.in_(owners), busy.c.starts_at < end, busy.c.ends_at > start)
        .distinct()
    )
    if besides:
        hashed = remote_object.c.uid_hash
        query = query.where(or_(hashed.is_(None), hashed.not_in(besides)))
    return frozenset(await tx.scalars(query))


async def replace_busy_of(
    tx: Tx, owner: UUID, source: str, lines: Sequence[Mapping[str, Any]]
) -> None:
    """Put these busy times in the place of what `source` said before."""
    await _replace(tx, busy, {"owner_id": owner, "source": source}, lines)


async def taken_between(
    tx: Tx, start: datetime, end: datetime, *, now: datetime
) -> tuple[TakenRecord, ...]:
    """Every meeting and held time that touches [start, end)."""
    query = (
        select(
            meeting.c.id,
            meeting.c.coach_id,
            meeting.c.candidate_id,
            meeting.c.room_id,
            room.c.place_id,
            meeting.c.starts_at,
            meeting.c.ends_at,
        )
        .outerjoin(room, room.c.id == meeting.c.room_id)
        .where(takes_time(now), meeting.c.starts_at < end, meeting.c.ends_at > start)
    )
    return await many(tx, query, TakenRecord)


async def _replace(
    tx: Tx,
    table: Table,
    of: Mapping[str, Any],
    lines: Sequence[Mapping[str, Any]],
    *,
    with_id: bool = True,
) -> None:
    await tx.execute(delete(table).where(*(table.c[name] == value for name, value in of.items())))
    rows = [{**of, **line, **({"id": uuid4()} if with_id else {})} for line in lines]
    if rows:
        await tx.execute(insert(table), rows)
