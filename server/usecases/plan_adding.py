"""One talk more in a plan that a planner changes: the first free time of a week of choice."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from coaching.availability_request import FreeTime
from coaching.errors import BadInput
from coaching.facts import TalkWish
from coaching.plan import time_for
from coaching.plan_judging import Draft
from coaching.plan_problems import Problem
from coaching.wall_time import to_wall
from coaching.words import MeetingKind, Mode
from server.usecases.appointments import own_trajectory
from server.usecases.context import Parts, RoomId, StaffActor, TrajectoryId
from server.usecases.plan_grounds import PlanLine, Ready, judge_lines, open_grounds, slots_of_lines
from server.usecases.planning import MOST_LINES, PlanProblem, ProposedPlan, checked_plan
from server.usecases.slots import FURTHEST, Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class LineWish:
    """A talk that a planner wants in a plan: some time in the week of `day`."""

    kind: MeetingKind
    mode: Mode
    minutes: int
    day: date


async def add_line(
    parts: Parts,
    actor: StaffActor,
    trajectory: TrajectoryId,
    lines: Sequence[PlanLine],
    wanted: LineWish,
    *,
    how: TalkWish | None = None,
    now: datetime,
) -> ProposedPlan:
    """Put one talk more into a plan, at the first free time of its week, and check all of it.

    Where that week has no time the lines stay as they are, and a problem says why. Reads only.

    Raises:
        BadInput: `plan_too_long` (over 200 lines); `plan_week_bad`, a week that is over or years
            ahead.
        NotFound: not this person's trajectory.
    """
    first, last = _week_of(wanted.day, today=to_wall(now, parts.settings.tz).date())
    if len(lines) >= MOST_LINES:
        raise BadInput("plan_too_long", field="lines")
    slots = slots_of_lines(parts, lines, now=now)
    async with parts.database.read() as tx:
        found = await own_trajectory(tx, actor, trajectory)
        until = max([last, *(line.starts_local.date() for line in lines)])
        ready = await open_grounds(parts, tx, found, until=until, wish=how, now=now)
        time = _time(ready, lines, slots, wanted, (first, last))
        if isinstance(time, Problem):
            seen = await checked_plan(tx, ready, lines, slots, now=now)
            why = PlanProblem(code=time.kind, nl=time.text.nl, en=time.text.en)
            return replace(seen, problems=(why, *seen.problems))
        line = _line(wanted, time)
        more = sorted([*lines, line], key=lambda one: one.starts_local)
        slots = slots_of_lines(parts, more, now=now)
        return replace(await checked_plan(tx, ready, more, slots, now=now), added=more.index(line))


def _time(
    ready: Ready,
    lines: Sequence[PlanLine],
    slots: Sequence[Slot],
    wanted: LineWish,
    days: tuple[date, date],
) -> FreeTime | Problem:
    """The first free time from the first to the last of `days`, or why there is none."""
    plan, _ = judge_lines(ready, lines, slots)
    return time_for(
        wanted.kind,
        wanted.mode,
        wanted.minutes,
        days=days,
        drafts=[Draft(kind=talk.kind, time=talk.time) for talk in plan.talks],
        grounds=ready.grounds,
    )


def _line(wanted: LineWish, time: FreeTime) -> PlanLine:
    return PlanLine(
        kind=wanted.kind,
        mode=wanted.mode,
        starts_local=time.wall,
        minutes=wanted.minutes,
        room=RoomId(time.room) if time.room else None,
    )


def _week_of(day: date, *, today: date) -> tuple[date, date]:
    """The days of a week that are still to come."""
    if day > today + FURTHEST:  # before anything is counted: after the year 9999 there are no days
        raise BadInput("plan_week_bad", field="add_week")
    monday = day - timedelta(days=day.weekday())
    first, last = max(monday, today), monday + timedelta(days=6)
    if last < today:
        raise BadInput("plan_week_bad", field="add_week")
    return first, last
