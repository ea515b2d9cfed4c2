"""The page on which a coach hides where they are in talks."""

from aiohttp import web

from coaching.errors import TweespraakError
from server.routes.forms import Form
from server.routes.giving_back import gives_back
from server.routes.keys import PARTS
from server.routes.page import form_of, page, see
from server.routes.rights import COACHING, staff_only
from server.usecases.address import address_view, hide_address
from server.usecases.context import StaffActor


async def _page(
    request: web.Request, actor: StaffActor, error: TweespraakError | None = None
) -> web.Response:
    view = await address_view(request.app[PARTS], actor)
    facts = {"view": view, "done": request.query.get("done") == "kept"}
    return page(request, "address.html", facts, back="/address", error=error)


@staff_only(COACHING)
async def show(request: web.Request, actor: StaffActor) -> web.Response:
    """How the switch stands, and what it means."""
    return await _page(request, actor)


@staff_only(COACHING)
@gives_back(_page)
async def change(request: web.Request, actor: StaffActor) -> web.Response:
    """Switch it on or off."""
    hides = Form(form_of(request)).text("hides") == "yes"
    await hide_address(request.app[PARTS], actor, hides=hides)
    return see("/address?done=kept")


ROUTES = (
    web.get("/address", show),
    web.post("/address", change),
)
