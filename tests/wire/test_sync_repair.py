"""A calendar that worked, until its password or its address changed."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from aiohttp import web

from calendar_sync.reading_pool import ReadingPool
from server.usecases.calendars import CalendarHealth, list_calendars, repair_calendar
from server.usecases.connecting import Account
from server.usecases.context import Parts
from tests.calendar_servers import CalendarServer, radicale
from tests.conftest import Clock
from tests.wire import calendar_faults as faults
from tests.wire.calendar_faults import faulty
from tests.wire.test_sync import fresh, look, scene_with
from tests.wire.worker_tools import events_of, rows

pytestmark = pytest.mark.wire


@pytest.fixture(scope="module")
def server() -> Iterator[CalendarServer]:
    with radicale() as started:
        yield started


@pytest.fixture
async def reader() -> AsyncIterator[ReadingPool]:
    async with ReadingPool(children=1) as pool:
        yield pool


@pytest.mark.parametrize(
    ("fault", "health"),
    [
        (faults.status(401), CalendarHealth.PASSWORD),
        (
            faults.status(301, Location="https://new.example/anna/diary/"),
            CalendarHealth.MOVED,
        ),
    ],
    ids=["password changed at three", "moved to another address"],
)
async def test_what_waited_for_a_repair_goes_out_once_and_nobody_is_mailed_of_it(
    parts: Parts,
    clock: Clock,
    server: CalendarServer,
    reader: ReadingPool,
    *,
    fault: Callable[..., Awaitable[web.StreamResponse]],
    health: CalendarHealth,
) -> None:
    calendar = fresh(server)
    async with faulty(calendar) as (proxy, seen):
        scene = await scene_with(parts, seen)
        booked = await scene.house.book(scene.trajectory, "2027-03-10T14:00")
        await look(scene.parts, reader)
        clock.set("2027-03-02T03:00")
        proxy.fault = fault
        later = await scene.house.book(scene.trajectory, "2027-03-17T14:00")
        mails = await rows(scene.parts, "outbox", kind="mail")
        meetings = await rows(scene.parts, "meeting")
        for _ in range(5):
            await look(scene.parts, reader)
            clock.forward(hours=1)

        planner = await scene.house.planner()
        for person in (scene.coach, planner):
            (shown,) = await list_calendars(scene.parts, person, needing_care=True)
            assert shown.health is health
        assert len(await rows(scene.parts, "notice", code="calendar_broken")) == 1
        assert await rows(scene.parts, "outbox", kind="mail") == mails
        assert await rows(scene.parts, "meeting") == meetings
        assert events_of(calendar, later.meeting) == []

    new = Account(
        address=calendar.calendar_url, user_name=calendar.user, password=calendar.password
    )
    await repair_calendar(scene.parts, scene.coach, scene.calendar, new, now=clock())
    await look(scene.parts, reader)

    for one in (booked, later):
        assert len(events_of(calendar, one.meeting)) == 1
    assert await list_calendars(scene.parts, planner, needing_care=True) == ()
    assert await rows(scene.parts, "outbox", kind="calendar", done_at=None) == []
    assert await rows(scene.parts, "outbox", kind="mail") == mails
