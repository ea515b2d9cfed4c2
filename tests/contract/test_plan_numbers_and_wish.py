"""A plan by the numbers of each talk's own day, and the question of R18 with each new plan."""

from datetime import date
from uuid import uuid4

import pytest
from sqlalchemy import select

from coaching.facts import TalkWish
from coaching.words import Mode, Skill, StaffRole
from server.store.schema import meeting
from server.usecases.blend_settings import save_settings
from server.usecases.channels import Channel
from server.usecases.context import CandidateId, Parts, StaffActor, TrajectoryId
from server.usecases.planning import PlanWish, ProposedPlan, book_plan, check_plan, propose_plan
from server.usecases.preferences import Preference, preference_of, save_preference
from tests.conftest import Clock
from tests.house_of_people import House

pytestmark = pytest.mark.contract


async def somebody(
    house: House, skill: Skill = Skill.ABLE
) -> tuple[StaffActor, CandidateId, TrajectoryId]:
    coach = await house.coach()
    await house.works(coach)
    candidate = await house.candidate(skill=skill)
    return coach, candidate, await house.trajectory(coach, candidate)


async def proposed(
    parts: Parts, coach: StaffActor, trajectory: TrajectoryId, how: TalkWish | None
) -> ProposedPlan:
    wish = PlanWish(
        trajectory=trajectory,
        from_day=date(2027, 3, 2),
        weeks=20,
        diagnosis=False,
        practice=False,
        reassessment=False,
        closing=True,
        how=how,
    )
    return await propose_plan(parts, coach, wish, now=parts.now())


def asks(plan: ProposedPlan) -> bool:
    return "ask_how" in {one.code for one in plan.remarks}


async def test_each_line_is_judged_and_booked_by_the_numbers_of_its_own_day(
    house: House, parts: Parts
) -> None:
    admin = await house.staff(StaffRole.ADMIN)
    coach, candidate, trajectory = await somebody(house, Skill.LESS)
    await house.practises(candidate)
    await save_settings(
        parts,
        admin,
        {"practice_valid_days": 7},
        starts_on=date(2027, 4, 1),
        seen=1,
        key="n",
        now=parts.now(),
    )

    plan = await proposed(parts, coach, trajectory, TalkWish.VIDEO)
    lines = [one.line for one in plan.lines]
    await book_plan(parts, coach, trajectory, lines, key="b", now=parts.now())

    async with parts.database.read() as tx:
        rows = (await tx.execute(select(meeting).order_by(meeting.c.starts_at))).all()
    april = date(2027, 4, 1)
    early = [row for row in rows if row.starts_at.date() < april]
    late = [row for row in rows if row.starts_at.date() >= april]
    assert {row.settings_version for row in early} == {1}
    assert {row.settings_version for row in late} == {2}
    # By the shipped numbers the practice of 1 March is good for half a year; by those of April
    # it is old, so a video talk waits for another one.
    video = [row for row in rows if row.mode == "video" and row.kind != "practice"]
    assert {row.status for row in video if row in early} <= {"planned"}
    assert {row.status for row in video if row in late} == {"provisional"}


async def test_r18_asks_with_each_new_plan_until_it_is_answered(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach, candidate, trajectory = await somebody(house)

    unasked = await proposed(parts, coach, trajectory, None)
    answered = await proposed(parts, coach, trajectory, TalkWish.OFFLINE)

    assert (asks(unasked), asks(answered)) == (True, False)
    assert unasked.online > 0
    assert {one.line.mode for one in answered.lines} == {Mode.OFFLINE}
    assert (await preference_of(parts, candidate)).asked_at is None  # reading keeps nothing
    lines = [one.line for one in answered.lines]
    how = TalkWish.OFFLINE
    checked = await check_plan(parts, coach, trajectory, lines, how=how, now=parts.now())
    await book_plan(parts, coach, trajectory, lines, how=how, key="b", now=parts.now())
    kept = await preference_of(parts, candidate)
    assert not asks(checked)
    assert (kept.mode, kept.asked_at) == (Mode.OFFLINE, clock())
    other = await house.trajectory(await house.coach(), candidate)
    planner = await house.planner()
    assert asks(await proposed(parts, planner, other, None))


async def test_the_answer_to_r18_leaves_what_else_somebody_likes(
    house: House, parts: Parts
) -> None:
    coach, candidate, trajectory = await somebody(house)
    liked = Preference(days=frozenset({1, 2}), zone="Europe/Lisbon", channel=Channel.MAIL)
    await save_preference(parts, coach, candidate, liked, key="p", now=parts.now())
    lines = [one.line for one in (await proposed(parts, coach, trajectory, None)).lines]

    await book_plan(
        parts, coach, trajectory, lines, how=TalkWish.PHONE, key=uuid4().hex, now=parts.now()
    )

    kept = await preference_of(parts, candidate)
    assert (kept.mode, kept.days, kept.zone) == (Mode.PHONE, liked.days, liked.zone)
    assert kept.channel is Channel.MAIL


async def test_a_wish_for_video_opens_no_gate(house: House, parts: Parts) -> None:
    coach, _, trajectory = await somebody(house, Skill.NONE)

    plan = await proposed(parts, coach, trajectory, TalkWish.VIDEO)

    assert {one.line.mode for one in plan.lines} == {Mode.OFFLINE}
