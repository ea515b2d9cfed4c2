"""The camera waiver: a recorded exception to R4; the candidate talks without a camera (E9)."""

from datetime import datetime
from zoneinfo import ZoneInfo

from coaching.wall_time import to_wall
from coaching.words import Mode
from server.store import meetings, rulebook
from server.store.database import Tx
from server.usecases.booking_facts import in_force

CAMERA_RULE = "R4"  # R5 goes with it: whoever needs no camera is not missed in the picture


async def has_camera_waiver(tx: Tx, meeting: meetings.MeetingRecord) -> bool:
    """Whether the candidate may take part in this video talk without a camera."""
    if meeting.mode != Mode.VIDEO:
        return False
    found = await rulebook.exceptions_of(tx, meeting.trajectory_id)
    return any(_holds_for(one, meeting) for one in found)


async def practises_without_camera(
    tx: Tx, meeting: meetings.MeetingRecord, *, now: datetime
) -> bool:
    """Whether the candidate may practise without a camera, by the link of this appointment.

    A waiver for the appointment itself counts, and one that holds today for a talk to come. A
    practice uses none up.
    """
    if await has_camera_waiver(tx, meeting):
        return True
    today = to_wall(now, ZoneInfo(meeting.zone)).date()
    found = await rulebook.exceptions_of(tx, meeting.trajectory_id)
    return any(one.rule == CAMERA_RULE and _is_left(one) and in_force(one, today) for one in found)


async def use_camera_waiver(tx: Tx, meeting: meetings.MeetingRecord) -> bool:
    """Bind a waiver for one appointment to the talk that was held on it; False: none."""
    found = await rulebook.exceptions_of(tx, meeting.trajectory_id)
    single = (one for one in found if one.valid_until is None and not one.used)
    ours = next((one.id for one in single if _holds_for(one, meeting)), None)
    if ours is None or meeting.mode != Mode.VIDEO:
        return False
    return await rulebook.change_exception(tx, ours, used_by=meeting.id)


def _holds_for(one: rulebook.ExceptionRow, meeting: meetings.MeetingRecord) -> bool:
    day = to_wall(meeting.starts_at, ZoneInfo(meeting.zone)).date()
    free = _is_left(one) or one.used_by == meeting.id
    return one.rule == CAMERA_RULE and free and in_force(one, day)


def _is_left(one: rulebook.ExceptionRow) -> bool:
    return one.valid_until is not None or not one.used
