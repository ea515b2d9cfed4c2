"""What the form of a booking starts from; only that, because a refused booking shows it again."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from coaching.access import limited_to
from coaching.availability import Need
from coaching.errors import NotFound
from coaching.words import TrajectoryState
from server.store import booking_form as store
from server.store import people
from server.store.database import Tx
from server.usecases.context import CandidateId, Parts, RoomId, StaffActor, StaffId, TrajectoryId
from server.usecases.people import RoomView

_AT_REST = (TrajectoryState.PAUSED, TrajectoryState.RESTRICTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """A trajectory with its coach."""

    id: TrajectoryId
    number: str  # "T-1234"
    coach_id: StaffId
    coach_name: str
    minutes: int
    acquainted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingForm:
    """Whom a booking is for, with whom, and where."""

    id: CandidateId
    name: str
    active: tuple[Pairing, ...]
    at_rest: tuple[Pairing, ...]  # paused or restricted: nothing is booked for them (R29)
    needs: tuple[Need, ...]  # of every room
    rooms: tuple[RoomView, ...]


async def open_booking_form(parts: Parts, actor: StaffActor, candidate: CandidateId) -> BookingForm:
    """Everything the form shows; a coach sees the own trajectories. Reads only.

    Raises:
        NotFound: no such candidate, or not one of this coach.
    """
    own = limited_to(actor)
    async with parts.database.glance() as tx:
        shown = await store.pairings_of(tx, candidate, coach=own)
        name = shown[0].candidate_name if shown else await _name_of(tx, candidate, own)
        rooms = await store.room_names(tx)
    return BookingForm(
        id=candidate,
        name=name,
        active=tuple(_pairing(one) for one in shown if one.state == TrajectoryState.ACTIVE),
        at_rest=tuple(_pairing(one) for one in shown if one.state in _AT_REST),
        needs=tuple(sorted(Need(one) for one in (shown[0].needs or ())) if shown else ()),
        rooms=_rooms(rooms),
    )


def _rooms(found: Iterable[store.RoomNameRecord]) -> tuple[RoomView, ...]:
    """Each room once, with all whose own office it is."""
    by_room = groupby(found, key=lambda line: line.id)
    return tuple(
        RoomView(
            id=RoomId(room),
            name=lines[0].name,
            place_name=lines[0].place_name,
            people=lines[0].people,
            office_of=tuple(line.office_of for line in lines if line.office_of),
        )
        for room, lines in ((room, list(lines)) for room, lines in by_room)
    )


async def _name_of(tx: Tx, candidate: CandidateId, own: UUID | None) -> str:
    """Of somebody without a trajectory: no coach has them, a planner may have just added them."""
    found = None if own else await people.candidate_by_id(tx, candidate)
    if found is None:
        raise NotFound("candidate_unknown")
    return found.name


def _pairing(found: store.PairingRecord) -> Pairing:
    return Pairing(
        id=TrajectoryId(found.id),
        number=f"T-{found.number}",
        coach_id=StaffId(found.coach_id),
        coach_name=found.coach_name,
        minutes=found.minutes,
        acquainted=found.acquainted,
    )
