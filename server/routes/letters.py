"""A letter to print, for whoever has no e-mail (E22)."""

from aiohttp import web

from server.routes.keys import PARTS
from server.routes.meetings import meeting_in
from server.routes.page import page, words_of
from server.routes.rights import ANY_STAFF, staff_only
from server.texts import words_for
from server.usecases.context import StaffActor
from server.usecases.letters import letter_of


@staff_only(ANY_STAFF)
async def show(request: web.Request, actor: StaffActor) -> web.Response:
    """The letter of one appointment, in the candidate's language."""
    meeting, parts = meeting_in(request), request.app[PARTS]
    letter = await letter_of(parts, actor, meeting)
    facts = {
        "letter": letter,
        "own": words_for(letter.language, words_of(request).zone),
        "today": parts.now(),
        "meeting": meeting,
    }
    return page(request, "letter.html", facts)


ROUTES = (web.get("/meetings/{id}/letter", show),)
