"""From a link to a seat: preview, redeem, ticket. A preview reads only."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID, uuid4

from coaching.engine import judge_seat
from coaching.errors import Conflict, NotFound, Refused
from coaching.facts import LinkState, SeatFacts
from coaching.settings import VERSION_1, BlendSettings
from coaching.verdict import Verdict
from coaching.words import Language, MeetingStatus, Mode, Role
from server.secrets import new_token, token_hash
from server.store import meetings, notices, people, photos, sessions
from server.store.database import Tx
from server.usecases.access import came_by_old_link
from server.usecases.accounts import IDLE
from server.usecases.appointment_file import write_appointment
from server.usecases.camera_waiver import has_camera_waiver
from server.usecases.context import Actor, GuestActor, MeetingId, Parts
from server.usecases.door import check_door
from server.usecases.numbers import numbers_at
from server.usecases.talks import Sight, Talk, judge_person, link_of, load_talk, progress, role_in

_TICKET_LIFE = timedelta(seconds=30)
_TALK_KEEPS = timedelta(minutes=5)  # a session, counted from the last that both were there
_NOTICE_PAUSE = timedelta(minutes=10)
_OUTSIDE = {LinkState.EARLY: "talk_not_open", LinkState.EXPIRED: "talk_over"}
_RUNNING = (MeetingStatus.PLANNED, MeetingStatus.OPEN)


class InvitationState(StrEnum):
    """What the page behind a link has to say."""

    OPEN = "open"  # a video talk whose window is open: one button
    EARLY = "early"  # a video talk: when to come back
    OFFLINE = "offline"  # at a location: place and route
    PHONE = "phone"  # the coach calls
    MOVED = "moved"  # an older link: the new time, and that the newest mail has the new link
    CANCELLED = "cancelled"
    OVER = "over"
    UNKNOWN = "unknown"  # wrong, truncated or foreign: a stranger learns nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationPreview:
    """What a candidate may read before doing anything. For UNKNOWN all the rest is empty."""

    state: InvitationState
    meeting: MeetingId | None
    language: Language | None
    candidate_first_name: str
    coach_name: str
    coach_phone: str
    kind: str
    mode: Mode | None
    starts_at: datetime | None
    ends_at: datetime | None
    opens_at: datetime | None
    place_name: str
    place_address: str
    place_route: str
    coach_photo: str = ""  # its name; empty without one


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkFacts:
    """What the call page needs."""

    meeting: MeetingId
    role: Role
    own_name: str
    other_name: str
    phone: str  # candidate: the coach's; coach: the candidate's
    phone_name: str
    starts_at: datetime
    ends_at: datetime
    opens_at: datetime
    window: LinkState  # good, early, expired or (cancelled) revoked
    camera_waiver: bool = False  # the candidate may take part without a camera (R4, E9)
    coach_photo: str = ""  # its name; empty without one
    kind: str = ""  # of the meeting
    settings: BlendSettings = VERSION_1  # that hold on its day


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatTicket:
    """What a ticket stands for once it is redeemed."""

    meeting: MeetingId
    role: Role
    person: UUID
    name: str
    device: UUID
    other_person: UUID
    other_name: str
    candidate_phone: str
    relay_only: bool
    camera_waiver: bool = False
    settings: BlendSettings = VERSION_1  # that hold on the day of the talk


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterTalk:
    """What the page after the talk says."""

    role: Role
    held: bool
    joint_seconds: int
    attested_seconds: int | None  # both pages saw the other; None: nobody measured it
    other_name: str
    next_starts_at: datetime | None
    next_mode: Mode | None
    phone: str
    phone_name: str


async def preview_invitation(parts: Parts, token: str, *, now: datetime) -> InvitationPreview:
    """Say what stands behind a link. Changes nothing, however often it is called."""
    async with parts.database.read() as tx:
        invitation = await meetings.invitation_behind(tx, token_hash(token))
        talk = await load_talk(tx, invitation.meeting_id) if invitation else None
        if invitation is None or talk is None:
            return _NOTHING
        room_id = talk.meeting.room_id
        room = await people.room_by_id(tx, room_id) if room_id else None
        photo = await photos.photo_name(tx, talk.coach.id)
    state = _state(parts, talk, invitation, now=now)
    return InvitationPreview(
        state=state,
        meeting=MeetingId(talk.meeting.id),
        language=Language(talk.candidate.language),
        candidate_first_name=talk.candidate.name.split()[0],
        coach_name=talk.coach.name,
        coach_phone=talk.phone_of_coach(parts.settings),
        kind=talk.meeting.kind,
        mode=Mode(talk.meeting.mode),
        starts_at=talk.meeting.starts_at,
        ends_at=talk.meeting.ends_at,
        opens_at=talk.opens_at(parts.settings),
        place_name=room.place_name if room else "",
        place_address=room.place_address if room else "",
        place_route=room.place_route if room else "",
        coach_photo=photo,
    )


async def redeem_invitation(
    parts: Parts, token: str, *, now: datetime, here: GuestActor | None = None
) -> tuple[str, MeetingId]:
    """Give this device a guest session: (session token for the cookie, meeting).

    `here` is who this browser already is: by the same link it stays the same device, with a new
    token, so that whoever presses the link again comes straight back to a talk (T4).

    Raises:
        NotFound: `link_not_open`, the link does not open a talk now (the page says why by
            `preview_invitation`).
    """
    session = new_token()

    async def work(tx: Tx) -> MeetingId:
        invitation = await meetings.invitation_behind(tx, token_hash(token))
        talk = await load_talk(tx, invitation.meeting_id) if invitation else None
        if invitation is None or talk is None:
            raise NotFound("link_not_open")
        if _state(parts, talk, invitation, now=now) is not InvitationState.OPEN:
            raise NotFound("link_not_open")
        meeting, hashed = MeetingId(talk.meeting.id), token_hash(session)
        if here and await sessions.renew_guest_session(
            tx, hashed, device=here.device, invitation_id=invitation.id, now=now
        ):
            return meeting
        await sessions.insert_session(
            tx,
            hashed,
            invitation_id=invitation.id,
            csrf=secrets.token_urlsafe(24),
            expires_at=talk.closes_at(parts.settings),
            now=now,
        )
        return meeting

    return session, await parts.database.run(work)


async def invitation_ics(parts: Parts, token: str, *, now: datetime) -> bytes:
    """The appointment as a calendar file for the candidate.

    Raises:
        NotFound: `link_unknown`, the link is unknown or no longer stands for an appointment.
    """
    preview = await preview_invitation(parts, token, now=now)
    gone = (InvitationState.UNKNOWN, InvitationState.CANCELLED, InvitationState.MOVED)
    if preview.state in gone or preview.meeting is None:
        raise NotFound("link_unknown")
    async with parts.database.read() as tx:
        talk = await load_talk(tx, preview.meeting)
    if talk is None:
        raise NotFound("link_unknown")
    place = ", ".join(part for part in (preview.place_name, preview.place_address) if part)
    return write_appointment(parts, talk, place, token, now=now)


async def open_talk(parts: Parts, actor: Actor, meeting: MeetingId, *, now: datetime) -> TalkFacts:
    """What one of the two sees on the call page. Reads only.

    Raises:
        Refused: R1 or R3, somebody who is not one of the two, or a link that was replaced.
        NotFound: no such meeting.
    """
    async with parts.database.read() as tx:
        talk = await _talk(tx, meeting)
        role = _admit(talk, actor, await link_of(tx, actor), now=now)
        waived = await has_camera_waiver(tx, talk.meeting)
        photo = await photos.photo_name(tx, talk.coach.id)
        settings = await numbers_at(tx, talk.meeting.starts_at, parts.settings.tz)
    phone_name, phone = talk.number_for(role, parts.settings)
    return TalkFacts(
        meeting=meeting,
        role=role,
        own_name=talk.name_of(role),
        other_name=talk.name_of(role.other),
        phone=phone,
        phone_name=phone_name,
        starts_at=talk.meeting.starts_at,
        ends_at=talk.meeting.ends_at,
        opens_at=talk.opens_at(parts.settings),
        window=talk.link_state(parts.settings, now=now),
        camera_waiver=waived,
        coach_photo=photo,
        kind=talk.meeting.kind,
        settings=settings,
    )


async def refuse_third(parts: Parts, actor: Actor, meeting: MeetingId, *, now: datetime) -> None:
    """Leave a notice for the coach that somebody else tried to enter; once in ten minutes.

    One of the two with an old link is not somebody else.
    """

    async def work(tx: Tx) -> None:
        locked = await meetings.meeting_to_change(tx, meeting)
        talk = await load_talk(tx, meeting) if locked else None
        if talk is None or talk.role_of(actor):
            return
        since = now - _NOTICE_PAUSE
        if not await notices.noticed_since(tx, meeting, "third_refused", since=since):
            await notices.add_notice(
                tx,
                talk.coach.id,
                code="third_refused",
                params={"candidate": talk.candidate.name},
                meeting_id=meeting,
                now=now,
            )

    await parts.database.run(work)


async def issue_ticket(
    parts: Parts, actor: Actor, meeting: MeetingId, *, now: datetime
) -> tuple[str, Role]:
    """Give a single-use ticket of 30 s for the signalling socket.

    Raises:
        Refused: R3, not one of the two, or it is cancelled; R8, they have not met; R12 or R13, a
            practice is needed by now.
        Conflict: `talk_not_open` or `talk_over`, one of the two outside the window of the talk.
        NotFound: no such meeting.
    """
    ticket = new_token()

    async def work(tx: Tx) -> Role:
        talk = await _talk(tx, meeting)
        link = await link_of(tx, actor)
        if link is LinkState.GOOD:
            link = talk.link_state(parts.settings, now=now)
            if talk.role_of(actor) and link in _OUTSIDE:
                raise Conflict(_OUTSIDE[link])
        role = _admit(talk, actor, link, now=now)
        await check_door(tx, talk.meeting, now=now)
        await sessions.insert_ticket(
            tx,
            token_hash(ticket),
            meeting_id=meeting,
            role=role,
            device=actor.device,
            expires_at=now + _TICKET_LIFE,
        )
        return role

    return ticket, await parts.database.run(work)


async def redeem_ticket(parts: Parts, ticket: str, *, now: datetime) -> SeatTicket | None:
    """Spend a ticket; None when it is unknown, spent or old.

    Also when since it was given the talk became another coach's, or the candidate's link was
    replaced (T4).
    """

    async def work(tx: Tx) -> SeatTicket | None:
        spent = await sessions.spend_ticket(tx, token_hash(ticket))
        talk = await load_talk(tx, spent.meeting_id) if spent else None
        if spent is None or talk is None or spent.expires_at <= now:
            return None
        if await _was_taken_back(tx, talk, Role(spent.role), spent.device):
            return None
        seat = _seat(parts, talk, Role(spent.role), spent.device)
        # The camera of the candidate alone: nobody waives that the coach is seen (E10).
        waived = seat.role is Role.CANDIDATE and await has_camera_waiver(tx, talk.meeting)
        settings = await numbers_at(tx, talk.meeting.starts_at, parts.settings.tz)
        return replace(seat, camera_waiver=waived, settings=settings)

    return await parts.database.run(work)


async def _was_taken_back(tx: Tx, talk: Talk, role: Role, device: UUID) -> bool:
    """Whether the seat of a ticket is no longer for the device that it was given to."""
    if role is Role.COACH:
        return await sessions.staff_of_device(tx, device) not in (None, talk.coach.id)
    return await came_by_old_link(tx, device)


async def judge_camera(*, live: bool, waived: bool = False) -> Verdict:
    """Rule R4: whether somebody with this camera state, and perhaps a waiver, may enter."""
    somebody = uuid4()
    facts = SeatFacts(
        person=somebody,
        coach=somebody,
        candidate=uuid4(),
        camera_live=live,
        camera_waiver=waived,
    )
    return judge_seat(facts, VERSION_1, datetime.min)  # noqa: DTZ901 -- R4 looks at no clock


async def record_joint_time(
    parts: Parts,
    meeting: MeetingId,
    *,
    joint_seconds: int,
    over: bool,
    now: datetime,
    online: bool | None = None,
    differences: int = 0,
    attested_seconds: int | None = None,
) -> None:
    """Keep the joint time of a talk (only ever more); decide *held* when it is over.

    A meeting that reached the `held_seconds` of its day becomes held; one that did not stays open
    for the coach to mark. `online` says whether both were seen long enough, None that nobody
    measured it; `differences` how often they differed on it (E13); `attested_seconds` how long both
    vouched for it (only ever more, and nothing is decided by it). What comes before the room opens
    is of a time that the talk was moved from. Called by the signalling rim every 15 s and at the
    end. A talk is activity: the coach stays in, and nobody's session ends in the middle of it.
    """
    before = timedelta(minutes=parts.settings.early_minutes)

    async def work(tx: Tx) -> None:
        found = await meetings.meeting_to_change(tx, meeting)
        if found is None or now < found.starts_at - before:
            return
        most = max(joint_seconds, found.joint_seconds)
        values: dict[str, object] = {"joint_seconds": most}
        if attested_seconds is not None:
            values |= {"attested_seconds": max(attested_seconds, found.attested_seconds or 0)}
        if found.status in _RUNNING and joint_seconds > 0:
            seen = Sight(online=online, differences=differences)
            values |= await progress(parts, tx, found, most, seen, over=over, now=now)
        elif found.status == MeetingStatus.HELD and over and online:
            values |= {"counts_online": True}  # they went on, and saw each other then
        await meetings.change_meeting(tx, meeting, **values)
        await sessions.touch_sessions_of(tx, found.coach_id, seen_since=now - IDLE, now=now)
        until = now + _TALK_KEEPS
        await sessions.lengthen_sessions(tx, found.coach_id, meeting, until=until, now=now)

    await parts.database.run(work)


async def after_talk(parts: Parts, actor: Actor, meeting: MeetingId, *, now: datetime) -> AfterTalk:
    """What the person reads after the talk. Reads only.

    Raises:
        NotFound: not one of the two.
    """
    async with parts.database.read() as tx:
        talk = await load_talk(tx, meeting)
        role = await role_in(tx, talk, actor) if talk else None
        if talk is None or role is None:
            raise NotFound("meeting_unknown")
        coming = [
            one
            for one in await meetings.meetings_of_trajectories(tx, [talk.meeting.trajectory_id])
            if one.status == MeetingStatus.PLANNED and one.starts_at > now and one.id != meeting
        ]
    phone_name, phone = talk.number_for(role, parts.settings)
    return AfterTalk(
        role=role,
        held=talk.meeting.status == MeetingStatus.HELD,
        joint_seconds=talk.meeting.joint_seconds,
        attested_seconds=talk.meeting.attested_seconds,
        other_name=talk.name_of(role.other),
        next_starts_at=coming[0].starts_at if coming else None,
        next_mode=Mode(coming[0].mode) if coming else None,
        phone=phone,
        phone_name=phone_name,
    )


_NOTHING = InvitationPreview(
    state=InvitationState.UNKNOWN,
    meeting=None,
    language=None,
    candidate_first_name="",
    coach_name="",
    coach_phone="",
    kind="",
    mode=None,
    starts_at=None,
    ends_at=None,
    opens_at=None,
    place_name="",
    place_address="",
    place_route="",
)
_OTHER_MODES = {Mode.OFFLINE: InvitationState.OFFLINE, Mode.PHONE: InvitationState.PHONE}


def _state(
    parts: Parts, talk: Talk, invitation: meetings.InvitationRecord, *, now: datetime
) -> InvitationState:
    if talk.meeting.status == MeetingStatus.CANCELLED:
        return InvitationState.CANCELLED
    if talk.is_over(parts.settings, now=now):
        return InvitationState.OVER
    if invitation.revoked_at:
        return InvitationState.MOVED
    if other := _OTHER_MODES.get(Mode(talk.meeting.mode)):
        return other
    early = now < talk.opens_at(parts.settings)
    return InvitationState.EARLY if early else InvitationState.OPEN


async def _talk(tx: Tx, meeting: MeetingId) -> Talk:
    talk = await load_talk(tx, meeting)
    if talk is None:
        raise NotFound("meeting_unknown")
    return talk


def _admit(talk: Talk, actor: Actor, link: LinkState, *, now: datetime) -> Role:
    verdict = judge_person(talk, actor, link, now=now)
    role = talk.role_of(actor)
    if role is None or not verdict.allowed:
        raise Refused(verdict)
    return role


def _seat(parts: Parts, talk: Talk, role: Role, device: UUID) -> SeatTicket:
    ids = {Role.COACH: talk.coach.id, Role.CANDIDATE: talk.candidate.id}
    return SeatTicket(
        meeting=MeetingId(talk.meeting.id),
        role=role,
        person=ids[role],
        name=talk.name_of(role),
        device=device,
        other_person=ids[role.other],
        other_name=talk.name_of(role.other),
        candidate_phone=talk.candidate.phone or "",
        relay_only=parts.settings.relay_only or (role is Role.COACH and talk.coach.hides_address),
    )
