"""Handing a trajectory over to another coach (E4)."""

from dataclasses import dataclass
from datetime import datetime

from coaching.verdict import Verdict
from server.usecases.context import MeetingId, Parts, StaffActor, StaffId, TrajectoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """What became of the planned meetings. The old coach keeps what was held."""

    moved: tuple[MeetingId, ...]  # now with the new coach, at the same time
    cancelled: tuple[MeetingId, ...]  # the new coach is taken, or a rule refuses (R8)
    verdicts: tuple[Verdict, ...]  # why, in the order of `cancelled`; empty reasons: taken


async def hand_over(
    parts: Parts,
    actor: StaffActor,
    trajectory: TrajectoryId,
    coach: StaffId,
    *,
    key: str,
    now: datetime,
) -> HandedOver:
    """Give a trajectory another coach, in one step with its planned meetings, links and notices.

    A planned video talk falls under R8: with the new coach it needs a meeting at a location
    first, so it is cancelled with a to-do for the new coach, and told to the candidate.

    Raises:
        BadInput: `coach_unknown`; `same_coach`.
        Conflict: `handover_cycle`, this coach handed the trajectory over before;
            `trajectory_exists`; `talk_running`, a talk of it is going on.
        NotFound: no such trajectory.
        NotAllowed: the actor is neither planner nor admin.
    """
    raise NotImplementedError
