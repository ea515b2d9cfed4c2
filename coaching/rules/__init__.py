"""The decision table (5.4): every rule, in order, each in the file of its subject."""

from coaching.facts import BookingFacts, SeatFacts
from coaching.rules import assessment, first_meeting, seat
from coaching.rules.rule import Rule

SEAT_RULES: tuple[Rule[SeatFacts], ...] = seat.RULES
BOOKING_RULES: tuple[Rule[BookingFacts], ...] = (*first_meeting.RULES, *assessment.RULES)


def as_table() -> str:
    """Draw the rules as the Markdown table that the decision record shows."""
    lines = ["| rule | class | lifted by | says to staff | source |", "|---|---|---|---|---|"]
    for rule in (*SEAT_RULES, *BOOKING_RULES):
        people = "nobody" if rule.liftable_by == 0 else f"{rule.liftable_by}"
        sources = ", ".join(rule.sources)
        lines.append(f"| {rule.id} | {rule.hardness} | {people} | {rule.staff.en} | {sources} |")
    return "\n".join(lines)
