"""Free times the slow way: every step, every coach, every busy time. The oracle and the floor."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from coaching.availability import (
    PART_HOURS,
    Block,
    BusyKind,
    BusyTime,
    CandidateTimes,
    CoachCalendar,
    OpeningHours,
    Room,
    SlotRules,
)
from coaching.availability_request import TimeRequest
from coaching.words import Mode

_DAY = timedelta(days=1)


def scan(
    request: TimeRequest,
    calendars: Sequence[CoachCalendar],
    rooms: Sequence[Room],
    rules: SlotRules,
    *,
    now: datetime,
    count: int = 10,
) -> list[tuple[datetime, UUID]]:
    """The next times and their coaches."""
    found: list[tuple[datetime, UUID]] = []
    step = timedelta(minutes=rules.step_minutes)
    start = _whole_step(now + timedelta(hours=rules.notice_hours), step)
    last = now + timedelta(days=rules.horizon_days)
    while start + timedelta(minutes=request.minutes) <= last and len(found) < count:
        coach = _first_free(request, calendars, rooms, rules, start)
        if coach is None:
            start += step
        else:
            found.append((start, coach))
            start = _whole_step(start + timedelta(minutes=request.minutes), step)
    return found


def _first_free(
    request: TimeRequest,
    calendars: Sequence[CoachCalendar],
    rooms: Sequence[Room],
    rules: SlotRules,
    start: datetime,
) -> UUID | None:
    end = start + timedelta(minutes=request.minutes)
    if not _suits(request, rules, start, end):
        return None
    for calendar in calendars:
        for place in _open_places(calendar.hours, rules, start, end):
            if request.mode is Mode.OFFLINE and not _has_room(
                request, place, rooms, rules, start=start, end=end
            ):
                continue
            if _is_free(calendar, place, rules, start, end):
                return calendar.coach
    return None


def _suits(request: TimeRequest, rules: SlotRules, start: datetime, end: datetime) -> bool:
    candidate = request.candidate
    zone = candidate.zone or rules.zone
    tick = start
    while tick < end:
        if not _is_wished(candidate, tick.astimezone(zone)):
            return False
        tick += timedelta(minutes=5)  # wishes begin and end at whole hours
    return not any(_hits(taken, start, end) for taken in candidate.busy)


def _is_wished(candidate: CandidateTimes, wall: datetime) -> bool:
    if candidate.days and wall.weekday() not in candidate.days:
        return False
    return not candidate.parts or any(
        opens <= wall.time() and (wall.time() < closes or closes == time(0))
        for opens, closes in (PART_HOURS[part] for part in candidate.parts)
    )


def _open_places(
    hours: OpeningHours, rules: SlotRules, start: datetime, end: datetime
) -> list[UUID | None]:
    wall, wall_end = (moment.astimezone(rules.zone).replace(tzinfo=None) for moment in (start, end))
    return [
        block.place
        for block in _blocks(hours, rules, wall.date())
        if block.on(wall.date())[0] <= wall and wall_end <= block.on(wall.date())[1]
    ]


def _blocks(hours: OpeningHours, rules: SlotRules, day: date) -> tuple[Block, ...]:
    if any(leave.first <= day <= leave.last for leave in hours.leave):
        return ()
    for exception in hours.exceptions:
        if exception.day == day:
            return exception.blocks
    return () if day in rules.holidays else hours.week[day.weekday()]


def _has_room(
    request: TimeRequest,
    place: UUID | None,
    rooms: Sequence[Room],
    rules: SlotRules,
    *,
    start: datetime,
    end: datetime,
) -> bool:
    return place is not None and any(
        room.place == place
        and room.people >= request.needs.people
        and request.needs.facets <= room.facets
        and bool(_open_places(room.hours, rules, start, end))
        and not any(_hits(taken, start, end) for taken in room.busy)
        for room in rooms
    )


def _is_free(
    calendar: CoachCalendar, place: UUID | None, rules: SlotRules, start: datetime, end: datetime
) -> bool:
    for taken in calendar.busy:
        if taken.starts_at >= taken.ends_at or taken.kind is BusyKind.NONE:
            continue
        to = fro = 0
        if place is not None and taken.place is not None:
            to = rules.travel.between(place, taken.place)
            fro = rules.travel.between(taken.place, place)
        elif place is not None and taken.elsewhere:
            to = fro = rules.travel.elsewhere_minutes
        leaves = end + timedelta(minutes=calendar.buffer_after + to)
        arrives = start - timedelta(minutes=calendar.buffer_before + fro)
        if taken.starts_at < leaves and arrives < taken.ends_at:
            return False
    if calendar.most_talks_a_day is None:
        return True
    day = start.astimezone(rules.zone).date()
    own = [t for t in calendar.busy if t.ours and t.kind is not BusyKind.NONE]
    own = [t for t in own if t.starts_at.astimezone(rules.zone).date() == day]
    return len(own) < calendar.most_talks_a_day


def _hits(taken: BusyTime, start: datetime, end: datetime) -> bool:
    return taken.kind is not BusyKind.NONE and taken.starts_at < end and start < taken.ends_at


def _whole_step(moment: datetime, step: timedelta) -> datetime:
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    return epoch - (epoch - moment) // step * step
