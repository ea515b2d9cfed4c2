"""Booking a meeting: whom it is for, the form, free times for it, and the booking itself."""

from collections.abc import Mapping
from datetime import datetime

from aiohttp import web

from coaching.errors import Refused, TweespraakError
from coaching.verdict import Outcome
from coaching.words import MeetingKind, Mode
from server.errors import problem_of
from server.routes.drafts import (
    BOOKABLE_KINDS,
    BOOKABLE_MODES,
    FIRST_HOUR,
    AlternativeButton,
    buttons_for,
    filled_with,
    first_draft,
    next_working_day,
    proposed_minutes,
    proposed_mode,
    read_booking,
    read_fill,
    room_buttons,
    rooms_by_place,
    why_link,
)
from server.routes.forms import Form, to_uuid
from server.routes.giving_back import gives_back
from server.routes.keys import PARTS
from server.routes.page import form_of, page, refusal_facts, see, words_of
from server.routes.rights import ANY_STAFF, staff_only
from server.usecases.booking import BookingRequest, book_meeting, judge_booking
from server.usecases.booking_form import Pairing, open_booking_form
from server.usecases.context import CandidateId, StaffActor
from server.usecases.free_times import free_times
from server.usecases.people import RoomView, list_candidates


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
    # What was typed for a guidance that stands still since is given back, with the reason.
    shown = person.active or (person.at_rest if error else ())
    chosen = next((t for t in shown if str(t.id) == fields.get("trajectory")), None)
    chosen = chosen or (shown[0] if shown else None)
    facts = {
        "person": person,
        "active": shown,
        "rest": None,
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
        "why": why_link(fields),
    }
    if person.at_rest and not shown:
        facts |= await _at_rest(request, actor, person.at_rest[0])
    back = f"/meetings/new?candidate={candidate}"
    return page(request, "meeting_new.html", facts, back=back, error=error)


async def _at_rest(request: web.Request, actor: StaffActor, pairing: Pairing) -> dict[str, object]:
    """Why nothing is booked while the guidance stands still: what rules say of any talk (R29)."""
    parts, words = request.app[PARTS], words_of(request)
    today = parts.now().astimezone(parts.settings.tz).date()
    talk = BookingRequest(
        trajectory=pairing.id,
        kind=MeetingKind.PROGRESS,
        mode=Mode.PHONE,
        starts_local=datetime.combine(next_working_day(today), FIRST_HOUR),
        minutes=pairing.minutes,
        room=None,
    )
    refusal = Refused(await judge_booking(parts, actor, talk, now=parts.now()))
    return {"rest": problem_of(refusal, words.texts), **refusal_facts(refusal, words)}


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


ROUTES = (
    web.get("/meetings/new", show_new),
    web.post("/meetings/new", book),
)
