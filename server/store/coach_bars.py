"""What keeps a coach from new meetings (R30). Of a conflict only that there is one is kept."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, or_, select, update

from server.store.database import Tx
from server.store.rows import many
from server.store.schema import candidate, coach_bar


@dataclass(frozen=True, slots=True, kw_only=True)
class CoachBarRow:
    """A row of `coach_bar`, with the name of the candidate of a conflict."""

    id: UUID
    staff_id: UUID
    code: str
    candidate_id: UUID | None
    candidate_name: str | None
    starts_on: date
    ends_on: date | None
    set_by: UUID
    set_at: datetime
    lifted_at: datetime | None

    def holds_on(self, day: date) -> bool:
        """Whether there can be no new meeting on that day; `ends_on` is the last such day."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


async def insert_bar(tx: Tx, **values: Any) -> UUID:  # noqa: ANN401 -- the columns
    """Write down what keeps a coach from new meetings."""
    made = uuid4()
    await tx.execute(insert(coach_bar).values(id=made, **values))
    return made


async def lift_bar(tx: Tx, staff_id: UUID, bar: UUID, *, now: datetime) -> bool:
    """Say that it holds no longer; whether there was such a one of this coach."""
    query = update(coach_bar).where(
        coach_bar.c.id == bar, coach_bar.c.staff_id == staff_id, coach_bar.c.lifted_at.is_(None)
    )
    return (await tx.execute(query.values(lifted_at=now))).rowcount > 0


async def bars_of_coach(tx: Tx, staff_id: UUID) -> tuple[CoachBarRow, ...]:
    """What was not lifted for a coach, oldest first."""
    return await many(tx, _bars().where(coach_bar.c.staff_id == staff_id), CoachBarRow)


async def bars_about(tx: Tx, candidate_id: UUID) -> tuple[CoachBarRow, ...]:
    """What was not lifted and touches this candidate, for any coach."""
    touches = or_(coach_bar.c.candidate_id.is_(None), coach_bar.c.candidate_id == candidate_id)
    return await many(tx, _bars().where(touches), CoachBarRow)


async def is_barred(tx: Tx, staff_id: UUID, candidate_id: UUID, *, day: date) -> bool:
    """Whether something keeps this coach from new meetings with this candidate on that day."""
    about = await bars_about(tx, candidate_id)
    return any(one.staff_id == staff_id and one.holds_on(day) for one in about)


def _bars() -> Any:  # noqa: ANN401 -- a query, built on
    return (
        select(coach_bar, candidate.c.name.label("candidate_name"))
        .outerjoin(candidate, candidate.c.id == coach_bar.c.candidate_id)
        .where(coach_bar.c.lifted_at.is_(None))
        .order_by(coach_bar.c.set_at, coach_bar.c.id)
    )
