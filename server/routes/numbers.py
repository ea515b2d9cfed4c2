"""The numbers of the rules: which hold, what a change would mean, a new version."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from aiohttp import web

from coaching.errors import TweespraakError
from server.errors import Problem, problem_of
from server.routes.forms import Form
from server.routes.giving_back import gives_back
from server.routes.keys import PARTS
from server.routes.page import form_of, page, see, words_of
from server.routes.rights import SETTING_UP, staff_only
from server.usecases.blend_settings import (
    JudgedAnew,
    list_versions,
    preview_settings,
    save_settings,
    settings_at,
    settings_of,
)
from server.usecases.context import Parts, StaffActor
from server.usecases.numbers import as_numbers
from server.usecases.reach_of_numbers import ReachOfNumbers, reach_of_numbers

# Where a number stands on the page; what no group names comes last.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "share": ("lower_percent", "upper_percent", "less_skilled_percent", "offline_within_days"),
    "silence": ("light", "usual", "extra", "offline_after", "talk_soon", "cadence", "candidate_"),
    "contact": ("seen_contact", "written_", "missed_", "nudge", "remind_"),
    "practice": ("practice_", "video_fresh", "failures_", "help_free"),
    "failing": ("connect_", "audio_", "reconnect", "answer_", "offline_slots", "slots_held"),
    "booking": ("notice_", "staff_notice", "horizon", "contract_", "exception_"),
    "picture": ("camera_", "banner_", "question_", "unseen_", "held_", "online_seen", "checkin_"),
}


@staff_only(SETTING_UP)
async def show(request: web.Request, _actor: StaffActor) -> web.Response:
    """The numbers as they are, and all versions."""
    return await _page(request, Form({}))


async def _page(
    request: web.Request,
    form: Form,
    *,
    error: TweespraakError | None = None,
    anew: tuple[JudgedAnew, ...] | None = None,
    reach: ReachOfNumbers | None = None,
) -> web.Response:
    parts = request.app[PARTS]
    versions = await list_versions(parts)
    tomorrow = parts.now().astimezone(parts.settings.tz).date() + timedelta(days=1)
    starts_on = max(tomorrow, versions[0].starts_on)
    standing = as_numbers(await settings_at(parts, versions[0].starts_on))
    facts = {
        "groups": _grouped(standing),
        "form": {
            "starts_on": starts_on.isoformat(),
            **{name: str(value) for name, value in standing.items()},
            **form.fields,
        },
        "seen": versions[0].version,
        "versions": versions,
        "anew": anew,
        "reach": reach,
        **({"problem": _named(request, error)} if error else {}),
        "done": request.query.get("done", ""),
    }
    return page(request, "numbers.html", facts, back="/settings", error=error)


async def _again(request: web.Request, _actor: StaffActor, error: TweespraakError) -> web.Response:
    form = Form(form_of(request))
    if error.code == "numbers_just_saved":
        form = await _own_changes(request.app[PARTS], form)
    return await _page(request, form, error=error)


async def _own_changes(parts: Parts, form: Form) -> Form:
    """Only what this admin changed: the rest of the page shows what was just saved."""
    seen = as_numbers(await settings_of(parts, form.whole("seen")))
    kept = {name: text for name, text in form.fields.items() if text.strip() != str(seen.get(name))}
    return Form(kept)


def _named(request: web.Request, error: TweespraakError) -> Problem:
    """The problem; of numbers that contradict each other it says which."""
    words = words_of(request)
    problem = problem_of(error, words.texts)
    other = str(error.params.get("other", ""))
    if problem.field is None or error.code != "settings_contradict":
        return problem
    one = words.say(f"setting.{problem.field}")
    if not words.texts.has(f"setting.{other}") or other == problem.field:
        return replace(problem, sentence=words.say("setting.wrong", one=one))
    said = words.say("setting.contradict", one=one, other=words.say(f"setting.{other}"))
    return replace(problem, sentence=said)


def _grouped(standing: Mapping[str, int]) -> list[tuple[str, list[str]]]:
    left = list(standing)
    found = []
    for group, heads in GROUPS.items():
        names = [name for name in left if name.startswith(heads)]
        left = [name for name in left if name not in names]
        found.append((group, names))
    return [*found, ("other", left)]


@staff_only(SETTING_UP)
@gives_back(_again)
async def change(request: web.Request, actor: StaffActor) -> web.Response:
    """Show what would change, or save the new version."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    starts_on = form.day("starts_on")
    seen = form.whole("seen")
    standing = as_numbers(await settings_of(parts, seen))
    typed = {name: form.whole(name) for name in standing if name in form.fields}
    changed = {name: value for name, value in typed.items() if value != standing[name]}
    if form.text("step") == "save":
        key = form.given("key")
        version = await save_settings(
            parts, actor, changed, starts_on=starts_on, seen=seen, key=key, now=parts.now()
        )
        return see(f"/settings?done={version}")
    anew = await preview_settings(
        parts, actor, changed, starts_on=starts_on, seen=seen, now=parts.now()
    )
    reach = await reach_of_numbers(
        parts, actor, changed, starts_on=starts_on, seen=seen, now=parts.now()
    )
    return await _page(request, form, anew=anew, reach=reach)


ROUTES = (
    web.get("/settings", show),
    web.post("/settings", change),
)
