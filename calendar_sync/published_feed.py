"""The feed that a calendar program subscribes to: times in UTC, and neutral words.

No METHOD (RFC 5546 1.4: then it is no invitation), the pause between two looks in both ways that
programs know. Written line by line: the typed writer costs five times as much, and everything but
the summary is a number, a name of ours or a checked address. The summary is escaped and folded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from icalendar.prop import vText

from calendar_sync.event_format import PRODID
from calendar_sync.plain_text import harmless

EVERY = "PT1H"
_LONGEST = 75


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEvent:
    """One appointment. `changed_at` is when it was last written; `url` is behind a sign-in."""

    uid: str
    revision: int
    summary: str
    url: str
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime


def write_feed(name: str, events: Iterable[FeedEvent]) -> bytes:
    """The whole feed as one calendar object (RFC 5545, RFC 7986 5.7)."""
    title = _text(name)
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{PRODID}",
        f"NAME:{title}",
        f"X-WR-CALNAME:{title}",
        f"REFRESH-INTERVAL;VALUE=DURATION:{EVERY}",
        f"X-PUBLISHED-TTL:{EVERY}",
    ]
    for event in events:
        lines += _event(event)
    lines.append("END:VCALENDAR")
    return b"\r\n".join([*map(_line, lines), b""])


def _event(event: FeedEvent) -> Sequence[str]:
    changed = _moment(event.changed_at)
    return (
        "BEGIN:VEVENT",
        f"UID:{event.uid}",
        f"DTSTAMP:{changed}",
        f"LAST-MODIFIED:{changed}",
        f"SEQUENCE:{event.revision}",
        f"DTSTART:{_moment(event.starts_at)}",
        f"DTEND:{_moment(event.ends_at)}",
        f"SUMMARY:{_text(event.summary)}",
        f"URL:{event.url}",
        "CLASS:PRIVATE",
        "STATUS:CONFIRMED",
        "TRANSP:OPAQUE",
        "END:VEVENT",
    )


def _line(line: str) -> bytes:
    """A line folded to 75 bytes, no letter cut in two (RFC 5545 3.1)."""
    whole = line.encode()
    if len(whole) <= _LONGEST:
        return whole
    folded, last = b"", b""
    for letter in map(str.encode, line):
        if len(last) + len(letter) > _LONGEST:
            folded, last = folded + last + b"\r\n", b" "
        last += letter
    return folded + last


def _text(text: str) -> str:
    return vText(harmless(text)).to_ical().decode()


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"
