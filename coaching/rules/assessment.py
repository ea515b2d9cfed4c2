"""R9: diagnosis and reassessment happen at a location."""

from datetime import datetime

from coaching.facts import BookingFacts
from coaching.history import ASSESSMENTS
from coaching.rules.alternatives import offline, phone
from coaching.rules.rule import Finding, Hardness, Rule
from coaching.settings import BlendSettings
from coaching.verdict import Outcome, Text
from coaching.words import Mode


def _assessment(facts: BookingFacts, settings: BlendSettings, _: datetime) -> Finding | None:
    if facts.mode is not Mode.VIDEO or facts.kind not in ASSESSMENTS:
        return None
    return Finding(outcome=Outcome.REFUSE, alternatives=(*offline(facts, settings), phone(facts)))


RULES: tuple[Rule[BookingFacts], ...] = (
    Rule(
        id="R9",
        hardness=Hardness.HARD,
        liftable_by=2,
        staff=Text(
            nl="Een diagnose of herbeoordeling is op locatie.",
            en="A diagnosis or reassessment is at a location.",
        ),
        candidate=Text(
            nl="Voor dit gesprek zien wij u graag op locatie.",
            en="For this talk we would like to meet you at a location.",
        ),
        sources=("domain 5.4 R9", "S2"),
        check=_assessment,
    ),
)
