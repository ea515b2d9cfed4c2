"""What a practice talk costs beside aiortc's usual echo and Janus, and what it withstands.

Pages send ready packets, 640 x 480 at 20 pictures a second and sound; our guide sends their own
picture back (`mirror`), as the echo and Janus do. CPU is that of the far side's process alone.
"""

import argparse
import asyncio
import json
import random
import socket
import statistics
import subprocess
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import psutil
import uvloop

from benchmarks.practice_pages import Page, ready_clip, with_echo, with_janus
from benchmarks.practice_servers import running_echo, running_guides, running_janus
from coaching.words import Role
from signaling.practice.film import Clip
from tests.wire.rig import Page as Signalling
from tests.wire.rig import People, Rig, running

COMMAND = "python -m benchmarks.practice"
OF_ECHO, OF_JANUS = 0.1, 2.5
MOST_GAP_MS, MOST_MB, MOST_STALL_MS = 200, 3.0, 100
SEED = 5
STRAYS = (
    b"",
    b"\0",
    b"\x00\x01\x00\x00\x21\x12\xa4\x42" + bytes(12),
    b"\x15\xfe\xfd" + bytes(20),
    b"\x16\xfe\xff" + bytes(60),
    b"\x80\x60" + bytes(100),
)


class Guided:
    """Pages that practise with our process; `process` is measured."""

    def __init__(self, rig: Rig, desk: str, clip: Clip) -> None:
        self.rig, self.desk, self.clip = rig, desk, clip
        self.pages: list[Page] = []
        self.signals: list[Signalling] = []
        self.offers: list[str] = []

    async def sit(self) -> tuple[Signalling, dict[str, Any]]:
        """A page in its seat, up to the guide's offer; the guide was called."""
        people = People()
        ticket = self.rig.desk.issue(people.ticket(Role.COACH, uuid4()))
        connector = aiohttp.UnixConnector(path=self.desk)
        async with aiohttp.ClientSession(connector=connector) as http:
            said = {"session": str(people.meeting), "ticket": ticket}
            async with http.post("http://practice/come", json=said) as answer:
                assert (await answer.json())["answer"] == "coming"
        page = await self.rig.sit(people, Role.CANDIDATE)
        await page.say("camera", live=True, verdict=None)
        epoch = (await page.hear("start"))["epoch"]
        return page, {"epoch": epoch, **(await page.hear("description"))}

    async def join(self, *, early: Callable[[str], None] | None = None) -> Page:
        """One page more, that sends and is sent its own picture."""
        signal, heard = await self.sit()
        offer = heard["description"]["sdp"]
        self.offers.append(offer)
        if early is not None:
            early(offer)
        page = Page(self.clip)
        answer = {"type": "answer", "sdp": await page.answer(offer)}
        await signal.say("description", epoch=heard["epoch"], description=answer)
        async with asyncio.timeout(30):
            await page.connected.wait()
            while not page.told:  # noqa: ASYNC110 -- the channel tells by itself
                await asyncio.sleep(0.01)
        page.start()
        self.pages.append(page)
        self.signals.append(signal)
        return page

    async def mirror(self, seconds: float) -> None:
        """Let time go by while every page sees itself."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            for page in self.pages:
                page.channel.send('{"mirror":15}')
            await asyncio.sleep(min(10, left))

    async def close(self) -> None:
        await asyncio.gather(*(page.close() for page in self.pages))


async def _cpu(
    process: subprocess.Popen[bytes], seconds: float, work: Callable[[float], Awaitable[None]]
) -> float:
    """Percent of a core that `process` used during `work`."""
    watched = psutil.Process(process.pid)
    before = watched.cpu_times()
    began = time.monotonic()
    await work(seconds)
    after = watched.cpu_times()
    used = after.user + after.system - before.user - before.system
    return used / (time.monotonic() - began) * 100


async def _ours(clip: Clip, calls: int, seconds: float) -> dict[str, float]:
    """CPU, memory and the longest gap with so many calls at once."""
    async with AsyncExitStack() as stack:
        rig = await stack.enter_async_context(running())
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        url = f"http://127.0.0.1:{rig.port}/ws"
        process, desk = stack.enter_context(running_guides(Path(folder), url))
        guided = Guided(rig, desk, clip)
        await guided.join()
        base = psutil.Process(process.pid).memory_info().rss
        for _ in range(calls - 1):
            await guided.join()
        await guided.mirror(3)
        since = time.monotonic()
        cpu = await _cpu(process, seconds, guided.mirror)
        gaps = [page.gap_ms(since) for page in guided.pages]
        grown = psutil.Process(process.pid).memory_info().rss - base
        await guided.close()
        return {
            "cpu": cpu / calls,
            "gap_ms": max(gaps),
            "mb": grown / max(1, calls - 1) / 2**20,
        }


async def _peer(clip: Clip, which: str, calls: int, seconds: float) -> float | None:
    """CPU a call of the usual echo, or of Janus; None when it is not installed."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found = stack.enter_context(running_echo() if which == "echo" else running_janus(folder))
        if found is None:
            return None
        process, url = found
        join = with_echo if which == "echo" else with_janus
        async with aiohttp.ClientSession() as http:
            pages = [await join(http, url, clip) for _ in range(calls)]
            for page in pages:
                async with asyncio.timeout(20):
                    await page.connected.wait()
                page.start()
            await asyncio.sleep(3)
            cpu = await _cpu(process, seconds, asyncio.sleep)
            assert all(page.pictures for page in pages), f"{which} sends nothing back"
            await asyncio.gather(*(page.close() for page in pages))
        return cpu / calls


def _ports(offer: str) -> list[tuple[str, int]]:
    lines = [line.split(" ") for line in offer.splitlines() if line.startswith("a=candidate")]
    return [(one[4], int(one[5])) for one in lines if ":" not in one[4]]


async def _strays(clip: Clip, calls: int, datagrams: int) -> dict[str, float]:
    """How many of so many calls are lost to so many datagrams a port: before, during, after."""
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.setblocking(False)  # noqa: FBT003 -- the socket's own

    def spray(offer: str, number: int) -> None:
        for place in _ports(offer):
            for turn in range(number):
                try:
                    sender.sendto(STRAYS[turn % len(STRAYS)], place)
                except BlockingIOError:
                    continue

    async with AsyncExitStack() as stack:
        rig = await stack.enter_async_context(running())
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        _, desk = stack.enter_context(
            running_guides(Path(folder), f"http://127.0.0.1:{rig.port}/ws")
        )
        guided = Guided(rig, desk, clip)
        each = datagrams // calls
        for _ in range(calls):
            await guided.join(early=lambda offer: spray(offer, each // 3))
            spray(guided.offers[-1], each // 3)
        for offer in guided.offers:
            spray(offer, each // 3)
            await asyncio.sleep(0.05)
        await guided.mirror(3)
        counts = [page.packets for page in guided.pages]
        await guided.mirror(3)
        lost = sum(page.packets == was for page, was in zip(guided.pages, counts, strict=True))
        await guided.close()
    sender.close()
    return {"lost": lost, "sent": each * calls * len(_ports(guided.offers[0]))}


def _mutated(sdp: str, chance: random.Random) -> str:
    """A description with a few things changed, as somebody would who looks for holes."""
    lines = sdp.split("\r\n")
    for _ in range(chance.randrange(1, 6)):
        place = chance.randrange(len(lines))
        match chance.randrange(5):
            case 0:
                del lines[place]
            case 1:
                lines.insert(place, chance.choice(lines))
            case 2:
                lines[place] = lines[place][: chance.randrange(len(lines[place]) + 1)]
            case 3:
                word = chance.choice(("0", "-1", "99999999999", "", "a", "%s", "\0"))
                lines[place] = lines[place].replace(chance.choice("0123456789 :=/"), word)
            case _:
                lines[place] = "".join(chance.sample(lines[place], len(lines[place])))
        lines = lines or ["v=0"]
    return "\r\n".join(lines)


async def _fuzz(clip: Clip, messages: int) -> dict[str, float]:
    """The longest gap that others see while one page sends mutated descriptions and candidates."""
    chance = random.Random(SEED)  # noqa: S311 -- a game of chance
    async with AsyncExitStack() as stack:
        rig = await stack.enter_async_context(running())
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        _, desk = stack.enter_context(
            running_guides(Path(folder), f"http://127.0.0.1:{rig.port}/ws")
        )
        guided = Guided(rig, desk, clip)
        others = [await guided.join() for _ in range(2)]
        stalls = []
        sent = 0
        while sent < messages:
            signal, heard = await guided.sit()
            good = await Page(clip).answer(heard["description"]["sdp"])
            for _ in range(min(50, messages - sent)):  # what a socket may say at once
                sdp = _mutated(good, chance)
                kind = chance.choice(("answer", "answer", "offer"))
                description = {"type": kind, "sdp": sdp}
                await signal.say("description", epoch=heard["epoch"], description=description)
                sent += 1
            await signal.say("leave")
            began = time.perf_counter()
            connector = aiohttp.UnixConnector(path=desk)
            async with (
                aiohttp.ClientSession(connector=connector) as http,
                http.get(f"http://practice/load/{uuid4()}") as answer,
            ):
                await answer.read()
            stalls.append((time.perf_counter() - began) * 1000)
        counts = [page.packets for page in others]
        await guided.mirror(2)
        lost = sum(page.packets == was for page, was in zip(others, counts, strict=True))
        await guided.close()
        return {
            "stall_ms": max(stalls),
            "over": sum(s > MOST_STALL_MS for s in stalls),
            "lost": lost,
        }


def _figure(
    name: str,
    unit: str,
    ours: float,
    goal: str,
    *,
    holds: bool,
    **more: Any,  # noqa: ANN401 -- fields of a figure
) -> dict[str, Any]:
    beside = {"beside": "–", "beside_value": None, "ratio": None, **more}
    return {
        "figure": name,
        "unit": unit,
        "ours": round(ours, 2),
        "goal": goal,
        "holds": holds,
        "command": COMMAND,
        "seed": SEED,
        **beside,
    }


async def _all(*, small: bool) -> list[dict[str, Any]]:
    clip = ready_clip()
    began = time.monotonic()
    seconds, calls = (5.0, 2) if small else (20.0, 6)
    cost = [await _ours(clip, calls, seconds) for _ in range(1 if small else 3)]
    ours = statistics.median(one["cpu"] for one in cost)
    echo = await _peer(clip, "echo", 1, seconds)
    janus = await _peer(clip, "janus", calls, seconds)
    many = await _ours(clip, 4 if small else 24, seconds)
    strays = await _strays(clip, *((5, 3_000) if small else (50, 100_000)))
    fuzz = await _fuzz(clip, 500 if small else 20_000)
    n = {"n": calls, "seconds": round(time.monotonic() - began)}
    found = [
        _beside("aiortc's echo, decoded and encoded", ours, echo, OF_ECHO, **n),
        _beside("Janus' echo test", ours, janus, OF_JANUS, **n),
        _most("longest gap, many calls on one core", "ms", many["gap_ms"], MOST_GAP_MS, **n),
        _most("memory of one call more", "MB", many["mb"], MOST_MB, **n),
        _most("calls lost to stray datagrams", "calls", strays["lost"], 0, **n),
        _most("stalls by mutated descriptions", "stalls", fuzz["over"] + fuzz["lost"], 0, **n),
    ]
    return [one for one in found if one is not None]


def _beside(
    peer: str,
    ours: float,
    theirs: float | None,
    most: float,
    **more: Any,  # noqa: ANN401 -- fields of a figure
) -> dict[str, Any] | None:
    if theirs is None:
        return None
    return _figure(
        f"practice call beside {peer}",
        "% of a core",
        ours,
        f"≤ {most} ×",
        holds=ours <= most * theirs,
        beside=peer,
        beside_value=round(theirs, 2),
        ratio=round(ours / theirs, 3),
        **more,
    )


def _most(
    name: str,
    unit: str,
    ours: float,
    most: float,
    **more: Any,  # noqa: ANN401 -- fields of a figure
) -> dict[str, Any]:
    return _figure(name, unit, ours, f"≤ {most:g}", holds=ours <= most, **more)


def figures(*, small: bool = False) -> list[dict[str, Any]]:
    """All figures of the practice partner; without Janus, those beside it are left out."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_all(small=small))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    print(json.dumps(figures(small=parser.parse_args().small), indent=1, ensure_ascii=False))
