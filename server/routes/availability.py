"""When coaches work, when they are away; rooms with what they offer; how far places lie apart."""

from aiohttp import web

from coaching.errors import BadInput, NotFound, TweespraakError
from server.routes.forms import Form, to_uuid
from server.routes.giving_back import gives_back
from server.routes.hours import read_week, typed_week, week_fields
from server.routes.keys import PARTS
from server.routes.page import form_of, page, see
from server.routes.rights import ANY_STAFF, PLANNING, staff_only
from server.usecases.availability import (
    DayLine,
    add_absence,
    coach_availability,
    end_absence,
    save_days,
    save_hours,
)
from server.usecases.context import PlaceId, RoomId, StaffActor, StaffId
from server.usecases.people import list_coaches
from server.usecases.places import PlaceView, list_places
from server.usecases.room_settings import (
    RoomAvailability,
    TravelLine,
    list_room_availability,
    list_travel,
    save_room,
    save_travel,
)

_FACETS = ("quiet", "private", "reachable", "wheelchair")


@staff_only(ANY_STAFF)
async def show_all(request: web.Request, actor: StaffActor) -> web.Response:
    """Coaches, rooms and travel for planners; a coach goes to the own page."""
    if not actor.may(*PLANNING):
        return see(f"/availability/coaches/{actor.id}")
    return await _all_page(request, actor)


async def _all_page(
    request: web.Request, actor: StaffActor, error: TweespraakError | None = None
) -> web.Response:
    parts = request.app[PARTS]
    places = await list_places(parts)
    minutes = {(line.one, line.other): line.minutes for line in await list_travel(parts)}
    facts = {
        "coaches": await list_coaches(parts),
        "rooms": await list_room_availability(parts, actor),
        "pairs": _pairs(places, minutes),
        "facets": _FACETS,
        "done": request.query.get("done", ""),
    }
    return page(request, "availability.html", facts, back="/availability", error=error)


def _pairs(
    places: tuple[PlaceView, ...], minutes: dict[tuple[PlaceId, PlaceId], int]
) -> tuple[tuple[PlaceView, PlaceView, str], ...]:
    return tuple(
        (one, other, str(minutes.get((one.id, other.id), minutes.get((other.id, one.id), ""))))
        for n, one in enumerate(places)
        for other in places[n + 1 :]
    )


@staff_only(PLANNING)
@gives_back(_all_page)
async def travel(request: web.Request, actor: StaffActor) -> web.Response:
    """Set the minutes between places; what is left open stays as it is."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    names = [name for name in form.fields if name.startswith("travel_") and form.text(name)]
    lines = [_read_travel(form, name) for name in names]
    await save_travel(parts, actor, lines, key=form.given("key"), now=parts.now())
    return see("/availability?done=saved")


def _read_travel(form: Form, name: str) -> TravelLine:
    one, _, other = name.removeprefix("travel_").partition("_")
    ends = to_uuid(one), to_uuid(other)
    if ends[0] is None or ends[1] is None:
        raise BadInput("choice_bad", field=name)
    return TravelLine(one=PlaceId(ends[0]), other=PlaceId(ends[1]), minutes=form.whole(name))


def _coach_in(request: web.Request) -> StaffId:
    found = to_uuid(request.match_info["id"])
    if found is None:
        raise NotFound("coach_unknown")
    return StaffId(found)


@staff_only(ANY_STAFF)
async def show_coach(request: web.Request, actor: StaffActor) -> web.Response:
    """A coach's week, special days and absences."""
    return await _coach_page(request, actor)


async def _coach_page(
    request: web.Request,
    actor: StaffActor,
    form: Form | None = None,
    error: TweespraakError | None = None,
) -> web.Response:
    parts = request.app[PARTS]
    coach = await coach_availability(parts, actor, _coach_in(request), now=parts.now())
    limits = {
        "before_minutes": str(coach.before_minutes),
        "after_minutes": str(coach.after_minutes),
        "talks_a_day": str(coach.talks_a_day or ""),
    }
    typed = form.fields if form else {}
    today = parts.now().astimezone(parts.settings.tz).date().isoformat()
    facts = {
        "coach": coach,
        "week": typed_week(form) if form and "lines_0" in typed else week_fields(coach.hours),
        "form": {**limits, "day": today, "from_day": today, "until_day": today, **typed},
        "places": await list_places(parts),
        "done": request.query.get("done", ""),
        "count": request.query.get("count", "0"),
        "planning": actor.may(*PLANNING),
    }
    back = f"/availability/coaches/{coach.coach}"
    return page(request, "availability_coach.html", facts, back=back, error=error)


async def _coach_again(
    request: web.Request, actor: StaffActor, error: TweespraakError
) -> web.Response:
    return await _coach_page(request, actor, Form(form_of(request)), error)


def _coach_saved(request: web.Request, done: str = "saved") -> web.Response:
    return see(f"/availability/coaches/{_coach_in(request)}?done={done}")


@staff_only(ANY_STAFF)
@gives_back(_coach_again)
async def hours(request: web.Request, actor: StaffActor) -> web.Response:
    """Replace a coach's week and limits."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    await save_hours(
        parts,
        actor,
        _coach_in(request),
        read_week(form),
        before_minutes=form.whole("before_minutes"),
        after_minutes=form.whole("after_minutes"),
        talks_a_day=form.whole("talks_a_day") if form.text("talks_a_day").strip() else None,
        key=form.given("key"),
        now=parts.now(),
    )
    return _coach_saved(request)


@staff_only(ANY_STAFF)
@gives_back(_coach_again)
async def one_day(request: web.Request, actor: StaffActor) -> web.Response:
    """Other hours on one day, none on that day, or the usual ones again."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    day = form.day("day")
    lines = _read_day(form)
    key = form.given("key")
    coach = _coach_in(request)
    await save_days(parts, actor, coach, day, lines, key=key, now=parts.now())
    return _coach_saved(request)


def _read_day(form: Form) -> list[DayLine]:
    day = form.day("day")
    match form.text("what"):
        case "usual":
            return []
        case "closed":
            return [DayLine(day=day)]
    place = form.optional_reference("day_place")
    return [
        DayLine(
            day=day,
            opens=form.clock("day_opens"),
            closes=form.clock("day_closes"),
            place=PlaceId(place) if place else None,
        )
    ]


@staff_only(ANY_STAFF)
@gives_back(_coach_again)
async def absence(request: web.Request, actor: StaffActor) -> web.Response:
    """Write down that a coach is away, and say how many meetings lie in it."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    all_day = not (form.text("from_time") or form.text("until_time"))
    fields = {**form.fields, **({"from_time": "00:00", "until_time": "00:00"} if all_day else {})}
    count = await add_absence(
        parts,
        actor,
        _coach_in(request),
        starts_local=Form(fields).wall_time("from_day", "from_time"),
        ends_local=Form(fields).wall_time("until_day", "until_time"),
        all_day=all_day,
        key=form.given("key"),
        now=parts.now(),
    )
    return _coach_saved(request, f"away&count={count}")


@staff_only(ANY_STAFF)
async def back_again(request: web.Request, actor: StaffActor) -> web.Response:
    """Take an absence away."""
    parts = request.app[PARTS]
    found = to_uuid(request.match_info["absence"])
    if found is None:
        raise NotFound("absence_unknown")
    key = Form(form_of(request)).given("key")
    await end_absence(parts, actor, found, key=key, now=parts.now())
    return _coach_saved(request)


@staff_only(PLANNING)
async def show_room(request: web.Request, actor: StaffActor) -> web.Response:
    """What a room offers and when it is open."""
    return await _room_page(request, actor)


async def _room_of(request: web.Request, actor: StaffActor) -> RoomAvailability:
    rooms = await list_room_availability(request.app[PARTS], actor)
    for room in rooms:
        if str(room.room) == request.match_info["id"]:
            return room
    raise NotFound("room_unknown")


async def _room_page(
    request: web.Request,
    actor: StaffActor,
    form: Form | None = None,
    error: TweespraakError | None = None,
) -> web.Response:
    parts = request.app[PARTS]
    room = await _room_of(request, actor)
    facts = {
        "room": room,
        "coaches": await list_coaches(parts),
        "facets": _FACETS,
        "week": typed_week(form) if form else week_fields(room.hours),
        "done": request.query.get("done", ""),
        "flagged": _count(request.query.get("flagged", "")),
        "seats": form.text("seats") if form else room.people,
    }
    back = f"/availability/rooms/{room.room}"
    return page(request, "availability_room.html", facts, back=back, error=error)


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0


async def _room_again(
    request: web.Request, actor: StaffActor, error: TweespraakError
) -> web.Response:
    return await _room_page(request, actor, Form(form_of(request)), error)


@staff_only(PLANNING)
@gives_back(_room_again)
async def save_one_room(request: web.Request, actor: StaffActor) -> web.Response:
    """Replace what a room offers and its opening hours."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    room = await _room_of(request, actor)
    flagged = await save_room(
        parts,
        actor,
        RoomId(room.room),
        seats=form.whole("seats"),
        quiet=bool(form.text("quiet")),
        private=bool(form.text("private")),
        reachable=bool(form.text("reachable")),
        wheelchair=bool(form.text("wheelchair")),
        office_of=_owners(form),
        hours=read_week(form),
        key=form.given("key"),
        now=parts.now(),
    )
    return see(f"/availability/rooms/{room.room}?done=saved&flagged={flagged}")


def _owners(form: Form) -> frozenset[StaffId]:
    named = [to_uuid(name.removeprefix("office_")) for name in form.fields if "office_" in name]
    return frozenset(StaffId(one) for one in named if one is not None)


ROUTES = (
    web.get("/availability", show_all),
    web.post("/availability/travel", travel),
    web.get("/availability/coaches/{id}", show_coach),
    web.post("/availability/coaches/{id}/hours", hours),
    web.post("/availability/coaches/{id}/days", one_day),
    web.post("/availability/coaches/{id}/absences", absence),
    web.post("/availability/coaches/{id}/absences/{absence}/end", back_again),
    web.get("/availability/rooms/{id}", show_room),
    web.post("/availability/rooms/{id}", save_one_room),
)
