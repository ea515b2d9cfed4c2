"""A small real server with a ticket desk of its own, and a page that speaks the protocol."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import aiohttp
from aiohttp import web

from coaching.settings import VERSION_1, BlendSettings
from coaching.words import Role
from signaling.connection import Signaling
from signaling.front import TalkSite
from signaling.ice import IceConfig
from signaling.messages import Cause, Quality
from signaling.registry import MemoryRegistry, SeatRegistry
from signaling.room_events import JointTime

ORIGIN = "https://tweespraak.example"
KEY = bytes(range(32))
PATIENCE = 180  # seconds for what must come, also on a machine that is busy
ICE = IceConfig(
    stun_urls=("stun:turn.example:3478",),
    turn_urls=("turns:turn.example:443",),
    turn_secret="made up for tests",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    meeting: UUID
    role: Role
    person: UUID
    name: str
    device: UUID
    other_person: UUID
    other_name: str
    candidate_phone: str = "+31612345678"
    relay_only: bool = False
    camera_waiver: bool = False
    settings: BlendSettings = VERSION_1


@dataclass
class Kept:
    """The observer: what a talk left behind."""

    joint: list[tuple[UUID, int, bool]] = field(default_factory=list)
    thirds: list[UUID] = field(default_factory=list)
    troubles: list[tuple[UUID, Role, Cause | None]] = field(default_factory=list)
    qualities: list[tuple[UUID, Role, Quality]] = field(default_factory=list)

    async def joint_time(self, meeting: UUID, joint: JointTime) -> None:
        self.joint.append((meeting, joint.seconds, joint.over))

    async def third_refused(self, meeting: UUID) -> None:
        self.thirds.append(meeting)

    async def trouble(self, meeting: UUID, role: Role, cause: Cause | None) -> None:
        self.troubles.append((meeting, role, cause))

    async def quality(self, meeting: UUID, role: Role, quality: Quality) -> None:
        self.qualities.append((meeting, role, quality))


class Desk:
    """Single-use tickets, as the server's use case gives them."""

    def __init__(self) -> None:
        self.tickets: dict[str, Ticket] = {}

    async def redeem(self, ticket: str) -> Ticket | None:
        return self.tickets.pop(ticket, None)

    def issue(self, ticket: Ticket) -> str:
        word = uuid4().hex
        self.tickets[word] = ticket
        return word


@dataclass
class People:
    """The two of one meeting, and as many strangers as a test wants."""

    meeting: UUID = field(default_factory=uuid4)
    coach: UUID = field(default_factory=uuid4)
    candidate: UUID = field(default_factory=uuid4)

    hidden: frozenset[Role] = frozenset()  # whose address the other must not learn

    def ticket(self, role: Role, device: UUID, person: UUID | None = None) -> Ticket:
        ids = {Role.COACH: self.coach, Role.CANDIDATE: self.candidate}
        names = {Role.COACH: "Anna de Vries", Role.CANDIDATE: "Sem Bakker"}
        return Ticket(
            meeting=self.meeting,
            role=role,
            person=person or ids[role],
            name=names[role],
            device=device,
            other_person=ids[role.other],
            other_name=names[role.other],
            relay_only=role in self.hidden,
        )


class Page:
    """One browser page: a socket and what it heard so far."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket
        self.heard: list[dict[str, Any]] = []
        self.token = ""

    async def say(self, type_: str, **fields: object) -> None:
        await self.socket.send_str(json.dumps({"type": type_, **fields}))

    async def hear(self, *types: str) -> dict[str, Any]:
        """The next message of one of these types; others are kept in `heard`."""
        async with asyncio.timeout(PATIENCE):
            while True:
                frame = await self.socket.receive()
                assert frame.type is aiohttp.WSMsgType.TEXT, (frame, self.heard, types)
                message = json.loads(frame.data)
                self.heard.append(message)
                self.token = message.get("seat_token", self.token)
                if message["type"] in types:
                    return message

    async def closed(self) -> int:
        """The code that the server closes with; messages before it are kept in `heard`."""
        async with asyncio.timeout(PATIENCE):
            while True:
                frame = await self.socket.receive()
                if frame.type is aiohttp.WSMsgType.CLOSE:
                    return int(frame.data)
                if frame.type is not aiohttp.WSMsgType.TEXT:
                    return self.socket.close_code or 0
                self.heard.append(json.loads(frame.data))

    async def until_pong(self, n: int = 1) -> list[str]:
        """Everything heard until the answer to a ping: proof that nothing else is coming."""
        before = len(self.heard)
        await self.say("ping", n=n)
        while (await self.hear("pong"))["n"] != n:
            pass
        return [message["type"] for message in self.heard[before:-1]]


class Rig:
    """A running server and a client; can be stopped and started on the same registry.

    `long_way`: sockets come through aiohttp, as those of a connection that a proxy used before.
    """

    def __init__(
        self, registry: SeatRegistry, session: aiohttp.ClientSession, *, long_way: bool = False
    ) -> None:
        self.long_way = long_way
        self.registry = registry
        self.session = session
        self.desk = Desk()
        self.kept = Kept()
        self.port = 0

    async def start(self, **settings: Any) -> None:  # noqa: ANN401 -- passed on
        self.signaling = Signaling(
            registry=self.registry,
            redeem_ticket=self.desk.redeem,
            observer=self.kept,
            seat_key=KEY,
            ice=ICE,
            public_origin=ORIGIN,
            clock=settings.pop("clock", lambda: datetime.now(UTC)),
            **settings,
        )
        await self.signaling.start()
        app = web.Application()
        app.router.add_get("/ws", self.signaling.handle)
        self.runner = web.AppRunner(app, access_log=None)
        await self.runner.setup()
        await self._site().start()
        self.port = self.runner.addresses[0][1]

    def _site(self) -> web.BaseSite:
        if self.long_way:
            return web.TCPSite(self.runner, "127.0.0.1", self.port)
        return TalkSite(self.runner, "127.0.0.1", self.port, {"/ws": self.signaling})

    async def stop(self) -> None:
        await self.signaling.close()
        await self.runner.cleanup()

    async def open(self, **headers: str) -> Page:
        socket = await self.session.ws_connect(
            f"http://127.0.0.1:{self.port}/ws", headers={"Origin": ORIGIN, **headers}
        )
        return Page(socket)

    async def knock(self, ticket: Ticket) -> Page:
        """A page that said hello; what it hears is up to the test."""
        page = await self.open()
        await page.say("hello", ticket=self.desk.issue(ticket))
        return page

    async def sit(self, people: People, role: Role, device: UUID | None = None) -> Page:
        page = await self.knock(people.ticket(role, device or uuid4()))
        await page.hear("welcome")
        return page

    async def resume(self, token: str, epoch: int) -> Page:
        page = await self.open()
        await page.say("resume", seat_token=token, epoch=epoch)
        return page

    async def talk(
        self, people: People, devices: tuple[UUID, UUID] | None = None
    ) -> tuple[Page, Page]:
        """Coach and candidate, admitted, both told to start epoch 1."""
        first, second = devices or (uuid4(), uuid4())
        candidate = await self.sit(people, Role.CANDIDATE, second)
        await candidate.say("camera", live=True, verdict=None)
        coach = await self.sit(people, Role.COACH, first)
        await coach.say("camera", live=True, verdict=None)
        while not (await coach.hear("knock"))["camera"]:
            pass
        await coach.say("admit")
        await coach.hear("start")
        await candidate.hear("start")
        return coach, candidate


@asynccontextmanager
async def running(
    registry: SeatRegistry | None = None,
    *,
    long_way: bool = False,
    **settings: Any,  # noqa: ANN401 -- passed on
) -> AsyncIterator[Rig]:
    async with aiohttp.ClientSession() as session:
        rig = Rig(registry or MemoryRegistry(), session, long_way=long_way)
        await rig.start(**settings)
        try:
            yield rig
        finally:
            await session.close()  # first, so that the server need not wait for answers
            await rig.stop()
