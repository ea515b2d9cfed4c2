"""Pages and files for everybody."""

from aiohttp import hdrs, web

from coaching.words import Language
from server.routes.door import answer_in_time
from server.routes.forms import Form, own_path
from server.routes.keys import PARTS, WEB_FILES
from server.routes.page import form_of, home_of, page, see, visit_of
from server.usecases.people import list_rooms
from server.web_session import keep_language

_FOREVER = "public, max-age=31536000, immutable"


async def home(request: web.Request) -> web.Response:
    """What this is, and the two ways in."""
    staff = visit_of(request).staff
    facts = {"work": home_of(staff) if staff else None, "typed": ""}
    return page(request, "home.html", facts)


async def health(request: web.Request) -> web.Response:
    """`ok`, if the database answers within five seconds."""
    try:
        await answer_in_time(list_rooms(request.app[PARTS]), seconds=5)
    except Exception:  # noqa: BLE001 -- whatever the database's trouble is, the answer is the same
        return web.Response(text="database does not answer", status=503)
    return web.Response(text="ok")


async def static_file(request: web.Request) -> web.Response:
    """A file of the built web part; its name holds its hash, so it may be kept for ever."""
    file = request.app[WEB_FILES].files.get(request.match_info["name"])
    if file is None:
        raise web.HTTPNotFound
    packed = file.packed if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, "") else None
    headers = {hdrs.CACHE_CONTROL: _FOREVER, hdrs.VARY: hdrs.ACCEPT_ENCODING}
    if packed is not None:
        headers[hdrs.CONTENT_ENCODING] = "gzip"
    return web.Response(body=packed or file.plain, content_type=file.content_type, headers=headers)


async def choose_language(request: web.Request) -> web.Response:
    """Remember a language on this device and go back."""
    form = Form(form_of(request))
    language = form.choice("language", Language)
    response = see(own_path(form.text("back")))
    keep_language(response, request.app[PARTS].settings, language)
    return response


ROUTES = (
    web.get("/", home),
    web.get("/healthz", health),
    web.get("/static/{name:.+}", static_file),
    web.post("/language", choose_language),
)
