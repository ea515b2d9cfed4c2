"""A coach's picture: sent, taken away, and shown behind a name that nobody can guess."""

from http import HTTPStatus

from aiohttp import hdrs, web

from coaching.errors import BadInput, NotFound, TweespraakError
from server.routes.forms import Form, to_uuid
from server.routes.giving_back import gives_back
from server.routes.keys import PARTS, UPLOAD
from server.routes.page import form_of, page, see
from server.routes.rights import COACHING, SETTING_UP, staff_only
from server.usecases.context import StaffActor, StaffId
from server.usecases.photos import keep_photo, photo_behind, photo_view, remove_photo

_MAY = COACHING | SETTING_UP
_NAME_LENGTH = 43
# Another picture has another name, so what was fetched once stays right; no proxy keeps it.
_KEPT = "private, max-age=604800, immutable"


def _coach_in(request: web.Request) -> StaffId:
    found = to_uuid(request.match_info["id"])
    if found is None:
        raise NotFound("coach_unknown")
    return StaffId(found)


async def _page(
    request: web.Request, actor: StaffActor, error: TweespraakError | None = None
) -> web.Response:
    coach = _coach_in(request)
    facts = {
        "photo": await photo_view(request.app[PARTS], actor, coach),
        "own": actor.id == coach,
        "done": request.query.get("done", ""),
    }
    return page(request, "photo.html", facts, back=f"/coaches/{coach}/photo", error=error)


@staff_only(_MAY)
async def show(request: web.Request, actor: StaffActor) -> web.Response:
    """The picture that candidates see, and the form for another."""
    return await _page(request, actor)


@staff_only(_MAY)
@gives_back(_page)
async def change(request: web.Request, actor: StaffActor) -> web.Response:
    """Keep a new picture, or take it away."""
    parts = request.app[PARTS]
    coach = _coach_in(request)
    if Form(form_of(request)).text("do") == "remove":
        await remove_photo(parts, actor, coach)
        return see(f"/coaches/{coach}/photo?done=removed")
    content = request.get(UPLOAD, b"")
    if content is None:
        raise BadInput("photo_large", field="photo")
    if not content:
        raise BadInput("photo_missing", field="photo")
    await keep_photo(parts, actor, coach, content, now=parts.now())
    return see(f"/coaches/{coach}/photo?done=kept")


async def give(request: web.Request) -> web.Response:
    """The picture itself; a wrong name and one that was taken away answer the same 404."""
    name = request.match_info["name"]
    found = None
    if len(name) == _NAME_LENGTH and name.isascii():
        found = await photo_behind(request.app[PARTS], name)
    if found is None:
        return web.Response(status=HTTPStatus.NOT_FOUND, text="404", content_type="text/plain")
    headers = {hdrs.CACHE_CONTROL: _KEPT, hdrs.CONTENT_DISPOSITION: "inline"}
    return web.Response(body=found, content_type="image/jpeg", headers=headers)


ROUTES = (
    web.get("/coaches/{id}/photo", show),
    web.post("/coaches/{id}/photo", change),
    web.get("/photos/{name}.jpg", give),
)
