"""What the clock starts: reminders, silence, missed talks, held times that lapse.

Each moment is done at most once: its key is written with what it causes, in one transaction, so
that two workers, a restart or a clock that jumps back repeat nothing. Late moments are caught up
once: a reminder whose time is long past is skipped, silence is asked about at most once a day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import assert_never
from uuid import UUID

from coaching.wall_time import to_wall
from coaching.words import MeetingStatus, Mode
from coaching.working_days import is_working_day
from server.store import (
    aftermath,
    attention,
    due,
    erasing,
    holds,
    meetings,
    people,
    readiness,
    tasks,
)
from server.store.database import Tx
from server.usecases.access import known_trajectory
from server.usecases.attention import TodoCode
from server.usecases.closing import no_task_key, run_no_task
from server.usecases.context import MeetingId, Parts, TrajectoryId
from server.usecases.forgetting import forget_old, oldest
from server.usecases.nudges import (
    NudgeAnswer,
    NudgeView,
    answer_nudge,
    nudge_failed,
    preview_nudge,
)
from server.usecases.numbers import all_numbers, begun_on, numbers_at
from server.usecases.practising import end_left_practice, practices_left
from server.usecases.reminding import (
    NOBODY_AFTER,
    NOTICED_WITHIN,
    ReminderKind,
    clock_of,
    furthest_reminder,
    is_of_use,
    missed_key,
    remind,
    remind_at,
    reminder_key,
    run_missed,
)
from server.usecases.silence import run_silence, silence_key
from server.usecases.todos import write_todo
from server.usecases.waiting import run_unready, run_waiting, step_at, step_key, unready_key

__all__ = [
    "NudgeAnswer",
    "NudgeView",
    "ReminderKind",
    "answer_nudge",
    "nudge_failed",
    "preview_nudge",
    "remind",
    "run_missed",
    "run_silence",
]
_ERASED_BACK = timedelta(days=7)  # that long it is tried
_MISSED_BACK = timedelta(days=1)  # a talk longer ago is no news


class MomentKind(StrEnum):
    """Which use case a moment is for."""

    REMIND = "remind"
    MISSED = "missed"
    SILENCE = "silence"
    LAPSED = "lapsed"  # held times
    NO_TASK = "no_task"  # a video talk is near and has no task (R6)
    WAITING = "waiting"  # a video talk waits for a practice (R12)
    UNREADY = "unready"  # a planned video talk needs a practice, and it is too late for one (R20)
    LEFT_HALFWAY = "left_halfway"  # a practice, a day ago
    OLD = "old"  # practices and tests of devices that are to be forgotten
    ERASED = "erased"  # somebody, and the database's log may hold them still


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Something that is due. `subject` is a meeting, a trajectory, a practice, or what is old."""

    kind: MomentKind
    subject: UUID
    key: str  # the same for the same moment, whoever finds it
    due_at: datetime
    reminder: ReminderKind | None = None


_OF_A_MEETING = {
    MomentKind.MISSED: run_missed,
    MomentKind.NO_TASK: run_no_task,
    MomentKind.WAITING: run_waiting,
    MomentKind.UNREADY: run_unready,
}


async def due_moments(parts: Parts, *, now: datetime, most: int = 100) -> tuple[Moment, ...]:
    """What is due and not done yet, oldest first, silence last; at most `most`. Reads only."""
    async with parts.database.read() as tx:
        found = [
            *await _lapsed(tx, now=now),
            *await _missed(tx, now=now),
            *await _reminders(parts, tx, now=now),
            *await _without_task(parts, tx, now=now),
            *await _waiting(parts, tx, now=now),
            *await _unready(tx, now=now),
            *await _left_halfway(tx, now=now),
            *await _old(parts, tx, now=now),
            *await _erased(parts, tx, now=now),
        ]
        if len(found) < most:
            found += await _silences(parts, tx, now=now)
        had = await attention.moments_had(tx, [one.key for one in found])
    new = [one for one in found if one.key not in had]
    new.sort(key=lambda one: (one.kind is MomentKind.SILENCE, one.due_at, one.key))
    return tuple(new[:most])


async def run_moment(parts: Parts, moment: Moment, *, now: datetime) -> bool:
    """Do what is due by the use case of its kind; False when somebody did it before."""
    match moment.kind:
        case MomentKind.REMIND:
            reminder = moment.reminder or ReminderKind.DAY_BEFORE
            return await remind(parts, MeetingId(moment.subject), reminder, now=now)
        case MomentKind.SILENCE:
            return await run_silence(parts, TrajectoryId(moment.subject), now=now)
        case MomentKind.LAPSED | MomentKind.OLD as kind:
            work = release_holds if kind is MomentKind.LAPSED else forget_old
            return await work(parts, now=now) > 0
        case (
            MomentKind.MISSED | MomentKind.NO_TASK | MomentKind.WAITING | MomentKind.UNREADY as kind
        ):
            return await _OF_A_MEETING[kind](parts, MeetingId(moment.subject), now=now)
        case MomentKind.LEFT_HALFWAY:
            return await end_left_practice(parts, moment.subject, now=now)
        case MomentKind.ERASED:
            return await _clean_up(parts, moment.key, now=now)
        case _:
            assert_never(moment.kind)


async def release_holds(parts: Parts, *, now: datetime) -> int:
    """Free held times that lapsed without a choice, with a to-do for the coach; give how many."""

    async def work(tx: Tx) -> int:
        found = await holds.lapsed_to_change(tx, now=now)
        await holds.release(tx, [one.id for one in found], now=now)
        for one in {one.hold_group or one.id: one for one in found}.values():
            await _unanswered(tx, one, now=now)
        return len(found)

    return await parts.database.run(work)


async def _unanswered(tx: Tx, lapsed: meetings.MeetingRecord, *, now: datetime) -> None:
    """A to-do; after a failed talk there is one already, until a new time stands."""
    if lapsed.hold_group and await aftermath.failure_of_group(tx, lapsed.hold_group):
        return
    candidate = await people.candidate_by_id(tx, lapsed.candidate_id)
    await write_todo(
        tx,
        TodoCode.UNANSWERED if lapsed.hold_group else TodoCode.PLAN_NEW,
        await known_trajectory(tx, lapsed.trajectory_id),
        about=str(lapsed.hold_group or lapsed.id),
        due_at=now,
        now=now,
        params={"candidate": candidate.name if candidate else ""},
    )


async def _lapsed(tx: Tx, *, now: datetime) -> Iterable[Moment]:
    return [
        Moment(
            kind=MomentKind.LAPSED,
            subject=one.id,
            key=f"lapsed:{one.id}",
            due_at=one.hold_until or now,
        )
        for one in await holds.lapsed(tx, now=now)
    ][:1]  # one run frees all of them


async def _missed(tx: Tx, *, now: datetime) -> Iterable[Moment]:
    found = await due.not_come(
        tx,
        since=now - _MISSED_BACK,
        opened_since=now - NOTICED_WITHIN,
        until=now - NOBODY_AFTER,
        mode=Mode.VIDEO,
        marked=MeetingStatus.MISSED,
    )
    return [
        Moment(
            kind=MomentKind.MISSED,
            subject=one.id,
            key=missed_key(one.id),
            due_at=one.starts_at + NOBODY_AFTER,
        )
        for one in found
    ]


async def _reminders(parts: Parts, tx: Tx, *, now: datetime) -> Iterable[Moment]:
    found, tz = [], parts.settings.tz
    versions = await all_numbers(tx, tz)
    for one in await due.coming(tx, now, now + furthest_reminder(versions)):
        zone = await clock_of(tx, one.candidate_id, tz)
        settings = begun_on(versions, to_wall(one.starts_at, tz).date())
        for reminder in ReminderKind:
            at = remind_at(one.starts_at, reminder, zone, settings)
            if is_of_use(one.starts_at, reminder, at, told=one.told_at, now=now):
                found.append(
                    Moment(
                        kind=MomentKind.REMIND,
                        subject=one.id,
                        key=reminder_key(one.id, one.revision, reminder),
                        due_at=at,
                        reminder=reminder,
                    )
                )
    return found


async def _without_task(parts: Parts, tx: Tx, *, now: datetime) -> Iterable[Moment]:
    settings = await numbers_at(tx, now, parts.settings.tz)
    ahead = timedelta(days=settings.task_todo_days)
    return [
        Moment(
            kind=MomentKind.NO_TASK,
            subject=one.id,
            key=no_task_key(one.id, one.revision),
            due_at=one.starts_at - ahead,
        )
        for one in await tasks.without_task(tx, mode=Mode.VIDEO, after=now, before=now + ahead)
    ]


async def _waiting(parts: Parts, tx: Tx, *, now: datetime) -> Iterable[Moment]:
    found = []
    for one in await readiness.waiting_talks(tx, now=now):
        settings = await numbers_at(tx, one.starts_at, parts.settings.tz)
        due = step_at(one.starts_at, settings, now=now)
        if due:
            step, at = due
            key = step_key(one.id, step)
            found.append(Moment(kind=MomentKind.WAITING, subject=one.id, key=key, due_at=at))
    return found


async def _unready(tx: Tx, *, now: datetime) -> Iterable[Moment]:
    found = await due.flagged(tx, TodoCode.PRACTISE_FIRST, now=now)
    return [
        Moment(
            kind=MomentKind.UNREADY,
            subject=one.id,
            key=unready_key(one.id, one.revision),
            due_at=one.due_at,
        )
        for one in found
    ]


async def _left_halfway(tx: Tx, *, now: datetime) -> Iterable[Moment]:
    return [
        Moment(kind=MomentKind.LEFT_HALFWAY, subject=one, key=f"left_halfway:{one}", due_at=since)
        for one, since in await practices_left(tx, now=now)
    ]


async def _old(parts: Parts, tx: Tx, *, now: datetime) -> Iterable[Moment]:
    found = await oldest(parts, tx, now=now)  # one run forgets all of them
    return (
        [Moment(kind=MomentKind.OLD, subject=found, key=f"old:{found}", due_at=now)]
        if found
        else []
    )


async def _erased(parts: Parts, tx: Tx, *, now: datetime) -> Iterable[Moment]:
    """On SQLite only."""
    if not parts.database.is_sqlite:
        return []
    return [
        Moment(kind=MomentKind.ERASED, subject=one, key=f"erased:{one}", due_at=at)
        for one, at in await erasing.erased_since(tx, now - _ERASED_BACK)
    ]


async def _clean_up(parts: Parts, key: str, *, now: datetime) -> bool:
    """Empty the log; while somebody reads it cannot, and the next look tries again."""
    if not await parts.database.clean_up():
        return False
    return await parts.database.run(lambda tx: attention.take_moment(tx, key, now=now))


async def _silences(parts: Parts, tx: Tx, *, now: datetime) -> Iterable[Moment]:
    """One look a day at every active trajectory, from the hour that messages may go out (R26)."""
    settings = await numbers_at(tx, now, parts.settings.tz)
    wall = to_wall(now, settings.zone)
    from_hour, until_hour = settings.nudge_from_hour, settings.nudge_until_hour
    if not is_working_day(wall.date()) or not from_hour <= wall.hour < until_hour:
        return []
    at = datetime.combine(wall.date(), time(from_hour), tzinfo=settings.zone)
    return [
        Moment(
            kind=MomentKind.SILENCE,
            subject=one,
            key=silence_key(one, now, settings),
            due_at=at,
        )
        for one in await due.active_trajectories(tx)
    ]
