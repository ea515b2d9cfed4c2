"""What `tweespraak doctor` looks at: versions, database, folder, secret, mail, web part, relay."""

import asyncio
import os
import secrets
import sqlite3
import stat
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from importlib.metadata import version
from urllib.parse import urlsplit

from aiohttp import http_parser

from coaching.errors import TweespraakError
from server.config import SQLITE_FILE, Settings
from server.relay_check import Looked, look_at_coturn, look_at_relay
from server.relay_url import parse_relay
from server.serving import CannotStart, opened_parts
from server.store.database import Database, server_version
from server.store.migrate import is_migrated
from server.webfiles import WebPartMissing, load_web_files
from signaling.ice import turn_login

# Security handbook, chapter 5.
_LEAST = {
    "aiohttp": (3, 14, 4),
    "icalendar": (7, 2, 1),
    "caldav": (3, 6),
    "aiosmtplib": (5, 1, 3),
    "lxml": (6,),
}
_LEAST_SQLITE = (3, 51, 3)
_LEAST_POSTGRES = 14
_PATIENCE = 5.0  # seconds for a server to take a connection


class State(StrEnum):
    """How a look turned out."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at, and one sentence about it."""

    subject: str
    state: State
    sentence: str


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Look at everything, one finding at a time."""
    for finding in (*_versions(), _c_parser(), _sqlite(settings), _address(settings)):
        yield finding
    yield _proxy(settings)
    yield _folder(settings)
    yield _secret(settings)
    yield _web_part()
    database = await _database(settings)
    yield database
    if database.state is State.GOOD and (settings.data_dir / "secret").is_file():
        yield await _passwords(settings)
    yield await _reached("mail server", settings.smtp_host, settings.smtp_port)
    if settings.redis_url:
        parts = urlsplit(settings.redis_url)
        yield await _reached("Redis", parts.hostname or "localhost", parts.port or 6379)
    async for finding in _relay(settings):
        yield finding


def _found(subject: str, sentence: str, *, good: bool, else_: State = State.BAD) -> Finding:
    return Finding(subject=subject, state=State.GOOD if good else else_, sentence=sentence)


def _versions() -> Iterator[Finding]:
    for name, least in _LEAST.items():
        have = version(name)
        wanted = ".".join(map(str, least))
        good = _numbers(have) >= least
        sentence = have if good else f"{have} is too old; install {wanted} or newer"
        yield _found(name, sentence, good=good)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())


def _c_parser() -> Finding:
    good = hasattr(http_parser, "HttpRequestParserC") and not os.environ.get(
        "AIOHTTP_NO_EXTENSIONS"
    )
    sentence = (
        "aiohttp's own, compiled"
        if good
        else "aiohttp runs its slow parser, which is open to request smuggling; "
        "unset AIOHTTP_NO_EXTENSIONS and install aiohttp's wheel"
    )
    return _found("HTTP parser", sentence, good=good)


def _sqlite(settings: Settings) -> Finding:
    good = bool(settings.database_url) or sqlite3.sqlite_version_info >= _LEAST_SQLITE
    sentence = sqlite3.sqlite_version
    if not good:
        sentence += (
            " can damage its file when two processes write at once; use 3.51.3 or newer, "
            "or PostgreSQL"
        )
    return _found("SQLite", sentence, good=good, else_=State.WARNING)


def _address(settings: Settings) -> Finding:
    host = urlsplit(settings.public_url).hostname
    good = settings.secure or host in ("localhost", "127.0.0.1")
    sentence = settings.public_url
    if not good:
        sentence += " is not https: browsers give no camera there"
    return _found("public address", sentence, good=good)


def _proxy(settings: Settings) -> Finding:
    """We speak no TLS ourselves, so behind https stands a proxy, and all limits count by it."""
    good = bool(settings.trusted_proxies) or not settings.secure
    sentence = ", ".join(settings.trusted_proxies) or "none needed"
    if not good:
        sentence = (
            "all people share one limit on signing in and on sockets; "
            "set TWEESPRAAK_TRUSTED_PROXIES to the proxy's address"
        )
    return _found("reverse proxy", sentence, good=good, else_=State.WARNING)


def _folder(settings: Settings) -> Finding:
    folder = settings.data_dir
    good = folder.is_dir() and os.access(folder, os.W_OK)
    sentence = str(folder) if good else f"{folder} is no folder that we may write in"
    return _found("data folder", sentence, good=good)


def _secret(settings: Settings) -> Finding:
    path = settings.data_dir / "secret"
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return _found(
            "secret", "not made yet; the first start makes it", good=False, else_=State.WARNING
        )
    good = not mode & 0o077
    sentence = f"mode {mode:04o}"
    return _found("secret", sentence if good else f"{sentence}; run: chmod 0400 {path}", good=good)


def _web_part() -> Finding:
    try:
        load_web_files()
    except WebPartMissing as error:
        return _found("web part", str(error), good=False)
    return _found("web part", "built", good=True)


async def _database(settings: Settings) -> Finding:
    if not settings.database_url and not (settings.data_dir / SQLITE_FILE).is_file():
        return _found("database", "not made yet; run: tweespraak migrate", good=False)
    database = Database(settings.sqlalchemy_url)
    try:
        return await _look_into(database)
    except TweespraakError as error:
        return _found("database", f"does not answer ({error.code})", good=False)
    finally:
        await database.close()


async def _passwords(settings: Settings) -> Finding:
    """Whether the keys are here that open them: without one nothing starts."""
    try:
        async with opened_parts(settings):
            return _found("stored passwords", "their keys are here", good=True)
    except CannotStart as error:
        return _found("stored passwords", str(error), good=False)


async def _look_into(database: Database) -> Finding:
    name, major = await server_version(database)
    if name == "PostgreSQL" and major < _LEAST_POSTGRES:
        return _found("database", f"PostgreSQL {major} is too old; 14 or newer", good=False)
    good = await is_migrated(database)
    sentence = f"{name} {major}, " + ("up to date" if good else "run: tweespraak migrate")
    return _found("database", sentence, good=good)


async def _relay(settings: Settings) -> AsyncIterator[Finding]:
    """Does the relay carry a talk, and lead nowhere else? Tried, not read."""
    if not settings.turn_urls:
        sentence = "none; people behind strict firewalls cannot talk by video"
        yield _found("relay", sentence, good=False, else_=State.WARNING)
        return
    coturn = look_at_coturn()
    if coturn is not None:
        yield _of_relay(coturn)
    ways = [parse_relay(url) for url in settings.turn_urls]
    now = int(time.time())
    login = partial(turn_login, settings.turn_secret, secrets.token_hex(8))
    async for looked in look_at_relay(ways, login, now=now):
        yield _of_relay(looked)


def _of_relay(looked: Looked) -> Finding:
    else_ = State.WARNING if looked.harmless else State.BAD
    return _found(looked.subject, looked.sentence, good=looked.good, else_=else_)


async def _reached(subject: str, host: str, port: int) -> Finding:
    shown = f"{host} port {port}"
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), _PATIENCE)
    except (OSError, TimeoutError):
        return _found(subject, f"{shown} does not answer", good=False)
    writer.close()
    return _found(subject, f"{shown} answers", good=True)
