"""The camera waiver: a recorded exception to R4; the candidate talks without a camera (E9)."""

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


async def use_camera_waiver(tx: Tx, meeting: meetings.MeetingRecord) -> None:
    """Bind a waiver for one appointment to the talk that was held on it."""
    found = await rulebook.exceptions_of(tx, meeting.trajectory_id)
    single = (one for one in found if one.valid_until is None and not one.used)
    ours = next((one.id for one in single if _holds_for(one, meeting)), None)
    if ours and meeting.mode == Mode.VIDEO:
        await rulebook.change_exception(tx, ours, used_by=meeting.id)


def _holds_for(one: rulebook.ExceptionRow, meeting: meetings.MeetingRecord) -> bool:
    day = to_wall(meeting.starts_at, ZoneInfo(meeting.zone)).date()
    free = one.valid_until is not None or not one.used or one.used_by == meeting.id
    return one.rule == CAMERA_RULE and free and in_force(one, day)
