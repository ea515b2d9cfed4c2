"""Candidates and their trajectories."""

from aiohttp import web

from coaching.availability import DayPart, Need
from coaching.errors import NotFound, TweespraakError
from coaching.trigger_facts import SupportProfile
from coaching.words import Comfort, Language, Skill, SkillSource, TrajectoryState
from server.routes.drafts import BOOKABLE_MODES
from server.routes.forms import Form, to_uuid
from server.routes.giving_back import gives_back
from server.routes.keys import PARTS
from server.routes.page import form_of, page, see
from server.routes.practice_form import PRACTICE_CHOICES
from server.routes.rights import ANY_STAFF, PLANNING, staff_only
from server.usecases.agreeing import Way, agreements_of_candidate
from server.usecases.channels import Channel
from server.usecases.comfort import ComfortSaid
from server.usecases.context import CandidateId, StaffActor, StaffId
from server.usecases.contract_view import contracts_of_candidate
from server.usecases.exceptions import list_exceptions
from server.usecases.people import (
    NewCandidate,
    add_candidate,
    list_candidates,
    list_coaches,
    show_candidate,
    start_trajectory,
)
from server.usecases.places import list_places
from server.usecases.planned_talks import numbers_to_come
from server.usecases.practice_views import practices_of
from server.usecases.preferences import Preference, preference_of
from server.usecases.skill import open_proposals
from server.usecases.writing import written_of_candidate

_DEFAULT_TALKS = 8
_DEFAULT_MINUTES = 45
_CHOICES = {
    "comforts": tuple(Comfort),
    "sources": tuple(SkillSource),
    "channels": tuple(Channel),
    "day_parts": tuple(DayPart),
    "needs": tuple(Need),
    "modes": BOOKABLE_MODES,
}


def candidate_in(request: web.Request) -> CandidateId:
    """The candidate of the address.

    Raises:
        NotFound: `candidate_unknown`.
    """
    found = to_uuid(request.match_info["id"])
    if found is None:
        raise NotFound("candidate_unknown")
    return CandidateId(found)


@staff_only(ANY_STAFF)
async def show_list(request: web.Request, actor: StaffActor) -> web.Response:
    """The people, with a search."""
    parts = request.app[PARTS]
    search = request.query.get("search", "").strip()
    people = await list_candidates(parts, actor, search=search, now=parts.now())
    facts = {
        "people": people,
        "search": search,
        "may_add": actor.may(*PLANNING),
        "done": request.query.get("done", ""),
    }
    return page(request, "candidates.html", facts)


@staff_only(PLANNING)
async def show_new(request: web.Request, _actor: StaffActor) -> web.Response:
    """An empty form for a candidate."""
    return _new_page(request, Form({}))


def _new_page(
    request: web.Request, form: Form, error: TweespraakError | None = None
) -> web.Response:
    parts = request.app[PARTS]
    today = parts.now().astimezone(parts.settings.tz).date()
    source = SkillSource.INTAKE
    start = {"language": Language.NL, "skill": Skill.UNKNOWN, "skill_source": source}
    asked = {"comfort": "", "comfort_source": source, "comfort_since": today.isoformat()}
    facts = {
        "form": {**start, "skill_since": today.isoformat(), **asked, **form.fields},
        "skills": tuple(Skill),
        "sources": tuple(SkillSource),
        "comforts": tuple(Comfort),
    }
    return page(request, "candidate_new.html", facts, back="/candidates/new", error=error)


async def _new_again(
    request: web.Request, _actor: StaffActor, error: TweespraakError
) -> web.Response:
    return _new_page(request, Form(form_of(request)), error)


@staff_only(PLANNING)
@gives_back(_new_again)
async def add(request: web.Request, actor: StaffActor) -> web.Response:
    """Add a candidate; what cannot be used comes back filled in, with the reason."""
    parts = request.app[PARTS]
    form = Form(form_of(request))
    new = _read_candidate(form)
    candidate = await add_candidate(parts, actor, new, key=form.given("key"), now=parts.now())
    return see(f"/candidates/{candidate}?done=added")


def _read_candidate(form: Form) -> NewCandidate:
    return NewCandidate(
        name=form.given("name"),
        email=form.text("email"),
        phone=form.text("phone"),
        language=form.choice("language", Language),
        skill=form.choice("skill", Skill),
        skill_source=form.choice("skill_source", SkillSource),
        skill_since=form.day("skill_since"),
        comfort=read_comfort(form) if form.text("comfort") else None,
    )


def read_comfort(form: Form) -> ComfortSaid:
    """How much at ease somebody is, who said so and on which day.

    Raises:
        BadInput: as the readers of `Form`.
    """
    return ComfortSaid(
        level=form.choice("comfort", Comfort),
        source=form.choice("comfort_source", SkillSource),
        since=form.day("comfort_since"),
    )


@staff_only(ANY_STAFF)
async def show_one(request: web.Request, actor: StaffActor) -> web.Response:
    """One candidate: how the trajectory stands, and all meetings."""
    return await candidate_page(request, actor, candidate_in(request), Form({}))


async def candidate_page(
    request: web.Request,
    actor: StaffActor,
    candidate: CandidateId,
    form: Form,
    error: TweespraakError | None = None,
) -> web.Response:
    """The page of one candidate; `form` and `error` are those of a form that came back."""
    parts = request.app[PARTS]
    person = await show_candidate(parts, actor, candidate, now=parts.now())
    may_start = actor.may(*PLANNING)
    start = {"talks": str(_DEFAULT_TALKS), "minutes": str(_DEFAULT_MINUTES), "coach": ""}
    facts = {
        "person": person,
        "coaches": await list_coaches(parts) if may_start else (),
        "may_start": may_start,
        "done": request.query.get("done", ""),
        "count": request.query.get("count", ""),
        "form": {**start, **form.fields},
        "typed": form.fields,
        # Kept without its moment: what somebody likes may be of after one's guidance (0029).
        "preference": await preference_of(parts, candidate) if person.may_change else Preference(),
        "near_places": await list_places(parts),
        **_CHOICES,
        "written": await written_of_candidate(parts, actor, candidate, now=parts.now()),
        "states": [s for s in TrajectoryState if may_start or s is not TrajectoryState.RESTRICTED],
        "profiles": tuple(SupportProfile),
        "to_come": await numbers_to_come(
            parts, [one.id for one in person.trajectories], now=parts.now()
        ),
        "exceptions": await list_exceptions(parts, actor, candidate=candidate, now=parts.now()),
        "agreements": await agreements_of_candidate(parts, actor, candidate),
        "contracts": await contracts_of_candidate(parts, actor, candidate, now=parts.now()),
        "ways": tuple(way for way in Way if way is not Way.SCREEN),
        "today": parts.now().astimezone(parts.settings.tz).date().isoformat(),
        "practices": await practices_of(parts, actor, candidate, now=parts.now()),
        **PRACTICE_CHOICES,
        "proposals": [p for p in await open_proposals(parts, actor) if p.candidate == candidate],
    }
    back = f"/candidates/{candidate}"
    return page(request, "candidate_page.html", facts, back=back, error=error)


async def candidate_again(
    request: web.Request, actor: StaffActor, error: TweespraakError
) -> web.Response:
    """The page of the candidate with the reason, its forms as they were filled in."""
    return await candidate_page(
        request, actor, candidate_in(request), Form(form_of(request)), error
    )


@staff_only(PLANNING)
@gives_back(candidate_again)
async def start(request: web.Request, actor: StaffActor) -> web.Response:
    """Start a trajectory with a coach."""
    parts = request.app[PARTS]
    candidate = candidate_in(request)
    form = Form(form_of(request))
    await start_trajectory(
        parts,
        actor,
        candidate,
        StaffId(form.reference("coach")),
        talks=form.whole("talks"),
        minutes=form.whole("minutes"),
        ask_agreement=bool(form.text("ask_agreement")),
        key=form.given("key"),
        now=parts.now(),
    )
    return see(f"/candidates/{candidate}?done=started")


ROUTES = (
    web.get("/candidates", show_list),
    web.get("/candidates/new", show_new),
    web.post("/candidates/new", add),
    web.get("/candidates/{id}", show_one),
    web.post("/candidates/{id}/trajectories", start),
)
