"""The steps that booking and moving share: whose it is, whether it is free, what the rules say."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from coaching import engine
from coaching.access import Right, may_guide
from coaching.errors import Conflict, NotFound, Refused
from coaching.facts import StartedBy
from coaching.verdict import Verdict
from coaching.wall_time import to_wall
from coaching.words import MeetingKind, Mode, TrajectoryState
from server.store import holds, meetings, people, rulebook
from server.store.database import Tx
from server.store.locks import lock_people_and_room
from server.usecases.access import rights_in
from server.usecases.booking_facts import Asked, in_force, read_file
from server.usecases.context import MeetingId, StaffActor, TrajectoryId
from server.usecases.erased import refuse_erased
from server.usecases.numbers import numbers_at
from server.usecases.offers import offline_slots
from server.usecases.seats import check_room
from server.usecases.slots import Slot


async def own_trajectory(
    tx: Tx, actor: StaffActor, trajectory: TrajectoryId
) -> people.TrajectoryRecord:
    """The trajectory, when `actor` may book for it.

    Raises:
        NotFound: `trajectory_unknown`, also for another coach's; `candidate_unknown`, erased.
    """
    found = await people.trajectory_by_id(tx, trajectory)
    if found is None or not may_guide(actor, found.coach_id):
        raise NotFound("trajectory_unknown")
    if found.state == TrajectoryState.ENDED:  # as erasing leaves all of them
        await refuse_erased(tx, found.candidate_id)
    return found


async def own_meeting(
    tx: Tx, actor: StaffActor, meeting: MeetingId, *, revision: int | None = None, now: datetime
) -> meetings.MeetingRecord:
    """The meeting, kept from others, when `actor` may change it.

    Raises:
        NotFound: `meeting_unknown`, also for another coach's, and for who had it to stand in or to
            guide once it is over; `candidate_unknown`, erased.
        Conflict: `stale`, its revision is another than `revision`.
    """
    found = await meetings.meeting_to_change(tx, meeting)
    if found is None or Right.CHANGE not in await rights_in(tx, actor, found, now=now):
        raise NotFound("meeting_unknown")
    await refuse_erased(tx, found.candidate_id)
    if revision is not None and found.revision != revision:
        raise Conflict("stale")
    return found


async def known_meeting(tx: Tx, meeting: UUID) -> meetings.MeetingRecord:
    """The meeting as it stands now.

    Raises:
        NotFound: `meeting_unknown`.
    """
    found = await meetings.meeting_by_id(tx, meeting)
    if found is None:
        raise NotFound("meeting_unknown")
    return found


async def claim(
    tx: Tx,
    trajectory: people.TrajectoryRecord,
    kind: MeetingKind,
    slot: Slot,
    *,
    now: datetime,
    moved: UUID | None = None,
    coach: UUID | None = None,
) -> None:
    """Keep others away from coach, candidate and room, and see that all three are free.

    `coach` is whose talk it is, where that is not the coach of the guidance (E5).

    A held time that lapsed is freed here: the clock decides, not a timer.

    Raises:
        Conflict: `coach_taken`, `candidate_taken` or `room_taken`.
        BadInput: as `check_room`.
        NotFound: `candidate_unknown`, erased while this waited for its turn.
    """
    host = coach or trajectory.coach_id
    await check_room(tx, slot, kind, trajectory.candidate_id, now=now)
    await lock_people_and_room(tx, host, trajectory.candidate_id, slot.room)
    await refuse_erased(tx, trajectory.candidate_id)
    await holds.release_lapsed(
        tx,
        coach=host,
        candidate=trajectory.candidate_id,
        room_id=slot.room,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        now=now,
    )
    taken = await meetings.who_is_taken(
        tx,
        coach=host,
        candidate=trajectory.candidate_id,
        room=slot.room,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        besides=moved,
        now=now,
    )
    if taken:
        raise Conflict(taken)


async def judge(
    tx: Tx,
    kind: MeetingKind,
    slot: Slot,
    trajectory: people.TrajectoryRecord,
    *,
    now: datetime,
    moved: UUID | None = None,
    started_by: StartedBy = StartedBy.STAFF,
    foresees: bool | None = None,
    coach: UUID | None = None,
) -> Verdict:
    """What the rules say of a slot, by the numbers of its day; `moved` is no part of the history.

    A refusal looks for free times at a location, so that it has something to offer. `foresees` and
    `coach` are as in `File.facts`.
    """
    settings = await numbers_at(tx, slot.starts_at, ZoneInfo(slot.zone))
    file = await read_file(tx, trajectory)
    asked = Asked(
        kind=kind,
        mode=slot.mode,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        started_by=started_by,
    )
    today = to_wall(now, settings.zone).date()
    facts = file.facts(asked, today=today, moved=moved, coach=coach, foresees=foresees)
    verdict = engine.judge_booking(facts, settings, now)
    if not any(one.mode is Mode.OFFLINE for one in verdict.alternatives):
        return verdict
    slots = await offline_slots(tx, settings, file, asked, coach=facts.coach, now=now)
    return engine.judge_booking(replace(facts, offline_slots=slots), settings, now)


async def allowed(
    tx: Tx,
    kind: MeetingKind,
    slot: Slot,
    trajectory: people.TrajectoryRecord,
    *,
    now: datetime,
    moved: UUID | None = None,
    started_by: StartedBy = StartedBy.STAFF,
    foresees: bool | None = None,
    coach: UUID | None = None,
) -> Verdict:
    """The verdict of the rules, when it lets the slot through.

    Raises:
        Refused: it does not.
    """
    verdict = await judge(
        tx,
        kind,
        slot,
        trajectory,
        now=now,
        moved=moved,
        started_by=started_by,
        foresees=foresees,
        coach=coach,
    )
    if not verdict.allowed:
        raise Refused(verdict)
    return verdict


async def use_exceptions(
    tx: Tx, trajectory: UUID, meeting: UUID, verdict: Verdict, *, today: date
) -> None:
    """Bind the exceptions for one appointment to the meeting that was made on them."""
    for one in await rulebook.exceptions_of(tx, trajectory):
        single = one.valid_until is None and not one.used and in_force(one, today)
        if single and one.rule in verdict.lifted:
            await rulebook.change_exception(tx, one.id, used_by=meeting)
