"""What is not believed in a round, or fails: rows 4 to 8 of calendar handbook 10."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

import pytest

from calendar_sync.memory_source import MemorySource
from calendar_sync.reading import Changes, Fetched, Listing, TokenRefused
from calendar_sync.target import AuthFailed, Failure, Garbage, Gone, Temporary
from server.store import calendars
from server.usecases.applying_calendar import read_calendar
from server.usecases.context import Parts
from tests.calendar_rounds import (
    Diary,
    Here,
    Odd,
    appointment,
    change,
    connected,
    diary_of,
    times,
)
from tests.conftest import Clock
from tests.house_of_people import House
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.contract


@pytest.mark.parametrize(
    ("everything", "anew"),
    [(False, False), (True, False), (True, True)],
    ids=["refused", "207 with everything", "207 with everything, tagged anew"],
)
async def test_row_4_a_token_that_expired_ends_in_a_full_round(
    parts: Parts, house: House, *, everything: bool, anew: bool
) -> None:
    diary = await diary_of(parts, house)
    for number in range(6):
        diary.put(f"{number}.ics", f"2027030{number + 1}T080000Z", f"2027030{number + 1}T090000Z")
    await diary.round()
    del diary.memory.objects["0.ics"]
    diary.put("7.ics", "20270308T080000Z", "20270308T090000Z")
    for name, ics in list(diary.memory.objects.items()) if anew else ():
        diary.memory.objects[name] = ics.replace(b"Tandarts", b"Huisarts")
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
    await diary.round()
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
        await diary.round(source=Odd(diary, listing=Garbage(reason="the answer is no CalDAV")))
        states.append((await diary.row())["state"])
    assert states == ["ok", "ok", "broken"]


async def test_row_18_retry_after_is_waited_for(parts: Parts, house: House, clock: Clock) -> None:
    diary = await diary_of(parts, house)
    asked = Temporary(reason="the calendar asks to wait", retry_after=1800)
    await diary.round(source=Odd(diary, listing=asked))
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


async def test_changes_come_in_pages_and_end(parts: Parts, house: House) -> None:
    diary = await diary_of(parts, house)
    await diary.round()
    for name in "abc":
        diary.put(f"{name}.ics")
    pages = {
        "0": Changes(token="1", changed={"a.ics": None}, removed=frozenset(), cut=True),
        "1": Changes(token="2", changed={"b.ics": None}, removed=frozenset(), cut=True),
        "2": Changes(token="3", changed={"c.ics": None}, removed=frozenset()),
    }

    done = await diary.round(source=Odd(diary, changes=pages.__getitem__))

    assert (done.outcome, done.changed) == ("ok", 3)
    assert (await diary.row())["sync_token"] == "3"


async def test_changes_that_never_end_are_no_calendar(parts: Parts, house: House) -> None:
    diary = await diary_of(parts, house)
    await diary.round()
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


async def test_round_of_a_calendar_that_is_not_there(parts: Parts, house: House) -> None:
    diary = await diary_of(parts, house)
    hold = calendars.Hold(connection=uuid4(), worker="x", fence=1)
    assert diary.source is not None
    done = await read_calendar(parts, hold, diary.source, Here(), now=parts.now())
    assert done.outcome == "skipped"
