"""What keeps a coach from new meetings (R30): set by a planner, and lifted."""

from aiohttp import web

from coaching.errors import NotFound, TweespraakError
from server.routes.forms import Form, to_uuid
from server.routes.giving_back import gives_back
from server.routes.keys import PARTS
from server.routes.page import form_of, page, see
from server.routes.rights import PLANNING, staff_only
from server.usecases.coach_bars import BarCode, NewBar, lift_bar, set_bar, show_bars
from server.usecases.context import StaffActor, StaffId


def _coach_in(request: web.Request) -> StaffId:
    found = to_uuid(request.match_info["id"])
    if found is None:
        raise NotFound("coach_unknown")
    return StaffId(found)


@staff_only(PLANNING)
async def show(request: web.Request, _actor: StaffActor) -> web.Response:
    """What holds for this coach, and a form for more."""
    return await _bars_page(request)


async def _bars_page(request: web.Request, error: TweespraakError | None = None) -> web.Response:
    parts = request.app[PARTS]
    coach = await show_bars(parts, _coach_in(request), now=parts.now())
    today = parts.now().astimezone(parts.settings.tz).date().isoformat()
    typed = form_of(request) if error else {}
    facts = {
        "coach": coach,
        "codes": tuple(BarCode),
        "form": {"code": BarCode.FULL, "starts_on": today, "ends_on": "", "candidate": "", **typed},
        "done": request.query.get("done", ""),
        "count": request.query.get("count", "0"),
    }
    back = f"/coaches/{coach.coach}/bars"
    return page(request, "coach_bars.html", facts, back=back, error=error)


async def _again(request: web.Request, _actor: StaffActor, error: TweespraakError) -> web.Response:
    return await _bars_page(request, error)


@staff_only(PLANNING)
@gives_back(_again)
async def change(request: web.Request, actor: StaffActor) -> web.Response:
    """Set one, or lift the one that `lift` names."""
    parts = request.app[PARTS]
    coach = _coach_in(request)
    form = Form(form_of(request))
    key = form.given("key")
    if form.text("lift"):
        await lift_bar(parts, actor, coach, form.reference("lift"), key=key, now=parts.now())
        return see(f"/coaches/{coach}/bars?done=lifted")
    new = NewBar(
        code=form.choice("code", BarCode),
        starts_on=form.day("starts_on"),
        ends_on=form.day("ends_on") if form.text("ends_on").strip() else None,
        candidate=form.optional_reference("candidate"),
    )
    count = await set_bar(parts, actor, coach, new, key=key, now=parts.now())
    return see(f"/coaches/{coach}/bars?done=set&count={count}")


ROUTES = (
    web.get("/coaches/{id}/bars", show),
    web.post("/coaches/{id}/bars", change),
)
