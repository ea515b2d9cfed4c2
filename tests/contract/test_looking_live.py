"""What stands in calendars is looked at when somebody books, at most so long (calendar.md 11.6)."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from calendar_sync.memory_source import MemorySource
from calendar_sync.reading import Listing
from calendar_sync.target import Failure
from coaching.errors import Conflict
from coaching.words import MeetingKind, Mode
from server.store.remote_objects import ReadingRecord
from server.usecases.booking import Booked, BookingRequest, book_meeting
from server.usecases.by_link import guest_move, guest_times
from server.usecases.context import Parts, TrajectoryId
from server.usecases.looking_live import LiveSource, Wanted, check_all, check_calendars
from server.usecases.overview import show_meeting
from server.usecases.planning import PlanLine, book_plan
from tests.calendar_rounds import Diary, change, connected, utc
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import link_of
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.contract
OVER = ("20270303T133000Z", "20270303T143000Z")  # half an hour of a talk at 14.00
SURE, MAYBE = (), ("STATUS:TENTATIVE",)


class Silent(MemorySource):
    """Never answers."""

    async def between(self, _starts_at: datetime, _ends_at: datetime) -> Listing:
        await asyncio.Event().wait()
        raise AssertionError("nobody sets it")


async def look(
    diary: Diary, coach: object, source: LiveSource, *, over_busy: bool = False, within: float = 60
) -> bool:
    def opened(_parts: Parts, _reading: ReadingRecord) -> LiveSource:
        return source

    times = (utc(2027, 3, 3, 13), utc(2027, 3, 3, 13, 45))
    wanted = Wanted(coach=coach, room=None, starts_at=times[0], ends_at=times[1])  # type: ignore[arg-type]  # the id of a coach
    return await check_calendars(
        diary.parts,
        wanted,
        over_busy=over_busy,
        now=diary.parts.now(),
        open_source=opened,
        within=within,
    )


async def book(house: House, trajectory: TrajectoryId, *, over_busy: bool = False) -> Booked:
    request = BookingRequest(
        trajectory=trajectory,
        kind=MeetingKind.PROGRESS,
        mode=Mode.VIDEO,
        starts_local=datetime.fromisoformat("2027-03-03T14:00"),
        minutes=45,
        room=None,
        over_busy=over_busy,
    )
    planner, now = await house.planner(), house.parts.now()
    return await book_meeting(house.parts, planner, request, key=uuid4().hex, now=now)


async def test_what_came_since_the_last_reading_is_found_and_who_knows_it_may_go_on(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    diary = await connected(parts, coach.id, role="both")
    source = MemorySource(diary.memory)
    diary.put("early.ics", "20270303T080000Z", "20270303T090000Z")
    assert await look(diary, coach.id, source)

    diary.put("over.ics", *OVER)
    with pytest.raises(Conflict, match="calendar_busy"):
        await look(diary, coach.id, source)
    assert await look(diary, coach.id, source, over_busy=True)


async def test_a_calendar_that_does_not_answer_in_time_is_not_checked(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    diary = await connected(parts, coach.id, role="both")
    assert not await look(diary, coach.id, Silent(diary.memory), within=0.01)
    await change(diary, paused_for="mass_deletion")
    assert not await look(diary, coach.id, MemorySource(diary.memory))


async def test_our_own_appointment_in_the_calendar_is_nothing_new(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    diary = await connected(parts, coach.id)
    await house.book(trajectory, "2027-03-03T14:00")
    await diary.write()
    assert diary.memory.objects
    assert await look(diary, coach.id, MemorySource(diary.memory))


@pytest.mark.parametrize(
    ("more", "code"), [(SURE, "calendar_busy"), (MAYBE, "calendar_maybe_busy")]
)
async def test_a_time_with_something_in_the_calendar_is_booked_only_by_who_says_so(
    house: House, parts: Parts, more: tuple[str, ...], code: str
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    diary = await connected(parts, coach.id, role="busy")
    diary.put("over.ics", *OVER, *more)
    await diary.round()

    with pytest.raises(Conflict, match=code):
        await book(house, trajectory)
    assert not await rows(parts, "meeting", kind="progress")
    booked = await book(house, trajectory, over_busy=True)
    shown = await show_meeting(parts, coach, booked.meeting, now=parts.now())
    assert shown.marks.clashes is (more == SURE)


async def test_a_booking_goes_through_when_the_calendar_is_silent_and_says_so_until_it_is_read(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    diary = await connected(parts, coach.id)  # its password cannot be read: nothing answers

    booked = await book(house, trajectory)
    shown = await show_meeting(parts, coach, booked.meeting, now=parts.now())
    assert shown.marks.unchecked
    assert [one.what for one in shown.history].count("calendar_not_checked") == 1

    clock.forward(minutes=1)
    await diary.round()
    shown = await show_meeting(parts, coach, booked.meeting, now=parts.now())
    assert not shown.marks.unchecked


async def test_without_a_calendar_there_is_nothing_to_check(house: House, parts: Parts) -> None:
    coach = await house.coach()
    booked = await book(house, await house.acquainted(coach))
    assert not (await show_meeting(parts, coach, booked.meeting, now=parts.now())).marks.unchecked


async def test_a_candidate_is_told_that_the_time_was_taken_and_nothing_else(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    await house.works(coach)
    trajectory = await house.acquainted(coach)
    diary = await connected(parts, coach.id, role="busy")
    meeting = (await house.book(trajectory, "2027-03-03T14:00")).meeting
    token = await link_of(parts, meeting)
    chosen = (await guest_times(parts, token, now=parts.now())).times[0]
    begins = chosen.time.starts_at
    diary.put("new.ics", f"{begins:%Y%m%dT%H%M%SZ}", f"{chosen.time.ends_at:%Y%m%dT%H%M%SZ}")
    await diary.round()

    with pytest.raises(Conflict, match="time_taken"):
        await guest_move(parts, token, offer=chosen.offer, key="a", now=parts.now())


class Counted(MemorySource):
    """Says how often it was asked."""

    asked = 0

    async def between(self, starts_at: datetime, ends_at: datetime) -> Listing | Failure:
        self.asked += 1
        return await super().between(starts_at, ends_at)


async def look_at_all(
    diary: Diary, coach: UUID, source: LiveSource, *, within: float = 60
) -> frozenset[int]:
    """A plan of three talks with this coach, on three days of March 2027."""
    days = (utc(2027, 3, day, 13) for day in (2, 3, 10))
    wanted = [
        Wanted(coach=coach, room=None, starts_at=day, ends_at=day + timedelta(minutes=45))
        for day in days
    ]
    return await check_all(
        diary.parts,
        wanted,
        now=diary.parts.now(),
        open_source=lambda _parts, _reading: source,
        within=within,
    )


async def test_a_plan_is_one_look_a_calendar_and_says_which_talk_is_in_the_way(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    diary = await connected(parts, coach.id, role="both")
    source = Counted(diary.memory)
    diary.put("between.ics", "20270305T130000Z", "20270305T140000Z")
    assert await look_at_all(diary, coach.id, source) == frozenset()
    assert source.asked == 1

    diary.put("over.ics", *OVER)
    with pytest.raises(Conflict, match="calendar_busy") as busy:
        await look_at_all(diary, coach.id, source)
    assert busy.value.params == {"lines": "1"}
    assert source.asked == 2


async def test_all_talks_of_a_plan_with_something_in_the_way_are_named_read_before_or_not(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    diary = await connected(parts, coach.id, role="both")
    diary.put("over.ics", *OVER, *MAYBE)
    await diary.round()
    source = Counted(diary.memory)
    with pytest.raises(Conflict, match="calendar_maybe_busy") as unsure:
        await look_at_all(diary, coach.id, source)
    assert unsure.value.params == {"lines": "1"}

    diary.put("new.ics", "20270310T130000Z", "20270310T140000Z")
    with pytest.raises(Conflict, match="calendar_busy") as busy:
        await look_at_all(diary, coach.id, source)
    assert busy.value.params == {"lines": "1,2"}


async def test_a_silent_calendar_leaves_all_talks_of_a_plan_not_checked_after_one_limit(
    house: House, parts: Parts
) -> None:
    coach = await house.coach()
    diary = await connected(parts, coach.id, role="both")
    silent = Silent(diary.memory)
    assert await look_at_all(diary, coach.id, silent, within=0.01) == {0, 1, 2}


async def test_a_plan_over_something_is_booked_by_who_says_so_and_notes_what_was_not_looked_at(
    house: House, parts: Parts
) -> None:
    coach, planner = await house.coach(), await house.planner()
    trajectory = await house.acquainted(coach)
    diary = await connected(parts, coach.id, role="busy")  # its password cannot be read
    diary.put("over.ics", *OVER)
    await diary.round()
    lines = [
        PlanLine(
            kind=MeetingKind.PROGRESS,
            mode=Mode.PHONE,
            starts_local=datetime.fromisoformat(f"2027-03-{day}T14:00"),
            minutes=45,
            room=None,
        )
        for day in ("02", "03")
    ]

    with pytest.raises(Conflict, match="calendar_busy") as busy:
        await book_plan(parts, planner, trajectory, lines, key="a", now=parts.now())
    assert busy.value.params == {"lines": "1"}
    assert not await rows(parts, "meeting", kind="progress")
    booked = await book_plan(
        parts, planner, trajectory, lines, over_busy=True, key="b", now=parts.now()
    )

    shown = [await show_meeting(parts, coach, one, now=parts.now()) for one in booked.meetings]
    noted = [[line.what for line in one.history].count("calendar_not_checked") for one in shown]
    assert noted == [1, 1]
