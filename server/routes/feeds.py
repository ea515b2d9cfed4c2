"""Own feeds: the page that opens and closes them, and the address that programs read."""

import math
from datetime import datetime

from aiohttp import hdrs, web

from coaching.errors import BadInput, NotFound, TweespraakError
from server.caller import caller_of
from server.feed_pace import could_be_token
from server.routes.forms import Form
from server.routes.giving_back import gives_back
from server.routes.keys import FEED_PACE, PARTS
from server.routes.page import form_of, page, see, words_of
from server.routes.rights import ANY_STAFF, staff_only
from server.usecases.context import Parts, StaffActor
from server.usecases.feeds import (
    FeedText,
    close_feed,
    feed_kind,
    list_feeds,
    make_feed,
    read_feed,
)
from server.usecases.throttle import block_of


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
    parts, pace = request.app[PARTS], request.app[FEED_PACE]
    token, now = request.match_info["token"], parts.now()
    address = block_of(caller_of(request, parts.settings.proxies))
    if wait := pace.wait(address, token, now=now):
        return _too_often(request, wait)
    feed = await _behind(parts, token, now=now)
    if feed is None:
        pace.nothing(address, token, now=now)
        return web.Response(status=404, text="404\n")
    pace.opened(token)
    response = web.Response(body=feed.body, content_type="text/calendar", charset="utf-8")
    if request.if_none_match and any(one.value in (feed.tag, "*") for one in request.if_none_match):
        response = web.Response(status=304)
    response.etag = feed.tag
    response.headers[hdrs.CACHE_CONTROL] = "private, no-cache"
    return response


async def _behind(parts: Parts, token: str, *, now: datetime) -> FeedText | None:
    if not could_be_token(token):
        return None
    try:
        return await read_feed(parts, token, now=now)
    except NotFound:
        return None


def _too_often(request: web.Request, wait: float) -> web.Response:
    minutes = math.ceil(wait / 60)
    words = words_of(request)
    response = web.Response(status=429, text=words.say("feeds.too_often", minutes=minutes) + "\n")
    response.headers[hdrs.RETRY_AFTER] = str(math.ceil(wait))
    return response


ROUTES = (
    web.get("/calendars/feeds", show_feeds),
    web.post("/calendars/feeds", change),
    web.get("/feeds/{token}.ics", give_feed),
)
