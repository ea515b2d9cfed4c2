"""From a template to an answer: what every page knows besides its own facts."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import quote

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from coaching.access import Right
from coaching.errors import Refused, TweespraakError
from coaching.words import Language
from server.errors import problem_of
from server.routes.keys import FORM, NONCE, PARTS, REQUEST_ID, TEMPLATES, VISIT, WEB_FILES
from server.texts import Words, words_for, written_phone
from server.usecases.attention import TodoView
from server.usecases.context import StaffActor
from server.usecases.explaining import rules_of
from server.usecases.overview import HistoryLine, NoticeView
from server.web_session import Visit, stranger
from server.webfiles import web_root


@lru_cache(maxsize=1)
def make_templates() -> Environment:
    """The templates; a name that nobody gave is an error, not an empty place.

    One for a process: to compile them takes longer than most requests.
    """
    templates = Environment(
        loader=FileSystemLoader(web_root() / "templates"),
        autoescape=True,
        auto_reload=False,  # else each page asks the disk whether its dozen files are the same
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["phone"] = phone_words
    templates.filters["initials"] = initials
    templates.filters["notice_text"] = notice_text
    templates.filters["history_text"] = history_text
    templates.filters["todo_text"] = todo_text
    return templates


def phone_words(number: str) -> str:
    """A number as people write it, on one line; anything else as it is."""
    return written_phone(number).replace(" ", "\u00a0")


def initials(name: str) -> str:
    """The first letters of the first and the last part of a name, where there is no photo."""
    parts = name.split()
    return "".join(part[0] for part in (parts[0], *parts[1:][-1:])).upper() if parts else ""


def notice_text(notice: NoticeView, words: Words) -> str:
    """A notice in words; one of a newer version of the database still gets a line."""
    key = f"notice.{notice.code}"
    known = dict(notice.params)
    if "when" in known:
        known["when"] = wall_words(known["when"], words)
    return words.say(key if words.texts.has(key) else "notice.other", **known)


def wall_words(local: str, words: Words) -> str:
    """A wall time that was kept as "2027-03-03 14:00" in the reader's language; else as it is."""
    try:
        wall = datetime.fromisoformat(local)
    except ValueError:
        return local
    return f"{words.date(wall.date(), 'EEE d MMM').replace('.', '')}, {wall:%H:%M}"


def todo_text(todo: TodoView, words: Words) -> str:
    """What asks for attention, in words; what a newer database holds still gets a line."""
    key = f"todo.{todo.code}"
    known = dict(todo.params)
    if known.get("nearer"):
        key += "_nearer"
    if "letter" in known:
        key += f"_{known['letter']}"
    if "verdict" in known:
        known["what"] = words.say(f"verdict.{known['verdict']}")
    if "when" in known:
        known["when"] = wall_words(known["when"], words)
    return words.say(key if words.texts.has(key) else "todo.other", **known)


def history_text(line: HistoryLine, words: Words) -> str:
    """What happened, and who did it."""
    key = f"history.{line.what}"
    said = words.say(key if words.texts.has(key) else "history.other", **line.detail)
    who = line.actor.partition(":")[0]
    return (
        f"{said} ({words.say('history.by_' + who)})"
        if words.texts.has(f"history.by_{who}")
        else said
    )


def visit_of(request: web.Request) -> Visit:
    """Who sent this request; a stranger when that could not be found out."""
    return request.get(VISIT) or stranger(request.app[PARTS].settings)


def words_of(request: web.Request, language: Language | None = None) -> Words:
    """Words for the reader; `language` is that of the person a link was made for."""
    settings = request.app[PARTS].settings
    visit = visit_of(request)
    found = visit.chosen_language or language or visit.language(settings)
    return words_for(found, settings.tz)


def new_key() -> str:
    """An idempotency key for one filled form."""
    return secrets.token_urlsafe(18)


def page(
    request: web.Request,
    template: str,
    facts: Mapping[str, object] | None = None,
    *,
    status: int = HTTPStatus.OK,
    language: Language | None = None,
    back: str | None = None,
    error: TweespraakError | None = None,
) -> web.Response:
    """Render `template`. `back` is where the language switch returns to, if not here.

    `error` is why a form came back: the page knows it as `problem`, and has its status; of a
    refusal also the rules behind it.
    """
    words = words_of(request, language)
    settings = request.app[PARTS].settings
    visit = visit_of(request)
    problem = problem_of(error, words.texts) if error else None
    known = {
        "problem": problem,
        **refusal_facts(error, words),
        "t": words.say,
        "words": words,
        "language": words.texts.language,
        "csrf": visit.csrf,
        "new_key": new_key,
        "nonce": request.get(NONCE, ""),
        "request_id": request.get(REQUEST_ID, ""),
        "staff": visit.staff,
        "nav": _navigation(visit.staff),
        "here": request.path,
        "back": back or (request.path_qs if request.method in ("GET", "HEAD") else "/"),
        "organisation": settings.organisation,
        "organisation_phone": settings.organisation_phone,
        "asset": request.app[WEB_FILES].address,
    }
    text = request.app[TEMPLATES].get_template(template).render({**known, **(facts or {})})
    return web.Response(
        text=text, content_type="text/html", status=problem.status if problem else status
    )


def refusal_facts(error: TweespraakError | None, words: Words) -> dict[str, object]:
    """What stands behind "waarom?": the rules of a refusal, and what is possible, in words."""
    if not isinstance(error, Refused):
        return {"refusal": (), "possible": ()}
    language = words.texts.language
    return {
        "refusal": rules_of(error.verdict, language),
        "possible": tuple(words.alternative(one) for one in error.verdict.alternatives),
    }


def _navigation(staff: StaffActor | None) -> tuple[tuple[str, str], ...]:
    if staff is None:
        return ()
    links = []
    if staff.may(Right.PLAN):
        links.append(("/planner", "nav.planner"))
    if staff.may(Right.HOST):
        links += [("/today", "nav.today"), ("/people", "nav.people")]
    links += [("/attention", "nav.attention"), ("/candidates", "nav.candidates")]
    links.append(("/availability", "nav.availability"))
    if staff.may(Right.SET_UP):
        links.append(("/settings", "nav.settings"))
    return tuple(links)


def home_of(staff: StaffActor) -> str:
    """The page where this person's work begins."""
    return "/planner" if staff.may(Right.PLAN) else "/today"


def see(path: str) -> web.Response:
    """Send the browser to `path` with a GET, after a form was done (RFC 9110 15.4.4)."""
    # A token of an address came decoded, and a header holds no line break (RFC 9110 5.5).
    where = quote(path, safe="/?#%:@!$&'()*+,;=~")
    return web.Response(status=HTTPStatus.SEE_OTHER, headers={"Location": where})


def form_of(request: web.Request) -> dict[str, str]:
    """The fields of the form in this POST, as the door read them."""
    return request.get(FORM) or {}
