"""What browsers tell of a page that tried what its policy forbids (Reporting API; CSP level 3, 5).

Such a report names the address of the page, and addresses of candidates are keys. So nothing of it
is written down but the name of the rule and the host that was to be asked.
"""

import asyncio
import json
import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from signaling.limits import TokenBucket

READ_SECONDS: Final = 5.0
MOST_BYTES: Final = 16 * 1024
_MOST_AT_ONCE: Final = 5  # of one report that carries many
_RULE: Final = re.compile(r"[a-z][a-z-]{2,40}")
_HOST: Final = re.compile(r"[a-z0-9.-]{1,253}")
_PACE = web.AppKey("pace", TokenBucket)
_log = structlog.get_logger("policy")


def broken_rules(body: bytes) -> Sequence[tuple[str, str]]:
    """(rule, host or "-") of each report in `body`; rubbish gives none."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    found = (_read(one) for one in told) if isinstance(told, list) else ()
    return [one for one in found if one is not None][:_MOST_AT_ONCE]


def _read(report: Any) -> tuple[str, str] | None:  # noqa: ANN401 -- whatever JSON holds
    if not isinstance(report, dict) or report.get("type") != "csp-violation":
        return None
    said = report.get("body")
    if not isinstance(said, dict):
        return None
    rule = str(said.get("effectiveDirective", ""))
    return (rule, _host(str(said.get("blockedURL", "")))) if _RULE.fullmatch(rule) else None


def _host(address: str) -> str:
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return "-"
    return host if _HOST.fullmatch(host) else "-"


async def hear(request: web.Request) -> web.Response:
    """Note which rule a page broke; whoever sends too much or too slowly is not heard."""
    said = request.content_length or 0
    if 0 < said <= MOST_BYTES and request.app[_PACE].take(asyncio.get_running_loop().time()):
        try:
            async with asyncio.timeout(READ_SECONDS):
                body = await request.read()
        except TimeoutError:
            raise web.HTTPRequestTimeout from None
        for rule, host in broken_rules(body):
            _log.warning("policy_broken", rule=rule, host=host)
    return web.Response(status=HTTPStatus.NO_CONTENT)


def reports_app() -> web.Application:
    """The application under `server.headers.REPORTS_PATH`, where browsers speak by themselves."""
    app = web.Application()
    app[_PACE] = TokenBucket(0.0)
    app.add_routes([web.post("/csp", hear)])
    return app
