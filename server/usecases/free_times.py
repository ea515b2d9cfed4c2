"""Free times from our own tables: for staff who book, for a talk that failed, for a candidate."""

from dataclasses import dataclass
from datetime import date, datetime

from coaching.words import MeetingKind, Mode
from server.usecases.context import Parts, RoomId, StaffActor, StaffId, TrajectoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeTimeView:
    """A time at which coach, candidate and (at a location) room are free and the rules allow it."""

    starts_at: datetime
    ends_at: datetime
    mode: Mode
    coach: StaffId
    coach_name: str
    room: RoomId | None
    room_name: str
    place_name: str
    place_address: str
    soft: bool  # on something tentative of the coach
    own_office: bool  # in the coach's own office: warn (E21)
    candidate_wall: datetime | None  # what the candidate's clock shows, where it is another (E18)


async def free_times(
    parts: Parts,
    actor: StaffActor,
    trajectory: TrajectoryId,
    *,
    kind: MeetingKind,
    mode: Mode,
    minutes: int,
    any_coach: bool = False,
    from_day: date | None = None,
    soft: bool = False,
    most: int = 10,
    now: datetime,
) -> tuple[FreeTimeView, ...]:
    """The next `most` (at most 50) fitting times. Reads only.

    `any_coach` looks at every coach with whom the candidate has an active trajectory too; `soft`
    takes tentative busy times for free and marks them. A time that a rule refuses is not given.

    Raises:
        BadInput: `length_bad`, `mode_unbookable`.
        NotFound: not this person's trajectory.
    """
    raise NotImplementedError
