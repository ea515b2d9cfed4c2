"""The share of online talks in a contract, counted in whole talks (5.2 L, U, F; R14, R16)."""

from dataclasses import dataclass

from coaching.facts import BookingFacts, TalkRecord
from coaching.history import ASSESSMENTS, FIRST_TALKS, is_counted, standing
from coaching.settings import BlendSettings
from coaching.words import MeetingKind, Mode, Skill

AT_A_LOCATION = FIRST_TALKS | ASSESSMENTS | {MeetingKind.THREE_WAY}
_FEWEST_TALKS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """How many online talks there should be, and how many there are with this booking."""

    lower: int
    upper: int
    online: int  # held and planned, with what is booked
    room: int  # talks of the contract still to be booked that could be online

    @property
    def feasible(self) -> bool:
        """Whether the gates leave room for the band; if not: `band_infeasible` (R16, E2)."""
        return self.lower <= self.upper


def band(facts: BookingFacts, settings: BlendSettings) -> Band | None:
    """Give the band of the contract with this booking in it; None below two talks (E1)."""
    limit = cap(facts, settings)
    if limit is None:
        return None
    talks = standing(facts, settings)
    booked = is_counted(facts, settings)
    lower, _ = settings.online_band(facts.talks)
    left = facts.talks - len(talks) - booked
    return Band(
        lower=lower if facts.skill is Skill.ABLE else 0,
        upper=min(limit, max(0, facts.talks - _forced_offline(facts, talks, booked=booked))),
        online=counted_online(facts, settings) + (booked and facts.mode is Mode.VIDEO),
        room=max(0, left - facts.to_come_offline),
    )


def cap(facts: BookingFacts, settings: BlendSettings) -> int | None:
    """Give the most online talks for this skill (R14); None below two talks (E1)."""
    if facts.talks < _FEWEST_TALKS:
        return None
    _, upper = settings.online_band(facts.talks)
    match facts.skill:
        case Skill.ABLE:
            return upper
        case Skill.LESS | Skill.UNKNOWN:
            return min(upper, settings.share(facts.talks, settings.less_skilled_percent))
        case Skill.NONE:
            return 0


def counted_online(facts: BookingFacts, settings: BlendSettings) -> int:
    """Count the online talks of the history, held and planned."""
    video = Mode.VIDEO  # once: naming a member costs more than the rest of this line
    return sum(talk.mode is video and talk.counts_as_online for talk in standing(facts, settings))


def _forced_offline(facts: BookingFacts, talks: tuple[TalkRecord, ...], *, booked: bool) -> int:
    stood = sum(talk.kind in AT_A_LOCATION and talk.mode is Mode.OFFLINE for talk in talks)
    now = booked and facts.kind in AT_A_LOCATION and facts.mode is Mode.OFFLINE
    return stood + now + facts.to_come_offline
