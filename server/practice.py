"""The practice process: guides who practise with people, without database or secret."""

import asyncio
import os
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from aiohttp import web

from server.config import Settings
from server.practice_calling import socket_folder
from signaling.practice.desk import make_desk
from signaling.practice.film import Film
from signaling.practice.film_file import DEFAULT, BadFilm, read_film
from signaling.practice.guide import ADMIT_SECONDS, Place
from signaling.practice.house import House

OWN_FILM = "film.webm"
_MEMORY = 1024**3  # bytes of data; far above what a full process needs
_log = structlog.get_logger("practice")


async def run_practice(
    settings: Settings, stop: asyncio.Event, *, admit_seconds: float = ADMIT_SECONDS
) -> None:
    """Practise with people until `stop` is set; then finish the talks that are going on.

    Raises:
        OSError: the socket or the address cannot be used.
    """
    _limit_memory()
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
            await house.drain(settings.practice_drain_minutes * 60)
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
    path = None if settings.practice_listen else _socket(settings)
    try:
        if path is None:
            host, _, port = settings.practice_listen.rpartition(":")
            await web.TCPSite(runner, host.strip("[]"), int(port)).start()
        else:
            await web.UnixSite(runner, str(path)).start()
            path.chmod(0o600)
        _log.info("practice_listening", at=str(path or settings.practice_listen), pid=os.getpid())
        yield
    finally:
        if path is not None:
            path.unlink(missing_ok=True)
        await runner.cleanup()


def _socket(settings: Settings) -> Path:
    """A socket of our own in a folder that nobody else can enter; those of the dead are removed."""
    folder = socket_folder(settings.data_dir)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    for old in folder.glob("*.sock"):
        if not Path(f"/proc/{old.stem}").exists():
            old.unlink(missing_ok=True)
    own = folder / f"{os.getpid()}.sock"
    own.unlink(missing_ok=True)
    return own


def _limit_memory() -> None:
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    if most == resource.RLIM_INFINITY or most > _MEMORY:
        resource.setrlimit(resource.RLIMIT_DATA, (_MEMORY, most))
