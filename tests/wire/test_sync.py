"""The sync process on a real Radicale, with somebody else at the same calendar."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiohttp import ClientSession, web

from calendar_sync.caldav_target import CalDavTarget
from calendar_sync.reading_pool import ReadingPool
from calendar_sync.target import Removed, Stored, Written
from coaching.words import MeetingKind, Mode
from server.jobs.sync import Syncing, run_sync
from server.store.remote_objects import change_reading
from server.usecases.context import Parts, StaffActor, TrajectoryId
from server.usecases.free_times import free_times
from tests.calendar_rounds import event
from tests.calendar_servers import CalendarServer, make_calendar, radicale
from tests.conftest import AMSTERDAM, Clock
from tests.house_of_people import House
from tests.wire import calendar_faults as faults
from tests.wire.calendar_faults import FaultyCalendar, faulty
from tests.wire.worker_tools import connect, events_of, rows, with_servers

pytestmark = pytest.mark.wire


@pytest.fixture(scope="module")
def server() -> Iterator[CalendarServer]:
    with radicale() as started:
        yield started


@pytest.fixture
async def reader() -> AsyncIterator[ReadingPool]:
    async with ReadingPool(children=1) as pool:
        yield pool


def fresh(server: CalendarServer) -> CalendarServer:
    """A new and empty calendar on the same server."""
    url = server.calendar_url.replace("/diary/", f"/{uuid4().hex}/")
    make_calendar(url)
    folder = next(path for path in server.folder.rglob(url.rstrip("/").rsplit("/", 1)[-1]))
    return replace(server, calendar_url=url, folder=folder)


def somebody_at(server: CalendarServer) -> CalDavTarget:
    """Another program with the same calendar."""
    return CalDavTarget(
        server.calendar_url,
        user_name=server.user,
        password=server.password,
        allow_private_hosts=(server.host,),
    )


class Scene:
    """A coach with hours, a candidate, and a calendar that is read and written."""

    def __init__(self, parts: Parts, house: House, coach: StaffActor, calendar: UUID) -> None:
        self.parts, self.house, self.coach, self.calendar = parts, house, coach, calendar
        self.trajectory: TrajectoryId

    async def free(self) -> list[datetime]:
        views = await free_times(
            self.parts,
            self.coach,
            self.trajectory,
            kind=MeetingKind.PROGRESS,
            mode=Mode.VIDEO,
            minutes=30,
            most=50,
            from_day=date(2027, 3, 3),
            now=self.parts.now(),
        )
        return [one.starts_at.astimezone(AMSTERDAM) for one in views]

    async def row(self) -> dict[str, Any]:
        (found,) = await rows(self.parts, "calendar_connection", id=self.calendar)
        return found


async def scene_with(parts: Parts, server: CalendarServer, *, role: str = "both") -> Scene:
    ready = with_servers(parts)
    house = House(ready)
    coach = await house.coach()
    await house.works(coach)
    trajectory = await house.acquainted(coach)
    scene = Scene(ready, house, coach, await connect(ready, coach.id, server))
    scene.trajectory = trajectory
    async with ready.database.write() as tx:
        await change_reading(tx, scene.calendar, role=role)
    return scene


async def look(parts: Parts, reader: ReadingPool) -> Syncing:
    """Visit everything that is due now."""
    syncing = Syncing(parts, reader)
    while await syncing.look():
        await asyncio.wait(syncing._visits.values())
    await syncing.finish()
    return syncing


async def test_the_event_of_somebody_else_takes_a_free_time_and_gives_it_back(
    parts: Parts, clock: Clock, server: CalendarServer, reader: ReadingPool
) -> None:
    calendar = fresh(server)
    scene = await scene_with(parts, calendar)
    other = somebody_at(calendar)
    free = await scene.free()
    taken = datetime(2027, 3, 3, 14, tzinfo=AMSTERDAM)
    assert taken in free

    written = await other.create("a.ics", event("a", "20270303T130000Z", "20270303T133000Z"))
    await look(scene.parts, reader)
    assert taken not in await scene.free()

    assert isinstance(written, Written)
    assert written.etag
    assert await other.remove("a.ics", etag=written.etag) == Removed()
    clock.forward(minutes=13)
    await look(scene.parts, reader)
    assert await scene.free() == [one for one in free if one > clock()]
    await other.close()


async def test_one_visit_writes_first_and_knows_its_own_write_again(
    parts: Parts, server: CalendarServer, reader: ReadingPool
) -> None:
    calendar = fresh(server)
    scene = await scene_with(parts, calendar)
    meeting = (await scene.house.book(scene.trajectory, "2027-03-03T14:00")).meeting

    syncing = await look(scene.parts, reader)

    assert len(events_of(calendar, meeting)) == 1
    (one,) = await rows(scene.parts, "remote_object")
    assert one["state"] == "ours"
    assert await rows(scene.parts, "busy") == []
    assert b'outcome="ok"' in syncing.figures.text()


async def test_row_20_free_times_come_from_the_database_while_the_calendar_hangs(
    parts: Parts, server: CalendarServer, reader: ReadingPool
) -> None:
    calendar = fresh(server)
    scene = await scene_with(parts, calendar)
    other = somebody_at(calendar)
    await other.create("a.ics", event("a", "20270303T130000Z", "20270303T133000Z"))
    await look(scene.parts, reader)
    before = await scene.free()
    async with faulty(calendar) as (proxy, silent):
        proxy.fault = faults.hang
        async with scene.parts.database.write() as tx:
            await change_reading(
                tx, scene.calendar, calendar_url=silent.calendar_url, next_read_at=None
            )
        syncing = Syncing(scene.parts, reader)
        await syncing.look()
        while not proxy.seen:
            await syncing.rest(asyncio.Event())

        assert await scene.free() == before
        assert syncing._visits  # nobody waited for it

        for visit in syncing._visits.values():
            visit.cancel()
        await syncing.finish()
    await other.close()


async def test_row_7_wrong_password_is_shown_and_recovers_when_it_is_right(
    parts: Parts, clock: Clock, server: CalendarServer, reader: ReadingPool
) -> None:
    calendar = fresh(server)
    scene = await scene_with(parts, calendar)
    right = (await scene.row())["secret"]
    wrong = scene.parts.secret.seal("no", bound_to=f"calendar_connection:{scene.calendar}")
    async with scene.parts.database.write() as tx:
        await change_reading(tx, scene.calendar, secret=wrong)
    await look(scene.parts, reader)
    assert (await scene.row())["state"] == "broken"

    async with scene.parts.database.write() as tx:
        await change_reading(tx, scene.calendar, secret=right)
    clock.forward(minutes=16)
    await look(scene.parts, reader)

    row = await scene.row()
    assert (row["state"], row["last_error"]) == ("ok", None)
    assert row["read_at"] == clock()


async def test_row_17_two_processes_read_one_calendar_once(
    parts: Parts, server: CalendarServer, reader: ReadingPool
) -> None:
    calendar = fresh(server)
    async with faulty(calendar) as (proxy, seen_through):
        scene = await scene_with(parts, seen_through)
        other = somebody_at(calendar)
        await other.create("a.ics", event("a"))
        both = [Syncing(scene.parts, reader) for _ in range(2)]

        await asyncio.gather(*(one.look() for one in both))
        await asyncio.gather(*(one.finish() for one in both))

        tokens = [method for method, _ in proxy.seen if method == "REPORT"]
        assert len(tokens) <= 3  # asking how to authenticate, changes, one multiget
        assert len(await rows(scene.parts, "busy")) == 1
        assert len(await rows(scene.parts, "sync_log")) == 1
        await other.close()


async def test_row_17_killed_while_it_reads_keeps_nothing_and_the_next_reads_all(
    parts: Parts, clock: Clock, server: CalendarServer, reader: ReadingPool, tmp_path: Path
) -> None:
    calendar = fresh(server)
    other = somebody_at(calendar)
    await other.create("a.ics", event("a"))
    ended = asyncio.Event()
    async with faulty(calendar) as (proxy, seen_through):
        scene = await scene_with(parts, seen_through)

        async def kill(request: web.Request, handle: FaultyCalendar) -> web.StreamResponse:
            answer = await handle.forward(request)
            if b"multiget" in await request.read():  # the last thing it asks before it writes
                os.kill(process.pid, signal.SIGKILL)
                ended.set()
            return answer

        proxy.fault = kill
        process = start_process(scene.parts, tmp_path)
        async with asyncio.timeout(180):
            await ended.wait()
        assert await asyncio.to_thread(process.wait, 180) == -signal.SIGKILL
        assert await rows(scene.parts, "remote_object") == []
        assert (await scene.row())["sync_token"] is None

        proxy.fault = None
        clock.forward(seconds=31)
        await look(scene.parts, reader)
        assert len(await rows(scene.parts, "busy")) == 1
    await other.close()


async def test_row_14_a_mirror_that_somebody_moves_stays_one_event_with_at_most_one_mail(
    parts: Parts, clock: Clock, server: CalendarServer, reader: ReadingPool
) -> None:
    calendar = fresh(server)
    scene = await scene_with(parts, calendar)
    meeting = (await scene.house.book(scene.trajectory, "2027-03-03T14:00")).meeting
    await look(scene.parts, reader)
    other = somebody_at(calendar)
    (path,) = calendar.paths()
    stored = await other.get(path.name)
    assert isinstance(stored, Stored)
    assert stored.etag
    moved = stored.ics.replace(b"T140000", b"T150000").replace(b"T144500", b"T154500")
    assert isinstance(await other.update(path.name, moved, etag=stored.etag), Written)
    mails = len(await rows(scene.parts, "outbox", kind="mail"))
    clock.forward(minutes=13)

    await look(scene.parts, reader)

    assert len(events_of(calendar, meeting)) == 1
    assert await rows(scene.parts, "busy") == []
    assert len(await rows(scene.parts, "outbox", kind="mail")) <= mails + 1
    await other.close()


async def test_a_busy_account_leaves_hands_free_for_others(
    sqlite_parts: Parts, server: CalendarServer, reader: ReadingPool
) -> None:
    calendar = fresh(server)
    async with faulty(calendar) as (proxy, silent):
        proxy.fault = faults.hang
        scene = await scene_with(sqlite_parts, silent)
        for _ in range(5):
            coach = await scene.house.coach()
            await connect(scene.parts, coach.id, silent)
        last = await connect(scene.parts, (await scene.house.coach()).id, calendar)
        async with scene.parts.database.write() as tx:
            await change_reading(tx, last, user_name="bert")  # another account
        syncing = Syncing(scene.parts, reader)

        await syncing.look()

        hosts = sorted(syncing._accounts.values())
        assert hosts == [("127.0.0.1", "anna")] * 2 + [("127.0.0.1", "bert")]
        for visit in syncing._visits.values():
            visit.cancel()
        await syncing.finish()


async def test_calendars_take_turns_however_many_wait(
    sqlite_parts: Parts, server: CalendarServer, reader: ReadingPool
) -> None:
    scene = await scene_with(sqlite_parts, fresh(server))
    for _ in range(5):
        await connect(scene.parts, (await scene.house.coach()).id, fresh(server))
    syncing = Syncing(scene.parts, reader)
    seen: list[UUID] = []
    while await syncing.look():
        seen += list(syncing._visits)
        assert len(syncing._visits) <= 2
        await asyncio.wait(syncing._visits.values())
    await syncing.finish()

    assert len(set(seen)) == 6


async def test_the_process_tells_its_figures_and_ends_when_told(
    sqlite_parts: Parts, server: CalendarServer
) -> None:
    scene = await scene_with(sqlite_parts, fresh(server))
    settings = replace(scene.parts.settings, metrics_listen="127.0.0.1:0")
    parts = replace(scene.parts, settings=settings)
    stop, ready = asyncio.Event(), asyncio.Event()
    ports: list[int] = []

    def on_ready(port: int) -> None:
        ports.append(port)
        ready.set()

    running = asyncio.create_task(run_sync(parts, stop, on_ready=on_ready))
    async with asyncio.timeout(180), ClientSession() as session:
        await ready.wait()
        while True:
            async with session.get(f"http://127.0.0.1:{ports[0]}/metrics") as answer:
                told = await answer.text()
            if 'tweespraak_sync_rounds_total{kind="first",outcome="ok"} 1.0' in told:
                break
        assert "tweespraak_sync_oldest_due_seconds 0.0" in told
        assert "anna" not in told
        stop.set()
        await running


def start_process(parts: Parts, folder: Path) -> subprocess.Popen[bytes]:
    (folder / "secret.hex").write_text(parts.secret.key.hex())
    arguments = [
        parts.settings.sqlalchemy_url,
        str(folder / "secret.hex"),
        parts.now().isoformat(),
        parts.settings.public_url,
    ]
    return subprocess.Popen([sys.executable, "-m", "tests.wire.sync_process", *arguments])
