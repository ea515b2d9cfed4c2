"""What a candidate does with the link of an invitation: another time, cancel, be called."""

from aiohttp import web

from coaching.errors import BadInput, NotFound, TweespraakError
from coaching.words import Mode
from server.errors import Problem, problem_for_candidate
from server.routes.forms import Form, to_uuid
from server.routes.invitation import own_side
from server.routes.keys import PARTS
from server.routes.page import form_of, page, see, words_of
from server.usecases.by_link import (
    CallWindow,
    guest_call_me,
    guest_cancel,
    guest_move,
    guest_times,
)
from server.usecases.context import MeetingId
from server.usecases.holding import ByLink, choose_time, chosen_time
from server.usecases.joining import InvitationPreview, InvitationState, preview_invitation

_STANDS = frozenset(
    {
        InvitationState.OPEN,
        InvitationState.EARLY,
        InvitationState.OFFLINE,
        InvitationState.PHONE,
        InvitationState.OVER,  # a talk that failed still offers the times that are held
    }
)


async def preview_of(request: web.Request) -> InvitationPreview:
    """What the link of this request leads to."""
    parts = request.app[PARTS]
    return await preview_invitation(parts, request.match_info["token"], now=parts.now())


def to_invitation(request: web.Request) -> web.Response:
    """Back to the page of the link, which says how things stand."""
    return see(f"/j/{request.match_info['token']}")


async def link_page(
    request: web.Request,
    template: str,
    preview: InvitationPreview,
    facts: dict[str, object],
    problem: Problem | None = None,
) -> web.Response:
    """A page behind the link, with whom to call and the candidate's own clock."""
    settings = request.app[PARTS].settings
    token = request.match_info["token"]
    known = {
        "preview": preview,
        "token": token,
        "problem": problem,
        "phone": preview.coach_phone or settings.organisation_phone,
        "phone_name": preview.coach_name or settings.organisation,
    }
    status = problem.status if problem else 200
    return page(
        request,
        template,
        {**known, **await own_side(request, preview), **facts},
        status=status,
        language=preview.language,
        back=f"/j/{token}",
    )


def candidate_problem(
    request: web.Request, error: TweespraakError | None, preview: InvitationPreview
) -> Problem | None:
    """The error in a sentence that a candidate can read: of a rule only its own one sentence."""
    texts = words_of(request, preview.language).texts
    return problem_for_candidate(error, texts) if error else None


async def show_times(request: web.Request) -> web.Response:
    """The times to which the candidate may move, each as one button."""
    return await _times_page(request)


async def _times_page(request: web.Request, error: TweespraakError | None = None) -> web.Response:
    parts = request.app[PARTS]
    preview = await preview_of(request)
    if preview.state not in _STANDS:
        return to_invitation(request)
    try:
        choice = await guest_times(
            parts, request.match_info["token"], mode=_wanted_form(request), now=parts.now()
        )
    except NotFound:
        return to_invitation(request)
    problem = candidate_problem(request, error, preview)
    return await link_page(request, "own_times.html", preview, {"choice": choice}, problem)


def _wanted_form(request: web.Request) -> Mode | None:
    """The form that `?how=` asks for; anything else is the meeting's own."""
    how = request.query.get("how", "")
    return Mode(how) if how in (Mode.OFFLINE, Mode.PHONE) else None


async def move(request: web.Request) -> web.Response:
    """Take another time; what was taken just now comes back with the times that are left."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    token = request.match_info["token"]
    try:
        await guest_move(
            parts, token, offer=form.given("offer"), key=form.given("key"), now=parts.now()
        )
    except NotFound:
        return to_invitation(request)
    except TweespraakError as error:
        return await _times_page(request, error)
    preview = await preview_of(request)
    if preview.state is InvitationState.MOVED:
        return to_invitation(request)
    return see(f"/j/{token}/times")  # of a missed talk, whose link tells of the new time


async def choose(request: web.Request) -> web.Response:
    """Take one of the times that are held for the candidate."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    link = ByLink(token=request.match_info["token"])
    meeting = to_uuid(form.text("meeting"))
    try:
        if meeting is None:
            raise BadInput("choice_bad", field="meeting")
        await choose_time(parts, link, MeetingId(meeting), key=form.given("key"), now=parts.now())
    except TweespraakError as error:
        return await _times_page(request, error)
    facts: dict[str, object] = {
        "time": await chosen_time(parts, link, MeetingId(meeting), now=parts.now())
    }
    return await link_page(request, "own_chosen.html", await preview_of(request), facts)


async def show_cancel(request: web.Request) -> web.Response:
    """Ask once whether the appointment should go."""
    return await _cancel_page(request)


async def _cancel_page(request: web.Request, error: TweespraakError | None = None) -> web.Response:
    preview = await preview_of(request)
    if preview.state not in _STANDS - {InvitationState.OVER}:
        return to_invitation(request)
    problem = candidate_problem(request, error, preview)
    return await link_page(request, "own_cancel.html", preview, {}, problem)


async def cancel(request: web.Request) -> web.Response:
    """Cancel the appointment."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    try:
        await guest_cancel(
            parts, request.match_info["token"], key=form.given("key"), now=parts.now()
        )
    except NotFound:
        return to_invitation(request)
    except TweespraakError as error:
        return await _cancel_page(request, error)
    return to_invitation(request)


async def show_call(request: web.Request) -> web.Response:
    """Ask when the coach may call."""
    return await _call_page(request)


async def _call_page(request: web.Request, error: TweespraakError | None = None) -> web.Response:
    preview = await preview_of(request)
    if preview.state is InvitationState.UNKNOWN:
        return to_invitation(request)
    problem = candidate_problem(request, error, preview)
    return await link_page(
        request, "own_call.html", preview, {"windows": tuple(CallWindow)}, problem
    )


async def call_me(request: web.Request) -> web.Response:
    """Ask to be called, and say when that will be."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    try:
        request_made = await guest_call_me(
            parts,
            request.match_info["token"],
            form.choice("window", CallWindow),
            key=form.given("key"),
            now=parts.now(),
        )
    except NotFound:
        return to_invitation(request)
    except TweespraakError as error:
        return await _call_page(request, error)
    preview = await preview_of(request)
    return await link_page(request, "own_called.html", preview, {"call": request_made})


ROUTES = (
    web.get("/j/{token}/times", show_times, allow_head=False),
    web.post("/j/{token}/move", move),
    web.post("/j/{token}/choose", choose),
    web.get("/j/{token}/cancel", show_cancel, allow_head=False),
    web.post("/j/{token}/cancel", cancel),
    web.get("/j/{token}/call", show_call, allow_head=False),
    web.post("/j/{token}/call", call_me),
)
