"""What practices gave: closing one, writing one down, and a coach's own check (R12 to R15)."""

from collections.abc import Mapping

from aiohttp import web

from coaching.errors import BadInput, TweespraakError
from coaching.facts import DeviceClass, PracticeKind
from coaching.words import Comfort, PracticeCause, Score, Skill
from server.routes.candidates import candidate_again, candidate_in
from server.routes.forms import Form, to_uuid
from server.routes.giving_back import gives_back
from server.routes.keys import PARTS
from server.routes.meetings import meeting_again, meeting_in
from server.routes.page import form_of, page, see
from server.routes.practice_form import PRACTICE_CHOICES
from server.routes.rights import ANY_STAFF, COACHING, PLANNING, SETTING_UP, staff_only
from server.usecases.context import StaffActor, StaffId
from server.usecases.practising_booking import helps_at_once
from server.usecases.readiness import (
    PracticeResult,
    close_practice,
    coaches_readiness,
    record_own_practice,
    record_practice,
    say_own_comfort,
)

# What a coach sees and hears in the check, and what is in the way where that is not so.
OWN_STEPS = {
    "saw_self": PracticeCause.CAMERA,
    "heard_self": PracticeCause.MICROPHONE,
    "saw_other": PracticeCause.NETWORK,
    "heard_other": PracticeCause.SOUND,
}


def _cause(form: Form) -> PracticeCause | None:
    return form.choice("cause", PracticeCause) if form.text("cause") else None


def _skill(form: Form) -> Skill | None:
    return form.choice("practice_skill", Skill) if form.text("practice_skill") else None


@staff_only(ANY_STAFF)
@gives_back(meeting_again)
async def close(request: web.Request, actor: StaffActor) -> web.Response:
    """Close a practice with what it gave."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    form = Form(form_of(request))
    await close_practice(
        parts,
        actor,
        meeting,
        device=form.choice("device", DeviceClass),
        score=form.choice("score", Score),
        cause=_cause(form),
        skill=_skill(form),
        without_camera=bool(form.text("unseen")),
        key=form.given("key"),
        now=parts.now(),
    )
    return see(f"/meetings/{meeting}?done=closed")


@staff_only(ANY_STAFF)
@gives_back(candidate_again)
async def record(request: web.Request, actor: StaffActor) -> web.Response:
    """Write down a practice that was no appointment."""
    parts = request.app[PARTS]
    candidate = candidate_in(request)
    form = Form(form_of(request))
    result = PracticeResult(
        device=form.choice("device", DeviceClass),
        kind=form.choice("practice_kind", PracticeKind),
        score=form.choice("score", Score),
        cause=_cause(form),
        without_camera=bool(form.text("unseen")),
    )
    key = form.given("key")
    await record_practice(
        parts, actor, candidate, result, skill=_skill(form), key=key, now=parts.now()
    )
    return see(f"/candidates/{candidate}?done=practised")


@staff_only(ANY_STAFF)
async def show(request: web.Request, actor: StaffActor) -> web.Response:
    """A coach's own check; for planner and admin which coaches practised."""
    return await _page(request, actor, {})


async def _page(
    request: web.Request,
    actor: StaffActor,
    typed: Mapping[str, str],
    error: TweespraakError | None = None,
) -> web.Response:
    coaches = await coaches_readiness(request.app[PARTS], actor)
    facts = {
        "own": next((one for one in coaches if one.coach == actor.id), None),
        "coaches": coaches,
        "planning": actor.may(*PLANNING),
        "admin": actor.may(*SETTING_UP),
        "steps": tuple(OWN_STEPS),
        "typed": typed,
        "done": request.query.get("done") == "practised",
        "at_once": await helps_at_once(request.app[PARTS], actor),
        "comforts": tuple(Comfort),
        "comforted": request.query.get("done") == "comforted",
        "tried": request.query.get("done") == "tried",
        **PRACTICE_CHOICES,
    }
    return page(request, "readiness.html", facts, back="/readiness", error=error)


async def _again(request: web.Request, actor: StaffActor, error: TweespraakError) -> web.Response:
    return await _page(request, actor, form_of(request), error)


@staff_only(ANY_STAFF)
@gives_back(_again)
async def check(request: web.Request, actor: StaffActor) -> web.Response:
    """A coach's own practice: passed when everything was seen and heard."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    missing = [cause for step, cause in OWN_STEPS.items() if not form.text(step)]
    result = PracticeResult(
        device=form.choice("device", DeviceClass),
        kind=PracticeKind.SELF,
        score=Score.BAD if missing else Score.GOOD,
        cause=missing[0] if missing else None,
    )
    key = form.given("key")
    await record_own_practice(parts, actor, actor.id, result, key=key, now=parts.now())
    if missing:
        raise BadInput("practice_unfinished", field=next(iter(OWN_STEPS)))
    return see("/readiness?done=practised")


@staff_only(COACHING)
@gives_back(_again)
async def comfort(request: web.Request, actor: StaffActor) -> web.Response:
    """A coach says how at ease they are with far talks."""
    parts = request.app[PARTS]
    said = Form(form_of(request)).choice("own_comfort", Comfort)
    await say_own_comfort(parts, actor, said, now=parts.now())
    return see("/readiness?done=comforted")


@staff_only(SETTING_UP)
@gives_back(_again)
async def record_coach(request: web.Request, actor: StaffActor) -> web.Response:
    """An admin says that a coach practised with somebody."""
    parts = request.app[PARTS]
    coach = to_uuid(request.match_info["id"])
    if coach is None:
        raise BadInput("coach_unknown", field="coach")
    result = PracticeResult(device=DeviceClass.COMPUTER, kind=PracticeKind.GUIDED, score=Score.GOOD)
    key = Form(form_of(request)).given("key")
    await record_own_practice(parts, actor, StaffId(coach), result, key=key, now=parts.now())
    return see("/readiness?done=practised")


ROUTES = (
    web.post("/meetings/{id}/practice", close),
    web.post("/candidates/{id}/practice", record),
    web.get("/readiness", show),
    web.post("/readiness", check),
    web.post("/readiness/comfort", comfort),
    web.post("/readiness/{id}", record_coach),
)
