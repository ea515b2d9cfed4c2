"""A planner answers what somebody changed in a calendar: accept, keep ours, or cancel."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NewType
from uuid import UUID

from calendar_sync import watching
from coaching.access import Right, may_open
from coaching.errors import BadInput, Conflict, NotFound
from coaching.lifecycle import MeetingEvent, advance
from coaching.words import MeetingKind, MeetingStatus, Mode
from server.store import calendars, keys, meetings, people, proposals
from server.store.database import Tx
from server.store.proposals import ProposalRecord
from server.usecases.access import known_trajectory, require_planner
from server.usecases.appointments import allowed, claim, known_meeting
from server.usecases.context import MeetingId, Parts, StaffActor
from server.usecases.people import MeetingLine, line_view
from server.usecases.proposals import put_back, said_why, tell_coach
from server.usecases.repeating import once
from server.usecases.standing import call_off, move_appointment
from server.usecases.wished_times import Finding, find_out, wished_slot

ProposalId = NewType("ProposalId", UUID)
_Answer = Callable[[Tx, meetings.MeetingRecord, ProposalRecord], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalView:
    """What was changed, against what stands, and what may be done about it.

    `new_starts` is None where there is no new time. `against` says in words what the rules or the
    diaries have against it; empty when nothing. `elsewhere` names another calendar of the coach
    that the event stands in now.
    """

    id: ProposalId
    meeting: MeetingId
    line: MeetingLine
    revision: int
    kind: str
    state: str
    why: str  # in words
    at: datetime
    decided_at: datetime | None
    decided_by: str | None
    calendar: str
    place_name: str | None
    mode: Mode
    starts: datetime
    ends: datetime
    new_starts: datetime | None
    new_ends: datetime | None
    only_days: bool  # the new time is a day, or days
    can_accept: bool
    against: str
    finding: Finding  # what was found in the way, with the verdict where rules spoke
    elsewhere: str | None
    can_answer: bool

    @property
    def open(self) -> bool:
        """Whether somebody still has to decide."""
        return self.state == proposals.OPEN


async def show_proposal(
    parts: Parts, actor: StaffActor, proposal: ProposalId, *, now: datetime
) -> ProposalView:
    """One proposal, with what the rules say of it now. Reads only.

    Raises:
        NotFound: `proposal_unknown`, also for another coach's.
    """
    async with parts.database.read() as tx:
        found = await proposals.proposal_by_id(tx, proposal)
        meeting = await meetings.meeting_by_id(tx, found.meeting_id) if found else None
        if found is None or meeting is None or not may_open(actor, meeting.coach_id):
            raise NotFound("proposal_unknown")
        return await _view(parts, tx, actor, found, meeting, now=now)


async def proposals_about(
    parts: Parts, actor: StaffActor, meeting: MeetingId, *, now: datetime
) -> tuple[ProposalView, ...]:
    """What waits for an answer about a meeting that `actor` may see. Reads only."""
    async with parts.database.read() as tx:
        there = await meetings.meeting_by_id(tx, meeting)
        if there is None or not may_open(actor, there.coach_id):
            return ()
        found = await proposals.open_of_meeting(tx, meeting)
        return tuple([await _view(parts, tx, actor, one, there, now=now) for one in found])


async def accept_proposal(
    parts: Parts,
    actor: StaffActor,
    proposal: ProposalId,
    *,
    revision: int,
    key: str,
    now: datetime,
) -> None:
    """Move the meeting to the time that stands in the calendar; the candidate is told by mail.

    Raises:
        NotAllowed: `planner_needed`.
        NotFound: `proposal_unknown`.
        Conflict: `proposal_answered`, `stale`, or somebody or the room is taken.
        Refused: a rule refuses.
        BadInput: `starts_in_past` and the like, or `proposal_no_time`.
    """

    async def answer(tx: Tx, meeting: meetings.MeetingRecord, found: ProposalRecord) -> None:
        if not _names_a_time(found) or found.starts_at is None or found.ends_at is None:
            raise BadInput("proposal_no_time", field="starts")
        slot = wished_slot(parts, meeting, found.starts_at, found.ends_at, now=now)
        trajectory = await known_trajectory(tx, meeting.trajectory_id)
        kind = MeetingKind(meeting.kind)
        coach = meeting.coach_id
        await claim(tx, trajectory, kind, slot, now=now, moved=meeting.id, coach=coach)
        verdict = await allowed(tx, kind, slot, trajectory, now=now, moved=meeting.id)
        await move_appointment(
            parts,
            tx,
            meeting,
            slot,
            verdict=verdict,
            actor=actor.key,
            now=now,
            tells_host=False,
        )
        await _decided(tx, found, "accepted", actor, now=now)
        moved = await known_meeting(tx, meeting.id)
        await tell_coach(parts, tx, moved, "change_accepted", now=now)

    await _answer(parts, actor, proposal, "accept", answer, revision=revision, key=key, now=now)


async def keep_ours(
    parts: Parts,
    actor: StaffActor,
    proposal: ProposalId,
    *,
    revision: int,
    key: str,
    now: datetime,
) -> None:
    """Leave the meeting as it is and put it back in the calendar; the candidate hears nothing.

    Raises:
        NotAllowed, NotFound, Conflict: as in `accept_proposal`.
    """

    async def answer(tx: Tx, meeting: meetings.MeetingRecord, found: ProposalRecord) -> None:
        if found.kind == "declined":
            await _remember_refusal(tx, found)
        else:
            await put_back(tx, meeting, found, now=now)
        await _decided(tx, found, "refused", actor, now=now)
        await meetings.add_event(tx, meeting.id, at=now, actor=actor.key, what="change_refused")
        await tell_coach(parts, tx, meeting, "change_refused", now=now)

    await _answer(parts, actor, proposal, "keep", answer, revision=revision, key=key, now=now)


async def cancel_by_proposal(
    parts: Parts,
    actor: StaffActor,
    proposal: ProposalId,
    *,
    revision: int,
    key: str,
    now: datetime,
) -> None:
    """Cancel the meeting as a planner does; the candidate is told by mail.

    Raises:
        NotAllowed, NotFound, Conflict: as in `accept_proposal`.
    """

    async def answer(tx: Tx, meeting: meetings.MeetingRecord, found: ProposalRecord) -> None:
        await call_off(tx, meeting, actor=actor.key, now=now, tells_host=False)
        state = "refused" if found.kind == "moved" else "accepted"
        await _decided(tx, found, state, actor, now=now)
        await tell_coach(parts, tx, meeting, "change_cancelled", now=now)

    await _answer(parts, actor, proposal, "cancel", answer, revision=revision, key=key, now=now)


async def _answer(
    parts: Parts,
    actor: StaffActor,
    proposal: ProposalId,
    said: str,
    answer: _Answer,
    *,
    revision: int,
    key: str,
    now: datetime,
) -> None:
    """Answer once: of two planners the first is heard, and the second is told so."""
    require_planner(actor)
    values = {"proposal": str(proposal), "said": said, "revision": str(revision)}
    asked = keys.KeyedRequest(actor=actor.key, route="proposal", key=key, values=values)

    async def work(tx: Tx) -> keys.Answer:
        found = await proposals.proposal_by_id(tx, proposal)
        meeting = await meetings.meeting_to_change(tx, found.meeting_id) if found else None
        found = await proposals.proposal_by_id(tx, proposal)
        if found is None or meeting is None:
            raise NotFound("proposal_unknown")
        if found.state != proposals.OPEN:
            raise Conflict("proposal_answered")
        if meeting.revision != revision:
            raise Conflict("stale")
        advance(MeetingStatus(meeting.status), MeetingEvent.MOVE)
        await answer(tx, meeting, found)
        return {}

    await once(parts, asked, work, now=now)


def may_answer(actor: StaffActor) -> bool:
    """Whether this person decides about changes in calendars."""
    return actor.may(Right.PLAN)


def _names_a_time(found: ProposalRecord) -> bool:
    """Whether there is one new time that a meeting could move to."""
    return found.kind == "moved" and found.why not in {*watching.Odd}


async def _decided(
    tx: Tx, found: ProposalRecord, state: str, actor: StaffActor, *, now: datetime
) -> None:
    await proposals.decide(tx, found.id, state=state, why=None, by=actor.id, now=now)
    await proposals.finish_line(tx, found.id, by=actor.id, now=now)


async def _remember_refusal(tx: Tx, found: ProposalRecord) -> None:
    """The refusal stays in the calendar, and is no news any more."""
    if found.connection_id is None:
        return
    mirror = await calendars.mirror_of(tx, found.meeting_id, found.connection_id)
    agreed = watching.from_record(mirror.base) if mirror else None
    if mirror and agreed:
        known = watching.to_record(replace(agreed, declined=True, seen=""))
        await proposals.change_mirror(tx, mirror.id, base=known)


async def _view(
    parts: Parts,
    tx: Tx,
    actor: StaffActor,
    found: ProposalRecord,
    meeting: meetings.MeetingRecord,
    *,
    now: datetime,
) -> ProposalView:
    line = await meetings.line_of(tx, meeting.id)
    if line is None:
        raise NotFound("proposal_unknown")
    decided_by, calendar = await _names(tx, found)
    can_accept, against, finding = await _against(parts, tx, actor, found, meeting, now=now)
    return ProposalView(
        id=ProposalId(found.id),
        meeting=MeetingId(meeting.id),
        line=line_view(line),
        revision=meeting.revision,
        kind=found.kind,
        state=found.state,
        why=said_why(found.why, None, actor.language, parts) if found.why else "",
        at=found.at,
        decided_at=found.decided_at,
        decided_by=decided_by,
        calendar=calendar,
        place_name=line.place_name,
        mode=Mode(meeting.mode),
        starts=meeting.starts_at,
        ends=meeting.ends_at,
        new_starts=found.starts_at,
        new_ends=found.ends_at,
        only_days=found.why == watching.Odd.ALL_DAY,
        can_accept=can_accept,
        against=against,
        finding=finding,
        elsewhere=await _elsewhere(tx, found),
        can_answer=may_answer(actor) and found.state == proposals.OPEN,
    )


async def _names(tx: Tx, found: ProposalRecord) -> tuple[str | None, str]:
    """Who decided, and in which calendar it was seen."""
    decider = await people.staff_by_id(tx, found.decided_by) if found.decided_by else None
    if found.connection_id is None:
        return decider.name if decider else None, ""
    calendar = await calendars.connection_by_id(tx, found.connection_id)
    return decider.name if decider else None, calendar.name if calendar else ""


async def _against(
    parts: Parts,
    tx: Tx,
    actor: StaffActor,
    found: ProposalRecord,
    meeting: meetings.MeetingRecord,
    *,
    now: datetime,
) -> tuple[bool, str, Finding]:
    """Whether the new time can be accepted now, and if not, why, in words and as found."""
    if found.state != proposals.OPEN or not _names_a_time(found):
        return False, "", Finding(code=None)
    trajectory = await people.trajectory_by_id(tx, meeting.trajectory_id)
    if trajectory is None or found.starts_at is None or found.ends_at is None:
        return False, "", Finding(code=None)
    finding = await find_out(
        parts,
        tx,
        meeting,
        trajectory,
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        now=now,
        claims=False,
    )
    if finding.code is None:
        return True, "", finding
    return False, said_why(finding.code, finding.verdict, actor.language, parts), finding


async def _elsewhere(tx: Tx, found: ProposalRecord) -> str | None:
    if found.kind != "removed" or found.connection_id is None:
        return None
    mirror = await calendars.mirror_of(tx, found.meeting_id, found.connection_id)
    if mirror is None:
        return None
    return await proposals.stands_elsewhere(tx, mirror.connection_id, watching.uid_hash(mirror.uid))
