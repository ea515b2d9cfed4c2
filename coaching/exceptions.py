"""Recorded exceptions: which rule is lifted, by how many people, and for how long (5.5)."""

from datetime import date, timedelta

from coaching.errors import BadInput
from coaching.facts import BookingFacts, ExceptionCode, ExceptionRecord, SeatFacts
from coaching.rules.rule import Rule
from coaching.settings import BlendSettings
from coaching.wall_time import to_wall


def lifts(rule: Rule[BookingFacts], facts: BookingFacts, settings: BlendSettings) -> bool:
    """Whether a recorded exception lifts `rule` for this booking."""
    return any(
        record.rule == rule.id
        and record.code is not ExceptionCode.WRITTEN_TRAJECTORY  # of writing; it opens no video
        and (record.code is ExceptionCode.OTHER or not _by_stand_in(rule, facts))
        and 0 < rule.liftable_by <= _people(record)
        and _is_valid(record, facts, settings)
        for record in facts.exceptions
    )


def check_exception(
    record: ExceptionRecord,
    rule: Rule[BookingFacts] | Rule[SeatFacts],
    *,
    text: str,
    made_on: date,
    settings: BlendSettings,
) -> None:
    """Check a new exception to `rule` before it is kept; `text` is its short explanation.

    Raises:
        BadInput: `exception_not_possible`, nobody may lift this rule; `second_person_needed`;
            `text_too_long`; `date_too_far`, or a last day before `made_on`.
    """
    if rule.liftable_by == 0 or record.rule != rule.id:
        raise BadInput("exception_not_possible", field="rule", rule=rule.id)
    if record.code is ExceptionCode.WRITTEN_TRAJECTORY:  # it comes with the guidance itself (E24)
        raise BadInput("exception_not_possible", field="code", rule=rule.id)
    if _people(record) < rule.liftable_by:
        raise BadInput("second_person_needed", field="second")
    if len(text) > settings.exception_text_length:
        raise BadInput("text_too_long", field="text", longest=settings.exception_text_length)
    last = made_on + timedelta(days=settings.exception_days)
    if record.valid_until is not None and not made_on <= record.valid_until <= last:
        raise BadInput("date_too_far", field="valid_until", last=last.isoformat())


def _by_stand_in(rule: Rule[BookingFacts], facts: BookingFacts) -> bool:
    """Whether the first talk by video would be one of a stand-in: only `other` opens that (E5)."""
    return facts.stands_in and rule.id == "R7"


def _people(record: ExceptionRecord) -> int:
    return 2 if record.second is not None and record.second != record.by else 1


def _is_valid(record: ExceptionRecord, facts: BookingFacts, settings: BlendSettings) -> bool:
    if record.valid_until is None:
        return not record.used
    return to_wall(facts.starts_at, settings.zone).date() <= record.valid_until
