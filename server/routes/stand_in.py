"""Another coach for one talk (E5): who could, who does, and back to the own coach."""

from collections.abc import Mapping

from aiohttp import web

from coaching.errors import Refused, TweespraakError
from coaching.words import Mode
from server.routes.drafts import (
    BOOKABLE_MODES,
    AlternativeButton,
    buttons_for,
    read_fill,
    read_room,
    room_buttons,
    rooms_by_place,
)
from server.routes.forms import Form
from server.routes.giving_back import gives_back
from server.routes.keys import PARTS
from server.routes.meetings import meeting_in
from server.routes.page import form_of, page, see, words_of
from server.routes.rights import PLANNING, staff_only
from server.usecases.context import StaffActor, StaffId
from server.usecases.people import RoomView, list_rooms
from server.usecases.stand_in_form import StandInForm, stand_in_form
from server.usecases.standing_in import StandInRequest, end_stand_in, name_stand_in


@staff_only(PLANNING)
async def show(request: web.Request, actor: StaffActor) -> web.Response:
    """The talk, who could take it, and how."""
    return await _page(request, actor, {})


async def _page(
    request: web.Request,
    actor: StaffActor,
    fields: Mapping[str, str],
    error: TweespraakError | None = None,
) -> web.Response:
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    talk = await stand_in_form(parts, actor, meeting, now=parts.now())
    rooms = await list_rooms(parts)
    draft = {
        "coach": "",
        "mode": Mode.OFFLINE if talk.mode is Mode.OFFLINE else Mode.PHONE,
        "room": str(talk.room or ""),
        "office_reason": "",
        **fields,
    }
    facts = {
        "talk": talk,
        "draft": draft,
        "modes": BOOKABLE_MODES,
        "places": rooms_by_place(rooms),
        "giving_back": request.path.endswith("/end"),
        "alternatives": _buttons(request, talk, draft, rooms, error),
    }
    return page(request, "stand_in.html", facts, back=f"/meetings/{meeting}/stand-in", error=error)


def _buttons(
    request: web.Request,
    talk: StandInForm,
    draft: Mapping[str, str],
    rooms: tuple[RoomView, ...],
    error: TweespraakError | None,
) -> tuple[AlternativeButton, ...]:
    """What is possible at the same time: another form, another room; other times are a move."""
    if not isinstance(error, Refused):
        return room_buttons(error, rooms)
    words = words_of(request)
    found = buttons_for(error.verdict, draft, rooms, language=words.texts.language, zone=words.zone)
    kept = zip(found, error.verdict.alternatives, strict=True)
    return tuple(
        button
        for button, one in kept
        if not button.fill or (one.starts_at in (None, talk.starts_at) and one.kind == talk.kind)
    )


async def _again(request: web.Request, actor: StaffActor, error: TweespraakError) -> web.Response:
    return await _page(request, actor, form_of(request), error)


@staff_only(PLANNING)
@gives_back(_again)
async def name(request: web.Request, actor: StaffActor) -> web.Response:
    """Give the talk to the chosen coach; or fill the form with a chosen alternative."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    form = Form(form_of(request))
    if fill := form.text("fill"):
        return await _page(request, actor, {**form.fields, **read_fill(fill)})
    mode = form.choice("mode", Mode)
    wanted = StandInRequest(
        coach=StaffId(form.reference("coach")),
        mode=mode,
        room=read_room(form, mode),
        office_reason=form.text("office_reason").strip(),
        over_busy=bool(form.text("over_busy")),
    )
    revision, key = form.whole("revision"), form.given("key")
    await name_stand_in(parts, actor, meeting, wanted, revision=revision, key=key, now=parts.now())
    return see(f"/meetings/{meeting}?done=stand_in")


@staff_only(PLANNING)
@gives_back(_again)
async def end(request: web.Request, actor: StaffActor) -> web.Response:
    """Give the talk back to the coach of the guidance."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    form = Form(form_of(request))
    await end_stand_in(
        parts,
        actor,
        meeting,
        revision=form.whole("revision"),
        key=form.given("key"),
        over_busy=bool(form.text("over_busy")),
        now=parts.now(),
    )
    return see(f"/meetings/{meeting}?done=stand_in_over")


ROUTES = (
    web.get("/meetings/{id}/stand-in", show),
    web.post("/meetings/{id}/stand-in", name),
    web.post("/meetings/{id}/stand-in/end", end),
)
