"""The decision table (5.4): every rule, in order, each in the file of its subject."""

from typing import Any

from coaching.facts import BookingFacts, SeatFacts
from coaching.rules import (
    assessment,
    band,
    contract,
    failure,
    first_meeting,
    missed,
    people,
    preference,
    seat,
    silence,
    skill,
    tasks,
)
from coaching.rules.rule import Rule
from coaching.trigger_facts import ClosingFacts, MissedFacts, SilenceFacts, TalkTrouble

SEAT_RULES: tuple[Rule[SeatFacts], ...] = seat.RULES
BOOKING_RULES: tuple[Rule[BookingFacts], ...] = (
    *tasks.RULES,
    *first_meeting.RULES,
    *assessment.RULES,
    *people.RULES,
    *skill.RULES,
    *band.RULES,
    *preference.RULES,
    *contract.RULES,
)
TROUBLE_RULES: tuple[Rule[TalkTrouble], ...] = failure.RULES
SILENCE_RULES: tuple[Rule[SilenceFacts], ...] = silence.RULES
MISSED_RULES: tuple[Rule[MissedFacts], ...] = missed.RULES
CLOSING_RULES: tuple[Rule[ClosingFacts], ...] = tasks.CLOSING_RULES


def as_table() -> str:
    """Draw the rules as the Markdown table that the decision record shows."""
    judging = [*map(_row, SEAT_RULES), *map(_row, BOOKING_RULES)]
    starting = [*map(_row, TROUBLE_RULES), *map(_row, SILENCE_RULES), *map(_row, MISSED_RULES)]
    head = ["| rule | class | lifted by | says to staff | source |", "|---|---|---|---|---|"]
    return "\n".join(head + sorted(judging + starting, key=_number))


def _row(rule: Rule[Any]) -> str:
    people = rule.liftable_by or "nobody"
    sources = ", ".join(rule.sources)
    return f"| {rule.id} | {rule.hardness} | {people} | {rule.staff.en} | {sources} |"


def _number(row: str) -> int:
    return int(row.split()[1].removeprefix("R"))
