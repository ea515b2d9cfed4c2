"""Our own mirror, as people may have left it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from calendar_sync.event_format import EventFacts, build_event
from calendar_sync.events import ObjectState, OwnEvent
from calendar_sync.occurrences import read_object
from tests.hostile_calendars import GROUND

pytestmark = pytest.mark.unit
STARTS = datetime(2027, 3, 2, 13, tzinfo=UTC)
FACTS = EventFacts(
    uid="m-1@tweespraak.example",
    meeting="m",
    revision=3,
    summary="Gesprek (T-1234)",
    description="https://tweespraak.example/meetings/m",
    starts_at=STARTS,
    ends_at=STARTS + timedelta(minutes=45),
    zone="Europe/Amsterdam",
    stamp=STARTS,
)
MIRROR = OwnEvent(
    meeting="m",
    uid="m-1@tweespraak.example",
    revision=3,
    starts_at=FACTS.starts_at,
    ends_at=FACTS.ends_at,
    cancelled=False,
    all_day=False,
    recurring=False,
)


def read(*changes: tuple[str, str]) -> OwnEvent:
    ics = build_event(FACTS).decode()
    for old, new in changes:
        assert old in ics
        ics = ics.replace(old, new)
    found = read_object(ics.encode(), GROUND)
    assert found.state is ObjectState.OURS
    assert found.own is not None
    return found.own


def test_mirror_is_read_back_as_it_was_written() -> None:
    assert read() == MIRROR


@pytest.mark.parametrize(
    "day", [datetime(2027, 3, 28, tzinfo=UTC), datetime(2027, 10, 31, tzinfo=UTC)]
)
@pytest.mark.parametrize("quarter", range(16))
def test_mirror_around_the_changes_of_the_clock_comes_back_the_same(
    day: datetime, quarter: int
) -> None:
    starts = day + timedelta(minutes=15 * quarter)
    facts = replace(FACTS, starts_at=starts, ends_at=starts + timedelta(minutes=45))
    own = read_object(build_event(facts), GROUND).own
    assert own is not None
    assert (own.starts_at, own.ends_at) == (facts.starts_at, facts.ends_at)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("T140000", "T160000"), {"starts_at": None, "ends_at": None}),  # the end comes first
        (("T144500", "T154500"), {"ends_at": STARTS + timedelta(minutes=105)}),
        (("STATUS:CONFIRMED", "STATUS:CANCELLED"), {"cancelled": True}),
        (("STATUS:CONFIRMED", "RRULE:FREQ=WEEKLY"), {"recurring": True}),
        (("STATUS:CONFIRMED", "RRULE:FREQ=SECONDLY"), {"recurring": True}),
        (("X-TWEESPRAAK-REV:3", "X-TWEESPRAAK-REV:drie"), {"revision": None}),
        (
            ("DTSTART;TZID=Europe/Amsterdam", "DTSTART;TZID=Mars"),
            {"starts_at": None, "ends_at": None},
        ),
    ],
)
def test_change_by_a_person_is_told(change: tuple[str, str], told: dict[str, object]) -> None:
    assert read(change) == replace(MIRROR, **told)  # type: ignore[arg-type]  # fields by name


def test_only_a_day_left_is_told() -> None:
    own = read(
        ("DTSTART;TZID=Europe/Amsterdam:20270302T140000", "DTSTART;VALUE=DATE:20270303"),
        ("DTEND;TZID=Europe/Amsterdam:20270302T144500", "DTEND;VALUE=DATE:20270304"),
    )
    assert own.all_day
    assert own.starts_at == datetime(2027, 3, 2, 23, tzinfo=UTC)
