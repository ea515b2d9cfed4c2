"""R7 and R8: people meet at a location first, once for every coach.

A coach who stands in for one talk gets no acquaintance of their own: that talk is the first one
with them, so that R7 judges it, which an exception can lift (E5).
"""

from datetime import datetime

from coaching.facts import BookingFacts
from coaching.history import FIRST_TALKS, is_acquainted, is_counted
from coaching.rules.alternatives import acquaintance, offline, phone, practice
from coaching.rules.rule import Finding, Hardness, Rule
from coaching.settings import BlendSettings
from coaching.verdict import Outcome, Text
from coaching.words import MeetingKind, Mode

_MEET_FIRST = Text(
    nl="Eerst zien wij u graag een keer op locatie.",
    en="First we would like to meet you at a location.",
)


def _first_talk(facts: BookingFacts, settings: BlendSettings, _: datetime) -> Finding | None:
    first = facts.kind in FIRST_TALKS or (facts.stands_in and _is_gated(facts, settings))
    if facts.mode is not Mode.VIDEO or not first:
        return None
    return Finding(outcome=Outcome.REFUSE, alternatives=(*offline(facts, settings), phone(facts)))


def _not_acquainted(facts: BookingFacts, settings: BlendSettings, _: datetime) -> Finding | None:
    if facts.mode is not Mode.VIDEO or facts.kind in FIRST_TALKS:
        return None
    if facts.stands_in or not _is_gated(facts, settings):
        return None
    return Finding(
        outcome=Outcome.REFUSE,
        alternatives=(
            *acquaintance(facts, settings),
            *offline(facts, settings)[:1],
            phone(facts),
            practice(),
        ),
    )


def _is_gated(facts: BookingFacts, settings: BlendSettings) -> bool:
    """Whether this kind of talk waits for the acquaintance, which was not held yet."""
    gated = is_counted(facts, settings) or facts.kind is MeetingKind.CHECKIN
    return gated and not is_acquainted(facts)


RULES: tuple[Rule[BookingFacts], ...] = (
    Rule(
        id="R7",
        hardness=Hardness.HARD,
        liftable_by=1,
        staff=Text(
            nl="Een eerste gesprek met deze coach is op locatie.",
            en="A first talk with this coach is at a location.",
        ),
        candidate=_MEET_FIRST,
        sources=("domain 5.4 R7", "domain 5.7 E5", "S2"),
        check=_first_talk,
    ),
    Rule(
        id="R8",
        hardness=Hardness.HARD,
        liftable_by=0,  # only through R7: an acquaintance that was excepted and held
        staff=Text(
            nl="De kennismaking met deze coach is nog niet op locatie geweest.",
            en="The acquaintance with this coach has not been held at a location yet.",
        ),
        candidate=_MEET_FIRST,
        sources=("domain 5.4 R8", "domain 5.7 E4", "S2"),
        check=_not_acquainted,
    ),
)
