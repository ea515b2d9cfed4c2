"""What is looked at when a talk is closed: was there a task (R6)?"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from coaching.engine import judge_closing
from coaching.history import counts
from coaching.settings import BlendSettings
from coaching.trigger_facts import ClosingFacts
from coaching.verdict import Action
from coaching.words import MeetingKind, MeetingStatus, Mode
from server.store import attention, meetings, notices, people, tasks
from server.store.database import Tx
from server.usecases.access import known_trajectory
from server.usecases.attention import OF_A_TALK_TO_COME, TodoCode
from server.usecases.context import MeetingId, Parts
from server.usecases.numbers import numbers_at
from server.usecases.todos import write_todo


async def close_tasks(
    parts: Parts, tx: Tx, found: meetings.MeetingRecord, *, held: bool, now: datetime
) -> None:
    """Follow the end of a talk: to-dos for before it are done; two in a row without task: a notice.

    Why there was none is asked on the page of the talk, and keeps nobody from closing it.
    """
    await attention.finish_todos(tx, now=now, meeting_id=found.id, codes=OF_A_TALK_TO_COME)
    settings = await numbers_at(tx, found.starts_at, parts.settings.tz)
    if not held or not wants_task(found, settings):
        return
    history = await meetings.meetings_of_trajectories(tx, [found.trajectory_id])
    with_task = await tasks.talks_with_task(tx, found.trajectory_id)
    facts = ClosingFacts(
        mode=Mode(found.mode),
        task_given_or_discussed=found.id in with_task,
        taskless_before=taskless_before(history, found, with_task, settings),
    )
    if Action.NOTICE in judge_closing(facts, settings, now).actions:
        await _notice(tx, found, now=now)


def no_task_key(meeting: UUID, revision: int) -> str:
    """The key of the moment at which a talk is near and has no task."""
    return f"no_task:{meeting}:{revision}"


async def run_no_task(parts: Parts, meeting: MeetingId, *, now: datetime) -> bool:
    """Write the to-do for a video talk that is near and has no task (R6); once for each time."""

    async def work(tx: Tx) -> bool:
        found = await meetings.meeting_to_change(tx, meeting)
        if found is None or found.status != MeetingStatus.PLANNED:
            return False
        key = no_task_key(meeting, found.revision)
        if not await attention.take_moment(tx, key, now=now):
            return False
        settings = await numbers_at(tx, found.starts_at, parts.settings.tz)
        has_one = meeting in await tasks.talks_with_task(tx, found.trajectory_id)
        if has_one or not wants_task(found, settings):
            return False
        return await write_todo(
            tx,
            TodoCode.NO_TASK,
            await known_trajectory(tx, found.trajectory_id),
            about=f"{meeting}:{found.revision}",
            due_at=found.starts_at,
            now=now,
            meeting=meeting,
            params={"when": found.local_start.replace("T", " ")},
        )

    return await parts.database.run(work)


def wants_task(found: meetings.MeetingRecord, settings: BlendSettings) -> bool:
    """Whether R6 looks at this talk: by video, and counted (5.2)."""
    minutes = int((found.ends_at - found.starts_at).total_seconds() // 60)
    kind, mode = MeetingKind(found.kind), Mode(found.mode)
    return mode is Mode.VIDEO and counts(kind, mode, minutes, settings)


def taskless_before(
    history: Iterable[meetings.MeetingRecord],
    found: meetings.MeetingRecord,
    with_task: frozenset[UUID],
    settings: BlendSettings,
) -> int:
    """Video talks held in a row just before this one that had no task. Pure."""
    before = [
        one
        for one in history
        if one.status == MeetingStatus.HELD
        and one.starts_at < found.starts_at
        and wants_task(one, settings)
    ]
    count = 0
    for one in sorted(before, key=lambda talk: talk.starts_at, reverse=True):
        if one.id in with_task:
            break
        count += 1
    return count


async def _notice(tx: Tx, found: meetings.MeetingRecord, *, now: datetime) -> None:
    candidate = await people.candidate_by_id(tx, found.candidate_id)
    await notices.add_notice(
        tx,
        found.coach_id,
        code="taskless",
        params={"candidate": candidate.name if candidate else ""},
        meeting_id=found.id,
        now=now,
    )
