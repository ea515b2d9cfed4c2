"""The coach's desk: who chose them, a yes or a no, and what candidates read of them."""

from aiohttp import web

from coaching.errors import NotFound, TweespraakError
from server.routes.forms import Form, own_path, to_uuid
from server.routes.giving_back import gives_back
from server.routes.keys import PARTS
from server.routes.page import form_of, page, see
from server.routes.rights import COACHING, staff_only
from server.usecases.coach_desk import (
    ABOUT_LENGTH,
    answer_choice,
    own_profile,
    save_profile,
    who_chose,
)
from server.usecases.context import StaffActor, TrajectoryId


@staff_only(COACHING)
async def show(request: web.Request, actor: StaffActor) -> web.Response:
    """Who waits for a yes, and the own profile."""
    return await _page(request, actor)


async def _page(
    request: web.Request, actor: StaffActor, error: TweespraakError | None = None
) -> web.Response:
    parts = request.app[PARTS]
    facts = {
        "chosen": await who_chose(parts, actor),
        "profile": await own_profile(parts, actor),
        "typed": form_of(request) if error else {},
        "longest": ABOUT_LENGTH,
        "done": request.query.get("done", ""),
    }
    return page(request, "desk.html", facts, back="/desk", error=error)


@staff_only(COACHING)
@gives_back(_page)
async def save(request: web.Request, actor: StaffActor) -> web.Response:
    """Keep what candidates read."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    shown = form.text("shown") == "yes"
    await save_profile(parts, actor, about=form.text("about"), shown=shown, now=parts.now())
    return see("/desk?done=kept")


@staff_only(COACHING)
@gives_back(_page)
async def answer(request: web.Request, actor: StaffActor) -> web.Response:
    """Say yes or no to somebody; no reason is asked."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    trajectory = to_uuid(request.match_info["id"])
    if trajectory is None:
        raise NotFound("trajectory_unknown")
    yes = form.given("answer") == "yes"
    key = form.given("key")
    await answer_choice(parts, actor, TrajectoryId(trajectory), yes=yes, key=key, now=parts.now())
    done = "yes" if yes else "no"
    back = own_path(form.text("back"), "/desk")
    return see(f"{back}?done={done}" if back == "/desk" else back)


ROUTES = (
    web.get("/desk", show),
    web.post("/desk", save),
    web.post("/desk/{id}/answer", answer),
)
