"""The processes: web, worker, sync and practice side by side, and one that watches over them.

Each loads only what it needs. One that dies is started again. When the web process ends, all end:
whoever started us (systemd, a container) starts us anew.
"""

import asyncio
import contextlib
import gc
import math
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable, Coroutine

import structlog
import uvloop
from aiohttp import web

from server.config import Settings
from server.field_keys import FILE
from server.house_clock import house_clock
from server.secrets import load_or_make_secret
from server.store.database import Database
from server.store.migrate import is_migrated
from server.usecases.context import Parts
from server.usecases.rotating import unknown_keys
from signaling.front import TalkSite

_log = structlog.get_logger("tweespraak.serving")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0  # seconds before a dead worker is started again
_GRACE = 35.0  # seconds that a part gets to finish what it has in hand
_DRAIN = 20.0  # seconds for the practice talks at the end of all; web waits for them
# Objects that may come to be between two searches for garbage; and of which searches each so many
# looks further back. A call that ends leaves thousands of objects that hold each other: in a
# practice they are taken away a few at a time, since nobody else's picture may wait for that.
_SEARCH_AFTER = (20_000, 10, 10)
IN_A_PRACTICE = (2_000, 5, 3)
_LINE = 1024  # connections that may wait to be taken up; whoever comes then tries again after 1 s


class CannotStart(Exception):
    """A part cannot start; the text is one sentence that says why and what to do."""


def run(work: Callable[[asyncio.Event], Coroutine[None, None, int]]) -> int:
    """Run `work` on a fresh event loop; its event is set by SIGTERM and SIGINT."""

    async def whole() -> int:
        return await work(_stopped_by_signals())

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(whole())


@contextlib.asynccontextmanager
async def opened_parts(settings: Settings, *, migrated: bool = True) -> AsyncIterator[Parts]:
    """The parts of the installation, closed at the end.

    Raises:
        CannotStart: the secret cannot be read, or the database lacks this version's tables
            (only looked at when `migrated`).
        Unavailable: the database does not answer.
    """
    try:
        secret = load_or_make_secret(settings.data_dir)
    except (OSError, ValueError) as error:
        raise CannotStart(f"The installation's secret cannot be read: {error}") from None
    database = Database(settings.sqlalchemy_url)
    try:
        if migrated and not await is_migrated(database):
            raise CannotStart("The database is not up to date; run: tweespraak migrate")
        async with house_clock(database) as now:
            parts = Parts(settings=settings, database=database, secret=secret, now=now, since=now())
            if migrated:
                await _check_keys(parts)
            yield parts
    finally:
        await database.close()


async def _check_keys(parts: Parts) -> None:
    try:
        unknown = await unknown_keys(parts)
    except (OSError, ValueError) as error:
        raise CannotStart(f"The keys of stored passwords cannot be read: {error}") from None
    if unknown:
        where = parts.settings.data_dir / FILE
        raise CannotStart(
            f"Stored passwords need the key {min(unknown)}; restore {where} from your backup"
        )


async def serve_web(settings: Settings, stop: asyncio.Event) -> int:
    """Answer people until `stop` is set.

    Raises:
        CannotStart: the port is in use.
    """
    from server.app import build_app

    async with opened_parts(settings) as parts:
        runner = _runner(build_app(parts))
        await runner.setup()
        try:
            await _listen(runner, settings)
            let_the_house_rest()
            await stop.wait()
        finally:
            await runner.cleanup()
    return 0


def let_the_house_rest(search_after: tuple[int, int, int] = _SEARCH_AFTER) -> None:
    """Search for garbage so often, and never again among what was made at the start.

    In a rush each search goes over everything that waits, and finds nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*search_after)


async def serve_worker(settings: Settings, stop: asyncio.Event) -> int:
    """Deliver what waits in the outbox until `stop` is set."""
    from server.jobs.worker import run_worker

    async with opened_parts(settings) as parts:
        await run_worker(parts, stop)
    return 0


async def serve_sync(settings: Settings, stop: asyncio.Event) -> int:
    """Keep calendars in step until `stop` is set.

    Raises:
        CannotStart: the port for figures is in use.
    """
    from server.jobs.sync import run_sync

    async with opened_parts(settings) as parts:
        try:
            await run_sync(parts, stop)
        except OSError:
            raise CannotStart(
                f"{settings.metrics_listen} is in use or not allowed; choose another with "
                "TWEESPRAAK_METRICS_LISTEN"
            ) from None
    return 0


async def serve_practice(
    settings: Settings, stop: asyncio.Event, *, with_others: bool = False
) -> int:
    """Practise with people until `stop` is set, and finish the talks that are going on.

    `with_others`: whoever stops it stops all of the installation, and waits less for the talks.

    Raises:
        CannotStart: the address it should listen on cannot be used.
    """
    from server.practice import limit_memory, run_practice

    limit_memory()
    let_the_house_rest(IN_A_PRACTICE)
    try:
        await run_practice(settings, stop, most_drain_seconds=_DRAIN if with_others else math.inf)
    except OSError as error:
        raise CannotStart(f"The practice process cannot listen: {error}") from None
    return 0


async def serve_all(settings: Settings, stop: asyncio.Event) -> int:
    """Run web, worker, sync and practice, each a process, until `stop`; gives the exit code.

    Web ends after practice: the last practice talks go over it.

    Raises:
        CannotStart: as `opened_parts`, before any process is started.
    """
    async with opened_parts(settings):
        pass
    kept_up = [asyncio.create_task(_keep_up(part, stop)) for part in ("worker", "sync", "practice")]
    stop_web = asyncio.Event()
    kept_up[-1].add_done_callback(lambda _: stop_web.set())
    code = await _run_part("web", stop_web)
    stop.set()
    await asyncio.wait(kept_up)
    return code


def end_with_parent() -> None:
    """End this process when its parent is gone, however it went: it holds our standard input."""
    threading.Thread(target=_await_end_of_input, daemon=True).start()


def _await_end_of_input() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _stopped_by_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


def _runner(app: web.Application) -> web.AppRunner:
    # Limits of security handbook 2.1; our own access log shows no tokens.
    return web.AppRunner(
        app,
        access_log=None,
        keepalive_timeout=30,
        max_line_size=8190,
        max_field_size=8190,
        max_headers=64,
        lingering_time=5,
        shutdown_timeout=30,
        handler_cancellation=False,
    )


def _site(runner: web.AppRunner, settings: Settings) -> TalkSite:
    from server.practice_desk import PRACTICE
    from server.routes.keys import ROOMS

    talks = {"/ws": runner.app[ROOMS], "/ws/practice": runner.app[PRACTICE].rooms}
    host, port = settings.listen_host, settings.listen_port
    return TalkSite(runner, host, port, talks, backlog=_LINE, ended=_socket_ended)


def _socket_ended(path: str, seconds: float) -> None:
    # The line that every request gets; this one did not pass through the application.
    _log.info("request", method="GET", route=path, status=101, ms=round(seconds * 1000, 1))


async def _listen(runner: web.AppRunner, settings: Settings) -> None:
    try:
        await _site(runner, settings).start()
    except OSError:
        raise CannotStart(
            f"Port {settings.listen_port} of {settings.listen_host} is in use or not allowed; "
            "choose another with TWEESPRAAK_LISTEN_PORT"
        ) from None
    host, port = runner.addresses[0][:2]
    _log.info("web_listening", address=f"http://{host}:{port}", pid=os.getpid())


async def _keep_up(part: str, stop: asyncio.Event) -> None:
    """Start a part again whenever it ends before `stop`."""
    pause = _FIRST_PAUSE
    while not stop.is_set():
        began = asyncio.get_running_loop().time()
        code = await _run_part(part, stop)
        if stop.is_set():
            return
        lived = asyncio.get_running_loop().time() - began
        pause = _FIRST_PAUSE if lived > _LONGEST_PAUSE else min(pause * 2, _LONGEST_PAUSE)
        _log.error("part_ended", part=part, code=code, again_in_seconds=pause)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), pause)


async def _run_part(part: str, stop: asyncio.Event) -> int:
    """Run one process until it ends, or end it when `stop` is set; gives its exit code."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "server.part",
        part,
        stdin=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C comes to us, and we stop the parts in order
    )
    _log.info("part_started", part=part, pid=process.pid)
    ended = asyncio.create_task(process.wait())
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({ended, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not ended.done():
        await _end(process)
    return await ended


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _GRACE)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
