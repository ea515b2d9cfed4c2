"""The page behind a nudge: three answers, or times to come by (domain 3.4)."""

from http import HTTPStatus

from aiohttp import web

from coaching.errors import Conflict, NotFound, Refused, TweespraakError
from coaching.words import Language
from server.errors import problem_for_candidate
from server.routes.forms import Form, to_uuid
from server.routes.keys import PARTS
from server.routes.page import form_of, page, see, words_of
from server.texts import Words, words_for
from server.usecases.access import ByLink
from server.usecases.context import MeetingId
from server.usecases.holding import HeldTimes, choose_time, chosen_time, held_times
from server.usecases.nudges import NudgeAnswer, NudgeView, answer_nudge, preview_nudge


async def show_nudge(request: web.Request) -> web.Response:
    """What was asked, with its answers; an unknown link tells a stranger nothing."""
    return await _nudge_page(request)


async def _nudge_page(request: web.Request, error: TweespraakError | None = None) -> web.Response:
    parts = request.app[PARTS]
    token = request.match_info["token"]
    view = await preview_nudge(parts, token, now=parts.now())
    language = Language(view.language) if view else None
    problem = problem_for_candidate(error, words_of(request, language).texts) if error else None
    facts = {
        "view": view,
        "token": token,
        "held": await _held(request, view) if view else None,
        "problem": problem,
        "own_words": _own_words(request, view),
        "phone": view.coach_phone if view else parts.settings.organisation_phone,
        "phone_name": view.coach_name if view else parts.settings.organisation,
    }
    status = HTTPStatus.OK if view else HTTPStatus.NOT_FOUND
    return page(
        request,
        "nudge.html",
        facts,
        status=problem.status if problem else status,
        language=language,
        back=f"/n/{token}",
    )


def _own_words(request: web.Request, view: NudgeView | None) -> Words | None:
    """Words that tell the time on the candidate's own clock, where it is another (E18)."""
    if view is None or view.zone is None:
        return None
    return words_for(words_of(request, Language(view.language)).texts.language, view.zone)


async def _held(request: web.Request, view: NudgeView) -> HeldTimes | None:
    if view.group is None:
        return None
    parts = request.app[PARTS]
    link = ByLink(token=request.match_info["token"])
    try:
        return await held_times(parts, link, view.group, now=parts.now())
    except NotFound:
        return None


async def answer(request: web.Request) -> web.Response:
    """Keep the answer, and say what happens now."""
    parts = request.app[PARTS]
    token = request.match_info["token"]
    said = Form(form_of(request)).choice("answer", NudgeAnswer)
    try:
        await answer_nudge(parts, token, said, now=parts.now())
    except NotFound:
        return await _nudge_page(request)
    return see(f"/n/{token}")


async def choose(request: web.Request) -> web.Response:
    """Take one of the times that are held; one that is gone comes back with those that are left."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    link = ByLink(token=request.match_info["token"])
    meeting = MeetingId(form.reference("meeting"))
    try:
        await choose_time(parts, link, meeting, key=form.given("key"), now=parts.now())
    except (Conflict, Refused) as error:
        return await _nudge_page(request, error)
    except NotFound:
        return await _nudge_page(request)
    return see(f"/n/{request.match_info['token']}/chosen?meeting={meeting}")


async def show_chosen(request: web.Request) -> web.Response:
    """The new appointment stands; the mail with everything in it is on its way."""
    parts = request.app[PARTS]
    token = request.match_info["token"]
    view = await preview_nudge(parts, token, now=parts.now())
    if view is None:
        return await _nudge_page(request)
    meeting = to_uuid(request.query.get("meeting", ""))
    link = ByLink(token=token)
    facts = {
        "time": await chosen_time(parts, link, MeetingId(meeting), now=parts.now())
        if meeting
        else None,
        "own_words": _own_words(request, view),
        "phone": view.coach_phone,
        "phone_name": view.coach_name,
    }
    return page(request, "nudge_chosen.html", facts, language=Language(view.language))


ROUTES = (
    web.get("/n/{token}", show_nudge, allow_head=False),
    web.post("/n/{token}", answer),
    web.post("/n/{token}/choose", choose),
    web.get("/n/{token}/chosen", show_chosen, allow_head=False),
)
