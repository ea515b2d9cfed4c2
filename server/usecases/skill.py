"""Digital skill and comfort: two clicks after a talk, proposals, a coach who confirms."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from coaching.access import limited_to
from coaching.engine import judge_trouble
from coaching.errors import Conflict, NotFound
from coaching.lifecycle import may_reopen
from coaching.settings import BlendSettings
from coaching.skill_steps import less_at_ease, more_at_ease, raised
from coaching.trigger_facts import TalkTrouble
from coaching.verdict import Action
from coaching.wall_time import to_wall
from coaching.words import Comfort, MeetingStatus, Mode, Skill, SkillSource
from server.store import aftermath, attention, keys, levels, meetings, people
from server.store.database import Tx
from server.usecases.access import known_trajectory, may_set_level, open_meeting
from server.usecases.appointments import own_meeting
from server.usecases.attention import TodoCode
from server.usecases.context import CandidateId, MeetingId, Parts, StaffActor
from server.usecases.holding import HeldTimes, read_group
from server.usecases.numbers import numbers_at
from server.usecases.offering import offer_three, tell_of_times
from server.usecases.proposing_skill import What, propose, propose_comfort, propose_lower
from server.usecases.repeating import once
from server.usecases.todos import todo_key
from server.usecases.waiting import follow_candidate


class Observation(StrEnum):
    """What a coach saw in an online talk (R21)."""

    WENT_WELL = "went_well"
    SOME_HELP = "some_help"
    MUCH_HELP = "much_help"  # "had veel hulp nodig"
    NOT_ABLE = "not_able"  # "niet digivaardig"


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillProposal:
    """A level that the rules propose; it changes nothing until the coach says so."""

    id: UUID
    candidate: CandidateId
    candidate_name: str
    before: Skill | Comfort | None
    proposed: Skill | Comfort
    why: SkillSource
    at: datetime
    meeting: MeetingId | None

    @property
    def about_comfort(self) -> bool:
        """Whether it is about how at ease somebody is, and not about skill."""
        return isinstance(self.proposed, Comfort)


async def observe(
    parts: Parts,
    actor: StaffActor,
    meeting: MeetingId,
    observation: Observation,
    *,
    key: str,
    now: datetime,
) -> HeldTimes | None:
    """Keep what the coach saw; after much help times at a location are held at once (R21).

    Once a talk: a second one replaces the first until the day is over.

    Raises:
        Conflict: `not_video`, `not_begun`; `already_closed`, another day.
        NotFound: no such meeting, or not one of this coach.
    """
    asked = keys.KeyedRequest(
        actor=actor.key,
        route="observe",
        key=key,
        values={"meeting": str(meeting), "observation": observation},
    )

    async def work(tx: Tx) -> keys.Answer:
        found = await own_meeting(tx, actor, meeting, now=now)
        await _check_observable(parts, tx, found, now=now)
        await aftermath.keep_observation(tx, meeting, actor.id, observation, now=now)
        return await _follow(parts, tx, actor, found, observation, now=now)

    answer = await once(parts, asked, work, now=now)
    if not answer.get("group"):
        return None
    async with parts.database.read() as tx:
        return await read_group(tx, UUID(answer["group"]), now=now)


async def observation_of(parts: Parts, actor: StaffActor, meeting: MeetingId) -> Observation | None:
    """What was seen in this talk, or None. Reads only.

    Raises:
        NotFound: no such meeting, or not one of this coach.
    """
    async with parts.database.read() as tx:
        await open_meeting(tx, actor, meeting)
        seen = (await aftermath.observations_of(tx, [meeting])).get(meeting)
    return Observation(seen.code) if seen else None


async def open_proposals(parts: Parts, actor: StaffActor) -> tuple[SkillProposal, ...]:
    """Proposals that wait for a decision: all for a planner, the own ones for a coach."""
    async with parts.database.read() as tx:
        found = await aftermath.proposals(tx, coach=limited_to(actor))
    return tuple(
        SkillProposal(
            id=one.id,
            candidate=CandidateId(one.candidate_id),
            candidate_name=one.candidate_name,
            before=_level(one.what, one.before) if one.before else None,
            proposed=_level(one.what, one.skill),
            why=SkillSource(one.why),
            at=one.at,
            meeting=MeetingId(one.meeting_id) if one.meeting_id else None,
        )
        for one in found
    )


def _level(what: str, level: str) -> Skill | Comfort:
    return Comfort(level) if what == What.COMFORT else Skill(level)


async def decide_proposal(
    parts: Parts, actor: StaffActor, proposal: UUID, *, accept: bool, key: str, now: datetime
) -> None:
    """Accept or decline; accepted, the candidate has the level from today on.

    Raises:
        Conflict: `already_closed`.
        NotFound: `proposal_unknown`, or not one of this coach, whose guidance has not ended.
    """
    asked = keys.KeyedRequest(
        actor=actor.key,
        route="decide_proposal",
        key=key,
        values={"proposal": str(proposal), "accept": str(accept)},
    )

    async def work(tx: Tx) -> keys.Answer:
        found = await aftermath.proposal_by_id(tx, proposal)
        if found is None or not await may_set_level(tx, actor, found.candidate_id, found.coach_id):
            raise NotFound("proposal_unknown")
        if not await aftermath.decide(tx, proposal, accepted=accept, by=actor.id, now=now):
            raise Conflict("already_closed")
        if accept:
            await _take_over(parts, tx, found, now=now)
        todo = todo_key(TodoCode.SKILL, found.trajectory_id, str(proposal))
        await attention.finish_todo_with_key(tx, todo, by=actor.id, now=now)
        return {}

    await once(parts, asked, work, now=now)


async def _take_over(
    parts: Parts, tx: Tx, found: aftermath.ProposalRecord, *, now: datetime
) -> None:
    today = to_wall(now, parts.settings.tz).date()
    level = (found.candidate_id, found.skill, found.why)
    if found.what == What.COMFORT:
        await levels.set_comfort(tx, *level, since=today, now=now)
        return
    await aftermath.set_skill(tx, *level, since=today, now=now)
    await follow_candidate(parts, tx, found.candidate_id, now=now)


_HELP = (Observation.MUCH_HELP, Observation.NOT_ABLE)


async def _check_observable(
    parts: Parts, tx: Tx, found: meetings.MeetingRecord, *, now: datetime
) -> None:
    if found.mode != Mode.VIDEO:
        raise Conflict("not_video")
    if now < found.starts_at:
        raise Conflict("not_begun")
    seen = (await aftermath.observations_of(tx, [found.id])).get(found.id)
    if seen and not may_reopen(seen.at, now, parts.settings.tz):
        raise Conflict("already_closed")


async def _follow(
    parts: Parts,
    tx: Tx,
    actor: StaffActor,
    found: meetings.MeetingRecord,
    observation: Observation,
    *,
    now: datetime,
) -> keys.Answer:
    """What the rules start after it: times at a location and a lower level, or a higher one."""
    trajectory = await known_trajectory(tx, found.trajectory_id)
    candidate = await people.candidate_by_id(tx, found.candidate_id)
    if candidate is None:
        raise NotFound("candidate_unknown")
    settings = await numbers_at(tx, found.starts_at, parts.settings.tz)
    trouble = TalkTrouble(skill=Skill(candidate.skill), much_help_needed=observation in _HELP)
    actions = judge_trouble(trouble, settings, now).actions
    if Action.FLAG in actions:
        await propose_lower(
            tx, trajectory, why=SkillSource.COACH_OBSERVATION, meeting=found.id, now=now
        )
        lower = less_at_ease(_comfort(candidate))
        await propose_comfort(tx, trajectory, lower, meeting=found.id, now=now)
    else:
        await _propose_higher(tx, trajectory, candidate, settings, found, now=now)
    if Action.PROPOSE_OFFLINE not in actions:
        return {}
    offered = await offer_three(
        parts, tx, trajectory, minutes=trajectory.minutes, actor=actor.key, now=now
    )
    if not offered.meetings:
        return {}
    await tell_of_times(parts, tx, trajectory, offered, rule="R21", now=now)
    return {"group": str(offered.group)}


async def _propose_higher(
    tx: Tx,
    trajectory: people.TrajectoryRecord,
    candidate: people.CandidateRecord,
    settings: BlendSettings,
    found: meetings.MeetingRecord,
    *,
    now: datetime,
) -> None:
    talks = [
        one
        for one in await meetings.meetings_of_trajectories(tx, [trajectory.id])
        if one.mode == Mode.VIDEO and one.status in (MeetingStatus.HELD, MeetingStatus.FAILED)
    ]
    seen = await aftermath.observations_of(tx, [one.id for one in talks])
    helpless = _help_free(talks, seen)
    higher = raised(Skill(candidate.skill), (), helpless, settings)
    if higher:
        why = SkillSource.COACH_OBSERVATION
        await propose(tx, trajectory, higher, why=why, meeting=found.id, now=now)
    easier = more_at_ease(_comfort(candidate), helpless, settings)
    await propose_comfort(tx, trajectory, easier, meeting=found.id, now=now)


def _comfort(candidate: people.CandidateRecord) -> Comfort | None:
    return Comfort(candidate.comfort) if candidate.comfort else None


def _help_free(
    talks: Iterable[meetings.MeetingRecord], seen: dict[UUID, aftermath.ObservationRecord]
) -> int:
    """Online talks in a row up to the last one in which no help was needed (E23)."""
    count = 0
    for talk in sorted(talks, key=lambda one: one.starts_at, reverse=True):
        well = talk.id in seen and seen[talk.id].code == Observation.WENT_WELL
        if not well or talk.status != MeetingStatus.HELD:
            break
        count += 1
    return count
