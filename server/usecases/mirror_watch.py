"""What is done when one of our mirrors is found changed, or gone: it is noted, never obeyed."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from calendar_sync import watching
from calendar_sync.events import OwnEvent
from calendar_sync.watching import Agreed, Ours, Unchanged, Wish
from coaching.words import MeetingStatus
from server.store import proposals
from server.store.calendars import MirrorRecord
from server.store.database import Tx
from server.store.meetings import MeetingRecord, events_of, meeting_by_id
from server.store.remote_objects import ReadingRecord
from server.usecases.announcing import tell_calendar
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
        if own_event and await _write_anew(tx, mirror, meeting, agreed, own_event, now=now):
            values["synced_revision"] = own_event.revision
            agreed = _seen(agreed, meeting, own_event)
        else:
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
    match watching.look(agreed, _ours(meeting), said):
        case Wish() as wish:
            await keep_wish(tx, mirror.meeting_id, mirror.connection_id, wish, now=now)
            return replace(agreed, seen=wish.digest) if agreed else None
        case Unchanged.TAKEN_BACK:
            await withdraw_from(tx, mirror.meeting_id, mirror.connection_id, now=now)
            return replace(agreed, seen="") if agreed else None
        case Unchanged.NOTHING:
            return agreed


def _ours(meeting: MeetingRecord) -> Ours:
    return Ours(revision=meeting.revision, starts_at=meeting.starts_at, ends_at=meeting.ends_at)


def _seen(agreed: Agreed | None, meeting: MeetingRecord, said: OwnEvent) -> Agreed | None:
    """Agreed, so that what stands there is no news to whoever writes over it."""
    news = watching.look(agreed, _ours(meeting), said)
    return replace(agreed, seen=news.digest) if agreed and isinstance(news, Wish) else agreed


async def _write_anew(
    tx: Tx,
    mirror: MirrorRecord,
    meeting: MeetingRecord,
    agreed: Agreed | None,
    said: OwnEvent,
    *,
    now: datetime,
) -> bool:
    """Write ours once more where an older one of ours stands: a restored backup, a lying server.

    Nobody wished a time that the meeting had before, or has. Once for a revision, so that no
    program makes a loop of it; the next time a person is asked.
    """
    if agreed is None or said.revision is None:
        return False
    newest = agreed.revision == meeting.revision
    if said.revision >= agreed.revision or not newest or not await _was_ours(tx, meeting, said):
        return False
    return await tell_calendar(
        tx,
        meeting.id,
        mirror.connection_id,
        meeting.revision,
        again=f":older:{mirror.generation}",
        now=now,
    )


async def _was_ours(tx: Tx, meeting: MeetingRecord, said: OwnEvent) -> bool:
    """Whether the meeting is, or ever was, at the time that stands there."""
    if said.cancelled or said.declined or said.recurring or not (said.starts_at and said.ends_at):
        return False
    starts = said.starts_at.astimezone(ZoneInfo(meeting.zone)).replace(tzinfo=None)
    minutes = int((said.ends_at - said.starts_at).total_seconds() // 60)
    history = await events_of(tx, meeting.id)
    former = [one.detail for one in history if "from_minutes" in one.detail]
    times = {(datetime.fromisoformat(one["from"]), int(one["from_minutes"])) for one in former}
    now_too = (said.starts_at, said.ends_at) == (meeting.starts_at, meeting.ends_at)
    return now_too or (starts, minutes) in times


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
