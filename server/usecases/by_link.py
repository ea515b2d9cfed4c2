"""What a candidate does with the link of an invitation, without an account."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from coaching.availability_request import FreeTime, TimeRequest
from coaching.errors import Conflict, NotFound
from coaching.facts import StartedBy
from coaching.free_times import look_at
from coaching.wall_time import to_wall
from coaching.words import MeetingKind, MeetingStatus, Mode
from server.store import aftermath, attention, holds, keys, meetings, people
from server.store.database import Tx
from server.usecases.access import ByLink, known_trajectory, meeting_of_link
from server.usecases.appointments import allowed, claim
from server.usecases.attention import TodoCode
from server.usecases.booking import Booked, booked_from
from server.usecases.booking_facts import read_file
from server.usecases.calling_back import CallWindow, ask_for_call
from server.usecases.context import Parts
from server.usecases.diaries import needs_of, open_diaries
from server.usecases.free_times import FreeTimeView, view_of
from server.usecases.holding import HeldTimes, read_group
from server.usecases.numbers import numbers_at
from server.usecases.offers import Wanted, find_times
from server.usecases.repeating import once
from server.usecases.slots import Slot
from server.usecases.standing import call_off, move_appointment
from server.usecases.talks import load_talk
from server.usecases.todos import write_todo
from server.usecases.verdict_record import to_record

__all__ = ["ByLink", "CallWindow"]
_TIMES = 12
_TAKEN = ("coach_taken", "candidate_taken", "room_taken")
_PLAN_WITHIN = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestTimes:
    """What a candidate may choose from; `held` are times held after a talk that failed."""

    times: tuple[FreeTimeView, ...]
    held: HeldTimes | None
    can_move: bool
    can_cancel: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBack:
    """When the coach will call."""

    from_at: datetime
    until_at: datetime
    coach_name: str
    phone: str  # of the candidate; empty: nobody has a number, so the page shows the coach's
    coach_phone: str


async def guest_times(parts: Parts, token: str, *, now: datetime) -> GuestTimes:
    """Times to which the candidate may move this meeting. Reads only.

    Raises:
        NotFound: `link_unknown`, or a link that was replaced.
    """
    async with parts.database.read() as tx:
        found = await meeting_of_link(tx, token)
        trajectory = await known_trajectory(tx, found.trajectory_id)
        settings = await numbers_at(tx, found.starts_at, parts.settings.tz)
        open_still = found.status == MeetingStatus.PLANNED and now < found.starts_at
        times: tuple[FreeTimeView, ...] = ()
        if open_still:
            file = await read_file(tx, trajectory)
            some, diaries = await find_times(tx, settings, file, _wanted(found), now=now)
            times = tuple(view_of(one, diaries) for one in some)
        held = await _held(tx, found, now=now)
    return GuestTimes(times=times, held=held, can_move=open_still, can_cancel=open_still)


async def guest_move(
    parts: Parts, token: str, *, starts_at: datetime, key: str, now: datetime
) -> Booked:
    """Move the meeting to one of the times of `guest_times`; the old link explains itself.

    Raises:
        Conflict: `time_taken`, it was taken just now, or is none of the times; `too_late`, the
            meeting is going on; `already_closed`.
        Refused: a rule refuses.
        NotFound: `link_unknown`, or a link that was replaced.
    """
    found, asked = await _asked(parts, token, "guest_move", key, starts_at.isoformat())

    async def work(tx: Tx) -> keys.Answer:
        before = await _to_change(tx, token, found, now=now)
        trajectory = await known_trajectory(tx, before.trajectory_id)
        slot = await _free_slot(parts, tx, before, starts_at, now=now)
        await claim(tx, trajectory, slot, now=now, moved=before.id)
        kind = MeetingKind(before.kind)
        verdict = await allowed(
            tx,
            kind,
            slot,
            trajectory,
            now=now,
            moved=before.id,
            started_by=StartedBy.CANDIDATE,
        )
        await move_appointment(parts, tx, before, slot, verdict=verdict, actor=asked.actor, now=now)
        await attention.add_activity(
            tx, before.candidate_id, "time_chosen", meeting_id=before.id, now=now
        )
        return {"meeting": str(before.id), "verdict": to_record(verdict)}

    try:
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
        before = await _to_change(tx, token, found, now=now)
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


async def _to_change(
    tx: Tx, token: str, found: meetings.MeetingRecord, *, now: datetime
) -> meetings.MeetingRecord:
    before = await meetings.meeting_to_change(tx, found.id)
    await meeting_of_link(tx, token)
    if before is None or before.status not in (MeetingStatus.PLANNED, MeetingStatus.OPEN):
        raise Conflict("already_closed")
    if before.status == MeetingStatus.OPEN or now >= before.starts_at:
        raise Conflict("too_late")
    return before


def _minutes(found: meetings.MeetingRecord) -> int:
    return int((found.ends_at - found.starts_at).total_seconds() // 60)


def _wanted(found: meetings.MeetingRecord) -> Wanted:
    return Wanted(
        kind=MeetingKind(found.kind),
        mode=Mode(found.mode),
        minutes=_minutes(found),
        most=_TIMES,
        for_staff=False,
        moved=found.id,
    )


async def _held(tx: Tx, found: meetings.MeetingRecord, *, now: datetime) -> HeldTimes | None:
    failed = await aftermath.failure_of(tx, found.id)
    if failed:
        group = failed.hold_group
        return await read_group(tx, group, soon=failed.soon, now=now) if group else None
    offered = await holds.open_group(tx, found.trajectory_id, now=now)
    return await read_group(tx, offered, soon=True, now=now) if offered else None


async def _free_slot(
    parts: Parts, tx: Tx, before: meetings.MeetingRecord, starts_at: datetime, *, now: datetime
) -> Slot:
    """The slot at `starts_at`, with a room where one is needed, when it is free."""
    settings = await numbers_at(tx, starts_at, parts.settings.tz)
    diaries = await open_diaries(
        tx,
        settings,
        coaches=[before.coach_id],
        candidate=before.candidate_id,
        now=now,
        for_staff=False,
        besides=[before.id],
    )
    request = TimeRequest(
        mode=Mode(before.mode),
        minutes=_minutes(before),
        candidate=diaries.candidate,
        needs=needs_of(MeetingKind(before.kind)),
    )
    found = look_at(request, diaries.coaches[0], diaries.rooms, starts_at, now=now)
    if not isinstance(found, FreeTime):
        raise Conflict("time_taken")
    return Slot(
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        zone=settings.zone.key,
        local_start=to_wall(found.starts_at, settings.zone).isoformat(timespec="minutes"),
        mode=found.mode,
        room=found.room,
    )
