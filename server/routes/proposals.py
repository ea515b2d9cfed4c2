"""What somebody changed in a calendar: looked at, and answered with one button."""

from enum import StrEnum

from aiohttp import web

from coaching.errors import Conflict, NotFound, Refused, TweespraakError
from coaching.wall_time import to_wall
from server.routes.drafts import as_links
from server.routes.forms import Form, to_uuid
from server.routes.giving_back import gives_back
from server.routes.instead import instead_of
from server.routes.keys import PARTS
from server.routes.page import form_of, page, see, words_of
from server.routes.rights import ANY_STAFF, PLANNING, staff_only
from server.usecases.answering import (
    ProposalId,
    ProposalView,
    accept_proposal,
    cancel_by_proposal,
    keep_ours,
    show_proposal,
)
from server.usecases.context import StaffActor
from server.usecases.explaining import rules_of
from server.usecases.overview import show_meeting


class Answer(StrEnum):
    """The buttons."""

    ACCEPT = "accept"
    KEEP = "keep"
    CANCEL = "cancel"


_ANSWERS = {
    Answer.ACCEPT: accept_proposal,
    Answer.KEEP: keep_ours,
    Answer.CANCEL: cancel_by_proposal,
}


@staff_only(ANY_STAFF)
async def show_one(request: web.Request, actor: StaffActor) -> web.Response:
    """Both times, what the rules say of the new one, and the answers; a coach only looks."""
    return await _page(request, actor)


async def _page(
    request: web.Request, actor: StaffActor, error: TweespraakError | None = None
) -> web.Response:
    parts = request.app[PARTS]
    found = await show_proposal(parts, actor, _proposal_in(request), now=parts.now())
    facts = {
        "proposal": found,
        "done": request.query.get("done", ""),
        **await _against(request, actor, found),
    }
    return page(request, "proposal.html", facts, back=f"/proposals/{found.id}", error=error)


@staff_only(PLANNING)
@gives_back(_page)
async def answer_one(request: web.Request, actor: StaffActor) -> web.StreamResponse:
    """Accept, keep ours, or cancel, as `answer` says; once, whoever else answers."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    said = form.choice("answer", Answer)
    proposal = _proposal_in(request)
    await _ANSWERS[said](
        parts,
        actor,
        proposal,
        revision=form.whole("revision"),
        key=form.given("key"),
        now=parts.now(),
    )
    return see(f"/proposals/{proposal}?done={said}")


async def _against(
    request: web.Request, actor: StaffActor, found: ProposalView
) -> dict[str, object]:
    """The rules against the new time, and what can be done with the meeting instead."""
    parts, words = request.app[PARTS], words_of(request)
    finding = found.finding
    if finding.code is None or found.new_starts is None:
        return {"rules": (), "instead": ()}
    verdict = finding.verdict
    error = Refused(verdict) if verdict else Conflict(finding.code)
    view = await show_meeting(parts, actor, found.meeting, now=parts.now())
    local = to_wall(found.new_starts, words.zone)
    asked = {
        "day": local.date().isoformat(),
        "time": f"{local:%H:%M}",
        "room": str(view.room or ""),
    }
    instead = await instead_of(request, actor, view, asked, error)
    return {
        "rules": rules_of(verdict, words.texts.language) if verdict else (),
        "instead": as_links(instead, f"/meetings/{found.meeting}#move", asked),
    }


def _proposal_in(request: web.Request) -> ProposalId:
    found = to_uuid(request.match_info["id"])
    if found is None:
        raise NotFound("proposal_unknown")
    return ProposalId(found)


ROUTES = (
    web.get("/proposals/{id}", show_one),
    web.post("/proposals/{id}/answer", answer_one),
)
