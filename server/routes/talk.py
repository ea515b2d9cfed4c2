"""The call page, its ticket, and the page after the talk."""

import json
from datetime import datetime
from typing import Final

from aiohttp import web

from coaching.errors import NotAllowed, NotFound, Refused
from coaching.verdict import Verdict
from coaching.words import Language, Mode, Role
from server.errors import problem_of, why_for_candidate
from server.routes.forms import Form, to_uuid
from server.routes.keys import PARTS, ROOMS
from server.routes.page import form_of, page, phone_words, refusal_facts, visit_of, words_of
from server.texts import Words, words_for
from server.usecases.context import Actor, GuestActor, MeetingId, StaffActor
from server.usecases.door import may_enter
from server.usecases.joining import TalkFacts, after_talk, issue_ticket, open_talk, refuse_third
from server.usecases.kept_lines import kept_lines
from server.usecases.line_quality import line_of_talk
from server.usecases.moods import moods_of
from server.usecases.overview import show_meeting
from server.usecases.own_page import zone_of_talk
from server.usecases.skill import Observation, observation_of
from server.usecases.tasks import task_sheet


def meeting_in(request: web.Request) -> MeetingId:
    """The meeting of this address.

    Raises:
        NotFound: `meeting_unknown`.
    """
    found = to_uuid(request.match_info["meeting"])
    if found is None:
        raise NotFound("meeting_unknown")
    return MeetingId(found)


def as_whom(request: web.Request, meeting: MeetingId) -> Actor:
    """As whom this browser comes to the talk.

    Raises:
        NotAllowed: `talk_by_link`, as nobody.
    """
    as_coach = request.query.get("as") == Role.COACH
    actor = visit_of(request).one_of_the_two(meeting, as_coach=as_coach)
    if actor is None:
        raise NotAllowed("talk_by_link")
    return actor


async def show_talk(request: web.Request) -> web.Response:
    """The call page for one of the two; an explanation for anybody else, and the coach hears it."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    actor = as_whom(request, meeting)
    try:
        facts = await open_talk(parts, actor, meeting, now=parts.now())
    except Refused as error:
        return await refuse(request, actor, meeting, error)
    language = language_of(request, actor)
    if refusal := await may_enter(parts, actor, meeting, now=parts.now()):
        return _too_early(request, facts, refusal, language)
    words = words_of(request, language)
    known = {
        "talk": facts,
        "call_facts": _call_facts(
            facts, actor, words, now=parts.now(), jitsi_host=parts.settings.jitsi_host
        ),
        "jitsi_host": parts.settings.jitsi_host,
        "is_coach": facts.role is Role.COACH,
        "sheet": await task_sheet(parts, actor, meeting, now=parts.now()),
        "moods": await moods_of(parts, actor, meeting),
    }
    return page(request, "talk.html", known, language=language)


def _too_early(
    request: web.Request, facts: TalkFacts, refusal: Verdict, language: Language
) -> web.Response:
    """Not by video after all: a number for the candidate, one action for the coach, and why."""
    error, words = Refused(refusal), words_of(request, language)
    known = {
        **refusal_facts(error, words),
        "why": why_for_candidate(error, words.texts),
        "practises": refusal.leading_rule in ("R12", "R13"),
        "is_coach": facts.role is Role.COACH,
        "meeting": facts.meeting,
        "reason": refusal.reasons[0].staff.to(language),
        "phone": facts.phone,
        "phone_name": facts.phone_name,
    }
    return page(request, "talk_too_early.html", known, status=403, language=language)


def language_of(request: web.Request, actor: Actor) -> Language:
    """The language chosen on this device, else the person's own."""
    return visit_of(request).chosen_language or actor.language


# What the page notices by itself (R4, R5, R19); `web/src/call/limits.ts` names the same.
PAGE_NUMBERS: Final = (
    "camera_wait_seconds",
    "question_seconds",
    "unseen_seconds",
    "connect_seconds",
    "connect_tries",
    "audio_loss_percent",
    "audio_loss_seconds",
    "reconnects",
    "reconnect_window_seconds",
)


def _call_facts(
    facts: TalkFacts, actor: Actor, words: Words, *, now: datetime, jitsi_host: str
) -> str:
    """The facts for the page's module, safe inside a script element (HTML 4.12.1.3)."""
    path = f"/talk/{facts.meeting}"
    as_coach = "?as=coach" if facts.role is Role.COACH else ""
    known = {
        "meeting": str(facts.meeting),
        "role": facts.role,
        "csrf": actor.csrf,
        "own_name": facts.own_name,
        "other_name": facts.other_name,
        "phone": phone_words(facts.phone),
        "phone_name": facts.phone_name,
        "title": words.say("talk.title", name=facts.other_name),
        "starts_at": facts.starts_at.isoformat(),
        "ends_at": facts.ends_at.isoformat(),
        "done_url": f"{path}/done{as_coach}",
        "trouble_url": f"{path}/trouble{as_coach}",
        "camera_waiver": facts.camera_waiver,
        "limits": {name: getattr(facts.settings, name) for name in PAGE_NUMBERS},
        "jitsi": jitsi_host,
        "fallback_url": f"{path}/fallback{as_coach}",
        "tasks_url": f"{path}/tasks{as_coach}",
        "waiting_url": f"{path}/waiting{as_coach}",
        "now": now.isoformat(),
        "agreed_url": f"{path}/agreed{as_coach}",
        "texts": words.texts.starting_with("call."),
    }
    text = json.dumps(known, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


async def refuse(
    request: web.Request, actor: Actor, meeting: MeetingId, error: Refused
) -> web.Response:
    """The page for somebody who is not one of the two; the coach hears of it."""
    parts = request.app[PARTS]
    await refuse_third(parts, actor, meeting, now=parts.now())
    if not (isinstance(actor, GuestActor) and actor.meeting == meeting):
        await request.app[ROOMS].refuse_third(meeting)
    language = language_of(request, actor)
    words = words_of(request, language)
    facts = {
        "sentence": _spoken(error, words),
        "why": why_for_candidate(error, words.texts),
        "phone": parts.settings.organisation_phone,
    }
    return page(request, "talk_refused.html", facts, status=403, language=language)


def _spoken(error: Refused, words: Words) -> str:
    """The refusal in the words for candidates; a coach reads them too."""
    reason = next((r.candidate for r in error.verdict.reasons if r.candidate), None)
    return reason.to(words.texts.language) if reason else problem_of(error, words.texts).sentence


async def give_ticket(request: web.Request) -> web.Response:
    """A ticket for the socket, for the person whose page asks."""
    parts = request.app[PARTS]
    actor = visit_of(request).with_csrf(request.headers.get("X-CSRF", ""))
    if actor is None:
        raise NotAllowed("page_old")
    meeting = MeetingId(Form(form_of(request)).reference("meeting"))
    try:
        ticket, role = await issue_ticket(parts, actor, meeting, now=parts.now())
    except Refused as error:
        text = _spoken(error, words_of(request, language_of(request, actor)))
        return web.json_response({"code": error.code, "text": text}, status=409)
    return web.json_response({"ticket": ticket, "role": role})


async def show_done(request: web.Request) -> web.Response:
    """What happens next."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    actor = as_whom(request, meeting)
    after = await after_talk(parts, actor, meeting, now=parts.now())
    coming = after.next_starts_at if after.role is Role.CANDIDATE else None
    zone = await zone_of_talk(parts, meeting, [coming]) if coming else None
    spoken = words_of(request, language_of(request, actor)).texts.language
    facts = {
        "own_words": words_for(spoken, zone) if zone else None,
        "after": after,
        "meeting": meeting,
        "is_coach": after.role is Role.COACH,
        "observations": (),
        "line": (),
        "moods": await moods_of(parts, actor, meeting),
        "kept": await kept_lines(parts, actor, meeting),
        "sheet": await task_sheet(parts, actor, meeting, now=parts.now()),
        **(await _to_observe(request, actor, meeting) if isinstance(actor, StaffActor) else {}),
    }
    return page(request, "talk_done.html", facts, language=language_of(request, actor))


async def _to_observe(
    request: web.Request, actor: StaffActor, meeting: MeetingId
) -> dict[str, object]:
    """What the coach can say of a talk that began, and what was said."""
    parts = request.app[PARTS]
    view = await show_meeting(parts, actor, meeting, now=parts.now())
    if view.mode is not Mode.VIDEO or view.line.starts_at > parts.now():
        return {}
    seen = await observation_of(parts, actor, meeting)
    line = await line_of_talk(parts, actor, meeting)
    return {"observations": tuple(Observation), "seen": seen, "line": line}


async def socket(request: web.Request) -> web.StreamResponse:
    """The signalling socket."""
    return await request.app[ROOMS].handle(request)


ROUTES = (
    web.get("/talk/{meeting}", show_talk, allow_head=False),
    web.get("/talk/{meeting}/done", show_done, allow_head=False),
    web.post("/api/ticket", give_ticket),
    web.get("/ws", socket, allow_head=False),
)
