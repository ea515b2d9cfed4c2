"""Planned video talks that the rules refuse by now: flagged for a person, changed by nobody here.

What waits for a practice turns into phone by itself at the deadline of R12 (`waiting.run_unready`).
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from coaching.engine import judge_booking
from coaching.practice import practice_deadline
from coaching.wall_time import to_wall
from coaching.words import MeetingKind, MeetingStatus, Mode, TrajectoryState
from server.store import attention, meetings, people
from server.store.database import Tx
from server.usecases.attention import TodoCode
from server.usecases.booking_facts import Asked, File, read_file
from server.usecases.numbers import numbers_at
from server.usecases.todos import write_todo

_RULES = {
    TodoCode.TOO_EARLY: frozenset({"R8"}),
    TodoCode.PRACTISE_FIRST: frozenset({"R12", "R13"}),
}


async def flag_unready(tx: Tx, candidate: UUID, *, about: UUID, now: datetime) -> None:
    """Flag the planned video talks of a candidate that R12 or R13 refuses by now (R20, S2-13).

    Called whenever a talk failed, a level changed, a practice was done or a camera waiver was used
    up or ended; `about` is what it was.
    """
    for trajectory in await people.trajectories_of(tx, [candidate]):
        if trajectory.state == TrajectoryState.ACTIVE:
            await flag(tx, trajectory, TodoCode.PRACTISE_FIRST, about=about, now=now)


async def flag(
    tx: Tx, trajectory: people.TrajectoryRecord, code: TodoCode, *, about: UUID, now: datetime
) -> int:
    """Judge every planned video talk again; a to-do for each that the rules of `code` refuse.

    The talks themselves stay: until their deadline a person decides what becomes of them. A to-do
    whose talk is no longer refused is done with. Gives how many talks are refused.
    """
    file = await read_file(tx, trajectory)
    coming = [one for one in file.meetings if _is_coming(one, now=now)]
    refused = [one for one in coming if await _refuses(tx, file, one, _RULES[code], now=now)]
    told = await _told(tx, trajectory, code)
    for meeting, todo in told.items():
        if meeting not in {one.id for one in refused}:
            await attention.finish_todos(tx, now=now, todo_id=todo)
    new = [one for one in refused if one.id not in told]
    await _write(tx, trajectory, code, new, about=about, now=now)
    return len(refused)


async def _write(
    tx: Tx,
    trajectory: people.TrajectoryRecord,
    code: TodoCode,
    talks: Iterable[meetings.MeetingRecord],
    *,
    about: UUID,
    now: datetime,
) -> None:
    for one in talks:
        await write_todo(
            tx,
            code,
            trajectory,
            about=f"{about}:{now.isoformat()}:{one.id}",
            due_at=await _due_at(tx, code, one, now=now),
            now=now,
            meeting=one.id,
            params={"when": one.local_start.replace("T", " ")},
        )


async def _due_at(
    tx: Tx, code: TodoCode, one: meetings.MeetingRecord, *, now: datetime
) -> datetime:
    if code is TodoCode.TOO_EARLY:
        return one.starts_at
    settings = await numbers_at(tx, one.starts_at, ZoneInfo(one.zone))
    return max(now, practice_deadline(one.starts_at, settings).astimezone(UTC))


async def _told(tx: Tx, trajectory: people.TrajectoryRecord, code: TodoCode) -> dict[UUID, UUID]:
    """The meetings that are flagged, with the to-do that says so."""
    return {
        one.meeting_id: one.id
        for one in await attention.open_todos(tx, candidates=[trajectory.candidate_id])
        if one.code == code and one.trajectory_id == trajectory.id and one.meeting_id
    }


def _is_coming(one: meetings.MeetingRecord, *, now: datetime) -> bool:
    return one.mode == Mode.VIDEO and one.status == MeetingStatus.PLANNED and one.starts_at > now


async def _refuses(
    tx: Tx, file: File, one: meetings.MeetingRecord, rules: frozenset[str], *, now: datetime
) -> bool:
    """Whether one of `rules` is in the way. No free times are looked for: nothing is offered."""
    settings = await numbers_at(tx, one.starts_at, ZoneInfo(one.zone))
    asked = Asked(
        kind=MeetingKind(one.kind),
        mode=Mode(one.mode),
        starts_at=one.starts_at,
        ends_at=one.ends_at,
    )
    facts = file.facts(asked, today=to_wall(now, settings.zone).date(), moved=one.id)
    verdict = judge_booking(facts, settings, now)
    return not verdict.allowed and bool(rules & {reason.rule for reason in verdict.reasons})
