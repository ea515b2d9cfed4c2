"""What stays of the line of a talk: counts in words for coach and planner, and no outcome."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import update

from coaching.errors import NotFound
from coaching.line_quality import LineLevel, Stretch
from coaching.words import Role
from server.store.schema import candidate
from server.usecases.context import Parts
from server.usecases.line_quality import SideOfLine, count_stretch, line_of_talk
from tests.contract.test_after_talk import talk_of
from tests.house_of_people import House
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.contract

FINE = Stretch(lost_permille=0, rtt_ms=40, kbps=900, height=720)
LOSSY = replace(FINE, lost_permille=400)


async def test_coach_and_planner_read_each_side_in_words(house: House, parts: Parts) -> None:
    coach = await house.coach()
    talk = await talk_of(house, coach)
    assert await line_of_talk(parts, coach, talk) == ()
    before = await rows(parts, "meeting", id=talk)
    for stretch in (FINE, LOSSY, LOSSY):
        await count_stretch(parts, talk, Role.CANDIDATE, stretch, relayed=stretch is LOSSY)
    await count_stretch(parts, talk, Role.COACH, FINE, relayed=False)

    sides = (
        SideOfLine(role=Role.COACH, level=LineLevel.GOOD, relayed=False),
        SideOfLine(role=Role.CANDIDATE, level=LineLevel.BAD, relayed=True),
    )
    assert await line_of_talk(parts, coach, talk) == sides
    assert await line_of_talk(parts, await house.planner(), talk) == sides
    (kept,) = await rows(parts, "talk_quality", meeting_id=talk, role="candidate")
    assert (kept["good"], kept["weak"], kept["bad"], kept["relayed"]) == (1, 0, 2, 2)
    assert await rows(parts, "meeting", id=talk) == before
    assert await rows(parts, "failure", meeting_id=talk) == []


async def test_line_of_somebody_elses_talk_is_told_to_no_coach(house: House, parts: Parts) -> None:
    talk = await talk_of(house, await house.coach())
    await count_stretch(parts, talk, Role.COACH, FINE, relayed=False)

    with pytest.raises(NotFound):
        await line_of_talk(parts, await house.coach(), talk)


async def test_nothing_is_counted_of_somebody_who_was_erased(house: House, parts: Parts) -> None:
    talk = await talk_of(house, await house.coach())
    async with parts.database.write() as tx:
        await tx.execute(update(candidate).values(erased_at=parts.now()))

    await count_stretch(parts, talk, Role.COACH, FINE, relayed=False)

    assert await rows(parts, "talk_quality", meeting_id=talk) == []


async def test_stretches_that_come_at_once_are_all_counted(house: House, parts: Parts) -> None:
    talk = await talk_of(house, await house.coach())
    each = (count_stretch(parts, talk, Role.COACH, FINE, relayed=False) for _ in range(4))

    await asyncio.gather(*each)

    (kept,) = await rows(parts, "talk_quality", meeting_id=talk)
    assert kept["good"] == 4
