"""Who agreed to go on together, as it was said (R27)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select

from server.store.database import Tx
from server.store.rows import many
from server.store.schema import agreement, staff


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRow:
    """A row of `agreement`, with who wrote it down."""

    trajectory_id: UUID
    coach_id: UUID
    role: str
    answer: str
    way: str
    given_on: date
    recorded_at: datetime
    recorded_by_name: str


async def insert_agreement(tx: Tx, **values: Any) -> None:  # noqa: ANN401 -- the columns
    """Record an answer."""
    await tx.execute(insert(agreement).values(id=uuid4(), **values))


async def agreements_of(tx: Tx, trajectory_id: UUID) -> tuple[AgreementRow, ...]:
    """The answers of a trajectory, newest first."""
    query = (
        select(
            agreement.c.trajectory_id,
            agreement.c.coach_id,
            agreement.c.role,
            agreement.c.answer,
            agreement.c.way,
            agreement.c.given_on,
            agreement.c.recorded_at,
            staff.c.name.label("recorded_by_name"),
        )
        .join(staff, staff.c.id == agreement.c.recorded_by)
        .where(agreement.c.trajectory_id == trajectory_id)
        .order_by(agreement.c.recorded_at.desc(), agreement.c.role)
    )
    return await many(tx, query, AgreementRow)
