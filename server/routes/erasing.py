"""Erasing a candidate: what it means, calling talks off first, and the name typed to confirm."""

from aiohttp import web

from coaching.errors import TweespraakError
from server.routes.candidates import candidate_in
from server.routes.forms import Form
from server.routes.giving_back import gives_back
from server.routes.keys import PARTS
from server.routes.page import form_of, page, see
from server.routes.rights import PLANNING, staff_only
from server.usecases.context import StaffActor
from server.usecases.erasing import call_off_all, erase_candidate, erasure_of


@staff_only(PLANNING)
async def show(request: web.Request, actor: StaffActor) -> web.Response:
    """What goes, what stays, and what is in the way."""
    return await _erase_page(request, actor)


async def _erase_page(
    request: web.Request, actor: StaffActor, error: TweespraakError | None = None
) -> web.Response:
    parts = request.app[PARTS]
    person = await erasure_of(parts, actor, candidate_in(request), now=parts.now())
    facts = {
        "person": person,
        "typed": form_of(request).get("confirm", "") if error else "",
        "called_off": request.query.get("called_off", ""),
    }
    back = f"/candidates/{person.candidate}/erase"
    return page(request, "erase.html", facts, back=back, error=error)


async def _again(request: web.Request, actor: StaffActor, error: TweespraakError) -> web.Response:
    return await _erase_page(request, actor, error)


@staff_only(PLANNING)
@gives_back(_again)
async def change(request: web.Request, actor: StaffActor) -> web.Response:
    """Call off the talks to come (`step=call_off`), or erase."""
    parts = request.app[PARTS]
    candidate = candidate_in(request)
    form = Form(form_of(request))
    key, now = form.given("key"), parts.now()
    if form.text("step") == "call_off":
        count = await call_off_all(parts, actor, candidate, key=key, now=now)
        return see(f"/candidates/{candidate}/erase?called_off={count}")
    typed = form.text("confirm")
    await erase_candidate(parts, actor, candidate, typed_name=typed, key=key, now=now)
    return see("/candidates?done=erased")


ROUTES = (
    web.get("/candidates/{id}/erase", show),
    web.post("/candidates/{id}/erase", change),
)
