"""Real servers for tests: each on a free port, in a folder of its own, stopped at the end."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from server.demo.installation import free_port

_INITDB = ("-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
_PATIENCE = 180.0  # seconds until a server must answer, also on a machine that is busy


def needed(program: str, *, package: str) -> str:
    """The path of `program`, or a failure that names the command that installs it."""
    found = shutil.which(program)
    if found is None:
        pytest.fail(f"{program} is not here: sudo apt-get install {package}", pytrace=False)
    return found


@contextlib.contextmanager
def postgres_cluster() -> Iterator[str]:
    """A PostgreSQL cluster; gives the address of its maintenance database.

    As root the server runs as user postgres, because it refuses root.
    """
    folder, address = start_postgres()
    try:
        yield address
    finally:
        stop_postgres(folder)


def start_postgres(settings: str = "") -> tuple[Path, str]:
    """The folder of a new cluster, and the address of its maintenance database.

    `settings` are further ones, as the program `postgres` takes them.
    """
    programs = _postgres_programs()
    folder = Path(tempfile.mkdtemp(prefix="tweespraak-postgres-"))
    prefix = _as_postgres(folder)
    port = free_port()
    _run(
        folder,
        [*prefix, programs / "initdb", "-D", folder / "data", "-U", "tweespraak", *_INITDB],
    )
    # A test cluster need not survive a power cut; all workers of a run share it.
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    options += f" -c max_connections=400 -c full_page_writes=off {settings}"
    patience = f"{_PATIENCE:.0f}"
    _run(
        folder,
        [*_control(folder), "-w", "-t", patience, "-l", folder / "log", "-o", options, "start"],
    )
    return folder, f"postgresql://tweespraak@127.0.0.1:{port}/postgres"


def stop_postgres(folder: Path) -> None:
    """End the cluster of `start_postgres`, from whatever process, and take its folder away."""
    subprocess.run([*_control(folder), "-m", "immediate", "stop"], check=False, capture_output=True)
    shutil.rmtree(folder, ignore_errors=True)


def _control(folder: Path) -> list[str | Path]:
    return [*_as_postgres(folder), _postgres_programs() / "pg_ctl", "-D", folder / "data"]


@contextlib.contextmanager
def redis_server() -> Iterator[str]:
    """A Redis server that keeps nothing on disk; gives its address."""
    port = free_port()
    with redis_at(port):
        yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def redis_at(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The same on a given port: to be killed, and begun anew with an empty memory."""
    program = needed("redis-server", package="redis-server")
    with tempfile.TemporaryDirectory(prefix="tweespraak-redis-") as folder:
        process = subprocess.Popen(
            [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", folder],
            stdout=subprocess.DEVNULL,
        )
        try:
            await_port(port, process)
            yield process
        finally:
            stop(process)


def await_port(port: int, process: subprocess.Popen[bytes], *, host: str = "127.0.0.1") -> None:
    """Return when somebody listens on `port`; fail when `process` ends before that."""
    _await(lambda: _listens(host, port), process, f"nobody listens on port {port}")


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process that a test started, and wait until it is gone."""
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _await(ready: Callable[[], bool], process: subprocess.Popen[bytes], complaint: str) -> None:
    until = time.monotonic() + _PATIENCE
    while not ready():
        assert process.poll() is None, f"{complaint}: the server ended"
        assert time.monotonic() < until, complaint
        time.sleep(0.02)  # a foreign server tells its readiness only by answering


def _listens(host: str, port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def _run(folder: Path, command: list[str | Path]) -> None:
    # The server outlives pg_ctl and would keep a captured pipe open.
    with (folder / "output").open("wb") as output:
        ended = subprocess.run(command, check=False, cwd=folder, stdout=output, stderr=output)
    said = [
        (folder / name).read_text(errors="replace")
        for name in ("output", "log")
        if (folder / name).exists()
    ]
    assert ended.returncode == 0, "\n".join(said)


def _postgres_programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=_major)
    if found:
        return found[-1].parent
    return Path(needed("initdb", package="postgresql")).parent


def _major(program: Path) -> int:
    name = program.parent.parent.name
    return int(name) if name.isdigit() else 0


def _as_postgres(folder: Path) -> list[str]:
    if os.geteuid() != 0:
        return []
    try:
        account = pwd.getpwnam("postgres")
    except KeyError:
        pytest.fail("user postgres is not here: sudo apt-get install postgresql", pytrace=False)
    os.chown(folder, account.pw_uid, account.pw_gid)
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
