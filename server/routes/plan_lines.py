"""The lines of a plan as its page shows them: what is wrong with each, why, and what else."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from aiohttp import web

from coaching.verdict import Action
from coaching.words import Language
from server.routes.drafts import AlternativeButton, buttons_for, room_buttons
from server.routes.page import words_of
from server.texts import Catalogue
from server.usecases.explaining import RuleText, rules_of
from server.usecases.people import RoomView
from server.usecases.planning import PlanProblem, ProposedPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class LineForm:
    """One line of the plan as the page shows it, with what is wrong or worth knowing."""

    number: int
    fields: Mapping[str, str]
    wrong: tuple[str, ...]
    warnings: tuple[str, ...]
    refusal: tuple[RuleText, ...] = ()
    alternatives: tuple[AlternativeButton, ...] = ()
    added: bool = False  # put in just now


def line_forms(
    request: web.Request,
    plan: ProposedPlan | None,
    typed: list[dict[str, str]] | None,
    rooms: tuple[RoomView, ...],
) -> tuple[LineForm, ...]:
    """The lines as they were typed, or as the plan has them."""
    texts = words_of(request).texts
    fields = typed if typed is not None else _fields_of(plan)
    return tuple(
        replace(
            LineForm(
                number=number,
                fields=line,
                wrong=tuple(said(one, texts) for one in _of_line(plan, number)),
                warnings=_warnings(plan, number, texts.language),
                added=plan is not None and plan.added == number,
                alternatives=_rooms_instead(plan, number, rooms),
            ),
            **_refused(request, plan, number, line, rooms),
        )
        for number, line in enumerate(fields)
    )


def _rooms_instead(
    plan: ProposedPlan | None, number: int, rooms: tuple[RoomView, ...]
) -> tuple[AlternativeButton, ...]:
    """Where the room of a line does not fit: those that do."""
    wrong = (one for one in _of_line(plan, number) if "fits" in one.params)
    return room_buttons(next(wrong, None), rooms)


def _refused(
    request: web.Request,
    plan: ProposedPlan | None,
    number: int,
    fields: Mapping[str, str],
    rooms: tuple[RoomView, ...],
) -> dict[str, Any]:
    """The rules that refuse a line of the plan, and what they allow in its place."""
    if plan is None or number >= len(plan.lines) or not _of_line(plan, number):
        return {}
    verdict, words = plan.lines[number].verdict, words_of(request)
    if verdict.allowed:
        return {}
    asked = {**fields, "candidate": request.match_info["id"]}
    language = words.texts.language
    return {
        "refusal": rules_of(verdict, language),
        "alternatives": buttons_for(verdict, asked, rooms, language=language, zone=words.zone),
    }


def _fields_of(plan: ProposedPlan | None) -> list[dict[str, str]]:
    if plan is None:
        return []
    return [
        {
            "kind": one.line.kind,
            "mode": one.line.mode,
            "day": one.line.starts_local.date().isoformat(),
            "time": f"{one.line.starts_local:%H:%M}",
            "minutes": str(one.line.minutes),
            "room": str(one.line.room or ""),
            "office_reason": one.line.office_reason,
        }
        for one in plan.lines
    ]


def _of_line(plan: ProposedPlan | None, number: int) -> list[PlanProblem]:
    return [one for one in plan.problems if one.line == number] if plan else []


def _warnings(plan: ProposedPlan | None, number: int, language: Language) -> tuple[str, ...]:
    if plan is None or number >= len(plan.lines):
        return ()
    line = plan.lines[number]
    return line.warnings_nl if language is Language.NL else line.warnings_en


def of_the_whole(plan: ProposedPlan | None, texts: Catalogue) -> dict[str, object]:
    """What is in the way of the plan as a whole, what is remarked, and whether R14 asks why."""
    if plan is None:
        return {"general": (), "remarks": (), "asks_why": False}
    return {
        "general": tuple(said(one, texts) for one in plan.problems if one.line is None),
        "remarks": tuple(said(one, texts) for one in plan.remarks),
        "asks_why": any(Action.ASK_REASON in one.verdict.actions for one in plan.lines),
    }


def said(problem: PlanProblem, texts: Catalogue) -> str:
    """A problem in the reader's language."""
    own = problem.nl if texts.language is Language.NL else problem.en
    return own or texts.say(f"error.{problem.code}", **problem.params)
