"""A round whose time was up: what came is kept, and the rest is left for the next visit.

Nothing of ours is looked at, because it may stand under a name that was not read yet; what the
calendar has no more of others is let go of, so that names which are new each time fill no table.
The token is forgotten: the next visit lists what is there, and fetches what is not known.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID

from calendar_sync.events import ObjectState
from server.store import remote_objects as store
from server.store.database import Tx
from server.usecases.gathering import Gathered
from server.usecases.keeping_calendar import Keeping, NotKept
from server.usecases.reading_round import UNFINISHED, Round, line_of


async def keep_some(keeping: Keeping, got: Gathered, *, took: int) -> Round | None:
    """Keep what came; None when nothing did. `took` is in milliseconds.

    The calendar is left in peace for as long as it took, so that a slow one leaves hands free.

    Raises:
        NotKept: nothing of this round may be kept any more.
    """
    run = keeping.parts.database.run
    gone = await run(partial(_of_others, keeping.reading.id, got.gone))
    some = replace(got, gone=frozenset(gone))
    stopped = await run(partial(keeping.guard, some, took))
    if stopped is not None:
        return stopped
    before = keeping.kept.changed
    await keeping.early(got.found)
    came = before or any(one.read and href not in keeping.ours for href, one in got.found.items())
    if not came:
        return None
    return await run(partial(_put_off, keeping, replace(some, found={}), list(gone.values()), took))


async def _of_others(connection: UUID, names: Collection[str], tx: Tx) -> dict[str, UUID]:
    known = await store.known_objects(tx, connection, names)
    return {href: one.id for href, one in known.items() if one.state != ObjectState.OURS}


async def _put_off(
    keeping: Keeping, some: Gathered, gone: Collection[UUID], took: int, tx: Tx
) -> Round:
    if outcome := await keeping.disturbed(tx):
        raise NotKept(outcome)
    await store.drop_objects(tx, gone)
    done = keeping.round(some, UNFINISHED, took, removed=len(gone))
    await store.log_round(tx, keeping.reading.id, line_of(done), now=keeping.now)
    again = keeping.parts.now() + timedelta(milliseconds=took)
    await store.change_reading(tx, keeping.reading.id, sync_token=None, next_read_at=again)
    return replace(done, said="the calendar is slow; the rest comes with the next readings")
