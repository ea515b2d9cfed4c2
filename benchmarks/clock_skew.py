"""Web processes whose clocks are wrong: nobody is let in at a wrong time, no talk ends early.

python -m benchmarks.clock_skew [--small]

Two web processes of one installation (PostgreSQL, Redis) see another time than the database: ten
minutes ahead and behind, then jumps of an hour there and back, then a smeared leap second. They
are told so by the C library itself (`wrong_clock`). What is
right is known by the database's clock: how far a talk is from its start, how old a ticket is.
"""

import argparse
import asyncio
import contextlib
import json
import re
import tempfile
import time as clock
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg
from lxml import html

from benchmarks.installation import SESSION_COOKIE, Running, running_installation
from benchmarks.leash import end_together
from benchmarks.wrong_clock import WrongClock, compiled_shim
from coaching.words import Role
from server.demo.installation import await_health, free_port, running_part
from tests.servers import redis_server
from tests.wire.rig import Page

COMMAND = "python -m benchmarks.clock_skew"
MINUTE, HOUR = 60.0, 3600.0
SKEWS = (  # seconds that the one and the other process are ahead of the database
    ("ten minutes apart, ahead and behind", (10 * MINUTE, -10 * MINUTE)),
    ("ten minutes apart, behind and ahead", (-10 * MINUTE, 10 * MINUTE)),
    ("one jumped an hour ahead", (HOUR, 0.0)),
    ("one jumped an hour back", (-HOUR, 0.0)),
    ("a leap second that is smeared", (0.7, -0.3)),
)
EARLY, LATE = 30 * MINUTE, 60 * MINUTE  # before the start and after the end a link opens
LEEWAY = 60.0
LENGTH = 45 * MINUTE
NEAR = (61.0, 90.0, 300.0, 590.0)  # seconds from an edge, on both sides of it
TICKET_AGES = ((0.0, True), (25.0, True), (95.0, False), (600.0, False))
AWAY = 7.0  # seconds that a page is away: both processes look at their rooms meanwhile
RETURNS, SMALL_RETURNS = 4, 2


@dataclass(slots=True)
class Tally:
    """What came of it; `wrong` by what was asked and under which clocks."""

    admissions: int = 0
    returns: int = 0
    wrong: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Person:
    """Somebody's browser; what their page asks goes to the process of its choice."""

    role: Role
    http: aiohttp.ClientSession
    origin: str
    meeting: str
    csrf: str = ""

    async def read(self, url: str) -> None:
        """Open the page of the talk, which carries what its questions need."""
        way = f"{url}/talk/{self.meeting}" + ("?as=coach" if self.role is Role.COACH else "")
        async with self.http.get(way) as answer:
            found = html.document_fromstring(await answer.text()).xpath("//*[@id='call-facts']")
            assert found, f"no page of the talk (status {answer.status})"
            facts = json.loads(found[0].text)
        assert facts["role"] == self.role
        self.csrf = facts["csrf"]

    async def ticket(self, url: str) -> str:
        """A ticket, or nothing."""
        async with self.http.post(
            f"{url}/api/ticket",
            json={"meeting": self.meeting, "role": self.role},
            headers={"X-CSRF": self.csrf, "Origin": self.origin},
        ) as answer:
            return str((await answer.json())["ticket"]) if answer.status == 200 else ""

    async def socket(self, url: str) -> Page:
        """A socket that has said nothing yet."""
        return Page(await self.http.ws_connect(f"{url}/ws", headers={"Origin": self.origin}))

    async def come(self, url: str, ticket: str) -> Page | None:
        """Say hello with `ticket`; None when it was refused."""
        page = await self.socket(url)
        await page.say("hello", ticket=ticket)
        frame = await page.socket.receive()
        if frame.type is not aiohttp.WSMsgType.TEXT:
            return None
        welcome = json.loads(frame.data)
        page.token = welcome.get("seat_token", "")
        return page if welcome["type"] in ("welcome", "second_device") else None


def figures(*, small: bool = False) -> list[dict[str, Any]]:
    """Wrong admissions, and talks that lost a seat that was theirs."""
    began = clock.monotonic()
    with redis_server() as redis, _wrong_house(redis) as (house, urls, clocks):
        tally = asyncio.run(_look(house, urls, clocks, SMALL_RETURNS if small else RETURNS))
    print(*tally.wrong, *tally.ended, dict(tally.answers), sep="\n")
    shared = {
        "beside": "the database's clock",
        "beside_value": 0,
        "ratio": None,
        "goal": "0",
        "command": COMMAND,
        "seed": None,
        "seconds": round(clock.monotonic() - began, 1),
    }
    return [
        {
            "figure": "admissions more than 60 s out of time, clocks 10 min and an hour wrong",
            "unit": "admissions",
            "ours": len(tally.wrong),
            "holds": not tally.wrong and tally.admissions > 0,
            "n": tally.admissions,
            **shared,
        },
        {
            "figure": "seats of live talks given up early, clocks 10 min and an hour wrong",
            "unit": "seats",
            "ours": len(tally.ended),
            "holds": not tally.ended and tally.returns > 0,
            "n": tally.returns,
            **shared,
        },
    ]


@contextlib.contextmanager
def _wrong_house(redis: str) -> Iterator[tuple[Running, tuple[str, ...], tuple[WrongClock, ...]]]:
    """An installation with two more web processes, each with a clock of its own."""
    with (
        running_installation("postgresql", redis_url=redis) as house,
        tempfile.TemporaryDirectory(prefix="tweespraak-clocks-") as name,
        contextlib.ExitStack() as stack,
    ):
        folder = Path(name)
        shim = compiled_shim(folder)
        clocks = tuple(WrongClock(folder, shim, one) for one in ("one", "other"))
        urls = []
        for number, wrong in enumerate(clocks):
            wrong.be_ahead(SKEWS[0][1][number])  # from its start
            port = free_port()
            env = {**house.env, **wrong.env, "TWEESPRAAK_LISTEN_PORT": str(port)}
            entry = (f"web {number}", "server.cli:main", "web")
            part = stack.enter_context(running_part(*entry, folder=folder, env=env))
            await_health(part, port)
            urls.append(f"http://localhost:{port}")
        yield house, tuple(urls), clocks


async def _look(
    house: Running, urls: tuple[str, ...], clocks: tuple[WrongClock, ...], returns: int
) -> Tally:
    base = await asyncpg.connect(house.settings.database_url)
    scene = Scene(house=house, base=base, urls=urls)
    try:
        await scene.clear()
        await scene.begin(-MINUTE)
        async with _people(house) as both:
            for name, skews in SKEWS:
                scene.name = name
                for wrong, seconds in zip(clocks, skews, strict=True):
                    wrong.be_ahead(seconds)
                await scene.gates(both[1])
                await scene.tickets(both[1])
                await scene.talk(both, returns)
    finally:
        await base.close()
    return scene.tally


@dataclass(slots=True)
class Scene:
    """The talk of one coach and one candidate, at any distance from its start."""

    house: Running
    base: "asyncpg.Connection[Any]"
    urls: tuple[str, ...]
    name: str = ""  # how the clocks are wrong now
    tally: Tally = field(default_factory=Tally)

    async def clear(self) -> None:
        """Call off what else the two have to come: this talk is put at any time."""
        await self.base.execute(
            "UPDATE meeting SET status = 'cancelled' WHERE id <> $1 AND status = 'planned'",
            self.house.meeting,
        )

    async def begin(self, ahead: float) -> None:
        """Let the talk begin so many seconds from now, by the database's clock."""
        await self.base.execute(
            "UPDATE meeting SET status = 'planned', decided_at = NULL, "
            "starts_at = clock_timestamp() + make_interval(secs => $2::float), "
            "ends_at = clock_timestamp() + make_interval(secs => $2::float + $3::float) "
            "WHERE id = $1",
            self.house.meeting,
            ahead,
            LENGTH,
        )

    async def gates(self, candidate: Person) -> None:
        """Around both edges of the time in which the talk may be entered."""
        for near in (one for distance in NEAR for one in (distance, -distance)):
            for ahead, inside in ((EARLY + near, near < 0), (near - LENGTH - LATE, near > 0)):
                for url in self.urls:
                    await self.begin(ahead)
                    ticket = await candidate.ticket(url)
                    said = "let in" if ticket else "kept out"
                    self._count(
                        said, f"{said}, {ahead:.0f} s before the start", bool(ticket) is inside
                    )

    async def tickets(self, candidate: Person) -> None:
        """A ticket that the one process gave, shown to the other at an age."""
        await self.begin(-MINUTE)
        for giver, taker in (self.urls, self.urls[::-1]):
            for age, good in TICKET_AGES:
                ticket = await candidate.ticket(giver)
                await self.base.execute(
                    "UPDATE ticket SET expires_at = expires_at - make_interval(secs => $1::float)",
                    age,
                )
                page = await candidate.come(taker, ticket)
                said = "taken" if page else "refused"
                self._count(said, f"a ticket {age:.0f} s old was {said}", bool(page) is good)
                if page:
                    await page.say("leave")
                    await page.closed()

    async def talk(self, both: tuple[Person, Person], returns: int) -> None:
        """A talk over both processes; each page in turn loses its socket and comes back."""
        pages = await self._begun(both)
        for number in range(returns if pages else 0):
            who = number % 2
            await pages[who].socket.close()
            await asyncio.sleep(AWAY)  # what would give its seat up is the passing of time itself
            back = await both[who].socket(self.urls[(number + 1) % 2])
            await back.say("resume", seat_token=pages[who].token, epoch=1)
            self.tally.returns += 1
            frame = await back.socket.receive()
            welcome = json.loads(frame.data) if frame.type is aiohttp.WSMsgType.TEXT else {}
            if welcome.get("type") != "welcome" or not welcome["admitted"]:
                said = f"the seat of the {both[who].role} was gone: {welcome or frame.data}"
                self.tally.ended.append(f"{self.name}: {said}")
                return
            back.token = welcome["seat_token"]
            pages[who] = back
        for page in pages:
            await page.say("leave")
            await page.closed()

    async def _begun(self, both: tuple[Person, Person]) -> list[Page]:
        """Both pages in the talk; none when they were kept out."""
        await self.begin(-MINUTE)
        pages = []
        for person, url in zip(both, self.urls, strict=True):
            page = await person.come(url, await person.ticket(url))
            if page is None:
                self.tally.wrong.append(f"{self.name}: the {person.role} was kept out of the talk")
                return []
            await page.say("camera", live=True, verdict=None)
            await page.until_pong()
            pages.append(page)
        await pages[0].say("admit")
        await asyncio.gather(*(page.hear("start") for page in pages))
        return pages

    def _count(self, answer: str, told: str, right: bool) -> None:  # noqa: FBT001 -- one of three
        self.tally.admissions += 1
        self.tally.answers[answer] += 1
        if not right:
            self.tally.wrong.append(f"{self.name}: {told}")


@contextlib.asynccontextmanager
async def _people(house: Running) -> AsyncIterator[tuple[Person, Person]]:
    """Both, signed in while the talk is on."""
    jar = aiohttp.CookieJar(unsafe=True)
    cookie = {"Cookie": f"{SESSION_COOKIE}={house.coach_session}"}
    async with (
        aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), headers=cookie) as first,
        aiohttp.ClientSession(cookie_jar=jar) as second,
    ):
        origin, meeting = house.base_url, str(house.meeting)
        coach = Person(role=Role.COACH, http=first, origin=origin, meeting=meeting)
        candidate = Person(role=Role.CANDIDATE, http=second, origin=origin, meeting=meeting)
        await _by_link(candidate, house.candidate_url)
        for one in (coach, candidate):
            await one.read(origin)
        yield coach, candidate


async def _by_link(candidate: Person, link: str) -> None:
    """Open the link of the mail and press its button."""
    async with candidate.http.get(link) as answer:
        found = re.search(r'name="csrf" value="([^"]+)"', await answer.text())
    assert found, "the link shows no button"
    async with candidate.http.post(
        link, data={"csrf": found[1]}, headers={"Origin": candidate.origin}
    ) as answer:
        assert answer.status == 200, answer.status


if __name__ == "__main__":
    end_together()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    print(json.dumps(figures(small=parser.parse_args().small), indent=1))
