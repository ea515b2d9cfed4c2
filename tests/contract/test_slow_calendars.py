"""A calendar that needs longer than a visit lasts: each visit keeps what came, the next goes on.

The clock of the event loop is put forward where a visit has to end, so that nothing here waits.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from calendar_sync.events import ReadObject
from calendar_sync.memory_target import MemoryTarget
from calendar_sync.occurrences import Ground
from calendar_sync.reading import Changes, Fetched, Listing, TokenRefused
from calendar_sync.target import Exists, Failure, Garbage, Written
from server.jobs.calendars import deliver_to_calendar
from server.store import outbox
from server.usecases import gathering
from server.usecases.applying_calendar import read_calendar
from server.usecases.context import Parts
from server.usecases.fetching import objects_at_once
from server.usecases.reading_round import Round
from tests.calendar_rounds import (
    LEASE,
    Diary,
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
)
from tests.house_of_people import House
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.contract
VISIT = 1000.0  # seconds that nobody waits for
FEW = 12  # objects asked for at once after many attempts that failed
MANY = 30


class LoopTime:
    """The clock of the event loop, which can be put forward."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        loop = asyncio.get_running_loop()
        self._time, self._ahead = loop.time, 0.0
        monkeypatch.setattr(loop, "time", lambda: self._time() + self._ahead)

    @property
    def end(self) -> float:
        """When a visit that begins now ends."""
        return asyncio.get_running_loop().time() + VISIT

    def forward(self, seconds: float = 2 * VISIT) -> None:
        """Time goes on; without `seconds` the visit is over."""
        self._ahead += seconds


class Watched(Here):
    """Says when it has read something."""

    def __init__(self) -> None:
        self.has_read = asyncio.Event()

    async def read(
        self, objects: Iterable[tuple[str, bytes]], ground: Ground
    ) -> Sequence[tuple[str, ReadObject]]:
        answers = await super().read(objects, ground)
        asyncio.get_running_loop().call_soon(self.has_read.set)
        return answers


class Slow(Odd):
    """Answers so many questions for objects in a visit, and then none before its end."""

    def __init__(self, diary: Diary, time: LoopTime, reader: Watched, *, most: int) -> None:
        super().__init__(diary)
        self._time, self._reader, self._left = time, reader, most
        self.sizes: list[int] = []

    async def fetch(self, hrefs: Sequence[str]) -> Fetched | Failure:
        self.sizes.append(len(hrefs))
        if self._left:
            self._left -= 1
            return await super().fetch(hrefs)
        if len(self.sizes) > 1:
            await self._reader.has_read.wait()
        self._time.forward()
        return await _never()


async def _never() -> Fetched:
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


@pytest.fixture
async def time(monkeypatch: pytest.MonkeyPatch) -> LoopTime:
    return LoopTime(monkeypatch)


async def visit(diary: Diary, time: LoopTime, *, most: int) -> Round:
    """Read a slow calendar as the process does it."""
    reader = Watched()
    source = Slow(diary, time, reader, most=most)
    async with held(diary.parts, diary.connection) as hold:
        now = diary.parts.now()
        return await read_calendar(diary.parts, hold, source, reader, now=now, until=time.end)


async def slow_diary(parts: Parts, house: House, number: int = MANY) -> Diary:
    diary = await diary_of(parts, house)
    for one in range(number):
        diary.put(f"event-{one:02}.ics")
    await change(diary, read_attempts=9)
    return diary


async def kept(diary: Diary) -> int:
    return len(await rows(diary.parts, "remote_object", connection_id=diary.connection))


async def test_visits_that_each_keep_what_came_reach_the_end(
    parts: Parts, house: House, time: LoopTime
) -> None:
    diary = await slow_diary(parts, house)

    found = []
    for _ in range(3):
        done = await visit(diary, time, most=1)
        found.append((done.outcome, await kept(diary), len(await times(parts))))

    assert found == [("unfinished", FEW, FEW), ("unfinished", 2 * FEW, 2 * FEW), ("ok", MANY, MANY)]
    row = await diary.row()
    assert row["sync_token"]
    assert (row["read_attempts"], row["last_error"]) == (0, None)


async def test_visit_with_something_to_show_is_no_failure_and_leaves_its_hand_to_others(
    sqlite_parts: Parts, sqlite_house: House, time: LoopTime
) -> None:
    diary = await slow_diary(sqlite_parts, sqlite_house)

    done = await visit(diary, time, most=1)

    row = await diary.row()
    assert done.outcome == "unfinished"
    assert (row["sync_token"], row["full_read_at"], row["state"]) == (None, None, "ok")
    later = row["next_read_at"] - sqlite_parts.now()
    assert later == timedelta(milliseconds=done.milliseconds)


async def test_visit_with_nothing_to_show_is_a_failure_and_the_next_asks_for_less(
    sqlite_parts: Parts, sqlite_house: House, time: LoopTime
) -> None:
    diary = await slow_diary(sqlite_parts, sqlite_house)
    await change(diary, read_attempts=0)

    done = await visit(diary, time, most=0)

    row = await diary.row()
    assert (done.outcome, row["read_attempts"], await kept(diary)) == ("no_answer", 1, 0)
    assert row["next_read_at"] > sqlite_parts.now()
    assert [objects_at_once(attempts) for attempts in range(7)] == [200, 100, 50, 25, 12, 12, 12]


async def test_calendar_that_never_says_what_is_there_keeps_no_hand_and_is_asked_anew(
    sqlite_parts: Parts, sqlite_house: House, time: LoopTime
) -> None:
    diary = await slow_diary(sqlite_parts, sqlite_house)
    await diary.round()

    class Mute(Odd):
        async def changes(self, token: str | None) -> Failure:
            time.forward()
            await _never()
            raise AssertionError(token)

    async with held(sqlite_parts, diary.connection) as hold:
        done = await read_calendar(
            sqlite_parts, hold, Mute(diary), Here(), now=sqlite_parts.now(), until=time.end
        )

    row = await diary.row()
    assert (done.outcome, done.said) == ("no_answer", "the calendar is too slow")
    assert (row["sync_token"], row["read_attempts"]) == (None, 1)
    assert len(await times(sqlite_parts)) == MANY
    assert (await diary.round()).outcome == "ok"


@pytest.mark.parametrize(("took", "has_token"), [(0.52 * VISIT, False), (0.3 * VISIT, True)])
async def test_listing_that_took_half_a_visit_is_not_asked_for_once_more_with_a_token(
    sqlite_parts: Parts, sqlite_house: House, time: LoopTime, took: float, *, has_token: bool
) -> None:
    diary = await slow_diary(sqlite_parts, sqlite_house)

    class LongListing(Odd):
        async def listing(self) -> Listing | Failure:
            told = await super().listing()
            assert isinstance(told, Listing)
            time.forward(took)
            return replace(told, token=None)

        async def changes(self, token: str | None) -> Changes | TokenRefused | Failure:
            time.forward(took)
            return await super().changes(token)

    async with held(sqlite_parts, diary.connection) as hold:
        done = await read_calendar(
            sqlite_parts, hold, LongListing(diary), Here(), now=sqlite_parts.now(), until=time.end
        )

    assert (done.outcome, await kept(diary)) == ("ok", MANY)
    assert bool((await diary.row())["sync_token"]) is has_token


async def test_another_event_under_our_name_that_came_in_a_cut_visit_is_missed_later(
    sqlite_parts: Parts, sqlite_house: House, time: LoopTime
) -> None:
    diary, meeting = await appointment(sqlite_parts, sqlite_house)
    await diary.round()
    name = str((await mirror_of(sqlite_parts, meeting))["href"])
    diary.memory.objects[name] = event("another", "20270303T080000Z", "20270303T090000Z")
    for number in range(MANY):
        diary.put(f"zz-{number:02}.ics")  # after ours, which is asked for first
    await change(diary, read_attempts=9)

    assert (await visit(diary, time, most=2)).outcome == "unfinished"
    await diary.round()

    assert (await mirror_of(sqlite_parts, meeting))["state"] == "removed"


async def test_pages_that_take_long_are_taken_up_to_the_token_they_reached() -> None:
    page = Changes(token="7", changed={"new.ics": None}, removed=frozenset(), cut=True)
    source = Odd(Diary(parts=None, connection=uuid4()), changes=page)  # type: ignore[arg-type]  # it asks no database

    told = await gathering._pages(source, "6", asyncio.get_running_loop().time())

    assert isinstance(told, Changes)
    assert (told.token, source.asked) == ("7", ["changes"])


async def test_event_of_ours_with_a_new_name_is_not_believed_to_be_gone_when_the_time_is_up(
    parts: Parts, house: House, time: LoopTime
) -> None:
    diary, meeting = await appointment(parts, house)
    await diary.round()
    old = (await mirror_of(parts, meeting))["href"]
    diary.memory.objects["0-renamed.ics"] = diary.memory.objects.pop(old)
    for one in range(MANY):
        diary.put(f"event-{one:02}.ics")
    await change(diary, read_attempts=9)

    outcomes, states = [], []
    for _ in range(4):
        outcomes.append((await visit(diary, time, most=1)).outcome)
        states.append((await mirror_of(parts, meeting))["state"])

    assert (outcomes[0], outcomes[-1]) == ("unfinished", "ok")
    assert set(states) == {"present"}
    assert (await mirror_of(parts, meeting))["href"] == "0-renamed.ics"
    assert await rows(parts, "proposal") == []


async def test_names_that_are_new_each_time_fill_no_table(
    sqlite_parts: Parts, sqlite_house: House, time: LoopTime
) -> None:
    diary = await slow_diary(sqlite_parts, sqlite_house, 0)

    found = []
    for number in range(4):
        names = (f"{number}-{one:02}.ics" for one in range(MANY))
        free = "TRANSP:TRANSPARENT"
        diary.memory.objects = {
            n: event(n, "20270303T130000Z", "20270303T140000Z", free) for n in names
        }
        found.append(((await visit(diary, time, most=1)).outcome, await kept(diary)))

    assert found == [("unfinished", FEW)] * 4


async def test_rows_that_were_not_begun_in_time_are_written_by_the_next_visit(
    sqlite_parts: Parts, sqlite_house: House, time: LoopTime
) -> None:
    coach = await sqlite_house.coach()
    trajectory = await sqlite_house.acquainted(coach)
    diary = await connected(sqlite_parts, coach.id)
    for day in (10, 17, 24):
        await sqlite_house.book(trajectory, f"2027-03-{day}T14:00")

    class Late(MemoryTarget):
        async def create(self, href: str, ics: bytes) -> Written | Exists | Garbage:
            time.forward()
            return await diary.memory.create(href, ics)

    for number in range(1, 4):
        async with sqlite_parts.database.write() as tx:
            waiting = await outbox.claim(
                tx,
                worker="test",
                now=sqlite_parts.now(),
                lease=LEASE,
                kinds=[outbox.Kind.CALENDAR],
                limit=50,
            )
        assert len(waiting) == 4 - number
        async with held(sqlite_parts, diary.connection) as hold:
            await deliver_to_calendar(
                sqlite_parts,
                hold,
                waiting,
                open_target=lambda _parts, _row: Late(),
                until=time.end,
            )
        assert len(diary.memory.objects) == number
        assert (await diary.row())["last_error"] is None
