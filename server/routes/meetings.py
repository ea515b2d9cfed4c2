"""One meeting: what it is, what happened to it, and what can be done with it."""

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from aiohttp import web

from coaching.errors import NotFound, TweespraakError
from coaching.words import MeetingKind, MeetingStatus, Mode
from server.routes.drafts import (
    BOOKABLE_MODES,
    AlternativeButton,
    as_links,
    read_fill,
    read_room,
    rooms_by_place,
    why_link,
)
from server.routes.forms import Form, to_uuid
from server.routes.giving_back import gives_back
from server.routes.instead import fields_of, instead_of
from server.routes.keys import PARTS
from server.routes.page import form_of, page, see
from server.routes.practice_form import PRACTICE_CHOICES
from server.routes.rights import ANY_STAFF, staff_only
from server.routes.soft_words import soft_facts
from server.usecases.answering import proposals_about
from server.usecases.booking import (
    MoveRequest,
    cancel_meeting,
    move_meeting,
    record_outcome,
    resend_invitation,
)
from server.usecases.context import MeetingId, StaffActor
from server.usecases.kept_lines import kept_lines
from server.usecases.line_quality import line_of_talk
from server.usecases.moods import moods_of
from server.usecases.overview import MeetingView, show_meeting
from server.usecases.people import list_rooms
from server.usecases.practice_views import closing_of, practice_of_meeting
from server.usecases.skill import Observation, observation_of
from server.usecases.tasks import task_sheet

_MOVES = ("/move", "/put-back")


def meeting_in(request: web.Request) -> MeetingId:
    """The meeting of the address.

    Raises:
        NotFound: `meeting_unknown`.
    """
    found = to_uuid(request.match_info["id"])
    if found is None:
        raise NotFound("meeting_unknown")
    return MeetingId(found)


@staff_only(ANY_STAFF)
async def show_one(request: web.Request, actor: StaffActor) -> web.Response:
    """One meeting: what it is, what happened, and what can be done.

    `fill` fills the form for moving with an alternative that the board offered.
    """
    return await meeting_page(
        request, actor, meeting_in(request), read_fill(request.query.get("fill", ""))
    )


async def meeting_page(
    request: web.Request,
    actor: StaffActor,
    meeting: MeetingId,
    fields: Mapping[str, str],
    error: TweespraakError | None = None,
) -> web.Response:
    """The page of one meeting; with `fields` its form for moving stands open, filled in."""
    parts = request.app[PARTS]
    view = await show_meeting(parts, actor, meeting, now=parts.now())
    draft = {**_standing(view, parts.settings.tz), **fields}
    facts = {
        "meeting": view,
        "draft": draft,
        "modes": BOOKABLE_MODES,
        "places": rooms_by_place(await list_rooms(parts)),
        "moving": bool(fields),
        "alternatives": await _instead(request, actor, view, draft, error),
        "why": why_link(fields_of(view, draft)),
        "observations": tuple(Observation),
        "seen": await observation_of(parts, actor, meeting),
        "proposals": await proposals_about(parts, actor, meeting, now=parts.now()),
        "can_observe": _can_observe(view) and view.line.starts_at <= parts.now(),
        "was_moved": any(line.what == "moved" for line in view.history),
        "done": request.query.get("done", ""),
        "typed": form_of(request) if error else {},
        **await _around(request, actor, meeting),
        **await soft_facts(request, actor, view),
    }
    return page(request, "meeting.html", facts, back=f"/meetings/{meeting}", error=error)


def _standing(view: MeetingView, zone: ZoneInfo) -> dict[str, str]:
    """The fields of the form for moving, as the meeting stands."""
    local = view.line.starts_at.astimezone(zone)
    return {
        "kind": view.line.kind,
        "mode": view.mode,
        "day": local.date().isoformat(),
        "time": f"{local:%H:%M}",
        "minutes": str(view.minutes),
        "room": str(view.room or ""),
    }


async def _instead(
    request: web.Request,
    actor: StaffActor,
    view: MeetingView,
    fields: Mapping[str, str],
    error: TweespraakError | None,
) -> tuple[AlternativeButton, ...]:
    """What is possible instead: in the form for moving buttons, beside it links that open it."""
    buttons = await instead_of(request, actor, view, fields, error)
    moving = request.path.endswith(_MOVES)
    return buttons if moving else as_links(buttons, f"/meetings/{view.line.id}#move")


def _can_observe(view: MeetingView) -> bool:
    """A video talk; of a practice it is said how that went."""
    return view.mode is Mode.VIDEO and view.line.kind != MeetingKind.PRACTICE


async def _around(request: web.Request, actor: StaffActor, meeting: MeetingId) -> dict[str, object]:
    """What goes along with a meeting: its tasks, and what a practice gave."""
    parts = request.app[PARTS]
    return {
        "sheet": await task_sheet(parts, actor, meeting, now=parts.now()),
        "moods": await moods_of(parts, actor, meeting),
        "kept": await kept_lines(parts, actor, meeting),
        "line": await line_of_talk(parts, actor, meeting),
        "practice": await practice_of_meeting(parts, actor, meeting, now=parts.now()),
        "closing": await closing_of(parts, actor, meeting, now=parts.now()),
        **PRACTICE_CHOICES,
    }


async def meeting_again(
    request: web.Request, actor: StaffActor, error: TweespraakError
) -> web.Response:
    """The page of the meeting with the reason, after a form of one button."""
    return await meeting_page(request, actor, meeting_in(request), {}, error)


async def _move_again(
    request: web.Request, actor: StaffActor, error: TweespraakError
) -> web.Response:
    return await meeting_page(request, actor, meeting_in(request), form_of(request), error)


@staff_only(ANY_STAFF)
@gives_back(_move_again)
async def move(request: web.Request, actor: StaffActor) -> web.Response:
    """Another time, mode or room."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    form = Form(form_of(request))
    if fill := form.text("fill"):
        return await meeting_page(request, actor, meeting, {**form.fields, **read_fill(fill)})
    mode = form.choice("mode", Mode)
    await move_meeting(
        parts,
        actor,
        meeting,
        MoveRequest(
            starts_local=form.wall_time("day", "time"),
            minutes=form.whole("minutes"),
            mode=mode,
            room=read_room(form, mode),
            office_reason=form.text("office_reason").strip(),
            over_busy=bool(form.text("over_busy")),
        ),
        revision=form.whole("revision"),
        key=form.given("key"),
        now=parts.now(),
    )
    return see(f"/meetings/{meeting}?done=moved")


@staff_only(ANY_STAFF)
@gives_back(meeting_again)
async def cancel(request: web.Request, actor: StaffActor) -> web.Response:
    """Cancel the meeting."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    form = Form(form_of(request))
    await cancel_meeting(
        parts,
        actor,
        meeting,
        revision=form.whole("revision"),
        key=form.given("key"),
        now=parts.now(),
    )
    return see(f"/meetings/{meeting}?done=cancelled")


@staff_only(ANY_STAFF)
@gives_back(meeting_again)
async def close(request: web.Request, actor: StaffActor) -> web.Response:
    """Mark the meeting held or missed."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    form = Form(form_of(request))
    await record_outcome(
        parts,
        actor,
        meeting,
        form.choice("outcome", MeetingStatus),
        key=form.given("key"),
        now=parts.now(),
    )
    return see(f"/meetings/{meeting}?done=closed")


@staff_only(ANY_STAFF)
@gives_back(meeting_again)
async def resend(request: web.Request, actor: StaffActor) -> web.Response:
    """Send the invitation again."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    form = Form(form_of(request))
    await resend_invitation(parts, actor, meeting, key=form.given("key"), now=parts.now())
    return see(f"/meetings/{meeting}?done=resent")


ROUTES = (
    web.get("/meetings/{id}", show_one),
    web.post("/meetings/{id}/move", move),
    web.post("/meetings/{id}/cancel", cancel),
    web.post("/meetings/{id}/outcome", close),
    web.post("/meetings/{id}/resend", resend),
)
