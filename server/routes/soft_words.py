"""Beside a talk that was booked just now: what soft rules say of it, and what else is possible."""

from uuid import UUID

from aiohttp import web

from server.routes.drafts import as_links, buttons_for
from server.routes.instead import fields_of, other_kinds_apart
from server.routes.keys import PARTS
from server.routes.page import words_of
from server.usecases.context import MeetingId, StaffActor
from server.usecases.exceptions import longest_reason
from server.usecases.overview import MeetingView
from server.usecases.people import list_rooms
from server.usecases.saying_why import soft_verdict
from server.usecases.soft_rules import told_at_once, waits_for_reason

_JUST_NOW = ("booked", "moved")


async def soft_facts(
    request: web.Request, actor: StaffActor, view: MeetingView
) -> dict[str, object]:
    """`soft` are sentences with their rule, `soft_instead` links; `asks_reason`: R14 asks why."""
    parts, asks = request.app[PARTS], waits_for_reason(view.history, view.mode, view.status)
    facts: dict[str, object] = {
        "asks_reason": asks,
        "longest_reason": await longest_reason(parts, view.line.starts_at) if asks else 0,
        "soft": (),
        "soft_instead": (),
    }
    if request.query.get("done") not in _JUST_NOW or not view.can_change:
        return facts
    words = words_of(request)
    verdict = await soft_verdict(parts, actor, MeetingId(UUID(view.line.id)), now=parts.now())
    if not verdict.allowed:
        return facts
    rooms, language = await list_rooms(parts), words.texts.language
    told = told_at_once(verdict)
    asked, zone = fields_of(view, {}), words.zone
    buttons = buttons_for(verdict, asked, rooms, language=language, zone=zone)
    ways = as_links(other_kinds_apart(buttons, view), f"/meetings/{view.line.id}#move")
    return facts | {
        "soft": tuple((one.rule, one.staff.to(language)) for one in told),
        "soft_instead": ways if told else (),
    }
