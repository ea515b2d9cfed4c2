"""Who could take one talk of another coach (E5), as a planner is shown it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from coaching.availability_request import Obstacle, TimeRequest
from coaching.errors import NotFound
from coaching.free_times import look_at
from coaching.words import MeetingKind, MeetingStatus, Mode, StaffRole
from server.store import meetings, people
from server.store.database import Tx
from server.usecases.access import known_trajectory, require_planner
from server.usecases.context import MeetingId, Parts, RoomId, StaffActor, StaffId
from server.usecases.diaries import needs_of, open_diaries
from server.usecases.numbers import numbers_at


@dataclass(frozen=True, slots=True, kw_only=True)
class PossibleCoach:
    """Somebody who could take the talk. `why_not` is None for who is free then."""

    id: StaffId
    name: str
    why_not: Obstacle | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StandInForm:
    """The talk, whose it is, and who could take it; those who are free come first."""

    meeting: MeetingId
    kind: MeetingKind
    mode: Mode
    starts_at: datetime
    ends_at: datetime
    revision: int
    room: RoomId | None
    candidate: UUID
    candidate_name: str
    coach_name: str  # of the talk, now
    own_coach_name: str  # of the guidance
    stands_in: bool
    coaches: tuple[PossibleCoach, ...]


async def stand_in_form(
    parts: Parts, actor: StaffActor, meeting: MeetingId, *, now: datetime
) -> StandInForm:
    """What a planner chooses from. Reads only.

    Raises:
        NotAllowed: the actor is neither planner nor admin.
        NotFound: `meeting_unknown`, also for a talk that is no longer planned.
    """
    require_planner(actor)
    async with parts.database.read() as tx:
        line = await meetings.line_of(tx, meeting)
        found = await meetings.meeting_by_id(tx, meeting)
        if found is None or line is None or found.status != MeetingStatus.PLANNED:
            raise NotFound("meeting_unknown")
        trajectory = await known_trajectory(tx, found.trajectory_id)
        return StandInForm(
            meeting=meeting,
            kind=MeetingKind(found.kind),
            mode=Mode(found.mode),
            starts_at=found.starts_at,
            ends_at=found.ends_at,
            revision=found.revision,
            room=RoomId(found.room_id) if found.room_id else None,
            candidate=found.candidate_id,
            candidate_name=line.candidate_name,
            coach_name=line.coach_name,
            own_coach_name=trajectory.coach_name,
            stands_in=found.coach_id != trajectory.coach_id,
            coaches=await _who_could(parts, tx, found, besides=trajectory.coach_id, now=now),
        )


async def _who_could(
    parts: Parts, tx: Tx, found: meetings.MeetingRecord, *, besides: UUID, now: datetime
) -> tuple[PossibleCoach, ...]:
    """The other active coaches, with what keeps them at that time."""
    settings = await numbers_at(tx, found.starts_at, parts.settings.tz)
    others = [
        one
        for one in await people.active_staff(tx)
        if StaffRole.COACH in one.roles and one.id not in (besides, found.coach_id)
    ]
    diaries = await open_diaries(
        tx,
        settings,
        coaches=[one.id for one in others],
        candidate=found.candidate_id,
        now=now,
        for_staff=True,
        besides=[found.id],
    )
    request = TimeRequest(
        mode=Mode.OFFLINE if found.mode == Mode.OFFLINE else Mode.PHONE,
        minutes=(found.ends_at - found.starts_at) // timedelta(minutes=1),
        candidate=diaries.candidate,
        needs=needs_of(MeetingKind(found.kind), diaries.candidate.needs),
    )
    could = []
    for one, diary in zip(others, diaries.coaches, strict=True):
        seen = look_at(request, diary, diaries.rooms, found.starts_at, now=now)
        why_not = seen if isinstance(seen, Obstacle) else None
        could.append(PossibleCoach(id=StaffId(one.id), name=one.name, why_not=why_not))
    return tuple(sorted(could, key=lambda one: (one.why_not is not None, one.name)))
