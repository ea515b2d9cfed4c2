"""A whole trajectory at once: proposed from the contract, changed, and booked in one step."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from coaching.verdict import Verdict
from coaching.words import MeetingKind, Mode
from server.usecases.context import MeetingId, Parts, RoomId, StaffActor, TrajectoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWish:
    """What the planner asks for. N and the minutes come from the trajectory."""

    trajectory: TrajectoryId
    from_day: date
    weeks: int
    diagnosis: bool
    practice: bool
    reassessment: bool
    closing: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLine:
    """One meeting of a plan; the planner may change every field before booking."""

    kind: MeetingKind
    mode: Mode
    starts_local: datetime  # wall time of the organisation
    minutes: int
    room: RoomId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedLine:
    """A line with what the page shows beside it."""

    line: PlanLine
    room_name: str
    place_name: str
    warnings_nl: tuple[str, ...]
    warnings_en: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanProblem:
    """Why a plan cannot be made, or why a line of it cannot stand (`line` counts from 0)."""

    code: str
    nl: str
    en: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposedPlan:
    """A plan within the blend; with `problems` it is not feasible as asked."""

    lines: tuple[ProposedLine, ...]
    problems: tuple[PlanProblem, ...]
    online: int
    offline: int
    lower: int  # L of the band
    upper: int  # U


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedPlan:
    """All meetings of a plan, in the order of its lines; some verdicts may carry warnings."""

    meetings: tuple[MeetingId, ...]
    verdicts: tuple[Verdict, ...]


async def propose_plan(
    parts: Parts, actor: StaffActor, wish: PlanWish, *, now: datetime
) -> ProposedPlan:
    """Propose the whole trajectory. Reads only.

    Raises:
        BadInput: `weeks_bad` (1 to 104), `day_bad`, a first day in the past.
        NotFound: not this person's trajectory.
    """
    raise NotImplementedError


async def check_plan(
    parts: Parts,
    actor: StaffActor,
    trajectory: TrajectoryId,
    lines: Sequence[PlanLine],
    *,
    now: datetime,
) -> ProposedPlan:
    """Say what is wrong with a plan that the planner changed. Reads only.

    Raises:
        BadInput: `plan_empty`, `plan_too_long` (over 200 lines).
        NotFound: not this person's trajectory.
    """
    raise NotImplementedError


async def book_plan(
    parts: Parts,
    actor: StaffActor,
    trajectory: TrajectoryId,
    lines: Sequence[PlanLine],
    *,
    key: str,
    now: datetime,
) -> BookedPlan:
    """Book all lines or none, in order of time; each with invitation, mail and calendar rows.

    The rules judge each line as if the ones before it took place, as they will.

    Raises:
        Refused: a rule refuses a line; `line_of(error)` tells which.
        BadInput, Conflict: as `book_meeting`, with the parameter `line`; `plan_empty`,
            `plan_too_long`.
        NotFound: not this person's trajectory.
    """
    raise NotImplementedError
