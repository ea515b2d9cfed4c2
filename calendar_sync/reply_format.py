"""An answer to an invitation (iMIP REPLY or COUNTER, RFC 5546 3.2.3, 3.2.7), read as hostile text.

Only what is needed is looked at: which invitation, who answers what, for which time. ORGANIZER is
not asked for: some programs leave it out.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from calendar_sync.event_times import Reading, interval, parameters, when
from calendar_sync.hostile import NotBelieved, Part, Reason, scan, value_of

MAX_BYTES = 200_000
_METHOD = re.compile(rb"^METHOD(?:;[^\n:]*)?:([^\n]*)$", re.MULTILINE | re.IGNORECASE)
_MAILTO = "mailto:"
_MOST_DIGITS = 9


class Answer(StrEnum):
    """What somebody answers; the values are kept in `mail_reply`."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    TENTATIVE = "tentative"
    COUNTERED = "countered"  # another time is asked for


_ANSWERS = {
    "ACCEPTED": Answer.ACCEPTED,
    "DECLINED": Answer.DECLINED,
    "TENTATIVE": Answer.TENTATIVE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer. `attendee` is a mail address in small letters.

    `sequence` is that of the invitation that was answered, where it is told; the times are UTC,
    None where there are none that can be understood.
    """

    uid: str
    attendee: str
    answer: Answer
    sequence: int | None
    starts_at: datetime | None
    ends_at: datetime | None


def read_reply(ics: bytes, *, zone: str) -> Reply | None:
    """The answer in a calendar object; None: it is no answer but something else.

    `zone` is the IANA name for times that name none.

    Raises:
        NotBelieved: not a harmless calendar, not one event, or not one attendee with an answer.
    """
    if len(ics) > MAX_BYTES:
        raise NotBelieved(Reason.TOO_LARGE)
    scanned = scan(ics)
    methods = [found.strip().upper() for found in _METHOD.findall(scanned.text)]
    if methods not in ([b"REPLY"], [b"COUNTER"]):
        return None
    if len(scanned.events) != 1 or "RECURRENCE-ID" in scanned.events[0].lines:
        raise NotBelieved(Reason.NO_EVENT)
    (event,) = scanned.events
    attendee, said = _attendee(event)
    answer = Answer.COUNTERED if methods == [b"COUNTER"] else _ANSWERS.get(said)
    if answer is None:
        return None
    starts_at, ends_at = _times(event, Reading(owner_zone=ZoneInfo(zone), text=scanned.text))
    return Reply(
        uid=value_of(event.one("UID") or "").strip(),
        attendee=attendee,
        answer=answer,
        sequence=_number(event.value("SEQUENCE")),
        starts_at=starts_at,
        ends_at=ends_at,
    )


def _attendee(event: Part) -> tuple[str, str]:
    lines = event.lines.get("ATTENDEE", [])
    if len(lines) != 1:
        raise NotBelieved(Reason.TWICE_THE_SAME)
    address = value_of(lines[0]).strip().lower()
    if not address.startswith(_MAILTO):
        raise NotBelieved(Reason.NO_EVENT)
    head = lines[0][: -len(value_of(lines[0])) - 1]
    return address.removeprefix(_MAILTO), parameters(head).get("PARTSTAT", "").upper()


def _times(event: Part, reading: Reading) -> tuple[datetime | None, datetime | None]:
    try:
        found = when(event, reading)
        return interval(found.start, found.span, reading.owner_zone)
    except NotBelieved:
        return None, None


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= _MOST_DIGITS else None
