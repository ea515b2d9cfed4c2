"""What a coach decides about somebody's guidance: skill, wishes, times to meet, another coach."""

from aiohttp import web

from coaching.availability import DayPart
from coaching.errors import NotFound
from coaching.trigger_facts import SupportProfile
from coaching.words import Mode, TrajectoryState
from server.routes.candidates import candidate_again, candidate_in, read_comfort
from server.routes.forms import Form, own_path, to_uuid
from server.routes.giving_back import gives_back
from server.routes.hours import WEEKDAYS
from server.routes.keys import PARTS
from server.routes.meetings import meeting_again, meeting_in
from server.routes.page import form_of, page, see, words_of
from server.routes.rights import ANY_STAFF, PLANNING, staff_only
from server.usecases.context import StaffActor, StaffId, TrajectoryId
from server.usecases.guiding import set_state, set_support
from server.usecases.handing_over import hand_over
from server.usecases.holding import hold_times, put_back
from server.usecases.people import list_coaches, show_candidate
from server.usecases.preferences import Channel, Preference, save_comfort, save_preference
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


@staff_only(ANY_STAFF)
@gives_back(meeting_again)
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
    language = words_of(request).texts.language
    reasons = [v.reasons[0].staff.to(language) if v.reasons else "" for v in done.verdicts]
    facts = {
        "person": await show_candidate(parts, actor, candidate, now=parts.now()),
        "coach_name": name,
        "moved": done.moved,
        "cancelled": tuple(zip(done.cancelled, reasons, strict=True)),
    }
    return page(request, "handed_over.html", facts, back=f"/candidates/{candidate}")


ROUTES = (
    web.post("/meetings/{id}/observation", see_skill),
    web.post("/meetings/{id}/put-back", undo_move),
    web.post("/skill/{id}", decide),
    web.post("/candidates/{id}/preference", prefer),
    web.post("/candidates/{id}/comfort", comfort),
    web.post("/candidates/{id}/times", offer_times),
    web.post("/candidates/{id}/state", change_state),
    web.post("/candidates/{id}/support", support),
    web.post("/candidates/{id}/hand-over", hand),
)
