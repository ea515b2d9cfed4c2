"""What a plan is made and judged with, read from the store once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from coaching.availability_request import FreeTime, Obstacle, TimeRequest
from coaching.errors import BadInput, Conflict
from coaching.facts import BookingFacts, Known, TalkWish
from coaching.plan_judging import Draft, Plan, PlanGrounds, judge_plan
from coaching.verdict import Text
from coaching.wall_time import to_wall
from coaching.words import MeetingKind, Mode
from server.store import availability, keys, meetings, people
from server.store.database import Tx
from server.usecases.booking_facts import Asked, File, read_file
from server.usecases.context import Parts, RoomId, StaffActor, TrajectoryId
from server.usecases.diaries import Diaries, needs_of, open_diaries
from server.usecases.numbers import all_numbers, numbers_at
from server.usecases.seats import check_room
from server.usecases.slots import Slot, check_slot

_LEAST_DAYS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """One meeting of a plan; the planner may change every field before booking."""

    kind: MeetingKind
    mode: Mode
    starts_local: datetime  # wall time of the organisation
    minutes: int
    room: RoomId | None
    office_reason: str = ""  # why in the coach's own office (E21)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The file, the diaries and the grounds of one trajectory."""

    file: File
    diaries: Diaries
    grounds: PlanGrounds


async def open_grounds(
    parts: Parts,
    tx: Tx,
    trajectory: people.TrajectoryRecord,
    *,
    until: date,
    wish: TalkWish | None = None,
    now: datetime,
) -> Ready:
    """Read everything that plans of this trajectory up to a day are made with.

    `wish` is what the candidate answered to R18 for this plan; without it the rule asks.
    """
    settings = await numbers_at(tx, now, parts.settings.tz)
    today = to_wall(now, settings.zone).date()
    file = await read_file(tx, trajectory)
    diaries = await open_diaries(
        tx,
        settings,
        coaches=[trajectory.coach_id],
        candidate=trajectory.candidate_id,
        now=now,
        for_staff=True,
        horizon_days=max((until - today).days + 1, _LEAST_DAYS),
    )
    kind, mode = MeetingKind.PROGRESS, Mode.OFFLINE
    ends_at = now + timedelta(minutes=trajectory.minutes)
    request = TimeRequest(
        mode=mode,
        minutes=trajectory.minutes,
        candidate=diaries.candidate,
        needs=needs_of(kind, diaries.candidate.needs),
    )
    asked = Asked(kind=kind, mode=mode, starts_at=now, ends_at=ends_at)
    grounds = PlanGrounds(
        facts=_of_a_plan(file.facts(asked, today=today), wish),
        request=request,
        coach=diaries.coaches[0],
        rooms=diaries.rooms,
        settings=settings,
        now=now,
        versions=await all_numbers(tx, settings.zone),
    )
    return Ready(file=file, diaries=diaries, grounds=grounds)


def _of_a_plan(facts: BookingFacts, wish: TalkWish | None) -> BookingFacts:
    """A talk of a plan gets its task when it comes near: R6 speaks of each by itself then."""
    facts = replace(facts, known=facts.known - {Known.TASKS}, asked_how=wish is not None)
    return replace(facts, preference=wish.mode) if wish else facts


def slot_of_line(parts: Parts, line: PlanLine, *, now: datetime) -> Slot:
    """The slot of a line.

    Raises:
        BadInput: as `check_slot`.
    """
    return check_slot(
        starts_local=line.starts_local,
        minutes=line.minutes,
        mode=line.mode,
        room=line.room,
        zone=parts.settings.tz,
        now=now,
    )


def slots_of_lines(parts: Parts, lines: Sequence[PlanLine], *, now: datetime) -> list[Slot]:
    """The slot of each line. Asked first: diaries are opened up to the last of them.

    Raises:
        BadInput: as `check_slot`, with the parameter `line`.
    """
    slots = []
    for number, line in enumerate(lines):
        try:
            slots.append(slot_of_line(parts, line, now=now))
        except BadInput as error:
            raise line_error(error, number) from None
    return slots


def judge_lines(
    ready: Ready, lines: Sequence[PlanLine], slots: Sequence[Slot]
) -> tuple[Plan, list[int]]:
    """Judge lines as one plan; gives the plan and, talk by talk, the line it came from."""
    order = sorted(range(len(lines)), key=lambda number: slots[number].starts_at)
    drafts = [Draft(kind=lines[number].kind, time=_time(ready, slots[number])) for number in order]
    return judge_plan(drafts, ready.grounds), order


def plan_request(
    actor: StaffActor,
    trajectory: TrajectoryId,
    lines: Sequence[PlanLine],
    *,
    how: TalkWish | None,
    over_busy: bool,
    why: str,
    key: str,
) -> keys.KeyedRequest:
    """What a plan to be booked asks, to know it again when it comes twice."""
    values = {"trajectory": str(trajectory), "lines": "|".join(map(str, lines)), "how": str(how)}
    if over_busy:
        values["over_busy"] = "yes"
    if why:
        values["why"] = why
    return keys.KeyedRequest(actor=actor.key, route="book_plan", key=key, values=values)


def line_error(error: BadInput | Conflict, line: int) -> BadInput | Conflict:
    """The same error, which tells the line too."""
    params = {**error.params, "line": line}
    if isinstance(error, BadInput):
        return BadInput(error.code, field=error.field, **params)
    return Conflict(error.code, **params)


async def what_is_in_the_way(
    tx: Tx, ready: Ready, plan: Plan, order: Sequence[int], *, now: datetime
) -> list[tuple[int, str, Text]]:
    """For each line whose time is not free: its number, a code and a sentence.

    Outside of working hours is for the planner to decide, so it is no obstacle here.
    """
    found = []
    for talk, number in zip(plan.talks, order, strict=True):
        code = await _taken(tx, ready, talk.time, now=now)
        if code:
            found.append((number, code, _SAID[code].text))
    return found


async def reasons_missing(
    tx: Tx, coach: UUID, lines: Sequence[PlanLine]
) -> list[tuple[int, str, Text]]:
    """The lines in the coach's own office that do not say why (E21)."""
    offices = await availability.offices(tx)
    return [
        (number, "office_reason_missing", _OWN_OFFICE)
        for number, line in enumerate(lines)
        if line.room and coach in offices.get(line.room, ()) and not line.office_reason.strip()
    ]


async def rooms_that_do_not_fit(
    tx: Tx, ready: Ready, lines: Sequence[PlanLine], slots: Sequence[Slot], *, now: datetime
) -> list[tuple[int, BadInput]]:
    """The lines whose room is too small, or not what the candidate needs (`check_room`)."""
    found = []
    whose = ready.file.trajectory.candidate_id
    for number, (line, slot) in enumerate(zip(lines, slots, strict=True)):
        try:
            await check_room(tx, slot, line.kind, whose, now=now)
        except BadInput as error:
            found.append((number, error))
    return found


_OWN_OFFICE = Text(
    nl="Dit is de eigen kamer van de coach. Schrijf waarom, of kies een andere kamer.",
    en="This is the coach's own office. Write down why, or choose another room.",
)


async def _taken(tx: Tx, ready: Ready, time: FreeTime, *, now: datetime) -> str | None:
    trajectory = ready.file.trajectory
    return await meetings.who_is_taken(
        tx,
        coach=trajectory.coach_id,
        candidate=trajectory.candidate_id,
        room=time.room,
        starts_at=time.starts_at,
        ends_at=time.ends_at,
        besides=None,
        now=now,
    )


_SAID = {
    "coach_taken": Obstacle.COACH,
    "candidate_taken": Obstacle.CANDIDATE,
    "room_taken": Obstacle.ROOM,
}


def _time(ready: Ready, slot: Slot) -> FreeTime:
    zone = ready.grounds.settings.zone
    candidate_zone = ready.diaries.candidate.zone or zone
    room = ready.diaries.room_records.get(slot.room) if slot.room else None
    return FreeTime(
        coach=ready.file.trajectory.coach_id,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        wall=to_wall(slot.starts_at, zone),
        candidate_wall=to_wall(slot.starts_at, candidate_zone),
        mode=slot.mode,
        place=room.place_id if room else None,
        room=slot.room,
    )
