"""Who may see a page of staff: one mark on a route, checked before anything is read."""

from collections.abc import Awaitable, Callable
from functools import wraps
from urllib.parse import quote

from aiohttp import hdrs, web

from coaching.access import Right
from coaching.errors import NotAllowed
from server.routes.forms import own_path, path_of
from server.routes.keys import VISIT
from server.routes.page import see
from server.usecases.context import StaffActor

StaffHandler = Callable[[web.Request, StaffActor], Awaitable[web.StreamResponse]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PLANNING = frozenset({Right.PLAN})
COACHING = frozenset({Right.HOST})
SETTING_UP = frozenset({Right.SET_UP})
ANY_STAFF = PLANNING | COACHING
_MARK = "for_staff"


def staff_only(rights: frozenset[Right]) -> Callable[[StaffHandler], Handler]:
    """Open a route to signed-in staff with one of `rights`; the handler is given who it is.

    A stranger's GET goes to the sign-in page and comes back afterwards; anything else is refused.
    """

    def mark(handler: StaffHandler) -> Handler:
        @wraps(handler)
        async def guarded(request: web.Request) -> web.StreamResponse:
            actor = request[VISIT].staff
            if actor is None:
                return _to_sign_in(request)
            if not actor.may(*rights):
                raise NotAllowed("wrong_role")
            return await handler(request, actor)

        vars(guarded)[_MARK] = True
        return guarded

    return mark


def is_for_staff(handler: object) -> bool:
    """Whether this handler of a route was marked by `staff_only`."""
    return bool(getattr(handler, _MARK, False))


def _to_sign_in(request: web.Request) -> web.Response:
    if hx_page := request.headers.get("HX-Current-URL"):
        # A part of a page cannot show the sign-in page: the page itself has to go there (htmx).
        back = own_path(path_of(hx_page))
        return web.Response(headers={"HX-Redirect": f"/login?next={quote(back, safe='')}"})
    if request.method not in (hdrs.METH_GET, hdrs.METH_HEAD):
        raise NotAllowed("sign_in_first")
    return see(f"/login?next={quote(request.path_qs, safe='')}")
