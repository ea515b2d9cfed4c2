"""The list "vraagt aandacht": most urgent first, one thing to do each, for whom it concerns."""

from datetime import timedelta

import pytest

from server.store.database import Tx
from server.usecases.access import known_trajectory
from server.usecases.attention import TodoCode, attention, my_people
from server.usecases.context import Parts, TrajectoryId
from server.usecases.todos import write_todo
from tests.house_of_people import House

pytestmark = pytest.mark.contract
CODES = tuple(TodoCode)


async def write(parts: Parts, trajectory: TrajectoryId) -> None:
    """One of each kind, those that come due first written last."""
    now = parts.now()

    async def work(tx: Tx) -> None:
        whose = await known_trajectory(tx, trajectory)
        for place, code in enumerate(CODES):
            due = now + timedelta(hours=len(CODES) - place)
            await write_todo(tx, code, whose, about=code, due_at=due, now=now)

    await parts.database.run(work)


async def test_what_asks_for_attention_comes_by_urgency_with_one_action_each(
    house: House, parts: Parts
) -> None:
    coach, other = await house.coach(), await house.coach()
    await write(parts, await house.trajectory(coach))

    found = await attention(parts, await house.planner(), now=parts.now())

    assert {one.code for one in found} == set(CODES)
    order = [(one.urgency, one.due_at) for one in found]
    assert order == sorted(order)
    assert found[0].code is TodoCode.PHONE_NOW
    assert all(one.action and one.href.startswith("/") for one in found)
    own = await attention(parts, coach, now=parts.now())
    assert [one.id for one in own] == [one.id for one in found]
    assert await attention(parts, other, now=parts.now()) == ()


async def test_whoever_has_no_talk_left_in_the_contract_is_still_ready_for_video(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    full = await house.acquainted(coach, talks=2)
    await house.book(full, "2027-03-03T14:00")
    never_met = await house.trajectory(coach)

    found = await my_people(parts, coach, now=parts.now())

    assert {one.trajectory: one.ready_online for one in found} == {full: True, never_met: False}
