"""Whether guidance runs, stands still or ended: who may decide that (R29)."""

from uuid import uuid4

import pytest

from coaching.errors import NotAllowed
from coaching.words import TrajectoryState
from server.usecases.context import Parts, StaffActor
from server.usecases.guiding import set_state
from tests.house_of_people import House

pytestmark = pytest.mark.contract


async def test_a_restriction_is_made_and_lifted_by_planners_only(
    house: House, parts: Parts
) -> None:
    coach, planner = await house.coach(), await house.planner()
    trajectory = await house.trajectory(coach)

    async def goes(actor: StaffActor, state: TrajectoryState) -> None:
        await set_state(parts, actor, trajectory, state, key=uuid4().hex, now=parts.now())

    with pytest.raises(NotAllowed):
        await goes(coach, TrajectoryState.RESTRICTED)
    await goes(planner, TrajectoryState.RESTRICTED)
    for state in (TrajectoryState.ACTIVE, TrajectoryState.PAUSED, TrajectoryState.ENDED):
        with pytest.raises(NotAllowed):
            await goes(coach, state)
    await goes(planner, TrajectoryState.ACTIVE)
    await goes(coach, TrajectoryState.PAUSED)
    await goes(coach, TrajectoryState.ACTIVE)
