"""The planner's week."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from aiohttp import web

from coaching.errors import BadInput
from server.routes.board import board_facts
from server.routes.keys import PARTS
from server.routes.page import page
from server.routes.rights import PLANNING, staff_only
from server.usecases.board import BusyMark, busy_marks
from server.usecases.context import StaffActor
from server.usecases.overview import WeekView, week
from server.usecases.people import list_coaches, list_rooms

_WEEK = re.compile(r"(\d{4})-W(\d{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsureLine:
    """A time of a day at which somebody or a room is perhaps busy; the whole day has no times."""

    name: str
    starts_at: datetime | None
    ends_at: datetime | None


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
    names: dict[UUID, str] = {coach.id: coach.name for coach in coaches}
    names |= {room.id: room.name for room in await list_rooms(parts)}
    marks = [
        mark
        for mark in await busy_marks(parts, view)
        if mark.owner in names and (not name or str(mark.owner) == chosen)
    ]
    wants_board = request.query.get("view") == "board"
    facts = {
        "week": shown,
        "board": await board_facts(request, shown, marks) if wants_board else "",
        "unsure": _unsure_by_day(view, marks, names, parts.settings.tz),
        "this_week": f"{year}-W{number:02}",
        "today": today,
        "coaches": coaches,
        "chosen": chosen if name else "",
    }
    return page(request, "planner.html", facts)


def _unsure_by_day(
    view: WeekView, marks: Iterable[BusyMark], names: Mapping[UUID, str], tz: ZoneInfo
) -> dict[date, list[UnsureLine]]:
    unsure = [mark for mark in marks if not mark.sure]
    return {
        column.day: [
            _on_day(mark, column.day, names, tz)
            for mark in unsure
            if _touches(mark, column.day, tz)
        ]
        for column in view.days
    }


def _touches(mark: BusyMark, day: date, tz: ZoneInfo) -> bool:
    starts, ends = _bounds(day, tz)
    return mark.starts_at < ends and mark.ends_at > starts


def _on_day(mark: BusyMark, day: date, names: Mapping[UUID, str], tz: ZoneInfo) -> UnsureLine:
    starts, ends = _bounds(day, tz)
    whole = mark.starts_at <= starts and mark.ends_at >= ends
    return UnsureLine(
        name=names[mark.owner],
        starts_at=None if whole else max(mark.starts_at, starts),
        ends_at=None if whole else min(mark.ends_at, ends),
    )


def _bounds(day: date, tz: ZoneInfo) -> tuple[datetime, datetime]:
    return datetime.combine(day, time(), tz), datetime.combine(day + timedelta(days=1), time(), tz)


def _only(view: WeekView, coach_name: str) -> WeekView:
    days = tuple(
        replace(day, meetings=tuple(m for m in day.meetings if m.coach_name == coach_name))
        for day in view.days
    )
    return replace(view, days=days)


ROUTES = (web.get("/planner", show_week),)
