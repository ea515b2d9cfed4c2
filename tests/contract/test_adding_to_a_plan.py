"""A line more in a plan: some time in a week of choice, judged with all the others."""

from dataclasses import replace
from datetime import date, datetime

import pytest

from coaching.errors import BadInput
from coaching.facts import TalkWish
from coaching.words import MeetingKind, Mode
from server.usecases.context import Parts, StaffActor, TrajectoryId
from server.usecases.plan_adding import LineWish, add_line
from server.usecases.plan_grounds import PlanLine
from server.usecases.planning import ProposedPlan
from tests.house_of_people import House

pytestmark = pytest.mark.contract
PROGRESS, FIRST = MeetingKind.PROGRESS, MeetingKind.ACQUAINTANCE
WEEK = date(2027, 3, 8)  # a Monday


def wanted(kind: MeetingKind = PROGRESS, mode: Mode = Mode.OFFLINE, day: date = WEEK) -> LineWish:
    return LineWish(kind=kind, mode=mode, minutes=45, day=day)


async def somebody(house: House) -> tuple[StaffActor, TrajectoryId]:
    coach = await house.coach()
    await house.works(coach)
    return coach, await house.trajectory(coach, talks=2)


async def add(
    parts: Parts,
    coach: StaffActor,
    trajectory: TrajectoryId,
    before: ProposedPlan | None,
    wish: LineWish,
) -> ProposedPlan:
    lines = [one.line for one in before.lines] if before else []
    return await add_line(
        parts, coach, trajectory, lines, wish, how=TalkWish.EITHER, now=parts.now()
    )


async def test_talk_is_put_at_the_first_free_time_of_its_week_in_order_of_time(
    house: House, parts: Parts
) -> None:
    coach, trajectory = await somebody(house)

    later = wanted(mode=Mode.VIDEO, day=date(2027, 3, 15))
    second = await add(parts, coach, trajectory, None, later)
    both = await add(parts, coach, trajectory, second, wanted(FIRST))
    three = await add(parts, coach, trajectory, both, wanted(day=date(2027, 3, 10)))

    assert second.problems[0].code == "rule"  # nobody has met yet
    assert (both.added, both.problems) == (0, ())
    assert [one.line.kind for one in both.lines] == [FIRST, PROGRESS]
    assert both.lines[0].line.starts_local == datetime.fromisoformat("2027-03-08T09:00")
    # an hour lies between two talks of a plan, and a third is more than was agreed (R28)
    assert three.lines[1].line.starts_local == datetime.fromisoformat("2027-03-08T10:45")
    assert {one.line for one in three.problems} == {2}
    assert three.lines[2].verdict.leading_rule == "R28"


async def test_week_without_time_leaves_the_lines_and_says_why(house: House, parts: Parts) -> None:
    coach = await house.coach()
    trajectory = await house.trajectory(coach)
    line = PlanLine(
        kind=FIRST,
        mode=Mode.OFFLINE,
        starts_local=datetime.fromisoformat("2027-03-08T09:00"),
        minutes=45,
        room=await house.room(),
        office_reason="Dicht bij huis",
    )

    plan = await add_line(parts, coach, trajectory, [line], wanted(), now=parts.now())

    assert [one.line for one in plan.lines] == [line]
    assert (plan.added, plan.problems[0].code, plan.problems[0].line) == (None, "no_hours", None)


@pytest.mark.parametrize(
    ("day", "lines", "code"),
    [
        (date(2027, 2, 22), 0, "plan_week_bad"),
        (date(2031, 3, 1), 0, "plan_week_bad"),
        (date.max, 0, "plan_week_bad"),
        (date.min, 0, "plan_week_bad"),
        (WEEK, 200, "plan_too_long"),
    ],
)
async def test_week_that_is_over_or_a_201st_line_is_refused(
    sqlite_house: House, sqlite_parts: Parts, day: date, lines: int, code: str
) -> None:
    coach, trajectory = await somebody(sqlite_house)
    line = PlanLine(
        kind=PROGRESS,
        mode=Mode.PHONE,
        starts_local=datetime.fromisoformat("2027-03-08T09:00"),
        minutes=45,
        room=None,
    )

    with pytest.raises(BadInput, match=code):
        await add_line(
            sqlite_parts,
            coach,
            trajectory,
            [replace(line)] * lines,
            wanted(day=day),
            now=sqlite_parts.now(),
        )
