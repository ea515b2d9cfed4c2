from dataclasses import replace
from datetime import date

import pytest

from coaching.errors import BadInput
from coaching.exceptions import check_exception
from coaching.facts import ExceptionCode, ExceptionRecord
from coaching.rules import BOOKING_RULES
from coaching.settings import VERSION_1
from tests.unit.coaching.situation import ANNA, BRAM

pytestmark = pytest.mark.unit
RULES = {rule.id: rule for rule in BOOKING_RULES}
MADE_ON = date(2027, 1, 12)


def check(record: ExceptionRecord, text: str = "Woont ver weg") -> None:
    rule = RULES[record.rule]
    check_exception(record, rule, text=text, made_on=MADE_ON, settings=VERSION_1)


def exception(rule: str, **changes: object) -> ExceptionRecord:
    return replace(ExceptionRecord(rule=rule, code=ExceptionCode.DISTANCE, by=ANNA), **changes)


@pytest.mark.parametrize(
    "record",
    [
        exception("R7"),
        exception("R9", second=BRAM),
        exception("R7", valid_until=date(2027, 1, 12)),
        exception("R7", valid_until=date(2027, 4, 12)),
    ],
)
def test_an_exception_that_the_table_allows_is_kept(record: ExceptionRecord) -> None:
    check(record, "x" * 200)


@pytest.mark.parametrize(
    ("record", "text", "code", "field"),
    [
        (exception("R10"), "", "exception_not_possible", "rule"),
        (exception("R28", second=BRAM), "", "exception_not_possible", "rule"),
        (exception("R9"), "", "second_person_needed", "second"),
        (exception("R17", second=ANNA), "", "second_person_needed", "second"),
        (exception("R7"), "x" * 201, "text_too_long", "text"),
        (exception("R7", valid_until=date(2027, 4, 13)), "", "date_too_far", "valid_until"),
        (exception("R7", valid_until=date(2027, 1, 11)), "", "date_too_far", "valid_until"),
    ],
)
def test_an_exception_outside_the_table_is_refused_with_its_field(
    record: ExceptionRecord, text: str, code: str, field: str
) -> None:
    with pytest.raises(BadInput) as refused:
        check(record, text)

    assert (refused.value.code, refused.value.field) == (code, field)
