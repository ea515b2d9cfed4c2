"""Another coach for one talk, while the guidance stays with its own (E5)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from coaching.errors import BadInput, Conflict
from coaching.history import FIRST_TALKS
from coaching.lifecycle import MeetingEvent, advance
from coaching.verdict import Verdict
from coaching.wall_time import to_wall
from coaching.words import Change, MeetingKind, MeetingStatus, Mode
from server.store import attention, keys, meetings, notices, people
from server.store.database import Tx
from server.usecases.access import known_trajectory, require_planner, taking_coach
from server.usecases.announcing import Template, announce, invite_anew, tell_calendars
from server.usecases.appointments import (
    allowed,
    claim,
    known_meeting,
    own_meeting,
    use_exceptions,
)
from server.usecases.attention import OF_A_TALK_TO_COME, TodoCode
from server.usecases.booking import Booked, booked_from
from server.usecases.clashing import look_at_appointment
from server.usecases.context import MeetingId, Parts, RoomId, StaffActor, StaffId
from server.usecases.looking_live import Wanted, look_before, note_unchecked
from server.usecases.own_office import STOOD_HERE, keep_reason, reason_for_office
from server.usecases.repeating import once
from server.usecases.slots import Slot, check_slot, slot_of
from server.usecases.stand_ins import ENDED, HAS_NO_STAND_IN, NAMED
from server.usecases.verdict_record import to_record
from server.usecases.withdrawing import withdraw_all

_OF_THE_OLD_COACH = (TodoCode.ABSENCE_CONFLICT, TodoCode.COACH_BARRED)


@dataclass(frozen=True, slots=True, kw_only=True)
class StandInRequest:
    """Who takes the talk at its own time, and how; the last two are as in `BookingRequest`."""

    coach: StaffId
    mode: Mode
    room: RoomId | None
    office_reason: str = ""
    over_busy: bool = False


async def name_stand_in(
    parts: Parts,
    actor: StaffActor,
    meeting: MeetingId,
    request: StandInRequest,
    *,
    revision: int,
    key: str,
    now: datetime,
) -> Booked:
    """Give one talk to another coach, at its own time; the guidance keeps its coach.

    Seat, link and calendars turn with it; the candidate and both coaches are told. A video talk
    becomes one by phone or at a location, unless an exception `other` stands for R7 (E5). Consent
    (R27) is that of the guidance. What the stand-in may not take is refused (R15, R30).

    Raises:
        Refused: a rule refuses.
        BadInput: `coach_unknown`; `same_coach`; `stand_in_first`, `stand_in_practice`, this kind
            has none; what is wrong with time or room, as in `book_meeting`.
        Conflict: `stale`, `already_closed`; taken or busy, as in `book_meeting`.
        NotAllowed: `planner_needed`.
        NotFound: `meeting_unknown`.
    """
    require_planner(actor)
    asked = _asked(actor, "stand_in", meeting, key, f"{request}|{revision}")

    async def work(tx: Tx) -> keys.Answer:
        before, trajectory = await _to_give(tx, actor, meeting, revision=revision, now=now)
        await _check_coach(tx, before, trajectory, request.coach)
        given = _Given(
            before=before,
            trajectory=trajectory,
            coach=request.coach,
            slot=_slot(before, request.mode, request.room, now=now),
            reason=request.office_reason,
        )
        return await _give(parts, tx, given, actor=actor.key, checked=checked, now=now)

    async def wanted(tx: Tx) -> Wanted:
        slot = _slot(await known_meeting(tx, meeting), request.mode, request.room, now=now)
        return Wanted.of(request.coach, slot, meeting=meeting)

    checked = await look_before(parts, asked, wanted, over_busy=request.over_busy, now=now)
    return booked_from(await once(parts, asked, work, now=now))


async def end_stand_in(
    parts: Parts,
    actor: StaffActor,
    meeting: MeetingId,
    *,
    revision: int,
    key: str,
    over_busy: bool = False,
    now: datetime,
) -> Booked:
    """Give a talk back to the coach of the guidance, in the form and room it had with them.

    Raises:
        Refused: a rule refuses.
        BadInput: `starts_in_past`, or the room is no longer what it takes.
        Conflict: `no_stand_in`, nobody stands in; `stale`, `already_closed`; taken or busy, as in
            `book_meeting`.
        NotAllowed, NotFound: as in `name_stand_in`.
    """
    require_planner(actor)
    asked = _asked(actor, "stand_in_over", meeting, key, f"{revision}|{over_busy}")

    async def back(tx: Tx) -> _Given:
        before, trajectory = await _to_give(tx, actor, meeting, revision=revision, now=now)
        return await _given_back(tx, before, trajectory, now=now)

    async def work(tx: Tx) -> keys.Answer:
        given = await back(tx)
        return await _give(parts, tx, given, actor=actor.key, checked=checked, now=now)

    async def wanted(tx: Tx) -> Wanted:
        before = await known_meeting(tx, meeting)
        trajectory = await known_trajectory(tx, before.trajectory_id)
        given = await _given_back(tx, before, trajectory, now=now)
        return Wanted.of(given.coach, given.slot, meeting=meeting)

    checked = await look_before(parts, asked, wanted, over_busy=over_busy, now=now)
    return booked_from(await once(parts, asked, work, now=now))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """A talk that goes to another coach at its own time."""

    before: meetings.MeetingRecord
    trajectory: people.TrajectoryRecord
    coach: UUID
    slot: Slot
    reason: str  # why in that coach's own office (E21)

    @property
    def is_back(self) -> bool:
        """Whether it goes back to the coach of the guidance."""
        return self.coach == self.trajectory.coach_id


async def _to_give(
    tx: Tx, actor: StaffActor, meeting: MeetingId, *, revision: int, now: datetime
) -> tuple[meetings.MeetingRecord, people.TrajectoryRecord]:
    """The planned talk, kept from others, with its guidance."""
    before = await own_meeting(tx, actor, meeting, revision=revision, now=now)
    advance(MeetingStatus(before.status), MeetingEvent.MOVE)
    return before, await known_trajectory(tx, before.trajectory_id)


async def _given_back(
    tx: Tx,
    before: meetings.MeetingRecord,
    trajectory: people.TrajectoryRecord,
    *,
    now: datetime,
) -> _Given:
    if before.coach_id == trajectory.coach_id or before.kind in HAS_NO_STAND_IN:
        raise Conflict("no_stand_in")
    mode, room = _as_it_was(before, await meetings.events_of(tx, before.id))
    return _Given(
        before=before,
        trajectory=trajectory,
        coach=trajectory.coach_id,
        slot=_slot(before, mode, room, now=now),
        reason=STOOD_HERE,
    )


async def _give(
    parts: Parts, tx: Tx, given: _Given, *, actor: str, checked: bool, now: datetime
) -> keys.Answer:
    before, slot, coach = given.before, given.slot, given.coach
    kind = MeetingKind(before.kind)
    await claim(tx, given.trajectory, kind, slot, now=now, moved=before.id, coach=coach)
    reason = given.reason or (STOOD_HERE if slot.room == before.room_id else "")
    why = await reason_for_office(tx, coach, slot.room, reason)
    verdict = await allowed(
        tx,
        kind,
        slot,
        given.trajectory,
        now=now,
        moved=before.id,
        coach=coach,
        foresees=given.is_back or None,
    )
    await _change(parts, tx, given, verdict, actor=actor, now=now)
    await keep_reason(tx, before.id, why, actor=actor, now=now)
    await note_unchecked(tx, before.id, checked=checked, actor=actor, now=now)
    await _tell_coaches(tx, given, now=now)
    return {"meeting": str(before.id), "verdict": to_record(verdict)}


async def _change(
    parts: Parts, tx: Tx, given: _Given, verdict: Verdict, *, actor: str, now: datetime
) -> None:
    """The meeting with its new coach, its new link, and everybody's calendars."""
    before, revision = given.before, given.before.revision + 1
    await tell_calendars(tx, before.id, before.coach_id, revision, now=now)
    await meetings.change_meeting(
        tx,
        before.id,
        coach_id=given.coach,
        mode=given.slot.mode,
        room_id=given.slot.room,
        revision=revision,
        joint_seconds=0,
        settings_version=verdict.settings_version,
        excepted="R7" in verdict.lifted,
    )
    today = to_wall(now, parts.settings.tz).date()
    await use_exceptions(tx, before.trajectory_id, before.id, verdict, today=today)
    await meetings.add_event(
        tx,
        before.id,
        at=now,
        actor=actor,
        what=ENDED if given.is_back else NAMED,
        detail=await _said(tx, given),
    )
    settled = _settled(before, given.slot)
    await attention.finish_todos(tx, now=now, meeting_id=before.id, codes=settled)
    await attention.hand_todos_of_talk(tx, before.id, given.coach, codes=OF_A_TALK_TO_COME)
    await withdraw_all(tx, before.id, now=now)
    invitation = await invite_anew(parts, tx, before.id, revision, now=now)
    stands, change = await known_meeting(tx, before.id), Change.COACH
    await announce(tx, stands, Template.MOVED, invitation, change=change, now=now)
    await look_at_appointment(parts, tx, before.id, now=now)


def _settled(before: meetings.MeetingRecord, slot: Slot) -> frozenset[TodoCode]:
    """What is to do no more. Another form or room is a move: only what came over its time stays."""
    if (slot.mode, slot.room) == (before.mode, before.room_id):
        return frozenset({*_OF_THE_OLD_COACH, TodoCode.LETTER})  # the letter is asked for anew
    return frozenset({*_OF_THE_OLD_COACH, *OF_A_TALK_TO_COME}) - {TodoCode.CALENDAR_CLASH}


async def _said(tx: Tx, given: _Given) -> dict[str, str]:
    """What history shows, and what giving it back needs."""
    coach = await people.staff_by_id(tx, given.coach)
    before = given.before
    return {
        "coach": coach.name if coach else "",
        "from_coach": str(before.coach_id),
        "from_mode": before.mode,
        "from_room": str(before.room_id or ""),
    }


async def _tell_coaches(tx: Tx, given: _Given, *, now: datetime) -> None:
    """A notice for each coach whom it touches: who takes it, who had it, whose guidance it is."""
    before, own = given.before, given.trajectory.coach_id
    candidate = await people.candidate_by_id(tx, before.candidate_id)
    coach = await people.staff_by_id(tx, given.coach)
    params = {
        "candidate": candidate.name if candidate else "",
        "coach": coach.name if coach else "",
        "when": given.slot.local_start.replace("T", " "),
    }
    told = {
        before.coach_id: ENDED,
        given.coach: "stand_in_back" if given.is_back else NAMED,
        **({} if given.is_back else {own: "stand_in_for"}),
    }
    for person, code in told.items():
        # Only who has the talk may open its page.
        opens = before.id if person == given.coach else None
        await notices.add_notice(
            tx,
            person,
            code=code,
            params=params,
            meeting_id=opens,
            candidate_id=None if opens else before.candidate_id,
            now=now,
        )


async def _check_coach(
    tx: Tx, before: meetings.MeetingRecord, trajectory: people.TrajectoryRecord, coach: UUID
) -> None:
    await taking_coach(tx, coach, field="coach")
    if coach in (before.coach_id, trajectory.coach_id):
        raise BadInput("same_coach", field="coach")
    if before.kind in HAS_NO_STAND_IN:
        first = before.kind in FIRST_TALKS
        raise BadInput("stand_in_first" if first else "stand_in_practice", field="coach")


def _slot(before: meetings.MeetingRecord, mode: Mode, room: UUID | None, *, now: datetime) -> Slot:
    """The talk's own time, in this form."""
    stands = slot_of(before)
    check_slot(
        starts_local=datetime.fromisoformat(before.local_start),
        minutes=(before.ends_at - before.starts_at) // timedelta(minutes=1),
        mode=mode,
        room=room,
        zone=ZoneInfo(before.zone),
        now=now,
    )
    return replace(stands, mode=mode, room=room)


def _as_it_was(
    before: meetings.MeetingRecord, history: Iterable[meetings.EventRecord]
) -> tuple[Mode, UUID | None]:
    """Form and room that the talk had with its own coach; as it is now if it was moved since."""
    since = [one for one in history if one.what in (NAMED, ENDED, "moved")]
    named: list[meetings.EventRecord] = []
    for one in reversed(since):
        if one.what != NAMED:
            break
        named.append(one)
    if not named:
        return Mode(before.mode), before.room_id
    first = named[-1].detail
    room = first.get("from_room", "")
    return Mode(first["from_mode"]), UUID(room) if room else None


def _asked(
    actor: StaffActor, route: str, meeting: MeetingId, key: str, wanted: str
) -> keys.KeyedRequest:
    values = {"meeting": str(meeting), "wanted": wanted}
    return keys.KeyedRequest(actor=actor.key, route=route, key=key, values=values)
