"""What is of no use any more goes: practices of long ago, tests of devices that count no longer."""

from datetime import datetime, timedelta
from uuid import UUID

from server.store import getting_in, practices
from server.store.database import Tx
from server.usecases.context import Parts

PRACTICE_LASTS = timedelta(days=90)  # what it gave stands in `readiness`, and stays
_CHECK_LASTS = timedelta(days=1)  # at least: what is in the way at a door is told for hours


async def oldest(parts: Parts, tx: Tx, *, now: datetime) -> UUID | None:
    """A row that is to be forgotten; None when there is nothing to do."""
    practice = await practices.oldest_before(tx, now - PRACTICE_LASTS)
    return practice or await getting_in.oldest_check_before(tx, _checks_before(parts, now))


async def forget_old(parts: Parts, *, now: datetime) -> int:
    """Forget answers and measurements of practices after 90 days, and tests that lapsed.

    Gives how many rows went. Whoever does it a second time finds nothing.
    """

    async def work(tx: Tx) -> int:
        gone = await practices.forget_before(tx, now - PRACTICE_LASTS)
        return gone + await getting_in.forget_checks_before(tx, _checks_before(parts, now))

    return await parts.database.run(work)


def _checks_before(parts: Parts, now: datetime) -> datetime:
    # A test counts for later talks too, so that not the end of its meeting decides.
    return now - max(timedelta(days=parts.settings.test_days), _CHECK_LASTS)
