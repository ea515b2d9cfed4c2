"""Two workers on one database, each with connections of its own, after a stop of weeks."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from server.jobs.timers import look
from server.store.database import Database
from server.usecases.context import Parts
from server.usecases.holding import hold_times
from server.usecases.timers import due_moments
from tests.conftest import Clock
from tests.house_of_people import House
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.contract


@asynccontextmanager
async def another_worker(parts: Parts) -> AsyncIterator[Parts]:
    """The parts of a second process: nothing is shared with the first but the database."""
    database = Database(parts.database.url)
    try:
        yield replace(parts, database=database)
    finally:
        await database.close()


async def test_two_workers_catch_up_after_a_stop_of_weeks_once_and_without_a_storm(
    house: House, parts: Parts, clock: Clock
) -> None:
    coach = await house.coach()
    await house.works(coach)
    people = [await house.candidate() for _ in range(3)]
    guided = [await house.acquainted(coach, one) for one in people]
    for day, trajectory in enumerate(guided, start=3):  # these would have been reminded of
        await house.book(trajectory, f"2027-03-{day:02d}T14:00")
    await hold_times(parts, coach, guided[0], key="held", now=clock())
    await house.book(guided[1], "2027-03-24T16:00")  # and this one is, in an hour and a half
    before = {row["id"] for row in await rows(parts, "outbox")}
    now = clock.set("2027-03-24T14:30")
    due = await due_moments(parts, now=now)

    done = Counter[str]()
    async with another_worker(parts) as other:
        while (found := await asyncio.gather(look(parts), look(other))) != [0, 0]:
            done.update(zip(("one", "other"), found, strict=True))

    assert len(due) >= done.total() > 0  # each by one of the two
    assert await due_moments(parts, now=now) == ()
    sent = [one["payload"] for one in await rows(parts, "outbox") if one["id"] not in before]
    told = Counter((one["template"], one.get("candidate")) for one in sent)
    nudged = {who: count for (what, who), count in told.items() if what == "nudge"}
    assert all(count == 1 for count in nudged.values()), told
    about = Counter(
        (one.get("meeting"), one.get("reminder")) for one in sent if one.get("reminder")
    )
    assert set(about.values()) <= {2}, "a mail and a text for the talk of today, nothing late"
    assert len({meeting for meeting, _ in about}) == 1
    keys = [one["dedupe_key"] for one in await rows(parts, "todo")]
    assert len(keys) == len(set(keys)) > 0
