"""The decision table (5.4): every rule, in order, each in the file of its subject."""

from coaching.facts import BookingFacts, SeatFacts
from coaching.rules import assessment, first_meeting, seat
from coaching.rules.rule import Rule

SEAT_RULES: tuple[Rule[SeatFacts], ...] = seat.RULES
BOOKING_RULES: tuple[Rule[BookingFacts], ...] = (*first_meeting.RULES, *assessment.RULES)
