"""The decision table (5.4): every rule, in order, each in the file of its subject."""

from coaching.facts import BookingFacts, SeatFacts
from coaching.rules import (
    assessment,
    band,
    contract,
    first_meeting,
    people,
    preference,
    seat,
    skill,
    tasks,
)
from coaching.rules.rule import Rule

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


def as_table() -> str:
    """Draw the rules as the Markdown table that the decision record shows."""
    rows = [*map(_row, SEAT_RULES), *map(_row, BOOKING_RULES)]
    head = ["| rule | class | lifted by | says to staff | source |", "|---|---|---|---|---|"]
    return "\n".join(head + rows)


def _row(rule: Rule[SeatFacts] | Rule[BookingFacts]) -> str:
    people = rule.liftable_by or "nobody"
    sources = ", ".join(rule.sources)
    return f"| {rule.id} | {rule.hardness} | {people} | {rule.staff.en} | {sources} |"
