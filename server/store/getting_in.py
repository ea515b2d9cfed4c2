"""Getting into a talk: checks of a device, short codes, what the coach tells whoever waits."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, select, update

from server.store.database import Tx
from server.store.rows import many, one
from server.store.schema import device_check, meeting, short_code, waiting_note

_CHECKS_OF_A_PLACE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRecord:
    """A row of `device_check`."""

    id: UUID
    candidate_id: UUID
    meeting_id: UUID
    device: bytes | None
    place: str
    verdict: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRecord:
    """A row of `short_code` that was spent."""

    invitation_id: UUID
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRecord:
    """A row of `waiting_note`."""

    meeting_id: UUID
    minutes: int
    at: datetime
    read_at: datetime | None


async def add_check(
    tx: Tx,
    *,
    candidate_id: UUID,
    meeting_id: UUID,
    device: bytes | None,
    place: str,
    verdict: str | None,
    now: datetime,
) -> None:
    """Write down how it went; the newest of one device, meeting and place replaces the older.

    Of one meeting and place the ten newest stay, whatever number of devices say they are new.
    """
    of_device = device_check.c.device == device if device else device_check.c.device.is_(None)
    here = (device_check.c.meeting_id == meeting_id, device_check.c.place == place)
    newest = select(device_check.c.id).where(*here).order_by(device_check.c.at.desc())
    await tx.execute(delete(device_check).where(*here, of_device))
    await tx.execute(
        delete(device_check).where(
            *here, device_check.c.id.not_in(newest.limit(_CHECKS_OF_A_PLACE - 1))
        )
    )
    await tx.execute(
        insert(device_check).values(
            id=uuid4(),
            candidate_id=candidate_id,
            meeting_id=meeting_id,
            device=device,
            place=place,
            verdict=verdict,
            at=now,
        )
    )


async def newest_of_device(tx: Tx, candidate_id: UUID, device: bytes) -> CheckRecord | None:
    """How it went last on this device of a candidate, in a test or in a talk."""
    query = select(device_check).where(
        device_check.c.candidate_id == candidate_id, device_check.c.device == device
    )
    return await one(tx, query.order_by(device_check.c.at.desc()).limit(1), CheckRecord)


async def newest_of_meetings(
    tx: Tx, meeting_ids: Collection[UUID], *, since: datetime
) -> dict[UUID, CheckRecord]:
    """How it went last for each of these meetings, on whatever device, after `since`."""
    query = select(device_check).where(
        device_check.c.meeting_id.in_(meeting_ids), device_check.c.at > since
    )
    found = await many(tx, query.order_by(device_check.c.at), CheckRecord)
    return {row.meeting_id: row for row in found}


async def verdicts_of(
    tx: Tx, meeting_id: UUID, *, since: datetime, until: datetime
) -> tuple[str, ...]:
    """What was in the way of a meeting in [since, until], by the newest word of each device."""
    query = select(device_check.c.verdict).where(
        device_check.c.meeting_id == meeting_id,
        device_check.c.verdict.is_not(None),
        device_check.c.at >= since,
        device_check.c.at <= until,
    )
    return tuple(await tx.scalars(query))


async def oldest_check_before(tx: Tx, before: datetime) -> UUID | None:
    """A check of before `before`."""
    query = select(device_check.c.id).where(device_check.c.at < before)
    return await tx.scalar(query.order_by(device_check.c.at).limit(1))


async def forget_checks_before(tx: Tx, before: datetime) -> int:
    """Take away the checks of before `before`; gives how many."""
    return (await tx.execute(delete(device_check).where(device_check.c.at < before))).rowcount


async def failed_since(tx: Tx, candidate_id: UUID, *, since: datetime) -> bool:
    """Whether a talk of a candidate failed after `since`."""
    query = select(func.count()).where(
        meeting.c.candidate_id == candidate_id,
        meeting.c.status == "failed",
        meeting.c.decided_at > since,
    )
    return bool(await tx.scalar(query))


async def replace_code(
    tx: Tx, invitation_id: UUID, code_hash: bytes, *, expires_at: datetime, now: datetime
) -> None:
    """Give an invitation a code; its earlier one, and all that are old, open nothing any more."""
    await tx.execute(delete(short_code).where(short_code.c.invitation_id == invitation_id))
    await tx.execute(delete(short_code).where(short_code.c.expires_at <= now))
    await tx.execute(
        insert(short_code).values(
            code_hash=code_hash, invitation_id=invitation_id, expires_at=expires_at
        )
    )


async def spend_code(tx: Tx, code_hash: bytes) -> CodeRecord | None:
    """Take a code away and give what it stood for; of two at once only one gets it."""
    query = delete(short_code).where(short_code.c.code_hash == code_hash)
    columns = (short_code.c.invitation_id, short_code.c.expires_at)
    return await one(tx, query.returning(*columns), CodeRecord)


async def keep_note(tx: Tx, meeting_id: UUID, minutes: int, *, now: datetime) -> None:
    """Keep what the coach tells whoever waits, instead of what was told before."""
    query = update(waiting_note).where(waiting_note.c.meeting_id == meeting_id)
    changed = await tx.execute(query.values(minutes=minutes, at=now, read_at=None))
    if changed.rowcount == 0:
        await tx.execute(
            insert(waiting_note).values(meeting_id=meeting_id, minutes=minutes, at=now)
        )


async def note_was_read(tx: Tx, meeting_id: UUID, *, now: datetime) -> None:
    """Note when what the coach told was first on the candidate's screen."""
    here = (waiting_note.c.meeting_id == meeting_id, waiting_note.c.read_at.is_(None))
    await tx.execute(update(waiting_note).where(*here).values(read_at=now))


async def note_of(tx: Tx, meeting_id: UUID) -> NoteRecord | None:
    """What the coach told last."""
    query = select(waiting_note).where(waiting_note.c.meeting_id == meeting_id)
    return await one(tx, query, NoteRecord)
