"""Real calendar servers and a real mail sink for tests, on free ports, gone at the end."""

import asyncio
import contextlib
import importlib.util
import subprocess
import sys
import tempfile
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest

from server.demo.installation import free_port
from tests.servers import await_port, stop

USER, PASSWORD = "anna", "a-password-of-tests"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarServer:
    """A server with one empty calendar in it."""

    calendar_url: str
    user: str
    password: str
    folder: Path

    @property
    def host(self) -> str:
        """The private host that the guard has to allow."""
        return "127.0.0.1"

    def objects(self) -> dict[str, bytes]:
        """All events in the calendar, by the server's own files."""
        return {path.name: path.read_bytes() for path in self.paths()}

    def paths(self) -> list[Path]:
        """The files of all events, without what the server keeps for itself."""
        found = sorted(self.folder.rglob("*.ics"))
        return [path for path in found if ".Radicale.cache" not in path.parts]


@contextlib.contextmanager
def radicale() -> Iterator[CalendarServer]:
    """Radicale with one user and one calendar."""
    _installed("radicale")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="tweespraak-radicale-") as name:
        folder = Path(name)
        (folder / "users").write_text(f"{USER}:{PASSWORD}\n")
        (folder / "config").write_text(
            f"[server]\nhosts = 127.0.0.1:{port}\n"
            f"[auth]\ntype = htpasswd\nhtpasswd_filename = {folder / 'users'}\n"
            "htpasswd_encryption = plain\ndelay = 0\n"
            f"[storage]\nfilesystem_folder = {folder / 'store'}\n"
            "[logging]\nlevel = warning\n"
        )
        process = subprocess.Popen(
            [sys.executable, "-m", "radicale", "--config", str(folder / "config")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            await_port(port, process)
            url = f"http://127.0.0.1:{port}/{USER}/diary/"
            make_calendar(url)
            yield CalendarServer(
                calendar_url=url, user=USER, password=PASSWORD, folder=folder / "store"
            )
        finally:
            stop(process)


@contextlib.contextmanager
def xandikos() -> Iterator[CalendarServer]:
    """Xandikos with one calendar; it knows no passwords and takes any."""
    _installed("xandikos")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="tweespraak-xandikos-") as name:
        folder = Path(name)
        listen = ["-l", "127.0.0.1", "-p", str(port), "--state-dir", str(folder / "state")]
        process = subprocess.Popen(
            [sys.executable, "-m", "xandikos.web", "-d", name, "--defaults", *listen],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            await_port(port, process)
            url = f"http://127.0.0.1:{port}/user/calendars/diary/"
            make_calendar(url)
            yield CalendarServer(calendar_url=url, user=USER, password=PASSWORD, folder=folder)
        finally:
            stop(process)


def make_calendar(url: str) -> None:
    """MKCALENDAR, as a person would have done before connecting it."""
    request = urllib.request.Request(url, method="MKCALENDAR")  # noqa: S310 -- our own server
    request.add_header(
        "Authorization", f"Basic {b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"
    )
    with urllib.request.urlopen(request, timeout=180) as answer:  # noqa: S310 -- our own server
        assert answer.status == 201


@dataclass(slots=True)
class MailSink:
    """What an SMTP server took: sender, recipients and message, in order of arrival.

    `refusals` are answers that it gives to the next RCPT commands instead of taking them.
    """

    port: int
    mails: "asyncio.Queue[Delivered]"
    taken: "list[Delivered]"
    refusals: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """One mail with its envelope."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage


@contextlib.asynccontextmanager
async def mail_sink() -> Any:  # noqa: ANN401 -- an asynchronous context manager of MailSink
    """An aiosmtpd server in this event loop."""
    _installed("aiosmtpd")
    from aiosmtpd.smtp import SMTP  # noqa: PLC0415 -- after the check that it is there

    sink = MailSink(port=0, mails=asyncio.Queue(), taken=[], refusals=[])
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(_Handler(sink), enable_SMTPUTF8=True, loop=loop), "127.0.0.1", 0
    )
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()
        await server.wait_closed()


class _Handler:
    def __init__(self, sink: MailSink) -> None:
        self._sink = sink

    async def handle_RCPT(  # noqa: N802 -- the name that aiosmtpd calls
        self,
        _server: object,
        _session: object,
        envelope: Any,  # noqa: ANN401 -- aiosmtpd's
        address: str,
        _options: object,
    ) -> str:
        if self._sink.refusals:
            return self._sink.refusals.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802, ANN401 -- aiosmtpd's
        message = BytesParser(policy=policy.default).parsebytes(envelope.content)
        mail = Delivered(
            sender=envelope.mail_from, recipients=tuple(envelope.rcpt_tos), message=message
        )
        self._sink.taken.append(mail)
        self._sink.mails.put_nowait(mail)
        return "250 OK"


def _installed(module: str) -> None:
    if importlib.util.find_spec(module) is None:
        pytest.fail(f"{module} is not here: pip install '.[test]'", pytrace=False)
