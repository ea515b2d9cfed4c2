"""A whole trajectory at once: ask, change, check again, book in one step."""

import itertools
from collections.abc import Mapping
from datetime import date, timedelta

from aiohttp import web

from coaching.errors import BadInput, NotFound, TweespraakError
from coaching.facts import TalkWish
from coaching.words import Language, MeetingKind, Mode, TrajectoryState
from server.errors import Problem, problem_of
from server.routes.candidates import candidate_in
from server.routes.drafts import (
    BOOKABLE_KINDS,
    BOOKABLE_MODES,
    OWN_MINUTES,
    next_working_day,
    read_fill,
    read_room,
    rooms_by_place,
)
from server.routes.forms import Form
from server.routes.giving_back import gives_back
from server.routes.keys import PARTS
from server.routes.page import form_of, page, refusal_facts, see, visit_of, words_of
from server.routes.plan_lines import line_forms, of_the_whole
from server.routes.rights import ANY_STAFF, staff_only
from server.usecases.context import StaffActor, TrajectoryId
from server.usecases.exceptions import longest_reason
from server.usecases.people import CandidateView, list_rooms, show_candidate
from server.usecases.plan_adding import LineWish, add_line
from server.usecases.planning import (
    PlanLine,
    PlanWish,
    ProposedPlan,
    book_plan,
    check_plan,
    propose_plan,
)
from server.usecases.practice_views import practices_of
from server.usecases.preferences import preference_of
from server.usecases.slots import FURTHEST
from server.usecases.trajectory_views import TrajectoryView

_MOST_LINES = 200
_MOST_WEEKS = 104
_DAYS_BETWEEN = 14  # a talk every two weeks, until the planner says otherwise
_FILL = "fill_"
_WISHED = ("from_day", "weeks", "how")
_PARTS = ("diagnosis", "practice", "reassessment", "closing")


async def _wish_again(
    request: web.Request, actor: StaffActor, error: TweespraakError
) -> web.Response:
    person, trajectory = await _whose(request, actor, Form(request.query))
    wish = _wish_fields(request, trajectory, request.query)
    return await _page(request, person, trajectory, wish, error=error)


@staff_only(ANY_STAFF)
@gives_back(_wish_again)
async def show_plan(request: web.Request, actor: StaffActor) -> web.Response:
    """What to plan; with the wish in the address also the proposal. Books nothing."""
    parts = request.app[PARTS]
    person, trajectory = await _whose(request, actor, Form(request.query))
    wish = _wish_fields(request, trajectory, request.query)
    if "weeks" not in request.query:
        return await _page(request, person, trajectory, wish)
    plan = await propose_plan(parts, actor, _read_wish(trajectory, wish), now=parts.now())
    return await _page(request, person, trajectory, wish, plan=plan)


async def _whose(
    request: web.Request, actor: StaffActor, form: Form
) -> tuple[CandidateView, TrajectoryView]:
    parts = request.app[PARTS]
    person = await show_candidate(parts, actor, candidate_in(request), now=parts.now())
    # Of a guidance that stands still the rules say so (R29), and what was typed is given back.
    going = [one for one in person.trajectories if one.state != TrajectoryState.ENDED]
    going.sort(key=lambda one: one.state != TrajectoryState.ACTIVE)
    chosen = [one for one in going if str(one.id) == form.text("trajectory")]
    if not (chosen or going):
        raise NotFound("trajectory_unknown")
    return person, (chosen or going)[0]


def _wish_fields(
    request: web.Request, trajectory: TrajectoryView, given: Mapping[str, str]
) -> dict[str, str]:
    """The fields of the wish; a box that is not ticked is not in the address at all."""
    parts = request.app[PARTS]
    today = parts.now().astimezone(parts.settings.tz).date()
    start = {
        "from_day": next_working_day(today).isoformat(),
        "weeks": str(max(trajectory.talks * _DAYS_BETWEEN // 7, 1)),
    }
    ticked = {} if "weeks" in given else {"practice": "on", "closing": "on"}
    asked = {name: given[name] for name in (*_WISHED, *_PARTS) if name in given}
    return {**start, **ticked, **asked}


def _read_wish(trajectory: TrajectoryView, fields: Mapping[str, str]) -> PlanWish:
    form = Form(fields)
    diagnosis, practice, reassessment, closing = (bool(form.text(name)) for name in _PARTS)
    return PlanWish(
        trajectory=trajectory.id,
        from_day=form.day("from_day"),
        weeks=form.whole("weeks"),
        diagnosis=diagnosis,
        practice=practice,
        reassessment=reassessment,
        closing=closing,
        how=_read_how(form),
    )


def _read_how(form: Form) -> TalkWish | None:
    """What the candidate answered; None when it was not asked (yet)."""
    return form.choice("how", TalkWish) if form.text("how") else None


async def _plan_again(
    request: web.Request, actor: StaffActor, error: TweespraakError
) -> web.Response:
    form = Form(form_of(request))
    person, trajectory = await _whose(request, actor, form)
    numbers = _sent(form)
    typed = [_typed(form, number) for number in numbers]
    seen = await _checked(request, actor, trajectory.id, form, numbers)
    wish = _wish_fields(request, trajectory, form.fields)
    return await _page(request, person, trajectory, wish, plan=seen, typed=typed, error=error)


@staff_only(ANY_STAFF)
@gives_back(_plan_again)
async def change_plan(request: web.Request, actor: StaffActor) -> web.Response:
    """Check the changed plan again, put a talk into it, or book all of it or nothing."""
    parts = request.app[PARTS]
    form = _filled(Form(form_of(request)))
    person, trajectory = await _whose(request, actor, form)
    wish, how = _wish_fields(request, trajectory, form.fields), _read_how(form)
    lines = [_read_line(form, number) for number in _numbers(form)]
    over_busy = bool(form.text("over_busy"))
    if form.text("step") == "book" or over_busy:
        booked = await book_plan(
            parts,
            actor,
            trajectory.id,
            lines,
            how=how,
            over_busy=over_busy,
            why=form.text("reason").strip(),
            key=form.given("key"),
            now=parts.now(),
        )
        return see(f"/candidates/{person.id}?done=planned&count={len(booked.meetings)}")
    if form.text("step") == "add":
        more = _read_added(form, trajectory)
        plan = await add_line(parts, actor, trajectory.id, lines, more, how=how, now=parts.now())
        return await _page(request, person, trajectory, wish, plan=plan)
    plan = await check_plan(parts, actor, trajectory.id, lines, how=how, now=parts.now())
    return await _page(request, person, trajectory, wish, plan=plan, checked=True)


def _read_added(form: Form, trajectory: TrajectoryView) -> LineWish:
    kind = form.choice("add_kind", MeetingKind)
    return LineWish(
        kind=kind,
        mode=form.choice("add_mode", Mode),
        minutes=OWN_MINUTES.get(kind, trajectory.minutes),
        day=form.day("add_week"),
    )


def _filled(form: Form) -> Form:
    """The form with the line that a pressed alternative changes (`fill_<line>`)."""
    pressed = next((name for name in form.fields if name.startswith(_FILL)), "")
    number = pressed.removeprefix(_FILL)
    changed = read_fill(form.text(pressed)) if pressed else {}
    return Form({**form.fields, **{f"{name}_{number}": text for name, text in changed.items()}})


def _numbers(form: Form) -> list[int]:
    count = form.whole("count")
    if count > _MOST_LINES:
        raise BadInput("plan_too_long", field="count")
    return [number for number in range(count) if not form.text(f"skip_{number}")]


def _sent(form: Form) -> list[int]:
    """The lines that a form really holds, also one that cannot be read: nothing typed is lost."""
    sent = itertools.takewhile(lambda number: f"kind_{number}" in form.fields, itertools.count())
    return [number for number in sent if not form.text(f"skip_{number}")]


def _read_line(form: Form, number: int) -> PlanLine:
    mode = form.choice(f"mode_{number}", Mode)
    return PlanLine(
        kind=form.choice(f"kind_{number}", MeetingKind),
        mode=mode,
        starts_local=form.wall_time(f"day_{number}", f"time_{number}"),
        minutes=form.whole(f"minutes_{number}"),
        room=read_room(form, mode, field=f"room_{number}"),
        office_reason=form.text(f"office_reason_{number}").strip(),
    )


def _typed(form: Form, number: int) -> dict[str, str]:
    names = ("kind", "mode", "day", "time", "minutes", "room", "office_reason")
    return {name: form.text(f"{name}_{number}") for name in names}


async def _checked(
    request: web.Request,
    actor: StaffActor,
    trajectory: TrajectoryId,
    form: Form,
    numbers: list[int],
) -> ProposedPlan | None:
    """Which lines are wrong besides the one that stopped it; None when they cannot be read."""
    parts = request.app[PARTS]
    try:
        lines = [_read_line(form, number) for number in numbers]
        how = _read_how(form)
        return await check_plan(parts, actor, trajectory, lines, how=how, now=parts.now())
    except BadInput:
        return None


async def _page(
    request: web.Request,
    person: CandidateView,
    trajectory: TrajectoryView,
    wish: Mapping[str, str],
    *,
    plan: ProposedPlan | None = None,
    typed: list[dict[str, str]] | None = None,
    error: TweespraakError | None = None,
    checked: bool = False,
) -> web.Response:
    texts = words_of(request).texts
    parts, staff = request.app[PARTS], visit_of(request).staff
    rooms = await list_rooms(parts)
    problem = _problem(error, texts.language, request)
    facts = {
        "person": person,
        "trajectory": trajectory,
        "wish": wish,
        "wish_parts": _PARTS,
        "plan": plan,
        **refusal_facts(error, words_of(request)),
        "lines": line_forms(request, plan, typed, rooms),
        "problem": problem,
        **await _why_online(request),
        "checked": checked and plan is not None and not plan.problems,
        **of_the_whole(plan, texts),
        "weeks": _weeks(request, wish, plan),
        "needs": sorted((await preference_of(parts, person.id)).needs),
        "wishes": tuple(TalkWish),
        "preference": await preference_of(parts, person.id),
        "kinds": BOOKABLE_KINDS,
        "modes": BOOKABLE_MODES,
        "places": rooms_by_place(rooms),
        "own_rooms": {str(one.id) for one in rooms if trajectory.coach_name in one.office_of},
        "practices": await practices_of(parts, staff, person.id, now=parts.now()) if staff else (),
    }
    back = f"/candidates/{person.id}/plan?trajectory={trajectory.id}"
    status = problem.status if problem else 200
    return page(request, "plan.html", facts, status=status, back=back)


async def _why_online(request: web.Request) -> dict[str, object]:
    """What was typed as the reason (R14), and how long it may be."""
    parts = request.app[PARTS]
    typed = form_of(request).get("reason", "") if request.method == "POST" else ""
    return {"why_online": typed, "longest_reason": await longest_reason(parts, parts.now())}


def _problem(
    error: TweespraakError | None, language: Language, request: web.Request
) -> Problem | None:
    if error is None:
        return None
    texts = words_of(request, language).texts
    found = problem_of(error, texts)
    if "lines" in error.params:
        lines = [int(one) + 1 for one in str(error.params["lines"]).split(",")]
    elif "line" in error.params:
        lines = [int(error.params["line"]) + 1]
    else:
        return found
    key = "plan.at_line" if len(lines) == 1 else "plan.at_lines"
    said = texts.say(key, number=", ".join(map(str, lines)), text=found.sentence)
    return Problem(status=found.status, code=found.code, sentence=said, rule=found.rule)


def _weeks(
    request: web.Request, wish: Mapping[str, str], plan: ProposedPlan | None
) -> list[tuple[str, date]]:
    """The Mondays of the weeks in which a talk can be put: those of the wish and of the lines."""
    if plan is None:
        return []
    parts = request.app[PARTS]
    today = parts.now().astimezone(parts.settings.tz).date()
    try:
        form = Form(wish)
        first = min(max(form.day("from_day"), today), today + FURTHEST)
        weeks = form.whole("weeks")
    except BadInput:
        first, weeks = today, 1
    monday = first - timedelta(days=first.weekday())
    ends = [monday + timedelta(weeks=min(weeks, _MOST_WEEKS) - 1)]
    ends += [one.line.starts_local.date() for one in plan.lines]
    count = (max(ends) - monday).days // 7 + 1
    days = [monday + timedelta(weeks=number) for number in range(count)]
    return [(day.isoformat(), day) for day in days]


ROUTES = (
    web.get("/candidates/{id}/plan", show_plan),
    web.post("/candidates/{id}/plan", change_plan),
)
