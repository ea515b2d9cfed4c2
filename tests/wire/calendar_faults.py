"""A calendar server that fails as asked: a proxy before a real one."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from aiohttp import ClientSession, web

from tests.calendar_servers import CalendarServer

WRITES = ("PUT", "DELETE")
_HOP = ("Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Content-Encoding")


@dataclass(slots=True)
class FaultyCalendar:
    """What to do with the next requests; `seen` are method and path of all that came."""

    server: CalendarServer
    fault: "Callable[[web.Request, FaultyCalendar], Awaitable[web.StreamResponse]] | None" = None
    seen: list[tuple[str, str]] = field(default_factory=list)
    after_write: Callable[[], None] | None = None
    _session: ClientSession | None = None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.method, request.path))
        if self.fault is not None:
            return await self.fault(request, self)
        return await self.forward(request)

    async def forward(self, request: web.Request) -> web.Response:
        """Ask the real server and give its answer."""
        assert self._session is not None
        base = urlsplit(self.server.calendar_url)
        async with self._session.request(
            request.method,
            f"{base.scheme}://{base.netloc}{request.raw_path}",
            headers={name: value for name, value in request.headers.items() if name != "Host"},
            data=await request.read(),
            allow_redirects=False,
        ) as answer:
            headers = {name: value for name, value in answer.headers.items() if name not in _HOP}
            return web.Response(status=answer.status, headers=headers, body=await answer.read())


@asynccontextmanager
async def faulty(server: CalendarServer) -> AsyncIterator[tuple[FaultyCalendar, CalendarServer]]:
    """The proxy's handle, and the server as it looks through the proxy."""
    handle = FaultyCalendar(server=server)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    path = urlsplit(server.calendar_url).path
    async with ClientSession() as session:
        handle._session = session
        yield handle, replace(server, calendar_url=f"http://127.0.0.1:{port}{path}")
    await runner.cleanup()


def status(code: int, **headers: str) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Answer every request with this status."""

    async def fault(_request: web.Request, _calendar: FaultyCalendar) -> web.StreamResponse:
        return web.Response(status=code, headers=headers)

    return fault


async def garbage(_request: web.Request, _calendar: FaultyCalendar) -> web.StreamResponse:
    """What a page that asks for a password answers to everything."""
    return web.Response(text="<html><p>Welkom op ons gastnetwerk", content_type="text/html")


async def broken_xml(_request: web.Request, _calendar: FaultyCalendar) -> web.StreamResponse:
    return web.Response(text="<multistatus xmlns='DAV:'><resp", content_type="text/xml", status=207)


async def redirect(_request: web.Request, _calendar: FaultyCalendar) -> web.StreamResponse:
    return web.Response(status=301, headers={"Location": "http://169.254.169.254/"})


async def flood(_request: web.Request, _calendar: FaultyCalendar) -> web.StreamResponse:
    """More than an appointment can be."""
    return web.Response(body=b"BEGIN:VCALENDAR\r\n" * 400_000, content_type="text/calendar")


async def hang(_request: web.Request, _calendar: FaultyCalendar) -> web.StreamResponse:
    """Take the request and never answer."""
    await asyncio.Event().wait()
    raise AssertionError


async def hang_up(request: web.Request, _calendar: FaultyCalendar) -> web.StreamResponse:
    """Close the connection without an answer, and without doing anything."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def lose_answers(request: web.Request, calendar: FaultyCalendar) -> web.StreamResponse:
    """Do every write, and lose its answer."""
    answer = await calendar.forward(request)
    if request.method in WRITES and answer.status < 300:
        if calendar.after_write is not None:
            calendar.after_write()
        assert request.transport is not None
        request.transport.abort()
    return answer
