"""When a talk does not work: say so, see three times at a location, choose one (R19)."""

from contextlib import suppress
from http import HTTPStatus
from zoneinfo import ZoneInfo

from aiohttp import web

from coaching.errors import BadInput, Conflict, NotFound, Refused, TweespraakError
from coaching.trigger_facts import FailureCause
from coaching.words import Role
from server.errors import problem_for_candidate, problem_of
from server.routes.forms import Form
from server.routes.keys import PARTS, ROOMS
from server.routes.page import form_of, page, see, words_of
from server.routes.talk import as_whom, language_of, meeting_in, refuse
from server.texts import words_for
from server.trouble import failure_cause
from server.usecases.context import MeetingId, StaffActor
from server.usecases.failing import (
    Fallback,
    choose_fallback,
    dismiss_failure,
    fail_talk,
    show_fallback,
)
from server.usecases.joining import open_talk
from server.usecases.naming_cause import name_cause
from server.usecases.own_page import zone_of_talk
from signaling.messages import Cause


async def report_trouble(request: web.Request) -> web.Response:
    """ "Het lukt niet", with or without a socket: the other side hears it first, then it fails."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    actor = as_whom(request, meeting)
    cause = Form(form_of(request)).choice("cause", Cause)
    try:
        facts = await open_talk(parts, actor, meeting, now=parts.now())
    except Refused as error:
        return await refuse(request, actor, meeting, error)
    await request.app[ROOMS].report_trouble(meeting, facts.role, cause)
    with suppress(Conflict):  # it is over already: the talk's own page says how
        await fail_talk(
            parts, meeting, failure_cause(facts.role, cause), by=facts.role, now=parts.now()
        )
    return see(_path(request, meeting))


async def show_times(request: web.Request) -> web.Response:
    """The phone number and the three times; nothing failed: the talk itself."""
    return await _fallback_page(request)


async def _fallback_page(
    request: web.Request, error: TweespraakError | None = None
) -> web.Response:
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    actor = as_whom(request, meeting)
    fallback = await show_fallback(parts, actor, meeting, now=parts.now())
    if fallback is None or fallback.dismissed:
        return see(_path(request, meeting, ""))
    language = language_of(request, actor)
    worded = problem_of if fallback.role is Role.COACH else problem_for_candidate
    problem = worded(error, words_of(request, language).texts) if error else None
    zone = await _zone(request, meeting, fallback)
    facts = {
        "fallback": fallback,
        "is_coach": fallback.role is Role.COACH,
        "action": _path(request, meeting),
        "dismiss_action": _path(request, meeting, "/fallback/dismiss"),
        "done": f"/talk/{meeting}/done",
        "cause_action": _path(request, meeting, "/fallback/cause"),
        "causes": tuple(FailureCause),
        **_ways_on(request, fallback),
        "problem": problem,
        "own_words": words_for(words_of(request, language).texts.language, zone) if zone else None,
    }
    status = problem.status if problem else HTTPStatus.OK
    return page(request, "talk_fallback.html", facts, status=status, language=language)


def _ways_on(request: web.Request, fallback: Fallback) -> dict[str, str]:
    """Where a new online time is chosen, and where to practise, as the cause asks (R20)."""
    if fallback.role is Role.COACH:
        booking = f"/meetings/new?candidate={fallback.candidate}"
        plans, practises = fallback.may_plan, fallback.needs_practice
        return {
            "again_url": booking if plans and fallback.ours else "",
            "practice_url": f"{booking}&kind=practice" if plans and practises else "",
        }
    if fallback.invitation is None:
        return {"again_url": "", "practice_url": ""}
    link = f"/j/{request.app[PARTS].secret.invitation_token(fallback.invitation)}"
    return {
        "again_url": f"{link}/times" if fallback.ours else "",
        "practice_url": f"{link}/practice" if fallback.needs_practice else "",
    }


async def _zone(request: web.Request, meeting: MeetingId, fallback: Fallback) -> ZoneInfo | None:
    """The candidate's own clock, where it shows another time than ours (E18)."""
    if fallback.role is Role.COACH:
        return None
    chosen = (fallback.chosen_time,) if fallback.chosen_time else ()
    moments = [one.starts_at for one in (*fallback.times.times, *chosen)]
    return await zone_of_talk(request.app[PARTS], meeting, moments)


async def choose(request: web.Request) -> web.Response:
    """Take one of the three times; one that is gone comes back with those that are left."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    form = Form(form_of(request))
    try:
        await choose_fallback(
            parts,
            as_whom(request, meeting),
            meeting,
            MeetingId(form.reference("meeting")),
            key=form.given("key"),
            now=parts.now(),
        )
    except (Conflict, Refused) as error:
        return await _fallback_page(request, error)
    return see(_path(request, meeting))


async def dismiss(request: web.Request) -> web.Response:
    """It worked after all: the coach says why, and both go on with the talk."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    actor = as_whom(request, meeting)
    if not isinstance(actor, StaffActor):
        raise NotFound("meeting_unknown")
    form = Form(form_of(request))
    try:
        await dismiss_failure(
            parts,
            actor,
            meeting,
            reason=form.text("reason"),
            key=form.given("key"),
            now=parts.now(),
        )
    except (BadInput, Conflict) as error:
        return await _fallback_page(request, error)
    return see(_path(request, meeting, ""))


async def say_cause(request: web.Request) -> web.Response:
    """The coach says where it went wrong; what follows is put right."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    actor = as_whom(request, meeting)
    if not isinstance(actor, StaffActor):
        raise NotFound("meeting_unknown")
    form = Form(form_of(request))
    cause = form.choice("cause", FailureCause)
    try:
        await name_cause(parts, actor, meeting, cause, key=form.given("key"), now=parts.now())
    except Conflict as error:
        return await _fallback_page(request, error)
    return see(_path(request, meeting))


def _path(request: web.Request, meeting: MeetingId, page: str = "/fallback") -> str:
    as_coach = "?as=coach" if request.query.get("as") == Role.COACH else ""
    return f"/talk/{meeting}{page}{as_coach}"


ROUTES = (
    web.post("/talk/{meeting}/trouble", report_trouble),
    web.get("/talk/{meeting}/fallback", show_times, allow_head=False),
    web.post("/talk/{meeting}/fallback", choose),
    web.post("/talk/{meeting}/fallback/dismiss", dismiss),
    web.post("/talk/{meeting}/fallback/cause", say_cause),
)
