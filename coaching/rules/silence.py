"""R22 to R24 and R26: silence is noticed and answered, and nobody is nagged (5.6)."""

from datetime import datetime, timedelta
from enum import IntEnum

from coaching.quiet import Quiet, quiet_reason
from coaching.rules.rule import Finding, Hardness, Rule
from coaching.settings import BlendSettings, InactivityDays
from coaching.trigger_facts import SilenceFacts, SupportProfile
from coaching.verdict import Action, Outcome, Text
from coaching.wall_time import to_wall
from coaching.words import TrajectoryState


class Level(IntEnum):
    """How far an inactive candidate is reached out to (5.6)."""

    NONE = 0
    NUDGE = 1
    PHONE = 2
    OFFLINE = 3


_LEVEL_ACTIONS = {
    Level.NUDGE: (Action.NUDGE,),
    Level.PHONE: (Action.NUDGE, Action.COACH_TODO),
    Level.OFFLINE: (Action.PROPOSE_OFFLINE,),
}


def level(facts: SilenceFacts, settings: BlendSettings, now: datetime) -> Level:
    """Give the level that is due now and was not sent yet (R22)."""
    if facts.coach_starts_offline:
        return Level.OFFLINE
    days = _profile_days(facts.profile, settings)
    silent = _days_between(facts.last_own_activity, now, settings) - facts.paused_days
    if silent >= days.offline and _phoned_long_enough(facts, settings, now):
        return Level.OFFLINE
    if _talk_within(facts, now, days=settings.talk_soon_days):
        return Level.NONE
    if silent >= days.phone:
        return Level.NONE if _is_of_this_silence(facts.level_two_at, facts) else Level.PHONE
    if silent >= days.nudge and not _is_of_this_silence(facts.level_one_at, facts):
        return Level.NUDGE
    return Level.NONE


def last_seen(facts: SilenceFacts) -> datetime | None:
    """Since when two have not seen each other: the last seen contact, else the start (R24)."""
    return facts.last_seen_contact or facts.guided_since


def _inactive(facts: SilenceFacts, settings: BlendSettings, now: datetime) -> Finding | None:
    due = level(facts, settings, now)
    if due is Level.NONE or facts.trajectory_state is not TrajectoryState.ACTIVE:
        return None
    return _unless_quiet(_LEVEL_ACTIONS[due], facts, settings, now)


def _nothing_planned(facts: SilenceFacts, settings: BlendSettings, now: datetime) -> Finding | None:
    if facts.cadence_days is None or facts.last_talk_at is None or facts.next_talk_at is not None:
        return None
    since = _days_between(facts.last_talk_at, now, settings)
    active = facts.trajectory_state is TrajectoryState.ACTIVE
    if since <= facts.cadence_days + settings.cadence_slack_days or not active:
        return None
    if facts.coach_told_at is None:
        return Finding(outcome=Outcome.ALLOW_WITH, actions=(Action.COACH_TODO,))
    told = _days_between(facts.coach_told_at, now, settings)
    asked = any(sent >= facts.coach_told_at for sent in facts.nudged_at)
    if asked or told < settings.candidate_after_coach_days:
        return None
    return _unless_quiet((Action.NUDGE,), facts, settings, now)


def _not_seen_lately(facts: SilenceFacts, settings: BlendSettings, now: datetime) -> Finding | None:
    since = last_seen(facts)
    if since is None or facts.trajectory_state is not TrajectoryState.ACTIVE:
        return None
    if _days_between(since, now, settings) < settings.seen_contact_days:
        return None
    return Finding(outcome=Outcome.ALLOW_WITH, actions=(Action.PROPOSE_OFFLINE,))


def _cannot_arrive(facts: SilenceFacts, settings: BlendSettings, now: datetime) -> Finding | None:
    """What cannot arrive is not sent again: a human phones (E22)."""
    if quiet_reason(facts, settings, now) is not Quiet.UNDELIVERED:
        return None
    return Finding(outcome=Outcome.ALLOW_WITH, actions=(Action.COACH_TODO,))


def _unless_quiet(
    actions: tuple[Action, ...], facts: SilenceFacts, settings: BlendSettings, now: datetime
) -> Finding | None:
    """Only the message waits (R26): a coach may be asked to phone on any day."""
    if quiet_reason(facts, settings, now) is not None:
        actions = tuple(one for one in actions if one is not Action.NUDGE)
    return Finding(outcome=Outcome.ALLOW_WITH, actions=actions) if actions else None


def _phoned_long_enough(facts: SilenceFacts, settings: BlendSettings, now: datetime) -> bool:
    if facts.level_two_at is None or not _is_of_this_silence(facts.level_two_at, facts):
        return False
    since = _days_between(facts.level_two_at, now, settings)
    return since >= settings.offline_after_phone_days


def _is_of_this_silence(sent_at: datetime | None, facts: SilenceFacts) -> bool:
    """Own activity stops what was running: what was sent before it no longer counts (R26)."""
    return sent_at is not None and sent_at >= facts.last_own_activity


def _talk_within(facts: SilenceFacts, now: datetime, *, days: int) -> bool:
    return facts.next_talk_at is not None and now <= facts.next_talk_at <= now + timedelta(
        days=days
    )


def _days_between(earlier: datetime, later: datetime, settings: BlendSettings) -> int:
    days = to_wall(later, settings.zone).date() - to_wall(earlier, settings.zone).date()
    return days.days


def _profile_days(profile: SupportProfile, settings: BlendSettings) -> InactivityDays:
    match profile:
        case SupportProfile.LIGHT:
            return settings.light
        case SupportProfile.USUAL:
            return settings.usual
        case SupportProfile.EXTRA:
            return settings.extra


_MEET_AGAIN = Text(nl="Zullen we elkaar weer eens zien?", en="Shall we meet again some time?")

RULES: tuple[Rule[SilenceFacts], ...] = (
    Rule(
        id="R22",
        hardness=Hardness.TRIGGER,
        liftable_by=0,
        staff=Text(
            nl="Deze kandidaat is een tijd stil.", en="This candidate has been silent for a while."
        ),
        candidate=Text(
            nl="Hoe gaat het? Lukt het niet? Laat het weten.",
            en="How are you? Does it not work out? Let us know.",
        ),
        sources=("domain 5.4 R22", "domain 5.6", "S2"),
        check=_inactive,
    ),
    Rule(
        id="R23",
        hardness=Hardness.TRIGGER,
        liftable_by=0,
        staff=Text(nl="Er is geen nieuw gesprek gepland.", en="No new talk is planned."),
        candidate=Text(
            nl="Kies een tijd voor uw volgende gesprek.", en="Choose a time for your next talk."
        ),
        sources=("domain 5.4 R23",),
        check=_nothing_planned,
    ),
    Rule(
        id="R24",
        hardness=Hardness.TRIGGER,
        liftable_by=0,
        staff=Text(
            nl="U hebt elkaar lang niet gezien. Stel een gesprek op locatie voor.",
            en="You have not seen each other for long. Propose a talk at a location.",
        ),
        candidate=_MEET_AGAIN,
        sources=("domain 5.4 R24", "S2"),
        check=_not_seen_lately,
    ),
    Rule(
        id="R26",
        hardness=Hardness.SOFT,
        liftable_by=0,
        staff=Text(
            nl="Berichten komen niet aan. Bel de kandidaat.",
            en="Messages do not arrive. Call the candidate.",
        ),
        candidate=None,
        sources=("domain 5.4 R26", "domain 5.7 E22"),
        check=_cannot_arrive,
    ),
)
