"""The letter of an appointment, for whoever has no e-mail: to print and to post (E22)."""

from dataclasses import dataclass
from datetime import datetime

from coaching.errors import NotFound
from coaching.words import Language, MeetingStatus, Mode
from server.store import people
from server.usecases.context import MeetingId, Parts, StaffActor
from server.usecases.people import own_only
from server.usecases.talks import load_talk


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What the letter says, in the candidate's language; no link, for nobody can press it."""

    language: Language
    candidate_name: str
    candidate_phone: str
    coach_name: str
    phone: str  # that reaches a human
    mode: Mode
    starts_at: datetime
    cancelled: bool
    place_name: str
    place_address: str
    place_route: str


async def letter_of(parts: Parts, actor: StaffActor, meeting: MeetingId) -> Letter:
    """The letter of a meeting that stands or was called off. Reads only.

    Raises:
        NotFound: `meeting_unknown`: no such meeting, not one of this coach, or a time that is only
            held, of which nobody is told yet.
    """
    async with parts.database.read() as tx:
        talk = await load_talk(tx, meeting)
        if talk is None or own_only(actor) not in (None, talk.coach.id):
            raise NotFound("meeting_unknown")
        found = talk.meeting
        room = await people.room_by_id(tx, found.room_id) if found.room_id else None
    if found.status == MeetingStatus.PROVISIONAL:
        raise NotFound("meeting_unknown")
    return Letter(
        language=Language(talk.candidate.language),
        candidate_name=talk.candidate.name,
        candidate_phone=talk.candidate.phone or "",
        coach_name=talk.coach.name,
        phone=talk.phone_of_coach(parts.settings),
        mode=Mode(found.mode),
        starts_at=found.starts_at,
        cancelled=found.status == MeetingStatus.CANCELLED,
        place_name=room.place_name if room else "",
        place_address=room.place_address if room else "",
        place_route=room.place_route if room else "",
    )
