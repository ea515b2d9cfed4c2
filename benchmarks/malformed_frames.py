"""A hundred thousand malformed signalling frames of twelve kinds, beside a healthy talk.

The signalling of `signaling/` runs in a process of its own. Half of the frames come at the door,
half from the seat of a talk, over raw sockets: what breaks a WebSocket ends its socket, so that is
one connection a frame. A frame counts once the server answered what came behind it or ended the
socket. Wrong is: a process that ended, an error in its log, a close with 1011 ("our fault"), no
answer, or a seat that could not be had. Meanwhile two people in a talk send each other candidates
and pings; every one has to arrive, in order, on the socket that they began with.
"""

import argparse
import asyncio
import json
import logging
import multiprocessing
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any
from uuid import UUID

import aiohttp
import psutil
from aiohttp import web

from benchmarks.leash import end_together
from benchmarks.signalling import ICE_FRAME, ORIGIN, begin_ours, open_ours, our_app
from tests.wire.hostile_frames import KINDS, MOST_FROM_A_SEAT, Toll, attack

COMMAND = "python -m benchmarks.malformed_frames"
FRAMES, SMALL_FRAMES = 100_000, 2_400
AT_THE_DOOR, FROM_SEATS = 20, 12  # sockets at a time; each of the latter has a talk of its own
PAUSE_SECONDS = 0.25  # between two rounds of the healthy talk
SEEN_EVERY = 20  # rounds; whoever is not seen for half a minute hears of it
_SEEN = {"type": "attest", "seen": True, "reason": None, "frames": 50}
MOST_SECONDS = 2.0  # that one of its frames may take
PATIENCE_SECONDS = 30.0
_TOLD = 5  # errors that are printed: enough to see what it is


class _Errors(logging.Handler):
    """Counts what the server calls an error, and tells the first few."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1
        if self.count <= _TOLD:
            print("server:", self.format(record), flush=True)


def serve(pipe: Connection) -> None:
    """The server process: tells its port, then how many errors there were, when asked."""
    errors = _Errors()
    logging.getLogger().addHandler(errors)

    async def run() -> None:
        runner = web.AppRunner(await our_app(), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        pipe.send(runner.addresses[0][1])
        loop, asked = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(pipe.fileno(), asked.set)
        await asked.wait()

    asyncio.run(run())
    pipe.send(errors.count)


@dataclass(slots=True)
class Healthy:
    """The talk beside it: how long its frames took, and what went wrong."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    async def go_on(self, port: int, over: asyncio.Event) -> None:
        """Talk until it is `over`."""
        async with aiohttp.ClientSession() as session:
            two = await open_ours(session, port, str(UUID(int=1)))
            await begin_ours(two)
            self.begun.set()
            number = 0
            while not over.is_set() and not self.wrong:
                number += 1
                for speaks, hears in (two, two[::-1]):
                    await self._say(speaks, hears, number)
                    if number % SEEN_EVERY == 0:
                        await speaks.send_json(_SEEN)
                await asyncio.sleep(PAUSE_SECONDS)

    async def _say(
        self,
        speaks: aiohttp.ClientWebSocketResponse,
        hears: aiohttp.ClientWebSocketResponse,
        number: int,
    ) -> None:
        began = time.monotonic()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await speaks.send_str(ICE_FRAME)
                await _next(hears, "candidate")
                await speaks.send_json({"type": "ping", "n": number})
                heard = await _next(speaks, "pong")
        except (TimeoutError, TypeError, ConnectionError) as lost:
            self.wrong.append(f"round {number}: {lost!r}, closed with {hears.close_code}")
            return
        if heard["n"] != number:
            self.wrong.append(f"round {number}: pong {heard}")
        self.seconds.append(time.monotonic() - began)


async def _next(socket: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    # Anything else here would be a word of the attackers that reached this talk.
    message: dict[str, Any] = json.loads(await socket.receive_str())
    while message["type"] in ("peer", "ice_servers"):
        message = json.loads(await socket.receive_str())
    if message["type"] != kind:
        raise TypeError(message)
    return message


@dataclass(slots=True, kw_only=True)
class Flood:
    """Hostile sockets to the server on `port`, and what came of them."""

    port: int
    dice: random.Random
    toll: Toll = field(default_factory=Toll)

    async def wave(self, kind: str, frames: int, tickets: Sequence[str | None]) -> None:
        """`frames` of one kind: a socket at a time for each ticket, at the door without one."""
        until = self.toll.sent + frames
        await asyncio.gather(*(self._attacker(kind, until, ticket) for ticket in tickets))

    async def _attacker(self, kind: str, until: int, ticket: str | None) -> None:
        while (left := until - self.toll.sent) > 0:
            most = min(left, MOST_FROM_A_SEAT) if ticket else 1
            try:
                await attack(
                    self.port, kind, most, self.dice, self.toll, ticket=ticket, origin=ORIGIN
                )
            except (OSError, asyncio.IncompleteReadError) as refused:
                self.toll.wrong.append(f"{kind}: {refused!r}")
                return


async def flooded(port: int, frames: int, dice: random.Random) -> tuple[Toll, Healthy]:
    """Send `frames` frames, as many of each kind, beside a healthy talk."""
    flood, healthy, over = Flood(port=port, dice=dice), Healthy(), asyncio.Event()
    toll = flood.toll
    talk = asyncio.create_task(healthy.go_on(port, over))
    await asyncio.wait_for(healthy.begun.wait(), PATIENCE_SECONDS)
    each = -(-frames // len(KINDS) // 2)
    async with aiohttp.ClientSession() as session:
        talks = [str(UUID(int=2 + n)) for n in range(FROM_SEATS)]
        coaches = [await _coach_of(session, port, one) for one in talks]
        for number, kind in enumerate(KINDS, 1):
            began = time.monotonic()
            await flood.wave(kind, each, [None] * AT_THE_DOOR)
            await flood.wave(kind, each, [f"{one} candidate" for one in talks])
            took = time.monotonic() - began
            told = f"{number}/{len(KINDS)} {kind}: {toll.sent} frames, {took:.0f} s"
            print(f"{told}, wrong: {toll.wrong[:3]} {healthy.wrong}", flush=True)
        for coach in coaches:
            coach.cancel()
    over.set()
    await talk
    return toll, healthy


async def _coach_of(session: aiohttp.ClientSession, port: int, meeting: str) -> asyncio.Task[None]:
    """The other one of a talk that is attacked from a seat; reads whatever comes."""
    coach, candidate = await open_ours(session, port, meeting)
    await begin_ours((coach, candidate))
    await candidate.close()

    async def read() -> None:
        async for _ in coach:
            pass

    return asyncio.create_task(read())


def figures(*, small: bool = False, seed: int | None = None) -> list[dict[str, Any]]:
    """Two figures: what went wrong, and the longest that a healthy frame took; prints the seed."""
    seed = random.randrange(2**32) if seed is None else seed  # noqa: S311 -- hostile, no secret
    print(f"seed {seed}")
    dice = random.Random(seed)  # noqa: S311 -- the same
    began = time.monotonic()
    toll, healthy, errors = _measured(lambda port: flooded(port, _count(small=small), dice))
    print(f"{errors} errors; sockets ended: {toll.codes}; wrong: {toll.wrong} {healthy.wrong}")
    wrong = errors + len(toll.wrong) + len(healthy.wrong)
    longest = max(healthy.seconds, default=PATIENCE_SECONDS)
    usual = {
        "beside": "",
        "beside_value": None,
        "ratio": None,
        "command": COMMAND,
        "seed": seed,
        "n": toll.sent,
        "seconds": round(time.monotonic() - began, 1),
    }
    return [
        {
            "figure": "crashes, errors and lost frames of a healthy talk, by malformed frames",
            "unit": "times",
            "ours": wrong,
            "goal": "0",
            "holds": wrong == 0 and toll.sent >= _count(small=small),
            **usual,
        },
        {
            "figure": "longest way of a frame and its answer in a healthy talk beside them",
            "unit": "s",
            "ours": round(longest, 3),
            "goal": f"at most {MOST_SECONDS:.0f} s",
            "holds": longest <= MOST_SECONDS,
            **usual,
        },
    ]


def _count(*, small: bool) -> int:
    return SMALL_FRAMES if small else FRAMES


def _measured(
    run: Callable[[int], Awaitable[tuple[Toll, Healthy]]],
) -> tuple[Toll, Healthy, int]:
    """What `run` gives of a server on a port, and the errors of that server; 1: it ended."""
    context = multiprocessing.get_context("spawn")
    pipe, far = context.Pipe()
    server = context.Process(target=serve, args=(far,), daemon=True)
    server.start()
    far.close()

    async def on(port: int) -> tuple[Toll, Healthy]:
        return await run(port)

    port = pipe.recv()
    before = psutil.Process(server.pid).memory_info().rss
    toll, healthy = asyncio.run(on(port))
    if not server.is_alive():
        return toll, healthy, 1
    grown = psutil.Process(server.pid).memory_info().rss - before
    print(f"memory of the server grew by {grown / 2**20:.0f} MB")
    pipe.send("over")
    errors = int(pipe.recv())
    server.join(10)
    return toll, healthy, errors


if __name__ == "__main__":
    end_together()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--seed", type=int)
    given = parser.parse_args()
    print(json.dumps(figures(small=given.small, seed=given.seed), indent=1))
