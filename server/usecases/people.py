"""Candidates, trajectories, coaches, places: who and where."""

from dataclasses import dataclass
from datetime import date, datetime

from coaching.words import Language, MeetingStatus, Mode, Skill, SkillSource
from server.usecases.context import CandidateId, Parts, RoomId, StaffActor, StaffId, TrajectoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCandidate:
    """What a planner fills in; texts as typed, checked and tidied by `add_candidate`."""

    name: str
    email: str
    phone: str
    language: Language
    skill: Skill
    skill_source: SkillSource
    skill_since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class TrajectoryView:
    """A trajectory as staff see it."""

    id: TrajectoryId
    number: str  # "T-1234"
    candidate_id: CandidateId
    coach_id: StaffId
    coach_name: str
    talks: int
    minutes: int
    state: str
    held_offline: int
    held_video: int
    planned: int
    acquainted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingLine:
    """One meeting in a list."""

    id: str
    starts_at: datetime
    ends_at: datetime
    kind: str
    mode: Mode
    status: MeetingStatus
    coach_name: str
    candidate_name: str
    room_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateView:
    """A candidate as staff see them."""

    id: CandidateId
    name: str
    email: str | None
    phone: str | None
    language: Language
    skill: Skill
    skill_source: SkillSource
    skill_since: date
    trajectories: tuple[TrajectoryView, ...]
    meetings: tuple[MeetingLine, ...]  # newest first
    next_meeting: MeetingLine | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomView:
    """A room at a place."""

    id: RoomId
    name: str
    place_name: str
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CoachView:
    """A coach to choose from."""

    id: StaffId
    name: str


async def add_candidate(
    parts: Parts, actor: StaffActor, new: NewCandidate, *, key: str, now: datetime
) -> CandidateId:
    """Add a candidate; the same `key` again gives the same candidate.

    Raises:
        BadInput: name, e-mail, phone or date cannot be used (`field` says which).
        NotAllowed: the actor is neither planner nor admin.
    """
    raise NotImplementedError


async def list_candidates(
    parts: Parts, actor: StaffActor, *, search: str, now: datetime
) -> tuple[CandidateView, ...]:
    """All candidates for a planner, the own ones for a coach, by name; `meetings` stays empty."""
    raise NotImplementedError


async def show_candidate(
    parts: Parts, actor: StaffActor, candidate: CandidateId, *, now: datetime
) -> CandidateView:
    """One candidate with trajectories and meetings.

    Raises:
        NotFound: no such candidate, or not one of this coach.
    """
    raise NotImplementedError


async def start_trajectory(
    parts: Parts,
    actor: StaffActor,
    candidate: CandidateId,
    coach: StaffId,
    *,
    talks: int,
    minutes: int,
    key: str,
    now: datetime,
) -> TrajectoryId:
    """Start a trajectory of `talks` talks (1 to 200) of `minutes` minutes (10 to 240).

    Raises:
        BadInput: a number out of range, or the coach is no coach.
        Conflict: this candidate already has an active trajectory with this coach.
        NotAllowed: the actor is neither planner nor admin.
    """
    raise NotImplementedError


async def list_coaches(parts: Parts) -> tuple[CoachView, ...]:
    """Active coaches by name."""
    raise NotImplementedError


async def list_rooms(parts: Parts) -> tuple[RoomView, ...]:
    """Rooms by place and name."""
    raise NotImplementedError
