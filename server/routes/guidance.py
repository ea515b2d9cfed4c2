"""What a coach decides about somebody's guidance: skill, wishes, times to meet, another coach."""

from aiohttp import web

from coaching.availability import DayPart, Need
from coaching.errors import Conflict, NotFound, Refused, TweespraakError
from coaching.trigger_facts import SupportProfile
from coaching.verdict import Verdict
from coaching.wall_time import to_wall
from coaching.words import Mode, TrajectoryState
from server.routes.candidates import candidate_again, candidate_in, read_comfort
from server.routes.drafts import as_links
from server.routes.forms import Form, own_path, to_uuid
from server.routes.giving_back import gives_back
from server.routes.hours import WEEKDAYS
from server.routes.instead import fields_of, instead_of
from server.routes.keys import PARTS
from server.routes.meetings import meeting_again, meeting_in, meeting_page
from server.routes.page import form_of, page, refusal_facts, see, words_of
from server.routes.rights import ANY_STAFF, PLANNING, staff_only
from server.usecases.channels import Channel
from server.usecases.context import MeetingId, PlaceId, StaffActor, StaffId, TrajectoryId
from server.usecases.guiding import set_state, set_support
from server.usecases.handing_over import hand_over
from server.usecases.holding import hold_times, put_back
from server.usecases.overview import show_meeting
from server.usecases.people import list_coaches, show_candidate
from server.usecases.preferences import Preference, save_comfort, save_needs, save_preference
from server.usecases.skill import Observation, decide_proposal, observe


@staff_only(ANY_STAFF)
@gives_back(meeting_again)
async def see_skill(request: web.Request, actor: StaffActor) -> web.Response:
    """Keep what the coach saw in an online talk; after much help three times are held at once."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    form = Form(form_of(request))
    held = await observe(
        parts,
        actor,
        meeting,
        form.choice("observation", Observation),
        key=form.given("key"),
        now=parts.now(),
    )
    return see(f"/meetings/{meeting}?done={'held_times' if held else 'observed'}")


async def _undo_again(
    request: web.Request, actor: StaffActor, error: TweespraakError
) -> web.Response:
    """The form for moving, filled with the time before, so that another can be chosen."""
    meeting, parts = meeting_in(request), request.app[PARTS]
    view = await show_meeting(parts, actor, meeting, now=parts.now())
    moves = [one.detail for one in view.history if one.what == "moved"]
    before = max(moves, key=lambda one: int(one.get("made_revision", 0)), default={})
    day, _, at = before.get("from", "").partition("T")
    fields = {
        "day": day,
        "time": at[:5],
        "minutes": before.get("from_minutes", ""),
        "mode": before.get("from_mode", ""),
        "room": before.get("from_room", ""),
    }
    return await meeting_page(request, actor, meeting, fields if day else {}, error)


@staff_only(ANY_STAFF)
@gives_back(_undo_again)
async def undo_move(request: web.Request, actor: StaffActor) -> web.Response:
    """Put a moved meeting back to its time before."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    form = Form(form_of(request))
    await put_back(
        parts,
        actor,
        meeting,
        revision=form.whole("revision"),
        key=form.given("key"),
        now=parts.now(),
    )
    return see(f"/meetings/{meeting}?done=moved")


@staff_only(ANY_STAFF)
async def decide(request: web.Request, actor: StaffActor) -> web.Response:
    """Take over a proposed level of skill, or leave it."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    proposal = to_uuid(request.match_info["id"])
    if proposal is None:
        raise NotFound("proposal_unknown")
    accept = form.given("decision") == "accept"
    key = form.given("key")
    await decide_proposal(parts, actor, proposal, accept=accept, key=key, now=parts.now())
    return see(own_path(form.text("back"), "/people"))


@staff_only(ANY_STAFF)
@gives_back(candidate_again)
async def prefer(request: web.Request, actor: StaffActor) -> web.Response:
    """Write down the days, parts of the day and form that a candidate likes."""
    parts = request.app[PARTS]
    candidate = candidate_in(request)
    form = Form(form_of(request))
    wish = Preference(
        days=frozenset(day for day in WEEKDAYS if form.text(f"prefer_day_{day}")),
        parts=frozenset(part for part in DayPart if form.text(f"prefer_{part}")),
        mode=form.choice("prefer_mode", Mode) if form.text("prefer_mode") else None,
        zone=form.text("prefer_zone").strip() or None,
        channel=form.choice("prefer_channel", Channel) if form.text("prefer_channel") else None,
    )
    key = form.given("key")
    await save_preference(parts, actor, candidate, wish, key=key, now=parts.now())
    return see(f"/candidates/{candidate}?done=preferred")


@staff_only(ANY_STAFF)
@gives_back(candidate_again)
async def need(request: web.Request, actor: StaffActor) -> web.Response:
    """Write down what every room must have for a candidate."""
    parts = request.app[PARTS]
    candidate = candidate_in(request)
    form = Form(form_of(request))
    needs = [one for one in Need if form.text(f"need_{one}")]
    place = form.optional_reference("near_place")
    near = PlaceId(place) if place else None
    key = form.given("key")
    unfit = await save_needs(parts, actor, candidate, needs, near=near, key=key, now=parts.now())
    return see(f"/candidates/{candidate}?done=needed&count={unfit}")


@staff_only(ANY_STAFF)
@gives_back(candidate_again)
async def comfort(request: web.Request, actor: StaffActor) -> web.Response:
    """Write down how much at ease a candidate is with far talks."""
    parts = request.app[PARTS]
    candidate = candidate_in(request)
    form = Form(form_of(request))
    said = read_comfort(form)
    key = form.given("key")
    await save_comfort(parts, actor, candidate, said, key=key, now=parts.now())
    return see(f"/candidates/{candidate}?done=comforted")


@staff_only(ANY_STAFF)
@gives_back(candidate_again)
async def offer_times(request: web.Request, actor: StaffActor) -> web.Response:
    """Hold three times at a location; the candidate hears of them (R21, R22 at any time)."""
    parts = request.app[PARTS]
    candidate = candidate_in(request)
    form = Form(form_of(request))
    trajectory = TrajectoryId(form.reference("trajectory"))
    held = await hold_times(
        parts,
        actor,
        trajectory,
        office_reason=form.text("office_reason").strip(),
        key=form.given("key"),
        now=parts.now(),
    )
    person = await show_candidate(parts, actor, candidate, now=parts.now())
    return page(request, "held_times.html", {"person": person, "held": held})


@staff_only(ANY_STAFF)
@gives_back(candidate_again)
async def change_state(request: web.Request, actor: StaffActor) -> web.Response:
    """Pause, restrict, go on or end."""
    parts = request.app[PARTS]
    candidate = candidate_in(request)
    form = Form(form_of(request))
    await set_state(
        parts,
        actor,
        TrajectoryId(form.reference("trajectory")),
        form.choice("state", TrajectoryState),
        key=form.given("key"),
        now=parts.now(),
    )
    return see(f"/candidates/{candidate}?done=guided")


@staff_only(ANY_STAFF)
@gives_back(candidate_again)
async def support(request: web.Request, actor: StaffActor) -> web.Response:
    """How closely somebody is followed, and how many days lie between two talks."""
    parts = request.app[PARTS]
    candidate = candidate_in(request)
    form = Form(form_of(request))
    await set_support(
        parts,
        actor,
        TrajectoryId(form.reference("trajectory")),
        form.choice("profile", SupportProfile),
        cadence_days=form.whole("cadence_days") if form.text("cadence_days").strip() else None,
        key=form.given("key"),
        now=parts.now(),
    )
    return see(f"/candidates/{candidate}?done=guided")


async def _left(
    request: web.Request, actor: StaffActor, meeting: MeetingId, verdict: Verdict
) -> dict[str, object]:
    """A talk that could not go along: why, and what can be booked in its place."""
    parts, words = request.app[PARTS], words_of(request)
    view = await show_meeting(parts, actor, meeting, now=parts.now())
    local = to_wall(view.line.starts_at, words.zone)
    when = {"day": local.date().isoformat(), "time": f"{local:%H:%M}", "room": str(view.room or "")}
    error = Refused(verdict) if verdict.reasons else Conflict("coach_taken")
    known = {**fields_of(view, when), **when}
    instead = await instead_of(request, actor, view, known, error)
    asked = {name: known[name] for name in ("trajectory", "kind", "mode", "day", "time", "room")}
    return {
        "line": view.line,
        "verdict": verdict,
        **refusal_facts(error, words),
        "instead": as_links(instead, f"/meetings/new?candidate={view.candidate}", asked),
    }


@staff_only(PLANNING)
@gives_back(candidate_again)
async def hand(request: web.Request, actor: StaffActor) -> web.Response:
    """Give a trajectory another coach, and tell what became of its meetings."""
    parts = request.app[PARTS]
    candidate = candidate_in(request)
    form = Form(form_of(request))
    coach = StaffId(form.reference("new_coach"))
    done = await hand_over(
        parts,
        actor,
        TrajectoryId(form.reference("trajectory")),
        coach,
        key=form.given("key"),
        now=parts.now(),
    )
    name = next((one.name for one in await list_coaches(parts) if one.id == coach), "")
    stayed = zip(done.cancelled, done.verdicts, strict=True)
    facts = {
        "person": await show_candidate(parts, actor, candidate, now=parts.now()),
        "coach_name": name,
        "moved": done.moved,
        "cancelled": [await _left(request, actor, one, verdict) for one, verdict in stayed],
    }
    return page(request, "handed_over.html", facts, back=f"/candidates/{candidate}")


ROUTES = (
    web.post("/meetings/{id}/observation", see_skill),
    web.post("/meetings/{id}/put-back", undo_move),
    web.post("/skill/{id}", decide),
    web.post("/candidates/{id}/preference", prefer),
    web.post("/candidates/{id}/needs", need),
    web.post("/candidates/{id}/comfort", comfort),
    web.post("/candidates/{id}/times", offer_times),
    web.post("/candidates/{id}/state", change_state),
    web.post("/candidates/{id}/support", support),
    web.post("/candidates/{id}/hand-over", hand),
)
