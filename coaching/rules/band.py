"""R16 and R17: a share of the talks is online, and never all of them."""

from datetime import datetime, timedelta

from coaching.band import AT_A_LOCATION, Band, band
from coaching.facts import BookingFacts, Known, StartedBy
from coaching.history import is_counted, standing
from coaching.rules.alternatives import offline, phone, video
from coaching.rules.rule import Finding, Hardness, Rule
from coaching.settings import BlendSettings
from coaching.verdict import Action, Outcome, Text
from coaching.words import Mode


def _out_of_band(facts: BookingFacts, settings: BlendSettings, _: datetime) -> Finding | None:
    share = band(facts, settings)
    if share is None or not share.feasible or not is_counted(facts, settings):
        return None
    if facts.mode is Mode.VIDEO and share.online > share.upper:
        return _notice(facts, settings)
    if facts.mode is Mode.OFFLINE and _ends_too_low(facts, share):
        return _notice(facts, settings)
    return None


def _ends_too_low(facts: BookingFacts, share: Band) -> bool:
    """Only the booking that makes the lower bound impossible is told of, and no wish (P6)."""
    wished = facts.preference is Mode.OFFLINE or facts.started_by is StartedBy.CANDIDATE
    if wished or facts.kind in AT_A_LOCATION:
        return False
    return share.online + share.room == share.lower - 1


def _notice(facts: BookingFacts, settings: BlendSettings) -> Finding:
    keeps = offline(facts, settings) if facts.mode is Mode.VIDEO else (video(facts),)
    return Finding(outcome=Outcome.ALLOW_WITH, actions=(Action.NOTICE,), alternatives=keeps)


def _fully_digital(facts: BookingFacts, settings: BlendSettings, _: datetime) -> Finding | None:
    if facts.mode is not Mode.VIDEO or not is_counted(facts, settings):
        return None
    if not _none_at_a_location(facts, settings) and not _too_long_ago(facts, settings):
        return None
    return Finding(outcome=Outcome.REFUSE, alternatives=(*offline(facts, settings), phone(facts)))


def _none_at_a_location(facts: BookingFacts, settings: BlendSettings) -> bool:
    talks = standing(facts, settings)
    full = len(talks) + 1 >= facts.talks
    return full and all(talk.mode is not Mode.OFFLINE for talk in talks)


def _too_long_ago(facts: BookingFacts, settings: BlendSettings) -> bool:
    """The period is over only for a trajectory that has lasted that long (scenarios 3 and 13)."""
    talks = standing(facts, settings)
    since = facts.starts_at - timedelta(days=settings.offline_within_days)
    if all(talk.starts_at >= since for talk in talks):
        return False
    return not any(
        talk.mode is Mode.OFFLINE and since <= talk.starts_at <= facts.starts_at for talk in talks
    )


RULES: tuple[Rule[BookingFacts], ...] = (
    Rule(
        id="R16",
        hardness=Hardness.SOFT,
        liftable_by=1,
        staff=Text(
            nl="Hiermee komt het aandeel online gesprekken buiten de afgesproken grenzen.",
            en="With this the share of online talks leaves the agreed bounds.",
        ),
        candidate=None,
        sources=("domain 5.4 R16", "domain 5.7 E1", "domain 5.7 E2", "S2"),
        check=_out_of_band,
        needs=Known.CONTRACT,
    ),
    Rule(
        id="R17",
        hardness=Hardness.HARD,
        liftable_by=2,
        staff=Text(
            nl="Er hoort ook een gesprek op locatie bij. Begeleiding is nooit alleen online.",
            en="A talk at a location belongs to it. Guidance is never only online.",
        ),
        candidate=Text(
            nl="Wij zien u ook graag weer eens op locatie.",
            en="We would also like to meet you at a location again.",
        ),
        sources=("domain 5.4 R17", "S2"),
        check=_fully_digital,
        needs=Known.CONTRACT,
    ),
)
