"""The call page, its ticket, and the page after the talk."""

import json

from aiohttp import web

from coaching.errors import NotAllowed, NotFound, Refused
from coaching.words import Language, Role
from server.errors import problem_of
from server.routes.forms import Form, to_uuid
from server.routes.keys import PARTS, ROOMS
from server.routes.page import form_of, page, visit_of, words_of
from server.texts import Words
from server.usecases.context import Actor, GuestActor, MeetingId
from server.usecases.joining import TalkFacts, after_talk, issue_ticket, open_talk, refuse_third


def _meeting_in(request: web.Request) -> MeetingId:
    found = to_uuid(request.match_info["meeting"])
    if found is None:
        raise NotFound("meeting_unknown")
    return MeetingId(found)


def _as_whom(request: web.Request, meeting: MeetingId) -> Actor:
    as_coach = request.query.get("as") == Role.COACH
    actor = visit_of(request).one_of_the_two(meeting, as_coach=as_coach)
    if actor is None:
        raise NotAllowed("talk_by_link")
    return actor


async def show_talk(request: web.Request) -> web.Response:
    """The call page for one of the two; an explanation for anybody else, and the coach hears it."""
    parts = request.app[PARTS]
    meeting = _meeting_in(request)
    actor = _as_whom(request, meeting)
    try:
        facts = await open_talk(parts, actor, meeting, now=parts.now())
    except Refused as error:
        return await _refuse(request, actor, meeting, error)
    language = _language_of(request, actor)
    words = words_of(request, language)
    known = {
        "talk": facts,
        "call_facts": _call_facts(facts, actor, words),
        "is_coach": facts.role is Role.COACH,
    }
    return page(request, "talk.html", known, language=language)


def _language_of(request: web.Request, actor: Actor) -> Language:
    return visit_of(request).chosen_language or actor.language


def _call_facts(facts: TalkFacts, actor: Actor, words: Words) -> str:
    """The facts for the page's module, safe inside a script element (HTML 4.12.1.3)."""
    done = f"/talk/{facts.meeting}/done"
    known = {
        "meeting": str(facts.meeting),
        "role": facts.role,
        "csrf": actor.csrf,
        "own_name": facts.own_name,
        "other_name": facts.other_name,
        "phone": facts.phone,
        "phone_name": facts.phone_name,
        "title": words.say("talk.title", name=facts.other_name),
        "starts_at": facts.starts_at.isoformat(),
        "ends_at": facts.ends_at.isoformat(),
        "done_url": f"{done}?as=coach" if facts.role is Role.COACH else done,
        "texts": words.texts.starting_with("call."),
    }
    text = json.dumps(known, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


async def _refuse(
    request: web.Request, actor: Actor, meeting: MeetingId, error: Refused
) -> web.Response:
    parts = request.app[PARTS]
    await refuse_third(parts, actor, meeting, now=parts.now())
    if not (isinstance(actor, GuestActor) and actor.meeting == meeting):
        await request.app[ROOMS].refuse_third(meeting)
    language = _language_of(request, actor)
    words = words_of(request, language)
    reason = next((r.candidate for r in error.verdict.reasons if r.candidate), None)
    sentence = (
        reason.to(words.texts.language) if reason else problem_of(error, words.texts).sentence
    )
    facts = {"sentence": sentence, "phone": parts.settings.organisation_phone}
    return page(request, "talk_refused.html", facts, status=403, language=language)


async def give_ticket(request: web.Request) -> web.Response:
    """A ticket for the socket, for the person whose page asks."""
    parts = request.app[PARTS]
    actor = visit_of(request).with_csrf(request.headers.get("X-CSRF", ""))
    if actor is None:
        raise NotAllowed("page_old")
    meeting = MeetingId(Form(form_of(request)).reference("meeting"))
    ticket, role = await issue_ticket(parts, actor, meeting, now=parts.now())
    return web.json_response({"ticket": ticket, "role": role})


async def show_done(request: web.Request) -> web.Response:
    """What happens next."""
    parts = request.app[PARTS]
    meeting = _meeting_in(request)
    actor = _as_whom(request, meeting)
    after = await after_talk(parts, actor, meeting, now=parts.now())
    facts = {"after": after, "meeting": meeting, "is_coach": after.role is Role.COACH}
    return page(request, "talk_done.html", facts, language=_language_of(request, actor))


async def socket(request: web.Request) -> web.StreamResponse:
    """The signalling socket."""
    return await request.app[ROOMS].handle(request)


ROUTES = (
    web.get("/talk/{meeting}", show_talk, allow_head=False),
    web.get("/talk/{meeting}/done", show_done, allow_head=False),
    web.post("/api/ticket", give_ticket),
    web.get("/ws", socket, allow_head=False),
)
