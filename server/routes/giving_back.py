"""A form that cannot be done comes back filled in: the one place where staff's routes catch errors.

The sentence itself is made by `server.errors`, when the page is rendered.
"""

from collections.abc import Awaitable, Callable
from functools import wraps

from aiohttp import web

from coaching.errors import NotAllowed, NotFound, TweespraakError
from server.routes.keys import PAGE_OLD
from server.routes.rights import StaffHandler
from server.usecases.context import StaffActor

GiveBack = Callable[[web.Request, StaffActor, TweespraakError], Awaitable[web.StreamResponse]]
_MARK = "gives_back"


def gives_back(again: GiveBack) -> Callable[[StaffHandler], StaffHandler]:
    """Answer with the page of `again` when the handler meets an error that a person can mend.

    What does not exist for this person, or is not theirs to do, is no matter of this form: those
    errors go on to the last translator. A form from a page that is too old is given back as it
    was typed, and the handler never sees it.
    """

    def mark(handler: StaffHandler) -> StaffHandler:
        @wraps(handler)
        async def tried(request: web.Request, actor: StaffActor) -> web.StreamResponse:
            if request.get(PAGE_OLD):
                return await again(request, actor, NotAllowed("page_old_kept"))
            try:
                return await handler(request, actor)
            except (NotFound, NotAllowed):
                raise
            except TweespraakError as error:
                return await again(request, actor, error)

        vars(tried)[_MARK] = True
        return tried

    return mark


def can_give_back(handler: object) -> bool:
    """Whether this handler of a route was marked by `gives_back`, under whatever stands around."""
    return bool(getattr(handler, _MARK, False))
