"""The board of the planner's week: its facts as JSON, and a meeting that was dragged."""

import json
from urllib.parse import urlencode

from aiohttp import web

from coaching.errors import BadInput, Conflict, Refused, TweespraakError
from coaching.words import MeetingKind
from server.errors import problem_of
from server.routes.drafts import buttons_for, filled_with
from server.routes.forms import Form
from server.routes.keys import PARTS
from server.routes.page import form_of, new_key, visit_of, words_of
from server.routes.rights import PLANNING, staff_only
from server.usecases.board import BoardMeeting, board_of
from server.usecases.booking import move_meeting
from server.usecases.context import MeetingId, RoomId, StaffActor, TrajectoryId
from server.usecases.free_times import free_times
from server.usecases.overview import MeetingView, WeekView, show_meeting
from server.usecases.people import list_coaches, list_rooms

_TEXTS = "board."
_TAKEN = ("coach_taken", "candidate_taken", "room_taken")
_ALTERNATIVES = 3


async def board_facts(request: web.Request, week: WeekView) -> str:
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
    }
    text = json.dumps(known, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _event(request: web.Request, meeting: BoardMeeting) -> dict[str, object]:
    zone = request.app[PARTS].settings.tz
    words = words_of(request)
    line = meeting.line
    wall = "%Y-%m-%dT%H:%M"
    return {
        "id": str(meeting.id),
        "coach": str(meeting.coach),
        "room": str(meeting.room or ""),
        "start": line.starts_at.astimezone(zone).strftime(wall),
        "end": line.ends_at.astimezone(zone).strftime(wall),
        "title": line.candidate_name,
        "kind": words.say(f"kind.{line.kind}"),
        "mode": line.mode,
        "mode_text": words.say(f"mode.{line.mode}"),
        "revision": meeting.revision,
        "movable": meeting.movable,
        "key": new_key(),
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
        await move_meeting(
            parts,
            actor,
            meeting,
            starts_local=form.wall_time("day", "time"),
            minutes=view.minutes,
            mode=view.mode,
            room=RoomId(room) if room else None,
            revision=form.whole("revision"),
            key=form.given("key"),
            now=parts.now(),
        )
    except TweespraakError as error:
        return await _sprung_back(request, actor, view, form, error)
    moved = await show_meeting(parts, actor, meeting, now=parts.now())
    said = words_of(request).say("meeting.done_moved")
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
    alternatives = []
    if isinstance(error, Refused):
        alternatives = await _alternatives(request, view, form, error, path)
    elif isinstance(error, Conflict) and error.code in _TAKEN:
        alternatives = await _free_times(request, actor, view, form, path)
    answer = {
        "code": problem.code,
        "text": problem.sentence,
        "rule": problem.rule,
        "why": f"/meetings/new/why?{urlencode(_asked(view, form))}" if problem.rule else "",
        "alternatives": alternatives,
        "details": path,
    }
    return web.json_response(answer, status=problem.status)


async def _alternatives(
    request: web.Request, view: MeetingView, form: Form, error: Refused, path: str
) -> list[dict[str, str]]:
    words = words_of(request)
    rooms = await list_rooms(request.app[PARTS])
    buttons = buttons_for(
        error.verdict,
        _asked(view, form),
        rooms,
        language=words.texts.language,
        zone=words.zone,
    )
    return [
        {"label": one.label, "href": f"{path}?{urlencode({'fill': one.fill})}" if one.fill else ""}
        for one in buttons
    ]


async def _free_times(
    request: web.Request, actor: StaffActor, view: MeetingView, form: Form, path: str
) -> list[dict[str, str]]:
    """The next free times from the day on which it was let go; none where that is no day."""
    parts, words = request.app[PARTS], words_of(request)
    whose = TrajectoryId(view.trajectory)
    try:
        found = await free_times(
            parts,
            actor,
            whose,
            kind=MeetingKind(view.line.kind),
            mode=view.mode,
            minutes=view.minutes,
            from_day=form.day("day"),
            most=_ALTERNATIVES,
            now=parts.now(),
        )
    except BadInput:
        return []
    return [
        {
            "label": f"{words.day(one.starts_at)}, {words.clock(one.starts_at)}",
            "href": f"{path}?{urlencode({'fill': filled_with(one, words.zone, whose)})}",
        }
        for one in found
    ]


def _asked(view: MeetingView, form: Form) -> dict[str, str]:
    return {
        "candidate": str(view.candidate),
        "trajectory": str(view.trajectory),
        "meeting": view.line.id,
        "kind": view.line.kind,
        "mode": view.mode,
        "day": form.text("day"),
        "time": form.text("time"),
        "minutes": str(view.minutes),
        "room": form.text("room"),
    }


ROUTES = (web.post("/api/board/move", drag),)
