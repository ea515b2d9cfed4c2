"""Names of zones: known ones mean our own data, unknown ones are never taken for UTC."""

from datetime import UTC, datetime

import pytest

from calendar_sync.events import ObjectState
from calendar_sync.hostile import NotBelieved
from calendar_sync.occurrences import read_object
from calendar_sync.zones import known_zone, zone_of
from tests.hostile_calendars import GROUND, event

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Europe/Amsterdam", "Europe/Amsterdam"),
        ('"europe/amsterdam"', "Europe/Amsterdam"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("Romance Standard Time", "Europe/Paris"),
        ("GMT Standard Time", "Europe/London"),
        ("/freeassociation.sourceforge.net/Tzfile/Europe/Amsterdam", "Europe/Amsterdam"),
        ("/mozilla.org/20050126_1/America/Argentina/Ushuaia", "America/Argentina/Ushuaia"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Amsterdam"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("UTC", "UTC"),
    ],
)
def test_zone_is_known_by_its_names(name: str, key: str) -> None:
    found = known_zone(name)
    assert found is not None
    assert found.key == key


@pytest.mark.parametrize(
    "name",
    [
        *("Customized Time Zone", "W. Europe Standard Time 1", "tzone://Microsoft/Custom"),
        *("localtime", "Factory", "posixrules", "../../etc/localtime", "/etc/localtime"),
        *("Amsterdam", "GMT+1", "", " ", "x" * 10_000, "/a/UTC", "Europe/Amsterdam\0"),
    ],
)
def test_unknown_zone_is_none(name: str) -> None:
    assert known_zone(name) is None
    with pytest.raises(NotBelieved):
        zone_of(name, b"")


def own_zone(name: str, *halves: tuple[str, str, str, str, str]) -> tuple[str, ...]:
    lines = ["BEGIN:VTIMEZONE", f"TZID:{name}"]
    for kind, start, before, after, rule in halves:
        lines += [f"BEGIN:{kind}", f"DTSTART:{start}", f"TZOFFSETFROM:{before}"]
        lines += [f"TZOFFSETTO:{after}", *([f"RRULE:{rule}"] if rule else []), f"END:{kind}"]
    return (*lines, "END:VTIMEZONE")


SUMMER = ("DAYLIGHT", "16010101T020000", "+0100", "+0200", "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3")
WINTER = ("STANDARD", "16010101T030000", "+0200", "+0100", "FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10")
LATER = ("STANDARD", "16010101T030000", "+0200", "+0100", "FREQ=YEARLY;BYDAY=1SU;BYMONTH=11")


def read_in(name: str, before: tuple[str, ...]) -> tuple[ObjectState, list[datetime]]:
    ics = event(f"DTSTART;TZID={name}:20270702T140000", "DURATION:PT1H", before=before)
    read = read_object(ics, GROUND)
    return read.state, [one.starts_at for one in read.busy]


def test_unknown_name_with_rules_exactly_like_a_zone_means_that_zone() -> None:
    before = own_zone("Customized Time Zone", SUMMER, WINTER)
    assert read_in("Customized Time Zone", before) == (
        ObjectState.BUSY,
        [datetime(2027, 7, 2, 12, tzinfo=UTC)],
    )


def test_unknown_name_with_a_fixed_offset_means_that_offset() -> None:
    before = own_zone("Vast", ("STANDARD", "19700101T000000", "+0300", "+0300", ""))
    assert read_in("Vast", before)[1] == [datetime(2027, 7, 2, 11, tzinfo=UTC)]


@pytest.mark.parametrize(
    "halves",
    [
        (SUMMER, LATER),
        (SUMMER,),
        (SUMMER, WINTER, WINTER),
        (("STANDARD", "19700101T000000", "+0130", "+0130", ""),),
        (),
    ],
)
def test_unknown_name_with_other_rules_is_flagged(
    halves: tuple[tuple[str, str, str, str, str], ...],
) -> None:
    assert read_in("Eigen", own_zone("Eigen", *halves)) == (ObjectState.ZONE_UNKNOWN, [])


def test_lie_under_a_known_name_moves_nothing() -> None:
    lie = own_zone("Europe/Amsterdam", ("STANDARD", "19700101T000000", "-1100", "-1100", ""))
    assert read_in("Europe/Amsterdam", lie)[1] == [datetime(2027, 7, 2, 12, tzinfo=UTC)]


def test_unquoted_zone_with_a_colon_is_read() -> None:
    name = "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna"
    assert read_in(name, ())[1] == [datetime(2027, 7, 2, 12, tzinfo=UTC)]
