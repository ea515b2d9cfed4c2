"""What the form of a booking shows: one person, whom they talk with, and the rooms."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Uuid, bindparam, exists, select

from server.store.database import Tx
from server.store.rows import many
from server.store.schema import (
    candidate,
    candidate_preference,
    meeting,
    place,
    room,
    room_office,
    staff,
    trajectory,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairingRecord:
    """A candidate with one of their trajectories."""

    candidate_name: str
    id: UUID
    number: int
    state: str
    coach_id: UUID
    coach_name: str
    minutes: int
    acquainted: bool
    needs: list[str] | None  # of every room, for this candidate


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomNameRecord:
    """A room to choose from; once for each whose own office it is (E21), else with nobody."""

    id: UUID
    name: str
    place_name: str
    people: int
    office_of: str | None


def _met() -> ColumnElement[bool]:
    return exists().where(
        meeting.c.trajectory_id == trajectory.c.id,
        meeting.c.coach_id == trajectory.c.coach_id,
        meeting.c.kind == "acquaintance",
        meeting.c.mode == "offline",
        meeting.c.status == "held",
    )


_PAIRINGS = (
    select(
        candidate.c.name.label("candidate_name"),
        trajectory.c.id,
        trajectory.c.number,
        trajectory.c.state,
        trajectory.c.coach_id,
        staff.c.name.label("coach_name"),
        trajectory.c.minutes,
        _met().label("acquainted"),
        candidate_preference.c.needs,
    )
    .join(trajectory, trajectory.c.candidate_id == candidate.c.id)
    .join(staff, staff.c.id == trajectory.c.coach_id)
    .outerjoin(candidate_preference, candidate_preference.c.candidate_id == candidate.c.id)
    .where(candidate.c.id == bindparam("candidate", type_=Uuid))
    .order_by(trajectory.c.number)
)
_OFFICES = (
    select(room_office.c.room_id, staff.c.name)
    .join(staff, staff.c.id == room_office.c.staff_id)
    .where(staff.c.active)
    .subquery()
)
_ROOMS = (
    select(
        *(room.c.id, room.c.name, place.c.name.label("place_name"), room.c.people),
        _OFFICES.c.name.label("office_of"),
    )
    .join(place, place.c.id == room.c.place_id)
    .outerjoin(_OFFICES, _OFFICES.c.room_id == room.c.id)
    .order_by(place.c.name, room.c.name, room.c.id, _OFFICES.c.name)
)


async def pairings_of(
    tx: Tx, candidate_id: UUID, *, coach: UUID | None
) -> tuple[PairingRecord, ...]:
    """A candidate with each of their trajectories, with any coach or with one, oldest first."""
    found = await many(tx, _PAIRINGS, PairingRecord, {"candidate": candidate_id})
    return tuple(one for one in found if coach is None or one.coach_id == coach)


async def room_names(tx: Tx) -> tuple[RoomNameRecord, ...]:
    """All rooms by place and name."""
    return await many(tx, _ROOMS, RoomNameRecord)
