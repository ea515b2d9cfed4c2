"""A new agreement on the number of talks (R28), by staff and by the candidate's link."""

from aiohttp import web

from coaching.errors import BadInput, TweespraakError
from coaching.words import Role
from server.routes.agreements import Who
from server.routes.candidates import candidate_again, candidate_in
from server.routes.forms import Form
from server.routes.giving_back import gives_back
from server.routes.invitation import show_invitation
from server.routes.keys import PARTS
from server.routes.page import form_of, see
from server.routes.rights import ANY_STAFF, staff_only
from server.usecases.agreeing import Way
from server.usecases.context import StaffActor, TrajectoryId
from server.usecases.contracting import (
    NewContract,
    VersionSaid,
    ask_contract,
    guest_agrees,
    record_contract_yes,
    withdraw_contract,
)


@staff_only(ANY_STAFF)
@gives_back(candidate_again)
async def ask(request: web.Request, actor: StaffActor) -> web.Response:
    """Ask both for another number of talks."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    trajectory = TrajectoryId(form.reference("contract"))
    new = NewContract(
        talks=form.whole("new_talks"), minutes=form.whole("new_minutes"), reason=form.text("reason")
    )
    await ask_contract(parts, actor, trajectory, new, key=form.given("key"), now=parts.now())
    return see(f"/candidates/{candidate_in(request)}?done=contract_asked")


@staff_only(ANY_STAFF)
@gives_back(candidate_again)
async def said(request: web.Request, actor: StaffActor) -> web.Response:
    """Write down who agreed, when and how."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    who = form.choice("contract_who", Who)
    yes = VersionSaid(
        roles=frozenset(Role) if who is Who.BOTH else frozenset({Role(who)}),
        way=form.choice("contract_way", Way),
        given_on=form.day("contract_on"),
    )
    await record_contract_yes(
        parts,
        actor,
        TrajectoryId(form.reference("contract")),
        yes,
        version=form.whole("version"),
        key=form.given("key"),
        now=parts.now(),
    )
    return see(f"/candidates/{candidate_in(request)}?done=contract_said")


@staff_only(ANY_STAFF)
@gives_back(candidate_again)
async def withdraw(request: web.Request, actor: StaffActor) -> web.Response:
    """Take back what waits."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    trajectory = TrajectoryId(form.reference("contract"))
    version = form.whole("version")
    await withdraw_contract(
        parts, actor, trajectory, version=version, key=form.given("key"), now=parts.now()
    )
    return see(f"/candidates/{candidate_in(request)}?done=contract_withdrawn")


async def agree(request: web.Request) -> web.Response:
    """The candidate agrees; what does not wait any more is simply not shown again."""
    parts = request.app[PARTS]
    token = request.match_info["token"]
    form = Form(form_of(request))
    try:
        await guest_agrees(
            parts, token, version=form.whole("version"), key=form.given("key"), now=parts.now()
        )
    except BadInput:
        return await show_invitation(request, refused=True)
    except TweespraakError:
        return see(f"/j/{token}")
    return see(f"/j/{token}?agreed=yes")


ROUTES = (
    web.post("/candidates/{id}/contract", ask),
    web.post("/candidates/{id}/contract/said", said),
    web.post("/candidates/{id}/contract/withdraw", withdraw),
    web.post("/j/{token}/contract", agree),
)
