"""A house with one coach whose calendar stands on a server that fails: what people do, and a judge.

Three write to the calendar: this house, and two people with programs of their own. The judge asks
whether anything was lost or doubled; it looks at the server's memory and at our tables.
"""

import asyncio
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

from calendar_sync.caldav_client import TOTAL_SECONDS
from calendar_sync.caldav_source import CalDavSource
from calendar_sync.caldav_target import CalDavTarget
from calendar_sync.reading_pool import ReadingPool
from coaching.words import Mode
from server.jobs.sync import Syncing
from server.jobs.worker import Worker
from server.store.calendars import ConnectionRecord, insert_connection
from server.store.remote_objects import ReadingRecord
from server.usecases.booking import MoveRequest, cancel_meeting, move_meeting
from server.usecases.context import MeetingId, Parts, TrajectoryId
from tests.calendar_servers import MailSink, mail_sink
from tests.conftest import Clock
from tests.house_of_people import House
from tests.stand_in.quirks import WRITES, Flap, InTurn, calm
from tests.stand_in_caldav import Running, stand_in
from tests.wire.worker_tools import event_in, rows, with_servers

CANDIDATES, TALKS = 4, 8  # so many meetings at a time, two for each candidate
KILL_SECONDS = 180.0  # a busy machine takes long to start a process
PATIENCE = 1.2  # seconds for one request to a calendar that may hang
GOES_AT_ONCE = 4  # deletions by people between two rounds; more would make the house ask
_FIRST_DAY = datetime(2027, 4, 12)  # noqa: DTZ001 -- wall time, a Monday
_SLOTS = [
    _FIRST_DAY + timedelta(weeks=week, days=day, hours=hour)
    for week in range(8)
    for day in range(5)
    for hour in range(9, 16)
]


@dataclass(slots=True)
class Talk:
    """One meeting after another of a trajectory, as the planner knows it."""

    trajectory: TrajectoryId
    meeting: MeetingId | None = None
    starts: datetime | None = None  # wall time; None: there is none, or it was cancelled
    revision: int = 0
    note: str = ""  # what a person wrote in the event


@dataclass(slots=True)
class Life:
    """Everything that happens, by name; `seed` decides what is left open."""

    parts: Parts
    house: House
    clock: Clock
    calendar: Running
    connection: UUID
    coach: UUID
    talks: list[Talk]
    sink: MailSink
    reader: ReadingPool
    random: random.Random
    foreign: dict[str, bytes] = field(default_factory=dict)
    ended: list[MeetingId] = field(default_factory=list)
    gone_since: int = 0
    mails_allowed: int = 0
    patience: float = PATIENCE
    _numbers: int = 0

    async def plan(self) -> None:
        """The planner books, moves or cancels, one of them."""
        talk = self.random.choice(self.talks)
        if talk.starts is None:
            await self.book(talk)
        elif self.random.random() < 0.8:
            await self.move(talk)
        else:
            await self.cancel(talk)

    async def book(self, talk: Talk) -> None:
        """A new meeting, at any free time."""
        starts = self._free_slot()
        booked = await self.house.book(talk.trajectory, starts.isoformat())
        talk.meeting, talk.starts, talk.revision, talk.note = booked.meeting, starts, 1, ""
        self.mails_allowed += 1

    async def move(self, talk: Talk) -> None:
        """To another free time."""
        assert talk.meeting is not None
        starts = self._free_slot()
        await move_meeting(
            self.parts,
            await self.house.planner(),
            talk.meeting,
            MoveRequest(
                starts_local=starts,
                minutes=45,
                mode=Mode.VIDEO,
                room=None,
            ),
            revision=talk.revision,
            key=uuid4().hex,
            now=self.parts.now(),
        )
        talk.starts, talk.revision = starts, talk.revision + 1
        self.mails_allowed += 1

    async def cancel(self, talk: Talk) -> None:
        """For good; the trajectory may have another."""
        assert talk.meeting is not None
        await cancel_meeting(
            self.parts,
            await self.house.planner(),
            talk.meeting,
            revision=talk.revision,
            key=uuid4().hex,
            now=self.parts.now(),
        )
        self.ended.append(talk.meeting)
        talk.meeting, talk.starts, talk.note = None, None, ""
        self.mails_allowed += 1

    def person_acts(self, person: int) -> None:
        """One of two people adds, changes or removes something of their own, or adds a note."""
        names = [name for name in self.foreign if name.startswith(f"person-{person}-")]
        act = self.random.random()
        if act < 0.4 or not names:
            self._numbers += 1
            self._write(f"person-{person}-{self._numbers}.ics")
        elif act < 0.6:
            self._write(self.random.choice(names))
        elif act < 0.75 and self.gone_since < GOES_AT_ONCE:
            self.gone_since += 1
            name = self.random.choice(names)
            del self.foreign[name]
            self.calendar.server.diary.remove(name)
        else:
            self._add_note()

    def _write(self, name: str) -> None:
        """An evening of her own, at a new time."""
        self._numbers += 1
        start = _FIRST_DAY + timedelta(days=self._numbers, hours=19)
        self.foreign[name] = (
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//A person//EN\r\nBEGIN:VEVENT\r\n"
            f"UID:{name}\r\nDTSTAMP:20270101T000000Z\r\nDTSTART:{start:%Y%m%dT%H%M%SZ}\r\n"
            f"DTEND:{start + timedelta(hours=1):%Y%m%dT%H%M%SZ}\r\nSUMMARY:Eigen\r\n"
            "END:VEVENT\r\nEND:VCALENDAR\r\n"
        ).encode()
        self.calendar.server.diary.put(name, self.foreign[name])

    def _add_note(self) -> None:
        """Her own line and colour in one of our events, when one stands there."""
        for talk in self.talks:
            standing = self._objects_of(talk.meeting) if talk.starts and talk.meeting else {}
            for name, data in standing.items():
                self._numbers += 1
                talk.note = f"X-OF-A-PERSON:{self._numbers}"
                lines = [line for line in data.split(b"\r\n") if b"X-OF-A-PERSON" not in line]
                lines.insert(lines.index(b"END:VEVENT"), talk.note.encode())
                self.calendar.server.diary.put(name, b"\r\n".join(lines))
                return

    async def sync(self) -> None:
        """One round of the sync process, and of the worker that carries mail."""
        syncing = Syncing(
            self.parts, self.reader, open_target=self._target, open_source=self._source
        )
        while await syncing.look():
            await syncing.finish()
        await syncing.finish()
        self.gone_since = 0
        await self.post()

    async def post(self) -> None:
        """Deliver all mail."""
        worker = Worker(self.parts)
        while await worker.look():
            await worker.finish()

    async def flap(self, *flaps: Flap) -> int:
        """A round in which these befall the calendar; gives how many did."""
        before = len(self.calendar.server.seen)
        self.calendar.server.schedule = InTurn(flaps)
        self.clock.forward(minutes=13)
        await self.sync()
        self.calendar.server.schedule = calm
        return sum(1 for seen in self.calendar.server.seen[before:] if seen.flap)

    async def kill(self, folder: Path, at_request: int) -> bool:
        """A sync process of its own, killed at this request; whether it came to that.

        What it asked for then is done, and nobody hears the answer.
        """
        self.clock.forward(minutes=13)
        process = start_sync_process(self.parts, folder)
        ended = asyncio.Event()
        asked = 0

        def schedule(method: str, _path: str) -> Flap | None:
            nonlocal asked
            asked += 1
            if asked < at_request:
                return None
            process.kill()
            ended.set()
            return Flap.LOST if method in WRITES else Flap.REFUSED

        self.calendar.server.schedule = schedule
        try:
            async with asyncio.timeout(KILL_SECONDS):
                await ended.wait()
        except TimeoutError:
            process.kill()
        await asyncio.to_thread(process.wait)
        self.calendar.server.schedule = calm
        return ended.is_set()

    async def settle(self, most: int = 2) -> tuple[int, list[str]]:
        """Calm rounds until nothing is wrong; their number, and what is wrong after `most`."""
        wrong: list[str] = []
        for number in range(1, most + 1):
            self.clock.forward(minutes=16)
            await self.sync()
            wrong = await self.wrong()
            if not wrong:
                return number, []
        return most, wrong

    def doubled(self) -> list[str]:
        """Meetings that stand there more than once; at no moment may there be any."""
        everyone = [talk.meeting for talk in self.talks if talk.meeting] + self.ended
        return [f"doubled: {one}" for one in everyone if len(self._objects_of(one)) > 1]

    async def wrong(self) -> list[str]:
        """All that is lost, doubled, wrong or still waiting."""
        found = self.doubled()
        for talk in self.talks:
            found += self._wrong_about(talk)
        found += [f"left behind: {one}" for one in self.ended if self._objects_of(one)]
        theirs = {n: d for n, d in self.calendar.objects().items() if n.startswith("person-")}
        if theirs != self.foreign:
            found.append("lost: something of a person was changed or removed")
        found += await self._wrong_in_tables()
        if len(self.sink.taken) > self.mails_allowed:
            found.append(f"mail: {len(self.sink.taken)} for {self.mails_allowed} changes")
        return found

    def _wrong_about(self, talk: Talk) -> list[str]:
        if talk.meeting is None or talk.starts is None:
            return []
        standing = list(self._objects_of(talk.meeting).values())
        if not standing:
            return [f"lost: {talk.meeting}"]
        starts = event_in(standing[0])["DTSTART"].dt.replace(tzinfo=None)
        wrong = [] if starts == talk.starts else [f"late: {starts}, not {talk.starts}"]
        if talk.note and talk.note.encode() not in standing[0]:
            wrong.append(f"lost: a person's note in {talk.meeting}")
        return wrong

    async def _wrong_in_tables(self) -> list[str]:
        found = []
        source = f"calendar:{self.connection}"
        busy = await rows(self.parts, "busy", owner_id=self.coach, source=source)
        told = sorted(_utc(row["starts_at"]) for row in busy)
        true = sorted(_utc(event_in(data)["DTSTART"].dt) for data in self.foreign.values())
        if told != true:
            found.append(f"busy: {len(told)} known, {len(true)} there, {set(told) ^ set(true)}")
        for talk in self.talks:
            kept = await rows(self.parts, "meeting", id=talk.meeting) if talk.meeting else []
            ours = [row["starts_at"].astimezone(self.clock.moment.tzinfo) for row in kept]
            if talk.starts and [one.replace(tzinfo=None) for one in ours] != [talk.starts]:
                found.append(f"moved by itself: {ours}, not {talk.starts}")
        waiting = await rows(self.parts, "outbox", kind="calendar", done_at=None)
        if waiting:
            found.append(f"waiting: {[row['last_error'] for row in waiting]}")
        (row,) = await rows(self.parts, "calendar_connection", id=self.connection)
        if (row["state"], row["last_error"], row["paused_for"]) != ("ok", None, None):
            found.append(f"connection: {row['state']} {row['last_error']} {row['paused_for']}")
        return found

    def _objects_of(self, meeting: MeetingId | None) -> dict[str, bytes]:
        objects = self.calendar.server.diary.objects.items()
        return {n: one.data for n, one in objects if one.uid.startswith(f"{meeting}-")}

    @property
    def _patience(self) -> float:
        """Little where a server hangs on purpose; else a busy machine would be a fault."""
        may_hang = getattr(self.calendar.server.schedule, "may_hang", False)
        return self.patience if may_hang else TOTAL_SECONDS

    def _target(self, parts: Parts, connection: ConnectionRecord) -> CalDavTarget:
        return CalDavTarget(
            connection.calendar_url,
            user_name=connection.user_name,
            password=_password(parts, connection),
            allow_private_hosts=parts.settings.allow_private_hosts,
            total_seconds=self._patience,
        )

    def _source(self, parts: Parts, reading: ReadingRecord) -> CalDavSource:
        return CalDavSource.at(
            reading.calendar_url,
            user_name=reading.user_name,
            password=_password(parts, reading),
            allow_private_hosts=parts.settings.allow_private_hosts,
            total_seconds=self._patience,
        )

    def _free_slot(self) -> datetime:
        taken = {talk.starts for talk in self.talks}
        return self.random.choice([slot for slot in _SLOTS if slot not in taken])


@asynccontextmanager
async def life(parts: Parts, clock: Clock, reader: ReadingPool, seed: int) -> AsyncIterator[Life]:
    """A fresh house on a fresh server; `parts` are those of an empty installation."""
    async with stand_in() as calendar, mail_sink() as sink:
        ready = with_servers(parts, sink=sink)
        house = House(ready)
        coach = await house.coach()
        known = [await house.acquainted(coach, talks=200) for _ in range(CANDIDATES)]
        connection = await _connect(ready, coach.id, calendar)
        opened = Life(
            parts=ready,
            house=house,
            clock=clock,
            calendar=calendar,
            connection=connection,
            coach=coach.id,
            talks=[Talk(known[number % CANDIDATES]) for number in range(TALKS)],
            sink=sink,
            reader=reader,
            random=random.Random(seed),  # noqa: S311 -- a seed that can be repeated
        )
        await opened.post()
        opened.mails_allowed = len(sink.taken)  # of the acquaintances
        yield opened


def start_sync_process(parts: Parts, folder: Path) -> subprocess.Popen[bytes]:
    """The sync process, on the same database and with its clock standing still."""
    (folder / "secret.hex").write_text(parts.secret.key.hex())
    settings = parts.settings
    arguments = [settings.sqlalchemy_url, folder / "secret.hex"]
    arguments += [parts.now().isoformat(), settings.public_url]
    command = [sys.executable, "-m", "tests.wire.sync_process", *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


async def _connect(parts: Parts, coach: UUID, calendar: Running) -> UUID:
    connection = uuid4()
    secret = parts.secret.seal(calendar.password, bound_to=f"calendar_connection:{connection}")
    async with parts.database.write() as tx:
        await insert_connection(
            tx,
            connection_id=connection,
            staff_id=coach,
            calendar_url=calendar.calendar_url,
            user_name=calendar.user,
            secret=secret,
            role="both",
        )
    return connection


def _password(parts: Parts, row: ConnectionRecord | ReadingRecord) -> str:
    return parts.secret.unseal(row.secret, bound_to=f"calendar_connection:{row.id}")


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
