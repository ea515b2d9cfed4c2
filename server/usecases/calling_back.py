"""A candidate asks to be called: when that is, and what the coach gets of it."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import assert_never
from uuid import UUID
from zoneinfo import ZoneInfo

from coaching.wall_time import to_wall
from coaching.working_days import is_working_day, working_days_after
from server.store import attention, notices, people
from server.store.database import Tx
from server.usecases.attention import TodoCode
from server.usecases.todos import write_todo


class CallWindow(StrEnum):
    """When a candidate would like to be called."""

    NOW = "now"  # as soon as possible, within two working hours
    MORNING = "morning"  # the next working morning, 9 to 12
    AFTERNOON = "afternoon"  # the next working afternoon, 12 to 17
    EVENING = "evening"  # the next working evening, 17 to 20


_HOURS = {
    CallWindow.MORNING: (time(9), time(12)),
    CallWindow.AFTERNOON: (time(12), time(17)),
    CallWindow.EVENING: (time(17), time(20)),
}
_OFFICE = (time(9), time(17))
_SOON = timedelta(hours=2)
_LEAST = timedelta(minutes=30)  # of a window that is left


def call_window(window: CallWindow, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when until when the coach calls: the first such part of a working day. Pure."""
    match window:
        case CallWindow.NOW:
            start, end = _next(_OFFICE, now, zone)
            return start, min(end, start + _SOON)
        case CallWindow.MORNING | CallWindow.AFTERNOON | CallWindow.EVENING:
            return _next(_HOURS[window], now, zone)
        case _:
            assert_never(window)


async def ask_for_call(
    tx: Tx,
    trajectory: people.TrajectoryRecord,
    window: CallWindow,
    *,
    meeting: UUID | None,
    zone: ZoneInfo,
    now: datetime,
) -> attention.CallRecord:
    """Write the request, a to-do and a notice; one that is open already stays the only one."""
    await people.candidate_to_change(tx, trajectory.candidate_id)
    there = await attention.open_call(tx, trajectory.id)
    if there:
        return there
    from_at, until_at = call_window(window, now, zone)
    asked = {
        "candidate_id": trajectory.candidate_id,
        "trajectory_id": trajectory.id,
        "meeting_id": meeting,
        "from_at": from_at,
        "until_at": until_at,
        "asked_at": now,
    }
    made = await attention.insert_call(tx, **asked)
    await attention.add_activity(
        tx, trajectory.candidate_id, "call_asked", meeting_id=meeting, now=now
    )
    call = await attention.open_call(tx, trajectory.id)
    if call is None:
        raise LookupError(made)
    await _tell(tx, trajectory, call, zone=zone, now=now)
    return call


async def _tell(
    tx: Tx,
    trajectory: people.TrajectoryRecord,
    call: attention.CallRecord,
    *,
    zone: ZoneInfo,
    now: datetime,
) -> None:
    candidate = await people.candidate_by_id(tx, trajectory.candidate_id)
    params = {
        "candidate": candidate.name if candidate else "",
        "from": to_wall(call.from_at, zone).isoformat(timespec="minutes"),
        "until": to_wall(call.until_at, zone).isoformat(timespec="minutes"),
    }
    await write_todo(
        tx,
        TodoCode.CALL_BACK,
        trajectory,
        about=str(call.id),
        due_at=call.until_at,
        now=now,
        meeting=call.meeting_id,
        params=params,
    )
    coach = trajectory.coach_id
    await notices.add_notice(
        tx, coach, code="call_back", params=params, meeting_id=call.meeting_id, now=now
    )


def _next(hours: tuple[time, time], now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    day = to_wall(now, zone).date()
    if not is_working_day(day):
        day = working_days_after(day, 1)
    start, end = (datetime.combine(day, hour, tzinfo=zone) for hour in hours)
    if now + _LEAST > end:
        day = working_days_after(day, 1)
        start, end = (datetime.combine(day, hour, tzinfo=zone) for hour in hours)
    return max(start, now), end
