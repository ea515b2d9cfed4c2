"""The page behind a candidate's link. Reading it changes nothing."""

from aiohttp import hdrs, web

from coaching.errors import NotFound
from server.routes.getting_in import ways_in
from server.routes.keys import PARTS
from server.routes.page import page, see, visit_of, words_of
from server.texts import words_for
from server.usecases.contract_view import own_contract
from server.usecases.joining import (
    InvitationPreview,
    InvitationState,
    invitation_ics,
    preview_invitation,
    redeem_invitation,
)
from server.usecases.kept_lines import kept_lines_of_link
from server.usecases.own_page import own_facts
from server.usecases.tasks import tasks_of_link
from server.web_session import GUEST_SECONDS, cookie_names, keep

_STATUS = {InvitationState.UNKNOWN: 404}


async def show_invitation(request: web.Request, *, refused: bool = False) -> web.Response:
    """What the candidate may know before doing anything."""
    parts = request.app[PARTS]
    token = request.match_info["token"]
    preview = await preview_invitation(parts, token, now=parts.now())
    facts = {
        "preview": preview,
        "token": token,
        "phone": preview.coach_phone or parts.settings.organisation_phone,
        "phone_name": preview.coach_name or parts.settings.organisation,
        "contract": await own_contract(parts, token),
        "agreed": "agreed" in request.query,
        **await ways_in(request, token),
        "kept": await kept_lines_of_link(parts, token),
        "sheet": await tasks_of_link(parts, token, now=parts.now()),
        **await own_side(request, preview),
    }
    status = 409 if refused else _STATUS.get(preview.state, 200)
    return page(request, "invitation.html", facts, status=status, language=preview.language)


async def own_side(request: web.Request, preview: InvitationPreview) -> dict[str, object]:
    """What every page of a link knows of its candidate; `own_words` tell the time abroad (E18)."""
    parts = request.app[PARTS]
    own = await own_facts(parts, request.match_info["token"], now=parts.now())
    language = words_of(request, preview.language).texts.language
    return {"own": own, "own_words": words_for(language, own.zone) if own.zone else None}


async def redeem(request: web.Request) -> web.Response:
    """The candidate pressed the button: give this device its session and open the talk."""
    parts = request.app[PARTS]
    try:
        session, meeting = await redeem_invitation(
            parts, request.match_info["token"], now=parts.now(), here=visit_of(request).guest
        )
    except NotFound:
        return await show_invitation(request, refused=True)
    response = see(f"/talk/{meeting}")
    name = cookie_names(parts.settings).guest
    keep(response, parts.settings, name, session, seconds=GUEST_SECONDS)
    return response


async def appointment_file(request: web.Request) -> web.Response:
    """The appointment for the candidate's own calendar program."""
    parts = request.app[PARTS]
    body = await invitation_ics(parts, request.match_info["token"], now=parts.now())
    return web.Response(
        body=body,
        content_type="text/calendar",
        charset="utf-8",
        headers={hdrs.CONTENT_DISPOSITION: 'attachment; filename="gesprek.ics"'},
    )


async def preview_page(request: web.Request) -> web.Response:
    """The page for GET and HEAD."""
    return await show_invitation(request)


ROUTES = (
    web.get("/j/{token}", preview_page),
    web.post("/j/{token}", redeem),
    web.get("/j/{token}/appointment.ics", appointment_file),
)
