"""Who agreed to go on together (R27) or to another number of talks (R28), as it was said."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, insert, select

from server.store.database import Tx
from server.store.rows import many
from server.store.schema import agreement, staff

VERSION_PREFIX = "version_"
_OF_A_VERSION = agreement.c.answer.startswith(VERSION_PREFIX, autoescape=True)


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
    """What was answered to going on together, newest first."""
    return await _said(tx, trajectory_id, ~_OF_A_VERSION)


async def version_answers(tx: Tx, trajectory_id: UUID) -> tuple[AgreementRow, ...]:
    """Who agreed to which version of the contract, newest first; `answer` is "version_2"."""
    return await _said(tx, trajectory_id, _OF_A_VERSION)


async def _said(
    tx: Tx, trajectory_id: UUID, which: ColumnElement[bool]
) -> tuple[AgreementRow, ...]:
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
        .where(agreement.c.trajectory_id == trajectory_id, which)
        .order_by(agreement.c.recorded_at.desc(), agreement.c.role)
    )
    return await many(tx, query, AgreementRow)
