"""The practices that were kept, as staff and candidate read them."""

from dataclasses import dataclass
from datetime import datetime

from coaching.access import Right
from coaching.facts import DeviceClass, PracticeKind
from coaching.words import PracticeCause, Score
from server.store import readiness as store
from server.usecases.access import known_trajectory, may_set_level, open_meeting
from server.usecases.camera_waiver import practises_without_camera
from server.usecases.context import CandidateId, MeetingId, Parts, StaffActor
from server.usecases.file_then import file_until
from server.usecases.readiness import PracticeResult, check_file


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeView:
    """A practice as staff see it. `expires_at` is empty for one that was not passed."""

    result: PracticeResult
    at: datetime
    expires_at: datetime | None
    valid: bool  # passed, and not expired
    meeting: MeetingId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosingPractice:
    """`waived`: the candidate may practise without a camera. `lent`: the guidance is another's."""

    waived: bool
    lent: bool


async def practices_of(
    parts: Parts, actor: StaffActor, candidate: CandidateId, *, now: datetime
) -> tuple[PracticeView, ...]:
    """The practices of a candidate, newest first; none that came after one's guidance ended.

    Reads only.

    Raises:
        NotFound: not this person's candidate.
    """
    async with parts.database.read() as tx:
        await check_file(tx, actor, candidate, Right.READ_FILE)
        until = await file_until(tx, actor, candidate)
        kept = await store.of_candidate(tx, candidate)
    return tuple(_view(one, now=now) for one in kept if until is None or one.at <= until)


async def practice_of_meeting(
    parts: Parts, actor: StaffActor, meeting: MeetingId, *, now: datetime
) -> PracticeView | None:
    """What a practice that was an appointment gave, or None. Reads only.

    Raises:
        NotFound: not this person's meeting.
    """
    async with parts.database.read() as tx:
        found = await open_meeting(tx, actor, meeting)
        kept = await store.of_candidate(tx, found.candidate_id)
    return next((_view(one, now=now) for one in kept if one.meeting_id == meeting), None)


async def closing_of(
    parts: Parts, actor: StaffActor, meeting: MeetingId, *, now: datetime
) -> ClosingPractice:
    """What the form that closes a practice begins with. Reads only.

    Raises:
        NotFound: not this person's meeting.
    """
    async with parts.database.read() as tx:
        found = await open_meeting(tx, actor, meeting)
        trajectory = await known_trajectory(tx, found.trajectory_id)
        waived = await practises_without_camera(tx, found, now=now)
        sets = await may_set_level(tx, actor, found.candidate_id, trajectory.coach_id)
    return ClosingPractice(waived=waived, lent=not sets)


def result_of(row: store.ReadinessRecord) -> PracticeResult:
    """What a practice gave, from its row."""
    return PracticeResult(
        device=DeviceClass(row.device),
        kind=PracticeKind(row.kind),
        score=Score(row.score),
        cause=PracticeCause(row.cause) if row.cause else None,
        without_camera=row.without_camera,
    )


def _view(row: store.ReadinessRecord, *, now: datetime) -> PracticeView:
    result = result_of(row)
    return PracticeView(
        result=result,
        at=row.at,
        expires_at=row.expires_at,
        valid=result.passed and row.expires_at is not None and row.expires_at > now,
        meeting=MeetingId(row.meeting_id) if row.meeting_id else None,
    )
