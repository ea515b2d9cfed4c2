"""One process of the installation, as `serve` starts it: `python -m server.part web`.

It loads nothing of the other processes and commands, and ends when its parent is gone.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Final

from coaching.errors import TweespraakError
from coaching.words import Language
from server import serving
from server.config import BadSetting, Settings, read_settings
from server.errors import problem_of
from server.logs import write_logs
from server.texts import catalogue
from server.webfiles import WebPartMissing

Serve = Callable[[Settings, asyncio.Event], Coroutine[None, None, int]]


async def _practice(settings: Settings, stop: asyncio.Event) -> int:
    return await serving.serve_practice(settings, stop, with_others=True)


_PARTS: Final[dict[str, Serve]] = {
    "web": serving.serve_web,
    "worker": serving.serve_worker,
    "sync": serving.serve_sync,
    "practice": _practice,
}


def main(name: str) -> int:
    """Run this part until it is told to stop, and give its exit code."""
    serve = _PARTS[name]
    settings = read_settings()
    write_logs(settings.log_level)
    serving.end_with_parent()
    return serving.run(lambda stop: serve(settings, stop))


def sentence_of(error: Exception) -> str:
    """What a person at the command line reads of a failure."""
    if isinstance(error, TweespraakError):
        return problem_of(error, catalogue(Language.EN)).sentence
    return str(error)


def fail(error: Exception) -> None:
    """Say it on standard error, and end with exit code 2."""
    sys.stderr.write(f"tweespraak: {sentence_of(error)}\n")
    sys.exit(2)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1]))
    except (BadSetting, serving.CannotStart, WebPartMissing, TweespraakError) as error:
        fail(error)
