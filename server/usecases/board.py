"""The planner's board: the meetings of a week in the rows of their coaches and rooms."""

from dataclasses import dataclass
from uuid import UUID

from coaching.words import MeetingStatus
from server.store import board
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
