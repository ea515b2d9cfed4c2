"""Real child processes: what hangs costs itself, the rest goes on, and nothing waits in memory."""

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator, Iterator

import psutil
import pytest

from benchmarks.hostile_ics import figures
from calendar_sync.hostile import NotBelieved, Reason
from calendar_sync.occurrences import read_object
from calendar_sync.reading_frames import read_answer, read_ground, write_answer, write_ground
from calendar_sync.reading_pool import ReadingPool
from tests.hostile_calendars import (
    END,
    FAMILIES,
    GROUND,
    SLOW_FAMILIES,
    START,
    event,
    one_event,
    verdict,
)

pytestmark = pytest.mark.unit
GOOD = event(START, END)
SLOW, _ = SLOW_FAMILIES["slow"](random.Random(1))  # noqa: S311 -- a seed that can be repeated


@pytest.fixture
async def pool() -> AsyncIterator[ReadingPool]:
    async with ReadingPool() as found:
        yield found


def children() -> list[psutil.Process]:
    return [
        one
        for one in psutil.Process().children()
        if "calendar_sync.reading_child" in " ".join(one.cmdline())
    ]


async def test_pool_answers_as_the_pure_function_does(pool: ReadingPool) -> None:
    chance = random.Random(3)  # noqa: S311 -- a seed that can be repeated
    objects = [(name, family(chance)[0]) for name, family in FAMILIES.items()]
    objects = [one for one in objects if one[0] != "often_enough"]
    found = dict(await pool.read(objects, GROUND))
    assert found == {name: read_object(ics, GROUND) for name, ics in objects}


async def test_object_that_hangs_costs_only_itself(pool: ReadingPool) -> None:
    objects = [(str(number), SLOW if number == 40 else GOOD) for number in range(100)]
    found = dict(await pool.read(objects, GROUND))
    assert len(found) == 100
    assert found.pop("40").reason == Reason.TOO_SLOW
    assert {verdict(read) for read in found.values()} == {"true"}


async def test_killed_child_costs_nothing(pool: ReadingPool) -> None:
    await pool.read([("", GOOD)], GROUND)
    answers = 0
    async for _, read in pool.stream(((str(n), GOOD) for n in range(3_000)), GROUND):
        assert verdict(read) == "true"
        answers += 1
        if answers % 1_000 == 0:
            for child in children():
                child.send_signal(signal.SIGKILL)
    assert answers == 3_000


async def test_objects_are_taken_only_as_fast_as_answers_are(pool: ReadingPool) -> None:
    taken = 0

    def source() -> Iterator[tuple[str, bytes]]:
        nonlocal taken
        for number in range(5_000):
            taken += 1
            yield str(number), GOOD

    answers = pool.stream(source(), GROUND)
    await anext(answers)
    await asyncio.sleep(0)
    assert taken <= 3 * 64
    await answers.aclose()
    assert [verdict(read) for _, read in await pool.read([("", GOOD)], GROUND)] == ["true"]


async def test_two_rounds_with_other_owners_do_not_mix(pool: ReadingPool) -> None:
    day = event("DTSTART;VALUE=DATE:20270302")
    there = read_ground(write_ground(GROUND).replace(b"Europe/Amsterdam", b"America/Curacao"))
    both = await asyncio.gather(
        pool.read([(str(number), day) for number in range(300)], GROUND),
        pool.read([(str(number), day) for number in range(300)], there),
    )
    hours = [{read.busy[0].starts_at.hour for _, read in answers} for answers in both]
    assert hours == [{23}, {4}]


async def test_slow_object_of_one_round_does_not_hold_up_another(pool: ReadingPool) -> None:
    slow = asyncio.create_task(pool.read([("", SLOW)], GROUND))
    done = 0
    while not slow.done():
        await pool.read([("", GOOD)], GROUND)
        done += 1
    assert done > 10
    assert slow.result()[0][1].reason == Reason.TOO_SLOW


async def test_child_knows_none_of_our_settings(
    pool: ReadingPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWEESPRAAK_SECRET", "geheim")
    await pool.read([("", GOOD)], GROUND)
    for child in children():
        assert set(child.environ()) <= {"LC_ALL", "LC_CTYPE"}
        assert child.nice() > os.nice(0)


async def test_feed_is_cut_and_read_in_children(pool: ReadingPool) -> None:
    many = [line for number in range(500) for line in one_event(START, END, uid=str(number))]
    slow = SLOW.replace(b"UID:u", b"UID:slow").decode().split("\r\n")[2:-2]
    feed = event(START, END, before=(*many, *slow))
    found = [verdict(read) for _, read in await pool.feed(feed, GROUND)]
    assert sorted(set(found)) == ["too_slow", "true"]
    assert found.count("true") == 501
    with pytest.raises(NotBelieved):
        await pool.feed(b"<html>", GROUND)


async def test_feed_of_the_largest_size_is_cut_in_time(pool: ReadingPool) -> None:
    """Free events, so that only the cutting takes time."""
    one = "\r\n".join(one_event(START, "TRANSP:TRANSPARENT", "DESCRIPTION:" + "x" * 30_000))
    many = "\r\n".join(one.replace("UID:u", f"UID:{number}") for number in range(680))
    feed = event(START, before=(many,))
    assert 20_000_000 < len(feed) < 20 * 1024 * 1024
    assert len(await pool.feed(feed, GROUND)) == 681


async def test_closing_leaves_no_process_behind() -> None:
    async with ReadingPool() as pool:
        await pool.read([(str(number), GOOD) for number in range(200)], GROUND)
        assert children()
    assert children() == []


@pytest.mark.parametrize("own", ["X-TWEESPRAAK-ID:m", "SUMMARY:x"])
def test_answer_and_ground_come_over_the_pipe_as_they_were(own: str) -> None:
    read = read_object(event(START, END, own), GROUND)
    assert read_answer(write_answer(read)) == read
    assert read_ground(write_ground(GROUND)) == GROUND


def test_hostile_objects_get_right_verdicts_in_children(capsys: pytest.CaptureFixture[str]) -> None:
    found = figures(small=True)
    assert "wrong: {}" in capsys.readouterr().out
    assert [figure["n"] > 0 for figure in found] == [True] * 3
