"""A candidate books a practice together, or begins one at once; a coach switches that on (E26)."""

from aiohttp import web

from coaching.errors import NotFound, TweespraakError
from server.routes.forms import Form
from server.routes.invitation import show_invitation
from server.routes.keys import PARTS
from server.routes.own_choice import candidate_problem
from server.routes.page import form_of, page, see
from server.routes.rights import COACHING, staff_only
from server.usecases.context import StaffActor
from server.usecases.joining import preview_invitation
from server.usecases.practising_booking import (
    book_together,
    offer_help_at_once,
    practise_now,
    together_times,
)
from server.web_session import GUEST_SECONDS, cookie_names, keep


async def show(request: web.Request) -> web.Response:
    """The times for a practice together, each as one button."""
    return await _page(request)


async def _page(request: web.Request, error: TweespraakError | None = None) -> web.Response:
    parts = request.app[PARTS]
    token = request.match_info["token"]
    preview = await preview_invitation(parts, token, now=parts.now())
    try:
        choice = await together_times(parts, token, now=parts.now())
    except NotFound:
        return await show_invitation(request)
    problem = candidate_problem(request, error, preview)
    facts = {
        "token": token,
        "choice": choice,
        "problem": problem,
        "phone": preview.coach_phone or parts.settings.organisation_phone,
        "phone_name": preview.coach_name or parts.settings.organisation,
    }
    status = problem.status if problem else 200
    return page(request, "practice_together.html", facts, status=status, language=preview.language)


async def book(request: web.Request) -> web.Response:
    """Book one of the times."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    token = request.match_info["token"]
    try:
        await book_together(
            parts, token, offer=form.given("offer"), key=form.given("key"), now=parts.now()
        )
    except TweespraakError as error:
        return await _page(request, error)
    return see(f"/j/{token}/practice/together")


async def begin_now(request: web.Request) -> web.Response:
    """Begin at once with the coach, in a real talk."""
    parts = request.app[PARTS]
    key = Form(form_of(request)).given("key")
    try:
        session, meeting = await practise_now(
            parts, request.match_info["token"], key=key, now=parts.now()
        )
    except TweespraakError as error:
        return await _page(request, error)
    response = see(f"/talk/{meeting}")
    name = cookie_names(parts.settings).guest
    keep(response, parts.settings, name, session, seconds=GUEST_SECONDS)
    return response


@staff_only(COACHING)
async def switch(request: web.Request, actor: StaffActor) -> web.Response:
    """Whether candidates may ask this coach to practise at once."""
    helps = Form(form_of(request)).text("helps") == "yes"
    await offer_help_at_once(request.app[PARTS], actor, helps=helps)
    return see("/readiness")


ROUTES = (
    web.get("/j/{token}/practice/together", show, allow_head=False),
    web.post("/j/{token}/practice/together", book),
    web.post("/j/{token}/practice/now", begin_now),
    web.post("/readiness/at-once", switch),
)
