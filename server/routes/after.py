"""What people say around a talk: a face, a line that both keep; and whether talks begin on time."""

from aiohttp import web

from coaching.words import Role
from server.routes.forms import Form, own_path
from server.routes.keys import PARTS
from server.routes.page import form_of, page, see
from server.routes.rights import PLANNING, staff_only
from server.routes.talk import as_whom, meeting_in
from server.usecases.context import StaffActor
from server.usecases.kept_lines import want_line
from server.usecases.moods import Mood, say_mood
from server.usecases.punctuality import PERIODS, punctuality


async def agree(request: web.Request) -> web.Response:
    """One of the two wants to keep a line of what they wrote."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    text = Form(form_of(request)).text("text")
    kept = await want_line(parts, as_whom(request, meeting), meeting, text, now=parts.now())
    return web.json_response({"kept": kept})


async def feel(request: web.Request) -> web.Response:
    """The candidate's face, at the start or at the end."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    form = Form(form_of(request))
    mood, at_end = form.choice("mood", Mood), form.text("moment") == "end"
    actor = as_whom(request, meeting)
    await say_mood(parts, actor, meeting, mood, at_end=at_end, now=parts.now())
    as_coach = "?as=coach" if request.query.get("as") == Role.COACH else ""
    return see(own_path(form.text("back"), f"/talk/{meeting}/done{as_coach}"))


@staff_only(PLANNING)
async def on_time(request: web.Request, _actor: StaffActor) -> web.Response:
    """Whether talks begin on time."""
    parts = request.app[PARTS]
    asked = request.query.get("days", "")
    days = int(asked) if asked in {str(one) for one in PERIODS} else PERIODS[1]
    counts = await punctuality(parts, days=days, now=parts.now())
    facts = {"counts": counts, "days": days, "periods": PERIODS}
    return page(request, "on_time.html", facts, back="/on-time")


ROUTES = (
    web.post("/talk/{meeting}/agreed", agree),
    web.post("/talk/{meeting}/mood", feel),
    web.get("/on-time", on_time),
)
