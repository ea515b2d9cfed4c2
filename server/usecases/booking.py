"""Booking, moving, cancelling and closing a meeting: each one transaction with its outbox."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coaching.access import may_guide, may_open
from coaching.errors import BadInput, Conflict, Refused
from coaching.lifecycle import MeetingEvent, advance, may_reopen
from coaching.verdict import Outcome, Verdict
from coaching.words import MeetingKind, MeetingStatus, Mode
from server.store import keys, meetings, people
from server.store.database import Tx
from server.store.taken import taken_at_a_glance
from server.usecases.access import known_trajectory
from server.usecases.announcing import Template, mail
from server.usecases.appointments import (
    allowed,
    claim,
    judge,
    known_meeting,
    own_meeting,
    own_trajectory,
)
from server.usecases.closing import close_tasks
from server.usecases.context import MeetingId, Parts, RoomId, StaffActor, TrajectoryId
from server.usecases.looking_live import Wanted, look_before, note_unchecked
from server.usecases.own_office import keep_reason, reason_for_office
from server.usecases.repeating import once
from server.usecases.slots import Slot, check_slot
from server.usecases.standing import (
    call_off,
    make_appointment,
    make_provisional,
    move_appointment,
)
from server.usecases.too_early import look_again
from server.usecases.verdict_record import from_record, to_record

_RESENDS_A_DAY = 3
_OUTCOMES = {
    MeetingStatus.HELD: MeetingEvent.HOLD,
    MeetingStatus.MISSED: MeetingEvent.MISS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRequest:
    """What is asked for. `starts_local` is wall time in the organisation's zone, without zone."""

    trajectory: TrajectoryId
    kind: MeetingKind
    mode: Mode
    starts_local: datetime
    minutes: int
    room: RoomId | None
    office_reason: str = ""  # why in the coach's own office (E21)
    provisional: bool = False  # hold it, where it is refused until a practice is passed (R12)
    over_busy: bool = False  # although something else stands in a calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRequest:
    """To when and where a meeting moves. `put_back`: to where it was before it was moved last."""

    starts_local: datetime  # the agreed wall time, without a zone
    minutes: int
    mode: Mode
    room: RoomId | None
    office_reason: str = ""  # why in the coach's own office (E21)
    over_busy: bool = False  # although something else stands in a calendar
    put_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """The meeting stands; `verdict` may still carry warnings."""

    meeting: MeetingId
    verdict: Verdict

    @property
    def provisional(self) -> bool:
        """Whether it is only held, until a practice is passed (R12)."""
        return not self.verdict.allowed


async def judge_booking(
    parts: Parts, actor: StaffActor, request: BookingRequest, *, now: datetime
) -> Verdict:
    """Say what the rules think of a booking, without making it. Reads only.

    Raises:
        BadInput, NotAllowed, NotFound: as in `book_meeting`.
    """
    slot = _slot(parts, request, now=now)
    async with parts.database.read() as tx:
        trajectory = await own_trajectory(tx, actor, request.trajectory)
        return await judge(tx, request.kind, slot, trajectory, now=now)


async def book_meeting(
    parts: Parts, actor: StaffActor, request: BookingRequest, *, key: str, now: datetime
) -> Booked:
    """Book: meeting, invitation, mail and calendar rows in one transaction.

    A `provisional` video talk that waits for a practice (R12) is held, and invites nobody yet.

    The same `key` with the same request gives the same answer; with another request it is refused.

    Raises:
        Refused: a rule refuses.
        BadInput: in the past (`starts_in_past`), a time that the clock skips (`time_skipped`), a
            length out of 5 to 480 minutes, no room for a meeting at a location (`room_needed`), a
            room for another mode (`room_unused`), the coach's own office without a reason
            (`office_reason_missing`, `office_reason_bad`; E21), or `key` was used for something
            else (`key_reused`).
        Conflict: coach, candidate or room is taken (`coach_taken`, `candidate_taken`,
            `room_taken`); without `over_busy` also `calendar_busy` and `calendar_maybe_busy`,
            something else stands in a calendar.
        NotAllowed, NotFound: not this person's trajectory.
    """
    asked = keys.KeyedRequest(actor=actor.key, route="book", key=key, values=_values(request))

    async def work(tx: Tx) -> keys.Answer:
        slot = _slot(parts, request, now=now)
        trajectory = await own_trajectory(tx, actor, request.trajectory)
        await claim(tx, trajectory, request.kind, slot, now=now)
        why = await reason_for_office(tx, trajectory.coach_id, slot.room, request.office_reason)
        verdict = await judge(tx, request.kind, slot, trajectory, now=now)
        make = _maker(request, verdict)
        made = await make(
            parts, tx, request.kind, slot, trajectory, verdict=verdict, actor=actor.key, now=now
        )
        await keep_reason(tx, made, why, actor=actor.key, now=now)
        await note_unchecked(tx, made, checked=checked, actor=actor.key, now=now)
        return {"meeting": str(made), "verdict": to_record(verdict)}

    async def wanted(tx: Tx) -> Wanted:
        found = await own_trajectory(tx, actor, request.trajectory)
        return Wanted.of(found.coach_id, _slot(parts, request, now=now))

    async with parts.database.in_line(request.starts_local):
        await _glance(parts, actor, request, asked, now=now)
        checked = await look_before(parts, asked, wanted, over_busy=request.over_busy, now=now)
        return booked_from(await once(parts, asked, work, now=now))


async def move_meeting(
    parts: Parts,
    actor: StaffActor,
    meeting: MeetingId,
    request: MoveRequest,
    *,
    revision: int,
    key: str,
    now: datetime,
) -> Booked:
    """Move a planned meeting; the old link explains itself and a new invitation goes out.

    What becomes a video talk is judged as if it were booked now, unless it is `put_back`.

    Raises:
        Conflict: `stale` when `revision` is no longer the newest, `already_closed` when it is no
            longer planned, or as in `book_meeting`. A time that stays is not looked at again.
        Refused, BadInput, NotFound: as in `book_meeting`.
    """
    asked = _about("move", actor, meeting, key, _said(request, revision))

    async def work(tx: Tx) -> keys.Answer:
        before = await own_meeting(tx, actor, meeting, revision=revision, now=now)
        return await _move(parts, tx, before, request, checked=checked, actor=actor.key, now=now)

    async def to_where(tx: Tx) -> Wanted | None:
        before, to = await known_meeting(tx, meeting), _slot(parts, request, now=now)
        stays = to.starts_at == before.starts_at and to.ends_at <= before.ends_at
        if stays or not may_open(actor, before.coach_id):
            return None
        return Wanted.of(before.coach_id, to, meeting=meeting)

    known = request.over_busy or request.put_back
    checked = await look_before(parts, asked, to_where, over_busy=known, now=now)
    return booked_from(await once(parts, asked, work, now=now))


async def _move(
    parts: Parts,
    tx: Tx,
    before: meetings.MeetingRecord,
    request: MoveRequest,
    *,
    checked: bool,
    actor: str,
    now: datetime,
) -> keys.Answer:
    advance(MeetingStatus(before.status), MeetingEvent.MOVE)
    slot = _slot(parts, request, now=now)
    trajectory, coach = await known_trajectory(tx, before.trajectory_id), before.coach_id
    kind, put_back = MeetingKind(before.kind), request.put_back
    await claim(tx, trajectory, kind, slot, now=now, moved=before.id, coach=coach)
    wished = None if put_back else slot.room
    why = await reason_for_office(tx, coach, wished, request.office_reason, before=before.room_id)
    verdict = await allowed(
        tx, kind, slot, trajectory, now=now, moved=before.id, foresees=put_back or None
    )
    await move_appointment(parts, tx, before, slot, verdict=verdict, actor=actor, now=now)
    await keep_reason(tx, before.id, why, actor=actor, now=now)
    await note_unchecked(tx, before.id, checked=checked, actor=actor, now=now)
    return {"meeting": str(before.id), "verdict": to_record(verdict)}


def _said(request: MoveRequest, revision: int) -> str:
    """What one key stands for."""
    place = f"{request.mode}|{request.room}|{revision}{request.office_reason}"
    over = "|over" if request.over_busy else ""
    return f"{request.starts_local.isoformat()}|{request.minutes}|{place}{over}"


async def cancel_meeting(
    parts: Parts, actor: StaffActor, meeting: MeetingId, *, revision: int, key: str, now: datetime
) -> None:
    """Cancel a planned meeting: link withdrawn, mail with CANCEL, calendar event removed.

    Raises:
        Conflict: `stale`, or `already_closed` when it is held, missed or cancelled.
        NotFound: no such meeting, or not one of this coach.
    """
    asked = _about("cancel", actor, meeting, key, str(revision))

    async def work(tx: Tx) -> keys.Answer:
        found = await own_meeting(tx, actor, meeting, revision=revision, now=now)
        await call_off(tx, found, actor=actor.key, now=now)
        return {}

    await once(parts, asked, work, now=now)


async def record_outcome(
    parts: Parts,
    actor: StaffActor,
    meeting: MeetingId,
    outcome: MeetingStatus,
    *,
    key: str,
    now: datetime,
) -> None:
    """Mark a meeting held or missed (and back, while the day lasts).

    Raises:
        BadInput: `not_begun` before its start; `outcome_unknown` for another status.
        Conflict: `already_closed` when the lifecycle does not allow it.
        NotFound: no such meeting, or not one of this coach.
    """
    if outcome not in _OUTCOMES:
        raise BadInput("outcome_unknown", field="outcome")
    asked = _about("outcome", actor, meeting, key, outcome)

    async def work(tx: Tx) -> keys.Answer:
        found = await own_meeting(tx, actor, meeting, now=now)
        if now < found.starts_at:
            raise BadInput("not_begun", field="outcome")
        if found.status != outcome:
            status = _after_outcome(parts, found, outcome, now=now)
            await meetings.change_meeting(tx, meeting, status=status, decided_at=now)
            await meetings.add_event(tx, meeting, at=now, actor=actor.key, what=str(outcome))
            await close_tasks(parts, tx, found, held=outcome is MeetingStatus.HELD, now=now)
            await look_again(tx, found.kind, found.trajectory_id, about=meeting, now=now)
        return {}

    await once(parts, asked, work, now=now)


async def resend_invitation(
    parts: Parts, actor: StaffActor, meeting: MeetingId, *, key: str, now: datetime
) -> None:
    """Send the newest invitation again, at most three times a day.

    Raises:
        Conflict: `resent_enough`, `already_closed` when there is no invitation any more, or
            `no_address` when the candidate has no e-mail address.
        NotFound: no such meeting, or not one of this coach.
    """
    asked = _about("resend", actor, meeting, key, "")

    async def work(tx: Tx) -> keys.Answer:
        found = await own_meeting(tx, actor, meeting, now=now)
        await _check_resend(parts, tx, found, now=now)
        invitation = await meetings.newest_invitation(tx, meeting)
        if invitation is None or found.status not in (MeetingStatus.PLANNED, MeetingStatus.OPEN):
            raise Conflict("already_closed")
        time = 1 + await meetings.count_events(tx, meeting, "invitation_resent", since=None)
        await mail(tx, found, Template.INVITATION, invitation.id, time=time, now=now)
        await meetings.add_event(tx, meeting, at=now, actor=actor.key, what="invitation_resent")
        return {}

    await once(parts, asked, work, now=now)


async def _glance(
    parts: Parts,
    actor: StaffActor,
    request: BookingRequest,
    asked: keys.KeyedRequest,
    *,
    now: datetime,
) -> None:
    """Refuse what is plainly taken before it waits in the line of those who write.

    Raises:
        Conflict: `coach_taken`, `candidate_taken`, `room_taken`.
    """
    try:
        slot = _slot(parts, request, now=now)
    except BadInput:  # unless this key has its answer; the booking itself looks
        return
    async with parts.database.glance() as tx:
        taken = await taken_at_a_glance(
            tx,
            asked,
            trajectory_id=request.trajectory,
            room=slot.room,
            starts_at=slot.starts_at,
            ends_at=slot.ends_at,
            now=now,
        )
    if taken and may_guide(actor, taken.coach):
        raise Conflict(taken.code)


def _about(
    route: str, actor: StaffActor, meeting: MeetingId, key: str, wanted: str
) -> keys.KeyedRequest:
    values = {"meeting": str(meeting), "wanted": wanted}
    return keys.KeyedRequest(actor=actor.key, route=route, key=key, values=values)


def _values(request: BookingRequest) -> dict[str, str]:
    return {
        "trajectory": str(request.trajectory),
        "kind": request.kind,
        "mode": request.mode,
        "starts_local": request.starts_local.isoformat(),
        "minutes": str(request.minutes),
        "room": str(request.room),
        **({"provisional": "yes"} if request.provisional else {}),
        **({"office_reason": request.office_reason} if request.office_reason else {}),
        **({"over_busy": "yes"} if request.over_busy else {}),
    }


def booked_from(answer: keys.Answer) -> Booked:
    """The answer of a booking as it was kept."""
    return Booked(
        meeting=MeetingId(UUID(answer["meeting"])), verdict=from_record(answer["verdict"])
    )


def _maker(request: BookingRequest, verdict: Verdict) -> Callable[..., Awaitable[UUID]]:
    """What makes of this booking what the rules allow.

    Raises:
        Refused: they do not allow it, nor that it is held.
    """
    if verdict.allowed:
        return make_appointment
    if request.provisional and verdict.outcome is Outcome.REFUSE_UNTIL:
        return make_provisional
    raise Refused(verdict)


def _slot(parts: Parts, request: BookingRequest | MoveRequest, *, now: datetime) -> Slot:
    return check_slot(
        starts_local=request.starts_local,
        minutes=request.minutes,
        mode=request.mode,
        room=request.room,
        zone=parts.settings.tz,
        now=now,
    )


def _after_outcome(
    parts: Parts, found: meetings.MeetingRecord, outcome: MeetingStatus, *, now: datetime
) -> MeetingStatus:
    status = MeetingStatus(found.status)
    if status in _OUTCOMES:  # a correction
        if found.decided_at is None or not may_reopen(found.decided_at, now, parts.settings.tz):
            raise Conflict("already_closed")
        status = advance(status, MeetingEvent.REOPEN)
    return advance(status, _OUTCOMES[outcome])


async def _check_resend(
    parts: Parts, tx: Tx, found: meetings.MeetingRecord, *, now: datetime
) -> None:
    candidate = await people.candidate_by_id(tx, found.candidate_id)
    if candidate is None or candidate.email is None:
        raise Conflict("no_address")
    midnight = now.astimezone(parts.settings.tz).replace(hour=0, minute=0, second=0, microsecond=0)
    sent = await meetings.count_events(tx, found.id, "invitation_resent", since=midnight)
    if sent >= _RESENDS_A_DAY:
        raise Conflict("resent_enough")
