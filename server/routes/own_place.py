"""A candidate says by the link which place is the easiest to reach."""

from aiohttp import web

from coaching.errors import NotFound, TweespraakError
from server.routes.forms import Form
from server.routes.keys import PARTS
from server.routes.own_choice import candidate_problem, link_page, preview_of, to_invitation
from server.routes.page import form_of, see
from server.usecases.context import PlaceId
from server.usecases.own_place import choose_place, own_place

_ANY = "any"


async def show(request: web.Request) -> web.Response:
    """The places, and which one is chosen now."""
    return await _page(request)


async def _page(request: web.Request, error: TweespraakError | None = None) -> web.Response:
    try:
        found = await own_place(request.app[PARTS], request.match_info["token"])
    except NotFound:
        return to_invitation(request)
    preview = await preview_of(request)
    facts: dict[str, object] = {
        "places": found.places,
        "chosen": found.chosen,
        "kept": "kept" in request.query,
    }
    problem = candidate_problem(request, error, preview)
    return await link_page(request, "own_place.html", preview, facts, problem)


async def choose(request: web.Request) -> web.Response:
    """Keep the choice."""
    token = request.match_info["token"]
    form = Form(form_of(request))
    try:
        anywhere = form.given("place") == _ANY
        place = None if anywhere else PlaceId(form.reference("place"))
        await choose_place(request.app[PARTS], token, place)
    except NotFound:
        return to_invitation(request)
    except TweespraakError as error:
        return await _page(request, error)
    return see(f"/j/{token}/place?kept=yes")


ROUTES = (
    web.get("/j/{token}/place", show, allow_head=False),
    web.post("/j/{token}/place", choose),
)
