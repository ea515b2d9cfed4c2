import asyncio
from datetime import datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Row, select

from coaching.errors import BadInput, Conflict, NotFound
from coaching.words import MeetingKind, MeetingStatus, Mode
from server.store.meetings import add_event
from server.store.schema import callback_request, invitation, meeting
from server.usecases.attention import TodoCode, attention, done
from server.usecases.booking import Booked, cancel_meeting, record_outcome
from server.usecases.by_link import guest_call_me, guest_cancel, guest_move, guest_times
from server.usecases.calling_back import CallWindow, call_window
from server.usecases.context import MeetingId, Parts
from server.usecases.reminding import run_missed
from tests.conftest import AMSTERDAM, Clock
from tests.house_of_people import House

pytestmark = pytest.mark.contract


async def token_of(parts: Parts, meeting_id: MeetingId) -> str:
    async with parts.database.read() as tx:
        query = select(invitation.c.id).where(
            invitation.c.meeting_id == meeting_id, invitation.c.revoked_at.is_(None)
        )
        found = await tx.scalar(query)
    assert found is not None
    return parts.secret.invitation_token(found)


async def row_of(parts: Parts, meeting_id: MeetingId) -> Row[Any]:
    async with parts.database.read() as tx:
        return (await tx.execute(select(meeting).where(meeting.c.id == meeting_id))).one()


async def test_a_candidate_chooses_another_time_and_the_old_link_says_so(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    room = await house.works(coach)
    booked = await house.book(
        await house.acquainted(coach), "2027-03-03T14:00", mode=Mode.OFFLINE, room=room
    )
    token = await token_of(parts, booked.meeting)

    choice = await guest_times(parts, token, now=clock())
    wanted = choice.times[3]
    for _ in range(2):  # the second is a form sent twice
        await guest_move(parts, token, offer=wanted.offer, key="a", now=clock())

    row = await row_of(parts, booked.meeting)
    assert (row.starts_at, row.room_id, row.revision) == (wanted.time.starts_at, room, 2)
    with pytest.raises(NotFound):
        await guest_times(parts, token, now=clock())
    with pytest.raises(NotFound):
        await guest_move(parts, token, offer=wanted.offer, key="b", now=clock())


async def test_who_moves_on_and_on_is_helped_by_a_person(
    sqlite_house: House, sqlite_parts: Parts, clock: Clock
) -> None:
    coach = await sqlite_house.coach()
    room = await sqlite_house.works(coach)
    trajectory = await sqlite_house.acquainted(coach)
    booked = await sqlite_house.book(trajectory, "2027-03-03T14:00", mode=Mode.OFFLINE, room=room)
    token = await token_of(sqlite_parts, booked.meeting)
    offer = (await guest_times(sqlite_parts, token, now=clock())).times[3].offer
    async with sqlite_parts.database.write() as tx:
        for _ in range(10):
            await add_event(tx, booked.meeting, at=clock(), actor="candidate", what="moved")

    with pytest.raises(Conflict, match="moved_enough"):
        await guest_move(sqlite_parts, token, offer=offer, key="a", now=clock())

    clock.forward(days=1, minutes=1)
    offer = (await guest_times(sqlite_parts, token, now=clock())).times[-1].offer
    await guest_move(sqlite_parts, token, offer=offer, key="b", now=clock())
    assert (await row_of(sqlite_parts, booked.meeting)).revision == 2


async def test_a_time_that_was_taken_just_now_is_a_conflict(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    await house.works(coach)
    days = ("2027-03-03T14:00", "2027-03-04T14:00")
    tokens = [
        await token_of(parts, (await house.book(await house.acquainted(coach), day)).meeting)
        for day in days
    ]
    wanted = [(await guest_times(parts, one, now=clock())).times[0] for one in tokens]
    assert len({one.time.starts_at for one in wanted}) == 1

    answers = await asyncio.gather(
        *(
            guest_move(parts, token, offer=one.offer, key="a", now=clock())
            for token, one in zip(tokens, wanted, strict=True)
        ),
        return_exceptions=True,
    )

    assert sum(isinstance(one, Booked) for one in answers) == 1
    assert [one.code for one in answers if isinstance(one, Conflict)] == ["time_taken"]


async def test_only_an_offered_time_can_be_chosen(house: House, parts: Parts, clock: Clock) -> None:
    coach = await house.coach()
    await house.works(coach)
    mine, other = [
        await house.book(await house.acquainted(coach), day)
        for day in ("2027-03-03T14:00", "2027-03-04T14:00")
    ]
    token = await token_of(parts, mine.meeting)
    offer = (await guest_times(parts, token, now=clock())).times[0].offer
    foreign = (
        (await guest_times(parts, await token_of(parts, other.meeting), now=clock())).times[0].offer
    )
    form, moment, mark = offer.split("~")
    odd = datetime.fromisoformat(moment) + timedelta(minutes=17)
    made_up = ("", "x", f"{form}~{odd.isoformat()}~{mark}", f"offline~{moment}~{mark}", foreign)

    for wrong in (*made_up, f"{form}~{moment}~", f"{form}~{moment}~é", moment):
        with pytest.raises(BadInput) as refused:
            await guest_move(parts, token, offer=wrong, key=uuid4().hex, now=clock())
        assert refused.value.code == "offer_unknown"

    row = await row_of(parts, mine.meeting)
    assert (row.revision, row.local_start) == (1, "2027-03-03T14:00")


async def test_an_offered_time_that_the_coach_closed_since_is_taken(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    await house.works(coach)
    booked = await house.book(await house.acquainted(coach), "2027-03-03T14:00")
    token = await token_of(parts, booked.meeting)
    wanted = (await guest_times(parts, token, now=clock())).times[0]
    await house.works(coach, opens=time(18), closes=time(20))

    with pytest.raises(Conflict) as refused:
        await guest_move(parts, token, offer=wanted.offer, key="a", now=clock())

    assert refused.value.code == "time_taken"
    left = (await guest_times(parts, token, now=clock())).times
    assert left
    assert wanted.time.starts_at not in {one.time.starts_at for one in left}


async def test_two_devices_that_choose_the_same_time_make_one_move(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    await house.works(coach)
    booked = await house.book(await house.acquainted(coach), "2027-03-03T14:00")
    token = await token_of(parts, booked.meeting)
    wanted = (await guest_times(parts, token, now=clock())).times[0]

    answers = await asyncio.gather(
        *(
            guest_move(parts, token, offer=wanted.offer, key=key, now=clock())
            for key in ("a", "a", "b")
        ),
        return_exceptions=True,
    )

    row = await row_of(parts, booked.meeting)
    assert (row.revision, row.starts_at) == (2, wanted.time.starts_at)
    assert all(isinstance(one, Booked | NotFound) for one in answers)
    assert any(isinstance(one, Booked) for one in answers)


async def test_a_candidate_would_rather_come_by_or_be_called(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    room = await house.works(coach)
    booked = await house.book(await house.acquainted(coach), "2027-03-03T14:00")
    token = await token_of(parts, booked.meeting)

    choice = await guest_times(parts, token, mode=Mode.OFFLINE, now=clock())
    assert choice.forms == (Mode.OFFLINE, Mode.PHONE)
    assert {one.time.mode for one in choice.times} == {Mode.OFFLINE}
    await guest_move(parts, token, offer=choice.times[0].offer, key="a", now=clock())

    row = await row_of(parts, booked.meeting)
    assert (row.mode, row.room_id) == (Mode.OFFLINE, room)
    token = await token_of(parts, booked.meeting)
    choice = await guest_times(parts, token, mode=Mode.PHONE, now=clock())
    await guest_move(parts, token, offer=choice.times[0].offer, key="b", now=clock())
    assert (await row_of(parts, booked.meeting)).mode == Mode.PHONE
    with pytest.raises(BadInput):
        await guest_times(
            parts, await token_of(parts, booked.meeting), mode=Mode.VIDEO, now=clock()
        )


@pytest.mark.parametrize("told_by", ["clock", "coach"])
async def test_after_a_missed_talk_a_new_time_can_be_chosen_at_once(
    house: House, parts: Parts, clock: Clock, told_by: str
) -> None:
    coach = await house.coach()
    await house.works(coach)
    booked = await house.book(await house.acquainted(coach), "2027-03-03T14:00")
    token = await token_of(parts, booked.meeting)
    now = clock.set("2027-03-03T14:04")
    assert (await guest_times(parts, token, now=now)).times == ()
    now = clock.set("2027-03-03T14:05")
    if told_by == "coach":
        await record_outcome(parts, coach, booked.meeting, MeetingStatus.MISSED, key="m", now=now)
    await run_missed(parts, booked.meeting, now=now)

    choice = await guest_times(parts, token, now=now)
    assert choice.missed
    answers = await asyncio.gather(
        *(
            guest_move(parts, token, offer=one.offer, key=str(n), now=now)
            for n, one in enumerate(choice.times[:3])
        ),
        return_exceptions=True,
    )

    made = [one for one in answers if isinstance(one, Booked)]
    assert len(made) == 1
    assert {one.code for one in answers if isinstance(one, Conflict)} == {"already_chosen"}
    assert (await row_of(parts, booked.meeting)).status == MeetingStatus.MISSED
    assert (await row_of(parts, made[0].meeting)).status == MeetingStatus.PLANNED
    after = await guest_times(parts, token, now=now)
    assert (after.times, after.can_move) == ((), False)
    assert after.instead == (await row_of(parts, made[0].meeting)).starts_at


async def test_a_missed_talk_of_an_hour_ago_that_the_clock_noticed_still_offers_times(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    await house.works(coach)
    booked = await house.book(await house.acquainted(coach), "2027-03-03T14:00")
    token = await token_of(parts, booked.meeting)
    await run_missed(parts, booked.meeting, now=clock.set("2027-03-03T14:06"))

    assert (await guest_times(parts, token, now=clock.set("2027-03-03T18:00"))).times


async def test_a_candidate_cancels_and_the_coach_plans_anew(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    booked = await house.book(await house.acquainted(coach), "2027-03-03T14:00")
    token = await token_of(parts, booked.meeting)

    await guest_cancel(parts, token, key="a", now=clock())

    assert (await row_of(parts, booked.meeting)).status == "cancelled"
    assert [one.code for one in await attention(parts, coach, now=clock())] == [TodoCode.PLAN_NEW]


async def test_a_talk_that_is_going_on_is_not_moved_or_cancelled_by_link(
    house: House, parts: Parts, clock: Clock
) -> None:
    booked = await house.book(await house.acquainted(await house.coach()), "2027-03-03T14:00")
    token = await token_of(parts, booked.meeting)
    now = clock.set("2027-03-03T14:00")

    with pytest.raises(Conflict) as late:
        await guest_cancel(parts, token, key="a", now=now)

    assert late.value.code == "too_late"


async def test_call_me_is_one_request_until_the_coach_called(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    booked = await house.book(await house.acquainted(coach), "2027-03-03T14:00")
    token = await token_of(parts, booked.meeting)
    await cancel_meeting(parts, coach, booked.meeting, revision=1, key="a", now=clock())

    calls = [
        await guest_call_me(parts, token, window, key=uuid4().hex, now=clock())
        for window in (CallWindow.AFTERNOON, CallWindow.NOW)
    ]

    assert calls[0] == calls[1]
    assert calls[0].from_at == clock.set("2027-03-01T12:00")
    (todo,) = await attention(parts, coach, now=clock())
    assert todo.code is TodoCode.CALL_BACK
    for _ in range(2):
        await done(parts, coach, todo.id, now=clock())
    async with parts.database.read() as tx:
        rows = (await tx.execute(select(callback_request))).all()
    assert [row.done_at is not None for row in rows] == [True]
    with pytest.raises(NotFound):
        await done(parts, await house.coach(), todo.id, now=clock())


@pytest.mark.parametrize(
    ("now", "window", "expected"),
    [
        ("2027-03-01T09:00", CallWindow.NOW, ("2027-03-01T09:00", "2027-03-01T11:00")),
        ("2027-03-01T07:00", CallWindow.NOW, ("2027-03-01T09:00", "2027-03-01T11:00")),
        ("2027-03-05T16:45", CallWindow.NOW, ("2027-03-08T09:00", "2027-03-08T11:00")),
        ("2027-03-01T11:45", CallWindow.MORNING, ("2027-03-02T09:00", "2027-03-02T12:00")),
        ("2027-03-26T20:00", CallWindow.EVENING, ("2027-03-30T17:00", "2027-03-30T20:00")),
    ],
)
def test_a_call_comes_on_a_working_day(
    now: str, window: CallWindow, expected: tuple[str, str]
) -> None:
    moment = datetime.fromisoformat(now).replace(tzinfo=AMSTERDAM)

    found = call_window(window, moment, AMSTERDAM)

    assert tuple(f"{one:%Y-%m-%dT%H:%M}" for one in found) == expected


async def test_a_stranger_can_do_nothing(parts: Parts, clock: Clock) -> None:
    wrong = "x" * 43
    with pytest.raises(NotFound):
        await guest_times(parts, wrong, now=clock())
    with pytest.raises(NotFound):
        await guest_cancel(parts, wrong, key="a", now=clock())
    with pytest.raises(NotFound):
        await guest_call_me(parts, wrong, CallWindow.NOW, key="a", now=clock())


async def test_only_times_that_the_rules_allow_are_offered(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    room = await house.works(coach)
    trajectory = await house.trajectory(coach)
    first = await house.book(
        trajectory,
        "2027-03-03T10:00",
        kind=MeetingKind.ACQUAINTANCE,
        mode=Mode.OFFLINE,
        room=room,
    )

    choice = await guest_times(parts, await token_of(parts, first.meeting), now=clock())

    assert choice.can_move
    assert choice.times
    assert {one.time.mode for one in choice.times} == {Mode.OFFLINE}
