"""Staff, candidates, trajectories, places and rooms."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, func, insert, select, update

from server.store.database import Tx
from server.store.rows import many, one
from server.store.schema import candidate, place, room, staff, trajectory

_FIRST_NUMBER = 1001


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRecord:
    """A row of `staff`."""

    id: UUID
    name: str
    email: str
    phone: str
    roles: list[str]
    language: str
    password_hash: str | None
    active: bool
    created_at: datetime
    hides_address: bool
    helps_at_once: bool
    comfort: str | None
    comfort_since: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateRecord:
    """A row of `candidate`."""

    id: UUID
    name: str
    email: str | None
    phone: str | None
    language: str
    skill: str
    skill_source: str
    skill_since: date
    created_at: datetime
    comfort: str | None = None  # coaching.words.Comfort
    comfort_source: str | None = None
    comfort_since: date | None = None
    erased_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrajectoryRecord:
    """A row of `trajectory`, with the coach's name."""

    id: UUID
    number: int
    candidate_id: UUID
    coach_id: UUID
    coach_name: str
    talks: int
    minutes: int
    state: str
    created_at: datetime
    kind: str
    profile: str
    cadence_days: int | None
    paused_days: int
    paused_since: datetime | None
    resumed_at: datetime | None
    consent_asked_at: datetime | None
    coach_consented_at: datetime | None
    candidate_consented_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomRecord:
    """A row of `room`, with its place."""

    id: UUID
    name: str
    people: int
    place_id: UUID
    place_name: str
    place_address: str
    place_route: str
    quiet: bool
    private: bool
    reachable: bool
    wheelchair: bool


async def insert_staff(tx: Tx, **values: Any) -> UUID:  # noqa: ANN401 -- the columns of `staff`
    """Add a member of staff; a second one with the same e-mail address is a `Conflict`."""
    return await _insert(tx, staff, values)


async def staff_by_email(tx: Tx, email: str) -> StaffRecord | None:
    """Who has this address (in lower case)."""
    return await one(tx, select(staff).where(staff.c.email == email), StaffRecord)


async def staff_by_id(tx: Tx, staff_id: UUID) -> StaffRecord | None:
    """Who this is."""
    return await one(tx, select(staff).where(staff.c.id == staff_id), StaffRecord)


async def active_staff(tx: Tx) -> tuple[StaffRecord, ...]:
    """Everybody who may sign in, by name."""
    return await many(tx, select(staff).where(staff.c.active).order_by(staff.c.name), StaffRecord)


async def keep_password_hash(tx: Tx, staff_id: UUID, password_hash: str) -> None:
    """Replace a hash by one of today's strength."""
    await tx.execute(
        update(staff).where(staff.c.id == staff_id).values(password_hash=password_hash)
    )


async def keep_hides_address(tx: Tx, staff_id: UUID, *, hides: bool) -> None:
    """Whether the other side of a talk must not learn where this one is."""
    await tx.execute(update(staff).where(staff.c.id == staff_id).values(hides_address=hides))


async def keep_own_comfort(tx: Tx, staff_id: UUID, comfort: str, *, since: date) -> None:
    """Keep how at ease a member of staff is with far talks."""
    values = {"comfort": comfort, "comfort_since": since}
    await tx.execute(update(staff).where(staff.c.id == staff_id).values(**values))


async def keep_helps_at_once(tx: Tx, staff_id: UUID, *, helps: bool) -> None:
    """Whether this one may be asked to practise together at once (E26)."""
    await tx.execute(update(staff).where(staff.c.id == staff_id).values(helps_at_once=helps))


async def insert_candidate(tx: Tx, **values: Any) -> UUID:  # noqa: ANN401 -- the columns
    """Add a candidate."""
    return await _insert(tx, candidate, values)


async def candidate_by_id(tx: Tx, candidate_id: UUID) -> CandidateRecord | None:
    """Who this is."""
    query = select(candidate).where(candidate.c.id == candidate_id)
    return await one(tx, query, CandidateRecord)


async def candidate_to_change(tx: Tx, candidate_id: UUID) -> CandidateRecord | None:
    """Who this is, kept from others until the transaction ends."""
    query = select(candidate).where(candidate.c.id == candidate_id).with_for_update()
    return await one(tx, query, CandidateRecord)


async def candidates(tx: Tx, *, of_coach: UUID | None) -> tuple[CandidateRecord, ...]:
    """All candidates by name, or those with a trajectory of one coach; nobody who was erased."""
    query = select(candidate).where(candidate.c.erased_at.is_(None))
    query = query.order_by(candidate.c.name, candidate.c.id)
    if of_coach:
        own = select(trajectory.c.candidate_id).where(trajectory.c.coach_id == of_coach)
        query = query.where(candidate.c.id.in_(own))
    return await many(tx, query, CandidateRecord)


async def insert_trajectory(tx: Tx, **values: Any) -> UUID:  # noqa: ANN401 -- the columns
    """Start a trajectory under the next free number."""
    newest = await tx.scalar(select(func.max(trajectory.c.number)))
    return await _insert(tx, trajectory, {**values, "number": (newest or _FIRST_NUMBER - 1) + 1})


async def trajectory_by_id(tx: Tx, trajectory_id: UUID) -> TrajectoryRecord | None:
    """Which trajectory this is."""
    return await one(tx, _trajectories().where(trajectory.c.id == trajectory_id), TrajectoryRecord)


async def trajectories_of(tx: Tx, candidate_ids: Collection[UUID]) -> tuple[TrajectoryRecord, ...]:
    """The trajectories of these candidates, oldest first."""
    query = _trajectories().where(trajectory.c.candidate_id.in_(candidate_ids))
    return await many(tx, query.order_by(trajectory.c.number), TrajectoryRecord)


async def trajectories_of_coach(tx: Tx, coach: UUID) -> tuple[TrajectoryRecord, ...]:
    """The trajectories of a coach, oldest first."""
    query = _trajectories().where(trajectory.c.coach_id == coach)
    return await many(tx, query.order_by(trajectory.c.number), TrajectoryRecord)


async def running_trajectories(tx: Tx) -> tuple[TrajectoryRecord, ...]:
    """Every trajectory that runs, oldest first."""
    query = _trajectories().where(trajectory.c.state == "active")
    return await many(tx, query.order_by(trajectory.c.number), TrajectoryRecord)


async def trajectory_to_change(tx: Tx, trajectory_id: UUID) -> TrajectoryRecord | None:
    """Which trajectory this is, kept from others until the transaction ends."""
    query = _trajectories().where(trajectory.c.id == trajectory_id)
    return await one(tx, query.with_for_update(of=trajectory), TrajectoryRecord)


async def change_trajectory(tx: Tx, trajectory_id: UUID, **values: Any) -> None:  # noqa: ANN401 -- the columns
    """Write new values into a trajectory."""
    await tx.execute(update(trajectory).where(trajectory.c.id == trajectory_id).values(**values))


async def insert_place(tx: Tx, **values: Any) -> UUID:  # noqa: ANN401 -- the columns
    """Add a place."""
    return await _insert(tx, place, values)


async def insert_room(tx: Tx, **values: Any) -> UUID:  # noqa: ANN401 -- the columns
    """Add a room."""
    return await _insert(tx, room, values)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceRecord:
    """A place, for a list to choose from."""

    id: UUID
    name: str
    address: str


async def places(tx: Tx) -> tuple[PlaceRecord, ...]:
    """All places, by name."""
    query = select(place.c.id, place.c.name, place.c.address).order_by(place.c.name)
    return await many(tx, query, PlaceRecord)


async def place_exists(tx: Tx, place_id: UUID) -> bool:
    """Whether there is such a place."""
    return await tx.scalar(select(place.c.id).where(place.c.id == place_id)) is not None


async def room_by_id(tx: Tx, room_id: UUID) -> RoomRecord | None:
    """Which room this is, and where."""
    return await one(tx, _rooms().where(room.c.id == room_id), RoomRecord)


async def rooms(tx: Tx) -> tuple[RoomRecord, ...]:
    """All rooms, by place and name."""
    return await many(tx, _rooms().order_by(place.c.name, room.c.name), RoomRecord)


def _trajectories() -> Select[Any]:
    return select(trajectory, staff.c.name.label("coach_name")).join(
        staff, staff.c.id == trajectory.c.coach_id
    )


def _rooms() -> Select[Any]:
    return select(
        room,
        place.c.name.label("place_name"),
        place.c.address.label("place_address"),
        place.c.route.label("place_route"),
    ).join(place, place.c.id == room.c.place_id)


async def _insert(tx: Tx, table: Any, values: dict[str, Any]) -> UUID:  # noqa: ANN401 -- a table
    new_id = uuid4()
    await tx.execute(insert(table).values(id=new_id, **values))
    return new_id
