"""Events for large calendars: single, of about 800 bytes, within a year from a given day."""

from datetime import UTC, datetime, timedelta

_ZONE = (
    "BEGIN:VTIMEZONE\r\nTZID:Europe/Amsterdam\r\n"
    "BEGIN:DAYLIGHT\r\nDTSTART:19810329T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\n"
    "TZNAME:CEST\r\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU\r\nEND:DAYLIGHT\r\n"
    "BEGIN:STANDARD\r\nDTSTART:19961027T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\n"
    "TZNAME:CET\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU\r\nEND:STANDARD\r\n"
    "END:VTIMEZONE\r\n"
)
_SLOTS_A_DAY = 16  # half hours from eight


def name_of(number: int) -> str:
    """The object's name."""
    return f"event-{number:05d}.ics"


def event_text(number: int, *, first_day: datetime, revision: int = 0) -> bytes:
    """The object with this number; `revision` moves it by so many minutes."""
    day, slot = (number // _SLOTS_A_DAY) % 360, number % _SLOTS_A_DAY
    start = first_day + timedelta(days=day, hours=8, minutes=30 * slot + revision)
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Another program//EN\r\nCALSCALE:GREGORIAN\r\n"
        f"{_ZONE}BEGIN:VEVENT\r\nUID:event-{number:05d}@elsewhere.example\r\n"
        f"DTSTAMP:20270101T080000Z\r\nCREATED:20270101T080000Z\r\nSEQUENCE:{revision}\r\n"
        f"DTSTART;TZID=Europe/Amsterdam:{start:%Y%m%dT%H%M%S}\r\n"
        f"DTEND;TZID=Europe/Amsterdam:{start + timedelta(minutes=25):%Y%m%dT%H%M%S}\r\n"
        f"SUMMARY:Overleg {number}\r\nLOCATION:Kamer {number % 12}\r\n"
        "STATUS:CONFIRMED\r\nTRANSP:OPAQUE\r\nCLASS:PUBLIC\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()


def day_of(moment: datetime) -> datetime:
    """Midnight of a moment's day, without a zone: the events say their own."""
    return datetime(moment.year, moment.month, moment.day, tzinfo=UTC).replace(tzinfo=None)
