"""Connecting calendars, seeing how they are doing, repairing them, and letting them go."""

from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from aiohttp import web

from coaching.errors import BadInput, NotFound, TweespraakError
from server.routes.forms import Form, to_uuid
from server.routes.giving_back import gives_back
from server.routes.going_on import go_to_work, tells_of_work
from server.routes.keys import PARTS
from server.routes.page import form_of, page, see
from server.routes.rights import ANY_STAFF, COACHING, PLANNING, staff_only
from server.usecases.calendar_owners import EVERYBODY
from server.usecases.calendars import (
    change_calendar,
    go_on,
    list_calendars,
    list_owners,
    may_connect_for_all,
    one_calendar,
    remove_calendar,
    repair_calendar,
)
from server.usecases.connecting import (
    Account,
    CalendarRole,
    Choice,
    connect,
    look_up,
    looked_up,
)
from server.usecases.context import StaffActor
from server.usecases.foreign_feed import change_feed_address, connect_feed
from server.usecases.staff_mail import switch_mail, wants_mail

RECIPES = ("nextcloud", "sogo", "zimbra", "google", "icloud", "outlook")
_TYPED = ("address", "user_name", "owner")


@staff_only(ANY_STAFF)
async def show_all(request: web.Request, actor: StaffActor) -> web.Response:
    """The calendars that this person looks after, each with how it is doing."""
    facts = {
        "calendars": await list_calendars(request.app[PARTS], actor),
        "mailed": await wants_mail(request.app[PARTS], actor) if actor.may(*COACHING) else None,
        "planning": actor.may(*PLANNING),
        "done": request.query.get("done", ""),
        "count": request.query.get("count", "0"),
    }
    return page(request, "calendars.html", facts, back="/calendars")


@staff_only(COACHING)
async def switch(request: web.Request, actor: StaffActor) -> web.Response:
    """Get appointments by mail, or no longer."""
    parts = request.app[PARTS]
    wanted = Form(form_of(request)).given("mail")
    if wanted not in ("on", "off"):
        raise BadInput("choice_bad", field="mail")
    await switch_mail(parts, actor, on=wanted == "on", now=parts.now())
    return see("/calendars?done=saved")


@staff_only(ANY_STAFF)
async def show_new(request: web.Request, actor: StaffActor) -> web.Response:
    """Where to fill in address, user name and app password; with recipes."""
    return await _new_page(request, actor, {"owner": request.query.get("owner", "")})


async def _new_page(
    request: web.Request,
    actor: StaffActor,
    typed: Mapping[str, str],
    error: TweespraakError | None = None,
) -> web.Response:
    facts = {
        "owners": await list_owners(request.app[PARTS], actor),
        "for_all": EVERYBODY if may_connect_for_all(actor) else "",
        "form": {name: typed.get(name, "") for name in _TYPED},
        "recipes": RECIPES,
    }
    return page(request, "calendars_new.html", facts, back="/calendars/new", error=error)


async def _new_again(
    request: web.Request, actor: StaffActor, error: TweespraakError
) -> web.Response:
    return await _new_page(request, actor, form_of(request), error)


@staff_only(ANY_STAFF)
@gives_back(_new_again)
async def find(request: web.Request, actor: StaffActor) -> web.Response:
    """Look behind the address; the password is not given back to any page."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    account = _account(form, address=form.given("address"))
    owner, lookup = form.given("owner"), uuid4()
    at = f"/calendars/found/{lookup}"

    async def work() -> str:
        await look_up(parts, actor, owner, account, now=parts.now(), lookup=lookup)
        return at

    return await go_to_work(request, actor.id, at, work, typed=form.fields, again=_new_page)


def _account(form: Form, *, address: str) -> Account:
    password = form.text("password")
    if not password.strip():
        raise BadInput("field_missing", field="password")
    return Account(address=address, user_name=form.given("user_name"), password=password)


@staff_only(ANY_STAFF)
@tells_of_work
async def show_found(request: web.Request, actor: StaffActor) -> web.Response:
    """What was found, to choose from."""
    return await _found_page(request, actor, {})


async def _found_again(
    request: web.Request, actor: StaffActor, error: TweespraakError
) -> web.Response:
    return await _found_page(request, actor, form_of(request), error)


async def _found_page(
    request: web.Request,
    actor: StaffActor,
    typed: Mapping[str, str],
    error: TweespraakError | None = None,
) -> web.Response:
    parts = request.app[PARTS]
    lookup = await looked_up(parts, actor, _id_in(request, "calendar_lookup_gone"), now=parts.now())
    facts = {
        "lookup": lookup,
        "owners": await list_owners(parts, actor),
        "each_its_own": lookup.owner == EVERYBODY,
        "form": typed,
    }
    return page(request, "calendars_found.html", facts, back=request.path, error=error)


@staff_only(ANY_STAFF)
@gives_back(_found_again)
async def choose(request: web.Request, actor: StaffActor) -> web.Response:
    """Connect what was chosen; all or nothing."""
    parts = request.app[PARTS]
    choices = _choices(Form(form_of(request)))
    lookup = _id_in(request, "calendar_lookup_gone")

    async def work() -> str:
        count = await connect(parts, actor, lookup, choices, now=parts.now())
        return f"/calendars?done=connected&count={count}"

    typed = form_of(request)
    return await go_to_work(request, actor.id, request.path, work, typed=typed, again=_found_page)


def _choices(form: Form) -> list[Choice]:
    chosen = []
    for name in form.fields:
        number = name.removeprefix("role_")
        if name == number or not form.text(name) or not number.isdecimal():
            continue
        role = form.choice(name, CalendarRole)
        owner = form.text(f"owner_{number}")
        chosen.append(Choice(number=int(number[:4]), role=role, owner=owner))
    return chosen


@staff_only(ANY_STAFF)
@tells_of_work
async def show_subscribe(request: web.Request, actor: StaffActor) -> web.Response:
    """Where to fill in the address of a feed."""
    return await _subscribe_page(request, actor, {})


async def _subscribe_again(
    request: web.Request, actor: StaffActor, error: TweespraakError
) -> web.Response:
    return await _subscribe_page(request, actor, form_of(request), error)


async def _subscribe_page(
    request: web.Request,
    actor: StaffActor,
    typed: Mapping[str, str],
    error: TweespraakError | None = None,
) -> web.Response:
    facts = {
        "owners": await list_owners(request.app[PARTS], actor),
        "form": {name: typed.get(name, "") for name in ("owner", "name", "address")},
    }
    return page(request, "calendars_subscribe.html", facts, back=request.path, error=error)


@staff_only(ANY_STAFF)
@gives_back(_subscribe_again)
async def subscribe(request: web.Request, actor: StaffActor) -> web.Response:
    """Read a feed from now on."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    connecting = partial(
        connect_feed,
        parts,
        actor,
        form.given("owner"),
        name=form.given("name"),
        address=form.given("address"),
    )

    async def work() -> str:
        return f"/calendars/{await connecting(now=parts.now())}?done=saved"

    return await go_to_work(
        request, actor.id, request.path, work, typed=form.fields, again=_subscribe_page
    )


@staff_only(ANY_STAFF)
@tells_of_work
async def show_one(request: web.Request, actor: StaffActor) -> web.Response:
    """How one calendar is doing, and what can be done with it."""
    return await _one_page(request, actor, {})


async def _one_again(
    request: web.Request, actor: StaffActor, error: TweespraakError
) -> web.Response:
    return await _one_page(request, actor, form_of(request), error)


async def _one_page(
    request: web.Request,
    actor: StaffActor,
    typed: Mapping[str, str],
    error: TweespraakError | None = None,
) -> web.Response:
    calendar = await one_calendar(request.app[PARTS], actor, _id_in(request))
    facts = {
        "calendar": calendar,
        "form": {
            "name": typed.get("name", calendar.name),
            "role": typed.get("role", calendar.role),
            "user_name": typed.get("user_name", calendar.user_name),
            "address": typed.get("address", calendar.address),
        },
        "done": request.query.get("done", ""),
        "count": request.query.get("count", "0"),
    }
    back = f"/calendars/{calendar.id}"
    return page(request, "calendars_one.html", facts, back=back, error=error)


@staff_only(ANY_STAFF)
@gives_back(_one_again)
async def change(request: web.Request, actor: StaffActor) -> web.Response:
    """Another name, or another use."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    found = _id_in(request)
    name, role = form.given("name"), form.choice("role", CalendarRole)

    async def work() -> str:
        await change_calendar(parts, actor, found, name=name, role=role, now=parts.now())
        return f"/calendars/{found}?done=saved"

    return await _at_one(request, actor, found, work)


@staff_only(ANY_STAFF)
@gives_back(_one_again)
async def repair(request: web.Request, actor: StaffActor) -> web.Response:
    """A new password, and all calendars of this account work again."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    found = _id_in(request)
    account = _account(form, address=form.given("address"))

    async def work() -> str:
        count = await repair_calendar(parts, actor, found, account, now=parts.now())
        return f"/calendars/{found}?done=repaired&count={count}"

    return await _at_one(request, actor, found, work)


@staff_only(ANY_STAFF)
@gives_back(_one_again)
async def change_address(request: web.Request, actor: StaffActor) -> web.Response:
    """The new address of a feed."""
    parts = request.app[PARTS]
    found = _id_in(request)
    address = Form(form_of(request)).given("address")

    async def work() -> str:
        await change_feed_address(parts, actor, found, address=address, now=parts.now())
        return f"/calendars/{found}?done=saved"

    return await _at_one(request, actor, found, work)


async def _at_one(
    request: web.Request,
    actor: StaffActor,
    calendar: UUID,
    work: Callable[[], Coroutine[Any, Any, str]],
) -> web.Response:
    """Do something with one calendar, whose page tells of it while it lasts."""
    at, typed = f"/calendars/{calendar}", form_of(request)
    return await go_to_work(request, actor.id, at, work, typed=typed, again=_one_page)


@staff_only(ANY_STAFF)
@gives_back(_one_again)
async def resume(request: web.Request, actor: StaffActor) -> web.Response:
    """Somebody looked: what vanished was meant to vanish."""
    parts = request.app[PARTS]
    found = _id_in(request)
    await go_on(parts, actor, found, now=parts.now())
    return see(f"/calendars/{found}?done=resumed")


@staff_only(ANY_STAFF)
@gives_back(_one_again)
async def remove(request: web.Request, actor: StaffActor) -> web.Response:
    """Let a calendar go, with or without the appointments that stand in it."""
    parts = request.app[PARTS]
    events = Form(form_of(request)).given("events")
    if events not in ("keep", "take_away"):
        raise BadInput("choice_bad", field="events")
    take_away = events == "take_away"
    await remove_calendar(parts, actor, _id_in(request), take_away=take_away, now=parts.now())
    return see("/calendars?done=removed")


def _id_in(request: web.Request, code: str = "calendar_unknown") -> UUID:
    found = to_uuid(request.match_info["id"])
    if found is None:
        raise NotFound(code)
    return found


ROUTES = (
    web.get("/calendars", show_all),
    web.post("/calendars/mail", switch),
    web.get("/calendars/new", show_new),
    web.post("/calendars/new", find),
    web.get("/calendars/found/{id}", show_found),
    web.post("/calendars/found/{id}", choose),
    web.get("/calendars/subscribe", show_subscribe),
    web.post("/calendars/subscribe", subscribe),
    web.get("/calendars/{id}", show_one),
    web.post("/calendars/{id}/change", change),
    web.post("/calendars/{id}/repair", repair),
    web.post("/calendars/{id}/address", change_address),
    web.post("/calendars/{id}/resume", resume),
    web.post("/calendars/{id}/remove", remove),
)
