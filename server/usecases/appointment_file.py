"""The appointment as a file for the candidate's own calendar."""

from datetime import datetime

from calendar_sync.invitation_format import (
    InvitationFacts,
    Method,
    build_invitation,
)
from coaching.words import Language
from server.texts import catalogue
from server.usecases.context import Parts
from server.usecases.invitation_names import invitation_name
from server.usecases.talks import Talk


def write_appointment(parts: Parts, talk: Talk, place: str, token: str, *, now: datetime) -> bytes:
    """Write the calendar file of a meeting at `place` (empty for a talk); it holds the link."""
    texts = catalogue(Language(talk.candidate.language))
    phone = talk.phone_of_coach(parts.settings)
    facts = InvitationFacts(
        uid=invitation_name(parts, talk.meeting.id),
        revision=talk.meeting.revision,
        summary=texts.say("ics.summary", coach=talk.coach.name),
        description=texts.say("ics.description", phone=phone),
        location=place,
        url=f"{parts.settings.public_url}/j/{token}",
        starts_at=talk.meeting.starts_at,
        ends_at=talk.meeting.ends_at,
        zone=talk.meeting.zone,
        organizer=parts.settings.mail_from,
        organizer_name=parts.settings.organisation,
        attendee="",
        attendee_name="",
        stamp=now,
    )
    return build_invitation(facts, Method.PUBLISH)
