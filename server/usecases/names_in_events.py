"""Names of candidates leave the calendars that they were written into."""

from collections.abc import Collection, Iterable
from datetime import datetime
from functools import partial
from uuid import UUID

from calendar_sync import watching
from calendar_sync.watching import Agreed
from server.store import outbox, proposals
from server.store.calendars import MirrorRecord
from server.store.database import Tx
from server.store.meetings import MeetingRecord, meeting_by_id
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


async def write_erased(tx: Tx, meetings: Collection[UUID], *, now: datetime) -> None:
    """Have what stands of these meetings in calendars of people written again, without a name.

    Also where a write is on its way: a sync process may have read the name before it was erased.
    """
    await write_anew(tx, await proposals.named_mirrors(tx, of=meetings), why="erased", now=now)
    for about, connection in await outbox.calendar_writes_open(tx, meetings):
        meeting = await meeting_by_id(tx, about)
        if meeting is not None:
            await _again(tx, meeting, connection, why="erased", now=now)


async def write_anew(tx: Tx, mirrors: Iterable[MirrorRecord], *, why: str, now: datetime) -> int:
    """Have these events written again as they should say now; gives how many.

    `why` is one word, which tells this reason apart from others.
    """
    written = 0
    for mirror in mirrors:
        meeting = await meeting_by_id(tx, mirror.meeting_id)
        if meeting is None:
            continue
        agreed = watching.from_record(mirror.base) or _taken_for_agreed(meeting)
        await proposals.change_mirror(
            tx,
            mirror.id,
            synced_revision=min(mirror.synced_revision, agreed.revision - 1),
            base=watching.to_record(agreed),
        )
        await _again(tx, meeting, mirror.connection_id, why=why, now=now)
        written += 1
    return written


def _taken_for_agreed(meeting: MeetingRecord) -> Agreed:
    """Of a mirror of before this memory nothing is known: it may say a name."""
    return Agreed(
        revision=meeting.revision,
        starts_at=meeting.starts_at,
        ends_at=meeting.ends_at,
        named=True,
    )


async def _again(
    tx: Tx, meeting: MeetingRecord, connection: UUID, *, why: str, now: datetime
) -> None:
    again = f":{why}:{now.timestamp():.0f}"
    await tell_calendar(tx, meeting.id, connection, meeting.revision, again=again, now=now)
