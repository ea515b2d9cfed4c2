"""One meeting with its two people: who is who, when its window is open, what a link is worth."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from coaching.attendance import decide_held
from coaching.engine import judge_seat
from coaching.facts import LinkState, SeatFacts
from coaching.lifecycle import MeetingEvent, advance
from coaching.settings import VERSION_1
from coaching.verdict import Verdict
from coaching.words import MeetingStatus, Mode, Role
from server.config import Settings
from server.store import attention, meetings, people, sessions
from server.store.database import Tx
from server.usecases.access import has_old_link
from server.usecases.camera_waiver import use_camera_waiver
from server.usecases.closing import close_tasks
from server.usecases.context import Actor, GuestActor, Parts
from server.usecases.flagging import flag_unready
from server.usecases.numbers import numbers_at

_CLOSED = (MeetingStatus.MISSED, MeetingStatus.FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What the receivers attested: seen long enough (None: not measured), how often differed."""

    online: bool | None
    differences: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A meeting, its coach and its candidate."""

    meeting: meetings.MeetingRecord
    coach: people.StaffRecord
    candidate: people.CandidateRecord

    def opens_at(self, settings: Settings) -> datetime:
        """When the waiting room opens."""
        return self.meeting.starts_at - timedelta(minutes=settings.early_minutes)

    def closes_at(self, settings: Settings) -> datetime:
        """Until when the link opens the talk."""
        return self.meeting.ends_at + timedelta(minutes=settings.late_minutes)

    def link_state(self, settings: Settings, *, now: datetime) -> LinkState:
        """Whether one of the two may take a seat now, by status and clock."""
        if self.meeting.status == MeetingStatus.CANCELLED:
            return LinkState.REVOKED
        if now < self.opens_at(settings):
            return LinkState.EARLY
        if self.is_over(settings, now=now) or self.meeting.mode != Mode.VIDEO:
            return LinkState.EXPIRED
        return LinkState.GOOD

    def is_over(self, settings: Settings, *, now: datetime) -> bool:
        """Whether nobody comes back to this meeting any more.

        A talk that was held may be taken up again until its planned end.
        """
        held = self.meeting.status == MeetingStatus.HELD and now > self.meeting.ends_at
        return held or self.meeting.status in _CLOSED or now > self.closes_at(settings)

    def phone_of_coach(self, settings: Settings) -> str:
        """The number that reaches a human for this meeting."""
        return self.coach.phone or settings.organisation_phone

    def number_for(self, role: Role, settings: Settings) -> tuple[str, str]:
        """Whom to ring when it does not work, and where: (name, number).

        Somebody whose number we do not have is reached through the organisation.
        """
        other = self.coach.phone if role is Role.CANDIDATE else self.candidate.phone
        if other:
            return self.name_of(role.other), other
        return settings.organisation, settings.organisation_phone

    def name_of(self, role: Role) -> str:
        """Who sits in that seat."""
        return self.coach.name if role is Role.COACH else self.candidate.name

    def role_of(self, actor: Actor) -> Role | None:
        """The seat of `actor` in this talk; a guest knows one meeting and no other."""
        if isinstance(actor, GuestActor):
            return Role.CANDIDATE if actor.meeting == self.meeting.id else None
        return Role.COACH if actor.id == self.coach.id else None


async def load_talk(tx: Tx, meeting: UUID) -> Talk | None:
    """The meeting with its two people."""
    found = await meetings.meeting_by_id(tx, meeting)
    if found is None:
        return None
    coach = await people.staff_by_id(tx, found.coach_id)
    candidate = await people.candidate_by_id(tx, found.candidate_id)
    if coach is None or candidate is None:
        return None
    return Talk(meeting=found, coach=coach, candidate=candidate)


async def role_in(tx: Tx, talk: Talk, actor: Actor) -> Role | None:
    """The seat of `actor`; none any more for a candidate whose link was replaced since."""
    return None if await has_old_link(tx, actor) else talk.role_of(actor)


async def link_of(tx: Tx, actor: Actor) -> LinkState:
    """What the link is worth by which `actor` came in: a guest's may have been replaced since."""
    if not isinstance(actor, GuestActor):
        return LinkState.GOOD
    invitation_id = await sessions.invitation_of_device(tx, actor.device)
    invitation = await meetings.invitation_by_id(tx, invitation_id) if invitation_id else None
    if invitation is None:
        return LinkState.EXPIRED
    return LinkState.REPLACED if invitation.revoked_at else LinkState.GOOD


def judge_person(talk: Talk, actor: Actor, link: LinkState, *, now: datetime) -> Verdict:
    """Rules R1 and R3 for somebody who wants in: one of the two, by a link that is good."""
    role = talk.role_of(actor)
    person = (
        {Role.COACH: talk.coach.id, Role.CANDIDATE: talk.candidate.id}.get(role) if role else None
    )
    facts = SeatFacts(person=person, coach=talk.coach.id, candidate=talk.candidate.id, link=link)
    return judge_seat(facts, VERSION_1, now)


async def _held_seconds(parts: Parts, tx: Tx, found: meetings.MeetingRecord) -> int:
    """What the admin set for that day, unless this is an installation to try things out."""
    if parts.settings.held_seconds:
        return parts.settings.held_seconds
    return (await numbers_at(tx, found.starts_at, parts.settings.tz)).held_seconds


async def progress(
    parts: Parts,
    tx: Tx,
    found: meetings.MeetingRecord,
    joint_seconds: int,
    seen: Sight,
    *,
    over: bool,
    now: datetime,
) -> dict[str, object]:
    """What changes in a running meeting by the joint time of its talk, with its history.

    The first joint second opens it; the end of a talk that is long enough by the numbers of its day
    makes it held.
    """
    status = MeetingStatus(found.status)
    if over and decide_held(joint_seconds, await _held_seconds(parts, tx, found)):
        detail = {"joint_seconds": str(joint_seconds), "differences": str(seen.differences)}
        await meetings.add_event(tx, found.id, at=now, actor="system", what="held", detail=detail)
        await close_tasks(parts, tx, found, held=True, now=now)
        if await use_camera_waiver(tx, found):  # a talk after it has none any more
            await flag_unready(tx, found.candidate_id, about=found.id, now=now)
        held = advance(status, MeetingEvent.HOLD)
        return {"status": held, "decided_at": now, "counts_online": seen.online}
    if status is MeetingStatus.PLANNED:
        await meetings.add_event(tx, found.id, at=now, actor="system", what="opened")
        await attention.add_activity(  # an own act, also of a talk that fails after (5.2)
            tx, found.candidate_id, "talk_joined", meeting_id=found.id, now=now
        )
    return {"status": advance(status, MeetingEvent.OPEN)}
