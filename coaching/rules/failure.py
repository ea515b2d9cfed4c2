"""R5 and R19 to R21: a talk in which people do not see each other, or that does not work."""

from datetime import datetime

from coaching.rules.alternatives import OFFLINE_LABEL, VIDEO_LABEL, step
from coaching.rules.rule import Finding, Hardness, Rule
from coaching.settings import BlendSettings
from coaching.trigger_facts import FailureCause, TalkTrouble
from coaching.verdict import Action, Outcome, Text

_EQUALS = (step("book_video", VIDEO_LABEL), step("book_offline", OFFLINE_LABEL))


def has_failed(facts: TalkTrouble, settings: BlendSettings) -> bool:
    """Whether the online talk failed (R19); it then counts neither as online nor as offline."""
    unseen = 0 if facts.camera_waiver else facts.unseen_seconds
    lost_sound = (
        facts.audio_loss_percent > settings.audio_loss_percent
        and facts.audio_loss_seconds >= settings.audio_loss_seconds
    )
    return (
        facts.camera_or_microphone_refused
        or facts.slow_connects >= settings.connect_tries
        or unseen >= settings.unseen_seconds
        or lost_sound
        or facts.reconnects >= settings.reconnects
        or facts.somebody_pressed
    )


def _not_seen(facts: TalkTrouble, settings: BlendSettings, _: datetime) -> Finding | None:
    if facts.camera_waiver or facts.unseen_seconds < settings.banner_seconds:
        return None
    asks = facts.unseen_seconds >= settings.question_seconds
    question = Text(nl="Ziet u elkaar?", en="Do you see each other?")
    return Finding(
        outcome=Outcome.ALLOW_WITH,
        actions=(Action.NOTICE,),
        candidate=question if asks else None,
    )


def _fails(facts: TalkTrouble, settings: BlendSettings, _: datetime) -> Finding | None:
    if facts.dismissed or not has_failed(facts, settings):
        return None
    return Finding(outcome=Outcome.ALLOW_WITH, actions=(Action.PHONE_NOW, Action.PROPOSE_OFFLINE))


def _cause(facts: TalkTrouble, settings: BlendSettings, _: datetime) -> Finding | None:
    if facts.cause is None or facts.dismissed or not has_failed(facts, settings):
        return None
    match facts.cause:
        case FailureCause.CANDIDATE_DEVICE | FailureCause.CANDIDATE_SKILL:
            actions = (Action.FLAG, Action.PROPOSE_PRACTICE)
            return Finding(outcome=Outcome.ALLOW_WITH, actions=actions)
        case FailureCause.CANDIDATE_NETWORK | FailureCause.UNKNOWN:
            return _network(facts, settings)
        case FailureCause.COACH_SIDE | FailureCause.SERVER:
            ours = Text(nl="Het lag aan ons, niet aan u.", en="It was our fault, not yours.")
            return Finding(outcome=Outcome.ALLOW_WITH, alternatives=_EQUALS, candidate=ours)


def _network(facts: TalkTrouble, settings: BlendSettings) -> Finding | None:
    if facts.network_failures + 1 < settings.failures_limit:
        return None
    place = Text(nl="Een plek met goed internet", en="A place with good internet")
    return Finding(
        outcome=Outcome.ALLOW_WITH,
        actions=(Action.PROPOSE_OFFLINE,),
        alternatives=(step("good_internet", place), step("book_offline", OFFLINE_LABEL)),
    )


def _needed_help(facts: TalkTrouble, _: BlendSettings, __: datetime) -> Finding | None:
    if not facts.much_help_needed:
        return None
    return Finding(outcome=Outcome.ALLOW_WITH, actions=(Action.PROPOSE_OFFLINE, Action.FLAG))


RULES: tuple[Rule[TalkTrouble], ...] = (
    Rule(
        id="R5",
        hardness=Hardness.TRIGGER,
        liftable_by=1,  # the camera waiver
        staff=Text(nl="U ziet elkaar niet.", en="You do not see each other."),
        candidate=Text(
            nl="Uw coach en u zien elkaar nog niet.", en="Your coach and you do not see each other."
        ),
        sources=("domain 5.4 R5", "S2"),
        check=_not_seen,
    ),
    Rule(
        id="R19",
        hardness=Hardness.TRIGGER,
        liftable_by=0,
        staff=Text(
            nl="Het videogesprek lukt niet. Bel nu, en stel een gesprek op locatie voor.",
            en="The video talk does not work. Call now, and propose a talk at a location.",
        ),
        candidate=Text(
            nl="Het lukt nu niet. Dat geeft niets. Uw coach belt u zo.",
            en="It does not work now. That is all right. Your coach will call you soon.",
        ),
        sources=("domain 5.4 R19", "S2"),
        check=_fails,
    ),
    Rule(
        id="R20",
        hardness=Hardness.TRIGGER,
        liftable_by=0,
        staff=Text(
            nl="Kijk wat past bij de oorzaak: oefenen, een andere plek of een nieuwe tijd.",
            en="See what fits the cause: practice, another place or a new time.",
        ),
        candidate=None,
        sources=("domain 5.4 R20",),
        check=_cause,
    ),
    Rule(
        id="R21",
        hardness=Hardness.TRIGGER,
        liftable_by=0,
        staff=Text(
            nl="Er was veel hulp nodig. Stel een gesprek op locatie voor.",
            en="Much help was needed. Propose a talk at a location.",
        ),
        candidate=Text(
            nl="Wij zien u graag weer op locatie.", en="We would like to meet you at a location."
        ),
        sources=("domain 5.4 R21", "S2"),
        check=_needed_help,
    ),
)
