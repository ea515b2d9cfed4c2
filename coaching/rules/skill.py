"""R12 to R15: who is less at home with computers practises first and meets more at a location."""

from datetime import datetime

from coaching.band import cap, counted_online
from coaching.facts import BookingFacts, Known
from coaching.history import is_counted
from coaching.practice import PracticeNeed, needs_candidate_able, practice_need
from coaching.rules.alternatives import offline, onsite_practice, phone, practice
from coaching.rules.rule import Finding, Hardness, Rule
from coaching.settings import BlendSettings
from coaching.verdict import Action, Outcome, Text
from coaching.words import Mode, Skill

_TOGETHER = Text(
    nl="Wij zien u graag op locatie. Daar oefenen wij samen.",
    en="We would like to meet you at a location. There we practise together.",
)
_AFTER_FAILURE = Text(
    nl="Het vorige videogesprek lukte niet. Eerst is er een oefening nodig.",
    en="The last video talk did not work. A practice is needed first.",
)


def _practice_first(facts: BookingFacts, settings: BlendSettings, _: datetime) -> Finding | None:
    if not needs_candidate_able(facts):
        return None
    need = practice_need(facts, settings)
    failed = need is PracticeNeed.OWN_FAILURE
    if need is None or (facts.skill is Skill.ABLE and not failed):
        return None
    return Finding(
        staff=_AFTER_FAILURE if failed else None,
        outcome=Outcome.REFUSE_UNTIL,
        actions=(Action.PROPOSE_PRACTICE,),
        alternatives=(practice(), *offline(facts, settings), phone(facts)),
    )


def _not_yet(facts: BookingFacts, settings: BlendSettings, _: datetime) -> Finding | None:
    if not needs_candidate_able(facts) or facts.skill is not Skill.NONE:
        return None
    return Finding(
        outcome=Outcome.REFUSE,
        actions=(Action.PROPOSE_PRACTICE,),
        alternatives=(*offline(facts, settings), onsite_practice(), phone(facts)),
    )


def _over_the_cap(facts: BookingFacts, settings: BlendSettings, _: datetime) -> Finding | None:
    if facts.mode is not Mode.VIDEO or not is_counted(facts, settings):
        return None
    limit = cap(facts, settings)
    if limit is None or counted_online(facts, settings) + 1 <= limit:
        return None
    return Finding(
        outcome=Outcome.ALLOW_WITH,
        actions=(Action.ASK_REASON,),
        alternatives=offline(facts, settings),
    )


def _practice_again(facts: BookingFacts, settings: BlendSettings, _: datetime) -> Finding | None:
    if not needs_candidate_able(facts):
        return None
    if not facts.coach_state.practised:
        return Finding(
            outcome=Outcome.REFUSE,
            alternatives=(*offline(facts, settings), phone(facts)),
            staff=Text(
                nl="Deze coach heeft zelf nog niet geoefend met videobellen.",
                en="This coach has not practised a video talk yet.",
            ),
        )
    if practice_need(facts, settings) in (None, PracticeNeed.NONE_PASSED):
        return None
    return Finding(
        outcome=Outcome.ALLOW_WITH,
        actions=(Action.PROPOSE_PRACTICE,),
        alternatives=(practice(),),
    )


RULES: tuple[Rule[BookingFacts], ...] = (
    Rule(
        id="R12",
        hardness=Hardness.HARD,
        liftable_by=1,
        staff=Text(
            nl="Er is nog geen geslaagde oefening. Het gesprek staat voorlopig.",
            en="No practice has been passed yet. The talk stands provisionally.",
        ),
        candidate=Text(
            nl="Eerst oefenen wij samen met videobellen.",
            en="First we practise a video talk together.",
        ),
        sources=("domain 5.4 R12", "domain 5.4 R20", "S2"),
        check=_practice_first,
        needs=Known.PRACTICE,
    ),
    Rule(
        id="R13",
        hardness=Hardness.HARD,
        liftable_by=1,
        staff=Text(
            nl="Videobellen lukt deze kandidaat nog niet. Oefen bij het volgende gesprek.",
            en="A video talk is not possible for this candidate yet. Practise at the next talk.",
        ),
        candidate=_TOGETHER,
        sources=("domain 5.4 R13", "S2"),
        check=_not_yet,
        needs=Known.PRACTICE,
    ),
    Rule(
        id="R14",
        hardness=Hardness.SOFT,
        liftable_by=1,
        staff=Text(
            nl="Voor deze kandidaat is dit meer online dan de bedoeling is. Wat is de reden?",
            en="For this candidate this is more online than intended. What is the reason?",
        ),
        candidate=None,
        sources=("domain 5.4 R14", "S2"),
        check=_over_the_cap,
        needs=Known.CONTRACT,
    ),
    Rule(
        id="R15",
        hardness=Hardness.SOFT,
        liftable_by=1,
        staff=Text(
            nl="Stel een korte oefening voor: de laatste is lang geleden of iets is anders.",
            en="Propose a short practice: the last one is long ago or something changed.",
        ),
        candidate=None,
        sources=("domain 5.4 R15", "S2"),
        check=_practice_again,
        needs=Known.PRACTICE,
    ),
)
