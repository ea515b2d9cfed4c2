"""Digital skill: two clicks after a talk, proposals up and down, a coach who confirms."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from coaching.words import Skill, SkillSource
from server.usecases.context import CandidateId, MeetingId, Parts, StaffActor
from server.usecases.holding import HeldTimes


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
    before: Skill
    proposed: Skill
    why: SkillSource
    at: datetime
    meeting: MeetingId | None


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
    raise NotImplementedError


async def observation_of(parts: Parts, actor: StaffActor, meeting: MeetingId) -> Observation | None:
    """What was seen in this talk, or None. Reads only.

    Raises:
        NotFound: no such meeting, or not one of this coach.
    """
    raise NotImplementedError


async def open_proposals(parts: Parts, actor: StaffActor) -> tuple[SkillProposal, ...]:
    """Proposals that wait for a decision: all for a planner, the own ones for a coach."""
    raise NotImplementedError


async def decide_proposal(
    parts: Parts, actor: StaffActor, proposal: UUID, *, accept: bool, key: str, now: datetime
) -> None:
    """Accept or decline; accepted, the candidate has the level from today on.

    Raises:
        Conflict: `already_closed`.
        NotFound: `proposal_unknown`, or not one of this coach.
    """
    raise NotImplementedError
