"""Contacts of guidance in writing: that there was one, when, by whom; never what it said."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select

from server.store.database import Tx
from server.store.schema import written_contact


async def insert_contact(
    tx: Tx, trajectory_id: UUID, *, role: str, on: date, recorded_by: UUID, now: datetime
) -> None:
    """Write down one contact."""
    values: dict[str, Any] = {"trajectory_id": trajectory_id, "role": role, "on_day": on}
    await tx.execute(
        insert(written_contact).values(id=uuid4(), **values, recorded_by=recorded_by, at=now)
    )


async def contact_days(tx: Tx, trajectory_id: UUID, *, since: date) -> tuple[date, ...]:
    """The days of the contacts from `since` on; a day with two of them comes twice."""
    table = written_contact.c
    query = select(table.on_day).where(table.trajectory_id == trajectory_id, table.on_day >= since)
    return tuple(await tx.scalars(query.order_by(table.on_day)))
