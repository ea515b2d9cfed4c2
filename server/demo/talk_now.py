"""Sees to it that somebody's video talk is now, and makes the links that let people in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from coaching.errors import TweespraakError
from coaching.words import MeetingKind, Mode
from server.demo import people
from server.demo.people import SampleCandidate
from server.demo.seeding import Seeded, as_actor
from server.store.meetings import newest_invitation
from server.usecases.accounts import create_demo_link
from server.usecases.booking import BookingRequest, book_meeting
from server.usecases.context import MeetingId, Parts, StaffId
from server.usecases.joining import InvitationState, preview_invitation

# A talk begins at the five minutes after that: late enough that nobody was missed when it opens.
_SOON = timedelta(minutes=2)
_STEP = 5  # minutes
_MINUTES = 60
_LEFT = timedelta(minutes=20)  # a talk with less to go is no longer one to show


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkNow:
    """A talk that can be opened now."""

    meeting: MeetingId
    candidate: str  # login
    coach: int  # counts the coaches


async def talk_now(
    parts: Parts, seeded: Seeded, before: TalkNow | None, *, now: datetime
) -> TalkNow | None:
    """The talk of before if it goes on, otherwise a new one; None when every coach is taken."""
    if before is not None and await _goes_on(parts, before, now=now):
        return before
    planner = as_actor(seeded.planner, people.PLANNER)
    for sample in _who_can(seeded):
        request = _request(parts, seeded, sample, now=now)
        key = f"now-{sample.login}-{request.starts_local:%Y%m%d%H%M}"
        yesterday = now - timedelta(days=1)
        try:
            booked = await book_meeting(parts, planner, request, key=key, now=yesterday)
        except TweespraakError:  # taken, or a rule refuses: the next one then
            continue
        return TalkNow(meeting=booked.meeting, candidate=sample.login, coach=sample.coach or 0)
    return None


def _who_can(seeded: Seeded) -> list[SampleCandidate]:
    """Candidates whose acquaintance with their coach was held at a location."""
    return [
        sample
        for sample in people.CANDIDATES
        if sample.login in seeded.trajectories and _has_talked(sample)
    ]


def _has_talked(sample: SampleCandidate) -> bool:
    return any(plan.ended and plan.mode is Mode.VIDEO for plan in sample.plans)


def _request(
    parts: Parts, seeded: Seeded, sample: SampleCandidate, *, now: datetime
) -> BookingRequest:
    starts = (now + _SOON).replace(second=0, microsecond=0)
    starts += timedelta(minutes=_STEP - starts.minute % _STEP)
    return BookingRequest(
        trajectory=seeded.trajectories[sample.login],
        kind=MeetingKind.PROGRESS,
        mode=Mode.VIDEO,
        starts_local=starts.astimezone(parts.settings.tz).replace(tzinfo=None),
        minutes=_MINUTES,
        room=None,
    )


async def _goes_on(parts: Parts, talk: TalkNow, *, now: datetime) -> bool:
    token = await candidate_token(parts, talk.meeting)
    seen = await preview_invitation(parts, token, now=now)
    if seen.state is not InvitationState.OPEN or seen.ends_at is None:
        return False
    return seen.ends_at - now > _LEFT


async def candidate_token(parts: Parts, meeting: MeetingId) -> str:
    """The token in the candidate's newest link to a meeting."""
    async with parts.database.read() as tx:
        invitation = await newest_invitation(tx, meeting)
    return parts.secret.invitation_token(invitation.id) if invitation else ""


async def sign_in_address(parts: Parts, staff: StaffId, *, now: datetime) -> str:
    """A link that signs a member of staff in with one click, for a day and however often."""
    token = await create_demo_link(parts, staff, now=now)
    return f"{parts.settings.public_url}/login/link/{token}"
