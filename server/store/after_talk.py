"""What a talk leaves of what two people said themselves: how it was, and lines that both kept."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func, insert, select, update

from server.store.database import Tx
from server.store.rows import many, one
from server.store.schema import kept_line, meeting, meeting_event, talk_mood


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodRecord:
    """A row of `talk_mood`."""

    meeting_id: UUID
    at_end: bool
    mood: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLineRecord:
    """A row of `kept_line`; its text is there only when both wanted it."""

    id: UUID
    meeting_id: UUID
    digest: bytes
    text: str | None
    coach_at: datetime | None
    candidate_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoTalkRecord:
    """A video talk that was due, and when both were first there."""

    status: str
    starts_at: datetime
    opened_at: datetime | None


async def keep_mood(tx: Tx, meeting_id: UUID, mood: str, *, at_end: bool, now: datetime) -> None:
    """Write down a mood, in the place of an earlier one of the same moment."""
    mine = (talk_mood.c.meeting_id == meeting_id, talk_mood.c.at_end == at_end)
    done = await tx.execute(update(talk_mood).where(*mine).values(mood=mood, at=now))
    if not done.rowcount:
        values = {"meeting_id": meeting_id, "at_end": at_end, "mood": mood, "at": now}
        await tx.execute(insert(talk_mood).values(values))


async def moods_of(tx: Tx, meeting_id: UUID) -> tuple[MoodRecord, ...]:
    """What was said of one talk, the beginning first."""
    query = select(talk_mood).where(talk_mood.c.meeting_id == meeting_id)
    return await many(tx, query.order_by(talk_mood.c.at_end), MoodRecord)


async def line_like(tx: Tx, meeting_id: UUID, digest: bytes) -> KeptLineRecord | None:
    """The line of this talk that somebody wanted to keep before."""
    mine = (kept_line.c.meeting_id == meeting_id, kept_line.c.digest == digest)
    return await one(tx, select(kept_line).where(*mine), KeptLineRecord)


async def insert_line(tx: Tx, meeting_id: UUID, digest: bytes) -> KeptLineRecord:
    """A line of which nothing is known but its digest."""
    line = KeptLineRecord(
        id=uuid4(),
        meeting_id=meeting_id,
        digest=digest,
        text=None,
        coach_at=None,
        candidate_at=None,
    )
    await tx.execute(insert(kept_line).values(id=line.id, meeting_id=meeting_id, digest=digest))
    return line


async def change_line(tx: Tx, line_id: UUID, values: dict[str, object]) -> None:
    """Write who wants to keep it, and the text once both do."""
    await tx.execute(update(kept_line).where(kept_line.c.id == line_id).values(values))


async def lines_of(tx: Tx, meeting_id: UUID) -> tuple[KeptLineRecord, ...]:
    """All lines of one talk that somebody wanted to keep."""
    query = select(kept_line).where(kept_line.c.meeting_id == meeting_id)
    return await many(tx, query, KeptLineRecord)


async def video_talks(tx: Tx, *, after: datetime, before: datetime) -> tuple[VideoTalkRecord, ...]:
    """Video talks that were due in [after, before), but for those called off beforehand."""
    opened = (
        select(meeting_event.c.meeting_id, func.min(meeting_event.c.at).label("opened_at"))
        .where(meeting_event.c.what == "opened")
        .group_by(meeting_event.c.meeting_id)
        .subquery()
    )
    query = (
        select(meeting.c.status, meeting.c.starts_at, opened.c.opened_at)
        .outerjoin(opened, opened.c.meeting_id == meeting.c.id)
        .where(
            meeting.c.mode == "video",
            meeting.c.status.not_in(("cancelled", "provisional")),
            meeting.c.starts_at >= after,
            meeting.c.starts_at < before,
        )
        .order_by(meeting.c.starts_at, meeting.c.id)
    )
    return await many(tx, query, VideoTalkRecord)
