"""R6: an online talk has a task to do together."""

from datetime import datetime

from coaching.facts import BookingFacts, Known
from coaching.history import is_counted
from coaching.rules.rule import Finding, Hardness, Rule
from coaching.settings import BlendSettings
from coaching.trigger_facts import ClosingFacts
from coaching.verdict import Action, Outcome, Text
from coaching.words import Mode


def _booked_without_task(
    facts: BookingFacts, settings: BlendSettings, _: datetime
) -> Finding | None:
    if facts.mode is not Mode.VIDEO or facts.has_task or not is_counted(facts, settings):
        return None
    return Finding(outcome=Outcome.ALLOW_WITH, actions=(Action.COACH_TODO,))


def _closed_without_task(
    facts: ClosingFacts, settings: BlendSettings, _: datetime
) -> Finding | None:
    if facts.mode is not Mode.VIDEO or facts.task_given_or_discussed:
        return None
    in_a_row = facts.taskless_before + 1 >= settings.taskless_in_a_row
    actions = (Action.ASK_REASON, Action.NOTICE) if in_a_row else (Action.ASK_REASON,)
    return Finding(outcome=Outcome.ALLOW_WITH, actions=actions)


RULES: tuple[Rule[BookingFacts], ...] = (
    Rule(
        id="R6",
        hardness=Hardness.SOFT,
        liftable_by=0,
        staff=Text(
            nl="Dit videogesprek heeft nog geen taak om samen te doen.",
            en="This video talk has no task to do together yet.",
        ),
        candidate=None,
        sources=("domain 5.4 R6", "S2"),
        check=_booked_without_task,
        needs=Known.TASKS,
    ),
)

CLOSING_RULES: tuple[Rule[ClosingFacts], ...] = (
    Rule(
        id="R6",
        hardness=Hardness.SOFT,
        liftable_by=0,
        staff=Text(
            nl="In dit videogesprek is geen taak gegeven of besproken. Waarom niet?",
            en="No task was given or discussed in this video talk. Why not?",
        ),
        candidate=None,
        sources=("domain 5.4 R6", "S2"),
        check=_closed_without_task,
    ),
)
