"""The stand-in as a web server: passwords, the log of requests, and what befalls a request."""

import asyncio
from base64 import b64decode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from urllib.parse import urlsplit

from aiohttp import web

from tests.stand_in.answers import Answers, Asked, Told
from tests.stand_in.events import event_text, name_of
from tests.stand_in.quirks import Flap, Quirks, Schedule, calm
from tests.stand_in.store import Calendar, Store

RETRY_AFTER = "2"
_CHALLENGE = {"WWW-Authenticate": 'Basic realm="stand-in"'}
_EMPTY = b'<?xml version="1.0"?>\n<multistatus xmlns="DAV:"></multistatus>'
_BROKEN = b"<?xml version='1.0'?>\n<multistatus xmlns='DAV:'><response><href>/calen"
_PAGE = b"<!doctype html><title>Gastnetwerk</title><p>Welkom. Ga akkoord met de voorwaarden."


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request as it was answered; `status` is 0 where no answer went out."""

    method: str
    path: str
    depth: str | None
    status: int
    flap: Flap | None


@dataclass(slots=True, kw_only=True)
class StandIn:
    """A server with one user `anna` and her calendar `diary`, unless told otherwise.

    `quirks` and `schedule` may be changed while it runs; `seen` is the log of requests.
    `after_write` is called after each write that was done, before it is answered.
    """

    user: str = "anna"
    password: str = "a-password-of-tests"
    quirks: Quirks = field(default_factory=Quirks)
    schedule: Schedule = calm
    seen: list[Seen] = field(default_factory=list)
    after_write: Callable[[], None] | None = None
    store: Store = field(init=False)
    answers: Answers = field(init=False)
    _wrong: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        self.store = Store({self.user: self.password})
        self.store.make(self.user, "diary", display_name="Agenda", colour="#0a7d55")
        self.answers = Answers(self.store, self.quirks)

    @property
    def diary(self) -> Calendar:
        """The calendar that is there from the start."""
        return self.store.calendars[self.user, "diary"]

    def behave(self, quirks: Quirks) -> None:
        """From now on be such a server."""
        self.quirks = self.answers.quirks = quirks

    def fill(self, number: int, first_day: datetime, *, calendar: str = "diary") -> None:
        """Put so many events in a calendar, at once."""
        there = self.store.calendars.get((self.user, calendar))
        target = there or self.store.make(self.user, calendar)
        for one in range(number):
            target.put(name_of(one), event_text(one, first_day=first_day))

    def touch(self, numbers: list[int], first_day: datetime, revision: int) -> None:
        """Change these events of a filled diary."""
        for one in numbers:
            self.diary.put(name_of(one), event_text(one, first_day=first_day, revision=revision))

    def count_seen(self) -> int:
        """How many requests came."""
        return len(self.seen)

    def app(self) -> web.Application:
        """The application; one may run at a time."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._answer)
        return app

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        known = self._user(request) is not None  # a question for the way to log in is not failed
        flap = self.schedule(request.method, request.path) if known else None
        body = await request.read()
        if flap in (Flap.REFUSED, Flap.HANG):
            self._log(request, 0, flap)
            return await self._silent(request, flap)
        instead = _instead(flap, request)
        told = instead or self._serve(request, body)
        if self.after_write is not None and told.status < 300 and _writes(request, instead):
            self.after_write()
        return await self._send(request, flap, told)

    def _serve(self, request: web.Request, body: bytes) -> Told:
        if request.path == "/.well-known/caldav":
            return Told(status=301, headers={"Location": "/"})
        user = self._user(request)
        if user is None:
            return Told(status=401, headers=_CHALLENGE)
        return self.answers(
            Asked(
                method=request.method,
                raw_path=request.rel_url.raw_path,
                headers=request.headers,
                body=body,
                user=user,
                base=f"{request.scheme}://{request.host}",
            )
        )

    def _user(self, request: web.Request) -> str | None:
        scheme, _, told = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        user, _, password = b64decode(told + "==").decode("utf-8", "replace").partition(":")
        return user if self.store.users.get(user) == password else None

    async def _send(
        self, request: web.Request, flap: Flap | None, told: Told
    ) -> web.StreamResponse:
        match flap:
            case Flap.LOST | Flap.HANG_AFTER:
                self._log(request, 0, flap)
                return await self._silent(request, flap)
            case Flap.RESET if told.body:
                self._log(request, 0, flap)
                return await _half(request, told)
            case Flap.SERVER_ERROR_AFTER:
                told = Told(status=500)
            case Flap.WRONG_TAG if "ETag" in told.headers:
                wrong = {**told.headers, "ETag": f'"wrong-{next(self._wrong)}"'}
                told = replace(told, headers=wrong)
            case Flap.SLOW:
                await asyncio.sleep(1)
        self._log(request, told.status, flap)
        return web.Response(status=told.status, body=told.body, headers=told.headers)

    async def _silent(self, request: web.Request, flap: Flap) -> web.StreamResponse:
        if flap in (Flap.HANG, Flap.HANG_AFTER):
            await asyncio.Event().wait()
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    def _log(self, request: web.Request, status: int, flap: Flap | None) -> None:
        seen = Seen(
            method=request.method,
            path=urlsplit(request.raw_path).path,
            depth=request.headers.get("Depth"),
            status=status,
            flap=flap,
        )
        self.seen.append(seen)


def _writes(request: web.Request, instead: Told | None) -> bool:
    return request.method in ("PUT", "DELETE") and instead is None


async def _half(request: web.Request, told: Told) -> web.StreamResponse:
    """Send the head and half of the body, and break the connection."""
    response = web.StreamResponse(status=told.status, headers=told.headers)
    response.content_length = len(told.body)
    await response.prepare(request)
    await response.write(told.body[: len(told.body) // 2])
    assert request.transport is not None
    request.transport.abort()
    return response


def _instead(flap: Flap | None, request: web.Request) -> Told | None:
    """What is answered without doing anything; None: it is done as asked."""
    wait = {"Retry-After": RETRY_AFTER}
    page = {"Content-Type": "text/html; charset=utf-8"}
    xml = {"Content-Type": "application/xml; charset=utf-8"}
    elsewhere = {"Location": f"{request.scheme}://{request.host}/moved{request.path}"}
    answers = {
        Flap.SERVER_ERROR: Told(status=500),
        Flap.UNAVAILABLE: Told(status=503, headers=wait),
        Flap.TOO_MANY: Told(status=429, headers=wait),
        Flap.UNAUTHORIZED: Told(status=401, headers=_CHALLENGE),
        Flap.FORBIDDEN: Told(status=403),
        Flap.NOT_FOUND: Told(status=404),
        Flap.PRECONDITION: Told(status=412),
        Flap.MOVED: Told(status=301, headers=elsewhere),
        Flap.PAGE: Told(status=200, body=_PAGE, headers=page),
        Flap.BROKEN_XML: Told(status=207, body=_BROKEN, headers=xml),
        Flap.EMPTY: Told(status=207, body=_EMPTY, headers=xml),
    }
    return None if flap is None else answers.get(flap)
