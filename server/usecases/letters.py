"""The letter of appointments, for whoever has no e-mail: to print and to post (E22)."""

from dataclasses import dataclass
from datetime import datetime

from coaching.access import Right
from coaching.errors import NotFound
from coaching.words import Language, MeetingStatus, Mode
from server.store import meetings, people
from server.store.database import Tx
from server.usecases.access import rights_in
from server.usecases.context import MeetingId, Parts, StaffActor
from server.usecases.talks import load_talk

_STAND = (MeetingStatus.PLANNED, MeetingStatus.OPEN)
_TOLD = (*_STAND, MeetingStatus.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterTalk:
    """One appointment in a letter. `link` leads into a video talk, for the camera of a phone."""

    mode: Mode
    starts_at: datetime
    place_name: str
    place_address: str
    place_route: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What the letter says, in the candidate's language; of one talk, or of all to come."""

    language: Language
    candidate_name: str
    candidate_phone: str
    coach_name: str
    phone: str  # that reaches a human
    address: str  # of this site, as people read it
    cancelled: bool
    talks: tuple[LetterTalk, ...]


async def letter_of(
    parts: Parts, actor: StaffActor, meeting: MeetingId, *, whole: bool = False, now: datetime
) -> Letter:
    """The letter of a meeting that stands or was called off. Reads only.

    `whole`: of all talks of its trajectory that stand and are to come; of itself where none is.

    Raises:
        NotFound: `meeting_unknown`: no such meeting, not one of this coach, or one of which there
            is nothing to tell (any more).
    """
    async with parts.database.read() as tx:
        talk = await load_talk(tx, meeting)
        rights = await rights_in(tx, actor, talk.meeting, now=now) if talk else frozenset()
        if talk is None or Right.WRITE_LETTER not in rights:
            raise NotFound("meeting_unknown")
        coming = await _coming(tx, talk.meeting, now=now) if whole else ()
        told = coming or (talk.meeting,)
        if any(one.status not in _TOLD for one in told):
            raise NotFound("meeting_unknown")
        talks = [await _told(parts, tx, one) for one in told]
    return Letter(
        language=Language(talk.candidate.language),
        candidate_name=talk.candidate.name,
        candidate_phone=talk.candidate.phone or "",
        coach_name=talk.coach.name,
        phone=talk.phone_of_coach(parts.settings),
        address=parts.settings.public_url.partition("://")[2],
        cancelled=told[0].status == MeetingStatus.CANCELLED,
        talks=tuple(talks),
    )


async def _coming(
    tx: Tx, found: meetings.MeetingRecord, *, now: datetime
) -> tuple[meetings.MeetingRecord, ...]:
    everything = await meetings.meetings_of_trajectories(tx, [found.trajectory_id])
    return tuple(
        one
        for one in everything
        if one.status in _STAND and one.starts_at > now and one.coach_id == found.coach_id
    )


async def _told(parts: Parts, tx: Tx, found: meetings.MeetingRecord) -> LetterTalk:
    room = await people.room_by_id(tx, found.room_id) if found.room_id else None
    by_link = found.mode == Mode.VIDEO and found.status in _STAND
    invitation = await meetings.newest_invitation(tx, found.id) if by_link else None
    token = parts.secret.invitation_token(invitation.id) if invitation else ""
    return LetterTalk(
        mode=Mode(found.mode),
        starts_at=found.starts_at,
        place_name=room.place_name if room else "",
        place_address=room.place_address if room else "",
        place_route=room.place_route if room else "",
        link=f"{parts.settings.public_url}/j/{token}" if token else "",
    )
