"""Letting go of what waits for a decision about a meeting, because there is nothing to decide."""

from datetime import datetime
from uuid import UUID

from server.store import proposals
from server.store.database import Tx
from server.store.proposals import ProposalRecord


async def withdraw_all(tx: Tx, meeting: UUID, *, now: datetime) -> None:
    """Withdraw what waits about a meeting that was just moved or cancelled, from all calendars."""
    found = await proposals.waiting_of(tx, meeting)
    await proposals.withdraw(tx, [one.id for one in found], now=now)


async def withdraw_from(tx: Tx, meeting: UUID, connection: UUID | None, *, now: datetime) -> None:
    """Withdraw what one calendar asked, because it no longer asks it."""
    found = await from_same(tx, meeting, connection)
    await proposals.withdraw(tx, [one.id for one in found], now=now)


async def from_same(tx: Tx, meeting: UUID, connection: UUID | None) -> tuple[ProposalRecord, ...]:
    """What waits about a meeting from one calendar, or (None) from answers by mail."""
    found = await proposals.waiting_of(tx, meeting)
    return tuple(one for one in found if one.connection_id == connection)
