"""Many pages that practise with our process; the same beside aiortc's echo and Janus."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import psutil

from benchmarks.practice_pages import Page, with_echo, with_janus
from benchmarks.practice_servers import running_echo, running_guides, running_idle, running_janus
from coaching.words import Role
from signaling.limits import Caps
from signaling.practice.film import Clip
from tests.wire.rig import Page as Signalling
from tests.wire.rig import People, Rig, running

_PATIENCE = 60  # seconds, also on a machine that is busy
_PING_SECONDS = 5
_MIRRORED = 10  # seconds at most between two requests for the own picture
CAPS = Caps(per_address=2000, in_all=4000)  # all pages and guides come from one machine


def tell(text: str) -> None:
    """Say how far it is, where the figures do not go."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


class Guided:
    """Pages that practise with one process of ours."""

    def __init__(self, rig: Rig, process: subprocess.Popen[bytes], desk: str, clip: Clip) -> None:
        self.rig, self.process, self.clip = rig, process, clip
        self.pages: list[Page] = []
        self._kept: list[asyncio.Task[None]] = []
        self._signals: list[Signalling] = []
        self._http = aiohttp.ClientSession(connector=aiohttp.UnixConnector(path=desk))

    async def ask(self, path: str) -> dict[str, Any]:
        """What the process answers at its desk."""
        async with self._http.get(f"http://practice{path}") as answer:
            found: dict[str, Any] = await answer.json()
            return found

    async def sit(self) -> tuple[Signalling, dict[str, Any]]:
        """A page in its seat, up to the guide's offer; the guide was called."""
        people = People()
        ticket = self.rig.desk.issue(people.ticket(Role.COACH, uuid4()))
        said = {
            "session": str(people.meeting),
            "ticket": ticket,
            "device": str(uuid4()),
            "stranger": False,
        }
        async with self._http.post("http://practice/come", json=said) as answer:
            assert answer.status == 200, await answer.text()
            assert (await answer.json())["answer"] == "coming"
        page = await self.rig.sit(people, Role.CANDIDATE)
        await page.say("camera", live=True, verdict=None)
        epoch = (await page.hear("start"))["epoch"]
        return page, {"epoch": epoch, **(await page.hear("description"))}

    async def join(
        self,
        *,
        before: Callable[[str], Awaitable[None]] | None = None,
        during: Callable[[str], Awaitable[None]] | None = None,
    ) -> Page:
        """One page more, connected and sending.

        `before` is awaited with the guide's offer, before the page answers; `during` goes on
        while the two connect.
        """
        signal, heard = await self.sit()
        offer = heard["description"]["sdp"]
        self._signals.append(signal)
        self._kept.append(asyncio.create_task(_stay(signal)))
        if before is not None:
            await before(offer)
        beside = None if during is None else asyncio.ensure_future(during(offer))
        page = Page(self.clip)
        answer = {"type": "answer", "sdp": await page.answer(offer)}
        await signal.say("description", epoch=heard["epoch"], description=answer)
        async with asyncio.timeout(_PATIENCE):
            await page.connected.wait()
            await page.greeted.wait()
        if beside is not None:
            await beside
        page.start()
        self.pages.append(page)
        return page

    async def mirror(self, seconds: float) -> None:
        """Let time go by while every page sees itself."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            for page in self.pages:
                if page.channel.readyState == "open":
                    page.channel.send('{"mirror":15}')
            await asyncio.sleep(min(_MIRRORED, left))

    async def leave(self) -> None:
        """Everybody leaves, so that others can come."""
        for task in self._kept:
            task.cancel()
        for signal in self._signals:
            with suppress(ConnectionError):
                await signal.say("leave")
                await signal.socket.close()
        await asyncio.gather(*(page.close() for page in self.pages))
        self._kept, self._signals, self.pages = [], [], []

    async def close(self) -> None:
        """Hang up everywhere."""
        await self.leave()
        await self._http.close()


async def _stay(signal: Signalling) -> None:
    """Keep a page in its seat: it answers, and attests that it sees the guide, as a browser does.

    A talk in which one of the two is not seen for three minutes is ended by the room (R5).
    """
    number = 0
    while not signal.socket.closed:
        number += 1
        await signal.say("ping", n=number)
        await signal.say("attest", seen=True, reason=None, frames=1)
        with suppress(TimeoutError):
            async with asyncio.timeout(_PING_SECONDS):
                while (await signal.socket.receive()).type is aiohttp.WSMsgType.TEXT:
                    pass
                return


@asynccontextmanager
async def guided(clip: Clip, processes: int = 1) -> AsyncIterator[list[Guided]]:
    """Processes of ours with nobody in them, each kept to a core of its own where there are two."""
    async with AsyncExitStack() as stack:
        rig = await stack.enter_async_context(running(caps=CAPS))
        url = f"http://127.0.0.1:{rig.port}/ws"
        found = []
        for core in range(processes):
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            process, desk = stack.enter_context(running_guides(Path(folder), url))
            os.sched_setaffinity(process.pid, {core % (os.cpu_count() or 1)})
            found.append(Guided(rig, process, desk, clip))
            stack.push_async_callback(found[-1].close)
        yield found


@asynccontextmanager
async def idle_beside() -> AsyncIterator[Callable[[], Awaitable[dict[str, float]]]]:
    """A loop that does nothing, on the core of the first process; gives how to ask how late."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        process, socket = stack.enter_context(running_idle(folder))
        os.sched_setaffinity(process.pid, {0})
        async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(path=socket)) as http:

            async def lag() -> dict[str, float]:
                async with http.get("http://idle/lag") as answer:
                    found: dict[str, float] = await answer.json()
                    return found

            yield lag


def memory_of(process: subprocess.Popen[bytes]) -> float:
    """What a process holds, in MB."""
    return float(psutil.Process(process.pid).memory_info().rss) / 2**20


async def cpu_of(
    process: subprocess.Popen[bytes], seconds: float, work: Callable[[float], Awaitable[None]]
) -> float:
    """Percent of a core that `process` used during `work`."""
    watched = psutil.Process(process.pid)
    before, began = watched.cpu_times(), time.monotonic()
    await work(seconds)
    after, passed = watched.cpu_times(), time.monotonic() - began
    used: float = after.user + after.system - before.user - before.system
    return used / passed * 100


async def peer_cpu(clip: Clip, which: str, calls: int, seconds: float) -> float:
    """CPU a call of aiortc's usual echo (`echo`) or of Janus' (`janus`), in percent of a core.

    Raises:
        FileNotFoundError: Janus is not installed; the text names the command.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        far = running_echo() if which == "echo" else running_janus(folder)
        process, url = stack.enter_context(far)
        join = with_echo if which == "echo" else with_janus
        async with aiohttp.ClientSession() as http:
            pages = [await join(http, url, clip) for _ in range(calls)]
            for page in pages:
                async with asyncio.timeout(_PATIENCE):
                    await page.connected.wait()
                page.start()
            await asyncio.sleep(3)
            cpu = await cpu_of(process, seconds, asyncio.sleep)
            assert all(page.pictures for page in pages), f"{which} sends nothing back"
            await asyncio.gather(*(page.close() for page in pages))
        return cpu / calls
