"""The planner's week: its meetings in the rows of coaches and rooms, and what else stands there."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from coaching.availability import BusyKind
from coaching.intervals import Spans, minute_after, minute_of, moment_of
from coaching.words import MeetingStatus
from server.store import board
from server.usecases.clashing import own_hashes
from server.usecases.context import MeetingId, Parts, RoomId, StaffId
from server.usecases.overview import WeekView
from server.usecases.people import MeetingLine


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardMeeting:
    """A meeting on the board; `revision` is what a move has to name."""

    id: MeetingId
    line: MeetingLine
    coach: StaffId
    room: RoomId | None
    revision: int
    movable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BusyMark:
    """When a coach or a room has something else in a calendar, never what it is. Moments are UTC.

    Where it is not `sure` (tentative, not answered yet) a talk may be planned over it.
    """

    owner: UUID
    starts_at: datetime
    ends_at: datetime
    sure: bool


async def board_of(parts: Parts, week: WeekView) -> tuple[BoardMeeting, ...]:
    """The meetings of this week with what dragging them needs; cancelled ones are not on it."""
    lines = [
        line
        for day in week.days
        for line in day.meetings
        if line.status is not MeetingStatus.CANCELLED
    ]
    async with parts.database.read() as tx:
        found = await board.standings(tx, [UUID(line.id) for line in lines])
    return tuple(_placed(line, found[UUID(line.id)]) for line in lines if UUID(line.id) in found)


def _placed(line: MeetingLine, standing: board.Standing) -> BoardMeeting:
    return BoardMeeting(
        id=MeetingId(standing.id),
        line=line,
        coach=StaffId(standing.coach_id),
        room=RoomId(standing.room_id) if standing.room_id else None,
        revision=standing.revision,
        movable=line.status is MeetingStatus.PLANNED,
    )


async def busy_marks(parts: Parts, week: WeekView) -> tuple[BusyMark, ...]:
    """What stands in the calendars of coaches and rooms this week; what meets is one mark.

    Our own appointments, brought there by an invitation or a feed, are no marks. Reads only.
    """
    starts, ends = _week_of(week, parts.settings.tz)
    own = {
        one
        for day in week.days
        for line in day.meetings
        for one in own_hashes(parts, UUID(line.id))
    }
    async with parts.database.read() as tx:
        found = await board.busy_between(tx, starts, ends)
    return _joined(one for one in found if one.uid_hash not in own)


def _week_of(week: WeekView, tz: ZoneInfo) -> tuple[datetime, datetime]:
    monday = week.days[0].day
    after = monday + timedelta(days=len(week.days))
    return datetime.combine(monday, time(), tz), datetime.combine(after, time(), tz)


def _joined(lines: Iterable[board.BusyLine]) -> tuple[BusyMark, ...]:
    spans: dict[tuple[UUID, bool], list[tuple[int, int]]] = defaultdict(list)
    for one in lines:
        span = minute_of(one.starts_at), minute_after(one.ends_at)
        spans[one.owner_id, one.kind == BusyKind.HARD].append(span)
    marks = [
        BusyMark(owner=owner, starts_at=moment_of(start), ends_at=moment_of(end), sure=sure)
        for (owner, sure), pairs in spans.items()
        for start, end in Spans.of(pairs)
    ]
    return tuple(sorted(marks, key=lambda mark: (mark.starts_at, mark.ends_at, str(mark.owner))))
