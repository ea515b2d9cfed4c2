"""When coaches work: weekly hours per place, other hours on a day, absences, limits, busy times."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from coaching.access import Right, of_coach
from coaching.availability import BusyTime
from coaching.errors import BadInput, NotFound
from coaching.wall_time import to_instant, to_wall
from server.store import availability as store
from server.store import keys, meetings, people
from server.store.database import Tx
from server.usecases.access import known_trajectory
from server.usecases.attention import TodoCode
from server.usecases.context import Parts, StaffActor, StaffId
from server.usecases.fields import between
from server.usecases.hours import (
    DayLine,
    HoursLine,
    asked_about,
    check_blocks,
    check_places,
    check_week,
    day_line,
    day_row,
    hours_line,
    hours_row,
    known_coach,
)
from server.usecases.repeating import once
from server.usecases.slots import FURTHEST
from server.usecases.todos import write_todo

__all__ = ["DayLine", "HoursLine"]
_MOST_BUFFER, _MOST_TALKS = 240, 20


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceLine:
    """Away; whole days when `all_day`, then `ends_at` is the midnight after the last."""

    id: UUID
    starts_at: datetime
    ends_at: datetime
    all_day: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CoachAvailability:
    """Everything a coach or planner fills in for one coach."""

    coach: StaffId
    coach_name: str
    hours: tuple[HoursLine, ...]
    days: tuple[DayLine, ...]
    absences: tuple[AbsenceLine, ...]  # not over yet
    before_minutes: int
    after_minutes: int
    talks_a_day: int | None


async def coach_availability(
    parts: Parts, actor: StaffActor, coach: StaffId, *, now: datetime
) -> CoachAvailability:
    """One coach's hours, days and absences. Reads only.

    Raises:
        NotFound: `coach_unknown`, no such coach, or not this coach's own.
    """
    async with parts.database.read() as tx:
        found = await _own_coach(tx, actor, coach)
        today = to_wall(now, parts.settings.tz).date()
        hours = await store.hours_of(tx, [coach])
        days = await store.days_of(tx, [coach], since=today)
        absences = await store.absences_of(tx, [coach], after=now)
        limits = (await store.limits_of(tx, [coach])).get(coach)
    return CoachAvailability(
        coach=coach,
        coach_name=found.name,
        hours=tuple(hours_line(one) for one in hours),
        days=tuple(day_line(one) for one in days),
        absences=tuple(
            AbsenceLine(
                id=one.id, starts_at=one.starts_at, ends_at=one.ends_at, all_day=one.all_day
            )
            for one in absences
        ),
        before_minutes=limits.before_minutes if limits else 0,
        after_minutes=limits.after_minutes if limits else 0,
        talks_a_day=limits.talks_a_day if limits else None,
    )


async def save_hours(
    parts: Parts,
    actor: StaffActor,
    coach: StaffId,
    hours: Sequence[HoursLine],
    *,
    before_minutes: int,
    after_minutes: int,
    talks_a_day: int | None,
    key: str,
    now: datetime,
) -> None:
    """Replace a coach's week and limits.

    Raises:
        BadInput: `hours_contradict` (it closes before it opens, or two lines of one day overlap),
            `weekday_bad`, `minutes_bad` (0 to 240), `talks_a_day_bad` (1 to 20).
        NotFound: `coach_unknown`, `place_unknown`.
    """
    between(before_minutes, 0, _MOST_BUFFER, field="before_minutes", code="minutes_bad")
    between(after_minutes, 0, _MOST_BUFFER, field="after_minutes", code="minutes_bad")
    if talks_a_day is not None:
        between(talks_a_day, 1, _MOST_TALKS, field="talks_a_day", code="talks_a_day_bad")
    check_week(hours)
    limits = {
        "before_minutes": before_minutes,
        "after_minutes": after_minutes,
        "talks_a_day": talks_a_day,
    }
    asked = asked_about(actor, "hours", key, coach, hours, limits)

    async def work(tx: Tx) -> keys.Answer:
        await _own_coach(tx, actor, coach)
        await check_places(tx, hours)
        await store.replace_hours(tx, coach, [hours_row(one) for one in hours])
        await store.set_limits(tx, coach, **limits)
        return {}

    await once(parts, asked, work, now=now)


async def save_days(
    parts: Parts,
    actor: StaffActor,
    coach: StaffId,
    day: date,
    lines: Sequence[DayLine],
    *,
    key: str,
    now: datetime,
) -> None:
    """Replace the hours of one day; no lines gives the day its weekly hours back.

    Raises:
        BadInput: `hours_contradict`, or `day_bad`, a day in the past or a line of another day.
        NotFound: `coach_unknown`, `place_unknown`.
    """
    if day < to_wall(now, parts.settings.tz).date() or any(one.day != day for one in lines):
        raise BadInput("day_bad", field="day")
    open_lines = [one for one in lines if one.opens is not None]
    check_blocks(open_lines)
    asked = asked_about(actor, "days", key, coach, day, lines)

    async def work(tx: Tx) -> keys.Answer:
        await _own_coach(tx, actor, coach)
        await check_places(tx, lines)
        await store.replace_day(tx, coach, day, [day_row(one) for one in lines])
        return {}

    await once(parts, asked, work, now=now)


async def add_absence(
    parts: Parts,
    actor: StaffActor,
    coach: StaffId,
    *,
    starts_local: datetime,
    ends_local: datetime,
    all_day: bool,
    key: str,
    now: datetime,
) -> int:
    """Write down that a coach is away; give the number of standing meetings in it.

    Each of those becomes a to-do for the planners (`absence_conflict`); nothing is moved by itself.
    For whole days `ends_local` lies on the last day itself.

    Raises:
        BadInput: `ends_before_start`, or `day_bad`, a first or last day years away.
        NotFound: `coach_unknown`.
    """
    for field, day in (("starts", starts_local), ("ends", ends_local)):
        _check_near(day.date(), to_wall(now, parts.settings.tz).date(), field=field)
    starts_at, ends_at = _absence(starts_local, ends_local, parts.settings.tz, all_day=all_day)
    asked = asked_about(actor, "absence", key, coach, starts_local, ends_local, all_day)

    async def work(tx: Tx) -> keys.Answer:
        await _own_coach(tx, actor, coach)
        made = await store.insert_absence(
            tx, staff_id=coach, starts_at=starts_at, ends_at=ends_at, all_day=all_day
        )
        count = 0
        for line in await meetings.standing_of_coach(tx, coach, starts_at, ends_at):
            await _conflict(tx, line, made, now=now)
            count += 1
        return {"meetings": count}

    return int((await once(parts, asked, work, now=now))["meetings"])


async def end_absence(
    parts: Parts, actor: StaffActor, absence: UUID, *, key: str, now: datetime
) -> None:
    """Take an absence away.

    Raises:
        NotFound: `absence_unknown`.
    """
    asked = asked_about(actor, "end_absence", key, absence)

    async def work(tx: Tx) -> keys.Answer:
        found = await store.absence_by_id(tx, absence)
        if found is None:
            raise NotFound("absence_unknown")
        await _own_coach(tx, actor, found.staff_id)
        await store.delete_absence(tx, absence)
        return {}

    await once(parts, asked, work, now=now)


async def replace_busy(parts: Parts, owner: UUID, source: str, busy: Sequence[BusyTime]) -> None:
    """Put the busy times that `source` knows of a coach or room in the place of the old ones.

    Called by whoever reads calendars; free times are only ever computed from these rows.
    """
    rows = [
        {
            "starts_at": one.starts_at,
            "ends_at": one.ends_at,
            "kind": one.kind,
            "place_id": one.place,
            "elsewhere": one.elsewhere,
        }
        for one in busy
    ]
    await parts.database.run(lambda tx: store.replace_busy_of(tx, owner, source, rows))


async def _own_coach(tx: Tx, actor: StaffActor, coach: UUID) -> people.StaffRecord:
    if Right.KEEP_DESK not in of_coach(actor, coach):
        raise NotFound("coach_unknown")
    return await known_coach(tx, coach)


def _check_near(day: date, today: date, *, field: str) -> None:
    """A year typed wrong is no absence; the calendar ends before some of those."""
    if abs(day - today) > FURTHEST:
        raise BadInput("day_bad", field=field)


def _absence(
    starts_local: datetime, ends_local: datetime, zone: ZoneInfo, *, all_day: bool
) -> tuple[datetime, datetime]:
    if all_day:
        starts_local = datetime.combine(starts_local.date(), time())
        ends_local = datetime.combine(ends_local.date() + timedelta(days=1), time())
    if ends_local <= starts_local:
        raise BadInput("ends_before_start", field="ends")
    return to_instant(starts_local, zone), to_instant(ends_local, zone)


async def _conflict(tx: Tx, line: meetings.MeetingRecord, absence: UUID, *, now: datetime) -> None:
    candidate = await people.candidate_by_id(tx, line.candidate_id)
    await write_todo(
        tx,
        TodoCode.ABSENCE_CONFLICT,
        await known_trajectory(tx, line.trajectory_id),
        about=f"{absence}:{line.id}",
        due_at=line.starts_at,
        now=now,
        meeting=line.id,
        params={"candidate": candidate.name if candidate else "", "when": line.local_start},
    )
