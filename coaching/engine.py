"""The engine: asks every rule, lets the most restrictive one win, and says what else is possible.

Pure (P1): the same facts, settings and moment give the same verdict.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from coaching.exceptions import lifts
from coaching.facts import BookingFacts, Known, SeatFacts
from coaching.rules import (
    BOOKING_RULES,
    CLOSING_RULES,
    MISSED_RULES,
    SEAT_RULES,
    SILENCE_RULES,
    TROUBLE_RULES,
)
from coaching.rules.alternatives import PHONE_LABEL, phone, step
from coaching.rules.rule import Finding, Rule
from coaching.settings import BlendSettings
from coaching.trigger_facts import ClosingFacts, MissedFacts, SilenceFacts, TalkTrouble
from coaching.verdict import Action, Alternative, Outcome, Reason, Verdict

_SEVERITY = {outcome: place for place, outcome in enumerate(Outcome)}
_REFUSALS = (Outcome.REFUSE, Outcome.REFUSE_UNTIL)
_Facts = TypeVar("_Facts")


def judge_booking(facts: BookingFacts, settings: BlendSettings, now: datetime) -> Verdict:
    """Judge a booking. Every alternative, fed back by `as_booking`, is not refused (P4)."""
    found, lifted = _examine_booking(facts, settings, now)
    return _with_ways_on(_merge(found, settings, lifted), facts, settings, now)


AT_THE_DOOR = frozenset({"R8", "R12", "R13"})


def judge_door(facts: BookingFacts, settings: BlendSettings, now: datetime) -> Verdict:
    """Judge, when a seat is asked in a talk that stands, whether it may be by video at all.

    Asked again is what can change after it was booked: whether its people have met (R8), practice
    and skill (R12, R13). The kind of a talk (R7, R9, R10) is as it was, and what is agreed about
    the whole guidance (band, contract, consent, pause) keeps nobody from a talk that stands. Every
    alternative is one that `judge_booking` does not refuse (P4).
    """
    found, lifted = _examine_booking(facts, settings, now)
    verdict = _merge([one for one in found if one[0].id in AT_THE_DOOR], settings, lifted)
    return _with_ways_on(verdict, facts, settings, now)


def judge_seat(facts: SeatFacts, settings: BlendSettings, now: datetime) -> Verdict:
    """Judge whether somebody may take a seat in a talk (R1 to R4)."""
    return _merge(_examine(SEAT_RULES, facts, settings, now), settings)


def judge_trouble(facts: TalkTrouble, settings: BlendSettings, now: datetime) -> Verdict:
    """Say what a talk with trouble starts (R5, R19 to R21); its outcome never refuses."""
    return _merge(_examine(TROUBLE_RULES, facts, settings, now), settings)


def judge_silence(facts: SilenceFacts, settings: BlendSettings, now: datetime) -> Verdict:
    """Say what the silence of a candidate starts now (R22 to R24, within R26)."""
    return _merge(_examine(SILENCE_RULES, facts, settings, now), settings)


def judge_missed(facts: MissedFacts, settings: BlendSettings, now: datetime) -> Verdict:
    """Say what a missed talk starts (R25)."""
    return _merge(_examine(MISSED_RULES, facts, settings, now), settings)


def judge_closing(facts: ClosingFacts, settings: BlendSettings, now: datetime) -> Verdict:
    """Say what is asked when a talk is closed (R6)."""
    return _merge(_examine(CLOSING_RULES, facts, settings, now), settings)


def as_booking(facts: BookingFacts, alternative: Alternative) -> BookingFacts:
    """Give the facts of the booking that `alternative` describes.

    Raises:
        ValueError: the alternative is a step, not a booking.
    """
    if alternative.kind is None or alternative.mode is None:
        raise ValueError("this alternative is a step, not a booking")
    starts_at = alternative.starts_at or facts.starts_at
    ends_at = starts_at + (facts.ends_at - facts.starts_at)
    return replace(
        facts,
        kind=alternative.kind,
        mode=alternative.mode,
        starts_at=starts_at,
        ends_at=ends_at,
    )


_Found = Sequence[tuple[Rule[_Facts], Finding]]


def _examine(
    rules: Iterable[Rule[_Facts]],
    facts: _Facts,
    settings: BlendSettings,
    now: datetime,
    known: frozenset[Known] = frozenset(),
) -> _Found[_Facts]:
    asked = (rule for rule in rules if rule.needs is None or rule.needs in known)
    answers = ((rule, rule.check(facts, settings, now)) for rule in asked)
    return [(rule, finding) for rule, finding in answers if finding is not None]


def _examine_booking(
    facts: BookingFacts, settings: BlendSettings, now: datetime
) -> tuple[_Found[BookingFacts], tuple[str, ...]]:
    found = _examine(BOOKING_RULES, facts, settings, now, facts.known)
    lifted = [rule.id for rule, _ in found if lifts(rule, facts, settings)]
    kept = [(rule, finding) for rule, finding in found if rule.id not in lifted]
    return kept, tuple(lifted)


def _merge(found: _Found[_Facts], settings: BlendSettings, lifted: tuple[str, ...] = ()) -> Verdict:
    ordered = sorted(found, key=lambda pair: -_SEVERITY[pair[1].outcome])
    actions: list[Action] = [a for _, finding in ordered for a in finding.actions]
    alternatives = [a for _, finding in ordered for a in finding.alternatives]
    return Verdict(
        outcome=ordered[0][1].outcome if ordered else Outcome.ALLOW,
        reasons=tuple(_reason(rule, finding) for rule, finding in ordered),
        actions=tuple(dict.fromkeys(actions)),
        alternatives=tuple(dict.fromkeys(alternatives)),
        settings_version=settings.version,
        lifted=lifted,
    )


def _reason(rule: Rule[_Facts], finding: Finding) -> Reason:
    return Reason(
        rule=rule.id,
        staff=finding.staff or rule.staff,
        candidate=finding.candidate or rule.candidate,
    )


def _with_ways_on(
    verdict: Verdict, facts: BookingFacts, settings: BlendSettings, now: datetime
) -> Verdict:
    """The verdict with the alternatives that are open; a refusal always has one."""
    refused = verdict.outcome in _REFUSALS
    offered = (*verdict.alternatives, phone(facts)) if refused else verdict.alternatives
    open_ones = tuple(a for a in dict.fromkeys(offered) if _stays_open(facts, a, settings, now))
    last_resort = (step("phone", PHONE_LABEL),) if refused and not open_ones else ()
    return replace(verdict, alternatives=open_ones + last_resort)


def _stays_open(
    facts: BookingFacts, alternative: Alternative, settings: BlendSettings, now: datetime
) -> bool:
    if alternative.action is not None:
        return True
    found, _ = _examine_booking(as_booking(facts, alternative), settings, now)
    return all(finding.outcome not in _REFUSALS for _, finding in found)
