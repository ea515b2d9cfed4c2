"""What asks for attention, and a coach's own people."""

from aiohttp import web

from coaching.errors import NotFound
from server.routes.forms import Form, own_path, to_uuid
from server.routes.keys import PARTS
from server.routes.page import form_of, page, see
from server.routes.rights import ANY_STAFF, COACHING, staff_only
from server.usecases.attention import attention, done, my_people
from server.usecases.calendars import list_calendars
from server.usecases.context import StaffActor
from server.usecases.writing import written_of_coach


@staff_only(ANY_STAFF)
async def show_attention(request: web.Request, actor: StaffActor) -> web.Response:
    """Everything that waits, most urgent first, each with one thing to do."""
    parts = request.app[PARTS]
    facts = {
        "todos": await attention(parts, actor, now=parts.now()),
        "calendars": await list_calendars(parts, actor, needing_care=True),
    }
    return page(request, "attention.html", facts)


@staff_only(ANY_STAFF)
async def mark_done(request: web.Request, actor: StaffActor) -> web.Response:
    """Say that something is done; a second time does nothing."""
    parts = request.app[PARTS]
    todo = to_uuid(request.match_info["id"])
    if todo is None:
        raise NotFound("todo_unknown")
    form = Form(form_of(request))
    spoken = form.text("spoken") == "yes"
    await done(parts, actor, todo, spoken=spoken, now=parts.now())
    return see(own_path(form.text("back"), "/attention"))


@staff_only(COACHING)
async def show_people(request: web.Request, actor: StaffActor) -> web.Response:
    """The coach's people: next talk, how silent, the blend so far, what to do today."""
    parts = request.app[PARTS]
    people = await my_people(parts, actor, now=parts.now())
    written = await written_of_coach(parts, actor, now=parts.now())
    return page(request, "people.html", {"people": people, "written": written})


ROUTES = (
    web.get("/attention", show_attention),
    web.post("/attention/{id}/done", mark_done),
    web.get("/people", show_people),
)
