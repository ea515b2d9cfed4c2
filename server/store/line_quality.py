"""How many stretches of a talk's line were good, weak or bad, for each of the two."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import insert, select, update

from server.store.database import Tx
from server.store.rows import many
from server.store.schema import talk_quality


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRecord:
    """A row of `talk_quality`: numbers of stretches of 15 seconds."""

    meeting_id: UUID
    role: str
    good: int
    weak: int
    bad: int
    relayed: int


async def add_stretch(tx: Tx, meeting_id: UUID, role: str, level: str, *, relayed: bool) -> None:
    """Count one more stretch of this level."""
    columns = (talk_quality.c[level], *((talk_quality.c.relayed,) if relayed else ()))
    mine = (talk_quality.c.meeting_id == meeting_id, talk_quality.c.role == role)
    more = {one.name: one + 1 for one in columns}
    done = await tx.execute(update(talk_quality).where(*mine).values(**more))
    if not done.rowcount:
        first = {"good": 0, "weak": 0, "bad": 0, "relayed": 0, **{one.name: 1 for one in columns}}
        await tx.execute(insert(talk_quality).values(meeting_id=meeting_id, role=role, **first))


async def quality_of(tx: Tx, meeting_id: UUID) -> tuple[QualityRecord, ...]:
    """The rows of one talk; none where nobody counted."""
    query = select(talk_quality).where(talk_quality.c.meeting_id == meeting_id)
    return await many(tx, query, QualityRecord)
