"""A letter to print, for whoever has no e-mail (E22)."""

from aiohttp import web

from server.routes.code_picture import code_picture
from server.routes.keys import PARTS
from server.routes.meetings import meeting_in
from server.routes.page import page, words_of
from server.routes.rights import ANY_STAFF, staff_only
from server.texts import words_for
from server.usecases.context import StaffActor
from server.usecases.letters import letter_of


@staff_only(ANY_STAFF)
async def show(request: web.Request, actor: StaffActor) -> web.Response:
    """The letter of one appointment, or of `all` to come, in the candidate's language."""
    meeting, parts, now = meeting_in(request), request.app[PARTS], request.app[PARTS].now()
    letter = await letter_of(parts, actor, meeting, whole="all" in request.query, now=now)
    facts = {
        "letter": letter,
        "talks": [(one, code_picture(one.link) if one.link else "") for one in letter.talks],
        "own": words_for(letter.language, words_of(request).zone),
        "today": now,
        "meeting": meeting,
    }
    return page(request, "letter.html", facts)


ROUTES = (web.get("/meetings/{id}/letter", show),)
