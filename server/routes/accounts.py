"""Signing in and out."""

from aiohttp import web

from coaching.errors import NotAllowed, TweespraakError
from server.caller import caller_of
from server.errors import problem_of
from server.routes.forms import Form, own_path
from server.routes.keys import PARTS, ROOMS
from server.routes.page import form_of, home_of, page, see, visit_of, words_of
from server.usecases.accounts import (
    actor_behind,
    name_behind_link,
    sign_in,
    sign_in_by_link,
    sign_out,
)
from server.usecases.context import StaffActor
from server.web_session import STAFF_SECONDS, cookie_names, keep


async def show_login(request: web.Request) -> web.Response:
    """The sign-in form; who is signed in already goes on to work."""
    staff = visit_of(request).staff
    if staff is not None:
        return see(own_path(request.query.get("next", ""), home_of(staff)))
    return _login_page(request, Form({"next": request.query.get("next", "")}))


def _login_page(
    request: web.Request, form: Form, error: TweespraakError | None = None
) -> web.Response:
    problem = problem_of(error, words_of(request).texts) if error else None
    facts = {
        "problem": problem,
        "email": form.text("email"),
        "next": own_path(form.text("next"), ""),
    }
    status = problem.status if problem else 200
    return page(request, "login.html", facts, status=status, back="/login")


async def login(request: web.Request) -> web.Response:
    """Sign in with e-mail address and password."""
    form = Form(form_of(request))
    parts = request.app[PARTS]
    try:
        token = await sign_in(
            parts,
            form.given("email"),
            form.given("password"),
            address=caller_of(request, parts.settings.proxies),
            now=parts.now(),
        )
    except TweespraakError as error:
        return _login_page(request, form, error)
    return await _enter(request, token, own_path(form.text("next"), ""))


async def _enter(request: web.Request, token: str, onward: str) -> web.Response:
    parts = request.app[PARTS]
    actor = await actor_behind(parts, token, now=parts.now())
    if not isinstance(actor, StaffActor):
        raise NotAllowed("sign_in_failed")
    response = see(onward or home_of(actor))
    name = cookie_names(parts.settings).staff
    keep(response, parts.settings, name, token, seconds=STAFF_SECONDS)
    return response


async def show_login_link(request: web.Request) -> web.Response:
    """One button; reading the page signs nobody in, because mail scanners open links."""
    parts = request.app[PARTS]
    token = request.match_info["token"]
    name = await name_behind_link(parts, token, now=parts.now())
    if name is None:
        raise NotAllowed("link_unknown")
    return page(request, "login_link.html", {"name": name})


async def login_by_link(request: web.Request) -> web.Response:
    """Sign in by the link in the address."""
    parts = request.app[PARTS]
    token = await sign_in_by_link(
        parts,
        request.match_info["token"],
        address=caller_of(request, parts.settings.proxies),
        now=parts.now(),
    )
    return await _enter(request, token, "")


async def logout(request: web.Request) -> web.Response:
    """End the session, close its sockets, and let the browser forget what it kept."""
    parts = request.app[PARTS]
    name = cookie_names(parts.settings).staff
    device = await sign_out(parts, request.cookies.get(name, ""))
    if device is not None:
        await request.app[ROOMS].close_device(device)
    response = see("/")
    response.del_cookie(name, path="/", secure=parts.settings.secure, httponly=True, samesite="Lax")
    response.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return response


ROUTES = (
    web.get("/login", show_login),
    web.post("/login", login),
    web.get("/login/link/{token}", show_login_link),
    web.post("/login/link/{token}", login_by_link),
    web.post("/logout", logout),
)
