"""Who is busy with what: calendar 10 row 12, 11.6."""

import itertools
from dataclasses import replace

import pytest

from calendar_sync.events import ObjectState, Weight
from calendar_sync.occurrences import read_object
from tests.hostile_calendars import END, GROUND, START, event

pytestmark = pytest.mark.unit
OWNER = replace(GROUND, owner_addresses=frozenset({"coach@org.example"}))
BUSY, INTENDED = "X-MICROSOFT-CDO-BUSYSTATUS:", "X-MICROSOFT-CDO-INTENDEDSTATUS:"


def weight(*lines: str) -> Weight | None:
    read = read_object(event(START, END, *lines), OWNER)
    assert read.state is (ObjectState.BUSY if read.busy else ObjectState.FREE)
    return read.busy[0].weight if read.busy else None


def asked(answer: str, address: str = "mailto:Coach@Org.example") -> str:
    return f'ATTENDEE;CN="C: oach";{answer}CUTYPE=INDIVIDUAL:{address}'


@pytest.mark.parametrize(
    ("lines", "counts"),
    [
        ((), Weight.HARD),
        (("TRANSP:OPAQUE", "STATUS:CONFIRMED"), Weight.HARD),
        (("TRANSP:transparent",), None),
        (("STATUS:CANCELLED",), None),
        (("STATUS:TENTATIVE",), Weight.SOFT),
        ((BUSY + "FREE",), None),
        ((BUSY + "TENTATIVE",), Weight.SOFT),
        ((BUSY + "BUSY",), Weight.HARD),
        ((BUSY + "OOF",), Weight.HARD),
        ((BUSY + "WORKINGELSEWHERE",), None),
        ((BUSY + "SOMETHING",), Weight.HARD),
        ((INTENDED + "FREE",), None),
        ((BUSY + "TENTATIVE", INTENDED + "FREE"), None),
        ((BUSY + "BUSY", INTENDED + "FREE"), Weight.HARD),
        ((INTENDED + "OOF",), Weight.HARD),
        ((BUSY + "OOF", "TRANSP:TRANSPARENT"), None),
        ((asked("PARTSTAT=ACCEPTED;"),), Weight.HARD),
        ((asked("PARTSTAT=DECLINED;"),), None),
        ((asked("PARTSTAT=DELEGATED;"),), None),
        ((asked("PARTSTAT=TENTATIVE;"),), Weight.SOFT),
        ((asked("PARTSTAT=NEEDS-ACTION;"),), Weight.SOFT),
        ((asked(""),), Weight.SOFT),
        ((asked(""), "ORGANIZER:mailto:coach@org.example"), Weight.HARD),
        ((asked("PARTSTAT=DECLINED;", "mailto:other@org.example"),), Weight.HARD),
        (("ATTENDEE;EMAIL=coach@org.example;PARTSTAT=DECLINED:urn:uuid:1",), None),
    ],
)
def test_weight(lines: tuple[str, ...], counts: Weight | None) -> None:
    assert weight(*lines) is counts


def test_unanswered_invitation_for_a_day_does_not_block_the_day() -> None:
    """cal.com 29410 and 29870."""
    day = "DTSTART;VALUE=DATE:20270302"
    assert read_object(event(day, asked("PARTSTAT=NEEDS-ACTION;")), OWNER).busy == ()
    [found] = read_object(event(day, asked("PARTSTAT=TENTATIVE;")), OWNER).busy
    assert found.weight is Weight.SOFT


@pytest.mark.parametrize("counts", [None, Weight.SOFT, Weight.HARD])
def test_working_elsewhere_counts_for_what_is_set(counts: Weight | None) -> None:
    read = read_object(
        event(START, END, BUSY + "WORKINGELSEWHERE"), replace(OWNER, elsewhere=counts)
    )
    assert [one.weight for one in read.busy] == [counts] * (counts is not None)


def test_no_word_ever_makes_an_event_heavier_than_the_owners_refusal() -> None:
    words = (BUSY + "OOF", INTENDED + "BUSY", "STATUS:CONFIRMED", "TRANSP:OPAQUE")
    for number in range(len(words) + 1):
        for some in itertools.combinations(words, number):
            assert weight(asked("PARTSTAT=DECLINED;"), *some) is None
