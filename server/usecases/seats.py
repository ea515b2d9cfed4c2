"""Whether a room that was chosen has a chair for everybody, and what the candidate needs."""

from datetime import datetime
from uuid import UUID, uuid4

from coaching.availability import Facet, Need, RoomNeeds
from coaching.errors import BadInput
from coaching.words import MeetingKind, MeetingStatus
from server.store import attention, availability, holds, meetings, people
from server.store.database import Tx
from server.usecases.access import known_trajectory
from server.usecases.attention import TodoCode
from server.usecases.booking_facts import is_offer
from server.usecases.diaries import needs_of
from server.usecases.slots import Slot
from server.usecases.todos import write_todo

_NAMED = 3  # rooms that a refusal names
_CODE, _CHANGED = TodoCode.ROOM_UNFIT, TodoCode.ROOM_CHANGED
_TO_COME = (MeetingStatus.PROVISIONAL, MeetingStatus.PLANNED)


async def check_room(
    tx: Tx, slot: Slot, kind: MeetingKind, candidate: UUID, *, now: datetime
) -> None:
    """See that the room of a slot is there, large enough, and as the candidate needs it.

    A refusal names at most three rooms that are free then (`rooms`), with their ids (`fits`).

    Raises:
        BadInput: `room_unknown`; `room_too_small`, or `no_room_fits` where no other is free;
            `room_lacks_wheelchair`, `room_lacks_quiet` or `room_lacks_reachable`, or
            `no_room_has_needs`.
    """
    if slot.room is None:
        return
    chosen = await people.room_by_id(tx, slot.room)
    if chosen is None:
        raise BadInput("room_unknown", field="room")
    own = await needs_of_candidate(tx, candidate)
    needs = needs_of(kind, own)
    if _fits(chosen, needs, own):
        return
    lacks = next((one for one in sorted(own) if not _has(chosen, one)), None)
    small = chosen.people < needs.people
    taken = await meetings.rooms_taken(tx, slot.starts_at, slot.ends_at, now=now)
    fits = [r for r in await people.rooms(tx) if r.id not in taken and _fits(r, needs, own)]
    code = "room_too_small" if small else f"room_lacks_{lacks}"
    if not fits:
        code = "no_room_fits" if small else "no_room_has_needs"
        raise BadInput(code, field="room", people=needs.people)
    near = sorted(fits, key=lambda one: one.place_id != chosen.place_id)[:_NAMED]
    names = ", ".join(f"{one.name} ({one.place_name})" for one in near)
    ids = " ".join(str(one.id) for one in near)
    raise BadInput(code, field="room", people=needs.people, rooms=names, fits=ids)


async def flag_rooms(tx: Tx, candidate: UUID, *, now: datetime) -> int:
    """A to-do for each talk to come whose room is too small, or not as the candidate needs it.

    The talks stay: a person chooses another room. A to-do whose room fits by now is done with.
    Gives how many rooms do not fit.
    """
    own = await needs_of_candidate(tx, candidate)
    rooms = {one.id: one for one in await people.rooms(tx)}
    flagged = 0
    for trajectory in await people.trajectories_of(tx, [candidate]):
        for one in await meetings.meetings_of_trajectories(tx, [trajectory.id]):
            room = rooms.get(one.room_id) if one.room_id else None
            if room is None or one.status not in _TO_COME or one.starts_at <= now:
                continue
            if _fits(room, needs_of(MeetingKind(one.kind), own), own):
                await attention.finish_todos(tx, now=now, meeting_id=one.id, codes=[_CODE])
                continue
            flagged += 1
            if not await attention.is_open(tx, one.id, _CODE):
                await _flag(tx, trajectory, one, now=now)
    return flagged


async def flag_talks_in(tx: Tx, before: people.RoomRecord, *, now: datetime) -> int:
    """A to-do for each talk to come in a room that changed and no longer fits it.

    That is a room that is too small now, lacks what the candidate needs, or lost what every talk
    asks for (quiet, private). What it has again is done with. Held times that are only offered are
    left: they go by themselves. Gives how many talks have to go elsewhere.
    """
    room = await people.room_by_id(tx, before.id)
    if room is None:
        return 0
    lost = frozenset(one for one in Facet if getattr(before, one) and not getattr(room, one))
    flagged = 0
    for one in await holds.to_come_in_room(tx, room.id, now):
        if is_offer(one):
            continue
        own = await needs_of_candidate(tx, one.candidate_id)
        needs = needs_of(MeetingKind(one.kind), own)
        code = _CODE if not _fits(room, needs, own) else _CHANGED if lost & needs.facets else None
        flagged += code is not None
        await _settle(tx, room, one, code, now=now)
    return flagged


async def _settle(
    tx: Tx,
    room: people.RoomRecord,
    found: meetings.MeetingRecord,
    code: TodoCode | None,
    *,
    now: datetime,
) -> None:
    """One to-do for a talk whose room does not do; none once the room has what talks ask for."""
    whole = all(getattr(room, one) for one in needs_of(MeetingKind(found.kind)).facets)
    if code is None:
        over = [_CODE, _CHANGED] if whole else [_CODE]
        await attention.finish_todos(tx, now=now, meeting_id=found.id, codes=over)
        return
    told = [await attention.is_open(tx, found.id, one) for one in (_CODE, _CHANGED)]
    if not any(told):
        trajectory = await known_trajectory(tx, found.trajectory_id)
        await _flag(tx, trajectory, found, code=code, now=now)


async def _flag(
    tx: Tx,
    trajectory: people.TrajectoryRecord,
    found: meetings.MeetingRecord,
    *,
    code: TodoCode = _CODE,
    now: datetime,
) -> None:
    await write_todo(
        tx,
        code,
        trajectory,
        about=f"{found.id}:{uuid4()}",  # only where none is open
        due_at=found.starts_at,
        now=now,
        meeting=found.id,
        params={"when": found.local_start.replace("T", " ")},
    )


async def needs_of_candidate(tx: Tx, candidate: UUID) -> frozenset[Need]:
    """What the candidate needs of every room, as it stands in the file."""
    likes = await availability.preference(tx, candidate)
    return frozenset(Need(one) for one in likes.needs) if likes else frozenset()


def _fits(room: people.RoomRecord, needs: RoomNeeds, own: frozenset[Need]) -> bool:
    return room.people >= needs.people and all(_has(room, one) for one in own)


def _has(room: people.RoomRecord, need: Need) -> bool:
    match need.facet:
        case None:
            return True
        case Facet() as facet:
            return bool(getattr(room, facet))
