"""One round of reading, on both databases; the numbers are those of calendar handbook 10."""

import hashlib
import os
from datetime import timedelta

import pytest

from calendar_sync.memory_source import MemorySource
from calendar_sync.reading import CalendarSource, Fetched
from server.store import calendars
from server.store.connecting import forget_what_was_read
from server.usecases.applying_calendar import read_calendar
from server.usecases.calendars import every_calendar
from server.usecases.context import Parts
from tests.calendar_rounds import (
    LEASE,
    Here,
    Odd,
    appointment,
    change,
    connected,
    diary_of,
    event,
    held,
    mirror_of,
    times,
    utc,
)
from tests.conftest import Clock
from tests.house_of_people import House
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.contract

OLD_EVENTS = int(os.environ.get("OLD_EVENTS", "2000"))


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


async def test_row_16_a_first_reading_of_old_events_writes_and_mails_nothing(
    parts: Parts, house: House
) -> None:
    diary = await diary_of(parts, house)
    for number in range(OLD_EVENTS):
        diary.put(f"{number}.ics", "20160303T080000Z", "20160303T090000Z")
    stands = dict(diary.memory.objects)

    done = await diary.round()

    assert (done.outcome, done.changed) == ("ok", OLD_EVENTS)
    assert await rows(parts, "busy") == []
    assert await rows(parts, "outbox") == []
    assert await rows(parts, "notice") == []
    assert diary.memory.objects == stands
    again = await diary.round(full=True)
    assert (again.changed, again.outcome) == (0, "ok")


async def test_event_that_ends_before_it_begins_is_counted_as_unreadable_and_takes_no_wrong_time(
    parts: Parts, house: House
) -> None:
    diary = await diary_of(parts, house)
    diary.put("backwards.ics", "20270303T150000Z", "20270303T140000Z")
    diary.put("right.ics", "20270303T080000Z", "20270303T090000Z")

    done = await diary.round()

    assert (done.outcome, done.changed) == ("ok", 2)
    objects = {one["href"]: one for one in await rows(parts, "remote_object")}
    assert objects["backwards.ics"]["reason"] == "ends_before_start"
    assert [one["starts_at"].hour for one in await rows(parts, "busy")] == [8]
    (shown,) = await every_calendar(parts)
    assert shown.unread == 1
    assert await rows(parts, "outbox") == []


@pytest.mark.parametrize("uid", ["x" * 65_000, "/../../etc/passwd", "a/../b?c#d%2e%2e"])
async def test_uid_of_any_length_and_with_steps_up_is_kept_as_a_hash_only(
    sqlite_parts: Parts, sqlite_house: House, uid: str
) -> None:
    diary = await diary_of(sqlite_parts, sqlite_house)
    diary.memory.objects["a.ics"] = event(uid)

    done = await diary.round()

    assert (done.outcome, done.unreadable) == ("ok", 0)
    (kept,) = await rows(sqlite_parts, "remote_object")
    assert kept["uid_hash"] == hashlib.sha256(uid.encode()).hexdigest()
    assert uid not in str(kept)
    assert len(await rows(sqlite_parts, "busy")) == 1


async def test_uid_longer_than_a_line_may_be_is_shown_as_unreadable_and_leaves_the_rest(
    sqlite_parts: Parts, sqlite_house: House
) -> None:
    diary = await diary_of(sqlite_parts, sqlite_house)
    diary.memory.objects["a.ics"] = event("x" * 65_536)
    diary.put("b.ics")

    done = await diary.round()

    assert (done.outcome, done.changed, done.unreadable) == ("ok", 2, 1)


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


async def test_two_people_with_one_calendar_each_keep_their_own(parts: Parts, house: House) -> None:
    first, second = await diary_of(parts, house), await diary_of(parts, house, role="busy")
    shared: CalendarSource = MemorySource(first.memory)
    first.put("a.ics")

    await first.round(source=shared)
    await second.round(source=shared)

    owners = {one["owner_id"] for one in await rows(parts, "busy")}
    assert owners == {(await first.row())["staff_id"], (await second.row())["staff_id"]}
