"""Guidance in writing: begin it, and write down who wrote on which day."""

from aiohttp import web

from coaching.words import Role
from server.routes.candidates import candidate_again, candidate_in
from server.routes.forms import Form
from server.routes.giving_back import gives_back
from server.routes.keys import PARTS
from server.routes.page import form_of, see
from server.routes.rights import ANY_STAFF, staff_only
from server.usecases.context import StaffActor, TrajectoryId
from server.usecases.writing import guide_blended, guide_in_writing, keep_contact


@staff_only(ANY_STAFF)
@gives_back(candidate_again)
async def begin(request: web.Request, actor: StaffActor) -> web.Response:
    """Go on in writing."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    trajectory = TrajectoryId(form.reference("trajectory"))
    await guide_in_writing(parts, actor, trajectory, key=form.given("key"), now=parts.now())
    return see(f"/candidates/{candidate_in(request)}?done=guided")


@staff_only(ANY_STAFF)
@gives_back(candidate_again)
async def go_back(request: web.Request, actor: StaffActor) -> web.Response:
    """Talk again too."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    trajectory = TrajectoryId(form.reference("trajectory"))
    await guide_blended(parts, actor, trajectory, key=form.given("key"), now=parts.now())
    return see(f"/candidates/{candidate_in(request)}?done=guided")


@staff_only(ANY_STAFF)
@gives_back(candidate_again)
async def wrote(request: web.Request, actor: StaffActor) -> web.Response:
    """Write down a contact."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    await keep_contact(
        parts,
        actor,
        TrajectoryId(form.reference("trajectory")),
        form.choice("contact_role", Role),
        form.day("contact_on"),
        key=form.given("key"),
        now=parts.now(),
    )
    return see(f"/candidates/{candidate_in(request)}?done=wrote")


ROUTES = (
    web.post("/candidates/{id}/writing", begin),
    web.post("/candidates/{id}/writing/end", go_back),
    web.post("/candidates/{id}/contacts", wrote),
)
