"""The one to three tasks of a talk: given and discussed by the coach, ticked by the candidate (R6).

They go along with the talk: before it on the page of the link, in it, and after it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coaching.access import Right
from coaching.errors import Conflict, NotFound
from coaching.words import MeetingStatus, Mode, NoNextReason, NoTaskReason
from server.store import attention, keys, meetings
from server.store import tasks as store
from server.store.database import Tx
from server.usecases.access import (
    Asker,
    ByLink,
    asker_of,
    has_old_link,
    meeting_of_link,
    rights_in,
)
from server.usecases.appointments import own_meeting
from server.usecases.attention import TodoCode
from server.usecases.closing import wants_task
from server.usecases.context import Actor, CandidateId, GuestActor, MeetingId, Parts, StaffActor
from server.usecases.fields import clean_text
from server.usecases.numbers import numbers_at
from server.usecases.repeating import once

MOST_TASKS = 3
LONGEST_TASK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """One task of a talk."""

    id: UUID
    text: str
    done: bool  # the candidate says so
    discussed: bool  # the coach does


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSheet:
    """The tasks of a talk and what was agreed at its end, for one of its people."""

    meeting: MeetingId
    candidate: CandidateId | None  # known to staff, who plan the next talk from here
    tasks: tuple[TaskView, ...]
    may_change: bool  # staff who have this talk
    may_plan: bool  # staff who have the guidance: what comes next is for them
    may_give: bool  # as `may_change`, and there is room for one more
    is_over: bool  # it was held
    next_step: str
    next_at: datetime | None  # of the next appointment, when there is one
    next_mode: Mode | None
    asks_reason: bool  # it was held without a task, and nobody said why (R6)
    no_next: NoNextReason | None  # why there is no next step or date (S2-39)

    @property
    def wants_next(self) -> bool:
        """Whether this person still has to fix next step and date, or say that there is none."""
        return self.may_plan and self.no_next is None and not (self.next_step and self.next_at)


async def task_sheet(parts: Parts, actor: Actor, meeting: MeetingId, *, now: datetime) -> TaskSheet:
    """The tasks of a talk, for one of its two people or a planner. Reads only.

    Raises:
        NotFound: `meeting_unknown`.
    """
    async with parts.database.read() as tx:
        asker = await asker_of(tx, actor, now=now)
        return await _sheet(parts, tx, asker, await _seen_by(tx, asker, meeting), now=now)


async def tasks_of_link(parts: Parts, token: str, *, now: datetime) -> TaskSheet | None:
    """The tasks of the talk behind a link; None for a link that does not count. Reads only."""
    async with parts.database.read() as tx:
        try:
            found = await meeting_of_link(tx, token)
        except NotFound:
            return None
        asker = await asker_of(tx, ByLink(token=token), now=now)
        return await _sheet(parts, tx, asker, found, now=now)


async def give_task(
    parts: Parts, actor: StaffActor, meeting: MeetingId, text: str, *, key: str, now: datetime
) -> None:
    """Give a task: before the talk, in it or after it.

    Raises:
        BadInput: `task_bad`, empty, longer than 200 characters, or not one line that can be read.
        Conflict: `tasks_full`, there are three; `already_closed`, the talk is called off.
        NotFound: not this person's meeting.
    """
    tidy = clean_text(text, field="text", most=LONGEST_TASK, code="task_bad")
    asked = _asked(actor, "give_task", key, str(meeting), tidy)

    async def work(tx: Tx) -> keys.Answer:
        found = await own_meeting(tx, actor, meeting, now=now)
        if found.status == MeetingStatus.CANCELLED:
            raise Conflict("already_closed")
        if len(await store.tasks_of_meeting(tx, meeting)) >= MOST_TASKS:
            raise Conflict("tasks_full")
        given = {"text": tidy, "given_by": actor.id, "given_at": now}
        await store.insert_task(tx, meeting_id=meeting, trajectory_id=found.trajectory_id, **given)
        codes = [TodoCode.NO_TASK]
        await attention.finish_todos(tx, now=now, by=actor.id, meeting_id=meeting, codes=codes)
        return {}

    await once(parts, asked, work, now=now)


async def take_task_away(
    parts: Parts, actor: StaffActor, meeting: MeetingId, task: UUID, *, key: str, now: datetime
) -> None:
    """Take back a task that was not ticked or discussed; one that is gone stays gone.

    Raises:
        Conflict: `task_used`, it was ticked or discussed.
        NotFound: not this person's meeting.
    """
    asked = _asked(actor, "take_task_away", key, str(meeting), str(task))

    async def work(tx: Tx) -> keys.Answer:
        await own_meeting(tx, actor, meeting, now=now)
        found = await _task(tx, meeting, task)
        if found and (found.done_at or found.discussed_at):
            raise Conflict("task_used")
        await store.delete_task(tx, task) if found else None
        return {}

    await once(parts, asked, work, now=now)


async def discuss_task(
    parts: Parts,
    actor: StaffActor,
    meeting: MeetingId,
    task: UUID,
    *,
    discussed: bool,
    now: datetime,
) -> None:
    """Say that a task was discussed, or not after all. Twice the same changes nothing.

    Raises:
        NotFound: not this person's meeting, or `task_unknown`.
    """

    async def work(tx: Tx) -> None:
        await own_meeting(tx, actor, meeting, now=now)
        if await _task(tx, meeting, task) is None:
            raise NotFound("task_unknown")
        await store.change_task(tx, task, discussed_at=now if discussed else None)

    await parts.database.run(work)


async def tick_task(
    parts: Parts,
    actor: GuestActor | ByLink,
    task: UUID,
    *,
    done: bool,
    now: datetime,
) -> None:
    """The candidate says that a task is done, or not yet after all; that is own activity (5.2).

    Raises:
        NotFound: `task_unknown`, no task of the talk of this link.
    """

    async def work(tx: Tx) -> None:
        meeting, candidate = await _whose(tx, actor)
        found = await _task(tx, meeting, task)
        if found is None:
            raise NotFound("task_unknown")
        if done == (found.done_at is not None):
            return
        await store.change_task(tx, task, done_at=now if done else None)
        if done:
            await attention.add_activity(tx, candidate, "task_done", meeting_id=meeting, now=now)

    await parts.database.run(work)


async def write_next_step(
    parts: Parts, actor: StaffActor, meeting: MeetingId, text: str, *, key: str, now: datetime
) -> None:
    """Write down the candidate's next step, which they read after the talk.

    Raises:
        BadInput: `step_bad`, as `task_bad`.
        NotFound: not this person's meeting.
    """
    tidy = clean_text(text, field="next_step", most=LONGEST_TASK, code="step_bad")
    asked = _asked(actor, "next_step", key, str(meeting), tidy)

    async def work(tx: Tx) -> keys.Answer:
        await own_meeting(tx, actor, meeting, now=now)
        await store.keep_closing_note(tx, meeting, staff_id=actor.id, next_step=tidy, now=now)
        return {}

    await once(parts, asked, work, now=now)


async def say_why_no_task(
    parts: Parts,
    actor: StaffActor,
    meeting: MeetingId,
    reason: NoTaskReason,
    *,
    key: str,
    now: datetime,
) -> None:
    """Say why a video talk had no task (R6); a later answer takes the place of an earlier one.

    Raises:
        NotFound: not this person's meeting.
    """
    asked = _asked(actor, "no_task", key, str(meeting), reason)

    async def work(tx: Tx) -> keys.Answer:
        await own_meeting(tx, actor, meeting, now=now)
        await store.keep_closing_note(
            tx, meeting, staff_id=actor.id, no_task_because=reason, now=now
        )
        return {}

    await once(parts, asked, work, now=now)


async def say_why_no_next(
    parts: Parts,
    actor: StaffActor,
    meeting: MeetingId,
    reason: NoNextReason | None,
    *,
    key: str,
    now: datetime,
) -> None:
    """Say why there is no next step or date (S2-39), or with None that there is one after all.

    Raises:
        NotFound: not this person's meeting.
    """
    asked = _asked(actor, "no_next", key, str(meeting), reason or "")

    async def work(tx: Tx) -> keys.Answer:
        await own_meeting(tx, actor, meeting, now=now)
        await store.keep_closing_note(
            tx, meeting, staff_id=actor.id, no_next_because=reason, now=now
        )
        return {}

    await once(parts, asked, work, now=now)


def _asked(actor: StaffActor, route: str, key: str, about: str, wanted: str) -> keys.KeyedRequest:
    values = {"about": about, "wanted": wanted}
    return keys.KeyedRequest(actor=actor.key, route=route, key=key, values=values)


async def _seen_by(tx: Tx, asker: Asker, meeting: MeetingId) -> meetings.MeetingRecord:
    found = await meetings.meeting_by_id(tx, meeting)
    if found is None or not asker.may_see(
        coach=found.coach_id, candidate=found.candidate_id, trajectory=found.trajectory_id
    ):
        raise NotFound("meeting_unknown")
    return found


async def _whose(tx: Tx, actor: GuestActor | ByLink) -> tuple[UUID, UUID]:
    """The meeting and the candidate of whoever holds a link or came in by one."""
    if isinstance(actor, GuestActor):
        if await has_old_link(tx, actor):
            raise NotFound("task_unknown")
        return actor.meeting, actor.candidate
    found = await meeting_of_link(tx, actor.token)
    return found.id, found.candidate_id


async def _task(tx: Tx, meeting: UUID, task: UUID) -> store.TaskRecord | None:
    return next((one for one in await store.tasks_of_meeting(tx, meeting) if one.id == task), None)


async def _sheet(
    parts: Parts, tx: Tx, asker: Asker, found: meetings.MeetingRecord, *, now: datetime
) -> TaskSheet:
    tasks = await store.tasks_of_meeting(tx, found.id)
    note = await store.closing_note_of(tx, found.id)
    held = found.status == MeetingStatus.HELD
    settings = await numbers_at(tx, found.starts_at, parts.settings.tz)
    asks = held and not tasks and wants_task(found, settings)
    said = note is not None and note.no_task_because is not None
    rights = await rights_in(tx, asker.staff, found, now=now) if asker.staff else frozenset()
    changes, plans = Right.CHANGE in rights, Right.GUIDE in rights
    reads_on = asker.staff is None or plans  # what comes next is no matter of a stand-in
    following = await _next(tx, found, now=now) if reads_on else None
    open_for_more = len(tasks) < MOST_TASKS and found.status != MeetingStatus.CANCELLED
    return TaskSheet(
        meeting=MeetingId(found.id),
        tasks=tuple(
            TaskView(
                id=one.id,
                text=one.text,
                done=one.done_at is not None,
                discussed=one.discussed_at is not None,
            )
            for one in tasks
        ),
        may_change=changes,
        may_plan=plans,
        may_give=changes and open_for_more,
        is_over=held,
        candidate=CandidateId(found.candidate_id) if plans else None,
        next_step=(note.next_step if note else None) or "",
        next_at=following.starts_at if following else None,
        next_mode=Mode(following.mode) if following else None,
        asks_reason=changes and asks and not said,
        no_next=NoNextReason(note.no_next_because) if note and note.no_next_because else None,
    )


async def _next(
    tx: Tx, found: meetings.MeetingRecord, *, now: datetime
) -> meetings.MeetingRecord | None:
    after = max(now, found.starts_at)
    coming = [
        one
        for one in await meetings.meetings_of_trajectories(tx, [found.trajectory_id])
        if one.status == MeetingStatus.PLANNED and one.starts_at > after and one.id != found.id
    ]
    return min(coming, key=lambda one: one.starts_at, default=None)
