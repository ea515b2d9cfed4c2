"""The versions of the contract: how many talks of how many minutes, and who agreed (R28)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update

from server.store.database import Tx
from server.store.rows import many
from server.store.schema import contract_version, staff


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractRow:
    """A row of `contract_version`, with who asked for it."""

    id: UUID
    trajectory_id: UUID
    version: int
    talks: int
    minutes: int
    reason: str
    asked_by: UUID
    asked_by_name: str
    asked_at: datetime
    coach_agreed_at: datetime | None
    candidate_agreed_at: datetime | None
    withdrawn_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Whether it still waits for somebody."""
        both = self.coach_agreed_at is not None and self.candidate_agreed_at is not None
        return self.withdrawn_at is None and not both


async def insert_contract(tx: Tx, **values: Any) -> None:  # noqa: ANN401 -- the columns
    """Write down a version."""
    await tx.execute(insert(contract_version).values(id=uuid4(), **values))


async def change_contract(tx: Tx, contract: UUID, **values: Any) -> None:  # noqa: ANN401 -- the columns
    """Write new values into a version."""
    query = update(contract_version).where(contract_version.c.id == contract)
    await tx.execute(query.values(**values))


async def contracts_of(tx: Tx, trajectory_id: UUID) -> tuple[ContractRow, ...]:
    """The versions of a trajectory, oldest first; none as long as the first one stands alone."""
    query = (
        select(contract_version, staff.c.name.label("asked_by_name"))
        .join(staff, staff.c.id == contract_version.c.asked_by)
        .where(contract_version.c.trajectory_id == trajectory_id)
        .order_by(contract_version.c.version)
    )
    return await many(tx, query, ContractRow)
