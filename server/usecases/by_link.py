"""What a candidate does with the link of an invitation, without an account."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from coaching.errors import Conflict, NotFound
from coaching.facts import StartedBy
from coaching.lifecycle import MeetingEvent, advance
from coaching.words import MeetingKind, MeetingStatus, Mode
from server.store import aftermath, attention, holds, keys, meetings, notices, people
from server.store.database import Tx
from server.usecases.access import ByLink, known_trajectory, meeting_of_link
from server.usecases.appointments import allowed, claim
from server.usecases.attention import TodoCode
from server.usecases.booking import Booked, booked_from
from server.usecases.calling_back import CallWindow, ask_for_call
from server.usecases.context import Parts
from server.usecases.failing import free_group
from server.usecases.holding import HeldTimes, read_group
from server.usecases.looking_live import Wanted, look_before, note_unchecked
from server.usecases.other_times import (
    OfferedTime,
    Taken,
    chosen_instead,
    coach_of_choice,
    failed_by_us,
    form_of,
    free_slot,
    offer_times,
    other_forms,
    read_offer,
    was_missed,
)
from server.usecases.own_office import NO_OTHER_ROOM, keep_reason, reason_for_office
from server.usecases.repeating import once
from server.usecases.standing import call_off, make_appointment, move_appointment
from server.usecases.talks import load_talk
from server.usecases.todos import write_todo
from server.usecases.verdict_record import to_record

__all__ = ["ByLink", "CallWindow"]
_TAKEN = ("coach_taken", "candidate_taken", "room_taken", "calendar_busy", "calendar_maybe_busy")
_PLAN_WITHIN = timedelta(days=2)
_MOVES, _MOVES_WITHIN = 10, timedelta(days=1)  # each is a mail, and another day for the coach


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestTimes:
    """What a candidate may choose from; `held` are times that are held for both.

    `missed`: the talk was missed, so that a choice makes a new appointment (R25); `instead` is when
    that one is, once it was made. `ours`: it failed on our side, and a new online time stands
    beside the held ones (R20). `forms` are the other forms in which times can be asked for.
    """

    times: tuple[OfferedTime, ...]
    held: HeldTimes | None
    can_move: bool
    can_cancel: bool
    missed: bool
    ours: bool
    instead: datetime | None
    mode: Mode
    forms: tuple[Mode, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBack:
    """When the coach will call."""

    from_at: datetime
    until_at: datetime
    coach_name: str
    phone: str  # of the candidate; empty: nobody has a number, so the page shows the coach's
    coach_phone: str


async def guest_times(
    parts: Parts, token: str, *, mode: Mode | None = None, now: datetime
) -> GuestTimes:
    """Times to which the candidate may move this meeting, or that replace a missed one. Reads only.

    `mode` asks for times in another form, which is never refused: at a location, by phone (P6).

    Raises:
        BadInput: `choice_bad`, a form that a candidate cannot choose.
        NotFound: `link_unknown`, or a link that was replaced.
    """
    async with parts.database.read() as tx:
        found = await meeting_of_link(tx, token)
        form = form_of(found, mode)
        stands = found.status == MeetingStatus.PLANNED and now < found.starts_at
        missed = await was_missed(tx, found, now=now)
        instead = await chosen_instead(tx, found)
        ours = await failed_by_us(tx, found)
        may_choose = stands or ((missed or ours) and instead is None)
        times = await offer_times(parts, tx, found, form, now=now) if may_choose else ()
        held = await _held(tx, found, now=now)
    return GuestTimes(
        times=times,
        held=held,
        can_move=may_choose,
        can_cancel=stands,
        missed=missed,
        ours=ours,
        instead=instead.starts_at if instead else None,
        mode=form,
        forms=other_forms(found) if may_choose else (),
    )


async def guest_move(parts: Parts, token: str, *, offer: str, key: str, now: datetime) -> Booked:
    """Take one of the times of `guest_times`: the meeting moves, or a missed one gets a successor.

    After a move the old link explains itself. Of a missed meeting only one successor is made.

    Raises:
        BadInput: `offer_unknown`, it is none of the times that were offered for this meeting.
        Conflict: `time_taken`, it was taken just now; `too_late`, the meeting is going on;
            `already_closed`; `already_chosen`, another time was chosen after a missed talk;
            `moved_enough`, it was moved ten times within a day.
        Refused: a rule refuses.
        NotFound: `link_unknown`, or a link that was replaced.
    """
    found, asked = await _asked(parts, token, "guest_move", key, offer)

    async def work(tx: Tx) -> keys.Answer:
        before = await _still_theirs(tx, token, found)
        taken = read_offer(parts, before, offer)
        if await failed_by_us(tx, before) or await was_missed(tx, before, now=now):
            done = await _choose_anew(parts, tx, before, taken, actor=asked.actor, now=now)
        else:
            _check_to_come(before, now=now)
            await _check_pace(tx, before, now=now)
            done = await _move(parts, tx, before, taken, actor=asked.actor, now=now)
        made = UUID(done["meeting"])
        await note_unchecked(tx, made, checked=checked, actor=asked.actor, now=now)
        return done

    async def to_where(tx: Tx) -> Wanted:
        starts_at = read_offer(parts, found, offer).starts_at
        ends_at = starts_at + (found.ends_at - found.starts_at)
        trajectory = await known_trajectory(tx, found.trajectory_id)
        coach = coach_of_choice(found, trajectory, now=now)
        return Wanted(
            coach=coach, room=None, starts_at=starts_at, ends_at=ends_at, meeting=found.id
        )

    try:
        checked = await look_before(parts, asked, to_where, now=now)
        return booked_from(await once(parts, asked, work, now=now))
    except Conflict as conflict:
        if conflict.code in _TAKEN:
            raise Conflict("time_taken") from None
        raise


async def guest_cancel(parts: Parts, token: str, *, key: str, now: datetime) -> None:
    """Cancel the meeting; the coach gets a to-do to plan a new one.

    Raises:
        Conflict: `too_late`, `already_closed`.
        NotFound: `link_unknown`, or a link that was replaced.
    """
    found, asked = await _asked(parts, token, "guest_cancel", key, "")

    async def work(tx: Tx) -> keys.Answer:
        before = await _still_theirs(tx, token, found)
        _check_to_come(before, now=now)
        await call_off(tx, before, actor=asked.actor, now=now)
        await attention.add_activity(
            tx, before.candidate_id, "cancelled", meeting_id=before.id, now=now
        )
        candidate = await people.candidate_by_id(tx, before.candidate_id)
        await write_todo(
            tx,
            TodoCode.PLAN_NEW,
            await known_trajectory(tx, before.trajectory_id),
            about=f"{before.id}:{before.revision}",
            due_at=now + _PLAN_WITHIN,
            now=now,
            meeting=before.id,
            params={"candidate": candidate.name if candidate else ""},
        )
        return {}

    await once(parts, asked, work, now=now)


async def guest_call_me(
    parts: Parts, token: str, window: CallWindow, *, key: str, now: datetime
) -> CallBack:
    """Ask to be called: a request with a window, a to-do and a notice for the coach.

    Also by an older link, and in a pause (R29). Asked twice within one open request it stays one.

    Raises:
        NotFound: `link_unknown`.
    """
    found, asked = await _asked(parts, token, "guest_call_me", key, window)

    async def work(tx: Tx) -> keys.Answer:
        trajectory = await known_trajectory(tx, found.trajectory_id)
        call = await ask_for_call(
            tx, trajectory, window, meeting=found.id, zone=parts.settings.tz, now=now
        )
        return {"from": call.from_at.isoformat(), "until": call.until_at.isoformat()}

    answer = await once(parts, asked, work, now=now)
    async with parts.database.read() as tx:
        talk = await load_talk(tx, found.id)
    if talk is None:
        raise NotFound("link_unknown")
    return CallBack(
        from_at=datetime.fromisoformat(answer["from"]),
        until_at=datetime.fromisoformat(answer["until"]),
        coach_name=talk.coach.name,
        phone=talk.candidate.phone or "",
        coach_phone=talk.phone_of_coach(parts.settings),
    )


async def _asked(
    parts: Parts, token: str, route: str, key: str, wanted: str
) -> tuple[meetings.MeetingRecord, keys.KeyedRequest]:
    """The meeting of the link, even a replaced one: a repeated request is answered as before."""
    async with parts.database.read() as tx:
        found = await meeting_of_link(tx, token, replaced_too=True)
    asked = keys.KeyedRequest(
        actor=f"candidate:{found.candidate_id}",
        route=route,
        key=key,
        values={"meeting": str(found.id), "wanted": wanted},
    )
    return found, asked


async def _still_theirs(
    tx: Tx, token: str, found: meetings.MeetingRecord
) -> meetings.MeetingRecord:
    """The meeting, kept from others, while the link still stands for it."""
    before = await meetings.meeting_to_change(tx, found.id)
    await meeting_of_link(tx, token)
    if before is None:
        raise NotFound("link_unknown")
    return before


def _check_to_come(before: meetings.MeetingRecord, *, now: datetime) -> None:
    if before.status not in (MeetingStatus.PLANNED, MeetingStatus.OPEN):
        raise Conflict("already_closed")
    if before.status == MeetingStatus.OPEN or now >= before.starts_at:
        raise Conflict("too_late")


async def _check_pace(tx: Tx, before: meetings.MeetingRecord, *, now: datetime) -> None:
    """Whoever moves on and on is helped by a person (T20)."""
    since = now - _MOVES_WITHIN
    if await meetings.count_events(tx, before.id, "moved", since=since) >= _MOVES:
        raise Conflict("moved_enough")


async def _move(
    parts: Parts,
    tx: Tx,
    before: meetings.MeetingRecord,
    taken: Taken,
    *,
    actor: str,
    now: datetime,
) -> keys.Answer:
    trajectory = await known_trajectory(tx, before.trajectory_id)
    slot = await free_slot(parts, tx, before, taken, now=now)
    kind, coach, stood = MeetingKind(before.kind), before.coach_id, before.room_id
    await claim(tx, trajectory, kind, slot, now=now, moved=before.id, coach=coach)
    verdict = await allowed(
        tx, kind, slot, trajectory, now=now, moved=before.id, started_by=StartedBy.CANDIDATE
    )
    why = await reason_for_office(tx, coach, slot.room, NO_OTHER_ROOM, before=stood)
    await move_appointment(parts, tx, before, slot, verdict=verdict, actor=actor, now=now)
    await keep_reason(tx, before.id, why, actor=actor, now=now)
    await _note_choice(tx, before, before.id, now=now)
    return {"meeting": str(before.id), "verdict": to_record(verdict)}


async def _choose_anew(
    parts: Parts,
    tx: Tx,
    before: meetings.MeetingRecord,
    taken: Taken,
    *,
    actor: str,
    now: datetime,
) -> keys.Answer:
    """A new appointment for a talk that was missed, which is marked so (R25), or that we failed."""
    if await chosen_instead(tx, before):
        raise Conflict("already_chosen")
    failed = await aftermath.failure_of(tx, before.id)
    if failed and failed.hold_group:
        await free_group(tx, failed.hold_group, now=now)
    trajectory = await known_trajectory(tx, before.trajectory_id)
    slot = await free_slot(parts, tx, before, taken, now=now)
    kind = MeetingKind(before.kind)
    await claim(tx, trajectory, kind, slot, now=now, moved=before.id)
    verdict = await allowed(
        tx,
        kind,
        slot,
        trajectory,
        now=now,
        moved=before.id,
        started_by=StartedBy.CANDIDATE,
        coach=trajectory.coach_id,
    )
    await _mark_missed(tx, before, actor=actor, now=now)
    made = await make_appointment(
        parts, tx, kind, slot, trajectory, verdict=verdict, actor=actor, now=now
    )
    why = await reason_for_office(tx, trajectory.coach_id, slot.room, NO_OTHER_ROOM)
    await keep_reason(tx, made, why, actor=actor, now=now)
    await meetings.add_event(
        tx, before.id, at=now, actor=actor, what="new_time", detail={"meeting": str(made)}
    )
    await _tell_of_choice(tx, before, made, slot.local_start, now=now)
    await _note_choice(tx, before, made, now=now)
    return {"meeting": str(made), "verdict": to_record(verdict)}


async def _tell_of_choice(
    tx: Tx, before: meetings.MeetingRecord, made: UUID, when: str, *, now: datetime
) -> None:
    await attention.finish_todos(
        tx,
        now=now,
        by=None,
        trajectory_id=before.trajectory_id,
        codes=[TodoCode.MISSED, TodoCode.FAILED],
    )
    await notices.add_notice(
        tx,
        before.coach_id,
        code="time_chosen",
        params={"when": when},
        meeting_id=made,
        now=now,
    )


async def _mark_missed(
    tx: Tx, before: meetings.MeetingRecord, *, actor: str, now: datetime
) -> None:
    """Who chooses a new time says that they were not there."""
    if before.status in (MeetingStatus.MISSED, MeetingStatus.FAILED):
        return
    status = advance(MeetingStatus(before.status), MeetingEvent.MISS)
    await meetings.change_meeting(tx, before.id, status=status, decided_at=now)
    await meetings.add_event(tx, before.id, at=now, actor=actor, what="missed")


async def _note_choice(
    tx: Tx, before: meetings.MeetingRecord, meeting: UUID, *, now: datetime
) -> None:
    await attention.add_activity(
        tx, before.candidate_id, "time_chosen", meeting_id=meeting, now=now
    )


async def _held(tx: Tx, found: meetings.MeetingRecord, *, now: datetime) -> HeldTimes | None:
    failed = await aftermath.failure_of(tx, found.id)
    if failed:
        group = failed.hold_group
        return await read_group(tx, group, now=now) if group else None
    offered = await holds.open_group(tx, found.trajectory_id, now=now)
    return await read_group(tx, offered, now=now) if offered else None
