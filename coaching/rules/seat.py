"""R1 to R4: who may sit in a talk. Two named people, each in one place, who can be seen."""

from datetime import datetime

from coaching.facts import LinkState, SeatFacts
from coaching.rules.alternatives import PHONE_LABEL, step
from coaching.rules.rule import Finding, Hardness, Rule
from coaching.settings import BlendSettings
from coaching.verdict import Action, Outcome, Text

_CALL = step("phone", PHONE_LABEL)
_LINK_SAYS = {
    LinkState.EARLY: Text(
        nl="U bent vroeg. Kom later terug met dezelfde link.",
        en="You are early. Come back later with the same link.",
    ),
    LinkState.EXPIRED: Text(nl="Dit gesprek is voorbij.", en="This talk is over."),
    LinkState.REVOKED: Text(
        nl="Dit gesprek gaat niet door. Bel ons als dat niet klopt.",
        en="This talk is cancelled. Call us if that is not right.",
    ),
    LinkState.REPLACED: Text(
        nl="Er is een nieuwe tijd. De nieuwe link staat in uw nieuwste e-mail.",
        en="There is a new time. The new link is in your newest e-mail.",
    ),
}


def _third_person(facts: SeatFacts, _: BlendSettings, __: datetime) -> Finding | None:
    others = facts.seated - {facts.person}
    if len(others) < 2:  # noqa: PLR2004 -- a talk between two
        return None
    return Finding(outcome=Outcome.REFUSE, actions=(Action.NOTICE,), alternatives=(_CALL,))


def _second_device(facts: SeatFacts, _: BlendSettings, __: datetime) -> Finding | None:
    if not facts.is_named or not facts.other_device or facts.takes_over:
        return None
    label = Text(nl="Ja, hier verder", en="Yes, continue here")
    return Finding(outcome=Outcome.REFUSE_UNTIL, alternatives=(step("take_over", label),))


def _stranger(facts: SeatFacts, _: BlendSettings, __: datetime) -> Finding | None:
    if not facts.is_named:
        return Finding(outcome=Outcome.REFUSE, alternatives=(_CALL,))
    if facts.link is LinkState.GOOD:
        return None
    return Finding(outcome=Outcome.REFUSE, alternatives=(_CALL,), candidate=_LINK_SAYS[facts.link])


def _camera(facts: SeatFacts, settings: BlendSettings, _: datetime) -> Finding | None:
    if facts.camera_live is not False or facts.camera_waiver:
        return None
    helped = step("camera_help", Text(nl="Laat zien hoe", en="Show me how"))
    late = facts.waited_seconds >= settings.camera_wait_seconds
    actions = (Action.PHONE_NOW, Action.PROPOSE_OFFLINE) if late else ()
    return Finding(outcome=Outcome.REFUSE_UNTIL, actions=actions, alternatives=(helped, _CALL))


RULES: tuple[Rule[SeatFacts], ...] = (
    Rule(
        id="R1",
        hardness=Hardness.HARD,
        liftable_by=0,
        staff=Text(
            nl="Een derde wilde meedoen. Een gesprek is voor twee mensen.",
            en="A third person wanted to join. A talk is for two people.",
        ),
        candidate=Text(
            nl="Dit gesprek is voor twee mensen. Er zijn er al twee.",
            en="This talk is for two people. There are two already.",
        ),
        sources=("domain 5.4 R1", "S2"),
        check=_third_person,
    ),
    Rule(
        id="R2",
        hardness=Hardness.HARD,
        liftable_by=0,
        staff=Text(
            nl="Deze persoon doet al mee op een ander apparaat.",
            en="This person already takes part on another device.",
        ),
        candidate=Text(
            nl="U doet al mee op een ander apparaat. Wilt u hier verder?",
            en="You already take part on another device. Do you want to continue here?",
        ),
        sources=("domain 5.4 R2",),
        check=_second_device,
    ),
    Rule(
        id="R3",
        hardness=Hardness.HARD,
        liftable_by=0,
        staff=Text(
            nl="Deze persoon of link hoort nu niet bij dit gesprek.",
            en="This person or link does not belong to this talk now.",
        ),
        candidate=Text(
            nl="Deze link werkt niet voor dit gesprek. Bel ons, dan helpen wij u.",
            en="This link does not work for this talk. Call us and we will help.",
        ),
        sources=("domain 5.4 R3", "domain 5.7 E14"),
        check=_stranger,
    ),
    Rule(
        id="R4",
        hardness=Hardness.HARD,
        liftable_by=1,
        staff=Text(
            nl="De camera is nog uit. Zonder beeld begint het videogesprek niet.",
            en="The camera is still off. A video talk does not begin without a picture.",
        ),
        candidate=Text(
            nl="De camera is nog uit. Wij leggen uit hoe u hem aanzet.",
            en="The camera is still off. We will show you how to turn it on.",
        ),
        sources=("domain 5.4 R4", "domain 5.7 E9", "S2"),
        check=_camera,
    ),
)
