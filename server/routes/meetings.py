"""Booking a meeting, and everything that happens to it afterwards."""

from collections.abc import Mapping
from urllib.parse import urlencode

from aiohttp import web

from coaching.errors import NotFound, Refused, TweespraakError
from coaching.verdict import Outcome
from coaching.words import MeetingKind, MeetingStatus, Mode
from server.routes.drafts import (
    BOOKABLE_KINDS,
    BOOKABLE_MODES,
    AlternativeButton,
    as_links,
    buttons_for,
    filled_with,
    first_draft,
    proposed_minutes,
    proposed_mode,
    read_booking,
    read_fill,
    read_room,
    room_buttons,
    rooms_by_place,
)
from server.routes.forms import Form, to_uuid
from server.routes.giving_back import gives_back
from server.routes.instead import fields_of, instead_of
from server.routes.keys import PARTS
from server.routes.page import form_of, page, see, words_of
from server.routes.practice_form import PRACTICE_CHOICES
from server.routes.rights import ANY_STAFF, staff_only
from server.usecases.answering import proposals_about
from server.usecases.booking import (
    BookingRequest,
    book_meeting,
    cancel_meeting,
    move_meeting,
    record_outcome,
    resend_invitation,
)
from server.usecases.booking_form import open_booking_form
from server.usecases.context import CandidateId, MeetingId, StaffActor
from server.usecases.free_times import free_times
from server.usecases.kept_lines import kept_lines
from server.usecases.line_quality import line_of_talk
from server.usecases.moods import moods_of
from server.usecases.overview import MeetingView, show_meeting
from server.usecases.people import RoomView, list_candidates, list_rooms
from server.usecases.readiness import practice_of_meeting
from server.usecases.skill import Observation, observation_of
from server.usecases.tasks import task_sheet

_ASKED = ("candidate", "trajectory", "kind", "mode", "day", "time", "minutes", "room", "meeting")


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
async def show_new(request: web.Request, actor: StaffActor) -> web.Response:
    """The booking form; first whom it is for, if the address does not say.

    `fill` fills it with an alternative that another page offered.
    """
    candidate = to_uuid(request.query.get("candidate", ""))
    if candidate is None:
        return await _choose_candidate(request, actor)
    asked = {**_asked_for(request), **read_fill(request.query.get("fill", ""))}
    return await _booking_page(request, actor, CandidateId(candidate), asked)


def _asked_for(request: web.Request) -> dict[str, str]:
    """The kind of meeting that a to-do leads to, with how it is usually held."""
    kind = request.query.get("kind", "")
    if kind not in BOOKABLE_KINDS:
        return {}
    return {"kind": kind, "mode": proposed_mode(MeetingKind(kind))}


async def _choose_candidate(request: web.Request, actor: StaffActor) -> web.Response:
    parts = request.app[PARTS]
    people = await list_candidates(parts, actor, search="", now=parts.now())
    return page(request, "meeting_for.html", {"people": people})


async def _booking_page(
    request: web.Request,
    actor: StaffActor,
    candidate: CandidateId,
    fields: Mapping[str, str],
    error: TweespraakError | None = None,
) -> web.Response:
    parts = request.app[PARTS]
    person = await open_booking_form(parts, actor, candidate)
    today = parts.now().astimezone(parts.settings.tz).date()
    chosen = next((t for t in person.active if str(t.id) == fields.get("trajectory")), None)
    chosen = chosen or (person.active[0] if person.active else None)
    facts = {
        "person": person,
        "active": person.active,
        "draft": {**first_draft(chosen, person.rooms, today), **fields} if chosen else {},
        "kinds": tuple(
            (kind, proposed_mode(kind), proposed_minutes(kind, chosen) if chosen else 0)
            for kind in BOOKABLE_KINDS
        ),
        "modes": BOOKABLE_MODES,
        "places": rooms_by_place(person.rooms),
        "needs": person.needs,
        "alternatives": _buttons(request, error, fields, person.rooms),
        "may_wait": isinstance(error, Refused) and error.verdict.outcome is Outcome.REFUSE_UNTIL,
        "why": _why(fields),
    }
    back = f"/meetings/new?candidate={candidate}"
    return page(request, "meeting_new.html", facts, back=back, error=error)


def _buttons(
    request: web.Request,
    error: TweespraakError | None,
    fields: Mapping[str, str],
    rooms: tuple[RoomView, ...],
) -> tuple[AlternativeButton, ...]:
    if not isinstance(error, Refused):
        return room_buttons(error, rooms)
    words = words_of(request)
    return buttons_for(error.verdict, fields, rooms, language=words.texts.language, zone=words.zone)


def _why(fields: Mapping[str, str]) -> str:
    """The address that explains what the rules say of these fields."""
    known = {name: fields[name] for name in _ASKED if name in fields}
    return f"/meetings/new/why?{urlencode(known)}"


async def _booking_again(
    request: web.Request, actor: StaffActor, error: TweespraakError
) -> web.Response:
    form = Form(form_of(request))
    candidate = CandidateId(form.reference("candidate"))
    return await _booking_page(request, actor, candidate, form.fields, error)


@staff_only(ANY_STAFF)
@gives_back(_booking_again)
async def book(request: web.Request, actor: StaffActor) -> web.Response:
    """Book; or fill the form with a chosen alternative; or give it back with the reason."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    candidate = CandidateId(form.reference("candidate"))
    if fill := form.text("fill"):
        return await _booking_page(request, actor, candidate, {**form.fields, **read_fill(fill)})
    wanted = read_booking(form)
    if look := form.text("look"):
        return await _times_page(request, actor, candidate, wanted, look)
    booked = await book_meeting(parts, actor, wanted, key=form.given("key"), now=parts.now())
    return see(f"/meetings/{booked.meeting}?done={'held' if booked.provisional else 'booked'}")


async def _times_page(
    request: web.Request,
    actor: StaffActor,
    candidate: CandidateId,
    wanted: BookingRequest,
    look: str,
) -> web.Response:
    """The next free times for what the form asks, from its day on; each fills the form.

    `look`: with this `coach` or with `all`; `soft` and `soft_all` also where something stands that
    is not sure yet.
    """
    soft, any_coach = look.startswith("soft"), look.endswith("all")
    parts = request.app[PARTS]
    person = await open_booking_form(parts, actor, candidate)
    form = Form(form_of(request))
    found = await free_times(
        parts,
        actor,
        wanted.trajectory,
        kind=wanted.kind,
        mode=wanted.mode,
        minutes=wanted.minutes,
        any_coach=any_coach,
        from_day=wanted.starts_local.date(),
        soft=soft,
        now=parts.now(),
    )
    of_coach = {one.coach_id: one.id for one in person.active}
    zone = words_of(request).zone
    facts = {
        "person": person,
        "wanted": wanted,
        "fields": form.fields,
        "any_coach": any_coach,
        "soft": soft,
        "times": [
            (one, filled_with(one, zone, of_coach.get(one.coach, wanted.trajectory)))
            for one in found
        ],
    }
    back = f"/meetings/new?candidate={candidate}"
    return page(request, "meeting_times.html", facts, back=back)


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
    seen = await observation_of(parts, actor, meeting)
    rooms = await list_rooms(parts)
    local = view.line.starts_at.astimezone(parts.settings.tz)
    standing = {
        "kind": view.line.kind,
        "mode": view.mode,
        "day": local.date().isoformat(),
        "time": f"{local:%H:%M}",
        "minutes": str(view.minutes),
        "room": str(view.room or ""),
    }
    facts = {
        "meeting": view,
        "draft": {**standing, **fields},
        "modes": BOOKABLE_MODES,
        "places": rooms_by_place(rooms),
        "moving": bool(fields),
        "alternatives": await _instead(request, actor, view, {**standing, **fields}, error),
        "why": _why(fields_of(view, {**standing, **fields})),
        "own": actor.id == view.coach,
        "observations": tuple(Observation),
        "seen": seen,
        "proposals": await proposals_about(parts, actor, meeting, now=parts.now()),
        "can_observe": _can_observe(view) and view.line.starts_at <= parts.now(),
        "was_moved": any(line.what == "moved" for line in view.history),
        "done": request.query.get("done", ""),
        "typed": form_of(request) if error else {},
        **await _around(request, actor, meeting),
    }
    return page(request, "meeting.html", facts, back=f"/meetings/{meeting}", error=error)


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
        starts_local=form.wall_time("day", "time"),
        minutes=form.whole("minutes"),
        mode=mode,
        room=read_room(form, mode),
        office_reason=form.text("office_reason").strip(),
        over_busy=bool(form.text("over_busy")),
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
    web.get("/meetings/new", show_new),
    web.post("/meetings/new", book),
    web.get("/meetings/{id}", show_one),
    web.post("/meetings/{id}/move", move),
    web.post("/meetings/{id}/cancel", cancel),
    web.post("/meetings/{id}/outcome", close),
    web.post("/meetings/{id}/resend", resend),
)
