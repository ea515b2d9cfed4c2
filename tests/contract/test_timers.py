import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Row, select, update

from coaching.errors import NotFound
from coaching.words import MeetingStatus, Mode, TrajectoryState
from server.store.attention import insert_nudge
from server.store.schema import invitation, nudge, outbox, todo, trajectory
from server.usecases.access import ByLink
from server.usecases.attention import TodoCode, attention
from server.usecases.booking import record_outcome
from server.usecases.channels import Channel
from server.usecases.context import Parts, StaffActor
from server.usecases.guiding import set_state
from server.usecases.holding import choose_time, held_times, hold_times
from server.usecases.joining import redeem_invitation
from server.usecases.nudges import NudgeAnswer, answer_nudge, nudge_failed, preview_nudge
from server.usecases.preferences import Preference, save_preference
from server.usecases.timers import MomentKind, due_moments, run_moment
from tests.conftest import Clock
from tests.house_of_people import House

pytestmark = pytest.mark.contract


async def look(parts: Parts, now: datetime) -> list[MomentKind]:
    """Do everything that is due, as the worker does; gives what was done."""
    found = await due_moments(parts, now=now)
    done = [one.kind for one in found if await run_moment(parts, one, now=now)]
    assert [one for one in await due_moments(parts, now=now) if one.kind in done] == []
    return done


async def rows(parts: Parts, template: str) -> Sequence[Row[Any]]:
    async with parts.database.read() as tx:
        found = (await tx.execute(select(outbox).order_by(outbox.c.created_at))).all()
    return [row for row in found if row.payload.get("template") == template]


async def codes(parts: Parts, coach: StaffActor, now: datetime) -> list[TodoCode]:
    return [one.code for one in await attention(parts, coach, now=now)]


async def test_a_talk_is_reminded_of_the_day_before_and_two_hours_before(
    house: House, parts: Parts, clock: Clock
) -> None:
    booked = await house.book(await house.acquainted(await house.coach()), "2027-03-05T14:00")

    at = ["2027-03-04T13:59", "2027-03-04T14:00", "2027-03-05T11:59", "2027-03-05T12:00"]
    sent = []
    for moment in at:
        await look(parts, clock.set(moment))
        sent.append([(r.kind, r.payload["reminder"]) for r in await rows(parts, "reminder")])

    assert sent[0] == []
    assert sorted(sent[1]) == [("mail", "day_before"), ("text", "day_before")]
    assert sent[2] == sent[1]
    assert Counter(sent[3]) == Counter(
        [(kind, which) for kind in ("mail", "text") for which in ("day_before", "two_hours")]
    )
    assert {r.payload["meeting"] for r in await rows(parts, "reminder")} == {str(booked.meeting)}


@pytest.mark.parametrize(
    ("starts", "due"),
    [
        ("2027-03-29T10:00", "2027-03-28T10:00"),  # the clock went forward in that night
        ("2027-03-05T08:30", "2027-03-04T08:30"),
        ("2027-03-05T07:30", "2027-03-03T20:59"),
    ],
)
async def test_a_reminder_comes_in_daytime_at_the_same_wall_time(
    house: House, parts: Parts, clock: Clock, starts: str, due: str
) -> None:
    await house.book(await house.acquainted(await house.coach()), starts, mode=Mode.PHONE)

    found = [
        one for one in await due_moments(parts, now=clock.set(due)) if one.kind is MomentKind.REMIND
    ]
    before = await due_moments(parts, now=clock() - timedelta(minutes=1))

    assert [str(one.reminder) for one in found] == ["day_before"]
    assert MomentKind.REMIND not in [one.kind for one in before]


async def test_a_talk_booked_late_or_looked_at_late_is_not_reminded_of_twice(
    house: House, parts: Parts, clock: Clock
) -> None:
    trajectory_id = await house.acquainted(await house.coach())
    await house.book(trajectory_id, "2027-03-02T08:30")  # less than a day ahead
    await house.book(trajectory_id, "2027-03-08T14:00")

    clock.set("2027-03-01T12:00")
    assert MomentKind.REMIND not in await look(parts, clock())
    clock.set("2027-03-08T13:00")  # the worker stood still since Saturday
    assert (await look(parts, clock())).count(MomentKind.REMIND) == 1
    clock.set("2027-03-08T13:50")
    assert MomentKind.REMIND not in await look(parts, clock())


async def test_nobody_came_so_the_coach_phones_within_ten_minutes(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    await house.book(await house.acquainted(coach), "2027-03-03T14:00")

    assert MomentKind.MISSED not in await look(parts, clock.set("2027-03-03T14:04"))
    assert MomentKind.MISSED in await look(parts, clock.set("2027-03-03T14:05"))
    assert MomentKind.MISSED not in await look(parts, clock.set("2027-03-03T14:30"))

    (first, *_) = await attention(parts, coach, now=clock())
    assert first.code is TodoCode.PHONE_NOW
    assert first.due_at == clock.set("2027-03-03T14:10")
    assert sorted(row.kind for row in await rows(parts, "missed")) == ["mail", "text"]


async def test_somebody_who_opened_the_talk_is_not_missed(
    house: House, parts: Parts, clock: Clock
) -> None:
    booked = await house.book(await house.acquainted(await house.coach()), "2027-03-03T14:00")
    async with parts.database.read() as tx:
        query = select(invitation.c.id).where(invitation.c.meeting_id == booked.meeting)
        found = await tx.scalar(query)
    assert found is not None
    await redeem_invitation(
        parts, parts.secret.invitation_token(found), now=clock.set("2027-03-03T13:58")
    )

    for late in ("2027-03-03T14:06", "2027-03-03T15:30", "2027-03-03T17:00"):
        assert MomentKind.MISSED not in await look(parts, clock.set(late))


async def test_the_second_missed_talk_in_a_row_holds_times_at_a_location(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    await house.works(coach)
    trajectory_id = await house.acquainted(coach)
    for day in (2, 9):
        booked = await house.book(trajectory_id, f"2027-03-{day:02d}T14:00")
        now = clock.set(f"2027-03-{day:02d}T15:00")
        await record_outcome(
            parts, coach, booked.meeting, MeetingStatus.MISSED, key=uuid4().hex, now=now
        )
        await look(parts, now)

    (offer,) = [row for row in await rows(parts, "nudge") if row.payload["rule"] == "R25"]
    view = await preview_nudge(
        parts, parts.secret.invitation_token(UUID(offer.payload["nudge"])), now=clock()
    )
    assert view is not None
    assert len(view.held) == 3


async def test_a_silent_candidate_is_nudged_once_and_an_answer_starts_the_clock_again(
    house: House, parts: Parts, clock: Clock
) -> None:
    clock.set("2027-01-25T09:00")
    coach = await house.coach()
    trajectory_id = await house.acquainted(coach)  # held on Monday 1 February

    await look(parts, clock.set("2027-02-08T08:59"))
    assert await rows(parts, "nudge") == []
    for moment in ("2027-02-08T09:00", "2027-02-08T15:00", "2027-02-09T09:00"):
        await look(parts, clock.set(moment))
    (first,) = await rows(parts, "nudge")
    assert (first.kind, first.payload["rule"], first.payload["level"]) == ("text", "R22", 1)

    token = parts.secret.invitation_token(UUID(first.payload["nudge"]))
    await answer_nudge(parts, token, NudgeAnswer.DONE, now=clock.set("2027-02-09T10:00"))
    for day in ("2027-02-12T09:00", "2027-02-15T09:00"):
        await look(parts, clock.set(day))
    assert len(await rows(parts, "nudge")) == 1

    async with parts.database.write() as tx:
        await tx.execute(
            update(trajectory).where(trajectory.c.id == trajectory_id).values(state="paused")
        )
    await look(parts, clock.set("2027-02-22T09:00"))
    assert len(await rows(parts, "nudge")) == 1


async def test_a_long_silence_climbs_step_by_step_and_never_nags(
    house: House, parts: Parts, clock: Clock
) -> None:
    clock.set("2027-01-25T09:00")
    coach = await house.coach()
    await house.works(coach)
    await house.acquainted(coach)

    for day in range(1, 60):
        await look(parts, clock.set("2027-02-01T09:30") + timedelta(days=day))

    async with parts.database.read() as tx:
        sent = (await tx.execute(select(nudge).order_by(nudge.c.at))).all()
    steps = [(row.rule, row.level, row.at.date().isoformat()) for row in sent]
    assert steps[:3] == [
        ("R22", 1, "2027-02-08"),
        ("R22", 2, "2027-02-15"),
        ("R22", 3, "2027-02-17"),
    ]
    assert [step[:2] for step in steps[3:]] == []
    last = clock.set("2027-03-31T12:00")
    assert {TodoCode.SILENT, TodoCode.MEET_AGAIN} <= set(await codes(parts, coach, last))
    for row in sent:
        near = [o for o in sent if abs((o.at - row.at).days) < 7]
        assert len(near) <= 2


async def test_days_of_a_pause_are_no_silence(house: House, parts: Parts, clock: Clock) -> None:
    clock.set("2027-01-25T09:00")
    coach = await house.coach()
    trajectory_id = await house.acquainted(coach)
    pause, go_on = TrajectoryState.PAUSED, TrajectoryState.ACTIVE
    for moment, state in (("2027-02-03T09:00", pause), ("2027-02-10T09:00", go_on)):
        now = clock.set(moment)
        await set_state(parts, coach, trajectory_id, state, key=moment, now=now)

    sent = []
    for day in (10, 12, 15):
        await look(parts, clock.set(f"2027-02-{day}T09:00"))
        sent.append(len(await rows(parts, "nudge")))

    assert sent == [0, 0, 1]


async def test_two_messages_that_do_not_arrive_become_a_call(
    house: House, parts: Parts, clock: Clock
) -> None:
    clock.set("2027-01-25T09:00")
    coach = await house.coach()
    await house.acquainted(coach)
    for day in (8, 9):
        await look(parts, clock.set(f"2027-02-{day:02d}T09:00"))
        newest = (await rows(parts, "nudge"))[-1]
        await nudge_failed(parts, UUID(newest.payload["nudge"]), now=clock())

    assert len(await rows(parts, "nudge")) == 2
    for day in (10, 15, 22):
        await look(parts, clock.set(f"2027-02-{day:02d}T09:00"))
    assert len(await rows(parts, "nudge")) == 2
    assert (await codes(parts, coach, clock())).count(TodoCode.UNREACHABLE) == 1


async def test_times_that_nobody_chose_are_freed_with_one_to_do(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    await house.works(coach)
    held = await hold_times(parts, coach, await house.acquainted(coach), key="a", now=clock())
    assert held.held_until is not None

    assert MomentKind.LAPSED not in await look(parts, held.held_until - timedelta(minutes=1))
    assert MomentKind.LAPSED in await look(parts, held.held_until)

    assert (await codes(parts, coach, held.held_until)).count(TodoCode.UNANSWERED) == 1


async def test_two_workers_do_each_moment_once(house: House, parts: Parts, clock: Clock) -> None:
    coach = await house.coach()
    await house.works(coach)
    for hour in (9, 11, 14):
        await house.book(await house.acquainted(coach), f"2027-03-05T{hour:02d}:00")
    now = clock.set("2027-03-05T14:05")
    found = await due_moments(parts, now=now)
    assert {one.kind for one in found} >= {MomentKind.MISSED, MomentKind.SILENCE}

    done = await asyncio.gather(
        *(run_moment(parts, one, now=now) for one in found for _ in range(2))
    )

    again = zip(found, done[::2], done[1::2], strict=True)
    assert [one.key for one, first, second in again if first and second] == []
    async with parts.database.read() as tx:
        keys = (await tx.scalars(select(todo.c.dedupe_key))).all()
        told = [(r.kind, r.payload["meeting"]) for r in await rows(parts, "missed")]
    assert len(keys) == len(set(keys))
    assert len(told) == len(set(told)) > 0


async def test_times_that_staff_hold_are_told_at_most_twice_a_week_and_then_a_person_calls(
    house: House, parts: Parts, clock: Clock
) -> None:
    candidate = await house.candidate()
    coaches = [await house.coach() for _ in range(3)]
    for coach in coaches:
        await house.works(coach)
        trajectory = await house.acquainted(coach, candidate)
        held = await hold_times(parts, coach, trajectory, key="a", now=clock.forward(hours=1))
        assert len(held.times) == 3

    assert len(await rows(parts, "nudge")) == 2
    told = [TodoCode.MEET_AGAIN in await codes(parts, coach, clock()) for coach in coaches]
    assert told == [False, False, True]


@pytest.mark.parametrize(
    ("moment", "why"),
    [
        ("2027-03-02T20:30", "in the evening"),
        ("2027-03-06T11:00", "on a Saturday"),
        ("2027-03-02T15:00", "the day before a talk with another coach"),
    ],
)
async def test_times_that_are_held_in_a_quiet_moment_are_for_a_person_to_tell(
    house: House, parts: Parts, clock: Clock, moment: str, why: str
) -> None:
    candidate, coach = await house.candidate(), await house.coach()
    await house.works(coach)
    trajectory = await house.acquainted(coach, candidate)
    if "talk" in why:
        elsewhere = await house.acquainted(await house.coach(), candidate)
        await house.book(elsewhere, "2027-03-03T14:00")

    held = await hold_times(parts, coach, trajectory, key="a", now=clock.set(moment))

    assert len(held.times) == 3, why
    assert await rows(parts, "nudge") == []
    assert await codes(parts, coach, clock()) == [TodoCode.MEET_AGAIN]


async def test_after_two_messages_that_did_not_arrive_no_third_one_goes_out(
    house: House, parts: Parts, clock: Clock
) -> None:
    candidate, coach = await house.candidate(), await house.coach()
    await house.works(coach)
    trajectory = await house.acquainted(coach, candidate)
    for _ in range(2):
        async with parts.database.write() as tx:
            at = clock() - timedelta(days=20)
            await insert_nudge(
                tx,
                uuid4(),
                trajectory_id=trajectory,
                candidate_id=candidate,
                rule="R22",
                level=1,
                channel="text",
                token_hash=uuid4().bytes * 2,
                at=at,
                failed_at=at,
            )

    await hold_times(parts, coach, trajectory, key="a", now=clock())

    assert await rows(parts, "nudge") == []
    assert TodoCode.MEET_AGAIN in await codes(parts, coach, clock())


@pytest.mark.parametrize(("channel", "kind"), [(None, "text"), (Channel.MAIL, "mail")])
async def test_a_nudge_goes_by_the_channel_of_the_candidates_choice(
    house: House, parts: Parts, clock: Clock, channel: Channel | None, kind: str
) -> None:
    candidate, coach = await house.candidate(), await house.coach()
    await house.works(coach)
    trajectory = await house.acquainted(coach, candidate)
    wish = Preference(channel=channel)
    await save_preference(parts, coach, candidate, wish, key="p", now=clock())

    await hold_times(parts, coach, trajectory, key="a", now=clock())

    assert [row.kind for row in await rows(parts, "nudge")] == [kind]


async def test_the_link_of_a_nudge_of_long_ago_answers_nothing(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    await house.works(coach)
    trajectory = await house.acquainted(coach)
    await hold_times(parts, coach, trajectory, key="a", now=clock())
    (sent,) = await rows(parts, "nudge")
    token = parts.secret.invitation_token(UUID(sent.payload["nudge"]))

    now = clock.forward(days=61)
    assert await preview_nudge(parts, token, now=now) is None
    with pytest.raises(NotFound, match="link_unknown"):
        await answer_nudge(parts, token, NudgeAnswer.CALL_ME, now=now)

    again = await hold_times(parts, coach, trajectory, key="b", now=now)
    old = ByLink(token=token)
    with pytest.raises(NotFound, match="link_unknown"):
        await choose_time(parts, old, again.times[0].meeting, key="c", now=now)
    with pytest.raises(NotFound, match="link_unknown"):
        await held_times(parts, old, again.group, now=now)

    assert TodoCode.CALL_BACK not in await codes(parts, coach, now)
