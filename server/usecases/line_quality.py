"""The line of a talk in words, for the coach and the planner.

No rule reads it: whether somebody came, whether the talk failed and what people thought of it are
written elsewhere. Of what the pages measured only these counts stay.
"""

from dataclasses import dataclass

from coaching.line_quality import LineLevel, Stretch, level_of, level_of_talk
from coaching.words import Role
from server.store import line_quality, meetings, people
from server.store.database import Tx
from server.usecases.access import open_meeting
from server.usecases.context import MeetingId, Parts, StaffActor


@dataclass(frozen=True, slots=True, kw_only=True)
class SideOfLine:
    """The line as one of the two had it. `relayed`: part of it went through a relay."""

    role: Role
    level: LineLevel
    relayed: bool


async def count_stretch(
    parts: Parts, meeting: MeetingId, role: Role, stretch: Stretch, *, relayed: bool
) -> None:
    """Count 15 seconds as `role` received them; none of a candidate who was erased.

    Called by the signalling rim.
    """

    async def work(tx: Tx) -> None:
        found = await meetings.meeting_to_change(tx, meeting)
        person = await people.candidate_by_id(tx, found.candidate_id) if found else None
        if person is None or person.erased_at:
            return
        level = level_of(stretch)
        await line_quality.add_stretch(tx, meeting, role, level, relayed=relayed)

    await parts.database.run(work)


async def line_of_talk(
    parts: Parts, actor: StaffActor, meeting: MeetingId
) -> tuple[SideOfLine, ...]:
    """The line of each side that told of it, the coach first. Reads only.

    Raises:
        NotFound: no such meeting, or not one of this coach.
    """
    async with parts.database.read() as tx:
        await open_meeting(tx, actor, meeting)
        rows = {row.role: row for row in await line_quality.quality_of(tx, meeting)}
    sides = []
    for role in Role:
        row = rows.get(role)
        level = row and level_of_talk({one: getattr(row, one) for one in LineLevel})
        if row and level:
            sides.append(SideOfLine(role=role, level=level, relayed=row.relayed > 0))
    return tuple(sides)
