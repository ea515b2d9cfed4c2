"""The invitation that goes with a mail, in the words of iMIP (RFC 6047, RFC 5546).

One UID for the life of the meeting, SEQUENCE rising with its revision, ORGANIZER the address the
mail is sent from: then a calendar program updates and withdraws instead of adding (calendar
handbook, chapter 8).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from icalendar import Event, vCalAddress, vText

from calendar_sync.event_format import add_zone, empty_calendar, moment_in
from calendar_sync.plain_text import harmless


class Method(StrEnum):
    """What the receiver is asked to do (RFC 5546 1.4)."""

    REQUEST = "REQUEST"  # invite, or update what was invited
    CANCEL = "CANCEL"
    PUBLISH = "PUBLISH"  # a file to open, without an answer


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationFacts:
    """What the invitation says. Moments are aware; `zone` is an IANA name; `stamp` is now.

    `revision` is that of the meeting. `attendee` is empty for PUBLISH. Texts are made harmless
    here; addresses must be checked by the caller.
    """

    uid: str
    revision: int
    summary: str
    description: str
    location: str
    url: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    organizer: str
    organizer_name: str
    attendee: str
    attendee_name: str
    stamp: datetime
    answers: bool = False  # whether somebody reads what the attendee's program answers


def invitation_uid(meeting: str, mark: str, domain: str) -> str:
    """The UID under which a candidate's calendar knows a meeting, through all its changes.

    `mark` is what an answer has to bring back to be believed.
    """
    return f"{meeting}.{mark}@{domain}"


def build_invitation(facts: InvitationFacts, method: Method) -> bytes:
    """Write the invitation, its update or its withdrawal as one calendar object."""
    calendar = empty_calendar()
    calendar.add("method", str(method))
    add_zone(calendar, facts.zone)
    event = Event()
    event.add("uid", facts.uid)
    event.add("sequence", facts.revision)
    event.add("dtstamp", facts.stamp.astimezone(UTC))
    event.add("dtstart", moment_in(facts.starts_at, facts.zone))
    event.add("dtend", moment_in(facts.ends_at, facts.zone))
    event.add("summary", harmless(facts.summary))
    event.add("status", "CANCELLED" if method is Method.CANCEL else "CONFIRMED")
    event.add("organizer", _person(facts.organizer, facts.organizer_name))
    if method is not Method.PUBLISH:
        event.add("attendee", _attendee(facts, method))
    _add_details(event, facts)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _add_details(event: Event, facts: InvitationFacts) -> None:
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE")
    lines = "\n".join(harmless(line, limit=300) for line in facts.description.splitlines())
    if lines:
        event.add("description", lines)
    if facts.location:
        event.add("location", harmless(facts.location, limit=300))
    if facts.url:
        event.add("url", facts.url)


def _attendee(facts: InvitationFacts, method: Method) -> vCalAddress:
    person = _person(facts.attendee, facts.attendee_name)
    person.params["CUTYPE"] = vText("INDIVIDUAL")
    person.params["ROLE"] = vText("REQ-PARTICIPANT")
    if method is Method.REQUEST:
        person.params["PARTSTAT"] = vText("NEEDS-ACTION")
        person.params["RSVP"] = vText("TRUE" if facts.answers else "FALSE")
    return person


def _person(address: str, name: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    plain = harmless(name)
    if plain:
        person.params["CN"] = vText(plain)
    return person
