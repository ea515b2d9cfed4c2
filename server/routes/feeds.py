"""Own feeds: the page that opens and closes them, and the address that programs read."""

from aiohttp import hdrs, web

from coaching.errors import BadInput, NotFound, TweespraakError
from server.routes.forms import Form
from server.routes.giving_back import gives_back
from server.routes.keys import PARTS
from server.routes.page import form_of, page, see
from server.routes.rights import ANY_STAFF, staff_only
from server.usecases.context import StaffActor
from server.usecases.feeds import close_feed, feed_kind, list_feeds, make_feed, read_feed


@staff_only(ANY_STAFF)
async def show_feeds(request: web.Request, actor: StaffActor) -> web.Response:
    """The feeds of this person, with how rarely programs look."""
    return await _page(request, actor)


async def _page(
    request: web.Request, actor: StaffActor, error: TweespraakError | None = None
) -> web.Response:
    facts = {
        "feeds": await list_feeds(request.app[PARTS], actor),
        "done": request.query.get("done", ""),
    }
    return page(request, "feeds.html", facts, back="/calendars/feeds", error=error)


@staff_only(ANY_STAFF)
@gives_back(_page)
async def change(request: web.Request, actor: StaffActor) -> web.Response:
    """Open a feed, give it a new address, or close it: one button each."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    kind, owner = feed_kind(form.given("kind")), form.reference("owner")
    match form.given("step"):
        case "open":
            await make_feed(parts, actor, kind, owner, now=parts.now())
        case "close":
            await close_feed(parts, actor, kind, owner, now=parts.now())
        case _:
            raise BadInput("choice_bad", field="step")
    return see(f"/calendars/feeds?done={form.given('step')}")


async def give_feed(request: web.Request) -> web.Response:
    """The feed for a calendar program; a wrong address and a closed one look the same."""
    parts = request.app[PARTS]
    try:
        feed = await read_feed(parts, request.match_info["token"], now=parts.now())
    except NotFound:
        return web.Response(status=404, text="404\n")
    response = web.Response(body=feed.body, content_type="text/calendar", charset="utf-8")
    if request.if_none_match and any(one.value in (feed.tag, "*") for one in request.if_none_match):
        response = web.Response(status=304)
    response.etag = feed.tag
    response.headers[hdrs.CACHE_CONTROL] = "private, no-cache"
    return response


ROUTES = (
    web.get("/calendars/feeds", show_feeds),
    web.post("/calendars/feeds", change),
    web.get("/feeds/{token}.ics", give_feed),
)
