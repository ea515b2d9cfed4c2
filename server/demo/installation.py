"""Starts and stops the parts of a whole installation on this machine, each its own process."""

import contextlib
import fcntl
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from server.config import PREFIX
from server.demo.calendar_server import CalendarAccess, add_calendar, prepare
from server.demo.people import COACHES

# Seconds until a part must answer, on a machine that is busy; one that ended is noticed at once.
_PATIENCE = 180.0
_PORTS = range(11_000, 16_000)
_USUAL_PORT = 80
_GRACE = 40.0  # seconds a part gets to finish what it has in hand and end


class CannotStart(Exception):
    """A part of the installation does not start; the text is the one sentence to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where the parts listen, all on the loopback address."""

    web: int
    calendar: int
    smtp: int
    mails: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A running process of the installation."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def check(self) -> None:
        """Raise `CannotStart` when it has ended."""
        code = self.process.poll()
        if code is not None:
            lines = self.log.read_text(errors="replace").strip().splitlines()
            said = f": {lines[-1]}" if lines else ""
            raise CannotStart(f"The {self.name} ended (code {code}){said} (see {self.log})")

    def stop(self) -> None:
        """Tell it that we are gone, wait, and end it if it does not listen."""
        self.process.terminate()
        if self.process.stdin:
            self.process.stdin.close()
        try:
            self.process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def free_port(*, rather: int = 0) -> int:
    """A port of the loopback address that is ours to listen on: `rather` when it is free.

    It lies below what systems give to whoever asks for any port (RFC 6335 6: from 49152; Linux:
    from 32768; gVisor: from 16000), so no connection that goes out takes it before its server
    listens. Until this process ends no other process is given it here.

    Raises:
        CannotStart: none of the ports is free.
    """
    if rather and is_free(rather):
        return rather
    for port in random.sample(_PORTS, len(_PORTS)):
        if _keep(port) and is_free(port):
            return port
    raise CannotStart(f"No port from {_PORTS.start} to {_PORTS.stop - 1} of 127.0.0.1 is free")


def _keep(port: int) -> bool:
    """Whether `port` is now kept for this process, by a lock that ends with it."""
    folder = Path(tempfile.gettempdir()) / f"tweespraak-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    lock = os.open(folder / str(port), os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return False
    return True


def is_free(port: int) -> bool:
    """Whether nobody listens on `port` of the loopback address, by TCP or by UDP."""
    with (
        socket.socket() as stream,
        socket.socket(type=socket.SOCK_DGRAM) as datagrams,
    ):
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            stream.bind(("127.0.0.1", port))
            datagrams.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def local_address(port: int) -> str:
    """The address of `port` on this machine as browsers write it: without the usual port."""
    return "http://localhost" if port == _USUAL_PORT else f"http://localhost:{port}"


def environment(folder: Path, ports: Ports, **more: str) -> dict[str, str]:
    """The environment of the installation's own processes; `more` are settings by name."""
    ours = {
        "public_url": local_address(ports.web),
        "listen_port": str(ports.web),
        "data_dir": str(folder / "data"),
        "organisation": "Voorbeeld Werkt",
        "organisation_phone": "020 555 0100",
        "mail_from": "planning@voorbeeldwerkt.example",
        "smtp_host": "127.0.0.1",
        "smtp_port": str(ports.smtp),
        "allow_private_hosts": "127.0.0.1,localhost",
        "demo": "true",
        **more,
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return kept | {f"{PREFIX}{name.upper()}": value for name, value in ours.items()}


@contextlib.contextmanager
def running_part(
    name: str, entry: str, *arguments: str, folder: Path, env: Mapping[str, str] | None = None
) -> Iterator[Part]:
    """Run `entry` ("module:function") as a child that ends with us; stop it at the end."""
    log = folder / "log" / f"{name.replace(' ', '-')}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 -- our own modules
            [sys.executable, "-m", "server.demo.child", entry, *arguments],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env) if env is not None else None,
            start_new_session=True,  # Ctrl-C comes to us, and we stop the parts in order
        )
    part = Part(name=name, process=process, log=log)
    try:
        yield part
    finally:
        part.stop()


@contextlib.contextmanager
def surroundings(folder: Path, ports: Ports) -> Iterator[CalendarAccess]:
    """Run the calendar server and the mail server.

    Raises:
        CannotStart: one of them does not come up.
    """
    calendars = folder / "calendars"
    access = prepare(calendars, ports.calendar)
    for coach in COACHES:
        add_calendar(calendars, coach.login, coach.name)
    config = str(calendars / "config")
    mails = (str(folder / "mails"), str(ports.smtp), str(ports.mails))
    with (
        running_part(
            "calendar server", "radicale.__main__:run", "--config", config, folder=folder
        ) as radicale,
        running_part("mail server", "server.demo.mail_sink:main", *mails, folder=folder) as sink,
    ):
        await_port(radicale, ports.calendar)
        await_port(sink, ports.smtp)
        await_port(sink, ports.mails)
        yield access


def await_port(part: Part, port: int) -> None:
    """Return when `part` listens on `port`.

    Raises:
        CannotStart: it ended, or did not listen in three minutes.
    """
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        part.check()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise CannotStart(f"The {part.name} does not listen on port {port} (see {part.log})")


def await_health(part: Part, port: int, *, patience: float = _PATIENCE) -> None:
    """Return when the web process on `port` says that it is well.

    Raises:
        CannotStart: it ended, or did not answer in `patience` seconds.
    """
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        part.check()
        with (
            contextlib.suppress(OSError, urllib.error.HTTPError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer,
        ):
            if answer.status == 200:  # noqa: PLR2004 -- HTTP OK
                return
        time.sleep(0.05)
    raise CannotStart(f"The {part.name} does not answer on port {port} (see {part.log})")
