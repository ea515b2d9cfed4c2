"""R18: how the candidate likes to talk."""

from datetime import datetime

from coaching.facts import BookingFacts
from coaching.rules.alternatives import offline, phone
from coaching.rules.rule import Finding, Hardness, Rule
from coaching.settings import BlendSettings
from coaching.verdict import Action, Outcome, Text
from coaching.words import Mode


def _wished_otherwise(facts: BookingFacts, settings: BlendSettings, _: datetime) -> Finding | None:
    if facts.mode is not Mode.VIDEO or facts.preference not in (Mode.OFFLINE, Mode.PHONE):
        return None
    at_location = facts.preference is Mode.OFFLINE
    wished = offline(facts, settings) if at_location else (phone(facts),)
    return Finding(outcome=Outcome.ALLOW_WITH, actions=(Action.NOTICE,), alternatives=wished)


RULES: tuple[Rule[BookingFacts], ...] = (
    Rule(
        id="R18",
        hardness=Hardness.SOFT,
        liftable_by=0,
        staff=Text(
            nl="Deze kandidaat praat liever niet met video. Vraag: hoe wilt u praten?",
            en="This candidate would rather not talk by video. Ask: how do you want to talk?",
        ),
        candidate=None,
        sources=("domain 5.4 R18", "domain 5.1 P6"),
        check=_wished_otherwise,
    ),
)
