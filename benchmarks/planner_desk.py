"""What a benchmark needs to book over HTTP as a planner, and to look behind with raw SQL."""

import asyncio
import re
import sqlite3
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from uuid import UUID

import aiohttp
import asyncpg

from benchmarks.installation import SESSION_COOKIE
from server.config import Settings

_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
_CODE = re.compile(r'data-code="([a-z_]+)"')
_PATIENCE = aiohttp.ClientTimeout(total=120)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A candidate and a coach that belong together."""

    trajectory: UUID
    candidate: UUID
    coach: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One booking by phone that somebody wants."""

    pair: Pair
    day: date
    at: time
    key: str


class Desk:
    """A planner who is signed in, at one web process."""

    def __init__(self, url: str, origin: str, session: str, *, connections: int) -> None:
        self.url = url
        self._origin = origin
        self._cookie = f"{SESSION_COOKIE}={session}"
        self._connections = connections
        self._csrf = ""
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._connections),
            timeout=_PATIENCE,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"Cookie": self._cookie},
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._http
        await self._http.close()

    async def open_form(self, pair: Pair) -> None:
        """Read the field that every form carries."""
        assert self._http
        address = f"{self.url}/meetings/new?candidate={pair.candidate}"
        async with self._http.get(address) as answer:
            found = _CSRF.search(await answer.text())
        assert found, f"no booking form (status {answer.status})"
        self._csrf = found.group(1)

    async def book(self, wish: Wish) -> str:
        """`booked`, the code of the refusal, or `status <n>` for anything else."""
        assert self._http
        form = {
            "csrf": self._csrf,
            "key": wish.key,
            "candidate": str(wish.pair.candidate),
            "trajectory": str(wish.pair.trajectory),
            "kind": "progress",
            "mode": "phone",
            "day": wish.day.isoformat(),
            "time": f"{wish.at:%H:%M}",
            "minutes": "30",
        }
        async with self._http.post(
            f"{self.url}/meetings/new",
            data=form,
            headers={"Origin": self._origin},
            allow_redirects=False,
        ) as answer:
            if answer.status == 303:
                return "booked"
            found = _CODE.search(await answer.text())
            return found.group(1) if found else f"status {answer.status}"


def ask(settings: Settings, question: str) -> list[tuple[Any, ...]]:
    """Put a question in raw SQL to the database file or server, past all code of ours."""
    if settings.database_url:
        return asyncio.run(_ask_postgres(settings.database_url, question))
    with sqlite3.connect(settings.data_dir / "tweespraak.sqlite3", timeout=30) as connection:
        return connection.execute(question).fetchall()


async def _ask_postgres(url: str, question: str) -> list[tuple[Any, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(question)]
    finally:
        await connection.close()


def pairs(settings: Settings) -> list[Pair]:
    """Every candidate with a running trajectory, by coach."""
    rows = ask(
        settings,
        "SELECT id, candidate_id, coach_id FROM trajectory WHERE state = 'active' ORDER BY number",
    )
    return [
        Pair(trajectory=UUID(str(t)), candidate=UUID(str(c)), coach=UUID(str(s)))
        for t, c, s in rows
    ]


def half_booked(settings: Settings) -> int:
    """Meetings that stand without their invitation, history, mail or calendar rows."""
    rows = {
        name: Counter(_plain(row[0]) for row in ask(settings, question))
        for name, question in _WHAT_BELONGS.items()
    }
    return sum(
        not rows["invitations"][meeting]
        or not rows["history"][meeting]
        or (has_mail and not rows["mails"][meeting])
        or rows["calendars"][meeting] < connections
        for meeting, has_mail, connections in (
            (_plain(row[0]), row[1] is not None, row[2]) for row in ask(settings, _STANDING)
        )
    )


_STANDING = """
SELECT meeting.id, candidate.email, (
    SELECT count(*) FROM calendar_connection c WHERE c.staff_id = meeting.coach_id)
FROM meeting JOIN candidate ON candidate.id = meeting.candidate_id
WHERE meeting.status = 'planned'
"""
_WHAT_BELONGS = {
    "invitations": "SELECT meeting_id FROM invitation",
    "history": "SELECT meeting_id FROM meeting_event",
    "mails": "SELECT subject FROM outbox WHERE kind = 'mail'",
    "calendars": "SELECT subject FROM outbox WHERE kind = 'calendar'",
}


def _plain(value: object) -> str:
    """One form for ids of both databases, and for subjects of the outbox."""
    return str(value).removeprefix("meeting:").replace("-", "")


def free_day(after_days: int) -> date:
    """A working day that the sample people leave free."""
    day = datetime.now(UTC).date() + timedelta(days=after_days)
    return day + timedelta(days=(7 - day.weekday()) % 7)
