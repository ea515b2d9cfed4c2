"""A candidate says by the link how to be reminded: by mail, by text, both, or not at all."""

from aiohttp import web

from coaching.errors import NotFound, TweespraakError
from server.routes.forms import Form
from server.routes.keys import PARTS
from server.routes.own_choice import candidate_problem, link_page, preview_of, to_invitation
from server.routes.page import form_of, see
from server.usecases.channels import Channel
from server.usecases.own_reminders import choose_reminders, own_reminders

_EVERY_WAY = "both"


async def show(request: web.Request) -> web.Response:
    """What is chosen now, and what else there is."""
    return await _page(request)


async def _page(request: web.Request, error: TweespraakError | None = None) -> web.Response:
    try:
        found = await own_reminders(request.app[PARTS], request.match_info["token"])
    except NotFound:
        return to_invitation(request)
    preview = await preview_of(request)
    facts: dict[str, object] = {
        "chosen": found.chosen or _EVERY_WAY,
        "choices": [one or _EVERY_WAY for one in found.choices],
        "hours": (found.first_hours, found.second_hours),
        "kept": "kept" in request.query,
    }
    problem = candidate_problem(request, error, preview)
    return await link_page(request, "own_reminders.html", preview, facts, problem)


async def choose(request: web.Request) -> web.Response:
    """Keep the choice."""
    token = request.match_info["token"]
    form = Form(form_of(request))
    try:
        every = form.given("channel") == _EVERY_WAY
        channel = None if every else form.choice("channel", Channel)
        await choose_reminders(request.app[PARTS], token, channel)
    except NotFound:
        return to_invitation(request)
    except TweespraakError as error:
        return await _page(request, error)
    return see(f"/j/{token}/reminders?kept=yes")


ROUTES = (
    web.get("/j/{token}/reminders", show, allow_head=False),
    web.post("/j/{token}/reminders", choose),
)
