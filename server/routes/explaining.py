"""Why: the rules behind a verdict, with what they looked at and where they come from."""

from aiohttp import web

from server.routes.drafts import filled_address, read_booking
from server.routes.forms import Form
from server.routes.keys import PARTS
from server.routes.meetings import meeting_in
from server.routes.page import page, words_of
from server.routes.rights import ANY_STAFF, staff_only
from server.usecases.context import MeetingId, StaffActor
from server.usecases.explaining import Explanation, explain, explain_booking
from server.usecases.overview import show_meeting


@staff_only(ANY_STAFF)
async def why_booking(request: web.Request, actor: StaffActor) -> web.Response:
    """Why a booking or a move is refused; the address holds the fields of the form.

    The way back fills the form in with them: who asks why has lost nothing.
    """
    form = Form(request.query)
    parts = request.app[PARTS]
    found = form.optional_reference("meeting")
    moved = MeetingId(found) if found else None
    wanted = read_booking(form)
    explanation = await explain_booking(parts, actor, wanted, moved=moved, now=parts.now())
    candidate = str(form.optional_reference("candidate") or "")
    return_to = f"/meetings/{moved}#move" if moved else f"/meetings/new?candidate={candidate}"
    return _page(request, explanation, candidate, filled_address(return_to, form.fields))


@staff_only(ANY_STAFF)
async def why_meeting(request: web.Request, actor: StaffActor) -> web.Response:
    """Why a meeting stands as it does, by the settings that it was made under."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    language = words_of(request).texts.language
    explanation = await explain(parts, actor, meeting, language=language, now=parts.now())
    view = await show_meeting(parts, actor, meeting, now=parts.now())
    return _page(request, explanation, str(view.candidate), f"/meetings/{meeting}")


def _page(
    request: web.Request, explanation: Explanation, candidate: str, return_to: str
) -> web.Response:
    facts = {"why": explanation, "candidate": candidate, "return_to": return_to}
    return page(request, "why.html", facts)


ROUTES = (
    web.get("/meetings/new/why", why_booking),
    web.get("/meetings/{id}/why", why_meeting),
)
