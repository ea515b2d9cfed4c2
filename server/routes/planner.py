"""The planner's week."""

import re
from dataclasses import replace
from datetime import date

from aiohttp import web

from coaching.errors import BadInput
from server.routes.board import board_facts
from server.routes.keys import PARTS
from server.routes.page import page
from server.routes.rights import PLANNING, staff_only
from server.usecases.context import StaffActor
from server.usecases.overview import WeekView, week
from server.usecases.people import list_coaches

_WEEK = re.compile(r"(\d{4})-W(\d{2})")


def read_week(text: str, today: date) -> tuple[int, int]:
    """Year and week of ISO 8601 from `2027-W09`; empty is the week of `today`.

    Raises:
        BadInput: `week_bad`, there is no such week.
    """
    if not text:
        year, number, _ = today.isocalendar()
        return year, number
    found = _WEEK.fullmatch(text)
    if found is None:
        raise BadInput("week_bad", field="week")
    year, number = int(found[1]), int(found[2])
    try:
        date.fromisocalendar(year, number, 1)
    except ValueError:
        raise BadInput("week_bad", field="week") from None
    return year, number


@staff_only(PLANNING)
async def show_week(request: web.Request, actor: StaffActor) -> web.Response:
    """All coaches and rooms, Monday first; `coach` narrows it to one; `view=board` to drag."""
    parts = request.app[PARTS]
    today = parts.now().astimezone(parts.settings.tz).date()
    year, number = read_week(request.query.get("week", ""), today)
    view = await week(parts, actor, year=year, week=number)
    coaches = await list_coaches(parts)
    chosen = request.query.get("coach", "")
    name = next((coach.name for coach in coaches if str(coach.id) == chosen), "")
    shown = _only(view, name) if name else view
    wants_board = request.query.get("view") == "board"
    facts = {
        "week": shown,
        "board": await board_facts(request, shown) if wants_board else "",
        "this_week": f"{year}-W{number:02}",
        "today": today,
        "coaches": coaches,
        "chosen": chosen if name else "",
    }
    return page(request, "planner.html", facts)


def _only(view: WeekView, coach_name: str) -> WeekView:
    days = tuple(
        replace(day, meetings=tuple(m for m in day.meetings if m.coach_name == coach_name))
        for day in view.days
    )
    return replace(view, days=days)


ROUTES = (web.get("/planner", show_week),)
