"""Names of candidates leave the calendars that they were written into."""

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from calendar_sync import watching
from server.store import proposals
from server.store.calendars import MirrorRecord
from server.store.database import Tx
from server.store.meetings import meeting_by_id
from server.usecases.announcing import tell_calendar
from server.usecases.context import Parts


async def take_names_out(parts: Parts, *, now: datetime) -> int:
    """Have events without names written where events with names stand, once the setting is off.

    Gives how many; none when the setting is on. Whoever does it again before they are written
    writes them twice, which changes nothing.

    Raises:
        Unavailable: the database does not answer.
    """
    if parts.settings.names_in_calendars:
        return 0
    return await parts.database.run(partial(_write_without_names, now=now))


async def _write_without_names(tx: Tx, *, now: datetime) -> int:
    """Past events too."""
    return await write_anew(tx, await proposals.named_mirrors(tx), why="unnamed", now=now)


async def write_anew(tx: Tx, mirrors: Iterable[MirrorRecord], *, why: str, now: datetime) -> int:
    """Have these events written again as they should say now; gives how many.

    `why` is one word, which tells this reason apart from others.
    """
    written = 0
    for mirror in mirrors:
        agreed = watching.from_record(mirror.base)
        meeting = await meeting_by_id(tx, mirror.meeting_id)
        if agreed is None or meeting is None:
            continue
        await proposals.change_mirror(tx, mirror.id, synced_revision=agreed.revision - 1)
        again = f":{why}:{now.timestamp():.0f}"
        await tell_calendar(
            tx, meeting.id, mirror.connection_id, meeting.revision, again=again, now=now
        )
        written += 1
    return written
