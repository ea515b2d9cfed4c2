"""The practice talk: its ticket and its socket (docs/practice.md, 2 and 3)."""

from aiohttp import web

from coaching.errors import Conflict
from server.caller import caller_of
from server.errors import problem_of
from server.practice_desk import PRACTICE, PracticeFull
from server.routes.forms import Form
from server.routes.keys import PARTS
from server.routes.page import form_of, words_of


async def give_ticket(request: web.Request) -> web.Response:
    """A ticket for the page that shows a pass; the guide is on its way."""
    desk, now = request.app[PRACTICE], request.app[PARTS].now()
    shown = Form(form_of(request)).text("pass")
    address = caller_of(request, request.app[PARTS].settings.proxies)
    try:
        ticket, session = await desk.give_ticket(shown, address=address, now=now)
    except Conflict as error:
        problem = problem_of(error, words_of(request).texts)
        place = {"position": error.position} if isinstance(error, PracticeFull) else {}
        answer = {"code": problem.code, "text": problem.sentence, **place}
        return web.json_response(answer, status=problem.status)
    return web.json_response({"ticket": ticket, "role": "candidate", "session": str(session)})


async def socket(request: web.Request) -> web.StreamResponse:
    """The signalling socket of a practice talk."""
    return await request.app[PRACTICE].rooms.handle(request)


ROUTES = (
    web.post("/api/practice/ticket", give_ticket),
    web.get("/ws/practice", socket, allow_head=False),
)
