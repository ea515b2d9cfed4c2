"""The coach's day, who waits, and notices."""

from dataclasses import replace
from uuid import UUID

from aiohttp import web

from coaching.errors import NotFound
from coaching.getting_in import DeviceVerdict
from server.routes.forms import Form, own_path, to_uuid
from server.routes.keys import PARTS, ROOMS
from server.routes.page import form_of, home_of, page, see
from server.routes.rights import ANY_STAFF, COACHING, staff_only
from server.usecases.coach_desk import who_chose
from server.usecases.context import StaffActor
from server.usecases.device_checks import troubles
from server.usecases.overview import TodayLine, TodayView, dismiss_notice, today
from server.usecases.readiness import coaches_readiness


async def _day_of(request: web.Request, actor: StaffActor) -> TodayView:
    """The coach's day, with the waiting rooms as they are now."""
    parts = request.app[PARTS]
    view = await today(parts, actor, now=parts.now())
    wanted = [UUID(line.meeting.id) for line in view.lines]
    waiting = await request.app[ROOMS].waiting(wanted)
    troubled = await troubles(parts, wanted, now=parts.now())
    return replace(view, lines=tuple(_with_room(line, waiting, troubled) for line in view.lines))


def _with_room(
    line: TodayLine, waiting: frozenset[UUID], troubled: dict[UUID, DeviceVerdict]
) -> TodayLine:
    meeting = UUID(line.meeting.id)
    trouble = troubled.get(meeting, "") if line.can_open else ""
    return replace(line, waits=line.waits or meeting in waiting, trouble=trouble)


@staff_only(COACHING)
async def show_today(request: web.Request, actor: StaffActor) -> web.Response:
    """Today's talks; the next one large, with the button that opens it."""
    view = await _day_of(request, actor)
    parts = request.app[PARTS]
    coaches = await coaches_readiness(parts, actor)
    own = next((one for one in coaches if one.coach == actor.id), None)
    facts = {
        "day": view,
        "now": parts.now(),
        "practised": own is None or own.practised_at,
        "chosen": await who_chose(parts, actor),
    }
    return page(request, "today.html", facts)


@staff_only(COACHING)
async def show_waiting(request: web.Request, actor: StaffActor) -> web.Response:
    """The talks of today as a fragment, asked again every few seconds."""
    view = await _day_of(request, actor)
    return page(request, "today_waiting.html", {"day": view, "now": request.app[PARTS].now()})


@staff_only(ANY_STAFF)
async def take_notice_away(request: web.Request, actor: StaffActor) -> web.Response:
    """Take a notice away; a second time does nothing."""
    parts = request.app[PARTS]
    notice = to_uuid(request.match_info["id"])
    if notice is None:
        raise NotFound("notice_unknown")
    await dismiss_notice(parts, actor, notice, now=parts.now())
    return see(own_path(Form(form_of(request)).text("back"), home_of(actor)))


ROUTES = (
    web.get("/today", show_today),
    web.get("/today/waiting", show_waiting),
    web.post("/notices/{id}/seen", take_notice_away),
)
