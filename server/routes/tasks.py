"""The tasks of a talk: on the page of the appointment, in the talk, and behind the link."""

from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web

from coaching.errors import BadInput, Conflict, NotFound, Refused, TweespraakError
from coaching.words import NoNextReason, NoTaskReason, Role
from server.errors import problem_of
from server.routes.forms import Form, own_path
from server.routes.giving_back import gives_back
from server.routes.keys import PARTS
from server.routes.meetings import meeting_again
from server.routes.meetings import meeting_in as meeting_of_staff
from server.routes.page import form_of, page, refusal_facts, see, words_of
from server.routes.rights import ANY_STAFF, staff_only
from server.routes.talk import as_whom, language_of, meeting_in, refuse
from server.usecases.access import ByLink
from server.usecases.context import Actor, GuestActor, MeetingId, Parts, StaffActor
from server.usecases.joining import open_talk
from server.usecases.next_date import NextTime, book_next, next_times
from server.usecases.tasks import (
    discuss_task,
    give_task,
    say_why_no_next,
    say_why_no_task,
    take_task_away,
    task_sheet,
    tick_task,
    write_next_step,
)


async def _do(parts: Parts, actor: StaffActor, meeting: MeetingId, form: Form) -> None:
    """What a form of staff asks for.

    Raises:
        BadInput: `choice_bad`, nothing that can be done; and as the use cases.
    """
    key, now = form.given("key"), parts.now()
    match form.text("do"):
        case "give":
            await give_task(parts, actor, meeting, form.text("text"), key=key, now=now)
        case "drop":
            task = form.reference("task")
            await take_task_away(parts, actor, meeting, task, key=key, now=now)
        case "discuss" | "undiscuss" as what:
            task, discussed = form.reference("task"), what == "discuss"
            await discuss_task(parts, actor, meeting, task, discussed=discussed, now=now)
        case "next_step":
            await write_next_step(parts, actor, meeting, form.text("next_step"), key=key, now=now)
        case "why":
            reason = form.choice("reason", NoTaskReason)
            await say_why_no_task(parts, actor, meeting, reason, key=key, now=now)
        case "next_date":
            await book_next(parts, actor, meeting, form.given("offer"), key=key, now=now)
        case "no_next" | "next_after_all" as what:
            because = form.choice("reason", NoNextReason) if what == "no_next" else None
            await say_why_no_next(parts, actor, meeting, because, key=key, now=now)
        case _:
            raise BadInput("choice_bad", field="do")


async def _tick(parts: Parts, actor: GuestActor | ByLink, form: Form) -> None:
    """The candidate's tick, or its opposite."""
    done = form.text("do") == "tick"
    await tick_task(parts, actor, form.reference("task"), done=done, now=parts.now())


@staff_only(ANY_STAFF)
@gives_back(meeting_again)
async def change(request: web.Request, actor: StaffActor) -> web.Response:
    """Give, discuss or take back a task on the page of the appointment."""
    meeting = meeting_of_staff(request)
    form = Form(form_of(request))
    await _do(request.app[PARTS], actor, meeting, form)
    return see(f"/meetings/{meeting}#tasks")


async def show(request: web.Request) -> web.Response:
    """The tasks beside the talk; the call page shows the same without being loaded again."""
    return await _tasks_page(request)


async def _tasks_page(
    request: web.Request,
    wrong: TweespraakError | None = None,
    typed: Mapping[str, str] | None = None,
) -> web.Response:
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    actor = as_whom(request, meeting)
    words = words_of(request, language_of(request, actor))
    problem = problem_of(wrong, words.texts) if wrong else None
    try:
        talk = await open_talk(parts, actor, meeting, now=parts.now())
    except Refused as error:
        return await refuse(request, actor, meeting, error)
    known = {
        "times": await _times(request, actor, meeting),
        "sheet": await task_sheet(parts, actor, meeting, now=parts.now()),
        "is_coach": talk.role is Role.COACH,
        "action": _path(request, meeting, "/tasks"),
        "back_to": _path(request, meeting),
        "problem": problem,
        **refusal_facts(wrong, words),
        "typed": typed or {},
        "phone": talk.phone,
        "phone_name": talk.phone_name,
    }
    status = problem.status if problem else HTTPStatus.OK
    return page(
        request, "talk_tasks.html", known, status=status, language=language_of(request, actor)
    )


async def _times(
    request: web.Request, actor: Actor, meeting: MeetingId
) -> tuple[NextTime, ...] | None:
    """What the coach chooses from, once they ask; None otherwise."""
    if not isinstance(actor, StaffActor) or request.query.get("next") != "choose":
        return None
    parts = request.app[PARTS]
    return await next_times(parts, actor, meeting, now=parts.now())


async def change_in_talk(request: web.Request) -> web.Response:
    """The same within the talk: the candidate ticks, the coach does the rest."""
    parts = request.app[PARTS]
    meeting = meeting_in(request)
    actor = as_whom(request, meeting)
    form = Form(form_of(request))
    try:
        await _change(parts, actor, meeting, form)
    except (BadInput, Conflict, Refused) as error:
        return await _tasks_page(request, error, form.fields)
    return see(own_path(form.text("back"), _path(request, meeting, "/tasks")))


async def _change(parts: Parts, actor: Actor, meeting: MeetingId, form: Form) -> None:
    if isinstance(actor, StaffActor):
        await _do(parts, actor, meeting, form)
    else:
        await _tick(parts, actor, form)


async def tick_by_link(request: web.Request) -> web.Response:
    """The candidate's tick on the page of the link; an old link says how things stand."""
    parts = request.app[PARTS]
    token = request.match_info["token"]
    try:
        await _tick(parts, ByLink(token=token), Form(form_of(request)))
    except (BadInput, NotFound):
        return see(f"/j/{token}")
    return see(f"/j/{token}#own-tasks")


def _path(request: web.Request, meeting: MeetingId, tail: str = "") -> str:
    as_coach = "?as=coach" if request.query.get("as") == Role.COACH else ""
    return f"/talk/{meeting}{tail}{as_coach}"


ROUTES = (
    web.post("/meetings/{id}/tasks", change),
    web.get("/talk/{meeting}/tasks", show, allow_head=False),
    web.post("/talk/{meeting}/tasks", change_in_talk),
    web.post("/j/{token}/tasks", tick_by_link),
)
