"""What asks for attention, by urgency, each with one thing to do; and a coach's own people."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from coaching.words import Skill
from server.usecases.context import CandidateId, MeetingId, Parts, StaffActor, TrajectoryId
from server.usecases.people import MeetingLine


class TodoCode(StrEnum):
    """Why something asks for attention; worded by the catalogue: todo.<code>."""

    PHONE_NOW = "phone_now"  # a talk failed (R19) or was missed (R25): call at once
    CALL_BACK = "call_back"  # the candidate asked to be called
    FAILED = "failed"  # a talk failed, no new time was chosen
    MISSED = "missed"  # call about a missed talk
    SILENT = "silent"  # R22, level 2
    MEET_AGAIN = "meet_again"  # R22 level 3, R24: propose a time at a location
    NOTHING_PLANNED = "nothing_planned"  # R23
    UNREACHABLE = "unreachable"  # messages do not arrive (E22)
    PLAN_NEW = "plan_new"  # the candidate cancelled, or a hand-over took a talk away
    SECOND_PERSON = "second_person"  # an exception waits for a second person
    SKILL = "skill"  # a skill proposal waits
    UNANSWERED = "unanswered"  # held times lapsed without a choice
    ABSENCE_CONFLICT = "absence_conflict"  # a meeting lies in an absence


@dataclass(frozen=True, slots=True, kw_only=True)
class TodoView:
    """One line of "vraagt aandacht". `action` is the one thing to do, `href` where."""

    id: UUID
    code: TodoCode
    params: dict[str, str]  # fill the sentence
    urgency: int  # 1 comes first
    due_at: datetime
    late: bool
    candidate: CandidateId
    candidate_name: str
    candidate_phone: str | None
    coach_name: str
    meeting: MeetingId | None
    action: str  # call, book, choose, confirm, decide, move: worded by todo_action.<action>
    href: str  # path of a page


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """One of a coach's people."""

    candidate: CandidateId
    trajectory: TrajectoryId
    name: str
    skill: Skill
    ready_online: bool  # may talk online as far as the rules see now
    next_meeting: MeetingLine | None
    days_silent: int  # since the last own activity
    talks: int  # N
    done: int  # counted talks, held and planned
    online: int
    lower: int
    upper: int
    band_feasible: bool
    todos: tuple[TodoView, ...]


async def attention(parts: Parts, actor: StaffActor, *, now: datetime) -> tuple[TodoView, ...]:
    """What waits: of everybody for planner and admin, of the own people for a coach. Reads only."""
    raise NotImplementedError


async def done(parts: Parts, actor: StaffActor, todo: UUID, *, now: datetime) -> None:
    """Say that it is done; a second time does nothing. Logs an answered call as activity.

    Raises:
        NotFound: `todo_unknown`, or not this person's.
    """
    raise NotImplementedError


async def my_people(parts: Parts, actor: StaffActor, *, now: datetime) -> tuple[PersonView, ...]:
    """A coach's people with an active trajectory, those with something to do first. Reads only."""
    raise NotImplementedError
