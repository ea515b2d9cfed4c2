"""Work that may last longer than a page: its form answers at once, and its page tells how it is.

Without script there is a button that looks again; with script the page comes back by itself.
"""

from collections.abc import Callable, Coroutine, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any
from uuid import UUID

from aiohttp import hdrs, web

from coaching.errors import NotAllowed, NotFound, TweespraakError
from server.long_work import Again, Asked, Outcome
from server.routes.keys import LONG_WORK
from server.routes.page import page, see
from server.routes.rights import StaffHandler
from server.usecases.context import StaffActor

_SECRET = ("password", "csrf")


async def go_to_work(
    request: web.Request,
    person: UUID,
    at: str,
    begin: Callable[[], Coroutine[Any, Any, str]],
    *,
    typed: Mapping[str, str],
    again: Again,
) -> web.Response:
    """Do something and go to the page it leads to; to `at`, which tells of it, when it lasts.

    `typed` comes back with an error, on the page that `again` makes; a password never does.
    """
    shown = {name: text for name, text in typed.items() if name not in _SECRET}
    whole = (request.path, {name: text for name, text in typed.items() if name != "csrf"})
    asked = Asked(person=person, at=at, typed=shown, again=again, whole=whole)
    return see(await request.app[LONG_WORK].do(asked, begin))


def tells_of_work(handler: StaffHandler) -> StaffHandler:
    """A page that tells of work which was begun for its address, before anything else.

    202 while it goes on (RFC 9110 15.3.3); HEAD only looks, so that a script can ask.
    """

    @wraps(handler)
    async def shown(request: web.Request, actor: StaffActor) -> web.StreamResponse:
        looking = request.method == hdrs.METH_HEAD
        wait = "wait" in request.query
        told = await request.app[LONG_WORK].look(
            actor.id, request.path, wait=wait, take=not looking
        )
        if told is True:
            return page(request, "going_on.html", back=request.path, status=HTTPStatus.ACCEPTED)
        if isinstance(told, Outcome) and told.error is not None:
            return await _with_error(request, actor, told, told.error)
        if isinstance(told, Outcome) and told.path != request.path:
            return see(told.path)
        return await handler(request, actor)

    return shown


async def _with_error(
    request: web.Request, actor: StaffActor, told: Outcome, error: TweespraakError
) -> web.StreamResponse:
    if isinstance(error, NotFound | NotAllowed):
        raise error
    return await told.asked.again(request, actor, told.asked.typed, error)
