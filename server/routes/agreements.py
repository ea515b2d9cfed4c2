"""Whether coach and candidate agree to go on together: asked, and what they said (R27)."""

from enum import StrEnum

from aiohttp import web

from coaching.words import Role
from server.routes.candidates import candidate_again, candidate_in
from server.routes.forms import Form
from server.routes.giving_back import gives_back
from server.routes.keys import PARTS
from server.routes.page import form_of, see
from server.routes.rights import ANY_STAFF, staff_only
from server.usecases.agreeing import Answer, Said, Way, ask_agreement, record_answer
from server.usecases.context import StaffActor, TrajectoryId


class Who(StrEnum):
    """Whose answer a form writes down."""

    BOTH = "both"
    COACH = "coach"
    CANDIDATE = "candidate"


@staff_only(ANY_STAFF)
@gives_back(candidate_again)
async def ask(request: web.Request, actor: StaffActor) -> web.Response:
    """Ask both: from now on more talks wait for their yes."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    trajectory = TrajectoryId(form.reference("agreement"))
    await ask_agreement(parts, actor, trajectory, key=form.given("key"), now=parts.now())
    return see(f"/candidates/{candidate_in(request)}?done=asked")


@staff_only(ANY_STAFF)
@gives_back(candidate_again)
async def answer(request: web.Request, actor: StaffActor) -> web.Response:
    """Write down who said what, when and how."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    who = form.choice("who", Who)
    said = Said(
        roles=frozenset(Role) if who is Who.BOTH else frozenset({Role(who)}),
        answer=form.choice("answer", Answer),
        way=form.choice("way", Way),
        given_on=form.day("given_on"),
    )
    trajectory = TrajectoryId(form.reference("agreement"))
    await record_answer(parts, actor, trajectory, said, key=form.given("key"), now=parts.now())
    return see(f"/candidates/{candidate_in(request)}?done=answered")


ROUTES = (
    web.post("/candidates/{id}/agreement/ask", ask),
    web.post("/candidates/{id}/agreement", answer),
)
