"""Starts the stand-in CalDAV server: in this event loop, in a thread, or in its own process."""

import asyncio
import contextlib
import multiprocessing
import resource
import threading
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

from aiohttp import web

from tests.stand_in.server import StandIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A stand-in that listens; read as `tests.calendar_servers.CalendarServer`."""

    server: StandIn
    port: int

    @property
    def base_url(self) -> str:
        """The address of the server itself."""
        return f"http://127.0.0.1:{self.port}/"

    @property
    def calendar_url(self) -> str:
        """The address of the diary."""
        return f"{self.base_url}calendars/{self.user}/diary/"

    @property
    def host(self) -> str:
        """The private host that the guard has to allow."""
        return "127.0.0.1"

    @property
    def user(self) -> str:
        """Who the diary belongs to."""
        return self.server.user

    @property
    def password(self) -> str:
        """Her password."""
        return self.server.password

    def objects(self) -> dict[str, bytes]:
        """All objects of the diary by name."""
        return {name: kept.data for name, kept in self.server.diary.objects.items()}


@contextlib.asynccontextmanager
async def stand_in(server: StandIn | None = None) -> AsyncIterator[Running]:
    """Listen in this event loop, on a free port."""
    server = server or StandIn()
    runner = web.AppRunner(
        server.app(), access_log=None, shutdown_timeout=0.1, handler_cancellation=True
    )
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield Running(server=server, port=runner.addresses[0][1])
    finally:
        await runner.cleanup()


@contextlib.contextmanager
def stand_in_thread(server: StandIn | None = None) -> Iterator[Running]:
    """Listen in a thread, for tests that have no event loop of their own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    listening = stand_in(server)
    try:
        yield asyncio.run_coroutine_threadsafe(listening.__aenter__(), loop).result(30)
    finally:
        closing = listening.__aexit__(None, None, None)
        asyncio.run_coroutine_threadsafe(closing, loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


class Far:
    """A stand-in in another process: `far("fill", 200, day)` calls that method there."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self.port = int(pipe.recv())
        known = StandIn()
        self.user, self.password, self.host = known.user, known.password, "127.0.0.1"
        self.base_url = f"http://127.0.0.1:{self.port}/"
        self.calendar_url = f"{self.base_url}calendars/{self.user}/diary/"

    def __call__(self, method: str, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401 -- whatever that method takes
        """Call a method there; `cpu` gives the seconds that the process used."""
        self._pipe.send((method, arguments, named))
        return self._pipe.recv()


@contextlib.contextmanager
def stand_in_process() -> Iterator[Far]:
    """Listen in a process of its own."""
    context = multiprocessing.get_context("spawn")
    near, far = context.Pipe()
    process = context.Process(target=_serve, args=(far,), daemon=True)
    process.start()
    try:
        yield Far(near)
    finally:
        near.send(("stop", (), {}))
        process.join(10)


def _serve(pipe: Connection) -> None:
    async def run() -> None:
        async with stand_in() as running:
            pipe.send(running.port)
            loop, stop = asyncio.get_running_loop(), asyncio.Event()
            loop.add_reader(pipe.fileno(), lambda: _obey(pipe, running.server, stop))
            await stop.wait()

    asyncio.run(run())


def _obey(pipe: Connection, server: StandIn, stop: asyncio.Event) -> None:
    method, arguments, named = pipe.recv()
    match method:
        case "stop":
            stop.set()
        case "cpu":
            used = resource.getrusage(resource.RUSAGE_SELF)
            pipe.send(used.ru_utime + used.ru_stime)
        case _:
            pipe.send(getattr(server, method)(*arguments, **named))
