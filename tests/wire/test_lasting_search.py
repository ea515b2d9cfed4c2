"""A calendar server that makes somebody wait: the page says so, and comes back, without script."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

import pytest
from lxml import html

from server.app import build_app
from server.config import Settings
from server.long_work import Asked, LongWork, Outcome
from server.routes.keys import LONG_WORK
from server.usecases.context import Parts
from tests.house_of_people import House
from tests.stand_in_caldav import stand_in
from tests.visitor import Seen, Visitor
from tests.wire.odd_servers import hang, odd_server, status

pytestmark = pytest.mark.wire
USER, PASSWORD = "anna", "a-password-of-tests"


@pytest.fixture
def sqlite_parts(sqlite_parts: Parts) -> Parts:
    return Parts(
        settings=Settings(
            data_dir=sqlite_parts.settings.data_dir,
            listen_port=0,
            organisation_phone="+31201234567",
            allow_private_hosts=("127.0.0.1",),
        ),
        database=sqlite_parts.database,
        secret=sqlite_parts.secret,
        now=sqlite_parts.now,
    )


class HeldWork(LongWork):
    """Begins with nothing before somebody looks whether it is done."""

    def __init__(self) -> None:
        super().__init__(patience=0)
        self._asked_for = asyncio.Event()

    async def do(self, asked: Asked, begin: Callable[[], Coroutine[Any, Any, str]]) -> str:
        async def held() -> str:
            await self._asked_for.wait()
            return await begin()

        self._asked_for.clear()
        return await super().do(asked, held)

    async def look(self, person: UUID, at: str, *, wait: bool, take: bool) -> Outcome | bool:
        if wait:
            self._asked_for.set()
        return await super().look(person, at, wait=wait, take=take)


@pytest.fixture
async def hurried(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    """Is shown at once what goes on, and looks again only when told to."""
    app = build_app(sqlite_parts)
    app[LONG_WORK] = HeldWork()
    return Visitor(await aiohttp_client(app), patient=False)  # type: ignore[operator]  # the fixture is untyped


async def fill(visitor: Visitor, address: str) -> Seen:
    await visitor.open("/calendars/new")
    return await visitor.press(
        "//*[@id='find']", address=address, user_name=USER, password=PASSWORD
    )


async def come_back(visitor: Visitor) -> Seen:
    """Press the button of the page that tells of work until the work has ended."""
    seen = visitor.seen
    assert seen is not None
    while seen.status == 202:
        seen = await visitor.open(str(seen.document.xpath("//a[@id='look-again']/@href")[0]))
    return seen


async def test_search_and_connecting_that_last_are_told_and_come_back(
    hurried: Visitor, sqlite_house: House
) -> None:
    await hurried.sign_in(await sqlite_house.coach())

    async with stand_in() as server:
        told = await fill(hurried, server.calendar_url)
        peeked = await hurried.client.head(told.path)
        found = await come_back(hurried)
        again = await hurried.open(found.path)
        trying = await hurried.press("//*[@id='connect']", role_0="both")
        done = await come_back(hurried)

    assert (told.status, trying.status, again.status) == (202, 202, 200)
    assert peeked.status == 202
    assert told.path == found.path == trying.path
    assert "Wat u invulde, is goed aangekomen" in told.text()
    assert PASSWORD not in html.tostring(told.document).decode()
    assert server.calendar_url in found.text()
    assert done.path == "/calendars"
    assert "De agenda is verbonden" in done.text()


async def test_search_that_lasts_is_told_to_nobody_else(
    hurried: Visitor, sqlite_house: House
) -> None:
    await hurried.sign_in(await sqlite_house.coach())

    async with odd_server(hang) as odd:
        told = await fill(hurried, odd.url)
        hurried.forget()
        await hurried.sign_in(await sqlite_house.coach())
        stranger = await hurried.open(told.path)
        await hurried.client.app[LONG_WORK].stop()

    assert (told.status, stranger.status) == (202, 404)


async def test_failure_that_comes_late_gives_the_form_back_as_it_was_filled_in(
    hurried: Visitor, sqlite_house: House
) -> None:
    await hurried.sign_in(await sqlite_house.coach())

    async with odd_server(status(403)) as odd:
        await fill(hurried, odd.url)
        seen = await come_back(hurried)

    assert (seen.status, seen.problem) == (422, "calendar_no_right")
    assert (seen.value("address"), seen.value("user_name")) == (odd.url, USER)
    assert seen.value("password") == ""
