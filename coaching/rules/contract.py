"""R27 to R30: both agree, within the contract, in a running trajectory, with a coach who may."""

from datetime import datetime

from coaching.facts import BookingFacts, Known, StartedBy
from coaching.history import FIRST_TALKS, is_counted, standing
from coaching.rules.alternatives import PHONE_LABEL, acquaintance, step
from coaching.rules.rule import Finding, Hardness, Rule
from coaching.settings import BlendSettings
from coaching.verdict import Action, Outcome, Text
from coaching.words import MeetingKind, TrajectoryState

_BEFORE_CONSENT = FIRST_TALKS | {MeetingKind.PRACTICE}
_CALL = step("phone", PHONE_LABEL)


def _not_both_agree(facts: BookingFacts, settings: BlendSettings, _: datetime) -> Finding | None:
    if facts.kind in _BEFORE_CONSENT or (facts.coach_consents and facts.candidate_consents):
        return None
    ask = step("ask_consent", Text(nl="Akkoord vragen", en="Ask for agreement"))
    return Finding(outcome=Outcome.REFUSE, alternatives=(ask, *acquaintance(facts, settings)))


def _contract_full(facts: BookingFacts, settings: BlendSettings, _: datetime) -> Finding | None:
    if not is_counted(facts, settings):
        return None
    left = facts.talks - len(standing(facts, settings))
    if left > settings.contract_warning_left:
        return None
    again = step(
        "new_contract", Text(nl="Nieuwe afspraak over aantal", en="New agreement on the number")
    )
    if left > 0:
        return Finding(
            outcome=Outcome.ALLOW_WITH,
            actions=(Action.NOTICE,),
            alternatives=(again,),
            staff=Text(
                nl="Dit is het laatste afgesproken gesprek.", en="This is the last agreed talk."
            ),
        )
    return Finding(
        outcome=Outcome.REFUSE,
        alternatives=(again,),
        candidate=Text(
            nl="Wij maken eerst een nieuwe afspraak over het aantal gesprekken.",
            en="First we make a new agreement on the number of talks.",
        ),
    )


def _not_running(facts: BookingFacts, _: BlendSettings, __: datetime) -> Finding | None:
    match facts.trajectory_state:
        case TrajectoryState.ACTIVE:
            return None
        case TrajectoryState.ENDED:
            return Finding(
                outcome=Outcome.REFUSE,
                alternatives=(_CALL,),
                staff=Text(nl="Deze begeleiding is afgerond.", en="This guidance has ended."),
                candidate=Text(
                    nl="De begeleiding is klaar. Hebt u een vraag? Bel ons.",
                    en="The guidance has ended. Do you have a question? Call us.",
                ),
            )
        case TrajectoryState.PAUSED | TrajectoryState.RESTRICTED:
            if facts.started_by is StartedBy.CANDIDATE:
                return None
            return Finding(outcome=Outcome.REFUSE, alternatives=(_CALL,))


def _coach_may_not(facts: BookingFacts, _: BlendSettings, __: datetime) -> Finding | None:
    state = facts.coach_state
    if not (state.requirement_expired or state.full or state.conflict):
        return None
    choose = step("choose_coach", Text(nl="Andere coach kiezen", en="Choose another coach"))
    return Finding(outcome=Outcome.REFUSE, actions=(Action.FLAG,), alternatives=(choose,))


RULES: tuple[Rule[BookingFacts], ...] = (
    Rule(
        id="R27",
        hardness=Hardness.HARD,
        liftable_by=0,
        staff=Text(
            nl="Coach en kandidaat hebben nog niet allebei ja gezegd.",
            en="Coach and candidate have not both said yes yet.",
        ),
        candidate=Text(
            nl="Wij vragen u allebei eerst of u samen verder wilt.",
            en="First we ask you both whether you want to go on together.",
        ),
        sources=("domain 5.4 R27", "S4"),
        check=_not_both_agree,
        needs=Known.CONSENT,
    ),
    Rule(
        id="R28",
        hardness=Hardness.HARD,
        liftable_by=0,
        staff=Text(
            nl="Alle afgesproken gesprekken zijn gevoerd of gepland.",
            en="All agreed talks are held or planned.",
        ),
        candidate=None,
        sources=("domain 5.4 R28", "S4"),
        check=_contract_full,
        needs=Known.CONTRACT,
    ),
    Rule(
        id="R29",
        hardness=Hardness.HARD,
        liftable_by=0,
        staff=Text(
            nl="De begeleiding staat stil. De kandidaat mag zelf wel contact zoeken.",
            en="The guidance is paused. The candidate may still get in touch.",
        ),
        candidate=Text(
            nl="De begeleiding staat even stil. U mag ons altijd bellen.",
            en="The guidance is paused for now. You may always call us.",
        ),
        sources=("domain 5.4 R29", "GDPR article 18"),
        check=_not_running,
    ),
    Rule(
        id="R30",
        hardness=Hardness.HARD,
        liftable_by=2,
        staff=Text(
            nl="Deze coach kan nu geen nieuwe afspraken aannemen.",
            en="This coach cannot take new meetings now.",
        ),
        candidate=Text(
            nl="Deze coach kan niet. Kies een andere coach.",
            en="This coach is not available. Choose another coach.",
        ),
        sources=("domain 5.4 R30", "S4"),
        check=_coach_may_not,
    ),
)
