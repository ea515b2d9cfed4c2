"""Tasks of a talk (R6): given, ticked, discussed; what is asked when there was none."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from coaching.errors import BadInput, Conflict, NotFound
from coaching.words import MeetingStatus, Mode, NoTaskReason
from server.store.schema import activity, notice
from server.usecases.access import ByLink
from server.usecases.attention import TodoCode, attention
from server.usecases.booking import (
    Booked,
    MoveRequest,
    cancel_meeting,
    move_meeting,
    record_outcome,
)
from server.usecases.context import MeetingId, Parts, StaffActor
from server.usecases.joining import record_joint_time
from server.usecases.tasks import (
    TaskSheet,
    discuss_task,
    give_task,
    say_why_no_task,
    take_task_away,
    task_sheet,
    tasks_of_link,
    tick_task,
    write_next_step,
)
from server.usecases.timers import MomentKind, due_moments, run_moment
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import link_of

pytestmark = pytest.mark.contract


async def give(parts: Parts, coach: StaffActor, booked: Booked, text: str = "Bel even") -> None:
    await give_task(parts, coach, booked.meeting, text, key=uuid4().hex, now=parts.now())


async def sheet(parts: Parts, actor: StaffActor, booked: Booked) -> TaskSheet:
    return await task_sheet(parts, actor, booked.meeting, now=parts.now())


async def held(parts: Parts, coach: StaffActor, meeting: MeetingId) -> None:
    outcome = MeetingStatus.HELD
    await record_outcome(parts, coach, meeting, outcome, key=uuid4().hex, now=parts.now())


async def codes(parts: Parts, coach: StaffActor) -> list[TodoCode]:
    return [one.code for one in await attention(parts, coach, now=parts.now())]


async def look(parts: Parts) -> None:
    for one in await due_moments(parts, now=parts.now()):
        await run_moment(parts, one, now=parts.now())
    again = {one.kind for one in await due_moments(parts, now=parts.now())}
    assert MomentKind.NO_TASK not in again


async def notices(parts: Parts, coach: StaffActor) -> list[str]:
    async with parts.database.read() as tx:
        found = await tx.scalars(select(notice.c.code).where(notice.c.staff_id == coach.id))
    return list(found)


async def test_a_task_is_given_ticked_by_link_and_discussed(house: House, parts: Parts) -> None:
    coach = await house.coach()
    booked = await house.book(await house.acquainted(coach), "2027-03-03T14:00")
    await give(parts, coach, booked, "  Zet drie vacatures op een rij ")
    token = await link_of(parts, booked.meeting)
    seen = await tasks_of_link(parts, token, now=parts.now())
    assert seen is not None
    (task,) = seen.tasks
    assert (task.text, task.done, seen.may_give) == ("Zet drie vacatures op een rij", False, False)

    for _ in range(2):
        await tick_task(parts, ByLink(token=token), task.id, done=True, now=parts.now())
    await discuss_task(parts, coach, booked.meeting, task.id, discussed=True, now=parts.now())

    (task,) = (await sheet(parts, coach, booked)).tasks
    assert (task.done, task.discussed) == (True, True)
    async with parts.database.read() as tx:
        assert list(await tx.scalars(select(activity.c.what))) == ["task_done"]
    await tick_task(parts, ByLink(token=token), task.id, done=False, now=parts.now())
    assert not (await sheet(parts, coach, booked)).tasks[0].done


async def test_a_talk_has_at_most_three_tasks_and_a_used_one_stays(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    booked = await house.book(await house.acquainted(coach), "2027-03-03T14:00")
    for text in ("een", "twee", "drie"):
        clock.forward(seconds=1)
        await give(parts, coach, booked, text)
    with pytest.raises(Conflict) as full:
        await give(parts, coach, booked, "vier")
    first, second, _ = (await sheet(parts, coach, booked)).tasks
    await discuss_task(parts, coach, booked.meeting, first.id, discussed=True, now=parts.now())
    with pytest.raises(Conflict) as used:
        await take_task_away(parts, coach, booked.meeting, first.id, key="a", now=parts.now())
    for key in ("b", "c"):
        await take_task_away(parts, coach, booked.meeting, second.id, key=key, now=parts.now())

    assert (full.value.code, used.value.code) == ("tasks_full", "task_used")
    left = await sheet(parts, coach, booked)
    assert [one.text for one in left.tasks] == ["een", "drie"]
    assert left.may_give


@pytest.mark.parametrize("text", ["", "   ", "x" * 201, "twee\nregels", "naar\u202erechts"])
async def test_what_is_no_task_is_refused(house: House, parts: Parts, text: str) -> None:
    coach = await house.coach()
    booked = await house.book(await house.acquainted(coach), "2027-03-03T14:00")

    with pytest.raises(BadInput) as task:
        await give(parts, coach, booked, text)
    with pytest.raises(BadInput) as step:
        await write_next_step(parts, coach, booked.meeting, text, key="a", now=parts.now())

    assert (task.value.code, step.value.code) == ("task_bad", "step_bad")


async def test_tasks_are_for_the_two_of_the_talk_only(house: House, parts: Parts) -> None:
    coach, other = await house.coach(), await house.coach()
    booked = await house.book(await house.acquainted(coach), "2027-03-03T14:00")
    elsewhere = await house.book(await house.acquainted(other), "2027-03-03T14:00")
    await give(parts, coach, booked)
    (task,) = (await sheet(parts, coach, booked)).tasks
    stranger = ByLink(token=await link_of(parts, elsewhere.meeting))

    with pytest.raises(NotFound):
        await give(parts, other, booked)
    with pytest.raises(NotFound):
        await sheet(parts, other, booked)
    with pytest.raises(NotFound):
        await tick_task(parts, stranger, task.id, done=True, now=parts.now())
    with pytest.raises(NotFound):
        await tick_task(parts, ByLink(token="nothing"), task.id, done=True, now=parts.now())
    assert await tasks_of_link(parts, "nothing", now=parts.now()) is None


async def test_two_days_ahead_a_video_talk_without_a_task_is_a_to_do_once(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    booked = await house.book(trajectory, "2027-03-05T14:00")
    await house.book(trajectory, "2027-03-05T16:00", mode=Mode.PHONE)

    clock.set("2027-03-03T13:59")
    await look(parts)
    assert await codes(parts, coach) == []
    clock.set("2027-03-03T14:00")
    await look(parts)
    await look(parts)
    assert await codes(parts, coach) == [TodoCode.NO_TASK]
    await give(parts, coach, booked)

    assert await codes(parts, coach) == []


async def test_a_talk_that_moves_is_asked_for_a_task_again_and_a_cancelled_one_is_not(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    booked = await house.book(await house.acquainted(coach), "2027-03-05T14:00")
    clock.set("2027-03-03T15:00")
    await look(parts)
    moved = {"starts_local": clock.set("2027-03-12T14:00").replace(tzinfo=None), "minutes": 45}
    now = clock.set("2027-03-03T16:00")
    await move_meeting(
        parts,
        coach,
        booked.meeting,
        MoveRequest(
            **moved,
            mode=Mode.VIDEO,
            room=None,
        ),
        revision=1,
        key="a",
        now=now,
    )
    assert await codes(parts, coach) == []
    clock.set("2027-03-10T14:00")
    await look(parts)
    assert await codes(parts, coach) == [TodoCode.NO_TASK]

    await cancel_meeting(parts, coach, booked.meeting, revision=2, key="b", now=parts.now())

    assert await codes(parts, coach) == []


async def test_why_there_was_no_task_is_asked_after_a_video_talk_and_not_twice(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    booked = await house.book(await house.acquainted(coach), "2027-03-03T14:00")
    assert not (await sheet(parts, coach, booked)).asks_reason
    clock.set("2027-03-03T14:50")
    await held(parts, coach, booked.meeting)
    assert (await sheet(parts, coach, booked)).asks_reason
    token = await link_of(parts, booked.meeting)
    seen = await tasks_of_link(parts, token, now=parts.now())
    assert seen is not None
    assert not seen.asks_reason

    reason = NoTaskReason.CANDIDATE_WISH
    await say_why_no_task(parts, coach, booked.meeting, reason, key="a", now=parts.now())

    assert not (await sheet(parts, coach, booked)).asks_reason


async def test_two_video_talks_in_a_row_without_a_task_are_told_to_the_coach(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    days = ("2027-03-03", "2027-03-05", "2027-03-09", "2027-03-11")
    talks = [await house.book(trajectory, f"{day}T14:00") for day in days]
    await give(parts, coach, talks[1])
    told = []
    for day, talk in zip(days, talks, strict=True):
        clock.set(f"{day}T14:50")
        await held(parts, coach, talk.meeting)
        told.append((await notices(parts, coach)).count("taskless"))

    assert told == [0, 0, 0, 1]


async def test_a_talk_that_ends_by_itself_is_looked_at_too(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    for day in ("2027-03-03", "2027-03-05"):
        talk = await house.book(trajectory, f"{day}T14:00")
        now = clock.set(f"{day}T14:40")
        await record_joint_time(parts, talk.meeting, joint_seconds=1800, over=True, now=now)

    assert (await notices(parts, coach)).count("taskless") == 1


async def test_the_next_step_and_the_next_date_are_read_after_the_talk(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    booked = await house.book(trajectory, "2027-03-03T14:00")
    following = await house.book(trajectory, "2027-03-10T14:00")
    clock.set("2027-03-03T14:50")
    for text in ("Bel het werkplein", "Schrijf een brief"):
        await write_next_step(parts, coach, booked.meeting, text, key=uuid4().hex, now=parts.now())

    seen = await tasks_of_link(parts, await link_of(parts, booked.meeting), now=parts.now())

    assert seen is not None
    assert (seen.next_step, seen.next_mode) == ("Schrijf een brief", Mode.VIDEO)
    assert following.verdict.allowed
    assert seen.next_at == clock.set("2027-03-10T14:00")
