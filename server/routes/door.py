"""What every request passes: number, log, headers, limits, who it is, the hidden field."""

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import TypeVar

import structlog
from aiohttp import hdrs, web

from coaching.errors import BadInput, NotAllowed, Refused, TweespraakError, Unavailable
from server.errors import Problem, problem_for_candidate, problem_of
from server.headers import REPORTS_PATH, security_headers
from server.logs import where
from server.portraits import LARGEST_BYTES
from server.routes.forms import own_path, parse_form
from server.routes.giving_back import can_give_back
from server.routes.jitsi import JITSI_PATH
from server.routes.keys import FORM, NONCE, PAGE_OLD, PARTS, REQUEST_ID, UPLOAD, VISIT
from server.routes.page import page, refusal_facts, visit_of, words_of
from server.routes.rights import is_for_staff
from server.routes.uploads import UPLOAD_SECONDS, UPLOAD_TYPE, read_sent
from server.web_session import keep_stranger, read_visit

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Read = TypeVar("Read")
BODY_SECONDS = 10
_WITH_FILE = "/coaches/{id}/photo"
_TALK = "/talk/{meeting}"
# Guarded by a bearer secret of their own; what browsers send by themselves, and nobody acts on.
_OF_MACHINES = (f"{JITSI_PATH}/", f"{REPORTS_PATH}/")
_SOCKETS = ("/ws", "/ws/practice")
_FORM_TYPE = "application/x-www-form-urlencoded"
_JSON_TYPE = "application/json"
_NEVER_SHOWN = "password"  # part of the names of fields that no page gives back
_WITH_CAMERA = frozenset(
    {
        _TALK,
        "/j/{token}/test",
        "/j/{token}/practice",
        "/practice",
        "/readiness/practice",
    }
)
_log = structlog.get_logger("web")


def route_of(request: web.Request) -> str:
    """The pattern of the route: what a log may hold of an address, since addresses carry tokens."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "-"


@web.middleware
async def number_and_log(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request a number and write one line about it."""
    request[REQUEST_ID] = secrets.token_hex(8)
    request[NONCE] = secrets.token_urlsafe(18)
    began = time.perf_counter()
    status = 0
    try:
        response = await handler(request)
        status = response.status
    finally:
        _log.info(
            "request",
            id=request[REQUEST_ID],
            method=request.method,
            route=route_of(request),
            status=status,
            ms=round((time.perf_counter() - began) * 1000, 1),
        )
    return response


@web.middleware
async def add_headers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Put the security headers on whatever comes back, also on a refusal.

    A stranger who gets a page, be it a refusal, also gets the cookie that its forms need.
    """
    response = await handler(request)
    if response.prepared:
        return response
    headers = security_headers(
        public_url=request.app[PARTS].settings.public_url,
        nonce=request[NONCE],
        call_page=route_of(request) in _WITH_CAMERA,
        jitsi_host=request.app[PARTS].settings.jitsi_host if route_of(request) == _TALK else "",
        path=request.path,
    )
    response.headers.update(headers)
    response.headers["X-Request-Id"] = request[REQUEST_ID]
    response.headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
    visit = request.get(VISIT)
    if visit and visit.stranger_is_new:
        keep_stranger(response, request.app[PARTS].settings, visit)
    return response


@web.middleware
async def translate_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every error into a page or a JSON answer with a stable code."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        return _with_methods(_answer(request, problem_of(error, words_of(request).texts)), error)
    except Exception as error:  # noqa: BLE001 -- the last place where an error can become a sentence
        problem = problem_of(error, words_of(request).texts)
        if problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log_failure(request, error)
        if isinstance(error, Refused):
            return _refusal(request, error)
        return _answer(request, problem)


def _refusal(request: web.Request, error: Refused) -> web.Response:
    """What a rule refused, with "waarom?": to staff its rules, to a candidate plain words."""
    words, visit = words_of(request), request.get(VISIT)
    if visit and visit.staff:
        return _answer(request, problem_of(error, words.texts), refusal_facts(error, words))
    return _answer(request, problem_for_candidate(error, words.texts))


def _with_methods(response: web.Response, error: web.HTTPException) -> web.Response:
    """A refusal of a method names those that there are (RFC 9110 15.5.6)."""
    if allowed := error.headers.get(hdrs.ALLOW):
        response.headers[hdrs.ALLOW] = allowed
    return response


def _log_failure(request: web.Request, error: Exception) -> None:
    """Where it went wrong, without the message: messages of libraries quote what people typed."""
    _log.error("failure", id=request[REQUEST_ID], kind=type(error).__name__, where=where(error))


def _answer(
    request: web.Request, problem: Problem, more: Mapping[str, object] | None = None
) -> web.Response:
    if request.path.startswith("/api/") or request.path in _SOCKETS:
        return web.json_response(
            {"code": problem.code, "text": problem.sentence}, status=problem.status
        )
    facts = {"problem": problem, **(more or {})}
    return page(request, "error.html", facts, status=problem.status, back="/")


@web.middleware
async def know_visitor(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find who it is."""
    of_nobody = request.path.startswith(("/static/", "/feeds/", "/photos/", *_OF_MACHINES))
    if of_nobody or request.path in (*_SOCKETS, "/healthz"):
        return await handler(request)
    parts = request.app[PARTS]
    request[VISIT] = await read_visit(parts, request, now=parts.now())
    return await handler(request)


@web.middleware
async def guard_posts(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Read a form within ten seconds, and let it through only if it came from a page of ours."""
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        raise web.HTTPUnsupportedMediaType
    if request.method != hdrs.METH_POST or request.path.startswith(_OF_MACHINES):
        return await handler(request)
    _check_origin(request)
    if request.path.startswith("/api/"):
        request[FORM] = await _read(request, _JSON_TYPE, parse_object)
        csrf = request.headers.get("X-CSRF", "")
    else:
        await _read_form(request)
        csrf = request[FORM].get("csrf", "")
    if not csrf or not visit_of(request).accepts(csrf):
        return await _old_page(request, handler)
    return await handler(request)


async def _read_form(request: web.Request) -> None:
    """The fields of a form; of staff, on one page, also a file."""
    if request.content_type != UPLOAD_TYPE or route_of(request) != _WITH_FILE:
        request[FORM] = await _read(request, _FORM_TYPE, parse_form)
        return
    if visit_of(request).staff is None:
        raise NotAllowed("sign_in_first")
    sent = await _in_time(read_sent(request, file="photo", most=LARGEST_BYTES), UPLOAD_SECONDS)
    request[FORM], request[UPLOAD] = sent.fields, sent.file


async def _old_page(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Nothing of a form from a page of a session before is done, and nothing typed is lost.

    Its own page shows it again, filled in, where there is one and somebody is signed in; else a
    page keeps the fields until they are sent once more.
    """
    fields = request[FORM]
    if request.path.startswith("/api/") or any(_NEVER_SHOWN in name for name in fields):
        raise NotAllowed("page_old")
    if visit_of(request).staff and can_give_back(request.match_info.handler):
        request[PAGE_OLD] = True
        try:
            return await handler(request)
        except TweespraakError:
            raise NotAllowed("page_old") from None
    return _kept(request, {name: value for name, value in fields.items() if name != "csrf"})


def _kept(request: web.Request, fields: dict[str, str]) -> web.Response:
    signs_in = is_for_staff(request.match_info.handler) and visit_of(request).staff is None
    facts = {"kept": fields, "action": own_path(request.path_qs), "signs_in": signs_in}
    return page(request, "page_old.html", facts, back="/", error=NotAllowed("page_old_kept"))


async def _read(
    request: web.Request, content_type: str, parse: Callable[[bytes], dict[str, str]]
) -> dict[str, str]:
    if request.content_type != content_type:
        raise web.HTTPUnsupportedMediaType
    return parse(await _in_time(request.read(), BODY_SECONDS))


async def _in_time(reading: Awaitable[Read], seconds: float) -> Read:
    """What comes of a body that arrives whole and in time."""
    try:
        async with asyncio.timeout(seconds):
            return await reading
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (web.RequestPayloadError, ConnectionError):  # broken off, or not what its headers say
        raise web.HTTPBadRequest from None


def parse_object(body: bytes) -> dict[str, str]:
    """Read a JSON object whose values are strings.

    Raises:
        BadInput: `form_bad`, it is anything else.
    """
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise BadInput("form_bad", field="") from None
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise BadInput("form_bad", field="")
    return value


def _check_origin(request: web.Request) -> None:
    """Refuse a POST that another site made.

    Our pages say `no-referrer`, and then browsers send `Origin: null` with a form (Fetch 3.2): so
    null is judged by `Sec-Fetch-Site`, and where neither speaks the hidden field decides alone.
    """
    origin = request.headers.get(hdrs.ORIGIN, "null")
    ours = request.app[PARTS].settings.public_url
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if origin not in (ours, "null") or site != "same-origin":
        raise NotAllowed("other_site")


async def answer_in_time(work: Awaitable[object], *, seconds: float) -> None:
    """Wait for `work`.

    Raises:
        Unavailable: `database_silent`, it did not answer within `seconds`.
    """
    try:
        async with asyncio.timeout(seconds):
            await work
    except TimeoutError:
        raise Unavailable("database_silent") from None
