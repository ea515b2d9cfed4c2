"""What a practice process answers to web processes: come, how busy, what a talk showed.

Over a Unix socket whose folder only our own user can enter, or over TCP with a shared secret.
"""

import hmac
import json
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from signaling.practice.house import House

_LARGEST: Final = 8 * 1024


def make_desk(house: House, *, secret: str = "") -> web.Application:
    """The application of one process; `secret` empty: whoever reaches it may ask."""

    @web.middleware
    async def only_ours(request: web.Request, handler: Any) -> web.StreamResponse:  # noqa: ANN401 -- aiohttp's own type
        given = request.headers.get("Authorization", "")
        if secret and not hmac.compare_digest(given.encode(), f"Bearer {secret}".encode()):
            raise web.HTTPForbidden
        answer: web.StreamResponse = await handler(request)
        return answer

    async def come(request: web.Request) -> web.Response:
        asked = _asked(await request.text())
        answer = house.come(**asked)
        return web.json_response({"answer": answer.answer, "position": answer.position})

    async def load(request: web.Request) -> web.Response:
        stranger = "stranger" in request.query
        return web.json_response(
            asdict(house.load(request.match_info["session"], stranger=stranger))
        )

    async def result(request: web.Request) -> web.Response:
        found = house.result(request.match_info["session"])
        if found is None:
            raise web.HTTPNotFound
        standing = {"device": found.device, "running": found.running, "ago": found.ago}
        return web.json_response({**asdict(found.result), **standing})

    app = web.Application(client_max_size=_LARGEST, middlewares=[only_ours])
    app.add_routes(
        (
            web.post("/come", come),
            web.get("/load/{session}", load, allow_head=False),
            web.get("/result/{session}", result, allow_head=False),
        )
    )
    return app


def _asked(text: str) -> dict[str, Any]:
    """Who comes.

    Raises:
        web.HTTPBadRequest: it is not as we ask it.
    """
    try:
        asked = json.loads(text)
        ids = {name: str(UUID(asked[name])) for name in ("session", "device")}
        told = {name: asked.get(name) is True for name in ("stranger", "without_camera")}
        return {**ids, "ticket": str(asked["ticket"]), **told}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise web.HTTPBadRequest from None
