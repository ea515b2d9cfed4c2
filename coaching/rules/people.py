"""R10 and R11: three people meet at a location; a closing talk preferably too."""

from datetime import datetime

from coaching.facts import BookingFacts
from coaching.rules.alternatives import offline
from coaching.rules.rule import Finding, Hardness, Rule
from coaching.settings import BlendSettings
from coaching.verdict import Action, Outcome, Text
from coaching.words import MeetingKind, Mode

_TWO = 2


def _three_people(facts: BookingFacts, settings: BlendSettings, _: datetime) -> Finding | None:
    many = facts.kind is MeetingKind.THREE_WAY or facts.people > _TWO
    if facts.mode is not Mode.VIDEO or not many:
        return None
    return Finding(outcome=Outcome.REFUSE, alternatives=offline(facts, settings))


def _closing(facts: BookingFacts, settings: BlendSettings, _: datetime) -> Finding | None:
    if facts.mode is not Mode.VIDEO or facts.kind is not MeetingKind.CLOSING:
        return None
    return Finding(
        outcome=Outcome.ALLOW_WITH,
        actions=(Action.PROPOSE_OFFLINE,),
        alternatives=offline(facts, settings),
    )


RULES: tuple[Rule[BookingFacts], ...] = (
    Rule(
        id="R10",
        hardness=Hardness.HARD,
        liftable_by=0,
        staff=Text(
            nl="Een gesprek met drie mensen is op locatie.",
            en="A talk with three people is at a location.",
        ),
        candidate=Text(
            nl="Een gesprek met drie mensen doen wij op locatie.",
            en="A talk with three people we hold at a location.",
        ),
        sources=("domain 5.4 R10", "domain 5.7 E7", "S2", "S4"),
        check=_three_people,
    ),
    Rule(
        id="R11",
        hardness=Hardness.SOFT,
        liftable_by=0,
        staff=Text(
            nl="Een afsluitend gesprek stelt u eerst op locatie voor. Video mag ook.",
            en="Propose a closing talk at a location first. Video is allowed too.",
        ),
        candidate=None,
        sources=("domain 5.4 R11",),
        check=_closing,
    ),
)
