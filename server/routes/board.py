"""The board of the planner's week: its facts as JSON, and a meeting that was dragged."""

import json
from collections.abc import Iterable
from urllib.parse import urlencode

from aiohttp import web

from coaching.errors import Conflict, TweespraakError
from server.errors import problem_of
from server.routes.drafts import as_links
from server.routes.forms import Form
from server.routes.instead import fields_of, instead_of
from server.routes.keys import PARTS
from server.routes.page import form_of, new_key, visit_of, words_of
from server.routes.rights import PLANNING, staff_only
from server.usecases.board import BoardMeeting, BusyMark, board_of
from server.usecases.booking import MoveRequest, move_meeting
from server.usecases.context import MeetingId, RoomId, StaffActor
from server.usecases.overview import MeetingView, WeekView, show_meeting
from server.usecases.people import list_coaches, list_rooms
from server.usecases.soft_rules import told_at_once

_TEXTS = "board."
_WALL = "%Y-%m-%dT%H:%M"
_MAY_BE_OVER = ("calendar_busy", "calendar_maybe_busy")  # whoever says so plans it all the same


async def board_facts(request: web.Request, week: WeekView, busy: Iterable[BusyMark]) -> str:
    """Everything that the board's module needs, safe inside a script element (HTML 4.12.1.3)."""
    parts = request.app[PARTS]
    words = words_of(request)
    coaches = await list_coaches(parts)
    rooms = await list_rooms(parts)
    meetings = await board_of(parts, week)
    known = {
        "csrf": visit_of(request).csrf,
        "language": words.texts.language,
        "monday": week.days[0].day.isoformat(),
        "weekend": any(day.meetings for day in week.days[5:]),
        "texts": words.texts.starting_with(_TEXTS),
        "coaches": [{"id": str(one.id), "title": one.name} for one in coaches],
        "rooms": [{"id": str(one.id), "title": f"{one.name}, {one.place_name}"} for one in rooms],
        "meetings": [_event(request, one) for one in meetings],
        "busy": [_busy(request, one) for one in busy],
    }
    text = json.dumps(known, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _event(request: web.Request, meeting: BoardMeeting) -> dict[str, object]:
    zone = request.app[PARTS].settings.tz
    words = words_of(request)
    line = meeting.line
    return {
        "id": str(meeting.id),
        "coach": str(meeting.coach),
        "room": str(meeting.room or ""),
        "start": line.starts_at.astimezone(zone).strftime(_WALL),
        "end": line.ends_at.astimezone(zone).strftime(_WALL),
        "title": line.candidate_name,
        "kind": words.say(f"kind.{line.kind}"),
        "mode": line.mode,
        "mode_text": words.say(f"mode.{line.mode}"),
        "revision": meeting.revision,
        "movable": meeting.movable,
        "key": new_key(),
    }


def _busy(request: web.Request, mark: BusyMark) -> dict[str, object]:
    zone = request.app[PARTS].settings.tz
    return {
        "owner": str(mark.owner),
        "start": mark.starts_at.astimezone(zone).strftime(_WALL),
        "end": mark.ends_at.astimezone(zone).strftime(_WALL),
        "sure": mark.sure,
    }


@staff_only(PLANNING)
async def drag(request: web.Request, actor: StaffActor) -> web.Response:
    """A meeting was dropped at another time or in another room: 200, or the reason why not."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    meeting = MeetingId(form.reference("meeting"))
    view = await show_meeting(parts, actor, meeting, now=parts.now())
    room = form.optional_reference("room")
    try:
        done = await move_meeting(
            parts,
            actor,
            meeting,
            MoveRequest(
                starts_local=form.wall_time("day", "time"),
                minutes=view.minutes,
                mode=view.mode,
                room=RoomId(room) if room else None,
                over_busy=bool(form.text("over_busy")),
            ),
            revision=form.whole("revision"),
            key=form.given("key"),
            now=parts.now(),
        )
    except TweespraakError as error:
        return await _sprung_back(request, actor, view, form, error)
    moved = await show_meeting(parts, actor, meeting, now=parts.now())
    words = words_of(request)
    soft = (one.staff.to(words.texts.language) for one in told_at_once(done.verdict))
    said = " ".join((words.say("meeting.done_moved"), *soft))
    return web.json_response({"revision": moved.revision, "key": new_key(), "text": said})


async def _sprung_back(
    request: web.Request,
    actor: StaffActor,
    view: MeetingView,
    form: Form,
    error: TweespraakError,
) -> web.Response:
    """Why it goes back, where that is explained, and what else can be done."""
    problem = problem_of(error, words_of(request).texts)
    path = f"/meetings/{view.line.id}"
    asked = fields_of(view, {name: form.text(name) for name in ("day", "time", "room")})
    instead = as_links(await instead_of(request, actor, view, asked, error), path)
    answer = {
        "code": problem.code,
        "text": problem.sentence,
        "rule": problem.rule,
        "may_be_over": isinstance(error, Conflict) and error.code in _MAY_BE_OVER,
        "why": f"/meetings/new/why?{urlencode(asked)}" if problem.rule else "",
        "alternatives": [{"label": one.label, "href": one.href} for one in instead],
        "details": path,
    }
    return web.json_response(answer, status=problem.status)


ROUTES = (web.post("/api/board/move", drag),)
