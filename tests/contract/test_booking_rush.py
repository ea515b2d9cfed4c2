"""Many at once: one slot is booked once, and one key is done once."""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from datetime import datetime
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from coaching.errors import BadInput, Conflict, NotFound
from coaching.words import MeetingKind, Mode
from server.store.schema import candidate, meeting, outbox
from server.usecases.booking import Booked, BookingRequest, book_meeting
from server.usecases.context import Parts
from tests.conftest import Clock
from tests.house_of_people import House

pytestmark = pytest.mark.contract

SLOT = "2027-03-03T14:00"


async def outcome(booking: Awaitable[Booked]) -> str:
    try:
        await booking
    except Conflict as error:
        return error.code
    return "booked"


async def count(parts: Parts, table: object) -> int:
    async with parts.database.read() as tx:
        return await tx.scalar(select(func.count()).select_from(table)) or 0  # type: ignore[arg-type]  # a table


async def test_of_fifty_bookings_of_one_slot_exactly_one_is_booked(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    trajectories = [await house.trajectory(coach) for _ in range(10)]

    outcomes = await asyncio.gather(
        *(
            outcome(house.book(trajectories[n % 10], SLOT, mode=Mode.PHONE, minutes=30 + n % 4))
            for n in range(50)
        )
    )

    assert Counter(outcomes) == {"booked": 1, "coach_taken": 49}
    assert await count(parts, meeting) == 1
    assert await count(parts, outbox) == 1


async def test_bookings_that_want_different_things_in_every_order_never_deadlock(
    house: House, parts: Parts
) -> None:
    coaches = [await house.coach() for _ in range(4)]
    candidates = [await house.candidate() for _ in range(4)]
    rooms = [await house.room() for _ in range(2)]
    pairs = [await house.trajectory(a, b) for a in coaches for b in candidates]

    outcomes = await asyncio.gather(
        *(
            outcome(
                house.book(
                    pairs[n % 16],
                    SLOT,
                    kind=MeetingKind.ACQUAINTANCE,
                    mode=Mode.OFFLINE,
                    room=rooms[n % 2],
                )
            )
            for n in range(48)
        )
    )

    booked = outcomes.count("booked")
    assert booked == await count(parts, meeting)
    assert 1 <= booked <= 2
    assert set(outcomes) <= {"booked", "coach_taken", "candidate_taken", "room_taken"}


async def test_the_same_key_gives_the_same_answer(house: House, parts: Parts) -> None:
    trajectory = await house.acquainted(await house.coach())
    key = uuid4().hex

    first = await house.book(trajectory, SLOT, key=key)
    second = await house.book(trajectory, SLOT, key=key)

    assert first == second
    assert await count(parts, meeting) == 2  # the acquaintance and this one


async def test_the_same_key_at_once_books_once(house: House, parts: Parts) -> None:
    trajectory = await house.acquainted(await house.coach())
    key = uuid4().hex

    answers = await asyncio.gather(*(house.book(trajectory, SLOT, key=key) for _ in range(10)))

    assert len({answer.meeting for answer in answers}) == 1
    assert await count(parts, meeting) == 2


async def test_a_key_used_for_another_request_is_refused(house: House, parts: Parts) -> None:
    trajectory = await house.acquainted(await house.coach())
    key = uuid4().hex
    await house.book(trajectory, SLOT, key=key)

    with pytest.raises(BadInput) as refused:
        await house.book(trajectory, "2027-03-04T14:00", key=key)

    assert refused.value.code == "key_reused"
    assert await count(parts, meeting) == 2


async def test_a_refused_request_leaves_its_key_free(house: House) -> None:
    coach = await house.coach()
    first, second = await house.trajectory(coach), await house.trajectory(coach)
    booked = await house.book(first, SLOT, mode=Mode.PHONE)
    key = uuid4().hex
    with pytest.raises(Conflict):
        await house.book(second, SLOT, mode=Mode.PHONE, key=key)

    later = await house.book(second, "2027-03-04T14:00", mode=Mode.PHONE, key=key)

    assert later.meeting != booked.meeting


async def test_two_new_trajectories_at_once_get_different_numbers(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    await house.planner()
    people = [await house.candidate() for _ in range(8)]

    made = await asyncio.gather(*(house.trajectory(coach, one) for one in people))

    assert len(set(made)) == 8
    assert await count(parts, candidate) == 8


async def test_a_key_gets_its_answer_again_when_the_slot_is_taken_or_past(
    house: House, parts: Parts, clock: Clock
) -> None:
    trajectory = await house.trajectory(await house.coach())
    key = uuid4().hex
    booked = await house.book(trajectory, SLOT, mode=Mode.PHONE, key=key)

    taken = await house.book(trajectory, SLOT, mode=Mode.PHONE, key=key)
    clock.set("2027-03-05T09:00")
    past = await house.book(trajectory, SLOT, mode=Mode.PHONE, key=key)

    assert taken == past == booked


async def test_a_taken_time_of_another_coach_is_no_business_of_this_one(
    house: House, parts: Parts
) -> None:
    coach, stranger = await house.coach(), await house.coach()
    trajectory = await house.trajectory(coach)
    await house.book(trajectory, SLOT, mode=Mode.PHONE)
    request = BookingRequest(
        trajectory=trajectory,
        kind=MeetingKind.PROGRESS,
        mode=Mode.PHONE,
        starts_local=datetime.fromisoformat(SLOT),
        minutes=30,
        room=None,
    )

    with pytest.raises(NotFound):
        await book_meeting(parts, stranger, request, key=uuid4().hex, now=parts.now())
