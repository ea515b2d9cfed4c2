"""What a practice gave, as staff record it, coaches for themselves, and the practice partner.

`keep_practice` serves them all; whoever calls it has seen to it that this person may say so (E25).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from coaching.access import Right, of_candidate, of_coach
from coaching.errors import BadInput, Conflict, NotAllowed, NotFound
from coaching.facts import DeviceClass, PracticeKind, PracticeRecord
from coaching.lifecycle import MeetingEvent, advance
from coaching.skill_steps import raised
from coaching.wall_time import to_wall
from coaching.words import (
    Comfort,
    MeetingKind,
    MeetingStatus,
    Mode,
    PracticeCause,
    Score,
    Skill,
    SkillSource,
    StaffRole,
    TrajectoryState,
)
from server.store import aftermath, attention, keys, meetings, people
from server.store import readiness as store
from server.store.database import Tx
from server.usecases.access import guidances_of, known_trajectory, may_set_level
from server.usecases.appointments import own_meeting
from server.usecases.attention import TodoCode
from server.usecases.context import CandidateId, MeetingId, Parts, StaffActor, StaffId
from server.usecases.erased import keep_there, refuse_erased
from server.usecases.numbers import numbers_at
from server.usecases.proposing_skill import propose
from server.usecases.repeating import once
from server.usecases.todos import write_todo
from server.usecases.waiting import follow_candidate

_HELP_WITHIN = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeResult:
    """How a practice went. One that was bad names its cause; the others are passed (5.2)."""

    device: DeviceClass
    kind: PracticeKind
    score: Score
    cause: PracticeCause | None = None
    without_camera: bool = False  # as was agreed; counts for talks without one

    @property
    def passed(self) -> bool:
        """Whether it opens what waits for a practice."""
        return self.score is not Score.BAD


@dataclass(frozen=True, slots=True, kw_only=True)
class CoachReadiness:
    """Whether a coach may host a video talk (R15)."""

    coach: StaffId
    name: str
    practised_at: datetime | None
    comfort: Comfort | None  # how at ease with far talks, as they say themselves (5.2)
    comfort_since: date | None


async def close_practice(
    parts: Parts,
    actor: StaffActor,
    meeting: MeetingId,
    *,
    device: DeviceClass,
    score: Score,
    cause: PracticeCause | None,
    skill: Skill | None = None,
    without_camera: bool = False,
    key: str,
    now: datetime,
) -> None:
    """Close a practice that was an appointment, and write down what it gave.

    At a location it counts as practised there, else as guided. `skill` is the level that the coach
    confirms, and counts from today; of somebody else who guided it is a proposal for the coach.
    `without_camera`: it was done so, and counts for talks without one.

    Raises:
        BadInput: `not_begun` before its start; `cause_missing` for one that did not work.
        Conflict: `not_practice`, another kind of meeting; `already_closed`.
        NotFound: no such meeting, or not one of this coach.
    """
    wanted = f"{device}|{score}|{cause}|{skill}{'|unseen' if without_camera else ''}"
    asked = _asked(actor, "close_practice", key, str(meeting), wanted)

    async def work(tx: Tx) -> keys.Answer:
        found = await own_meeting(tx, actor, meeting, now=now)
        kind = _kind_to_close(found, now=now)
        result = PracticeResult(
            device=device, kind=kind, score=score, cause=cause, without_camera=without_camera
        )
        await _close(parts, tx, actor, found, _checked(result), skill=skill, now=now)
        return {}

    await once(parts, asked, work, now=now)


def _kind_to_close(found: meetings.MeetingRecord, *, now: datetime) -> PracticeKind:
    if found.kind != MeetingKind.PRACTICE:
        raise Conflict("not_practice")
    if now < found.starts_at:
        raise BadInput("not_begun", field="score")
    return PracticeKind.ONSITE if found.mode == Mode.OFFLINE else PracticeKind.GUIDED


async def _close(
    parts: Parts,
    tx: Tx,
    actor: StaffActor,
    found: meetings.MeetingRecord,
    result: PracticeResult,
    *,
    skill: Skill | None,
    now: datetime,
) -> None:
    """Whoever only guides, or guided once, sets no level: that would end R12 for good."""
    await _hold(tx, found, actor=actor, now=now)
    trajectory = await known_trajectory(tx, found.trajectory_id)
    is_own = await may_set_level(tx, actor, found.candidate_id, trajectory.coach_id)
    if is_own:
        await _confirm(parts, tx, found.candidate_id, skill, now=now)
    await keep_practice(
        parts, tx, found.candidate_id, result, by=actor.id, meeting=found.id, now=now
    )
    if skill and not is_own:
        await propose(tx, trajectory, skill, why=SkillSource.PRACTICE, meeting=found.id, now=now)


async def record_practice(
    parts: Parts,
    actor: StaffActor,
    candidate: CandidateId,
    result: PracticeResult,
    *,
    skill: Skill | None = None,
    key: str,
    now: datetime,
) -> None:
    """Write down a practice that was no appointment, such as one beside a talk at a location (R13).

    Raises:
        BadInput: `cause_missing` for one that did not work.
        NotFound: not this person's candidate.
    """
    unseen = "|unseen" if result.without_camera else ""
    wanted = f"{result.device}|{result.kind}|{result.score}|{result.cause}|{skill}{unseen}"
    asked = _asked(actor, "record_practice", key, str(candidate), wanted)
    _checked(result)

    async def work(tx: Tx) -> keys.Answer:
        await keep_there(tx, candidate)
        await check_file(tx, actor, candidate, Right.CHANGE_FILE)
        await _confirm(parts, tx, candidate, skill, now=now)
        await keep_practice(parts, tx, candidate, result, by=actor.id, meeting=None, now=now)
        return {}

    await once(parts, asked, work, now=now)


async def keep_practice(
    parts: Parts,
    tx: Tx,
    candidate: UUID,
    result: PracticeResult,
    *,
    by: UUID | None,
    meeting: UUID | None,
    now: datetime,
) -> None:
    """Keep what a practice of a candidate gave, and do what follows from it.

    Passed: what waited for it stands (R12), and from the lowest level one up is proposed (R13).
    Not passed: a to-do with the cause, so that a person helps. `by` is None for the practice
    partner. Practising is own activity (5.2).

    Raises:
        NotFound: `candidate_unknown`, also for one who was erased.
    """
    await keep_there(tx, candidate)
    values = await _values(parts, result, by=by, now=now, tx=tx)
    await store.insert_readiness(tx, candidate_id=candidate, meeting_id=meeting, **values)
    await attention.add_activity(tx, candidate, "practice_done", meeting_id=meeting, now=now)
    for trajectory in await people.trajectories_of(tx, [candidate]):
        if trajectory.state == TrajectoryState.ACTIVE:
            if result.passed:
                await _passed(parts, tx, trajectory, meeting=meeting, now=now)
            else:
                await _ask_for_help(tx, trajectory, result, meeting=meeting, now=now)
    await follow_candidate(parts, tx, candidate, now=now)


async def record_own_practice(
    parts: Parts,
    actor: StaffActor,
    coach: StaffId,
    result: PracticeResult,
    *,
    key: str,
    now: datetime,
) -> None:
    """Write down that a coach practised: coaches for themselves, an admin for anybody (R15).

    Raises:
        BadInput: `cause_missing` for one that did not work; `coach_unknown`.
        NotAllowed: `admin_needed`, for somebody else.
    """
    if Right.SPEAK_FOR not in of_coach(actor, coach):
        raise NotAllowed("admin_needed")
    wanted = f"{result.device}|{result.kind}|{result.score}|{result.cause}"
    asked = _asked(actor, "own_practice", key, str(coach), wanted)
    _checked(result)

    async def work(tx: Tx) -> keys.Answer:
        found = await people.staff_by_id(tx, coach)
        if found is None or StaffRole.COACH not in found.roles:
            raise BadInput("coach_unknown", field="coach")
        values = await _values(parts, result, by=actor.id, now=now, tx=tx)
        await store.insert_readiness(tx, staff_id=coach, **values)
        return {}

    await once(parts, asked, work, now=now)


async def coaches_readiness(parts: Parts, actor: StaffActor) -> tuple[CoachReadiness, ...]:
    """Which coaches practised: of everybody for planner and admin, else the own one. Reads only."""
    async with parts.database.read() as tx:
        coaches = [
            one
            for one in await people.active_staff(tx)
            if StaffRole.COACH in one.roles and Right.KEEP_DESK in of_coach(actor, one.id)
        ]
        found = []
        for one in coaches:
            passed = [kept for kept in await store.of_staff(tx, one.id) if kept.score != Score.BAD]
            at = passed[0].at if passed else None
            found.append(
                CoachReadiness(
                    coach=StaffId(one.id),
                    name=one.name,
                    practised_at=at,
                    comfort=Comfort(one.comfort) if one.comfort else None,
                    comfort_since=one.comfort_since,
                )
            )
    return tuple(found)


async def say_own_comfort(
    parts: Parts, actor: StaffActor, comfort: Comfort, *, now: datetime
) -> None:
    """Keep how at ease a coach says to be with far talks, from today on. No rule reads it."""
    today = to_wall(now, parts.settings.tz).date()
    await parts.database.run(lambda tx: people.keep_own_comfort(tx, actor.id, comfort, since=today))


def _asked(actor: StaffActor, route: str, key: str, about: str, wanted: str) -> keys.KeyedRequest:
    values = {"about": about, "wanted": wanted}
    return keys.KeyedRequest(actor=actor.key, route=route, key=key, values=values)


def _checked(result: PracticeResult) -> PracticeResult:
    if not result.passed and result.cause is None:
        raise BadInput("cause_missing", field="cause")
    return result


async def check_file(tx: Tx, actor: StaffActor, candidate: UUID, right: Right) -> None:
    """See to it that this person has `right` to what is kept of this candidate.

    Raises:
        NotFound: `candidate_unknown`, not theirs, or erased.
    """
    if right not in of_candidate(actor, await guidances_of(tx, candidate)):
        raise NotFound("candidate_unknown")
    await refuse_erased(tx, candidate)


async def _hold(tx: Tx, found: meetings.MeetingRecord, *, actor: StaffActor, now: datetime) -> None:
    """It took place; a practice that was closed with a result is not closed again."""
    kept = await store.of_candidate(tx, found.candidate_id)
    if any(one.meeting_id == found.id for one in kept):
        raise Conflict("already_closed")
    if found.status == MeetingStatus.HELD:
        return
    status = advance(MeetingStatus(found.status), MeetingEvent.HOLD)
    await meetings.change_meeting(tx, found.id, status=status, decided_at=now)
    await meetings.add_event(tx, found.id, at=now, actor=actor.key, what="held")


async def _confirm(
    parts: Parts, tx: Tx, candidate: UUID, skill: Skill | None, *, now: datetime
) -> None:
    if skill:
        today = to_wall(now, parts.settings.tz).date()
        source = SkillSource.PRACTICE
        await aftermath.set_skill(tx, candidate, skill, source, since=today, now=now)


async def _values(
    parts: Parts, result: PracticeResult, *, by: UUID | None, now: datetime, tx: Tx
) -> dict[str, object]:
    settings = await numbers_at(tx, now, parts.settings.tz)
    lasts = timedelta(days=settings.practice_valid_days)
    return {
        "device": result.device,
        "kind": result.kind,
        "score": result.score,
        "cause": result.cause,
        "at": now,
        "expires_at": now + lasts if result.passed else None,
        "recorded_by": by,
        "without_camera": result.without_camera,
    }


async def _passed(
    parts: Parts,
    tx: Tx,
    trajectory: people.TrajectoryRecord,
    *,
    meeting: UUID | None,
    now: datetime,
) -> None:
    await attention.finish_todos(
        tx, now=now, trajectory_id=trajectory.id, codes=[TodoCode.PRACTICE_FAILED]
    )
    candidate = await people.candidate_by_id(tx, trajectory.candidate_id)
    settings = await numbers_at(tx, now, parts.settings.tz)
    skill = Skill(candidate.skill) if candidate else Skill.UNKNOWN
    higher = raised(skill, await _records(tx, trajectory.candidate_id), 0, settings)
    if higher:
        why = SkillSource.PRACTICE
        await propose(tx, trajectory, higher, why=why, meeting=meeting, now=now)


async def _records(tx: Tx, candidate: UUID) -> Sequence[PracticeRecord]:
    """What was passed with a camera: a practice without one raises no level."""
    return [
        PracticeRecord(
            kind=PracticeKind(one.kind), passed_at=one.at, device=DeviceClass(one.device)
        )
        for one in await store.of_candidate(tx, candidate)
        if one.score != Score.BAD and not one.without_camera
    ]


async def _ask_for_help(
    tx: Tx,
    trajectory: people.TrajectoryRecord,
    result: PracticeResult,
    *,
    meeting: UUID | None,
    now: datetime,
) -> None:
    await write_todo(
        tx,
        TodoCode.PRACTICE_FAILED,
        trajectory,
        about=now.isoformat(),
        due_at=now + _HELP_WITHIN,
        now=now,
        meeting=meeting,
        params={"cause": str(result.cause)},
    )
