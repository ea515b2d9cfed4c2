"""What staff read of a trajectory: how far it is, and the time the two spent together."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from coaching.access import may_guide
from coaching.words import MeetingKind, MeetingStatus, Mode
from server.store import people
from server.store.attention import phone_answered
from server.store.database import Tx
from server.store.meetings import MeetingRecord, meetings_of_trajectories
from server.usecases.context import CandidateId, StaffActor, StaffId, TrajectoryId

_NOT_A_TALK = (MeetingKind.PRACTICE, MeetingKind.COLLEAGUE)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrajectoryView:
    """A trajectory as staff see it."""

    id: TrajectoryId
    number: str  # "T-1234"
    candidate_id: CandidateId
    coach_id: StaffId
    coach_name: str
    talks: int
    minutes: int
    state: str
    profile: str  # light, usual, extra
    cadence_days: int | None
    still_since: datetime | None  # paused or restricted since, or ended at
    held_offline: int
    held_video: int
    planned: int
    acquainted: bool
    contact_minutes: int  # of talks that were held, also of one that went on by phone (E6)


async def trajectory_views(
    tx: Tx, actor: StaffActor, candidates: Sequence[UUID]
) -> tuple[TrajectoryView, ...]:
    """The trajectories of these candidates that `actor` may read."""
    found = await people.trajectories_of(tx, candidates)
    shown = [one for one in found if may_guide(actor, one.coach_id)]
    meetings = await meetings_of_trajectories(tx, [one.id for one in shown])
    phoned = await phone_answered(tx, [m.id for m in meetings if m.status == MeetingStatus.FAILED])
    return tuple(
        _trajectory_view(one, [m for m in meetings if m.trajectory_id == one.id], phoned)
        for one in shown
    )


def contact_minutes(meetings: Iterable[MeetingRecord], phoned: Collection[UUID]) -> int:
    """The time together: of each talk that was held what was planned for it.

    Of a video talk that failed it counts too when it went on by phone (`phoned`, E6); else only
    what the two were connected. It is no part of the band. Pure.
    """
    total = timedelta()
    for one in meetings:
        if one.status == MeetingStatus.HELD or one.id in phoned:
            total += one.ends_at - one.starts_at
        elif one.status == MeetingStatus.FAILED:
            total += timedelta(seconds=one.joint_seconds)
    return total // timedelta(minutes=1)


def _trajectory_view(
    trajectory: people.TrajectoryRecord,
    meetings: Iterable[MeetingRecord],
    phoned: Collection[UUID],
) -> TrajectoryView:
    talks = [m for m in meetings if m.kind not in _NOT_A_TALK]
    held = [m for m in talks if m.status == MeetingStatus.HELD]
    offline = [m for m in held if m.mode == Mode.OFFLINE]
    return TrajectoryView(
        id=TrajectoryId(trajectory.id),
        number=f"T-{trajectory.number}",
        candidate_id=CandidateId(trajectory.candidate_id),
        coach_id=StaffId(trajectory.coach_id),
        coach_name=trajectory.coach_name,
        talks=trajectory.talks,
        minutes=trajectory.minutes,
        state=trajectory.state,
        profile=trajectory.profile,
        cadence_days=trajectory.cadence_days,
        still_since=trajectory.paused_since,
        held_offline=len(offline),
        held_video=sum(m.mode == Mode.VIDEO for m in held),
        planned=sum(m.status in (MeetingStatus.PLANNED, MeetingStatus.OPEN) for m in talks),
        acquainted=any(
            m.kind == MeetingKind.ACQUAINTANCE and m.coach_id == trajectory.coach_id
            for m in offline
        ),
        contact_minutes=contact_minutes(talks, phoned),
    )
