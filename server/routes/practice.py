"""The practice page: behind a candidate's link, for staff, and for everybody without a trace."""

import json
from uuid import uuid4, uuid5

from aiohttp import web

from coaching.errors import BadInput, NotAllowed, NotFound
from coaching.facts import DeviceClass
from coaching.practising import ASKED, OF_THE_PICTURE, Given, PracticeStep
from coaching.words import Language, PracticeCause
from server.practice_desk import PRACTICE, practice_pass
from server.practice_words import words_of_guide
from server.routes.forms import Form
from server.routes.invitation import show_invitation
from server.routes.keys import PARTS
from server.routes.page import form_of, page, phone_words, visit_of, words_of
from server.routes.rights import ANY_STAFF, staff_only
from server.usecases.access import ByLink
from server.usecases.context import StaffActor
from server.usecases.excusing import may_practise_unseen
from server.usecases.joining import InvitationPreview, InvitationState, preview_invitation
from server.usecases.practising import (
    PracticeState,
    Practiser,
    answer_step,
    begin_practice,
    look_at_practice,
)
from server.usecases.practising_measured import measure_on
from server.usecases.practising_result import practice_result

_GONE = (InvitationState.UNKNOWN, InvitationState.MOVED, InvitationState.CANCELLED)
_OWN = "/readiness/practice"


async def show_by_link(request: web.Request) -> web.Response:
    """The practice of the candidate behind a link; a link that is no good says so itself."""
    parts = request.app[PARTS]
    token = request.match_info["token"]
    preview = await preview_invitation(parts, token, now=parts.now())
    if preview.state in _GONE:
        return await show_invitation(request)
    guided = preview.kind == "practice" and preview.state is InvitationState.OPEN
    unseen = await may_practise_unseen(parts, token, now=parts.now())
    facts = {
        "token": token,
        "keeps": True,
        "guided": guided,
        "phone": preview.coach_phone or parts.settings.organisation_phone,
        "phone_name": preview.coach_name or parts.settings.organisation,
        "done_url": f"/j/{token}/practice/done",
        "helper": preview.coach_name,
        "own_name": preview.candidate_first_name,
        "without_camera": unseen,
    }
    return _practice(request, facts, preview.language)


async def show_to_everybody(request: web.Request) -> web.Response:
    """The public page: nothing of what happens on it is kept (S1-40)."""
    facts = {"keeps": False, "done_url": "/practice", **_nobody(request)}
    return _practice(request, facts, None)


@staff_only(ANY_STAFF)
async def show_to_staff(request: web.Request, actor: StaffActor) -> web.Response:
    """A coach's own practice, before hosting (R15)."""
    facts = {"keeps": True, "done_url": "/readiness?done=tried", **_nobody(request)}
    return _practice(request, {**facts, "own_name": actor.name}, actor.language)


def _nobody(request: web.Request) -> dict[str, object]:
    settings = request.app[PARTS].settings
    return {
        "token": "",
        "guided": False,
        "phone": settings.organisation_phone,
        "phone_name": settings.organisation,
        "helper": "",
        "own_name": "",
        "without_camera": False,
    }


def _practice(
    request: web.Request, facts: dict[str, object], language: Language | None
) -> web.Response:
    asked = [step for step in ASKED if not (facts["without_camera"] and step in OF_THE_PICTURE)]
    known = {
        **facts,
        "numbers": {str(step): number for number, step in enumerate(asked, start=1)},
        "words_of_guide": words_of_guide(request.app[PARTS].settings),
        "page_facts": _page_facts(request, facts, language),
    }
    return page(request, "practice.html", known, language=language)


def _page_facts(request: web.Request, facts: dict[str, object], language: Language | None) -> str:
    """The facts for the page's module, safe inside a script element (HTML 4.12.1.3)."""
    words = words_of(request, language)
    texts = words.texts
    known = {
        "link": facts["token"],
        "csrf": visit_of(request).csrf,
        "pass": _public_pass(request, facts, texts.language),
        "keeps": facts["keeps"],
        "guided": facts["guided"],
        "without_camera": facts["without_camera"],
        "language": texts.language,
        "guide_name": texts.say("practise.guide"),
        "helper_name": facts["helper"],
        "phone": phone_words(str(facts["phone"])),
        "phone_name": facts["phone_name"],
        "done_url": facts["done_url"],
        "texts": {**texts.starting_with("call."), **texts.starting_with("practise.")},
    }
    text = json.dumps(known, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _public_pass(request: web.Request, facts: dict[str, object], language: Language) -> str:
    """What the public page asks the guide with: of a practice that no table knows."""
    if facts["keeps"]:
        return ""
    parts = request.app[PARTS]
    return practice_pass(
        parts,
        session=uuid4(),
        device=uuid4(),
        name="",
        language=language,
        now=parts.now(),
        stranger=True,
    )


def _practiser(request: web.Request, form: Form) -> Practiser:
    """Who practises: the candidate of the link that the page has, else the signed-in person.

    Raises:
        NotAllowed: `page_old`, neither of both.
    """
    if form.text("link"):
        return ByLink(token=form.text("link"))
    staff = visit_of(request).with_csrf(request.headers.get("X-CSRF", ""))
    if not isinstance(staff, StaffActor):
        raise NotAllowed("page_old")
    return staff


async def change(request: web.Request) -> web.Response:
    """Begin, answer, or ask where the practice stands."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    who = _practiser(request, form)
    match form.text("do"):
        case "begin":
            device = form.choice("device", DeviceClass)
            state = await begin_practice(parts, who, device, now=parts.now())
            shown = await _pass(request, who, state)
            return web.json_response({**_standing(state), "pass": shown})
        case "answer" | "try" as what:
            state = await _answer(request, who, form, final=what == "answer")
        case "look":
            found = await look_at_practice(parts, who)
            if found is None:
                raise NotFound("practice_unknown")
            state = found
        case _:
            raise BadInput("choice_bad", field="do")
    return web.json_response(_standing(state))


async def _answer(
    request: web.Request, who: Practiser, form: Form, *, final: bool
) -> PracticeState:
    parts = request.app[PARTS]
    step = form.choice("step", PracticeStep)
    if step is PracticeStep.LEAVE:
        await _measure(request, who)
    return await answer_step(
        parts,
        who,
        step,
        form.choice("given", Given),
        form.choice("device", DeviceClass),
        final=final,
        cause=form.choice("cause", PracticeCause) if form.text("cause") else None,
        now=parts.now(),
    )


async def _measure(request: web.Request, who: Practiser) -> None:
    """The last answer is judged beside the newest measurement."""
    found = await look_at_practice(request.app[PARTS], who)
    if found:
        await request.app[PRACTICE].keep_result(found.id)


async def _pass(request: web.Request, who: Practiser, state: PracticeState) -> str:
    """What this browser asks the guide with."""
    parts = request.app[PARTS]
    visit = visit_of(request)
    if isinstance(who, ByLink):
        preview = await preview_invitation(parts, who.token, now=parts.now())
        name, language = preview.candidate_first_name, preview.language
        unseen = await may_practise_unseen(parts, who.token, now=parts.now())
    else:
        name, language, unseen = who.name, who.language, False
    device = uuid5(state.id, visit.csrf)
    await measure_on(parts, state.id, device)
    return practice_pass(
        parts,
        session=state.id,
        device=device,
        name=name,
        language=visit.chosen_language or language or Language(parts.settings.language),
        now=parts.now(),
        camera_waiver=unseen,
    )


def _standing(state: PracticeState) -> dict[str, object]:
    return {
        "step": state.step,
        "answered": list(state.answered),
        "pointed": state.pointed,
        "helped": state.helped,
        "ended": state.ended,
    }


async def show_done(request: web.Request) -> web.Response:
    """What the practice gave, and what can be done next."""
    parts = request.app[PARTS]
    token = request.match_info["token"]
    preview: InvitationPreview = await preview_invitation(parts, token, now=parts.now())
    if preview.state in _GONE:
        return await show_invitation(request)
    found = await practice_result(parts, ByLink(token=token), now=parts.now())
    facts = {
        "token": token,
        "result": found.result,
        "talk_at": found.talk_at,
        "own_talk": found.own_talk,
        "phone": preview.coach_phone or parts.settings.organisation_phone,
        "phone_name": preview.coach_name or parts.settings.organisation,
    }
    return page(request, "practice_done.html", facts, language=preview.language)


ROUTES = (
    web.get("/practice", show_to_everybody, allow_head=False),
    web.get("/j/{token}/practice", show_by_link, allow_head=False),
    web.get("/j/{token}/practice/done", show_done, allow_head=False),
    web.get(_OWN, show_to_staff, allow_head=False),
    web.post("/api/practice", change),
)
