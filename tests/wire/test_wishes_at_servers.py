"""Another program at a real calendar: moved, removed and put back (calendar 10, row 14)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import caldav
import pytest

from calendar_sync.reading_pool import ReadingPool
from coaching.words import Mode
from server.jobs.sync import Syncing
from server.jobs.worker import Worker
from server.store.remote_objects import change_reading
from server.usecases.answering import ProposalId, keep_ours
from server.usecases.context import MeetingId, Parts
from tests.calendar_servers import CalendarServer, MailSink, mail_sink, make_calendar, radicale
from tests.calendar_servers import xandikos as xandikos_server
from tests.conftest import AMSTERDAM, Clock
from tests.house_of_people import House
from tests.wire.vdirsyncer import Vdirsyncer, edit
from tests.wire.worker_tools import connect, events_of, rows, with_servers

pytestmark = pytest.mark.wire

WEDNESDAY = datetime(2027, 3, 3, 14, tzinfo=AMSTERDAM)
THURSDAY = datetime(2027, 3, 4, 10, tzinfo=AMSTERDAM)
LASTS = timedelta(minutes=45)


@pytest.fixture(scope="module", params=[radicale, xandikos_server], ids=["radicale", "xandikos"])
def server(request: pytest.FixtureRequest) -> Iterator[CalendarServer]:
    with request.param() as started:
        yield started


@pytest.fixture
async def reader() -> AsyncIterator[ReadingPool]:
    async with ReadingPool(children=1) as pool:
        yield pool


class Scene:
    """One appointment in a real calendar, and somebody else with python-caldav at it."""

    def __init__(self, parts: Parts, server: CalendarServer, clock: Clock, sink: MailSink) -> None:
        self.parts, self.server, self.clock, self.sink = parts, server, clock, sink
        self.house = House(parts)
        self.meeting: MeetingId

    async def prepare(self, reader: ReadingPool, **asked: Any) -> None:  # noqa: ANN401 -- of House.book
        self.reader = reader
        coach = await self.house.coach()
        calendar = await connect(self.parts, coach.id, self.server)
        async with self.parts.database.write() as tx:
            await change_reading(tx, calendar, role="both")
        trajectory = await self.house.acquainted(coach)
        booked = await self.house.book(trajectory, "2027-03-03T14:00", **asked)
        self.meeting = booked.meeting
        await self.sync()

    async def sync(self) -> None:
        """Two visits by the sync process, and the post."""
        for _ in range(2):
            self.clock.forward(minutes=13)
            syncing = Syncing(self.parts, self.reader)
            while await syncing.look():
                await asyncio.wait(syncing._visits.values())
            await syncing.finish()
        worker = Worker(self.parts)
        while await worker.look():
            await worker.finish()

    async def somebody(self, act: Callable[[caldav.Event], None]) -> None:
        """What another person does with the event, in a program of her own."""

        def work() -> None:
            with caldav.DAVClient(
                self.server.calendar_url,
                username=self.server.user,
                password=self.server.password,
            ) as client:
                for event in client.calendar(url=self.server.calendar_url).events():
                    if str(event.icalendar_component["UID"]).startswith(str(self.meeting)):
                        act(event)

        await asyncio.to_thread(work)

    async def row(self) -> dict[str, Any]:
        (found,) = await rows(self.parts, "meeting", id=self.meeting)
        return found

    async def proposals(self) -> list[tuple[str, str]]:
        found = await rows(self.parts, "proposal", meeting_id=self.meeting)
        return [(one["kind"], one["state"]) for one in found]

    def mails(self) -> int:
        return len(self.sink.taken)

    def standing(self) -> list[tuple[datetime, datetime]]:
        return [(one.start, one.end) for one in events_of(self.server, UUID(str(self.meeting)))]


def to(start: datetime) -> Callable[[caldav.Event], None]:
    def move(event: caldav.Event) -> None:
        component = event.icalendar_component
        component.pop("DTSTART")
        component.pop("DTEND")
        component.add("dtstart", start)
        component.add("dtend", start + LASTS)
        event.save(increase_seqno=False)

    return move


@pytest.fixture
async def scene(sqlite_parts: Parts, clock: Clock, server: CalendarServer) -> AsyncIterator[Scene]:
    url = server.calendar_url.replace("/diary/", f"/{uuid4().hex}/")
    make_calendar(url)
    folder = next(path for path in server.folder.rglob(url.rstrip("/").rsplit("/", 1)[-1]))
    async with mail_sink() as sink:
        fresh = replace(server, calendar_url=url, folder=folder)
        yield Scene(with_servers(sqlite_parts, sink=sink), fresh, clock, sink)


async def test_a_talk_that_somebody_moves_is_moved_here_and_mailed_once(
    scene: Scene, reader: ReadingPool
) -> None:
    await scene.prepare(reader)
    before = scene.mails()
    await scene.somebody(to(THURSDAY))
    await scene.sync()
    await scene.sync()

    assert (await scene.row())["starts_at"] == THURSDAY
    assert await scene.proposals() == [("moved", "automatic")]
    assert scene.mails() == before + 1
    assert scene.standing() == [(THURSDAY, THURSDAY + LASTS)]


async def test_an_event_that_somebody_removes_is_asked_and_comes_back_when_kept(
    scene: Scene, reader: ReadingPool
) -> None:
    await scene.prepare(reader)
    before = scene.mails()
    await scene.somebody(lambda event: event.delete())
    await scene.sync()

    assert (await scene.row())["status"] == "planned"
    assert await scene.proposals() == [("removed", "open")]
    assert scene.standing() == []

    (found,) = await rows(scene.parts, "proposal")
    await keep_ours(
        scene.parts,
        await scene.house.planner(),
        ProposalId(found["id"]),
        revision=1,
        key=uuid4().hex,
        now=scene.parts.now(),
    )
    await scene.sync()
    assert scene.standing() == [(WEDNESDAY, WEDNESDAY + LASTS)]
    assert scene.mails() == before


async def test_what_cannot_be_is_put_back_once_and_then_asked(
    scene: Scene, reader: ReadingPool
) -> None:
    await scene.prepare(reader)
    before = scene.mails()
    past = WEDNESDAY - timedelta(days=7)
    await scene.somebody(to(past))
    await scene.sync()
    assert await scene.proposals() == [("moved", "put_back")]
    assert scene.standing() == [(WEDNESDAY, WEDNESDAY + LASTS)]

    for _ in range(3):
        await scene.somebody(to(past))
        await scene.sync()
        assert scene.standing() == [(past, past + LASTS)]
    assert await scene.proposals() == [("moved", "open")]
    assert scene.mails() == before
    assert (await scene.row())["revision"] == 1


async def test_a_talk_at_a_location_waits_for_the_planner(
    scene: Scene, reader: ReadingPool
) -> None:
    await scene.prepare(reader, mode=Mode.OFFLINE, room=await scene.house.room())
    await scene.somebody(to(THURSDAY))
    await scene.sync()

    assert (await scene.row())["starts_at"] == WEDNESDAY
    assert await scene.proposals() == [("moved", "open")]


@pytest.mark.parametrize("server", [radicale], ids=["radicale"], indirect=True)
async def test_vdirsyncer_moves_and_removes_as_any_other_person_does(
    scene: Scene, reader: ReadingPool, tmp_path: Path
) -> None:
    await scene.prepare(reader)
    before = scene.mails()
    other = Vdirsyncer(tmp_path / "hers", scene.server)
    await other.run("discover")
    await other.run("sync")

    file = other.file_of(str(scene.meeting))
    edit(file, dtstart="20270304T090000Z", dtend="20270304T094500Z")
    await other.run("sync")
    await scene.sync()
    assert (await scene.row())["starts_at"] == THURSDAY
    assert scene.standing() == [(THURSDAY, THURSDAY + LASTS)]
    assert scene.mails() == before + 1

    await other.run("sync")  # what we wrote after her move is no conflict
    file.unlink()
    await other.run("sync")
    await scene.sync()
    assert await scene.proposals() == [("moved", "automatic"), ("removed", "open")]
    assert (await scene.row())["status"] == "planned"
    assert scene.mails() == before + 1
