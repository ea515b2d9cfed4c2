"""A calendar that fails in every way: nothing is lost, nothing is doubled."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from aiohttp import web

from calendar_sync.caldav_client import TOTAL_SECONDS
from calendar_sync.caldav_target import CalDavTarget
from calendar_sync.target import Garbage, Temporary
from coaching.words import Mode
from server.jobs.sync import Syncing
from server.store.calendars import ConnectionRecord
from server.usecases.booking import MoveRequest, cancel_meeting, move_meeting
from server.usecases.context import MeetingId, Parts, TrajectoryId
from tests.calendar_servers import CalendarServer, radicale
from tests.conftest import Clock
from tests.house_of_people import House
from tests.wire import calendar_faults as faults
from tests.wire.calendar_faults import FaultyCalendar, faulty
from tests.wire.worker_tools import connect, deliver, events_of, rows, with_servers

pytestmark = pytest.mark.wire

FAULTS: dict[str, Callable[..., Awaitable[web.StreamResponse]]] = {
    "401": faults.status(401, **{"WWW-Authenticate": 'Basic realm="x"'}),
    "401 without a challenge": faults.status(401),
    "403": faults.status(403),
    "404": faults.status(404),
    "412": faults.status(412),
    "500": faults.status(500),
    "503": faults.status(503, **{"Retry-After": "120"}),
    "507": faults.status(507),
    "page": faults.garbage,
    "broken xml": faults.broken_xml,
    "redirect": faults.redirect,
    "flood": faults.flood,
    "hang": faults.hang,
    "hang up": faults.hang_up,
    "answers lost": faults.lose_answers,
}


@pytest.fixture(scope="module")
def calendar_server() -> Iterator[CalendarServer]:
    with radicale() as server:
        yield server


@pytest.fixture
async def proxied(
    calendar_server: CalendarServer,
) -> AsyncIterator[tuple[FaultyCalendar, CalendarServer]]:
    async with faulty(calendar_server) as pair:
        yield pair


def impatient(parts: Parts, connection: ConnectionRecord) -> CalDavTarget:
    """As in production, but with two seconds of patience a call."""
    return CalDavTarget(
        connection.calendar_url,
        user_name=connection.user_name,
        password=parts.secret.unseal(
            connection.secret, bound_to=f"calendar_connection:{connection.id}"
        ),
        allow_private_hosts=parts.settings.allow_private_hosts,
        total_seconds=2.0,
    )


async def deliver_impatiently(parts: Parts) -> None:
    syncing = Syncing(parts, None, open_target=impatient)
    while await syncing.look():
        await syncing.finish()


class Planner:
    """Books, moves and cancels for one coach."""

    def __init__(self, parts: Parts, house: House, trajectory: TrajectoryId) -> None:
        self.parts, self.house, self.trajectory = parts, house, trajectory

    async def book(self, starts: str) -> MeetingId:
        return (await self.house.book(self.trajectory, starts)).meeting

    async def move(self, meeting: MeetingId, starts: str, revision: int) -> None:
        await move_meeting(
            self.parts,
            await self.house.planner(),
            meeting,
            MoveRequest(
                starts_local=datetime.fromisoformat(starts),
                minutes=45,
                mode=Mode.VIDEO,
                room=None,
            ),
            revision=revision,
            key=uuid4().hex,
            now=self.parts.now(),
        )

    async def cancel(self, meeting: MeetingId, revision: int) -> None:
        await cancel_meeting(
            self.parts,
            await self.house.planner(),
            meeting,
            revision=revision,
            key=uuid4().hex,
            now=self.parts.now(),
        )


async def planner_with(
    parts: Parts, server: CalendarServer, *, house: House | None = None
) -> Planner:
    ready = with_servers(parts)
    house = house or House(ready)
    coach = await house.coach()
    trajectory = await house.acquainted(coach, talks=40)
    await connect(ready, coach.id, server)
    return Planner(ready, house, trajectory)


@pytest.mark.parametrize("kind", FAULTS)
async def test_calendar_that_fails_for_an_hour_loses_and_doubles_nothing(
    kind: str,
    sqlite_parts: Parts,
    clock: Clock,
    proxied: tuple[FaultyCalendar, CalendarServer],
) -> None:
    proxy, server = proxied
    planner = await planner_with(sqlite_parts, server)
    moved = await planner.book("2027-03-10T10:00")
    cancelled = await planner.book("2027-03-11T10:00")
    await deliver(planner.parts)
    proxy.fault = FAULTS[kind]
    await planner.move(moved, "2027-03-12T15:00", revision=1)
    await planner.cancel(cancelled, revision=1)
    fresh = await planner.book("2027-03-15T10:00")
    brief = await planner.book("2027-03-16T10:00")
    for _ in range(4):
        await deliver_impatiently(planner.parts)
        clock.forward(minutes=15)
    await planner.cancel(brief, revision=1)
    proxy.fault = None
    clock.forward(minutes=61)
    await deliver(planner.parts)

    starts = {
        meeting: [event["DTSTART"].dt.strftime("%d %H:%M") for event in events_of(server, meeting)]
        for meeting in (moved, cancelled, fresh, brief)
    }
    assert starts == {moved: ["12 15:00"], cancelled: [], fresh: ["15 10:00"], brief: []}
    waiting = await rows(planner.parts, "outbox", kind="calendar", done_at=None)
    assert waiting == []


async def test_retry_after_is_waited_out(
    sqlite_parts: Parts, clock: Clock, proxied: tuple[FaultyCalendar, CalendarServer]
) -> None:
    proxy, server = proxied
    planner = await planner_with(sqlite_parts, server)
    proxy.fault = faults.status(503, **{"Retry-After": "600"})
    await planner.book("2027-03-10T10:00")
    await deliver(planner.parts)
    asked = len(proxy.seen)
    assert asked > 0
    clock.forward(minutes=9)
    await deliver(planner.parts)
    assert len(proxy.seen) == asked
    clock.forward(minutes=2)
    await deliver(planner.parts)
    assert len(proxy.seen) > asked


async def test_many_waiting_changes_cost_a_silent_calendar_one_request(
    sqlite_parts: Parts, proxied: tuple[FaultyCalendar, CalendarServer]
) -> None:
    proxy, server = proxied
    planner = await planner_with(sqlite_parts, server)
    for day in range(10, 30):
        await planner.book(f"2027-04-{day:02d}T10:00")
    proxy.fault = faults.status(500)
    await deliver(planner.parts)
    assert len(proxy.seen) == 1


async def test_server_that_never_answers_costs_no_more_than_the_total_time(
    proxied: tuple[FaultyCalendar, CalendarServer],
) -> None:
    proxy, server = proxied
    proxy.fault = faults.hang
    target = CalDavTarget(
        server.calendar_url,
        user_name=server.user,
        password=server.password,
        allow_private_hosts=(server.host,),
        total_seconds=0.5,
    )
    began = time.monotonic()
    assert isinstance(await target.check(), Temporary)
    assert time.monotonic() - began < TOTAL_SECONDS / 2  # and not the usual time
    await target.close()


async def test_answer_that_is_too_large_is_not_read_to_its_end(
    proxied: tuple[FaultyCalendar, CalendarServer],
) -> None:
    proxy, server = proxied
    proxy.fault = faults.flood
    target = CalDavTarget(
        server.calendar_url,
        user_name=server.user,
        password=server.password,
        allow_private_hosts=(server.host,),
    )
    answer = await target.get("x.ics")
    assert isinstance(answer, Garbage)
    assert "larger" in answer.reason
    await target.close()


async def test_hanging_calendar_keeps_another_calendar_waiting_for_nothing(
    sqlite_parts: Parts,
    calendar_server: CalendarServer,
    proxied: tuple[FaultyCalendar, CalendarServer],
) -> None:
    proxy, silent = proxied
    proxy.fault = faults.hang
    first = await planner_with(sqlite_parts, silent)
    second = await planner_with(sqlite_parts, calendar_server, house=first.house)
    await first.book("2027-03-10T10:00")
    meeting = await second.book("2027-03-10T10:00")
    syncing = Syncing(second.parts, None)
    await syncing.look()
    while not events_of(calendar_server, meeting):
        await syncing.rest(asyncio.Event())
    assert syncing._visits  # nobody waited for the silent one
    for task in syncing._visits.values():
        task.cancel()
    await syncing.finish()


async def test_two_sync_processes_at_once_make_one_event_each(
    parts: Parts, calendar_server: CalendarServer
) -> None:
    planner = await planner_with(parts, calendar_server)
    meetings = [await planner.book(f"2027-03-{day:02d}T10:00") for day in range(8, 20) if day != 14]
    workers = [Syncing(planner.parts, None) for _ in range(3)]
    for _ in range(4):
        await asyncio.gather(*(worker.look() for worker in workers))
        await asyncio.gather(*(worker.finish() for worker in workers))
    assert [len(events_of(calendar_server, meeting)) for meeting in meetings] == [1] * len(meetings)
    done = await rows(planner.parts, "outbox", kind="calendar")
    assert {row["attempts"] for row in done} == {1}


async def test_killed_between_write_and_record_leaves_exactly_one_event(
    sqlite_parts: Parts,
    clock: Clock,
    tmp_path: Path,
    proxied: tuple[FaultyCalendar, CalendarServer],
) -> None:
    proxy, server = proxied
    planner = await planner_with(sqlite_parts, server)
    meeting = await planner.book("2027-03-10T10:00")
    ended = asyncio.Event()
    process = start_sync_process(planner.parts, tmp_path)

    def kill() -> None:
        os.kill(process.pid, signal.SIGKILL)
        ended.set()

    proxy.fault, proxy.after_write = faults.lose_answers, kill
    async with asyncio.timeout(180):
        await ended.wait()
    assert await asyncio.to_thread(process.wait, 180) == -signal.SIGKILL
    assert len(events_of(server, meeting)) == 1
    mirrors = await rows(planner.parts, "mirror", meeting_id=UUID(str(meeting)))
    assert mirrors == []

    proxy.fault = None
    clock.forward(seconds=31)
    await deliver(planner.parts)
    assert len(events_of(server, meeting)) == 1
    (mirror,) = await rows(planner.parts, "mirror", meeting_id=UUID(str(meeting)))
    assert (mirror["state"], mirror["generation"]) == ("present", 1)


def start_sync_process(parts: Parts, folder: Path) -> subprocess.Popen[bytes]:
    """The sync process as a process of its own, on the same database and the same frozen clock."""
    (folder / "secret.hex").write_text(parts.secret.key.hex())
    command = [sys.executable, "-m", "tests.wire.sync_process"]
    arguments = [
        parts.settings.sqlalchemy_url,
        str(folder / "secret.hex"),
        parts.now().isoformat(),
        parts.settings.public_url,
    ]
    return subprocess.Popen([*command, *arguments])
