"""Plain requests to a stand-in, without any library that knows CalDAV."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

import aiohttp

from tests.stand_in.events import event_text, name_of
from tests.stand_in_caldav import Running, stand_in

DAY = datetime(2027, 3, 1)  # noqa: DTZ001 -- wall time; the events name their zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    status: int
    headers: "aiohttp.typedefs.LooseHeaders"
    text: str

    def hrefs(self, status: str = "") -> list[str]:
        members = re.findall(r"<D:response>.*?</D:response>", self.text, re.DOTALL)
        return [
            re.findall("<D:href>(.*?)</D:href>", member)[0]
            for member in members
            if status in member
        ]

    @property
    def token(self) -> str:
        return re.findall("<D:sync-token>(.*?)</D:sync-token>", self.text)[-1]

    @property
    def tag(self) -> str:
        return str(self.headers["ETag"])


class Client:
    """Plain requests to one stand-in."""

    def __init__(self, running: Running, session: aiohttp.ClientSession) -> None:
        self.running, self.server, self._session = running, running.server, session

    async def ask(
        self, method: str, name: str = "", body: bytes | str = "", **headers: str
    ) -> Answer:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        url = f"{self.running.calendar_url}{name}"
        async with self._session.request(
            method, url, data=body, headers=named, allow_redirects=False
        ) as answer:
            return Answer(status=answer.status, headers=answer.headers, text=await answer.text())

    async def put(self, number: int, revision: int = 0, **headers: str) -> Answer:
        text = event_text(number, first_day=DAY, revision=revision)
        return await self.ask("PUT", name_of(number), text, **headers)

    async def sync(self, token: str = "", limit: int | None = None) -> Answer:
        most = f"<D:limit><D:nresults>{limit}</D:nresults></D:limit>" if limit else ""
        body = (
            f'<D:sync-collection xmlns:D="DAV:"><D:sync-token>{token}</D:sync-token>'
            f"<D:sync-level>1</D:sync-level>{most}<D:prop><D:getetag/></D:prop></D:sync-collection>"
        )
        return await self.ask("REPORT", body=body)


@asynccontextmanager
async def plain_client() -> AsyncIterator[Client]:
    """A client of a fresh stand-in."""
    login = aiohttp.encode_basic_auth("anna", "a-password-of-tests")
    headers = {"Authorization": login}
    async with stand_in() as running, aiohttp.ClientSession(headers=headers) as session:
        yield Client(running, session)
