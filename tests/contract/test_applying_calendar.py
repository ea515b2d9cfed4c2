"""One round of reading, on both databases; the numbers are those of calendar handbook 10."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from calendar_sync.memory_source import MemorySource
from calendar_sync.reading import CalendarSource, Changes, Fetched, Listing, TokenRefused
from calendar_sync.target import AuthFailed, Failure, Garbage, Gone, Temporary
from server.store import calendars
from server.store.connecting import forget_what_was_read
from server.store.remote_objects import change_reading
from server.usecases.applying_calendar import read_calendar
from server.usecases.context import Parts
from tests.calendar_rounds import LEASE, Diary, Here, connected, event, held, utc
from tests.conftest import Clock
from tests.house_of_people import House
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.contract


async def diary_of(parts: Parts, house: House, *, role: str = "both") -> Diary:
    return await connected(parts, (await house.coach()).id, role=role)


async def times(parts: Parts) -> list[tuple[Any, Any, str]]:
    found = await rows(parts, "busy")
    return sorted((one["starts_at"], one["ends_at"], one["kind"]) for one in found)


async def change(diary: Diary, **columns: object) -> None:
    """Change the row of a calendar, as time or another page would."""
    async with diary.parts.database.write() as tx:
        await change_reading(tx, diary.connection, **columns)


class Odd:
    """A calendar that answers what it is told to, and else what the calendar in memory says."""

    def __init__(self, diary: Diary, **answers: object) -> None:
        self._real = MemorySource(diary.memory) if diary.source is None else diary.source
        self._answers = answers
        self.asked: list[str] = []

    async def changes(self, token: str | None) -> Changes | TokenRefused | Failure:
        self.asked.append("changes")
        if "changes" not in self._answers:
            return await self._real.changes(token)
        answer = self._answers["changes"]
        told = answer(token) if callable(answer) else answer
        assert isinstance(told, Changes | TokenRefused | Failure)
        return told

    async def listing(self) -> Listing | Failure:
        self.asked.append("listing")
        told = self._answers.get("listing") or await self._real.listing()
        assert isinstance(told, Listing | Failure)
        return told

    async def fetch(self, hrefs: Sequence[str]) -> Fetched | Failure:
        self.asked.append("fetch")
        told = self._answers.get("fetch") or await self._real.fetch(hrefs)
        assert isinstance(told, Fetched | Failure)
        return told

    async def close(self) -> None:
        pass


async def test_a_foreign_event_takes_the_time_of_the_owner(parts: Parts, house: House) -> None:
    diary = await diary_of(parts, house)
    diary.put("a.ics")

    done = await diary.round()

    assert (done.kind, done.outcome, done.changed) == ("first", "ok", 1)
    assert await times(parts) == [(utc(2027, 3, 3, 13), utc(2027, 3, 3, 14), "hard")]
    (one,) = await rows(parts, "busy")
    assert one["owner_id"] == (await diary.row())["staff_id"]


async def test_nothing_of_what_an_event_is_about_is_kept(parts: Parts, house: House) -> None:
    diary = await diary_of(parts, house)
    diary.put("a.ics")
    await diary.round()

    for table in ("remote_object", "busy", "sync_log", "calendar_connection"):
        assert "Tandarts" not in repr(await rows(parts, table))


async def test_a_changed_event_moves_and_a_removed_one_frees(parts: Parts, house: House) -> None:
    diary = await diary_of(parts, house)
    diary.put("a.ics")
    diary.put("b.ics", "20270304T080000Z", "20270304T090000Z")
    await diary.round()

    diary.put("a.ics", "20270305T080000Z", "20270305T100000Z")
    del diary.memory.objects["b.ics"]
    done = await diary.round()

    assert (done.kind, done.changed, done.removed) == ("changes", 1, 1)
    assert await times(parts) == [(utc(2027, 3, 5, 8), utc(2027, 3, 5, 10), "hard")]
    assert len(await rows(parts, "remote_object")) == 1


async def test_a_round_without_changes_asks_once_and_writes_nothing_down(
    parts: Parts, house: House
) -> None:
    diary = await diary_of(parts, house)
    diary.put("a.ics")
    await diary.round()

    done = await diary.round()

    assert (done.requests, done.changed) == (1, 0)
    assert len(await rows(parts, "sync_log")) == 1
    assert (await diary.row())["read_at"] == parts.now()


async def test_what_a_calendar_for_writing_only_holds_takes_no_time(
    parts: Parts, house: House
) -> None:
    diary = await diary_of(parts, house, role="target")
    diary.put("a.ics")
    await diary.round()

    assert await rows(parts, "busy") == []
    assert len(await rows(parts, "remote_object")) == 1


@pytest.mark.parametrize(("before", "after"), [("target", "both"), ("both", "target")])
async def test_another_use_of_a_calendar_counts_from_the_next_round(
    parts: Parts, house: House, before: str, after: str
) -> None:
    diary = await diary_of(parts, house, role=before)
    diary.put("a.ics")
    await diary.round()
    await change(diary, role=after)

    await diary.round()

    assert len(await rows(parts, "busy")) == (1 if after == "both" else 0)


async def test_the_calendar_of_a_room_takes_the_time_of_the_room(
    parts: Parts, house: House
) -> None:
    room = await house.room()
    planner = await house.planner()
    diary = await connected(parts, planner.id, room_id=room)
    diary.put("a.ics")

    await diary.round()

    assert [one["owner_id"] for one in await rows(parts, "busy")] == [room]


async def appointment(parts: Parts, house: House) -> tuple[Diary, UUID]:
    """A coach with a calendar that the appointment of 3 March, 14.00, stands in."""
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    diary = await connected(parts, coach.id)
    booked = await house.book(trajectory, "2027-03-03T14:00")
    await diary.write()
    return diary, booked.meeting


async def mirror_of(parts: Parts, meeting: UUID) -> dict[str, Any]:
    (found,) = await rows(parts, "mirror", meeting_id=meeting)
    return found


async def test_row_3_our_own_write_comes_back_as_nothing(parts: Parts, house: House) -> None:
    diary, meeting = await appointment(parts, house)
    before = await mirror_of(parts, meeting)
    waiting = len(await rows(parts, "outbox", done_at=None))
    source = Odd(diary)

    done = await diary.round(source=source)

    assert (done.outcome, done.changed, "fetch" in source.asked) == ("ok", 0, False)
    assert await mirror_of(parts, meeting) == before
    assert len(await rows(parts, "outbox", done_at=None)) == waiting
    assert await rows(parts, "busy") == []
    assert (await rows(parts, "meeting", id=meeting))[0]["revision"] == 1


async def test_row_12_our_own_appointment_is_not_counted_twice_when_somebody_moves_it(
    parts: Parts, house: House
) -> None:
    diary, meeting = await appointment(parts, house)
    await diary.round()
    ((name, ics),) = diary.memory.objects.items()
    diary.memory.objects[name] = ics.replace(b"T140000", b"T150000").replace(b"T144500", b"T154500")

    done = await diary.round()

    assert (done.outcome, done.changed) == ("ok", 1)
    assert await rows(parts, "busy") == []
    fetched = await diary.source.fetch([name]) if diary.source else None
    assert isinstance(fetched, Fetched)
    assert (await mirror_of(parts, meeting))["etag"] == fetched.objects[name].etag


async def test_a_copy_of_our_event_under_another_uid_takes_time(parts: Parts, house: House) -> None:
    diary, _ = await appointment(parts, house)
    ((name, ics),) = list(diary.memory.objects.items())
    uid = name.removesuffix(".ics").encode()
    diary.memory.objects["copy.ics"] = ics.replace(b"\r\n ", b"").replace(uid, b"copied", 1)

    await diary.round()

    assert len(await rows(parts, "busy")) == 1


async def test_row_15_our_event_in_another_calendar_of_the_coach_takes_no_time(
    parts: Parts, house: House
) -> None:
    diary, meeting = await appointment(parts, house)
    await diary.round()
    other = await connected(parts, (await diary.row())["staff_id"], role="busy")
    ((name, ics),) = list(diary.memory.objects.items())
    del diary.memory.objects[name]
    other.memory.objects[name] = ics

    await diary.round()
    await other.round()

    assert await rows(parts, "busy") == []
    assert (await rows(parts, "meeting", id=meeting))[0]["status"] == "planned"


async def test_row_15_a_calendar_that_is_read_anew_doubles_and_mails_nothing(
    parts: Parts, house: House
) -> None:
    diary, meeting = await appointment(parts, house)
    diary.put("a.ics")
    await diary.round()
    before = await mirror_of(parts, meeting), await times(parts), await rows(parts, "outbox")
    async with parts.database.write() as tx:
        await forget_what_was_read(tx, diary.connection)
    await change(diary, sync_token=None, full_read_at=None)

    await diary.round()

    after = await mirror_of(parts, meeting), await times(parts), await rows(parts, "outbox")
    assert after == before


@pytest.mark.parametrize("everything", [False, True], ids=["refused", "207 with everything"])
async def test_row_4_a_token_that_expired_ends_in_a_full_round(
    parts: Parts, house: House, *, everything: bool
) -> None:
    diary = await diary_of(parts, house)
    for number in range(6):
        diary.put(f"{number}.ics", f"2027030{number + 1}T080000Z", f"2027030{number + 1}T090000Z")
    await diary.round()
    del diary.memory.objects["0.ics"]
    diary.put("7.ics", "20270308T080000Z", "20270308T090000Z")
    fresh = MemorySource(diary.memory)

    async def told(token: str | None) -> Changes | TokenRefused:
        refused = token is not None and not everything
        return TokenRefused(reason="403") if refused else await fresh.changes(None)

    class Forgetful(Odd):
        async def changes(self, token: str | None) -> Changes | TokenRefused | Failure:
            return await told(token)

    source = Forgetful(diary)
    await change(diary, full_read_at=parts.now() - timedelta(hours=1))

    done = await diary.round(source=source)

    assert (done.kind, done.outcome, done.removed) == ("full", "ok", 1)
    assert "listing" in source.asked
    assert len(await times(parts)) == 6


async def test_row_4_no_deletion_until_the_listing_is_complete(parts: Parts, house: House) -> None:
    diary = await diary_of(parts, house)
    diary.put("a.ics")
    diary.put("b.ics")
    await diary.round()
    before = await diary.row()
    source = Odd(
        diary,
        changes=TokenRefused(reason="403"),
        listing=Garbage(reason="the calendar does not show all that is in it"),
    )

    done = await diary.round(source=source)

    assert done.outcome == "no_calendar"
    assert len(await times(parts)) == 2
    assert (await diary.row())["sync_token"] == before["sync_token"]


async def test_row_5_removed_names_that_nobody_knows_are_nothing(
    parts: Parts, house: House
) -> None:
    diary = await diary_of(parts, house)
    diary.put("a.ics")
    source = Odd(
        diary, changes=Changes(token="1", changed={"a.ics": None}, removed=frozenset({"x.ics"}))
    )

    done = await diary.round(source=source)

    assert (done.outcome, done.removed) == ("ok", 0)
    assert len(await times(parts)) == 1


async def test_a_removal_that_the_object_itself_contradicts_is_not_believed(
    parts: Parts, house: House
) -> None:
    diary = await diary_of(parts, house)
    diary.put("a.ics")
    await diary.round()
    source = Odd(diary, changes=Changes(token="9", changed={}, removed=frozenset({"a.ics"})))

    done = await diary.round(source=source)

    assert (done.outcome, done.removed) == ("ok", 0)
    assert len(await times(parts)) == 1


async def filled(parts: Parts, house: House, number: int) -> Diary:
    diary = await diary_of(parts, house)
    for each in range(number):
        diary.put(f"{each}.ics", f"202703{each + 1:02d}T080000Z", f"202703{each + 1:02d}T090000Z")
    await diary.round()
    return diary


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("left", [0, 4])
async def test_row_6_half_of_a_calendar_that_vanishes_waits_for_a_person(
    parts: Parts, house: House, left: int, *, full: bool
) -> None:
    diary = await filled(parts, house, 12)
    before = await diary.row()
    for each in range(left, 12):
        del diary.memory.objects[f"{each}.ics"]

    done = await diary.round(full=full)

    row = await diary.row()
    assert (done.outcome, row["paused_for"]) == ("mass_deletion", "mass_deletion")
    assert row["sync_token"] == before["sync_token"]
    assert len(await times(parts)) == 12
    (told,) = await rows(parts, "notice", code="calendar_paused")
    assert told["staff_id"] == row["staff_id"]
    assert (await diary.round()).outcome == "skipped"


async def test_row_6_after_a_person_looked_it_goes_on(parts: Parts, house: House) -> None:
    diary = await filled(parts, house, 12)
    diary.memory.objects.clear()
    await diary.round()
    await change(diary, paused_for="looked")

    done = await diary.round()

    assert (done.outcome, done.removed) == ("ok", 12)
    assert (await diary.row())["paused_for"] is None
    assert await times(parts) == []


async def test_row_6_our_mirrors_that_vanish_together_wait_for_a_person(
    parts: Parts, house: House
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    diary = await connected(parts, coach.id)
    for day in ("03-03", "03-10", "03-17", "03-24", "03-31", "04-07", "04-14"):
        await house.book(trajectory, f"2027-{day}T14:00")
    await diary.write()
    diary.put("a.ics")
    await diary.round()
    for name in [name for name in diary.memory.objects if name != "a.ics"]:
        del diary.memory.objects[name]

    assert (await diary.round()).outcome == "mass_deletion"
    assert {one["status"] for one in await rows(parts, "meeting")} <= {"planned", "held"}


@pytest.mark.parametrize(
    ("failure", "broken"),
    [
        (AuthFailed(reason="the calendar refuses this user name or password"), True),
        (Gone(reason="the calendar is not there"), True),
        (Garbage(reason="the answer is no CalDAV"), False),
        (Temporary(reason="the calendar does not answer"), False),
    ],
)
async def test_row_7_a_calendar_that_fails_keeps_everything_and_recovers_by_itself(
    parts: Parts, house: House, clock: Clock, failure: Failure, *, broken: bool
) -> None:
    diary, meeting = await appointment(parts, house)
    diary.put("a.ics")
    await diary.round()
    kept = await times(parts), await rows(parts, "meeting", id=meeting)

    await diary.round(source=Odd(diary, changes=failure))
    row = await diary.row()

    assert (row["state"], row["last_error"]) == ("broken" if broken else "ok", failure.reason)
    assert timedelta(0) < row["next_read_at"] - clock() <= timedelta(minutes=15)
    assert (await times(parts), await rows(parts, "meeting", id=meeting)) == kept
    assert len(await rows(parts, "notice", code="calendar_broken")) == broken
    clock.forward(minutes=16)
    await diary.round(source=Odd(diary, changes=failure))
    assert len(await rows(parts, "notice", code="calendar_broken")) == broken

    await diary.round()

    row = await diary.row()
    assert (row["state"], row["last_error"], row["read_attempts"]) == ("ok", None, 0)


async def test_no_calendar_behind_the_address_three_times_is_broken(
    parts: Parts, house: House
) -> None:
    diary = await diary_of(parts, house)
    states = []
    for _ in range(3):
        await diary.round(source=Odd(diary, changes=Garbage(reason="the answer is no CalDAV")))
        states.append((await diary.row())["state"])
    assert states == ["ok", "ok", "broken"]


async def test_row_18_retry_after_is_waited_for(parts: Parts, house: House, clock: Clock) -> None:
    diary = await diary_of(parts, house)
    asked = Temporary(reason="the calendar asks to wait", retry_after=1800)
    await diary.round(source=Odd(diary, changes=asked))
    assert (await diary.row())["next_read_at"] == clock() + timedelta(minutes=30)


async def test_row_8_one_unreadable_object_among_many_leaves_the_rest(
    parts: Parts, house: House
) -> None:
    diary = await diary_of(parts, house)
    for number in range(199):
        diary.put(f"{number}.ics", "20270303T080000Z", "20270303T090000Z")
    diary.memory.objects["broken.ics"] = b"BEGIN:VCALENDAR\r\nnothing good"

    done = await diary.round()

    assert (done.outcome, done.unreadable) == ("ok", 1)
    assert len(await times(parts)) == 199
    (shown,) = await rows(parts, "remote_object", href="broken.ics")
    assert shown["state"] in ("unreadable", "refused")
    assert shown["reason"]


async def test_a_time_that_becomes_unreadable_stays_busy(parts: Parts, house: House) -> None:
    diary = await diary_of(parts, house)
    diary.put("a.ics")
    await diary.round()
    diary.memory.objects["a.ics"] = b"BEGIN:VCALENDAR\r\nnothing good"

    done = await diary.round()

    assert done.unreadable == 1
    assert len(await times(parts)) == 1


async def test_an_object_that_is_named_and_not_given_is_asked_for_again(
    parts: Parts, house: House, clock: Clock
) -> None:
    diary = await diary_of(parts, house)
    diary.put("a.ics")

    done = await diary.round(source=Odd(diary, fetch=Fetched(objects={})))
    assert (done.outcome, done.unreadable) == ("ok", 1)
    assert await times(parts) == []
    clock.forward(minutes=11)
    await diary.round()

    assert len(await times(parts)) == 1
    (one,) = await rows(parts, "remote_object")
    assert (one["state"], one["reason"]) == ("busy", None)


async def test_row_16_a_first_reading_of_old_events_writes_and_mails_nothing(
    parts: Parts, house: House
) -> None:
    diary = await diary_of(parts, house)
    for number in range(2000):
        diary.put(f"{number}.ics", "20160303T080000Z", "20160303T090000Z")
    stands = dict(diary.memory.objects)

    done = await diary.round()

    assert (done.outcome, done.changed) == ("ok", 2000)
    assert await rows(parts, "busy") == []
    assert await rows(parts, "outbox") == []
    assert await rows(parts, "notice") == []
    assert diary.memory.objects == stands
    again = await diary.round(full=True)
    assert (again.changed, again.outcome) == (0, "ok")


async def test_row_17_a_hold_that_was_lost_keeps_nothing(
    parts: Parts, house: House, clock: Clock
) -> None:
    diary = await diary_of(parts, house)
    diary.put("a.ics")

    async with held(parts, diary.connection) as old:
        clock.forward(seconds=31)
        async with parts.database.write() as tx:
            taken = await calendars.hold(
                tx, diary.connection, worker="other", now=clock(), lease=LEASE
            )
        assert taken is not None
        assert diary.source is not None
        done = await read_calendar(parts, old, diary.source, Here(), now=clock())

    assert done.outcome == "hold_lost"
    assert await rows(parts, "remote_object") == []
    assert (await diary.row())["sync_token"] is None


async def test_a_calendar_that_is_taken_away_while_it_is_read_keeps_nothing(
    parts: Parts, house: House
) -> None:
    diary = await diary_of(parts, house)
    diary.put("a.ics")

    class Removed(Odd):
        async def fetch(self, hrefs: Sequence[str]) -> Fetched | Failure:
            await change(diary, removed_at=parts.now())
            return await super().fetch(hrefs)

    done = await diary.round(source=Removed(diary))

    assert done.outcome == "changed_meanwhile"
    assert await rows(parts, "busy") == []


async def test_series_are_expanded_anew_as_time_goes_on(
    parts: Parts, house: House, clock: Clock
) -> None:
    diary = await diary_of(parts, house)
    diary.memory.objects["s.ics"] = event(
        "s", "20270303T130000Z", "20270303T140000Z", "RRULE:FREQ=WEEKLY"
    )
    await diary.round()
    last = (await times(parts))[-1]
    clock.forward(days=30)

    await diary.round(full=True)

    found = await times(parts)
    assert found[-1][0] > last[0] + timedelta(weeks=3)
    assert found[0][0] > utc(2027, 3, 20)


async def test_changes_come_in_pages_and_end(parts: Parts, house: House) -> None:
    diary = await diary_of(parts, house)
    for name in "abc":
        diary.put(f"{name}.ics")
    pages = {
        None: Changes(token="1", changed={"a.ics": None}, removed=frozenset(), cut=True),
        "1": Changes(token="2", changed={"b.ics": None}, removed=frozenset(), cut=True),
        "2": Changes(token="3", changed={"c.ics": None}, removed=frozenset()),
    }

    done = await diary.round(source=Odd(diary, changes=pages.__getitem__))

    assert (done.outcome, done.changed) == ("ok", 3)
    assert (await diary.row())["sync_token"] == "3"


async def test_changes_that_never_end_are_no_calendar(parts: Parts, house: House) -> None:
    diary = await diary_of(parts, house)
    told = Changes(token="1", changed={}, removed=frozenset(), cut=True)
    done = await diary.round(source=Odd(diary, changes=told))
    assert done.outcome == "no_calendar"


async def test_an_object_without_a_tag_is_read_each_time_it_is_listed_and_stays_the_same(
    parts: Parts, house: House
) -> None:
    diary = await diary_of(parts, house)
    diary.put("a.ics")
    source = Odd(diary, changes=TokenRefused(reason="501"), listing=Listing(tags={"a.ics": None}))

    await diary.round(source=source)
    before = await rows(parts, "busy")
    await diary.round(source=source)

    assert source.asked.count("fetch") == 2
    assert await rows(parts, "busy") == before


async def test_two_people_with_one_calendar_each_keep_their_own(parts: Parts, house: House) -> None:
    first, second = await diary_of(parts, house), await diary_of(parts, house, role="busy")
    shared: CalendarSource = MemorySource(first.memory)
    first.put("a.ics")

    await first.round(source=shared)
    await second.round(source=shared)

    owners = {one["owner_id"] for one in await rows(parts, "busy")}
    assert owners == {(await first.row())["staff_id"], (await second.row())["staff_id"]}


async def test_round_of_a_calendar_that_is_not_there(parts: Parts, house: House) -> None:
    diary = await diary_of(parts, house)
    hold = calendars.Hold(connection=uuid4(), worker="x", fence=1)
    assert diary.source is not None
    done = await read_calendar(parts, hold, diary.source, Here(), now=parts.now())
    assert done.outcome == "skipped"
