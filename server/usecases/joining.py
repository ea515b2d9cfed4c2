"""From a link to a seat: preview, redeem, ticket. A preview reads only."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from coaching.verdict import Verdict
from coaching.words import Language, Mode, Role
from server.usecases.context import Actor, MeetingId, Parts


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
    window_open: bool


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


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterTalk:
    """What the page after the talk says."""

    role: Role
    held: bool
    joint_seconds: int
    other_name: str
    next_starts_at: datetime | None
    next_mode: Mode | None
    phone: str
    phone_name: str


async def preview_invitation(parts: Parts, token: str, *, now: datetime) -> InvitationPreview:
    """Say what stands behind a link. Changes nothing, however often it is called."""
    raise NotImplementedError


async def redeem_invitation(parts: Parts, token: str, *, now: datetime) -> tuple[str, MeetingId]:
    """Give this device a guest session: (session token for the cookie, meeting).

    Raises:
        NotFound: the link does not open a talk now (the page says why by `preview_invitation`).
    """
    raise NotImplementedError


async def invitation_ics(parts: Parts, token: str, *, now: datetime) -> bytes:
    """The appointment as a calendar file for the candidate.

    Raises:
        NotFound: the link is unknown.
    """
    raise NotImplementedError


async def open_talk(parts: Parts, actor: Actor, meeting: MeetingId, *, now: datetime) -> TalkFacts:
    """What one of the two sees on the call page. Reads only.

    Raises:
        Refused: R1 or R3, somebody who is not one of the two, or a link that was replaced.
        NotFound: no such meeting.
    """
    raise NotImplementedError


async def refuse_third(parts: Parts, actor: Actor, meeting: MeetingId, *, now: datetime) -> None:
    """Leave a notice for the coach that somebody else tried to enter; once in ten minutes."""
    raise NotImplementedError


async def issue_ticket(
    parts: Parts, actor: Actor, meeting: MeetingId, *, now: datetime
) -> tuple[str, Role]:
    """Give a single-use ticket of 30 s for the signalling socket.

    Raises:
        Refused: R3, not one of the two, or outside the window of the talk.
    """
    raise NotImplementedError


async def redeem_ticket(parts: Parts, ticket: str, *, now: datetime) -> SeatTicket | None:
    """Spend a ticket; None when it is unknown, spent or old."""
    raise NotImplementedError


async def judge_camera(*, live: bool) -> Verdict:
    """Rule R4: whether somebody with this camera state may enter."""
    raise NotImplementedError


async def record_joint_time(
    parts: Parts, meeting: MeetingId, *, joint_seconds: int, over: bool, now: datetime
) -> None:
    """Keep the joint time of a talk (only ever more); decide *held* when it is over.

    A meeting that reached `settings.held_seconds` becomes held; one that did not stays open for the
    coach to mark. Called by the signalling rim every 15 s and at the end.
    """
    raise NotImplementedError


async def after_talk(parts: Parts, actor: Actor, meeting: MeetingId, *, now: datetime) -> AfterTalk:
    """What the person reads after the talk. Reads only.

    Raises:
        NotFound: not one of the two.
    """
    raise NotImplementedError
