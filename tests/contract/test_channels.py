"""Reminders and nudges by the channel of the candidate's choice, or not at all (R26)."""

import pytest
from sqlalchemy import select, update

from coaching.errors import BadInput, NotFound
from server.store.attention import open_todos
from server.store.schema import candidate as candidate_table
from server.store.schema import invitation, outbox
from server.usecases.channels import Channel
from server.usecases.context import MeetingId, Parts
from server.usecases.holding import hold_times
from server.usecases.own_reminders import choose_reminders, own_reminders
from server.usecases.preferences import preference_of
from server.usecases.reminding import ReminderKind, remind
from server.usecases.timers import due_moments, run_moment
from tests.conftest import Clock
from tests.house_of_people import House

pytestmark = pytest.mark.contract


async def kinds(parts: Parts, template: str) -> set[str]:
    async with parts.database.read() as tx:
        rows = (await tx.execute(select(outbox.c.kind, outbox.c.payload))).all()
    return {row.kind for row in rows if row.payload.get("template") == template}


async def link_of(parts: Parts, meeting: MeetingId) -> str:
    async with parts.database.read() as tx:
        found = await tx.scalar(select(invitation.c.id).where(invitation.c.meeting_id == meeting))
    assert found is not None
    return parts.secret.invitation_token(found)


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        (None, {"mail", "text"}),
        (Channel.MAIL, {"mail"}),
        (Channel.TEXT, {"text"}),
        (Channel.NONE, set()),
    ],
)
async def test_reminders_go_in_the_ways_that_the_candidate_chose_by_the_link(
    house: House, parts: Parts, clock: Clock, channel: Channel | None, expected: set[str]
) -> None:
    trajectory = await house.acquainted(await house.coach())
    booked = await house.book(trajectory, "2027-03-03T14:00")
    token = await link_of(parts, booked.meeting)

    await choose_reminders(parts, token, channel)
    now = clock.set("2027-03-02T14:00")
    await remind(parts, booked.meeting, ReminderKind.DAY_BEFORE, now=now)

    assert await kinds(parts, "reminder") == expected
    assert await kinds(parts, "invitation") == {"mail"}  # what is agreed always comes
    assert (await own_reminders(parts, token)).chosen == channel


async def test_only_ways_that_reach_the_candidate_can_be_chosen_and_the_rest_of_the_wish_stays(
    house: House, parts: Parts
) -> None:
    candidate = await house.candidate(phone="")
    booked = await house.book(
        await house.acquainted(await house.coach(), candidate), "2027-03-03T14:00"
    )
    token = await link_of(parts, booked.meeting)

    shown = await own_reminders(parts, token)
    assert (shown.chosen, shown.choices) == (Channel.MAIL, (Channel.MAIL, Channel.NONE))
    with pytest.raises(BadInput, match="choice_bad"):
        await choose_reminders(parts, token, Channel.TEXT)
    with pytest.raises(NotFound, match="link_unknown"):
        await choose_reminders(parts, "a" * 43, Channel.MAIL)

    assert (await preference_of(parts, candidate)).channel is None


async def test_who_wants_no_reminders_is_never_nudged_and_the_coach_phones_instead(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    await house.works(coach)
    trajectory = await house.acquainted(coach)
    booked = await house.book(trajectory, "2027-03-02T09:00")
    await choose_reminders(parts, await link_of(parts, booked.meeting), Channel.NONE)

    said: set[str] = set()
    for day in range(1, 27):
        now = clock.set(f"2027-03-{day:02d}T10:00")
        said |= {one.kind for one in await due_moments(parts, now=now)}
        for one in await due_moments(parts, now=now):
            await run_moment(parts, one, now=now)

    assert said
    assert await kinds(parts, "nudge") == set()
    assert await todo_codes(parts) >= {"silent", "meet_again"}


async def test_who_wants_no_reminders_hears_of_times_that_are_held(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    await house.works(coach)
    trajectory = await house.acquainted(coach)
    booked = await house.book(trajectory, "2027-03-12T09:00")
    await choose_reminders(parts, await link_of(parts, booked.meeting), Channel.NONE)

    held = await hold_times(parts, coach, trajectory, key="a", now=clock())

    assert len(held.times) == 3
    assert await kinds(parts, "nudge") == {"text"}
    assert "meet_again" not in await todo_codes(parts)


async def test_times_for_somebody_whom_nothing_reaches_are_for_a_person_to_tell(
    house: House, parts: Parts, clock: Clock
) -> None:
    candidate, coach = await house.candidate(), await house.coach()
    await house.works(coach)
    trajectory = await house.acquainted(coach, candidate)
    async with parts.database.write() as tx:
        nowhere = update(candidate_table).where(candidate_table.c.id == candidate)
        await tx.execute(nowhere.values(email=None, phone=None))

    await hold_times(parts, coach, trajectory, key="a", now=clock())

    assert await kinds(parts, "nudge") == set()
    assert "meet_again" in await todo_codes(parts)


async def todo_codes(parts: Parts) -> set[str]:
    async with parts.database.read() as tx:
        return {one.code for one in await open_todos(tx)}
