"""The practice process and the web process together: passes, tickets, the queue, what is kept."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import aiohttp
import pytest
from aiohttp import web

from coaching.words import Language, Role
from server.app import build_app
from server.config import Settings
from server.demo.installation import free_port
from server.practice import _socket_folder, run_practice
from server.practice_calling import _desks, result_of, socket_folder
from server.practice_desk import PRACTICE, PracticeDesk, practice_pass
from server.usecases.context import Parts
from tests.wire.practice_rig import Practiser
from tests.wire.rig import Page

pytestmark = pytest.mark.wire


@dataclass
class Site:
    """A web process on a port, and what it kept."""

    parts: Parts
    http: aiohttp.ClientSession
    desk: PracticeDesk
    kept: list[tuple[UUID, dict[str, object]]] = field(default_factory=list)
    csrf: str = ""

    def a_pass(self, session: UUID, **more: object) -> str:
        given = {"device": uuid4(), "name": "Sem", "language": Language.NL, "now": self.parts.now()}
        return practice_pass(self.parts, session=session, **{**given, **more})  # type: ignore[arg-type]  # passed on

    async def ask(self, shown: str) -> tuple[int, dict[str, object]]:
        url = f"{self.parts.settings.public_url}/api/practice/ticket"
        headers = {"X-CSRF": self.csrf, "Origin": self.parts.settings.public_url}
        async with self.http.post(url, json={"pass": shown}, headers=headers) as answer:
            return answer.status, await answer.json()

    async def sit(self, ticket: str) -> Practiser:
        url = self.parts.settings.public_url
        page = Page(await self.http.ws_connect(f"{url}/ws/practice", headers={"Origin": url}))
        shown = {"live": True, "verdict": None, "camera": True, "microphone": True}
        await page.say("hello", ticket=ticket, **shown)
        return Practiser(page)


@asynccontextmanager
async def site(parts: Parts, **settings: object) -> AsyncIterator[Site]:
    port = free_port()
    own = replace(
        parts.settings, public_url=f"http://127.0.0.1:{port}", listen_port=port, **settings
    )
    parts = replace(parts, settings=own, now=lambda: datetime.now(UTC))
    app = build_app(parts)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        found = Site(parts, http, app[PRACTICE])

        async def keep(
            parts: Parts, practice: UUID, measured: dict[str, object], *, now: datetime
        ) -> None:
            assert now.tzinfo
            found.kept.append((practice, measured))

        app[PRACTICE].keep = keep
        async with http.get(own.public_url) as answer:
            found.csrf = answer.cookies["tsx"].value
        yield found
    await runner.cleanup()


@asynccontextmanager
async def practice_process(found: Site) -> AsyncIterator[asyncio.Event]:
    stop = asyncio.Event()
    running = asyncio.create_task(run_practice(found.parts.settings, stop, admit_seconds=0))
    folder = found.parts.settings.data_dir / "practice"
    while not list(folder.glob("*.sock")):
        assert not running.done(), running
        await asyncio.sleep(0.01)  # a socket tells that it is there only by being there
    try:
        yield stop
    finally:
        stop.set()
        await running


async def test_pass_opens_a_talk_with_the_guide_and_its_result_is_kept(sqlite_parts: Parts) -> None:
    session = uuid4()
    async with site(sqlite_parts, practice_drain_minutes=0) as found, practice_process(found):
        status, answer = await found.ask(found.a_pass(session))
        assert (status, answer["role"], answer["session"]) == (200, "candidate", str(session))
        page = await found.sit(str(answer["ticket"]))
        welcome = await page.page.hear("welcome")
        await page.begin()
        await page.sees()
        await page.hears("hello")  # the channel may come later than the picture
        page.ask(done=True)
        await page.hears("measured")
        await page.page.say("leave")
        await page.page.closed()
        await page.close()

    assert welcome["other"]["name"] == "Gids"
    assert found.kept
    assert found.kept[-1][0] == session
    assert {"score", "causes", "seconds", "done", "measured"} <= found.kept[-1][1].keys()


async def test_one_more_than_fits_waits_and_comes_in_when_somebody_left(
    sqlite_parts: Parts,
) -> None:
    async with site(  # noqa: SIM117 -- the second needs the first
        sqlite_parts, practice_calls=1, practice_drain_minutes=0
    ) as found:
        async with practice_process(found):
            first, second, third = (found.a_pass(uuid4()) for _ in range(3))
            _, inside = await found.ask(first)
            full = [await found.ask(one) for one in (second, third, second)]
            assert [(s, a["code"], a["position"]) for s, a in full] == [
                (409, "practice_full", 1),
                (409, "practice_full", 2),
                (409, "practice_full", 1),
            ]
            assert (await found.ask(first))[0] == 200  # who is in stays in
            page = await found.sit(str(inside["ticket"]))
            await page.page.hear("peer", "welcome")
            await page.page.say("leave")
            await page.page.closed()
            while (await found.ask(second))[0] != 200:  # noqa: ASYNC110 -- asking is all there is
                await asyncio.sleep(0.05)  # the page asks again too
            assert (await found.ask(third))[1]["position"] == 1


async def test_twenty_beyond_the_places_stand_in_a_friendly_line_in_the_order_they_came(
    sqlite_parts: Parts,
) -> None:
    async with site(  # noqa: SIM117 -- the second needs the first
        sqlite_parts, practice_calls=1, practice_drain_minutes=0
    ) as found:
        async with practice_process(found):
            assert (await found.ask(found.a_pass(uuid4())))[0] == 200
            waits = [await found.ask(found.a_pass(uuid4())) for _ in range(20)]

    assert [answer["position"] for _, answer in waits] == list(range(1, 21))
    assert {(status, answer["text"]) for status, answer in waits} == {
        (409, "Er oefenen nu veel mensen, u bent zo aan de beurt.")
    }


async def test_pass_that_is_changed_old_or_of_nobody_is_refused(sqlite_parts: Parts) -> None:
    async with site(sqlite_parts) as found:
        good = found.a_pass(uuid4())
        old = found.a_pass(uuid4(), now=datetime(2020, 1, 1, tzinfo=UTC))
        shown = (good[:-1] + ("A" if good[-1] != "A" else "B"), "", "a.b", "é", old, good[1:])

        answers = [await found.ask(one) for one in shown]
        closed = await found.ask(good)

    assert {(status, answer["code"]) for status, answer in answers} <= {
        (409, "practice_old"),
        (400, "form_bad"),
    }
    assert (closed[0], closed[1]["code"]) == (409, "practice_closed")


async def test_ticket_of_practice_is_spent_once(sqlite_parts: Parts) -> None:
    async with site(sqlite_parts, practice_drain_minutes=0) as found, practice_process(found):
        _, answer = await found.ask(found.a_pass(uuid4()))
        page = await found.sit(str(answer["ticket"]))
        await page.page.hear("welcome")

        again = await found.sit(str(answer["ticket"]))

        assert await again.page.closed() == 4401


async def test_stopping_process_takes_nobody_in_and_ends_when_its_talks_end(
    sqlite_parts: Parts,
) -> None:
    async with site(  # noqa: SIM117 -- the second needs the first
        sqlite_parts, practice_drain_minutes=5
    ) as found:
        async with practice_process(found) as stop:
            _, answer = await found.ask(found.a_pass(uuid4()))
            page = await found.sit(str(answer["ticket"]))
            await page.begin()
            await page.sees()
            stop.set()
            await page.hears("ending")
            assert (await found.ask(found.a_pass(uuid4())))[1]["code"] == "practice_closed"
            await page.sees()
            await page.page.say("leave")
            await page.page.closed()
            await page.close()


async def test_public_page_brings_few_new_people_a_minute_from_one_address(
    sqlite_parts: Parts,
) -> None:
    async with site(sqlite_parts) as found:
        strangers = [found.a_pass(uuid4(), stranger=True) for _ in range(4)]
        codes = [(await found.ask(one))[1]["code"] for one in (*strangers, strangers[0])]
        known = (await found.ask(found.a_pass(uuid4())))[1]["code"]

    closed = "practice_closed"  # they came through, and no guide is there
    assert codes == [closed, closed, closed, "practice_full", closed]
    assert known == closed


async def test_ticket_in_another_spelling_is_spent_too(sqlite_parts: Parts) -> None:
    async with site(sqlite_parts) as found:
        desk, waiver = found.desk, False
        signed = desk._ticket(
            str(uuid4()), "Sem", "nl", waiver, Role.CANDIDATE, str(uuid4()), now=found.parts.now()
        )
        text, mac = signed.split(".")

        assert await desk._redeem(signed) is not None
        assert await desk._redeem(f"{text}==.{mac}") is None
        assert await desk._redeem(f"{text[:5]} {text[5:]}.{mac}") is None


@asynccontextmanager
async def answering(**result: object) -> AsyncIterator[str]:
    """A practice process that knows one result."""

    async def answer(_: web.Request) -> web.Response:
        return web.json_response(result)

    app = web.Application()
    app.add_routes([web.get("/result/{session}", answer)])
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


async def test_of_several_results_the_newest_counts() -> None:
    async with (
        answering(seconds=900, running=False, ago=300.0) as long,
        answering(seconds=40, running=False, ago=20.0) as newer,
        answering(seconds=3, running=True, ago=0.0) as going_on,
    ):
        three = Settings(practice_urls=(long, newer, going_on), practice_secret="x")
        assert await result_of(three, uuid4()) == {"seconds": 3}
        two = replace(three, practice_urls=(long, newer))
        assert await result_of(two, uuid4()) == {"seconds": 40}


async def test_sockets_of_the_dead_are_removed_and_of_the_living_kept(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    folder = _socket_folder(settings)
    dead, living = folder / "dead.sock", folder / "living.sock"
    with socket.socket(socket.AF_UNIX) as one, socket.socket(socket.AF_UNIX) as other:
        one.bind(str(dead))
        other.bind(str(living))
        other.listen()
        _socket_folder(settings)

        assert sorted(folder.iterdir()) == [living]


async def test_folder_that_is_a_link_is_used_by_nobody(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "trap.sock").touch()
    socket_folder(tmp_path).symlink_to(tmp_path / "elsewhere")

    with pytest.raises(PermissionError):
        _socket_folder(settings)
    assert _desks(settings) == ()
