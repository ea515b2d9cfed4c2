"""The practice process: guides who practise with people, without database or secret."""

import asyncio
import math
import os
import resource
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_hex

import structlog
from aiohttp import web

from server.config import Settings
from server.practice_calling import only_ours, socket_folder
from server.practice_words import OWN_FILM
from signaling.practice.desk import make_desk
from signaling.practice.film import Film
from signaling.practice.film_file import DEFAULT, BadFilm, read_film
from signaling.practice.guide import ADMIT_SECONDS, Place
from signaling.practice.house import House

_MEMORY = 1024**3  # bytes of data; far above what a full process needs
_log = structlog.get_logger("practice")


def limit_memory() -> None:
    """Let this process take a gigabyte of data and no more: for the process that practises."""
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    if most == resource.RLIM_INFINITY or most > _MEMORY:
        resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, most))


async def run_practice(
    settings: Settings,
    stop: asyncio.Event,
    *,
    admit_seconds: float = ADMIT_SECONDS,
    most_drain_seconds: float = math.inf,
) -> None:
    """Practise with people until `stop` is set; then finish the talks that are going on.

    For so long as the settings say, and for at most `most_drain_seconds`.

    Raises:
        OSError: the socket or the address cannot be used.
    """
    place = Place(
        socket=web_address(settings) + "/ws/practice",
        origin=settings.public_url,
        film=film_of(settings),
        announced=settings.practice_addresses,
        admit_seconds=admit_seconds,
    )
    house = House(place, most=settings.practice_calls)
    await house.open()
    try:
        async with _listening(settings, house):
            await stop.wait()
            _log.info("practice_draining", calls=house.calls)
            await house.drain(min(settings.practice_drain_minutes * 60, most_drain_seconds))
    finally:
        await house.close()


def web_address(settings: Settings) -> str:
    """Where guides find the web process."""
    if settings.practice_web_url:
        return settings.practice_web_url
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.listen_host, settings.listen_host)  # noqa: S104 -- compared, not bound
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{settings.listen_port}"


def film_of(settings: Settings) -> Film:
    """The organisation's own film, or ours when there is none or it cannot be read."""
    own = settings.data_dir / "practice" / OWN_FILM
    if own.is_file():
        try:
            return read_film(own)
        except BadFilm as error:
            _log.error("film_not_read", reason=str(error))
    return read_film(DEFAULT)


@asynccontextmanager
async def _listening(settings: Settings, house: House) -> AsyncIterator[None]:
    secret = settings.practice_secret if settings.practice_listen else ""
    runner = web.AppRunner(make_desk(house, secret=secret), access_log=None, shutdown_timeout=1)
    await runner.setup()
    name = token_hex(4)
    path = None if settings.practice_listen else _socket_folder(settings) / f"{name}.sock"
    try:
        if path is None:
            host, _, port = settings.practice_listen.rpartition(":")
            await web.TCPSite(runner, host.strip("[]"), int(port)).start()
        else:
            new = path.with_suffix(".new")  # nobody takes it for dead before it listens
            await web.UnixSite(runner, str(new)).start()
            new.chmod(0o600)
            new.rename(path)
        _log.info("practice_listening", at=str(path or settings.practice_listen), pid=os.getpid())
        yield
    finally:
        if path is not None:
            path.unlink(missing_ok=True)
        await runner.cleanup()


def _socket_folder(settings: Settings) -> Path:
    """A folder for sockets that nobody else can enter; the sockets of the dead are removed.

    Raises:
        OSError: the folder is not ours.
    """
    folder = socket_folder(settings.data_dir)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not only_ours(folder):
        raise PermissionError(f"{folder} belongs to somebody else")
    folder.chmod(0o700)
    for old in folder.glob("*.sock"):
        if _is_dead(old):
            old.unlink(missing_ok=True)
    return folder


def _is_dead(path: Path) -> bool:
    """Whether nobody listens; a process in another container has a number that says nothing."""
    with socket.socket(socket.AF_UNIX) as tried:
        tried.settimeout(1)
        try:
            tried.connect(str(path))
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return False
