"""Recorded exceptions to a rule: asked, confirmed by a second person, listed, ended (5.5)."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from coaching.facts import ExceptionCode
from server.usecases.context import CandidateId, Parts, StaffActor, TrajectoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionRequest:
    """An exception to `rule`, for one appointment or until a day (at most 90 days on)."""

    trajectory: TrajectoryId
    rule: str
    code: ExceptionCode
    reason: str  # at most 200 characters; no medical words
    valid_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionView:
    """An exception as staff see it."""

    id: UUID
    trajectory: TrajectoryId
    trajectory_number: str
    candidate: CandidateId
    candidate_name: str
    rule: str
    rule_text_nl: str
    rule_text_en: str
    code: ExceptionCode
    reason: str
    asked_by: str
    asked_at: datetime
    second: str | None
    waits_for_second: bool
    valid_until: date | None
    used: bool
    ended: bool
    in_force: bool
    settings_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionCount:
    """How many exceptions a coach has by reason, for the quarterly list."""

    coach_name: str
    code: ExceptionCode
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Liftable:
    """A rule that an exception may lift, and the people that takes."""

    rule: str
    text_nl: str
    text_en: str
    people: int


def liftable_rules() -> tuple[Liftable, ...]:
    """The rules about bookings that an exception may lift, in order."""
    raise NotImplementedError


async def ask_exception(
    parts: Parts, actor: StaffActor, request: ExceptionRequest, *, key: str, now: datetime
) -> UUID:
    """Record an exception; where two people are needed it waits for `confirm_exception`.

    Raises:
        BadInput: `rule_unknown`, `exception_not_possible`, `text_too_long`, `date_too_far`,
            `reason_missing`, or `medical_word`, the reason tells of health.
        NotFound: not this person's trajectory.
    """
    raise NotImplementedError


async def confirm_exception(
    parts: Parts, actor: StaffActor, exception: UUID, *, key: str, now: datetime
) -> None:
    """Agree as the second person; the to-do of the planners is done.

    Raises:
        Conflict: `same_person`, who asked cannot be the second; `already_closed`.
        NotAllowed: the actor is neither planner nor admin, nor coach of the candidate.
        NotFound: `exception_unknown`.
    """
    raise NotImplementedError


async def end_exception(
    parts: Parts, actor: StaffActor, exception: UUID, *, key: str, now: datetime
) -> None:
    """End an exception today; what was booked on it stays.

    Raises:
        Conflict: `already_closed`.
        NotFound: `exception_unknown`, or not one of this coach.
    """
    raise NotImplementedError


async def list_exceptions(
    parts: Parts, actor: StaffActor, *, candidate: CandidateId | None = None, now: datetime
) -> tuple[ExceptionView, ...]:
    """All exceptions for planner and admin, the own people's for a coach; newest first."""
    raise NotImplementedError


async def count_exceptions(
    parts: Parts, actor: StaffActor, *, since: datetime, until: datetime
) -> tuple[ExceptionCount, ...]:
    """Exceptions per coach and reason that were asked in [since, until).

    Raises:
        NotAllowed: the actor is neither planner nor admin.
    """
    raise NotImplementedError
