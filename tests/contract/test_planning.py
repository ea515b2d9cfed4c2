import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from coaching.errors import BadInput, Conflict, NotAllowed, Refused
from coaching.words import MeetingKind, Mode, StaffRole
from server.store.schema import meeting, outbox
from server.usecases.attention import TodoCode, attention, my_people
from server.usecases.booking import MoveRequest, move_meeting
from server.usecases.context import MeetingId, Parts, StaffActor, StaffId, TrajectoryId
from server.usecases.free_times import free_times
from server.usecases.handing_over import hand_over
from server.usecases.holding import put_back
from server.usecases.planning import (
    PlanLine,
    PlanWish,
    ProposedPlan,
    book_plan,
    check_plan,
    propose_plan,
)
from tests.conftest import Clock
from tests.house_of_people import House

pytestmark = pytest.mark.contract


def wish(trajectory: TrajectoryId, weeks: int = 20, **other: Any) -> PlanWish:  # noqa: ANN401 -- its fields
    flags = {"diagnosis": True, "practice": False, "reassessment": False, "closing": True}
    return PlanWish(
        trajectory=trajectory, from_day=date(2027, 3, 2), weeks=weeks, **{**flags, **other}
    )


async def plan_for(house: House, coach: StaffActor, trajectory: TrajectoryId) -> ProposedPlan:
    return await propose_plan(house.parts, coach, wish(trajectory), now=house.parts.now())


async def book(
    house: House, coach: StaffActor, trajectory: TrajectoryId, lines: list[PlanLine], key: str = ""
) -> tuple[MeetingId, ...]:
    booked = await book_plan(
        house.parts, coach, trajectory, lines, key=key or uuid4().hex, now=house.parts.now()
    )
    return booked.meetings


async def count_meetings(parts: Parts) -> int:
    async with parts.database.read() as tx:
        return await tx.scalar(select(func.count()).select_from(meeting)) or 0


async def test_a_whole_trajectory_is_proposed_within_the_blend_and_booked_in_one_step(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    await house.works(coach)
    trajectory = await house.trajectory(coach)  # ten talks

    plan = await plan_for(house, coach, trajectory)
    made = await book(house, coach, trajectory, [one.line for one in plan.lines], key="plan")

    assert plan.problems == ()
    assert [one.line.kind for one in plan.lines][:2] == [
        MeetingKind.ACQUAINTANCE,
        MeetingKind.DIAGNOSIS,
    ]
    assert len(plan.lines) == 10
    assert plan.lower <= plan.online <= plan.upper
    assert len(made) == 10 == await count_meetings(parts)
    again = await book(house, coach, trajectory, [one.line for one in plan.lines], key="plan")
    assert again == made
    async with parts.database.read() as tx:
        mails = await tx.scalar(select(func.count()).where(outbox.c.kind == "mail"))
    assert mails == 10


async def test_one_line_that_cannot_be_books_nothing_at_all(house: House, parts: Parts) -> None:
    coach = await house.coach()
    await house.works(coach)
    trajectory = await house.trajectory(coach)
    lines = [one.line for one in (await plan_for(house, coach, trajectory)).lines]
    other = await house.acquainted(coach)
    stood = await count_meetings(parts)
    await house.book(other, lines[4].starts_local.isoformat())

    with pytest.raises(Conflict) as taken:
        await book(house, coach, trajectory, lines)
    checked = await check_plan(parts, coach, trajectory, lines, now=parts.now())

    assert (taken.value.code, taken.value.params["line"]) == ("coach_taken", 4)
    assert [(one.code, one.line) for one in checked.problems] == [("coach_taken", 4)]
    assert await count_meetings(parts) == stood + 1


async def test_a_plan_that_a_rule_refuses_says_which_line(house: House, parts: Parts) -> None:
    coach = await house.coach()
    await house.works(coach)
    trajectory = await house.trajectory(coach)
    plan = await plan_for(house, coach, trajectory)
    first = plan.lines[0].line
    video = PlanLine(
        kind=first.kind,
        mode=Mode.VIDEO,
        starts_local=first.starts_local,
        minutes=first.minutes,
        room=None,
    )

    with pytest.raises(Refused) as refused:
        await book(house, coach, trajectory, [video, *(one.line for one in plan.lines[1:])])

    assert (refused.value.verdict.leading_rule, refused.value.params["line"]) == ("R7", 0)
    assert await count_meetings(parts) == 0


@pytest.mark.parametrize(
    ("count", "code"), [(0, "plan_empty"), (201, "plan_too_long")], ids=["none", "too many"]
)
async def test_a_plan_has_1_to_200_lines(house: House, parts: Parts, count: int, code: str) -> None:
    coach = await house.coach()
    line = PlanLine(
        kind=MeetingKind.PROGRESS,
        mode=Mode.PHONE,
        starts_local=datetime(2027, 3, 5, 10),  # noqa: DTZ001 -- wall time
        minutes=45,
        room=None,
    )
    with pytest.raises(BadInput) as refused:
        await book(house, coach, await house.trajectory(coach), [line] * count)
    assert refused.value.code == code


async def test_a_guidance_of_one_talk_is_the_acquaintance_and_of_200_says_what_it_takes(
    sqlite_house: House,
) -> None:
    coach = await sqlite_house.coach()
    await sqlite_house.works(coach)

    one = await plan_for(sqlite_house, coach, await sqlite_house.trajectory(coach, talks=1))
    many = await plan_for(sqlite_house, coach, await sqlite_house.trajectory(coach, talks=200))

    assert [planned.line.kind for planned in one.lines] == [MeetingKind.ACQUAINTANCE]
    assert one.problems == ()
    assert "too_short" in [problem.code for problem in many.problems]


async def test_a_coach_without_hours_gets_a_plan_that_says_so(house: House, parts: Parts) -> None:
    coach = await house.coach()
    plan = await plan_for(house, coach, await house.trajectory(coach))

    assert plan.lines == ()
    assert [one.code for one in plan.problems] == ["no_hours"]


async def test_free_times_keep_hours_meetings_and_notice(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    room = await house.works(coach)
    trajectory = await house.acquainted(coach)
    await house.book(trajectory, "2027-03-01T11:00", mode=Mode.PHONE)

    found = await free_times(
        parts,
        coach,
        trajectory,
        kind=MeetingKind.PROGRESS,
        mode=Mode.OFFLINE,
        minutes=45,
        now=clock(),
    )

    local = [one.starts_at.astimezone(parts.settings.tz) for one in found]
    assert f"{local[0]:%Y-%m-%dT%H:%M}" == "2027-03-01T10:00"
    assert all(one.room == room and one.place_name for one in found)
    talk = (clock.set("2027-03-01T11:00"), clock.set("2027-03-01T11:45"))
    assert not any(one.starts_at < talk[1] and one.ends_at > talk[0] for one in found)
    assert all(9 <= moment.hour < 17 and moment.weekday() < 5 for moment in local)


async def test_a_talk_that_was_moved_is_put_back(house: House, parts: Parts) -> None:
    coach = await house.coach()
    booked = await house.book(await house.acquainted(coach), "2027-03-03T14:00")
    await move_meeting(
        parts,
        coach,
        booked.meeting,
        MoveRequest(
            starts_local=datetime(2027, 3, 4, 9),  # noqa: DTZ001 -- wall time
            minutes=30,
            mode=Mode.PHONE,
            room=None,
        ),
        revision=1,
        key="a",
        now=parts.now(),
    )

    for _ in range(2):
        await put_back(parts, coach, booked.meeting, revision=2, key="b", now=parts.now())

    async with parts.database.read() as tx:
        row = (await tx.execute(select(meeting).where(meeting.c.id == booked.meeting))).one()
    assert (row.local_start, row.mode, row.revision) == ("2027-03-03T14:00", "video", 3)
    assert row.ends_at - row.starts_at == timedelta(minutes=45)
    with pytest.raises(Conflict):
        await put_back(parts, coach, booked.meeting, revision=1, key="c", now=parts.now())


async def test_a_move_by_the_new_coach_is_put_back_too(house: House, parts: Parts) -> None:
    first, second = await house.coach(), await house.coach()
    trajectory = await house.acquainted(first)
    planner, room = await house.planner(), await house.room()
    talk = await house.book(trajectory, "2027-03-03T14:00", mode=Mode.OFFLINE, room=room)
    await hand_over(parts, planner, trajectory, StaffId(second.id), key="h", now=parts.now())
    with pytest.raises(Conflict, match="never_moved"):
        await put_back(parts, second, talk.meeting, revision=2, key="n", now=parts.now())
    await move_meeting(
        parts,
        second,
        talk.meeting,
        MoveRequest(
            starts_local=datetime(2027, 3, 4, 9),  # noqa: DTZ001 -- wall time
            minutes=45,
            mode=Mode.OFFLINE,
            room=room,
        ),
        revision=2,
        key="a",
        now=parts.now(),
    )

    await put_back(parts, second, talk.meeting, revision=3, key="b", now=parts.now())

    async with parts.database.read() as tx:
        query = select(meeting.c.local_start).where(meeting.c.id == talk.meeting)
        assert await tx.scalar(query) == "2027-03-03T14:00"


async def test_two_planners_who_move_one_meeting_at_once_move_it_once(
    house: House, parts: Parts
) -> None:
    booked = await house.book(await house.acquainted(await house.coach()), "2027-03-03T14:00")
    planners = [await house.staff(StaffRole.PLANNER) for _ in range(2)]

    answers = await asyncio.gather(
        *(
            move_meeting(
                parts,
                planner,
                booked.meeting,
                MoveRequest(
                    starts_local=datetime(2027, 3, 4, 9 + hour),  # noqa: DTZ001 -- wall time
                    minutes=45,
                    mode=Mode.VIDEO,
                    room=None,
                ),
                revision=1,
                key="a",
                now=parts.now(),
            )
            for hour, planner in enumerate(planners)
        ),
        return_exceptions=True,
    )

    codes = [one.code for one in answers if isinstance(one, Conflict)]
    assert codes == ["stale"]


async def test_a_hand_over_takes_what_the_rules_allow_and_ends_the_rest(
    house: House, parts: Parts
) -> None:
    old, new = await house.coach(), await house.coach()
    planner = await house.planner()
    trajectory = await house.acquainted(old)
    video = await house.book(trajectory, "2027-03-03T14:00")
    room = await house.room()
    offline = await house.book(trajectory, "2027-03-10T14:00", mode=Mode.OFFLINE, room=room)

    done = await hand_over(parts, planner, trajectory, StaffId(new.id), key="a", now=parts.now())

    assert (done.moved, done.cancelled) == ((offline.meeting,), (video.meeting,))
    assert done.verdicts[0].leading_rule == "R8"
    codes = [one.code for one in await attention(parts, new, now=parts.now())]
    assert codes == [TodoCode.PLAN_NEW]
    with pytest.raises(Conflict) as cycle:
        await hand_over(parts, planner, trajectory, StaffId(old.id), key="b", now=parts.now())
    assert cycle.value.code == "handover_cycle"
    with pytest.raises(NotAllowed):
        await hand_over(parts, new, trajectory, StaffId(old.id), key="c", now=parts.now())


async def test_a_coach_sees_the_own_people_with_their_blend(house: House, parts: Parts) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    await house.book(trajectory, "2027-03-03T14:00")
    await house.acquainted(await house.coach())

    (person,) = await my_people(parts, coach, now=parts.now())

    assert (person.trajectory, person.talks, person.done) == (trajectory, 10, 2)
    assert (person.online, person.lower, person.upper) == (1, 3, 8)
    assert person.ready_online
    assert person.next_meeting is not None


@pytest.mark.parametrize("year", [2999, 9999])
async def test_a_year_typed_wrong_opens_no_diary_of_centuries(
    house: House, parts: Parts, clock: Clock, year: int
) -> None:
    coach = await house.coach()
    await house.works(coach)
    trajectory = await house.trajectory(coach)
    far = PlanLine(
        kind=MeetingKind.PROGRESS,
        mode=Mode.PHONE,
        starts_local=datetime.fromisoformat(f"{year}-12-31T10:00"),
        minutes=45,
        room=None,
    )

    with pytest.raises(BadInput) as asked:
        await propose_plan(
            parts, coach, replace(wish(trajectory), from_day=date(year, 12, 31)), now=clock()
        )
    with pytest.raises(BadInput) as checked:
        await check_plan(parts, coach, trajectory, [far], now=clock())
    with pytest.raises(BadInput) as booked:
        await book(house, coach, trajectory, [far])

    assert asked.value.code == "day_bad"
    for one in (checked.value, booked.value):
        assert (one.code, one.params["line"]) == ("starts_too_far", 0)
