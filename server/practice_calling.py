"""How a web process reaches practice processes: by Unix sockets, or addresses with a secret."""

import asyncio
import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import aiohttp

from server.config import Settings

_PATIENCE: Final = aiohttp.ClientTimeout(total=3)
_LONGEST_PATH: Final = 90  # a Unix socket has at most 107 characters
_UNREACHED: Final = (aiohttp.ClientError, TimeoutError, OSError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What was answered: `coming`, `full` with a place in the queue, or `closed`."""

    answer: str
    position: int = 0


def socket_folder(data_dir: Path) -> Path:
    """Where practice processes of this installation put their sockets."""
    folder = data_dir.absolute() / "practice"
    if len(str(folder)) <= _LONGEST_PATH:
        return folder
    mark = hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"tweespraak-practice-{mark}"


def only_ours(folder: Path) -> bool:
    """Whether a folder is one of our own user, and no link to one elsewhere."""
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()


async def call_guide(
    settings: Settings,
    session: UUID,
    device: UUID,
    ticket: str,
    *,
    stranger: bool = False,
    without_camera: bool = False,
) -> Called:
    """Ask for a guide: where the session is or was already, else where there is most room.

    A `stranger` comes from the public page; somebody `without_camera` need not be seen.
    """
    path = f"/load/{session}" + ("?stranger" if stranger else "")
    desks = _desks(settings)
    answers = await asyncio.gather(*(_ask(settings, desk, "GET", path) for desk in desks))
    loads = [
        (load, desk)
        for load, desk in zip(answers, desks, strict=True)
        if load is not None and not (load["closed"] and not load["here"])
    ]
    if not loads:
        return Called(answer="closed")
    _, desk = max(loads, key=lambda pair: _fitness(pair[0]))
    said = {
        "session": str(session),
        "device": str(device),
        "ticket": ticket,
        "stranger": stranger,
        "without_camera": without_camera,
    }
    answer = await _ask(settings, desk, "POST", "/come", json=said)
    if answer is None:
        return Called(answer="closed")
    return Called(answer=answer["answer"], position=int(answer["position"]))


async def result_of(settings: Settings, session: UUID) -> dict[str, Any] | None:
    """What the talk of a session showed so far; None when no process knows it.

    Of several the one that is going on counts, else the one that ended last.
    """
    asked = (_ask(settings, desk, "GET", f"/result/{session}") for desk in _desks(settings))
    found = [one for one in await asyncio.gather(*asked) if one is not None]
    newest = max(found, key=lambda one: (one["running"], -one["ago"]), default=None)
    if newest is None:
        return None
    return {name: one for name, one in newest.items() if name not in ("running", "ago")}


def _fitness(load: dict[str, Any]) -> tuple[bool, bool, bool, int, int]:
    free = load["room"] > 0
    return (
        load["here"],
        load["position"] > 0,
        load["known"] and free,
        load["room"],
        -load["waiting"],
    )


def _desks(settings: Settings) -> tuple[str, ...]:
    if settings.practice_urls:
        return settings.practice_urls
    folder = socket_folder(settings.data_dir)
    return tuple(str(one) for one in sorted(folder.glob("*.sock"))) if only_ours(folder) else ()


async def _ask(
    settings: Settings,
    desk: str,
    method: str,
    path: str,
    **more: Any,  # noqa: ANN401 -- aiohttp's
) -> dict[str, Any] | None:
    """One question; None when nobody answers, or not as we speak."""
    local = desk.endswith(".sock")
    connector = aiohttp.UnixConnector(path=desk) if local else None
    headers = {} if local else {"Authorization": f"Bearer {settings.practice_secret}"}
    base = "http://practice" if local else desk.rstrip("/")
    try:
        async with (
            aiohttp.ClientSession(connector=connector, timeout=_PATIENCE) as http,
            http.request(method, base + path, headers=headers, **more) as answer,
        ):
            if answer.status != 200:  # noqa: PLR2004 -- OK
                return None
            found: dict[str, Any] = await answer.json()
            return found
    except _UNREACHED:
        return None
