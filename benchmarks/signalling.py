"""CPU and memory of signalling, beside the smallest aiohttp relay that could do the job.

One call: two sockets open, say where they belong (ours: and that their cameras are live) and hear
that they are in; admission (ours only: the relay has no such thing); offer and answer of 4 kB; ten
candidates each, one by one; both leave. Ours is what the page sends, frame for frame. Server and
load run in processes of their own, one core each; the server tells its own CPU time.

Both get the same work in the same time: calls begin at a fixed rate, well below what either can
take, in turns of one server and the other; the medians of the turns count. Otherwise each would be
measured at its own speed limit, where a server that is waited for finds several frames at once and
one that waits does not. The load process never sleeps: on one machine the sender of a frame pays
for waking whoever it is for, which no server does for a browser.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import resource
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import lru_cache
from multiprocessing.connection import Connection
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import aiohttp
import psutil
import uvloop
from aiohttp import web

from benchmarks.leash import end_together
from coaching.settings import VERSION_1, BlendSettings
from coaching.words import Role
from signaling.connection import Signaling
from signaling.front import TalkSite
from signaling.ice import IceConfig
from signaling.limits import Caps
from signaling.registry import MemoryRegistry
from tests.wire.rig import Kept

ORIGIN = "http://bench.example"
COMMAND = "python -m benchmarks.signalling"
CPU_GOAL = 1.6
MEMORY_GOAL = 2.0
SIGNALING = web.AppKey("signaling", Signaling)
RATE = 200.0  # calls that begin in a second


def relay_app() -> web.Application:
    """The smallest relay that does the job: a dict of room to two sockets.

    The first text names the room (a key in an address would end up in logs); every other text goes
    to the other socket.
    """
    rooms: dict[str, list[web.WebSocketResponse]] = {}

    async def handle(request: web.Request) -> web.WebSocketResponse:
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        name = await ws.receive_str()
        room = rooms.setdefault(name, [])
        room.append(ws)
        await ws.send_str("joined")
        async for message in ws:
            for other in room:
                if other is not ws:
                    await other.send_str(message.data)
        room.remove(ws)
        if not room:
            del rooms[name]
        return ws

    app = web.Application()
    app.router.add_get("/ws", handle)
    return app


class DeskTicket(NamedTuple):
    """What a redeemed ticket stands for (`signaling.desk.Ticket`)."""

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


async def our_app() -> web.Application:
    """The real rim; a ticket is `meeting role`: its desk is not what is measured."""
    ids = {role: uuid4() for role in Role}
    tickets = {
        role.value: DeskTicket(
            meeting=uuid4(),
            role=role,
            person=ids[role],
            name="Anna de Vries",
            device=uuid4(),
            other_person=ids[role.other],
            other_name="Sem Bakker",
        )
        for role in Role
    }
    meeting_of = lru_cache(maxsize=1024)(UUID)

    async def redeem(word: str) -> DeskTicket | None:
        meeting, _, role = word.partition(" ")
        return tickets[role]._replace(meeting=meeting_of(meeting)) if role in tickets else None

    signaling = Signaling(
        registry=MemoryRegistry(),
        redeem_ticket=redeem,
        observer=Kept(),
        seat_key=bytes(32),
        ice=IceConfig(
            stun_urls=("stun:turn.example:3478",),
            turn_urls=("turns:turn.example:443",),
            turn_secret="for the bench",
        ),
        public_origin=ORIGIN,
        clock=lambda: datetime.now(UTC),
        caps=Caps(per_address=10_000),
    )
    await signaling.start()
    app = web.Application()
    app[SIGNALING] = signaling
    app.router.add_get("/ws", signaling.handle)
    return app


def serve(which: str, core: int, pipe: Connection) -> None:
    """The server process: answers `cpu` and `rss` on the pipe, ends on `stop`."""
    _pin(core)

    async def run() -> None:
        app = relay_app() if which == "relay" else await our_app()
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await _site(app, runner).start()
        pipe.send(runner.addresses[0][1])
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(pipe.fileno(), lambda: _answer(pipe, stop))
        await stop.wait()

    uvloop.run(run())


def _site(app: web.Application, runner: web.AppRunner) -> web.BaseSite:
    """Ours listens as in production: sockets of talks are answered before aiohttp."""
    if SIGNALING in app:
        return TalkSite(runner, "127.0.0.1", 0, {"/ws": app[SIGNALING]})
    return web.TCPSite(runner, "127.0.0.1", 0)


def _answer(pipe: Connection, stop: asyncio.Event) -> None:
    match pipe.recv():
        case "cpu":
            used = resource.getrusage(resource.RUSAGE_SELF)
            pipe.send(used.ru_utime + used.ru_stime)
        case "rss":
            pipe.send(psutil.Process().memory_info().rss)
        case "stop":
            stop.set()


def _pin(core: int) -> None:
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[core % len(cores)]})


def description(kind: str) -> str:
    """An offer or answer of about 4 kB, such as Chromium writes."""
    fingerprint = ":".join(f"{n * 7 % 256:02X}" for n in range(32))
    head = "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
    setup = "actpass" if kind == "offer" else "active"
    parts = [head]
    for mid, medium in enumerate(("audio", "video")):
        parts.append(
            f"m={medium} 9 UDP/TLS/RTP/SAVPF 96 97 98 99\r\nc=IN IP4 0.0.0.0\r\n"
            "a=ice-ufrag:Uf3x\r\na=ice-pwd:q0w9e8r7t6y5u4i3o2p1a0s9\r\na=ice-options:trickle\r\n"
            f"a=fingerprint:sha-256 {fingerprint}\r\na=setup:{setup}\r\na=mid:{mid}\r\n"
            "a=sendrecv\r\na=rtcp-mux\r\n"
        )
        parts += [
            f"a=rtcp-fb:{pt} goog-remb\r\na=rtcp-fb:{pt} nack pli\r\n" for pt in range(96, 116)
        ]
        parts += [
            f"a=fmtp:{pt} level-asymmetry-allowed=1;packetization-mode=1\r\n"
            for pt in range(96, 100)
        ]
    return "".join(parts)


def _stringify(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))  # as browsers do


CANDIDATE = {
    "candidate": "candidate:842163049 1 udp 1677729535 203.0.113.9 46154 typ srflx raddr 0.0.0.0"
    " rport 0 generation 0 ufrag Uf3x network-cost 999",
    "sdpMid": "0",
    "sdpMLineIndex": 0,
    "usernameFragment": "Uf3x",
}
FRAMES = {
    kind: _stringify(
        {"type": "description", "epoch": 1, "description": {"type": kind, "sdp": description(kind)}}
    )
    for kind in ("offer", "answer")
}
ICE_FRAME = _stringify({"type": "candidate", "epoch": 1, "candidate": CANDIDATE})

Socket = aiohttp.ClientWebSocketResponse
Opened = tuple[Socket, Socket]


async def open_relay(session: aiohttp.ClientSession, port: int, meeting: str) -> Opened:
    url = f"http://127.0.0.1:{port}/ws"
    opened = await session.ws_connect(url), await session.ws_connect(url)
    for ws in opened:
        await ws.send_str(meeting)
        await ws.receive_str()
    return opened


async def open_ours(session: aiohttp.ClientSession, port: int, meeting: str) -> Opened:
    """Both seated, cameras live, admitted and told to start."""
    url, headers = f"http://127.0.0.1:{port}/ws", {"Origin": ORIGIN}
    candidate = await session.ws_connect(url, headers=headers)
    await candidate.send_str(_stringify(_hello(f"{meeting} candidate")))
    await _until(candidate, "waiting")
    coach = await session.ws_connect(url, headers=headers)
    await coach.send_str(_stringify(_hello(f"{meeting} coach")))
    await _until(coach, "knock")
    return coach, candidate


def _hello(ticket: str) -> dict[str, Any]:
    shown = {"live": True, "verdict": None, "camera": True, "microphone": True}
    return {"type": "hello", "ticket": ticket, **shown}


async def begin_ours(opened: Opened) -> None:
    coach, candidate = opened
    await coach.send_str('{"type":"admit"}')
    await _until(coach, "start")
    await _until(candidate, "start")


async def begin_relay(opened: Opened) -> None:
    del opened


async def _until(ws: Socket, word: str) -> None:
    mark = f'{{"type":"{word}"'
    while not (await ws.receive_str()).startswith(mark):
        pass


async def _count(ws: Socket, kind: str, n: int) -> None:
    while n:
        n -= f'"type":"{kind}"' in (await ws.receive_str()).replace(": ", ":")[:40]


async def negotiate(opened: Opened) -> None:
    """Offer and answer, ten candidates each, both leave."""
    coach, candidate = opened
    await coach.send_str(FRAMES["offer"])
    await _count(candidate, "description", 1)
    await candidate.send_str(FRAMES["answer"])
    await _count(coach, "description", 1)
    for _ in range(10):  # one by one, as browsers find them
        await coach.send_str(ICE_FRAME)
        await _count(candidate, "candidate", 1)
        await candidate.send_str(ICE_FRAME)
        await _count(coach, "candidate", 1)


async def leave_ours(opened: Opened) -> None:
    for ws in opened:
        await ws.send_str('{"type":"leave"}')
        await _until(ws, "ended")
        await ws.close()


async def leave_relay(opened: Opened) -> None:
    first, second = opened
    await first.send_str('{"type":"leave"}')
    await second.receive_str()
    await first.close()
    await second.close()


Steps = tuple[
    Callable[[aiohttp.ClientSession, int, str], Awaitable[Opened]],
    Callable[[Opened], Awaitable[None]],
    Callable[[Opened], Awaitable[None]],
]
STEPS: dict[str, Steps] = {
    "ours": (open_ours, begin_ours, leave_ours),
    "relay": (open_relay, begin_relay, leave_relay),
}


class Server:
    """One server process and how to reach it."""

    def __init__(self, which: str) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, far = context.Pipe()
        self.steps = STEPS[which]
        self._process = context.Process(target=serve, args=(which, 0, far), daemon=True)
        self._process.start()
        self.port = int(self.pipe.recv())

    def ask(self, word: str) -> Any:  # noqa: ANN401 -- a number
        self.pipe.send(word)
        return self.pipe.recv()

    def stop(self) -> None:
        self.pipe.send("stop")
        self._process.join(10)

    async def calls(self, session: aiohttp.ClientSession, n: int, seed: random.Random) -> float:
        """CPU milliseconds a call over `n` calls, `RATE` of which begin in a second."""
        open_, begin, leave = self.steps

        async def call(meeting: str) -> None:
            opened = await open_(session, self.port, meeting)
            await begin(opened)
            await negotiate(opened)
            await leave(opened)

        before, began, running = self.ask("cpu"), time.monotonic(), []
        for number in range(n):
            await asyncio.sleep(max(0.0, began + number / RATE - time.monotonic()))
            meeting = str(UUID(int=seed.getrandbits(128)))
            running.append(asyncio.create_task(call(meeting)))
        await asyncio.gather(*running)
        return float(1000 * (self.ask("cpu") - before) / n)

    async def idle(self, session: aiohttp.ClientSession, n: int, seed: random.Random) -> float:
        """Kilobytes of memory that one idle call costs."""
        open_, begin, _ = self.steps
        before, kept = self.ask("rss"), []
        for _ in range(n):
            opened = await open_(session, self.port, str(UUID(int=seed.getrandbits(128))))
            await begin(opened)
            kept.append(opened)
        cost = float((self.ask("rss") - before) / n / 1024)
        for opened in kept:
            for ws in opened:
                await ws.close()
        return cost


def _stay_awake(loop: asyncio.AbstractEventLoop) -> None:
    loop.call_soon(_stay_awake, loop)


async def measure_cpu(rounds: int, n: int, seed: random.Random) -> tuple[float, float]:
    """Medians of both, in turns, after a warm-up round."""
    servers = {name: Server(name) for name in STEPS}
    found: dict[str, list[float]] = {name: [] for name in STEPS}
    _stay_awake(asyncio.get_running_loop())
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        for turn in range(rounds + 1):
            for name, server in servers.items():
                cost = await server.calls(session, n, seed)
                if turn:
                    found[name].append(cost)
    for server in servers.values():
        server.stop()
    return statistics.median(found["ours"]), statistics.median(found["relay"])


async def measure_memory(n: int, seed: random.Random) -> tuple[float, float]:
    """Each in a fresh process, after a few calls so that code and pools are there."""
    found = {}
    for name in STEPS:
        server = Server(name)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            await server.calls(session, 20, seed)
            found[name] = await server.idle(session, n, seed)
        server.stop()
    return found["ours"], found["relay"]


def figures(
    *, seed: int = 1, rounds: int = 7, calls: int = 150, idle: int = 400, small: bool = False
) -> list[dict[str, Any]]:
    """Both figures, ours beside the relay; `small` for a quick look."""
    if small:
        rounds, calls, idle = 3, 50, 100
    _pin(1)
    numbers = random.Random(seed)  # noqa: S311 -- a seed that can be repeated
    began = time.monotonic()
    cpu = uvloop.run(measure_cpu(rounds, calls, numbers))
    cpu_seconds, began = time.monotonic() - began, time.monotonic()
    memory = uvloop.run(measure_memory(idle, numbers))
    return [
        {
            **_beside("signalling CPU per call", "ms", cpu, CPU_GOAL),
            "seed": seed,
            "n": rounds * calls,
            "seconds": round(cpu_seconds, 1),
        },
        {
            **_beside("signalling memory per idle call", "kB", memory, MEMORY_GOAL),
            "seed": seed,
            "n": idle,
            "seconds": round(time.monotonic() - began, 1),
        },
    ]


def _beside(name: str, unit: str, pair: tuple[float, float], goal: float) -> dict[str, Any]:
    ours, beside = pair
    return {
        "figure": name,
        "unit": unit,
        "ours": round(ours, 3),
        "beside": "smallest aiohttp relay",
        "beside_value": round(beside, 3),
        "ratio": round(ours / beside, 2),
        "goal": f"at most {goal} x",
        "holds": ours <= goal * beside,
        "command": COMMAND,
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--calls", type=int, default=150)
    given = options.parse_args()
    for figure in figures(seed=given.seed, rounds=given.rounds, calls=given.calls):
        print(json.dumps(figure))


if __name__ == "__main__":
    end_together()
    main()
