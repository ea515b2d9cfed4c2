"""Recorded exceptions: which rule is lifted, by how many people, and for how long (5.5)."""

from coaching.facts import BookingFacts, ExceptionRecord
from coaching.rules.rule import Rule
from coaching.settings import BlendSettings
from coaching.wall_time import to_wall


def lifts(rule: Rule[BookingFacts], facts: BookingFacts, settings: BlendSettings) -> bool:
    """Whether a recorded exception lifts `rule` for this booking."""
    return any(
        record.rule == rule.id
        and 0 < rule.liftable_by <= _people(record)
        and _is_valid(record, facts, settings)
        for record in facts.exceptions
    )


def _people(record: ExceptionRecord) -> int:
    return 2 if record.second is not None and record.second != record.by else 1


def _is_valid(record: ExceptionRecord, facts: BookingFacts, settings: BlendSettings) -> bool:
    if record.valid_until is None:
        return not record.used
    return to_wall(facts.starts_at, settings.zone).date() <= record.valid_until
