"""The one place where the web process is put together; nothing happens at import."""

from collections.abc import AsyncIterator

from aiohttp import web

from server.feed_pace import FeedPace
from server.headers import REPORTS_PATH
from server.jitsi import jitsi_engine
from server.long_work import PATIENCE_SECONDS, LongWork
from server.practice_desk import PRACTICE, PracticeDesk
from server.routes import (
    accounts,
    address,
    after,
    agreements,
    attention,
    availability,
    board,
    booking,
    calendars,
    candidates,
    coach_bars,
    contracts,
    desk,
    door,
    erasing,
    everybody,
    exceptions,
    excuse,
    explaining,
    fallback,
    feeds,
    getting_in,
    guidance,
    invitation,
    letters,
    meetings,
    nudge,
    numbers,
    own_choice,
    own_desk,
    own_place,
    own_reminders,
    photos,
    planner,
    plans,
    practice,
    practice_booking,
    practice_talk,
    practice_together,
    proposals,
    readiness,
    reason,
    stand_in,
    talk,
    tasks,
    today,
    writing,
)
from server.routes.jitsi import JITSI_PATH, jitsi_app
from server.routes.keys import FEED_PACE, LONG_WORK, PARTS, ROOMS, TEMPLATES, WEB_FILES, TalkRooms
from server.routes.page import make_templates
from server.routes.reports import reports_app
from server.talk_rooms import make_rooms
from server.talk_watch import watched
from server.usecases.context import Parts
from server.usecases.practising_measured import keep_measured
from server.webfiles import load_web_files

MAX_BODY = 64 * 1024

ROUTES = (
    *everybody.ROUTES,
    *accounts.ROUTES,
    *invitation.ROUTES,
    *own_choice.ROUTES,
    *own_desk.ROUTES,
    *own_place.ROUTES,
    *own_reminders.ROUTES,
    *getting_in.ROUTES,
    *nudge.ROUTES,
    *talk.ROUTES,
    *excuse.ROUTES,
    *practice_talk.ROUTES,
    *fallback.ROUTES,
    *tasks.ROUTES,
    *writing.ROUTES,
    *after.ROUTES,
    *planner.ROUTES,
    *board.ROUTES,
    *candidates.ROUTES,
    *plans.ROUTES,
    *explaining.ROUTES,
    *booking.ROUTES,
    *meetings.ROUTES,
    *reason.ROUTES,
    *stand_in.ROUTES,
    *letters.ROUTES,
    *today.ROUTES,
    *attention.ROUTES,
    *desk.ROUTES,
    *agreements.ROUTES,
    *contracts.ROUTES,
    *coach_bars.ROUTES,
    *erasing.ROUTES,
    *photos.ROUTES,
    *guidance.ROUTES,
    *readiness.ROUTES,
    *address.ROUTES,
    *exceptions.ROUTES,
    *numbers.ROUTES,
    *availability.ROUTES,
    *practice.ROUTES,
    *practice_booking.ROUTES,
    *practice_together.ROUTES,
    *feeds.ROUTES,
    *calendars.ROUTES,
    *proposals.ROUTES,
)


def build_app(parts: Parts, *, signaling: TalkRooms | None = None) -> web.Application:
    """Put the web process together for `parts`.

    `signaling` is given by tests that want their own; otherwise it is made for the settings.

    Raises:
        WebPartMissing: the web part is not built.
    """
    app = web.Application(
        client_max_size=MAX_BODY,
        middlewares=[
            door.number_and_log,
            door.add_headers,
            door.translate_errors,
            door.know_visitor,
            door.guard_posts,
        ],
    )
    app[PARTS] = parts
    app[FEED_PACE] = FeedPace()
    alone = not parts.settings.redis_url
    app[LONG_WORK] = LongWork(patience=PATIENCE_SECONDS if alone else None)
    app[WEB_FILES] = load_web_files()
    app[TEMPLATES] = make_templates()
    engine = jitsi_engine(parts.settings, parts.secret)
    app[ROOMS] = signaling or make_rooms(parts, engine)
    if engine is not None:
        app.add_subapp(JITSI_PATH, jitsi_app(parts, app[ROOMS], engine))
    app.add_subapp(REPORTS_PATH, reports_app())
    app[PRACTICE] = PracticeDesk(parts, keep=keep_measured)
    app.add_routes(ROUTES)
    app.on_startup.append(_start_rooms)
    app.cleanup_ctx.append(_watch_talks)
    app.on_shutdown.append(_close_rooms)
    app.on_cleanup.append(_stop_work)
    return app


async def _start_rooms(app: web.Application) -> None:
    """Take up the rooms that the process before left."""
    await app[ROOMS].start()
    await app[PRACTICE].rooms.start()


async def _watch_talks(app: web.Application) -> AsyncIterator[None]:
    """Nobody stays in a talk that was moved or cancelled."""
    async with watched(app[PARTS], app[ROOMS]):
        yield


async def _close_rooms(app: web.Application) -> None:
    """Before aiohttp waits for its handlers: sockets never end by themselves."""
    await app[ROOMS].close()
    await app[PRACTICE].rooms.close()


async def _stop_work(app: web.Application) -> None:
    """What goes on for a page that nobody will come for."""
    await app[LONG_WORK].stop()
