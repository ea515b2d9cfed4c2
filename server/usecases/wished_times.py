"""What stands in the way of a time that somebody moved a meeting to in a calendar."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from coaching.availability import BusyKind
from coaching.calendar_wishes import DAYTIME, NewTime, not_by_itself
from coaching.errors import BadInput, Conflict
from coaching.verdict import Verdict
from coaching.words import MeetingKind, Mode
from server.store import availability, meetings
from server.store.database import Tx
from server.store.people import TrajectoryRecord
from server.usecases.appointments import claim, judge
from server.usecases.context import Parts
from server.usecases.numbers import numbers_at
from server.usecases.seats import check_room
from server.usecases.slots import Slot, check_slot

_MIDNIGHT = "00:00"  # as an end: of the day


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule's number or a code that stands in the way, or None. `verdict` where rules spoke."""

    code: str | None
    verdict: Verdict | None = None
    slot: Slot | None = None


async def find_out(
    parts: Parts,
    tx: Tx,
    meeting: meetings.MeetingRecord,
    trajectory: TrajectoryRecord,
    *,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
    claims: bool,
) -> Finding:
    """What the rules and the diaries say of this time for a planned meeting.

    With `claims` coach, candidate and room are kept from others until the end of `tx`; without it
    nothing is written.
    """
    kind = MeetingKind(meeting.kind)
    try:
        slot = wished_slot(parts, meeting, starts_at, ends_at, now=now)
        if claims:
            coach = meeting.coach_id
            await claim(tx, trajectory, kind, slot, now=now, moved=meeting.id, coach=coach)
        else:
            await check_room(tx, slot, kind, trajectory.candidate_id, now=now)
    except (BadInput, Conflict) as error:
        return Finding(code=error.code)
    taken = None if claims else await _taken(tx, meeting, slot, now=now)
    if taken:
        return Finding(code=taken, slot=slot)
    verdict = await judge(tx, kind, slot, trajectory, now=now, moved=meeting.id)
    code = None if verdict.allowed else verdict.leading_rule
    return Finding(code=code, verdict=verdict, slot=slot)


async def left_to_a_person(
    parts: Parts, tx: Tx, meeting: meetings.MeetingRecord, slot: Slot, *, now: datetime
) -> str | None:
    """Why nobody but a person may accept this time, though no rule forbids it; None: it may be."""
    settings = await numbers_at(tx, slot.starts_at, ZoneInfo(slot.zone))
    busy = await availability.busy_of(tx, [meeting.coach_id], slot.starts_at, slot.ends_at)
    absent = await availability.absences_of(tx, [meeting.coach_id], after=slot.starts_at)
    new = NewTime(
        coach_busy=any(one.kind == BusyKind.HARD for one in busy)
        or any(one.starts_at < slot.ends_at for one in absent),
        in_hours=await _in_hours(parts, tx, meeting, slot),
        soonest=now + timedelta(hours=settings.notice_hours),
        starts_at=slot.starts_at,
    )
    return not_by_itself(new)


def wished_slot(
    parts: Parts,
    meeting: meetings.MeetingRecord,
    starts_at: datetime,
    ends_at: datetime,
    *,
    now: datetime,
) -> Slot:
    """The time as a slot of this meeting, in its form and room, when it can be booked at all.

    Raises:
        BadInput: as `check_slot`; `starts_bad` for a time that the clock shows twice and that is
            not the first of the two.
    """
    tz = parts.settings.tz
    slot = check_slot(
        starts_local=starts_at.astimezone(tz).replace(tzinfo=None),
        minutes=int((ends_at - starts_at).total_seconds() // 60),
        mode=Mode(meeting.mode),
        room=meeting.room_id,
        zone=tz,
        now=now,
    )
    if abs(slot.starts_at - starts_at) >= timedelta(minutes=1):
        raise BadInput("starts_bad", field="starts")
    return slot


async def _taken(
    tx: Tx, meeting: meetings.MeetingRecord, slot: Slot, *, now: datetime
) -> str | None:
    return await meetings.who_is_taken(
        tx,
        coach=meeting.coach_id,
        candidate=meeting.candidate_id,
        room=slot.room,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        besides=meeting.id,
        now=now,
    )


async def _in_hours(parts: Parts, tx: Tx, meeting: meetings.MeetingRecord, slot: Slot) -> bool:
    tz = parts.settings.tz
    begins, ends = slot.starts_at.astimezone(tz), slot.ends_at.astimezone(tz)
    coach = [meeting.coach_id]
    weekly = await availability.hours_of(tx, coach)
    days = await availability.days_of(tx, coach, since=begins.date())
    other = [one for one in days if one.day == begins.date()]
    if not weekly and not other:
        return DAYTIME[0] <= begins.hour and ends <= begins.replace(hour=DAYTIME[1], minute=0)
    if ends.date() != begins.date():
        return False
    open_then = [(one.opens, one.closes) for one in other]
    if not other:
        open_then = [(one.opens, one.closes) for one in weekly if one.weekday == begins.weekday()]
    first, last = f"{begins:%H:%M}", f"{ends:%H:%M}"
    return any(
        opens and opens <= first and (closes == _MIDNIGHT or last <= (closes or ""))
        for opens, closes in open_then
    )
