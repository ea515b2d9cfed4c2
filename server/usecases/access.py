"""Whose a meeting is, for staff, for a guest in a talk, and for somebody with a link only."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, assert_never
from uuid import UUID

from coaching.access import Appointment, Guidance, Right, may_guide, may_open, of_candidate, of_talk
from coaching.errors import BadInput, NotAllowed, NotFound
from coaching.facts import StartedBy
from coaching.words import MeetingKind, MeetingStatus, StaffRole, TrajectoryState
from server.secrets import token_hash
from server.store import attention, coach_desk, meetings, people, sessions
from server.store.database import Tx
from server.usecases.context import Actor, GuestActor, StaffActor


@dataclass(frozen=True, slots=True, kw_only=True)
class ByLink:
    """A candidate who holds the link of an invitation or of a nudge, and has no session."""

    token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks: `candidate` with the trajectory the link is about, or a member of staff."""

    key: str
    staff: StaffActor | None = None
    candidate: UUID | None = None
    trajectory: UUID | None = None

    @property
    def started_by(self) -> StartedBy:
        """What rule R29 asks."""
        return StartedBy.STAFF if self.staff else StartedBy.CANDIDATE

    def may_see(self, *, coach: UUID, candidate: UUID, trajectory: UUID) -> bool:
        """Whether something of these people is this person's."""
        if self.staff:
            return may_open(self.staff, coach)
        return self.candidate == candidate and self.trajectory == trajectory


def require_planner(actor: StaffActor) -> None:
    """Let only planner and admin through.

    Raises:
        NotAllowed: `planner_needed`.
    """
    if not actor.may(Right.PLAN):
        raise NotAllowed("planner_needed")


def require_admin(actor: StaffActor) -> None:
    """Let only an admin through.

    Raises:
        NotAllowed: `admin_needed`.
    """
    if not actor.may(Right.SET_UP):
        raise NotAllowed("admin_needed")


async def taking_coach(tx: Tx, coach: UUID, *, field: str) -> people.StaffRecord:
    """The coach to whom something new is given; `field` of the form named them.

    Raises:
        BadInput: `coach_unknown`, not on the staff as a coach (any more).
    """
    found = await people.staff_by_id(tx, coach)
    if found is None or not found.active or StaffRole.COACH not in found.roles:
        raise BadInput("coach_unknown", field=field)
    return found


async def rights_in(
    tx: Tx, actor: StaffActor, found: meetings.MeetingRecord, *, now: datetime
) -> frozenset[Right]:
    """What `actor` may do with this talk at `now`."""
    guidance = await people.trajectory_by_id(tx, found.trajectory_id)
    talk = Appointment(
        coach=found.coach_id,
        guided_by=guidance.coach_id if guidance else None,
        kind=MeetingKind(found.kind),
        status=MeetingStatus(found.status),
        ends_at=found.ends_at,
        decided_at=found.decided_at,
    )
    return of_talk(actor, talk, now=now)


async def guidances_of(tx: Tx, candidate: UUID) -> tuple[Guidance, ...]:
    """Whose this candidate is or was, as `coaching.access.of_candidate` asks."""
    return tuple(
        Guidance(coach=one.coach_id, ended_at=_ended_at(one))
        for one in await people.trajectories_of(tx, [candidate])
    )


async def may_set_level(tx: Tx, actor: StaffActor, candidate: UUID, coach: UUID) -> bool:
    """Whether a level that came of a guidance of `coach` counts at the word of `actor`.

    It is of the candidate: whose guidance of them ended sets it no more.
    """
    rights = of_candidate(actor, await guidances_of(tx, candidate))
    return may_guide(actor, coach) and Right.CHANGE_FILE in rights


def _ended_at(one: people.TrajectoryRecord) -> datetime | None:
    if one.state != TrajectoryState.ENDED:
        return None
    return one.paused_since or one.created_at


async def open_meeting(tx: Tx, actor: StaffActor, meeting: UUID) -> meetings.MeetingRecord:
    """The meeting, when `actor` may open it.

    Raises:
        NotFound: `meeting_unknown`, also for another coach's.
    """
    found = await meetings.meeting_by_id(tx, meeting)
    if found is None or not may_open(actor, found.coach_id):
        raise NotFound("meeting_unknown")
    return found


async def meeting_to_move(
    tx: Tx, actor: StaffActor, meeting: UUID, *, now: datetime
) -> meetings.MeetingRecord:
    """The meeting, when `actor` may change it, for who looks where it could go. Reads only.

    Raises:
        NotFound: `meeting_unknown`, as `own_meeting`.
    """
    found = await meetings.meeting_by_id(tx, meeting)
    if found is None or Right.CHANGE not in await rights_in(tx, actor, found, now=now):
        raise NotFound("meeting_unknown")
    return found


NUDGE_LASTS_DAYS: Final = 60  # that the link of a nudge leads somewhere


async def asker_of(tx: Tx, actor: Actor | ByLink, *, now: datetime) -> Asker:
    """Who `actor` is at `now`.

    Raises:
        NotFound: `link_unknown`, also for a link that was replaced, or of a nudge of long ago.
    """
    match actor:
        case StaffActor():
            return Asker(key=actor.key, staff=actor)
        case GuestActor():
            found = await meetings.meeting_by_id(tx, actor.meeting)
            if found is None or await has_old_link(tx, actor):
                raise NotFound("link_unknown")
            return as_candidate(actor.candidate, found.trajectory_id)
        case ByLink():
            return await _by_link(tx, actor.token, now=now)
        case _:
            assert_never(actor)


async def has_old_link(tx: Tx, actor: Actor) -> bool:
    """Whether `actor` came in by a link that was replaced or withdrawn since (T4).

    Their session in this browser lives on for a while, but opens no more than the link would.
    """
    return isinstance(actor, GuestActor) and await came_by_old_link(tx, actor.device)


async def came_by_old_link(tx: Tx, device: UUID) -> bool:
    """Whether a guest's device came in by a link that was replaced or withdrawn since."""
    came_by = await sessions.invitation_of_device(tx, device)
    link = await meetings.invitation_by_id(tx, came_by) if came_by else None
    return link is not None and link.revoked_at is not None


def as_candidate(candidate: UUID, trajectory: UUID) -> Asker:
    """A candidate who asks about a trajectory."""
    return Asker(key=f"candidate:{candidate}", candidate=candidate, trajectory=trajectory)


async def meeting_of_link(
    tx: Tx, token: str, *, replaced_too: bool = False
) -> meetings.MeetingRecord:
    """The meeting of an invitation's link.

    Raises:
        NotFound: `link_unknown`, also for a link that was replaced unless `replaced_too`.
    """
    invitation = await meetings.invitation_behind(tx, token_hash(token))
    if invitation is None or (invitation.revoked_at and not replaced_too):
        raise NotFound("link_unknown")
    found = await meetings.meeting_by_id(tx, invitation.meeting_id)
    if found is None:
        raise NotFound("link_unknown")
    return found


async def trajectory_of_link(tx: Tx, token: str) -> people.TrajectoryRecord:
    """The trajectory of an invitation's link, or of the link to one's own agreements.

    Raises:
        NotFound: `link_unknown`, also for an invitation that was replaced.
    """
    own = await coach_desk.trajectory_behind(tx, token_hash(token))
    return await known_trajectory(tx, own or (await meeting_of_link(tx, token)).trajectory_id)


async def known_trajectory(tx: Tx, trajectory: UUID) -> people.TrajectoryRecord:
    """The trajectory, of whomever.

    Raises:
        NotFound: `trajectory_unknown`.
    """
    found = await people.trajectory_by_id(tx, trajectory)
    if found is None:
        raise NotFound("trajectory_unknown")
    return found


def nudge_leads(nudge: attention.NudgeRecord, *, now: datetime) -> bool:
    """Whether the link of this nudge still leads somewhere."""
    return (now - nudge.at).days <= NUDGE_LASTS_DAYS


async def _by_link(tx: Tx, token: str, *, now: datetime) -> Asker:
    nudge = await attention.nudge_behind(tx, token_hash(token))
    if nudge:
        if not nudge_leads(nudge, now=now):
            raise NotFound("link_unknown")
        return as_candidate(nudge.candidate_id, nudge.trajectory_id)
    found = await meeting_of_link(tx, token)
    return as_candidate(found.candidate_id, found.trajectory_id)
