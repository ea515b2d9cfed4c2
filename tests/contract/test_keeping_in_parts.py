"""Thousands of objects are kept in parts of bounded size, the token last, on both databases."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from calendar_sync.events import Interval, ObjectState, ReadObject, Weight
from calendar_sync.reading import Fetched
from calendar_sync.target import Failure, Temporary
from server.usecases.context import Parts
from server.usecases.fetching import Found
from server.usecases.keeping_calendar import PART_OBJECTS, PART_TIMES, in_bounds
from tests.calendar_rounds import Diary, Odd, change, diary_of, event, utc
from tests.house_of_people import House
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.contract
MANY = 1_250
_NAMES = [f"event-{number:04}.ics" for number in range(MANY)]
_DAY = timedelta(days=1)


class Breaks(Odd):
    """Gives objects until the third question, and does something else then."""

    def __init__(self, diary: Diary, instead: Callable[[], Fetched | Failure | None]) -> None:
        super().__init__(diary)
        self._instead = instead
        self._fetches = 0

    async def fetch(self, hrefs: Sequence[str]) -> Fetched | Failure:
        self._fetches += 1
        instead = self._instead() if self._fetches > 3 else None
        return instead or await super().fetch(hrefs)


@pytest.fixture
async def large(parts: Parts, house: House) -> Diary:
    diary = await diary_of(parts, house, role="busy")
    start = utc(2027, 3, 3, 13)
    for number, name in enumerate(_NAMES):
        begins = start + timedelta(days=number % 200, minutes=number % 60)
        ends = begins + timedelta(hours=1)
        diary.memory.objects[name] = event(
            name, f"{begins:%Y%m%dT%H%M%SZ}", f"{ends:%Y%m%dT%H%M%SZ}"
        )
    return diary


async def kept(diary: Diary) -> tuple[int, int]:
    objects = await rows(diary.parts, "remote_object", connection_id=diary.connection)
    return len(objects), len(await rows(diary.parts, "busy"))


async def test_first_round_that_breaks_off_keeps_what_came_and_no_token(large: Diary) -> None:
    broken = await large.round(source=Breaks(large, lambda: Temporary(reason="gone home")))
    some, _ = await kept(large)
    assert broken.outcome == "no_answer"
    assert 0 < some < MANY
    assert (await large.row())["sync_token"] is None

    again = await large.round()
    assert (again.outcome, again.kind, again.changed) == ("ok", "first", MANY - some)
    assert await kept(large) == (MANY, MANY)
    assert (await large.row())["sync_token"]


async def test_whoever_takes_the_calendar_over_in_the_middle_ends_the_round(large: Diary) -> None:
    other = "https://elsewhere.example/"

    class Moved(Odd):
        async def fetch(self, hrefs: Sequence[str]) -> Fetched | Failure:
            if _NAMES[1000] in hrefs:
                await change(large, calendar_url=other)
            return await super().fetch(hrefs)

    stopped = await large.round(source=Moved(large))
    assert stopped.outcome == "changed_meanwhile"
    assert (await kept(large))[0] < MANY
    assert (await large.row())["sync_token"] is None


async def test_later_round_with_as_much_gives_the_same(large: Diary) -> None:
    await large.round()
    for name in _NAMES:
        moved = large.memory.objects[name].replace(b"SUMMARY:Tandarts", b"SUMMARY:Anders")
        large.memory.objects[name] = moved.replace(b"T14", b"T15")
    del large.memory.objects[_NAMES[0]]
    large.put("new.ics")

    done = await large.round(full=True)
    assert (done.outcome, done.changed, done.removed) == ("ok", MANY, 1)
    assert await kept(large) == (MANY, MANY)


async def test_too_much_gone_stops_before_any_part_is_written(large: Diary) -> None:
    await large.round()
    before = await rows(large.parts, "remote_object", connection_id=large.connection)
    for name in _NAMES[:700]:
        del large.memory.objects[name]
    for name in _NAMES[700:]:
        large.memory.objects[name] = large.memory.objects[name].replace(b"Tand", b"Oog")

    stopped = await large.round(full=True)
    assert stopped.outcome == "mass_deletion"
    assert sorted(map(str, before)) == sorted(
        map(str, await rows(large.parts, "remote_object", connection_id=large.connection))
    )


def test_part_has_a_bounded_number_of_objects_and_of_times() -> None:
    at = utc(2027, 3, 3)
    busy = tuple(
        Interval(starts_at=at + n * _DAY, ends_at=at + (n + 1) * _DAY, weight=Weight.HARD)
        for n in range(900)
    )
    read = ReadObject(state=ObjectState.BUSY, uid_hash="", recurring=True, busy=busy)
    series = {f"{n}": Found(etag=None, read=read) for n in range(20)}
    plain = {f"p{n}": Found(etag=None, read=None) for n in range(1100)}

    found = list(in_bounds({**series, **plain}))

    assert sum(len(part) for part in found) == 1120
    assert max(len(part) for part in found) <= PART_OBJECTS
    times = [sum(len(one.read.busy) for one in part.values() if one.read) for part in found]
    assert max(times) <= PART_TIMES
    assert list(in_bounds({})) == [{}]
