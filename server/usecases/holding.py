"""Times that are held: three for a talk that failed, chosen or freed; provisional talks.

A held time is a meeting with status `provisional`: the database keeps it from others like any
appointment. It lapses by the clock (`hold_until`), in the statement that wants its time.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coaching.words import Mode
from server.usecases.booking import Booked
from server.usecases.context import Actor, MeetingId, Parts, StaffActor, TrajectoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class ByLink:
    """A candidate who holds the link of an invitation and has no session."""

    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTime:
    """One of the times that are held for both."""

    meeting: MeetingId  # what is chosen
    starts_at: datetime
    ends_at: datetime
    mode: Mode
    room_name: str  # for staff; a candidate is told the place only
    place_name: str
    place_address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTimes:
    """The times of one group. `soon` is false where none lies in the promised days (E20)."""

    group: UUID
    times: tuple[HeldTime, ...]
    soon: bool
    held_until: datetime | None


async def hold_times(
    parts: Parts, actor: StaffActor, trajectory: TrajectoryId, *, key: str, now: datetime
) -> HeldTimes:
    """Hold three times at a location for both, for 48 h; the candidate hears of them by mail.

    Gives the times that are held already, where there are any.

    Raises:
        NotFound: not this person's trajectory.
    """
    raise NotImplementedError


async def held_times(
    parts: Parts, actor: Actor | ByLink, group: UUID, *, now: datetime
) -> HeldTimes:
    """The times of a group that can still be chosen. Reads only.

    Raises:
        NotFound: `group_unknown`, no such times, or not this person's.
    """
    raise NotImplementedError


async def choose_time(
    parts: Parts, actor: Actor | ByLink, meeting: MeetingId, *, key: str, now: datetime
) -> Booked:
    """Choose a held time: it becomes an appointment with invitation; the others are freed.

    Raises:
        Conflict: `hold_lapsed`, the time is no longer held; `already_chosen`, another one of the
            group was.
        NotFound: `meeting_unknown`, no such held time, or not this person's.
    """
    raise NotImplementedError


async def put_back(
    parts: Parts, actor: StaffActor, meeting: MeetingId, *, revision: int, key: str, now: datetime
) -> Booked:
    """Undo the last move of a planned meeting: its old time, length, mode and room again.

    Raises:
        Conflict: `stale`, `never_moved`, `already_closed`, or the old time is taken since.
        Refused, BadInput, NotFound: as `move_meeting`.
    """
    raise NotImplementedError


async def confirm_provisional(
    parts: Parts, actor: StaffActor, meeting: MeetingId, *, key: str, now: datetime
) -> Booked:
    """Make a provisional talk that is not one of several held times an appointment.

    Raises:
        Refused: a rule still refuses it.
        Conflict: `hold_lapsed`, `already_closed`.
        NotFound: no such meeting, or not one of this coach.
    """
    raise NotImplementedError
