"""Which talks a trajectory has, in which order, and which of them are online; no times yet."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Self

from coaching.band import AT_A_LOCATION, cap, counted_online
from coaching.errors import BadInput
from coaching.facts import BookingFacts
from coaching.history import is_acquainted, standing
from coaching.plan_problems import (
    Note,
    NoteKind,
    Problem,
    no_talks_left,
    not_enough_talks,
    note,
    too_short,
)
from coaching.settings import BlendSettings
from coaching.words import MeetingKind, Mode, Skill

_MOST_TALKS = 200
_SHORTEST, _LONGEST = 10, 240


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What was agreed (S4-13, S4-14): so many talks of `minutes`, from one day to another.

    Without `cadence_days` the talks are spread over the whole period. The kinds that are switched
    on are planned once, the acquaintance always.

    Raises:
        BadInput: `talks_bad`, `minutes_bad`, `ends_before_start`, or `settings_contradict` for a
            cadence below one day.
    """

    talks: int
    minutes: int
    starts_on: date
    ends_on: date
    cadence_days: int | None = None
    diagnosis: bool = False
    practice: bool = False  # also for a candidate who is at home with video talks
    reassessment: bool = False
    closing: bool = True

    @classmethod
    def of_weeks(cls, weeks: int, *, starts_on: date, talks: int, minutes: int) -> Self:
        """Make a contract of so many weeks; `dataclasses.replace` adds the kinds."""
        ends_on = starts_on + timedelta(weeks=weeks, days=-1)
        return cls(talks=talks, minutes=minutes, starts_on=starts_on, ends_on=ends_on)

    def __post_init__(self) -> None:
        """Refuse what cannot be agreed."""
        if not 1 <= self.talks <= _MOST_TALKS:
            raise BadInput("talks_bad", field="talks", least=1, most=_MOST_TALKS)
        if not _SHORTEST <= self.minutes <= _LONGEST:
            raise BadInput("minutes_bad", field="minutes", least=_SHORTEST, most=_LONGEST)
        if self.ends_on < self.starts_on:
            raise BadInput("ends_before_start", field="ends_on")
        if self.cadence_days is not None and self.cadence_days < 1:
            raise BadInput("settings_contradict", field="cadence_days", other="1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The talks to plan, in order, and how many days lie between two of them."""

    talks: tuple[tuple[MeetingKind, Mode], ...]
    cadence_days: int
    notes: tuple[Note, ...] = ()


def shape(contract: Contract, facts: BookingFacts, settings: BlendSettings) -> Shape | Problem:
    """Give the talks that are still to be planned, or why there can be no plan.

    `facts` are those of the trajectory; its history counts for what is left.
    """
    left = contract.talks - len(standing(facts, settings))
    if left < 1:
        return no_talks_left()
    kinds = _kinds(contract, left, acquainted=is_acquainted(facts))
    if kinds is None:
        return not_enough_talks(len(_asked(contract, acquainted=is_acquainted(facts))), left)
    days = (contract.ends_on - contract.starts_on).days
    cadence = contract.cadence_days or max(1, days // max(1, left - 1))
    if (left - 1) * cadence > days:
        return too_short((left - 1) * cadence + 1, days + 1)
    online = _online_room(kinds, contract, facts, settings)
    return Shape(
        talks=tuple(zip(kinds, _modes(kinds, online), strict=True)),
        cadence_days=cadence,
        notes=tuple(_notes(online, contract, facts, settings)),
    )


def _kinds(contract: Contract, left: int, *, acquainted: bool) -> list[MeetingKind] | None:
    """The kinds in order: the reassessment when two thirds of the progress talks are done."""
    if contract.talks == 1:  # E1: the one talk is the acquaintance
        return [MeetingKind.ACQUAINTANCE]
    asked = _asked(contract, acquainted=acquainted)
    between = left - len(asked)
    if between < 0:
        return None
    first = [kind for kind in asked if kind in (MeetingKind.ACQUAINTANCE, MeetingKind.DIAGNOSIS)]
    last = [kind for kind in asked if kind is MeetingKind.CLOSING]
    again = [kind for kind in asked if kind is MeetingKind.REASSESSMENT]
    before = -(-2 * between // 3) if again else between
    progress = [MeetingKind.PROGRESS]
    return [*first, *progress * before, *again, *progress * (between - before), *last]


def _asked(contract: Contract, *, acquainted: bool) -> list[MeetingKind]:
    wanted = {
        MeetingKind.ACQUAINTANCE: not acquainted,
        MeetingKind.DIAGNOSIS: contract.diagnosis,
        MeetingKind.REASSESSMENT: contract.reassessment,
        MeetingKind.CLOSING: contract.closing,
    }
    return [kind for kind, yes in wanted.items() if yes]


def _online_room(
    kinds: Sequence[MeetingKind], contract: Contract, facts: BookingFacts, settings: BlendSettings
) -> int:
    """How many of the talks to plan are online: as many as band, skill and wish allow."""
    of_contract = replace(facts, talks=contract.talks)
    limit = cap(of_contract, settings)
    if limit is None or facts.preference in (Mode.OFFLINE, Mode.PHONE):
        return 0
    free = sum(kind not in AT_A_LOCATION for kind in kinds)
    return max(0, min(free, limit - counted_online(of_contract, settings)))


def _modes(kinds: Sequence[MeetingKind], online: int) -> list[Mode]:
    """Spread the talks at a location over those that could be online; closing first (R11)."""
    could = [place for place, kind in enumerate(kinds) if kind not in AT_A_LOCATION]
    offline = len(could) - online
    chosen = {place for place, kind in enumerate(kinds) if kind in AT_A_LOCATION}
    if offline and kinds[could[-1]] is MeetingKind.CLOSING:
        chosen.add(could.pop())
        offline -= 1
    chosen |= {could[(2 * turn + 1) * len(could) // (2 * offline)] for turn in range(offline)}
    return [Mode.OFFLINE if place in chosen else Mode.VIDEO for place in range(len(kinds))]


def _notes(
    online: int, contract: Contract, facts: BookingFacts, settings: BlendSettings
) -> list[Note]:
    of_contract = replace(facts, talks=contract.talks)
    lower, _ = settings.online_band(contract.talks)
    total = online + counted_online(of_contract, settings)
    wished = facts.preference in (Mode.OFFLINE, Mode.PHONE)
    notes = []
    if facts.skill is Skill.ABLE and not wished and contract.talks > 1 and total < lower:
        notes.append(note(NoteKind.BAND_INFEASIBLE))
    if facts.preference is Mode.PHONE:
        notes.append(note(NoteKind.PHONE_WISH))
    return notes
