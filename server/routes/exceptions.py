"""Exceptions to a rule: asked, agreed to by a second person, listed, ended."""

from datetime import datetime, time

from aiohttp import web

from coaching.errors import NotAllowed, NotFound, TweespraakError
from coaching.facts import ExceptionCode
from server.errors import problem_of
from server.routes.forms import Form, own_path, to_uuid
from server.routes.keys import PARTS
from server.routes.page import form_of, page, see, words_of
from server.routes.rights import ANY_STAFF, PLANNING, staff_only
from server.usecases.context import CandidateId, StaffActor, TrajectoryId
from server.usecases.exceptions import (
    ExceptionCount,
    ExceptionRequest,
    ask_exception,
    confirm_exception,
    count_exceptions,
    end_exception,
    liftable_rules,
    list_exceptions,
)
from server.usecases.people import show_candidate

_MONTHS_A_QUARTER = 3


@staff_only(ANY_STAFF)
async def show_all(request: web.Request, actor: StaffActor) -> web.Response:
    """All exceptions, those that wait for a second person marked; how many this quarter."""
    return await _list_page(request, actor)


async def _list_page(
    request: web.Request, actor: StaffActor, error: TweespraakError | None = None
) -> web.Response:
    parts = request.app[PARTS]
    problem = problem_of(error, words_of(request).texts) if error else None
    facts = {
        "exceptions": await list_exceptions(parts, actor, now=parts.now()),
        "counts": await _this_quarter(request, actor),
        "problem": problem,
        "done": request.query.get("done", ""),
    }
    status = problem.status if problem else 200
    return page(request, "exceptions.html", facts, status=status, back="/exceptions")


async def _this_quarter(request: web.Request, actor: StaffActor) -> tuple[ExceptionCount, ...]:
    if not actor.may(*PLANNING):
        return ()
    parts = request.app[PARTS]
    today = parts.now().astimezone(parts.settings.tz).date()
    month = today.month - (today.month - 1) % _MONTHS_A_QUARTER
    first = datetime.combine(today.replace(month=month, day=1), time(), parts.settings.tz)
    return await count_exceptions(parts, actor, since=first, until=parts.now())


@staff_only(ANY_STAFF)
async def show_new(request: web.Request, actor: StaffActor) -> web.Response:
    """The form; a refusal leads here with its rule."""
    return await _form_page(request, actor, Form(request.query))


async def _form_page(
    request: web.Request, actor: StaffActor, form: Form, error: TweespraakError | None = None
) -> web.Response:
    parts = request.app[PARTS]
    candidate = to_uuid(form.text("candidate"))
    if candidate is None:
        raise NotFound("candidate_unknown")
    person = await show_candidate(parts, actor, CandidateId(candidate), now=parts.now())
    problem = problem_of(error, words_of(request).texts) if error else None
    start = {"rule": "", "code": ExceptionCode.OTHER, "reason": "", "valid_until": ""}
    facts = {
        "person": person,
        "rules": liftable_rules(),
        "codes": tuple(ExceptionCode),
        "form": {**start, "trajectory": "", **form.fields},
        "problem": problem,
    }
    status = problem.status if problem else 200
    back = f"/exceptions/new?candidate={candidate}"
    return page(request, "exception_new.html", facts, status=status, back=back)


@staff_only(ANY_STAFF)
async def ask(request: web.Request, actor: StaffActor) -> web.Response:
    """Record an exception."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    try:
        wanted = ExceptionRequest(
            trajectory=TrajectoryId(form.reference("trajectory")),
            rule=form.given("rule"),
            code=form.choice("code", ExceptionCode),
            reason=form.text("reason"),
            valid_until=form.day("valid_until") if form.text("valid_until").strip() else None,
        )
        await ask_exception(parts, actor, wanted, key=form.given("key"), now=parts.now())
    except (NotFound, NotAllowed):
        raise
    except TweespraakError as error:
        return await _form_page(request, actor, form, error)
    return see(f"/candidates/{form.reference('candidate')}?done=excepted")


@staff_only(ANY_STAFF)
async def confirm(request: web.Request, actor: StaffActor) -> web.Response:
    """Agree as the second person."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    found = to_uuid(request.match_info["id"])
    if found is None:
        raise NotFound("exception_unknown")
    try:
        await confirm_exception(parts, actor, found, key=form.given("key"), now=parts.now())
    except (NotFound, NotAllowed):
        raise
    except TweespraakError as error:
        return await _list_page(request, actor, error)
    return see(own_path(form.text("back"), "/exceptions?done=confirmed"))


@staff_only(ANY_STAFF)
async def end(request: web.Request, actor: StaffActor) -> web.Response:
    """End an exception today."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    found = to_uuid(request.match_info["id"])
    if found is None:
        raise NotFound("exception_unknown")
    try:
        await end_exception(parts, actor, found, key=form.given("key"), now=parts.now())
    except (NotFound, NotAllowed):
        raise
    except TweespraakError as error:
        return await _list_page(request, actor, error)
    return see(own_path(form.text("back"), "/exceptions?done=ended"))


ROUTES = (
    web.get("/exceptions", show_all),
    web.get("/exceptions/new", show_new),
    web.post("/exceptions/new", ask),
    web.post("/exceptions/{id}/confirm", confirm),
    web.post("/exceptions/{id}/end", end),
)
