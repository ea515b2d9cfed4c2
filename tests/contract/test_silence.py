"""What the worker does with a silence (R22 to R26), on both databases."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Row, select, update

from coaching.trigger_facts import FailureCause
from server.store.attention import add_activity, insert_nudge
from server.store.schema import nudge, trajectory
from server.usecases.attention import TodoCode, attention
from server.usecases.availability import add_absence
from server.usecases.context import MeetingId, Parts, StaffActor, StaffId, TrajectoryId
from server.usecases.failing import fail_talk
from server.usecases.holding import choose_time, hold_times
from server.usecases.joining import record_joint_time, redeem_invitation
from server.usecases.nudges import NudgeView, preview_nudge
from server.usecases.timers import due_moments, run_moment
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import link_of

pytestmark = pytest.mark.contract


async def look(parts: Parts, now: datetime) -> None:
    for one in await due_moments(parts, now=now):
        await run_moment(parts, one, now=now)


async def nudges(parts: Parts) -> Sequence[Row[Any]]:
    async with parts.database.read() as tx:
        return (await tx.execute(select(nudge).order_by(nudge.c.at))).all()


async def behind(parts: Parts, nudge_id: UUID) -> NudgeView:
    view = await preview_nudge(parts, parts.secret.invitation_token(nudge_id), now=parts.now())
    assert view is not None
    return view


async def count(parts: Parts, coach: StaffActor, code: TodoCode) -> int:
    return [one.code for one in await attention(parts, coach, now=parts.now())].count(code)


async def guided(house: House, clock: Clock, **changes: object) -> tuple[StaffActor, TrajectoryId]:
    """A coach with hours, and a candidate who was met on Monday 1 February."""
    clock.set("2027-01-25T09:00")
    coach = await house.coach()
    await house.works(coach)
    found = await house.acquainted(coach)
    if changes:
        async with house.parts.database.write() as tx:
            await tx.execute(update(trajectory).where(trajectory.c.id == found).values(**changes))
    return coach, found


async def wrote(parts: Parts, found: TrajectoryId, now: datetime) -> None:
    """The candidate did something: that is no silence, and plans no talk."""
    async with parts.database.write() as tx:
        query = select(trajectory.c.candidate_id).where(trajectory.c.id == found)
        candidate = await tx.scalar(query)
        assert candidate is not None
        await add_activity(tx, candidate, "wrote", now=now)


async def test_r23_nothing_planned_goes_to_the_coach_first_and_after_three_days_as_times(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach, found = await guided(house, clock, cadence_days=7, profile="light")
    await wrote(parts, found, clock.set("2027-02-12T10:00"))
    seen = []
    for day in range(15, 20):
        await look(parts, clock.set(f"2027-02-{day}T09:30"))
        told = await count(parts, coach, TodoCode.NOTHING_PLANNED)
        seen.append((day, told, [one.rule for one in await nudges(parts)]))

    assert seen == [(15, 0, []), (16, 1, []), (17, 1, []), (18, 1, []), (19, 1, ["R23"])]
    (asked,) = await nudges(parts)
    view = await behind(parts, asked.id)
    assert (len(view.held), view.wants_talk, view.group is None) == (3, True, False)
    await look(parts, clock.set("2027-02-22T09:30"))
    assert len(await nudges(parts)) == 1


async def test_r23_without_a_free_time_asks_to_be_called(
    sqlite_house: House, sqlite_parts: Parts, clock: Clock
) -> None:
    coach, found = await guided(sqlite_house, clock, cadence_days=7, profile="light")
    await wrote(sqlite_parts, found, clock.set("2027-02-12T10:00"))
    await add_absence(
        sqlite_parts,
        coach,
        StaffId(coach.id),
        starts_local=datetime.fromisoformat("2027-02-01T00:00"),
        ends_local=datetime.fromisoformat("2027-12-01T00:00"),
        all_day=True,
        key="a",
        now=clock(),
    )
    for day in ("2027-02-16", "2027-02-19"):
        await look(sqlite_parts, clock.set(f"{day}T09:30"))

    last = (await nudges(sqlite_parts))[-1]
    view = await behind(sqlite_parts, last.id)
    assert (last.rule, view.held, view.wants_talk) == ("R23", (), True)


async def test_r22_a_day_without_messages_still_has_the_phone_to_do(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach, found = await guided(house, clock)
    async with parts.database.write() as tx:
        query = select(trajectory.c.candidate_id).where(trajectory.c.id == found)
        candidate = await tx.scalar(query)
        for day in (11, 12):  # of other rules; two in seven days are enough (R26)
            what = {"trajectory_id": found, "candidate_id": candidate, "rule": "R24", "level": 3}
            at = clock.set(f"2027-02-{day}T09:00")
            how = {"channel": "text", "token_hash": uuid4().bytes * 2, "at": at}
            await insert_nudge(tx, uuid4(), **what, **how)
    seen = []
    for day in (12, 15, 16, 17, 18, 19):
        await look(parts, clock.set(f"2027-02-{day}T09:30"))
        own = [(one.rule, one.level) for one in await nudges(parts) if one.rule == "R22"]
        seen.append((day, await count(parts, coach, TodoCode.SILENT), own))

    waits = [(12, 0, []), (15, 1, []), (16, 1, []), (17, 1, [])]
    assert seen == [*waits, (18, 1, [("R22", 2)]), (19, 1, [("R22", 2)])]


@pytest.mark.parametrize("how", ["not at all", "waited", "talked"])
async def test_who_joined_a_talk_that_failed_is_not_silent(
    sqlite_house: House, sqlite_parts: Parts, clock: Clock, how: str
) -> None:
    _, found = await guided(sqlite_house, clock)
    talk = (await sqlite_house.book(found, "2027-02-05T14:00")).meeting
    now = clock.set("2027-02-05T14:01")
    if how == "waited":
        await redeem_invitation(sqlite_parts, await link_of(sqlite_parts, talk), now=now)
    if how == "talked":
        await record_joint_time(sqlite_parts, talk, joint_seconds=15, over=False, now=now)
    await fail_talk(
        sqlite_parts, talk, FailureCause.SERVER, by=None, now=clock.set("2027-02-05T14:05")
    )

    sent = []
    for day in (8, 11, 12):
        await look(sqlite_parts, clock.set(f"2027-02-{day:02d}T09:30"))
        sent.append(len([one for one in await nudges(sqlite_parts) if one.rule == "R22"]))

    assert sent == ([1, 1, 1] if how == "not at all" else [0, 0, 1])


@pytest.mark.parametrize(
    ("back", "said"),
    [
        ("2027-03-02T00:00", (3, True, False)),
        ("2027-03-08T15:00", (2, True, True)),
        ("2027-03-15T09:00", (3, False, False)),
    ],
)
async def test_e20_a_group_says_whether_its_times_come_soon_and_in_number(
    sqlite_house: House, sqlite_parts: Parts, clock: Clock, back: str, said: tuple[int, bool, bool]
) -> None:
    coach = await sqlite_house.coach()
    await sqlite_house.works(coach)
    found = await sqlite_house.acquainted(coach)
    await add_absence(
        sqlite_parts,
        coach,
        StaffId(coach.id),
        starts_local=datetime.fromisoformat("2027-03-01T00:00"),
        ends_local=datetime.fromisoformat(back),
        all_day=False,
        key="a",
        now=clock(),
    )

    first = await hold_times(sqlite_parts, coach, found, key="h", now=clock())
    again = await hold_times(sqlite_parts, coach, found, key="i", now=clock() + timedelta(hours=1))

    for held in (first, again):
        assert (len(held.times), held.soon, held.few) == said
    booked = await choose_time(sqlite_parts, coach, first.times[0].meeting, key="c", now=clock())
    assert booked.meeting == MeetingId(first.times[0].meeting)
