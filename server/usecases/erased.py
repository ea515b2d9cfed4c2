"""Who was erased stays so: nothing more is written about them."""

from uuid import UUID

from coaching.errors import NotFound
from server.store import people
from server.store.database import Tx


async def refuse_erased(tx: Tx, candidate: UUID) -> None:
    """Go on only with a candidate whom nobody erased.

    Erasing keeps the meetings, the bookings and the row of a candidate from others: ask this once
    one of the three is held, so that it cannot happen in between.

    Raises:
        NotFound: `candidate_unknown`, also for one who was erased.
    """
    found = await people.candidate_by_id(tx, candidate)
    if found is None or found.erased_at:
        raise NotFound("candidate_unknown")


async def keep_there(tx: Tx, candidate: UUID) -> None:
    """Keep a candidate from others, so that nobody erases them before this transaction ends.

    Raises:
        NotFound: `candidate_unknown`, also for one who was erased.
    """
    await people.candidate_to_change(tx, candidate)
    await refuse_erased(tx, candidate)
