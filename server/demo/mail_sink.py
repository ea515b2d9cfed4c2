"""The demo's mail server: takes every mail, keeps it as a file, shows it on a page.

python -m server.demo.mail_sink FOLDER SMTP_PORT PAGE_PORT
"""

import asyncio
import signal
import sys
from pathlib import Path

from aiohttp import web
from aiosmtpd.smtp import SMTP, Envelope, Session

from server.demo.mail_pages import mail_app
from server.demo.mails import keep

_HOST = "127.0.0.1"


class _Keeper:
    """Takes what SMTP brings and keeps it before saying so."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd's name
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        await asyncio.to_thread(keep, self._folder, raw, envelope.rcpt_tos)
        return "250 kept"


async def serve(folder: Path, smtp_port: int, page_port: int, stop: asyncio.Event) -> None:
    """Take mails and show them until `stop`.

    Raises:
        OSError: a port is in use.
    """
    keeper = _Keeper(folder)
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(keeper, enable_SMTPUTF8=True, hostname="localhost"), _HOST, smtp_port
    )
    runner = web.AppRunner(mail_app(folder), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, _HOST, page_port).start()
    await stop.wait()
    server.close()
    await runner.cleanup()


async def _run() -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), stop)


def main() -> None:
    """Serve until told to stop."""
    asyncio.run(_run())


if __name__ == "__main__":
    main()
