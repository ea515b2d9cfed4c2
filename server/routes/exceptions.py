"""Exceptions to a rule: asked, agreed to by a second person, listed, ended."""

from datetime import datetime, time

from aiohttp import web

from coaching.errors import NotFound, TweespraakError
from coaching.facts import ExceptionCode
from server.routes.forms import Form, own_path, to_uuid
from server.routes.giving_back import gives_back
from server.routes.keys import PARTS
from server.routes.page import form_of, page, see
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
    longest_reason,
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
    facts = {
        "exceptions": await list_exceptions(parts, actor, now=parts.now()),
        "counts": await _this_quarter(request, actor),
        "done": request.query.get("done", ""),
    }
    return page(request, "exceptions.html", facts, back="/exceptions", error=error)


async def _list_again(
    request: web.Request, actor: StaffActor, error: TweespraakError
) -> web.Response:
    return await _list_page(request, actor, error)


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
    start = {"rule": "", "code": ExceptionCode.OTHER, "reason": "", "valid_until": ""}
    facts = {
        "person": person,
        "rules": liftable_rules(),
        "codes": tuple(ExceptionCode),
        "form": {**start, "trajectory": "", **form.fields},
        "longest": await longest_reason(parts, parts.now()),
    }
    back = f"/exceptions/new?candidate={candidate}"
    return page(request, "exception_new.html", facts, back=back, error=error)


async def _form_again(
    request: web.Request, actor: StaffActor, error: TweespraakError
) -> web.Response:
    return await _form_page(request, actor, Form(form_of(request)), error)


@staff_only(ANY_STAFF)
@gives_back(_form_again)
async def ask(request: web.Request, actor: StaffActor) -> web.Response:
    """Record an exception."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    wanted = ExceptionRequest(
        trajectory=TrajectoryId(form.reference("trajectory")),
        rule=form.given("rule"),
        code=form.choice("code", ExceptionCode),
        reason=form.text("reason"),
        valid_until=form.day("valid_until") if form.text("valid_until").strip() else None,
    )
    await ask_exception(parts, actor, wanted, key=form.given("key"), now=parts.now())
    return see(f"/candidates/{form.reference('candidate')}?done=excepted")


@staff_only(ANY_STAFF)
@gives_back(_list_again)
async def confirm(request: web.Request, actor: StaffActor) -> web.Response:
    """Agree as the second person."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    found = to_uuid(request.match_info["id"])
    if found is None:
        raise NotFound("exception_unknown")
    await confirm_exception(parts, actor, found, key=form.given("key"), now=parts.now())
    return see(own_path(form.text("back"), "/exceptions?done=confirmed"))


@staff_only(ANY_STAFF)
@gives_back(_list_again)
async def end(request: web.Request, actor: StaffActor) -> web.Response:
    """End an exception today."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    found = to_uuid(request.match_info["id"])
    if found is None:
        raise NotFound("exception_unknown")
    await end_exception(parts, actor, found, key=form.given("key"), now=parts.now())
    return see(own_path(form.text("back"), "/exceptions?done=ended"))


ROUTES = (
    web.get("/exceptions", show_all),
    web.get("/exceptions/new", show_new),
    web.post("/exceptions/new", ask),
    web.post("/exceptions/{id}/confirm", confirm),
    web.post("/exceptions/{id}/end", end),
)
