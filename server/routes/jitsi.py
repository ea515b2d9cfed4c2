"""What the operator's Jitsi asks and tells: its key, a room before it opens, who came in.

An application of its own under `/jitsi`, there only when Jitsi is the engine. Machines speak here,
so there are no cookies: everything but the public key needs the bearer secret.
"""

import hmac
import json
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import structlog
from aiohttp import hdrs, web

from server.routes.keys import PARTS, ROOMS, TalkRooms
from server.usecases.context import Parts
from server.usecases.jitsi_rooms import Reservation, reserve_room, who_came
from signaling.jitsi import JitsiEngine

JITSI_PATH = "/jitsi"
ENGINE = web.AppKey("engine", JitsiEngine)
_MOST_IN_ROOM = 3  # two, and the ghost that a lost connection leaves for a minute
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_log = structlog.get_logger("jitsi")


async def give_key(request: web.Request) -> web.Response:
    """The public key, by the name under which Prosody asks for it."""
    engine = request.app[ENGINE]
    if request.match_info["name"] != engine.key_file:
        return _refusal(HTTPStatus.NOT_FOUND, "key_unknown")
    return web.Response(body=engine.public_key, content_type="application/x-pem-file")


async def open_room(request: web.Request) -> web.Response:
    """May this room open? (mod_reservations: `POST conference`)."""
    fields = await request.post()
    return await _reserved(request, str(fields.get("name", "")))


async def show_room(request: web.Request) -> web.Response:
    """The same, asked again."""
    return await _reserved(request, request.match_info["room"])


async def close_room(request: web.Request) -> web.Response:
    """Nothing was kept, so nothing has to go."""
    del request
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def _reserved(request: web.Request, room: str) -> web.Response:
    parts = request.app[PARTS]
    found = await reserve_room(parts, request.app[ENGINE], room, now=parts.now())
    if found is None:
        return web.json_response({"message": "no talk now"}, status=HTTPStatus.FORBIDDEN)
    return web.json_response(_conference(found))


def _conference(found: Reservation) -> dict[str, object]:
    return {
        "id": found.room,
        "name": found.room,
        "mail_owner": "",
        "start_time": found.opens_at.isoformat(timespec="milliseconds"),
        "duration": int((found.closes_at - found.opens_at).total_seconds()),
        "max_occupants": _MOST_IN_ROOM,
    }


async def hear_of_occupant(request: web.Request) -> web.Response:
    """Somebody came or went (event_sync); who is not one of the two is told to the coach (R1)."""
    room, person = _named(await request.text())
    arrival = await who_came(request.app[PARTS], request.app[ENGINE], room, person)
    if arrival is None:
        return _refusal(HTTPStatus.NOT_FOUND, "room_unknown")
    what = request.match_info["what"]
    _log.info("occupant", what=what, meeting=str(arrival.meeting), role=arrival.role)
    if what == "joined" and arrival.role is None:
        await request.app[ROOMS].refuse_third(arrival.meeting)
    return web.Response(status=HTTPStatus.NO_CONTENT)


async def hear_of_room(request: web.Request) -> web.Response:
    """A room came or went; our own seats know more."""
    del request
    return web.Response(status=HTTPStatus.NO_CONTENT)


def _named(body: str) -> tuple[str, str]:
    """Room and person of an event; empty where it names none."""
    try:
        event = json.loads(body)
        occupant = event.get("occupant", {})
        return str(event.get("room_name", "")), str(occupant.get("id", ""))
    except (ValueError, AttributeError, RecursionError):
        return "", ""


def _refusal(status: HTTPStatus, code: str) -> web.Response:
    return web.json_response({"code": code}, status=status)


@web.middleware
async def know_jitsi(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let nobody speak for Jitsi but who knows the secret; the public key is for everybody."""
    given = request.headers.get(hdrs.AUTHORIZATION, "").encode("utf-8", "surrogateescape")
    wanted = f"Bearer {request.app[PARTS].settings.jitsi_secret}".encode()
    if request.match_info.handler is give_key or hmac.compare_digest(given, wanted):
        return await handler(request)
    return _refusal(HTTPStatus.UNAUTHORIZED, "bearer_wrong")


def jitsi_app(parts: Parts, rooms: TalkRooms, engine: JitsiEngine) -> web.Application:
    """The application that is mounted at `/jitsi`."""
    app = web.Application(middlewares=[know_jitsi])
    app[PARTS], app[ROOMS], app[ENGINE] = parts, rooms, engine
    app.add_routes(
        [
            web.get("/keys/{name}", give_key, allow_head=False),
            web.post("/conference", open_room),
            web.get("/conference/{room}", show_room, allow_head=False),
            web.delete("/conference/{room}", close_room),
            web.post("/events/occupant/{what:joined|left}", hear_of_occupant),
            web.post("/events/room/{what:created|destroyed}", hear_of_room),
        ]
    )
    return app
