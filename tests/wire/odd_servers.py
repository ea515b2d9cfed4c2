"""Servers that are no calendar, or not one for us: each answers everything in one odd way."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class OddServer:
    """Where it stands, and the methods, paths and passwords that came."""

    url: str = ""
    seen: list[tuple[str, str, str]] = field(default_factory=list)


@asynccontextmanager
async def odd_server(
    answer: Answer, *, tls: ssl.SSLContext | None = None
) -> AsyncIterator[OddServer]:
    """A server on a free port that gives `answer` to every request."""
    handle = OddServer()

    async def noted(request: web.Request) -> web.StreamResponse:
        handle.seen.append((request.method, request.path, request.headers.get("Authorization", "")))
        return await answer(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", noted)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    scheme = "https" if tls else "http"
    handle.url = f"{scheme}://127.0.0.1:{runner.addresses[0][1]}/"
    try:
        yield handle
    finally:
        await runner.cleanup()


def status(code: int, **headers: str) -> Answer:
    """Answer everything with this status."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=code, headers=headers)

    return answer


def body(text: str, *, code: int = 207, kind: str = "application/xml") -> Answer:
    """Answer everything with this text."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=code, text=text, content_type=kind)

    return answer


async def hang(_request: web.Request) -> web.StreamResponse:
    """Take the request and never answer."""
    await asyncio.Event().wait()
    raise AssertionError


async def circle(request: web.Request) -> web.StreamResponse:
    """Send round for ever, on the same host."""
    return web.Response(status=302, headers={"Location": f"{request.path}x/"})


def self_signed(folder: Path) -> ssl.SSLContext:
    """A certificate that nobody vouches for."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = f"req -x509 -newkey rsa:2048 -nodes -days 2 -keyout {key} -out {certificate}"
    named = "-subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    subprocess.run(
        ["openssl", *made.split(), *named.split()],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
