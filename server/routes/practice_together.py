"""A practice that somebody guides: where the candidate is, pointing, a code for their phone."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from markupsafe import Markup

from coaching.errors import BadInput, NotFound, TweespraakError
from coaching.practising import ASKED, PracticeStep
from server.routes.code_picture import code_picture
from server.routes.forms import Form
from server.routes.giving_back import gives_back
from server.routes.keys import PARTS
from server.routes.meetings import meeting_in
from server.routes.page import form_of, page, see, words_of
from server.routes.rights import ANY_STAFF, staff_only
from server.routes.talk import as_whom, language_of
from server.routes.talk import meeting_in as meeting_of_talk
from server.usecases.context import GuestActor, MeetingId, StaffActor, StaffId
from server.usecases.people import CoachView, list_coaches
from server.usecases.practice_guides import ask_to_guide
from server.usecases.practising_together import (
    PracticeWatch,
    point_at,
    point_no_more,
    pointed_in_talk,
    practice_link,
    sit_beside,
    watch_practice,
)

FIGURES = (
    "picture",
    "voice",
    "loss",
    "jitter_ms",
    "round_trip_ms",
    "up_kbps",
    "down_kbps",
    "path",
)
_SHARES = frozenset({"voice", "loss"})


@staff_only(ANY_STAFF)
async def show(request: web.Request, actor: StaffActor) -> web.Response:
    """Where the candidate is, step by step; the page looks again by itself while they practise."""
    return await _page(request, actor)


async def _page(
    request: web.Request, actor: StaffActor, error: TweespraakError | None = None
) -> web.Response:
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    watch = await watch_practice(parts, actor, meeting, now=parts.now())
    beside = watch.at_location and watch.kind == "onsite" and watch.score is None
    facts = {
        "watch": watch,
        "meeting": meeting,
        "numbers": {str(step): number for number, step in enumerate(ASKED, start=1)},
        "figures": _figures(watch.measured),
        "guides": await _others(request, watch),
        "code": await _code_of(request, actor, meeting) if beside else None,
    }
    return page(request, "practice_watch.html", facts, error=error)


async def _others(request: web.Request, watch: PracticeWatch) -> tuple[CoachView, ...]:
    """Who else can be asked to guide."""
    if not watch.to_come:
        return ()
    return tuple(one for one in await list_coaches(request.app[PARTS]) if one.id != watch.guide)


def _figures(measured: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What was measured over the whole talk, as it can be read; what is not known is left out."""
    found = measured.get("measured") or {}
    known = ((name, found.get(name)) for name in FIGURES)
    return tuple((name, _said(name, value)) for name, value in known if value is not None)


def _said(name: str, value: object) -> str:
    if isinstance(value, float) and name in _SHARES:
        return f"{round(value * 100)} %"
    return str(round(value)) if isinstance(value, float) else str(value)


async def _code_of(request: web.Request, actor: StaffActor, meeting: MeetingId) -> Markup | None:
    """The code for the candidate's phone; None where nobody is invited."""
    parts = request.app[PARTS]
    try:
        return code_picture(await practice_link(parts, actor, meeting, now=parts.now()))
    except NotFound:
        return None


async def _again(request: web.Request, actor: StaffActor, error: TweespraakError) -> web.Response:
    return await _page(request, actor, error)


@staff_only(ANY_STAFF)
@gives_back(_again)
async def change(request: web.Request, actor: StaffActor) -> web.Response:
    """Point at a step, take that back, sit beside the candidate, or ask somebody else to guide."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    form = Form(form_of(request))
    match form.text("do"):
        case "point":
            step = form.choice("step", PracticeStep)
            await point_at(parts, actor, meeting, step, now=parts.now())
        case "point_no_more":
            await point_no_more(parts, actor, meeting, now=parts.now())
        case "ask_to_guide":
            guide = StaffId(form.reference("guide"))
            await ask_to_guide(parts, actor, meeting, guide, key=form.given("key"), now=parts.now())
            return see(await _still_seen(request, actor, meeting))
        case "beside":
            await sit_beside(parts, actor, meeting, now=parts.now())
        case _:
            raise BadInput("choice_bad", field="do")
    return see(f"/meetings/{meeting}/practising")


async def _still_seen(request: web.Request, actor: StaffActor, meeting: MeetingId) -> str:
    """The page of the practice; for a guide who gave it to somebody else the own day."""
    parts = request.app[PARTS]
    try:
        await watch_practice(parts, actor, meeting, now=parts.now())
    except NotFound:
        return "/today"
    return f"/meetings/{meeting}/practising"


async def show_pointed(request: web.Request) -> web.Response:
    """In the talk of a guided practice: what the other points at, asked again every few seconds."""
    meeting = meeting_of_talk(request)
    actor = as_whom(request, meeting)
    step = await pointed_in_talk(request.app[PARTS], actor, meeting)
    words = words_of(request, language_of(request, actor))
    text = ""
    if step is not None and isinstance(actor, GuestActor):
        title, more = words.say(f"practise.title_{step}"), words.say(f"practise.text_{step}")
        text = words.say("practise.pointed_talk", step=title, more=more.replace("\n", " "))
    return web.json_response({"text": text})


ROUTES = (
    web.get("/talk/{meeting}/pointed", show_pointed, allow_head=False),
    web.get("/meetings/{id}/practising", show),
    web.post("/meetings/{id}/practising", change),
)
