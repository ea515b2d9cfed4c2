"""What tests of reading calendars share: a calendar in memory, foreign events, one round."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from calendar_sync.events import ReadObject
from calendar_sync.memory_source import MemorySource
from calendar_sync.memory_target import MemoryTarget
from calendar_sync.occurrences import Ground, read_object
from calendar_sync.reading import CalendarSource, Changes, Fetched, Listing, TokenRefused
from calendar_sync.target import Failure
from server.jobs.calendars import deliver_to_calendar
from server.store import calendars, outbox
from server.store.remote_objects import change_reading
from server.usecases.applying_calendar import read_calendar
from server.usecases.context import Parts
from server.usecases.reading_round import Round
from tests.house_of_people import House
from tests.wire.worker_tools import rows

LEASE = timedelta(seconds=30)


class Here:
    """Reads objects in this very process; tests write no hostile ones through it."""

    async def read(
        self, objects: Iterable[tuple[str, bytes]], ground: Ground
    ) -> Sequence[tuple[str, ReadObject]]:
        return [(href, read_object(ics, ground)) for href, ics in objects]


def event(
    uid: str, starts: str = "20270303T130000Z", ends: str = "20270303T140000Z", *more: str
) -> bytes:
    """Somebody's event; times as in iCalendar, `more` are further lines."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//somebody else//",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        "DTSTAMP:20270301T090000Z",
        f"DTSTART:{starts}",
        f"DTEND:{ends}",
        "SUMMARY:Tandarts",
        *more,
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines).encode()


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type, misc]  # year, month, day, …


@dataclass(slots=True)
class Diary:
    """A calendar in memory that is connected to somebody."""

    parts: Parts
    connection: UUID
    memory: MemoryTarget = field(default_factory=MemoryTarget)
    source: CalendarSource | None = None

    def __post_init__(self) -> None:
        if self.source is None:
            self.source = MemorySource(self.memory)

    def put(self, name: str, *times: str) -> str:
        self.memory.objects[name] = event(name, *times)
        return name

    async def round(self, *, full: bool = False, source: CalendarSource | None = None) -> Round:
        """Read it once, as the process does."""
        async with held(self.parts, self.connection) as hold:
            used = source or self.source
            assert used is not None
            now = self.parts.now()
            return await read_calendar(self.parts, hold, used, Here(), now=now, full=full)

    async def write(self) -> None:
        """Bring our appointments into it."""
        async with self.parts.database.write() as tx:
            rows = await outbox.claim(
                tx,
                worker="test",
                now=self.parts.now(),
                lease=LEASE,
                kinds=[outbox.Kind.CALENDAR],
                limit=50,
            )
        async with held(self.parts, self.connection) as hold:
            await deliver_to_calendar(
                self.parts, hold, rows, open_target=lambda _parts, _row: self.memory
            )

    async def row(self) -> Any:  # noqa: ANN401 -- a row of the table
        (found,) = await rows(self.parts, "calendar_connection", id=self.connection)
        return found


@asynccontextmanager
async def held(parts: Parts, connection: UUID) -> AsyncIterator[calendars.Hold]:
    async with parts.database.write() as tx:
        hold = await calendars.hold(
            tx, connection, worker=uuid4().hex, now=parts.now(), lease=LEASE
        )
    assert hold is not None
    yield hold
    async with parts.database.write() as tx:
        await calendars.let_go(tx, hold)


async def connected(parts: Parts, staff: UUID, *, role: str = "both", **more: Any) -> Diary:  # noqa: ANN401 -- columns
    """A calendar of somebody, with nothing in it."""
    connection = uuid4()
    async with parts.database.write() as tx:
        await calendars.insert_connection(
            tx,
            connection_id=connection,
            staff_id=staff,
            calendar_url=f"https://cal.example/{connection}/",
            user_name="anna",
            secret=b"x",
            role=role,
            **more,
        )
    return Diary(parts=parts, connection=connection)


async def diary_of(parts: Parts, house: House, *, role: str = "both") -> Diary:
    return await connected(parts, (await house.coach()).id, role=role)


async def times(parts: Parts) -> list[tuple[Any, Any, str]]:
    found = await rows(parts, "busy")
    return sorted((one["starts_at"], one["ends_at"], one["kind"]) for one in found)


async def change(diary: Diary, **columns: object) -> None:
    """Change the row of a calendar, as time or another page would."""
    async with diary.parts.database.write() as tx:
        await change_reading(tx, diary.connection, **columns)


class Odd:
    """A calendar that answers what it is told to, and else what the calendar in memory says."""

    def __init__(self, diary: Diary, **answers: object) -> None:
        self._real = MemorySource(diary.memory) if diary.source is None else diary.source
        self._answers = answers
        self.asked: list[str] = []

    async def changes(self, token: str | None) -> Changes | TokenRefused | Failure:
        self.asked.append("changes")
        if "changes" not in self._answers:
            return await self._real.changes(token)
        answer = self._answers["changes"]
        told = answer(token) if callable(answer) else answer
        assert isinstance(told, Changes | TokenRefused | Failure)
        return told

    async def listing(self) -> Listing | Failure:
        self.asked.append("listing")
        told = self._answers.get("listing") or await self._real.listing()
        assert isinstance(told, Listing | Failure)
        return told

    async def fetch(self, hrefs: Sequence[str]) -> Fetched | Failure:
        self.asked.append("fetch")
        told = self._answers.get("fetch") or await self._real.fetch(hrefs)
        assert isinstance(told, Fetched | Failure)
        return told

    async def close(self) -> None:
        pass


async def appointment(parts: Parts, house: House) -> tuple[Diary, UUID]:
    """A coach with a calendar that the appointment of 3 March, 14.00, stands in."""
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    diary = await connected(parts, coach.id)
    booked = await house.book(trajectory, "2027-03-03T14:00")
    await diary.write()
    return diary, booked.meeting


async def mirror_of(parts: Parts, meeting: UUID) -> dict[str, Any]:
    (found,) = await rows(parts, "mirror", meeting_id=meeting)
    return found
