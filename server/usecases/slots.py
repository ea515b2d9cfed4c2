"""What is asked for, checked before the rules look at it: time, length, room. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from coaching.errors import BadInput
from coaching.wall_time import to_instant
from coaching.words import Mode
from server.store.meetings import MeetingRecord
from server.usecases.fields import between

_LEAST_MINUTES, _MOST_MINUTES = 5, 480
FURTHEST = timedelta(days=3 * 366)  # a year typed wrong, not a plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """When, how long, how and where. Moments are aware; `local_start` is what was agreed."""

    starts_at: datetime
    ends_at: datetime
    zone: str
    local_start: str
    mode: Mode
    room: UUID | None


def check_slot(
    *,
    starts_local: datetime,
    minutes: int,
    mode: Mode,
    room: UUID | None,
    zone: ZoneInfo,
    now: datetime,
) -> Slot:
    """The slot that was asked for, when it can be booked at all.

    Raises:
        BadInput: `starts_bad`, `starts_in_past`, `starts_too_far`, `time_skipped`, `length_bad`,
            `mode_unbookable`, `room_needed` or `room_unused`.
    """
    if starts_local.tzinfo is not None:
        raise BadInput("starts_bad", field="starts")
    between(minutes, _LEAST_MINUTES, _MOST_MINUTES, field="minutes", code="length_bad")
    _check_room(mode, room)
    wall = starts_local.replace(second=0, microsecond=0)
    starts_at = _moment(wall, zone)
    if starts_at < now:
        raise BadInput("starts_in_past", field="starts")
    if starts_at > now + FURTHEST:
        raise BadInput("starts_too_far", field="starts")
    return Slot(
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        zone=zone.key,
        local_start=wall.isoformat(timespec="minutes"),
        mode=mode,
        room=room,
    )


def slot_of(found: MeetingRecord) -> Slot:
    """The slot that a meeting has."""
    return Slot(
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        zone=found.zone,
        local_start=found.local_start,
        mode=Mode(found.mode),
        room=found.room_id,
    )


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    try:
        return to_instant(wall, zone)
    except OverflowError:
        raise BadInput("starts_bad", field="starts") from None


def _check_room(mode: Mode, room: UUID | None) -> None:
    if mode is Mode.WRITTEN:
        raise BadInput("mode_unbookable", field="mode")
    if mode is Mode.OFFLINE and room is None:
        raise BadInput("room_needed", field="room")
    if mode is not Mode.OFFLINE and room is not None:
        raise BadInput("room_unused", field="room")
