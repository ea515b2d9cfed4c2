"""Free times from our own tables: for staff who book, for a talk that failed, for a candidate."""

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from coaching.access import Right
from coaching.availability_request import FreeTime
from coaching.words import MeetingKind, Mode, TrajectoryState
from server.store import people
from server.store.database import Tx
from server.usecases.access import known_trajectory, meeting_to_move
from server.usecases.appointments import own_trajectory
from server.usecases.booking_facts import read_file
from server.usecases.context import (
    MeetingId,
    Parts,
    RoomId,
    StaffActor,
    StaffId,
    TrajectoryId,
)
from server.usecases.diaries import Diaries
from server.usecases.numbers import numbers_at
from server.usecases.offers import Wanted, find_times

_MOST = 50


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
    talk: MeetingId | None = None,
    now: datetime,
) -> tuple[FreeTimeView, ...]:
    """The next `most` (at most 50) fitting times. Reads only.

    `any_coach` looks at every coach with whom the candidate has an active trajectory too, for a
    planner or admin; a coach reads only the own times. `soft` takes tentative busy times for free
    and marks them. A time that a rule refuses is not given. `talk` is the meeting that would move
    there: the times are with its coach, who may stand in for this one talk (E5).

    Raises:
        BadInput: `length_bad`, `mode_unbookable`.
        NotFound: not this person's trajectory, or a talk that they may not change (any more).
    """
    after = datetime.combine(from_day, time(), tzinfo=parts.settings.tz) if from_day else None
    wanted = Wanted(
        kind=kind,
        mode=mode,
        minutes=minutes,
        after=after,
        soft=soft,
        most=max(1, min(most, _MOST)),
        moved=talk,
    )
    async with parts.database.read() as tx:
        found, coach = await _whose(tx, actor, trajectory, talk, now=now)
        widely = any_coach and actor.may(Right.PLAN)
        others = await people.trajectories_of(tx, [found.candidate_id]) if widely else ()
        active = (one.coach_id for one in others if one.state == TrajectoryState.ACTIVE)
        settings = await numbers_at(tx, after or now, parts.settings.tz)
        times, diaries = await find_times(
            tx,
            settings,
            await read_file(tx, found),
            wanted,
            coaches=list(dict.fromkeys((coach, *active))),
            now=now,
        )
    return tuple(view_of(one, diaries) for one in times)


async def _whose(
    tx: Tx,
    actor: StaffActor,
    trajectory: TrajectoryId,
    talk: MeetingId | None,
    *,
    now: datetime,
) -> tuple[people.TrajectoryRecord, UUID]:
    """The trajectory, and with whom the time would be."""
    if talk is None:
        found = await own_trajectory(tx, actor, trajectory)
        return found, found.coach_id
    stands = await meeting_to_move(tx, actor, talk, now=now)
    return await known_trajectory(tx, stands.trajectory_id), stands.coach_id


def view_of(time: FreeTime, diaries: Diaries) -> FreeTimeView:
    """A free time with the names that a page shows."""
    room = diaries.room_records.get(time.room) if time.room else None
    abroad = time.candidate_wall != time.wall
    return FreeTimeView(
        starts_at=time.starts_at,
        ends_at=time.ends_at,
        mode=time.mode,
        coach=StaffId(time.coach),
        coach_name=diaries.coach_names.get(time.coach, ""),
        room=RoomId(room.id) if room else None,
        room_name=room.name if room else "",
        place_name=room.place_name if room else "",
        place_address=room.place_address if room else "",
        soft=time.over_soft,
        own_office=time.own_office,
        candidate_wall=time.candidate_wall if abroad else None,
    )
