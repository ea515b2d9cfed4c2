"""Booking, moving, cancelling and closing a meeting: each one transaction with its outbox."""

from dataclasses import dataclass
from datetime import datetime

from coaching.verdict import Verdict
from coaching.words import MeetingKind, MeetingStatus, Mode
from server.usecases.context import MeetingId, Parts, RoomId, StaffActor, TrajectoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRequest:
    """What is asked for. `starts_local` is wall time in the organisation's zone, without zone."""

    trajectory: TrajectoryId
    kind: MeetingKind
    mode: Mode
    starts_local: datetime
    minutes: int
    room: RoomId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """The meeting stands; `verdict` may still carry warnings."""

    meeting: MeetingId
    verdict: Verdict


async def judge_booking(
    parts: Parts, actor: StaffActor, request: BookingRequest, *, now: datetime
) -> Verdict:
    """Say what the rules think of a booking, without making it. Reads only."""
    raise NotImplementedError


async def book_meeting(
    parts: Parts, actor: StaffActor, request: BookingRequest, *, key: str, now: datetime
) -> Booked:
    """Book: meeting, invitation, mail and calendar rows in one transaction.

    The same `key` with the same request gives the same answer; with another request it is refused.

    Raises:
        Refused: a rule refuses.
        BadInput: in the past (`starts_in_past`), a time that the clock skips (`time_skipped`), a
            length out of 5 to 480 minutes, no room for a meeting at a location (`room_needed`), a
            room for another mode (`room_unused`).
        Conflict: coach, candidate or room is taken (`coach_taken`, `candidate_taken`,
            `room_taken`), or `key` was used for something else (`key_reused`).
        NotAllowed, NotFound: not this person's trajectory.
    """
    raise NotImplementedError


async def move_meeting(
    parts: Parts,
    actor: StaffActor,
    meeting: MeetingId,
    *,
    starts_local: datetime,
    minutes: int,
    mode: Mode,
    room: RoomId | None,
    revision: int,
    key: str,
    now: datetime,
) -> Booked:
    """Move a planned meeting; the old link explains itself and a new invitation goes out.

    Raises:
        Conflict: `stale` when `revision` is no longer the newest, or as in `book_meeting`.
        Refused, BadInput, NotFound: as in `book_meeting`.
    """
    raise NotImplementedError


async def cancel_meeting(
    parts: Parts, actor: StaffActor, meeting: MeetingId, *, revision: int, key: str, now: datetime
) -> None:
    """Cancel a planned meeting: link withdrawn, mail with CANCEL, calendar event removed.

    Raises:
        Conflict: `stale`, or `already_closed` when it is held, missed or cancelled.
    """
    raise NotImplementedError


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
    """
    raise NotImplementedError


async def resend_invitation(
    parts: Parts, actor: StaffActor, meeting: MeetingId, *, key: str, now: datetime
) -> None:
    """Send the newest invitation again, at most three times a day.

    Raises:
        Conflict: `resent_enough`.
    """
    raise NotImplementedError
