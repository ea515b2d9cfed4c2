"""A candidate's own page of agreements: which coach, and how many talks."""

from http import HTTPStatus

from aiohttp import web

from coaching.errors import Conflict, NotFound, TweespraakError
from server.errors import problem_for_candidate
from server.routes.forms import Form
from server.routes.keys import PARTS
from server.routes.page import form_of, page, see, words_of
from server.usecases.choosing_coach import choose_coach, own_desk
from server.usecases.context import StaffId
from server.usecases.contracting import guest_agrees


async def show(request: web.Request) -> web.Response:
    """How it stands, and what can be chosen; an unknown link tells a stranger nothing."""
    return await _desk_page(request)


async def _desk_page(request: web.Request, error: TweespraakError | None = None) -> web.Response:
    parts = request.app[PARTS]
    token = request.match_info["token"]
    try:
        desk = await own_desk(parts, token, now=parts.now())
    except NotFound:
        return _unknown(request)
    problem = (
        problem_for_candidate(error, words_of(request, desk.language).texts) if error else None
    )
    facts = {
        "desk": desk,
        "token": token,
        "problem": problem,
        "contract": desk.contract,
        "agreed": "agreed" in request.query,
        "phone": desk.phone,
        "phone_name": desk.phone_name,
    }
    status = problem.status if problem else HTTPStatus.OK
    back = f"/a/{token}"
    return page(request, "own_desk.html", facts, status=status, language=desk.language, back=back)


def _unknown(request: web.Request) -> web.Response:
    settings = request.app[PARTS].settings
    facts = {
        "desk": None,
        "problem": None,
        "phone": settings.organisation_phone,
        "phone_name": settings.organisation,
    }
    return page(request, "own_desk.html", facts, status=HTTPStatus.NOT_FOUND)


async def choose(request: web.Request) -> web.Response:
    """Say yes to a coach; the page that follows lasts, whatever becomes of the appointments."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    coach = StaffId(form.reference("coach"))
    try:
        token = await choose_coach(
            parts, request.match_info["token"], coach, key=form.given("key"), now=parts.now()
        )
    except Conflict as error:
        return await _desk_page(request, error)
    except NotFound:
        return _unknown(request)
    return see(f"/a/{token}")


async def agree(request: web.Request) -> web.Response:
    """Say yes to another number of talks; what does not wait any more is told."""
    parts = request.app[PARTS]
    token = request.match_info["token"]
    form = Form(form_of(request))
    version, key = form.whole("version"), form.given("key")
    try:
        await guest_agrees(parts, token, version=version, key=key, now=parts.now())
    except Conflict as error:
        return await _desk_page(request, error)
    except NotFound:
        return _unknown(request)
    return see(f"/a/{token}?agreed=yes")


ROUTES = (
    web.get("/a/{token}", show, allow_head=False),
    web.post("/a/{token}/coach", choose),
    web.post("/a/{token}/contract", agree),
)
