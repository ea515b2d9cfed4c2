"""Why a talk is online although the share is reached: the answer to what R14 asks."""

from aiohttp import web

from server.routes.forms import Form
from server.routes.giving_back import gives_back
from server.routes.keys import PARTS
from server.routes.meetings import meeting_again, meeting_in
from server.routes.page import form_of, see
from server.routes.rights import ANY_STAFF, staff_only
from server.usecases.context import StaffActor
from server.usecases.saying_why import give_reason


@staff_only(ANY_STAFF)
@gives_back(meeting_again)
async def say_why(request: web.Request, actor: StaffActor) -> web.Response:
    """Keep the reason, and back to the talk."""
    parts = request.app[PARTS]
    meeting, form = meeting_in(request), Form(form_of(request))
    reason, key = form.text("reason"), form.given("key")
    await give_reason(parts, actor, meeting, reason, key=key, now=parts.now())
    return see(f"/meetings/{meeting}?done=reason")


ROUTES = (web.post("/meetings/{id}/reason", say_why),)
