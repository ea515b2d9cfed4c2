"""What is done when one of our mirrors is found changed, or gone: it is noted, never obeyed."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from calendar_sync import watching
from calendar_sync.events import OwnEvent
from calendar_sync.watching import Agreed, Ours, Unchanged, Wish
from coaching.words import MeetingStatus
from server.store import proposals
from server.store.calendars import MirrorRecord
from server.store.database import Tx
from server.store.meetings import MeetingRecord, meeting_by_id
from server.store.remote_objects import ReadingRecord
from server.usecases.context import Parts
from server.usecases.withdrawing import withdraw_from


async def notice(
    tx: Tx,
    parts: Parts,
    connection: ReadingRecord,
    mirror: MirrorRecord,
    own_event: OwnEvent | None,
    *,
    etag: str | None,
    now: datetime,
) -> None:
    """Take note of what a mirror says now; `own_event` is None when it is proven to be gone.

    Called in the transaction of a round, for a mirror that is believed to stand there, or that
    somebody took away, and whose tag is not that of our newest write; once for each tag that `etag`
    takes. What somebody wants is decided after the round (`proposals.settle_wishes`).
    """
    del parts
    values: dict[str, Any] = {"etag": etag, "state": "present" if own_event else "removed"}
    meeting = await meeting_by_id(tx, mirror.meeting_id)
    if meeting and _is_here(connection, meeting):
        agreed = watching.from_record(mirror.base) or _never_recorded(mirror, meeting)
        agreed = await _listen(tx, mirror, meeting, agreed, own_event, now=now)
        values["base"] = watching.to_record(agreed) if agreed else None
    await proposals.change_mirror(tx, mirror.id, **values)


async def keep_wish(
    tx: Tx, meeting: UUID, connection: UUID | None, wish: Wish, *, now: datetime
) -> None:
    """Note what somebody wants, in the transaction that found it."""
    await proposals.note_wish(
        tx,
        meeting_id=meeting,
        connection_id=connection,
        digest=wish.digest,
        kind=str(wish.kind),
        starts_at=wish.starts_at,
        ends_at=wish.ends_at,
        why=str(wish.odd or ""),
        now=now,
    )


async def _listen(
    tx: Tx,
    mirror: MirrorRecord,
    meeting: MeetingRecord,
    agreed: Agreed | None,
    said: OwnEvent | None,
    *,
    now: datetime,
) -> Agreed | None:
    """Note a wish, or that it was taken back; gives what is agreed, with what was seen."""
    ours = Ours(revision=meeting.revision, starts_at=meeting.starts_at, ends_at=meeting.ends_at)
    match watching.look(agreed, ours, said):
        case Wish() as wish:
            await keep_wish(tx, mirror.meeting_id, mirror.connection_id, wish, now=now)
            return replace(agreed, seen=wish.digest) if agreed else None
        case Unchanged.TAKEN_BACK:
            await withdraw_from(tx, mirror.meeting_id, mirror.connection_id, now=now)
            return replace(agreed, seen="") if agreed else None
        case Unchanged.NOTHING:
            return agreed


def _is_here(connection: ReadingRecord, meeting: MeetingRecord) -> bool:
    """Whether the meeting is planned and still belongs into this calendar."""
    if meeting.status != MeetingStatus.PLANNED or connection.role == "busy":
        return False
    if connection.room_id is not None:
        return meeting.room_id == connection.room_id
    return meeting.coach_id == connection.staff_id


def _never_recorded(mirror: MirrorRecord, meeting: MeetingRecord) -> Agreed | None:
    """What a mirror of before this memory was written with, where that can be known."""
    if mirror.synced_revision != meeting.revision:
        return None
    return Agreed(revision=meeting.revision, starts_at=meeting.starts_at, ends_at=meeting.ends_at)
