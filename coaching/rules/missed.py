"""R25: a talk to which somebody did not come is answered kindly, at once (P7)."""

from datetime import datetime, timedelta

from coaching.rules.alternatives import PHONE_LABEL, step
from coaching.rules.rule import Finding, Hardness, Rule
from coaching.settings import BlendSettings
from coaching.trigger_facts import MissedFacts
from coaching.verdict import Action, Outcome, Text
from coaching.words import Mode

_NEARER = step("nearer_place", Text(nl="Een plek dichterbij", en="A place nearby"))
_CALL = step("phone", PHONE_LABEL)


def _missed(facts: MissedFacts, settings: BlendSettings, now: datetime) -> Finding | None:
    if now < facts.starts_at:
        return None
    if facts.mode is Mode.OFFLINE:
        return Finding(
            outcome=Outcome.ALLOW_WITH,
            actions=(Action.COACH_TODO,),
            alternatives=(_NEARER, _CALL),
        )
    soon = now - facts.starts_at <= timedelta(minutes=settings.missed_call_minutes)
    actions: tuple[Action, ...] = (Action.PHONE_NOW if soon else Action.COACH_TODO,)
    if facts.mode is Mode.VIDEO and facts.missed_before + 1 >= settings.missed_in_a_row:
        actions = (*actions, Action.PROPOSE_OFFLINE)
    new_time = step("new_time", Text(nl="Een nieuwe tijd kiezen", en="Choose a new time"))
    return Finding(outcome=Outcome.ALLOW_WITH, actions=actions, alternatives=(new_time, _CALL))


RULES: tuple[Rule[MissedFacts], ...] = (
    Rule(
        id="R25",
        hardness=Hardness.TRIGGER,
        liftable_by=0,
        staff=Text(
            nl="De kandidaat was er niet. Bel even hoe het gaat.",
            en="The candidate was not there. Call to ask how things are.",
        ),
        candidate=Text(
            nl="Wij hebben u gemist. Alles goed? Kies een nieuwe tijd.",
            en="We missed you. Is everything all right? Choose a new time.",
        ),
        sources=("domain 5.4 R25",),
        check=_missed,
    ),
)
