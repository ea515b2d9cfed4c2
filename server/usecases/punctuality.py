"""Whether video talks begin on time, over all coaches: counts, and no names."""

from datetime import datetime, timedelta

from coaching.punctuality import DueTalk, Punctuality, count_talks
from coaching.words import MeetingStatus
from server.store import after_talk
from server.usecases.context import Parts

PERIODS = (7, 30, 90)  # days back


async def punctuality(parts: Parts, *, days: int, now: datetime) -> Punctuality:
    """The counts of the video talks of the last `days` days. Reads only."""
    async with parts.database.read() as tx:
        found = await after_talk.video_talks(tx, after=now - timedelta(days=days), before=now)
    return count_talks(
        DueTalk(status=MeetingStatus(one.status), starts_at=one.starts_at, opened_at=one.opened_at)
        for one in found
    )
