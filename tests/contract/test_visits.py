"""What the sync process asks of a calendar, and when; the calendar is in memory."""

import asyncio

import pytest

from server.jobs.sync import Syncing
from server.usecases.context import Parts
from tests.calendar_rounds import Diary, Here, Odd, diary_of
from tests.conftest import Clock
from tests.house_of_people import House
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.contract


async def visited(diary: Diary) -> list[str]:
    """What is asked of the calendar while everything that is due now is visited."""
    source = Odd(diary)
    syncing = Syncing(diary.parts, Here(), open_source=lambda _parts, _reading: source)
    while await syncing.look():
        await asyncio.wait(syncing._visits.values())
    await syncing.finish()
    return source.asked


async def test_once_a_night_everything_is_compared_and_by_day_what_changed(
    sqlite_parts: Parts, sqlite_house: House, clock: Clock
) -> None:
    diary = await diary_of(sqlite_parts, sqlite_house)
    diary.put("a.ics")
    clock.set("2027-03-02T12:00")

    asked = [await visited(diary)]
    for moment in ("2027-03-02T12:20", "2027-03-02T23:50", "2027-03-03T05:10", "2027-03-03T05:30"):
        clock.set(moment)
        asked.append(await visited(diary))

    day, night = ["changes"], ["listing"]
    assert asked == [["listing", "fetch"], day, day, night, day]
    kinds = [one["kind"] for one in await rows(sqlite_parts, "sync_log")]
    assert sorted(kinds) == ["first", "full"]
