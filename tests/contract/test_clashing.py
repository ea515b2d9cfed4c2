"""Something else comes over a talk that stands: a to-do, once, that goes by itself (0011)."""

from datetime import datetime
from uuid import UUID, uuid4

import pytest

from coaching.trigger_facts import FailureCause
from coaching.words import MeetingKind, Mode
from server.usecases.attention import TodoCode, TodoView, attention, done
from server.usecases.booking import MoveRequest, cancel_meeting, move_meeting
from server.usecases.calendars import remove_calendar
from server.usecases.context import MeetingId, Parts, StaffActor
from server.usecases.failing import fail_talk
from server.usecases.invitation_names import invitation_name
from tests.calendar_rounds import Diary, connected, event
from tests.conftest import Clock
from tests.house_of_people import House
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.contract
OVER = ("20270303T131500Z", "20270303T143000Z")  # half an hour of the talk of 14.00
APART = ("20270303T144500Z", "20270303T154500Z")  # begins when the talk ends


async def told(parts: Parts, actor: StaffActor) -> list[TodoView]:
    found = await attention(parts, actor, now=parts.now())
    return [one for one in found if one.code is TodoCode.CALENDAR_CLASH]


async def move(house: House, meeting: MeetingId, to: str, mode: Mode, *, revision: int) -> None:
    await move_meeting(
        house.parts,
        await house.planner(),
        meeting,
        MoveRequest(
            starts_local=datetime.fromisoformat(to),
            minutes=30,
            mode=mode,
            room=None,
            over_busy=True,
        ),
        revision=revision,
        key=uuid4().hex,
        now=house.parts.now(),
    )


async def talk_and_diary(parts: Parts, house: House) -> tuple[StaffActor, MeetingId, Diary]:
    """A talk on 3 March 2027 at 14.00, and a second calendar of the coach."""
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    diary = await connected(parts, coach.id, role="busy")
    booked = await house.book(trajectory, "2027-03-03T14:00")
    return coach, booked.meeting, diary


async def test_a_hard_time_over_a_planned_talk_is_told_once_and_goes_with_it(
    house: House, parts: Parts
) -> None:
    coach, meeting, diary = await talk_and_diary(parts, house)
    diary.put("apart.ics", *APART)
    await diary.round()
    assert await told(parts, coach) == []

    name = diary.put("over.ics", *OVER)
    await diary.round()
    (todo,) = await told(parts, coach)
    assert (todo.meeting, todo.action, todo.href) == (meeting, "move", f"/meetings/{meeting}#move")
    assert await told(parts, await house.planner()) == [todo]
    mails = len(await rows(parts, "outbox"))

    diary.put("over.ics", OVER[0], "20270303T150000Z")  # longer, and still the same pair
    await diary.round()
    await diary.round(full=True)
    assert [one.id for one in await told(parts, coach)] == [todo.id]
    assert len(await rows(parts, "outbox")) == mails

    del diary.memory.objects[name]
    await diary.round(full=True)
    assert await told(parts, coach) == []


async def test_what_a_person_said_is_done_does_not_come_back_for_the_same_pair(
    house: House, parts: Parts
) -> None:
    coach, meeting, diary = await talk_and_diary(parts, house)
    diary.put("over.ics", *OVER)
    await diary.round()
    (todo,) = await told(parts, coach)

    await done(parts, coach, todo.id, now=parts.now())
    diary.put("over.ics", OVER[0], "20270303T150000Z")
    await diary.round(full=True)
    assert await told(parts, coach) == []

    diary.put("another.ics", *OVER)
    await diary.round()
    assert [one.meeting for one in await told(parts, coach)] == [meeting]


async def test_a_time_that_went_and_comes_back_is_told_again(house: House, parts: Parts) -> None:
    coach, _, diary = await talk_and_diary(parts, house)
    for times, number in ((OVER, 1), (APART, 0), (OVER, 1)):
        diary.put("over.ics", *times)
        await diary.round()
        assert len(await told(parts, coach)) == number


async def test_the_todo_goes_when_the_talk_moves_is_called_off_or_fails(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach, meeting, diary = await talk_and_diary(parts, house)
    diary.put("over.ics", *OVER)
    await diary.round()
    assert await told(parts, coach)

    await move(house, meeting, "2027-03-03T14:00", Mode.PHONE, revision=1)
    assert [one.meeting for one in await told(parts, coach)] == [meeting]
    await move(house, meeting, "2027-03-03T16:00", Mode.VIDEO, revision=2)
    assert await told(parts, coach) == []
    diary.put("later.ics", "20270303T150000Z", "20270303T160000Z")
    await diary.round()
    assert [one.meeting for one in await told(parts, coach)] == [meeting]

    now = clock.set("2027-03-03T16:05")
    await fail_talk(parts, meeting, FailureCause.COACH_SIDE, by=None, now=now)
    assert await told(parts, coach) == []


async def test_a_talk_that_is_called_off_and_a_calendar_that_is_let_go_leave_nothing(
    house: House, parts: Parts
) -> None:
    coach, meeting, diary = await talk_and_diary(parts, house)
    other = await house.acquainted(coach)
    second = (await house.book(other, "2027-03-04T14:00")).meeting
    diary.put("over.ics", *OVER)
    diary.put("next.ics", "20270304T130000Z", "20270304T133000Z")
    await diary.round()
    assert [one.meeting for one in await told(parts, coach)] == [meeting, second]

    planner = await house.planner()
    await cancel_meeting(parts, planner, meeting, revision=1, key=uuid4().hex, now=parts.now())
    assert [one.meeting for one in await told(parts, coach)] == [second]

    await remove_calendar(parts, coach, diary.connection, take_away=False, now=parts.now())
    assert await told(parts, coach) == []


@pytest.mark.parametrize("more", ["TRANSP:TRANSPARENT", "STATUS:TENTATIVE"])
async def test_what_leaves_the_time_free_or_is_not_sure_tells_nobody(
    house: House, parts: Parts, more: str
) -> None:
    coach, _, diary = await talk_and_diary(parts, house)
    diary.memory.objects["over.ics"] = event("over.ics", *OVER).replace(
        b"END:VEVENT", more.encode() + b"\r\nEND:VEVENT"
    )
    await diary.round()
    assert await told(parts, coach) == []


async def test_a_copy_of_our_own_invitation_is_no_clash(house: House, parts: Parts) -> None:
    coach, meeting, diary = await talk_and_diary(parts, house)
    own = event("over.ics", *OVER)
    uid = next(line for line in own.splitlines() if line.startswith(b"UID:"))
    copied = own.replace(uid, b"UID:" + invitation_name(parts, meeting).encode())
    diary.memory.objects["copy.ics"] = copied
    await diary.round()
    assert await rows(parts, "busy")
    assert await told(parts, coach) == []


async def test_the_diary_of_the_room_counts_too(house: House, parts: Parts) -> None:
    coach = await house.coach()
    trajectory, room = await house.acquainted(coach), await house.room()
    diary = await connected(parts, coach.id, role="busy", room_id=UUID(str(room)))
    booked = await house.book(
        trajectory, "2027-03-03T14:00", kind=MeetingKind.PROGRESS, mode=Mode.OFFLINE, room=room
    )
    diary.put("over.ics", *OVER)
    await diary.round()
    assert [one.meeting for one in await told(parts, coach)] == [booked.meeting]
