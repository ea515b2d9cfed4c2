"""The coach excuses a camera that does not work, from the talk itself."""

from aiohttp import web

from coaching.errors import BadInput
from coaching.facts import ExceptionCode
from coaching.words import Role
from server.routes.forms import Form
from server.routes.keys import PARTS
from server.routes.page import form_of, see, words_of
from server.routes.rights import COACHING, staff_only
from server.routes.talk import meeting_in
from server.usecases.context import StaffActor
from server.usecases.excusing import REASONS, excuse_camera


@staff_only(COACHING)
async def excuse(request: web.Request, actor: StaffActor) -> web.Response:
    """Record it, and back to the talk; the candidate's page finds out by itself."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    form = Form(form_of(request))
    code = form.choice("code", ExceptionCode)
    if code not in REASONS:
        raise BadInput("choice_bad", field="code")
    reason = words_of(request, actor.language).say(f"excuse.{code}")
    await excuse_camera(parts, actor, meeting, code, reason, key=form.given("key"), now=parts.now())
    return see(f"/talk/{meeting}?as={Role.COACH}")


ROUTES = (web.post("/talk/{meeting}/excuse", excuse),)
