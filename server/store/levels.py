"""What was known of a candidate's skill and comfort, and when it was written down."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from server.store.database import Tx
from server.store.rows import many
from server.store.schema import candidate, candidate_level

SKILL: Final = "skill"
COMFORT: Final = "comfort"


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRow:
    """A row of `candidate_level`."""

    candidate_id: UUID
    what: str
    at: datetime
    level: str
    source: str
    since: date


async def keep_skill(
    tx: Tx, candidate_id: UUID, level: str, source: str, *, since: date, now: datetime
) -> None:
    """Keep a level of skill as it is written down now."""
    await _keep(tx, candidate_id, SKILL, level, source, since=since, now=now)


async def set_comfort(
    tx: Tx, candidate_id: UUID, level: str, source: str, *, since: date, now: datetime
) -> None:
    """Say how much at ease somebody is, and keep when that was written down."""
    await tx.execute(
        update(candidate)
        .where(candidate.c.id == candidate_id)
        .values(comfort=level, comfort_source=source, comfort_since=since)
    )
    await _keep(tx, candidate_id, COMFORT, level, source, since=since, now=now)


async def skills_of(tx: Tx, candidate_id: UUID) -> tuple[LevelRow, ...]:
    """The levels of skill, oldest first."""
    query = (
        select(candidate_level)
        .where(candidate_level.c.candidate_id == candidate_id, candidate_level.c.what == SKILL)
        .order_by(candidate_level.c.at)
    )
    return await many(tx, query, LevelRow)


async def levels_until(tx: Tx, candidate_id: UUID, moment: datetime) -> tuple[LevelRow, ...]:
    """The levels of skill and comfort that were written down by `moment`, oldest first."""
    table = candidate_level.c
    query = select(candidate_level).where(table.candidate_id == candidate_id, table.at <= moment)
    return await many(tx, query.order_by(table.at), LevelRow)


async def _keep(
    tx: Tx,
    candidate_id: UUID,
    what: str,
    level: str,
    source: str,
    *,
    since: date,
    now: datetime,
) -> None:
    """Of two in the same moment the later one counts."""
    table = candidate_level.c
    same = (table.candidate_id == candidate_id, table.what == what, table.at == now)
    await tx.execute(delete(candidate_level).where(*same))
    values = {"candidate_id": candidate_id, "what": what, "at": now, "level": level}
    await tx.execute(insert(candidate_level).values(**values, source=source, since=since))
