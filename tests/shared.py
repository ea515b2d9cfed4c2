"""What all workers of one run of the tests share: made by the first that needs it.

pytest-xdist starts several processes; a database that each migrated for itself would be the same.
"""

import contextlib
import fcntl
from collections.abc import Callable, Iterator
from pathlib import Path


def made_once(path: Path, make: Callable[[Path], None]) -> Path:
    """The file at `path`, made by the first worker that asks; the others wait for it."""
    with _alone(path):
        if not path.exists():
            half = path.with_name(f"half-{path.name}")
            half.unlink(missing_ok=True)
            make(half)
            half.rename(path)
    return path


@contextlib.contextmanager
def run_once(
    folder: Path, name: str, start: Callable[[], str], stop: Callable[[str], None]
) -> Iterator[str]:
    """What `start` gave to the first worker that asked; `stop` is called when the last one leaves.

    Each worker holds a lock that ends with its process, so one that was killed keeps nobody out.
    """
    told = folder / name
    with (folder / f"{name}.users").open("a") as users:
        with _alone(told):
            if not told.exists():
                told.write_text(start(), "utf-8")
            fcntl.flock(users, fcntl.LOCK_SH)
        given = told.read_text("utf-8")
        try:
            yield given
        finally:
            with _alone(told):
                if _is_last(users.fileno()):
                    told.unlink()
                    stop(given)


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.with_name(f"{path.name}.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_last(users: int) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
