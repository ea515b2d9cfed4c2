"""A talk that fails: phone now, three times at a location, cause and consequence (R19 to R21)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from coaching.access import Right
from coaching.engine import judge_trouble
from coaching.errors import BadInput, Conflict, NotFound
from coaching.lifecycle import MeetingEvent, advance
from coaching.settings import BlendSettings
from coaching.trigger_facts import FailureCause, TalkTrouble
from coaching.verdict import Action, Verdict
from coaching.words import MeetingStatus, Mode, Role, Skill, SkillSource
from server.store import aftermath, attention, holds, keys, meetings, people, sessions
from server.store.database import Tx
from server.usecases.access import ByLink, asker_of, known_trajectory, rights_in
from server.usecases.announcing import told_of_times
from server.usecases.appointments import own_meeting
from server.usecases.attention import OF_A_TALK_TO_COME, TodoCode
from server.usecases.booking import Booked
from server.usecases.booking_facts import OUR_CAUSES
from server.usecases.context import Actor, MeetingId, Parts, StaffActor
from server.usecases.fields import clean_text
from server.usecases.flagging import flag_unready
from server.usecases.holding import HeldTime, HeldTimes, choose_time, read_group, time_of
from server.usecases.numbers import numbers_at, numbers_of_version
from server.usecases.offering import offer_three
from server.usecases.own_fault import likely_cause, proposed_cause
from server.usecases.proposing_skill import propose_lower
from server.usecases.repeating import once
from server.usecases.talks import Talk, load_talk
from server.usecases.todos import write_todo

_NETWORK_CAUSES = (FailureCause.CANDIDATE_NETWORK, FailureCause.UNKNOWN)
_REASON_LENGTH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """What both screens show after a talk failed."""

    meeting: MeetingId
    role: Role
    phone: str  # coach: the candidate's number; candidate: the coach's
    phone_name: str
    own_phone: str  # candidate: the number that will be called; may be empty
    times: HeldTimes
    chosen: MeetingId | None
    chosen_time: HeldTime | None
    cause: FailureCause
    proposed: FailureCause | None  # for the coach to confirm
    dismissed: bool
    verdict: Verdict
    candidate: UUID
    invitation: UUID | None  # of the candidate, while its link is good
    may_plan: bool = True  # staff: what comes in its place is theirs to plan
    may_change: bool = True  # staff: how it went is theirs to say

    @property
    def ours(self) -> bool:
        """Whether it was our side, so that online and offline are offered as equals (R20)."""
        return self.cause in OUR_CAUSES

    @property
    def needs_internet(self) -> bool:
        """Whether a place with good internet helps (R20)."""
        steps = {one.action for one in self.verdict.alternatives}
        return self.cause is FailureCause.CANDIDATE_NETWORK or "good_internet" in steps

    @property
    def needs_practice(self) -> bool:
        """Whether help and a practice come first (R20)."""
        return Action.PROPOSE_PRACTICE in self.verdict.actions


async def fail_talk(
    parts: Parts, meeting: MeetingId, cause: FailureCause, *, by: Role | None, now: datetime
) -> None:
    """Let a video talk fail, in one transaction; a second report of it changes nothing.

    Status `failed`; a to-do PHONE_NOW with the number for the coach; three times at a location
    held for both; a skill proposal or practice as R20 says. `by` is None for detection.

    Raises:
        Conflict: `already_closed`, it was held, missed or cancelled; `not_video`.
        NotFound: `meeting_unknown`.
    """

    async def work(tx: Tx) -> None:
        found = await meetings.meeting_to_change(tx, meeting)
        talk = await load_talk(tx, meeting)
        if found is None or talk is None:
            raise NotFound("meeting_unknown")
        if found.mode != Mode.VIDEO:
            raise Conflict("not_video")
        if found.status != MeetingStatus.FAILED:
            likely = await likely_cause(parts, tx, talk, cause, now=now)
            await _fail(parts, tx, talk, likely, actor=_name_of(talk, by), now=now)
            if by is Role.CANDIDATE or await sessions.candidate_came(tx, meeting):
                await attention.add_activity(  # whoever joined is not silent (5.2)
                    tx, found.candidate_id, "talk_joined", meeting_id=meeting, now=now
                )

    # Both pages report it, and people press more than once.
    async with parts.database.in_line(meeting):
        await parts.database.run(work)


async def show_fallback(
    parts: Parts, actor: Actor | ByLink, meeting: MeetingId, *, now: datetime
) -> Fallback | None:
    """What this person sees of a failed talk; None when it did not fail. Reads only.

    Raises:
        NotFound: `meeting_unknown`, or not one of the two (planners see the coach's side).
    """
    async with parts.database.read() as tx:
        asker = await asker_of(tx, actor, now=now)
        talk = await load_talk(tx, meeting)
        if talk is None:
            raise NotFound("meeting_unknown")
        found = talk.meeting
        if not asker.may_see(
            coach=found.coach_id, candidate=found.candidate_id, trajectory=found.trajectory_id
        ):
            raise NotFound("meeting_unknown")
        failed = await aftermath.failure_of(tx, meeting)
        if failed is None:
            return None
        role = Role.COACH if asker.staff else Role.CANDIDATE
        shown = await _fallback(parts, tx, talk, failed, role, now=now)
        if asker.staff is None:
            return shown
        return _as_far_as(shown, await rights_in(tx, asker.staff, found, now=now))


async def choose_fallback(
    parts: Parts,
    actor: Actor | ByLink,
    meeting: MeetingId,
    chosen: MeetingId,
    *,
    key: str,
    now: datetime,
) -> Booked:
    """Choose one of the three times of a failed talk; both calendars get it, the others are freed.

    Raises:
        Conflict: `hold_lapsed`, `already_chosen`.
        NotFound: `meeting_unknown`: not one of these times, or not this person's talk.
    """
    async with parts.database.read() as tx:
        failed = await aftermath.failure_of(tx, meeting)
        held = await holds.held_meeting(tx, chosen)
    if failed is None or held is None or held.hold_group != failed.hold_group:
        raise NotFound("meeting_unknown")
    return await choose_time(parts, actor, chosen, key=key, now=now)


async def dismiss_failure(
    parts: Parts, actor: StaffActor, meeting: MeetingId, *, reason: str, key: str, now: datetime
) -> None:
    """Say that the talk did not fail: it is open again, the held times are freed.

    Raises:
        BadInput: `reason_missing`, `text_too_long` (200).
        Conflict: `already_chosen`, or `already_closed` when it did not fail.
        NotFound: no such meeting, or not one of this coach.
    """
    if not reason.strip():
        raise BadInput("reason_missing", field="reason")
    if len(reason.strip()) > _REASON_LENGTH:
        raise BadInput("text_too_long", field="reason", longest=_REASON_LENGTH)
    tidy = clean_text(reason, field="reason", most=_REASON_LENGTH, code="reason_bad")
    asked = keys.KeyedRequest(
        actor=actor.key,
        route="dismiss_failure",
        key=key,
        values={"meeting": str(meeting), "reason": tidy},
    )

    async def work(tx: Tx) -> keys.Answer:
        found, failed = await own_failed(tx, actor, meeting, now=now)
        if failed.hold_group:
            await free_group(tx, failed.hold_group, now=now)
        await _reopen(tx, found, actor=actor, reason=tidy, now=now)
        return {}

    await once(parts, asked, work, now=now)


async def own_failed(
    tx: Tx, actor: StaffActor, meeting: MeetingId, *, now: datetime
) -> tuple[meetings.MeetingRecord, aftermath.FailureRecord]:
    """A talk that failed, kept from others, when `actor` may change it, and how it failed.

    Raises:
        Conflict: `already_closed`, it did not fail, or not any more.
        NotFound: as in `own_meeting`.
    """
    found = await own_meeting(tx, actor, meeting, now=now)
    failed = await aftermath.failure_of(tx, meeting)
    if found.status != MeetingStatus.FAILED or failed is None:
        raise Conflict("already_closed")
    return found, failed


async def _fail(
    parts: Parts, tx: Tx, talk: Talk, cause: FailureCause, *, actor: str, now: datetime
) -> None:
    """Status, history, times, to-do, mail and proposal, as R19 and R20 say."""
    found = talk.meeting
    status = advance(MeetingStatus(found.status), MeetingEvent.FAIL)
    settings = await numbers_at(tx, found.starts_at, parts.settings.tz)
    verdict = judge_trouble(await trouble_of(tx, talk, cause), settings, now)
    await meetings.change_meeting(tx, found.id, status=status, decided_at=now)
    await meetings.add_event(
        tx, found.id, at=now, actor=actor, what="failed", detail={"cause": cause}
    )
    trajectory = await known_trajectory(tx, found.trajectory_id)
    minutes = int((found.ends_at - found.starts_at).total_seconds() // 60)
    offered = await offer_three(parts, tx, trajectory, minutes=minutes, actor="system", now=now)
    await aftermath.forget_failure(tx, found.id)
    await aftermath.insert_failure(
        tx,
        meeting_id=found.id,
        cause=cause,
        actor=actor,
        at=now,
        hold_group=offered.group if offered.meetings else None,
        soon=offered.soon,
    )
    await attention.finish_todos(tx, now=now, meeting_id=found.id, codes=OF_A_TALK_TO_COME)
    await _tell(tx, talk, trajectory, settings, verdict, now=now)
    await flag_unready(tx, found.candidate_id, about=found.id, now=now)


async def _tell(
    tx: Tx,
    talk: Talk,
    trajectory: people.TrajectoryRecord,
    settings: BlendSettings,
    verdict: Verdict,
    *,
    now: datetime,
) -> None:
    found, candidate = talk.meeting, talk.candidate
    times = await meetings.count_events(tx, found.id, "failed", since=None)
    params = {"candidate": candidate.name, "phone": candidate.phone or ""}
    due = {
        TodoCode.PHONE_NOW: now + timedelta(seconds=settings.answer_seconds),
        TodoCode.FAILED: now + timedelta(hours=settings.slots_held_hours),
    }
    for code, due_at in due.items():
        await write_todo(
            tx,
            code,
            trajectory,
            about=f"{found.id}:{times}",
            due_at=due_at,
            now=now,
            meeting=found.id,
            params=params,
        )
    if Action.FLAG in verdict.actions:
        await propose_lower(tx, trajectory, why=SkillSource.FAILURE, meeting=found.id, now=now)
    await told_of_times(tx, found, time=times, now=now)


async def trouble_of(tx: Tx, talk: Talk, cause: FailureCause) -> TalkTrouble:
    """What R19 and R20 look at; earlier network failures count among the two talks before."""
    found = talk.meeting
    before = [
        one
        for one in await meetings.meetings_of_trajectories(tx, [found.trajectory_id])
        if one.mode == Mode.VIDEO
        and one.status in (MeetingStatus.HELD, MeetingStatus.FAILED)
        and one.starts_at < found.starts_at
    ][-2:]
    failed = await aftermath.failures_of(tx, [one.id for one in before])
    return TalkTrouble(
        skill=Skill(talk.candidate.skill),
        somebody_pressed=True,
        cause=cause,
        network_failures=sum(one.cause in _NETWORK_CAUSES for one in failed),
    )


async def _fallback(
    parts: Parts, tx: Tx, talk: Talk, failed: aftermath.FailureRecord, role: Role, *, now: datetime
) -> Fallback:
    found = talk.meeting
    settings = await numbers_of_version(tx, found.settings_version, parts.settings.tz)
    cause = FailureCause(failed.cause)
    coach_phone, own = talk.phone_of_coach(parts.settings), talk.candidate.phone or ""
    nothing = HeldTimes(group=failed.id, times=(), soon=False, held_until=None)
    group = failed.hold_group
    times = await read_group(tx, group, now=now) if group else nothing
    chosen = await _chosen(tx, group) if group else None
    invitation = await meetings.newest_invitation(tx, found.id)
    return Fallback(
        meeting=MeetingId(found.id),
        role=role,
        phone=own if role is Role.COACH else coach_phone,
        phone_name=talk.name_of(role.other),
        own_phone=own if role is Role.CANDIDATE else coach_phone,
        times=times,
        chosen=chosen.meeting if chosen else None,
        chosen_time=chosen,
        cause=cause,
        proposed=await proposed_cause(tx, talk, failed) if role is Role.COACH else None,
        dismissed=failed.dismissed_at is not None,
        verdict=judge_trouble(await trouble_of(tx, talk, cause), settings, now),
        candidate=found.candidate_id,
        invitation=invitation.id if invitation else None,
    )


def _as_far_as(shown: Fallback, rights: frozenset[Right]) -> Fallback:
    """What somebody on the staff with these rights sees of it."""
    return replace(
        shown,
        phone=shown.phone if Right.CALL in rights else "",
        may_plan=Right.GUIDE in rights,
        may_change=Right.CHANGE in rights,
    )


async def _chosen(tx: Tx, group: UUID) -> HeldTime | None:
    members = {one.id for one in await holds.members_of(tx, group) if one.revision > 0}
    return next(
        (time_of(one) for one in await holds.group_of(tx, group) if one.id in members), None
    )


async def free_group(tx: Tx, group: UUID, *, now: datetime) -> None:
    """Free the times that were held after a talk failed.

    Raises:
        Conflict: `already_chosen`, one of them was taken.
    """
    members = await holds.group_to_change(tx, group)
    if any(one.revision > 0 for one in members):
        raise Conflict("already_chosen")
    await holds.release(tx, [one.id for one in members], now=now)


async def _reopen(
    tx: Tx, found: meetings.MeetingRecord, *, actor: StaffActor, reason: str, now: datetime
) -> None:
    status = advance(MeetingStatus(found.status), MeetingEvent.REOPEN)
    await meetings.change_meeting(tx, found.id, status=status, decided_at=None)
    await meetings.add_event(
        tx, found.id, at=now, actor=actor.key, what="failure_dismissed", detail={"reason": reason}
    )
    await aftermath.change_failure(
        tx, found.id, dismissed_at=now, dismissed_reason=reason, dismissed_by=actor.id
    )
    for proposal in await aftermath.proposals(tx, candidate_id=found.candidate_id):
        if proposal.meeting_id == found.id:
            await aftermath.decide(tx, proposal.id, accepted=False, by=actor.id, now=now)
    await attention.finish_todos(tx, now=now, by=actor.id, meeting_id=found.id)
    await flag_unready(tx, found.candidate_id, about=found.id, now=now)


def _name_of(talk: Talk, by: Role | None) -> str:
    match by:
        case Role.COACH:
            return f"staff:{talk.coach.id}"
        case Role.CANDIDATE:
            return f"candidate:{talk.candidate.id}"
        case None:
            return "system"
