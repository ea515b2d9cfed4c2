"""Brings an installation's database and sample people to where they can be shown."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from server.config import Settings
from server.demo import people
from server.demo.calendar_server import CalendarAccess
from server.demo.memory import Memory, recall, remember
from server.demo.seeding import seed
from server.demo.talk_now import candidate_token, sign_in_address, talk_now
from server.secrets import load_or_make_secret
from server.store.database import Database
from server.store.migrate import migrate
from server.usecases.context import MeetingId, Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """What lets people in. The talk's fields are empty when every coach is taken now."""

    planner: str
    coach: str
    coach_name: str
    candidate: str
    candidate_name: str
    meeting: MeetingId | None


@asynccontextmanager
async def opened(settings: Settings, now: Callable[[], datetime]) -> AsyncIterator[Parts]:
    """The parts of the installation of `settings`, migrated; closed at the end."""
    secret = load_or_make_secret(settings.data_dir)  # makes the folder too
    await migrate(settings.sqlalchemy_url)
    database = Database(settings.sqlalchemy_url)
    try:
        yield Parts(settings=settings, database=database, secret=secret, now=now)
    finally:
        await database.close()


async def open_sample(
    settings: Settings,
    calendar: CalendarAccess | None,
    memory_file: Path,
    *,
    now: Callable[[], datetime],
    told: Callable[[str], None] = lambda _text: None,
) -> Links:
    """Migrate, add the sample people the first time, see to a talk that is now, make links."""
    async with opened(settings, now) as parts:
        before = recall(memory_file)
        if before is None:
            seeded = await seed(parts, calendar, now=now(), told=told)
            before = Memory(seeded=seeded, talk=None)
        told("a talk that is now")
        talk = await talk_now(parts, before.seeded, before.talk, now=now())
        memory = Memory(seeded=before.seeded, talk=talk)
        remember(memory_file, memory)
        return await _links(parts, memory, now=now())


async def _links(parts: Parts, memory: Memory, *, now: datetime) -> Links:
    seeded, talk = memory.seeded, memory.talk
    coach = talk.coach if talk else 0
    planner_link = await sign_in_address(parts, seeded.planner, now=now)
    coach_link = await sign_in_address(parts, seeded.coaches[coach], now=now)
    token = await candidate_token(parts, talk.meeting) if talk else ""
    names = {sample.login: sample.name for sample in people.CANDIDATES}
    return Links(
        planner=planner_link,
        coach=coach_link,
        coach_name=people.COACHES[coach].name,
        candidate=f"{parts.settings.public_url}/j/{token}" if talk else "",
        candidate_name=names[talk.candidate] if talk else "",
        meeting=talk.meeting if talk else None,
    )
