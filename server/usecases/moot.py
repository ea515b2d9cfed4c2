"""Talks that stopped being so while somebody sat in them: cancelled, moved, no longer by video."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from coaching.words import MeetingStatus, Mode
from server.usecases.context import Parts
from server.usecases.talks import load_talk


async def moot_talks(
    parts: Parts, meetings: Collection[UUID], *, now: datetime
) -> tuple[UUID, ...]:
    """Which of `meetings` nobody should sit in any more (R3). Reads only.

    A talk that runs late is not moot: nobody is sent away from a conversation by the clock.
    """
    moot = []
    async with parts.database.read() as tx:
        for meeting in meetings:
            talk = await load_talk(tx, meeting)
            if (
                talk is None
                or talk.meeting.status == MeetingStatus.CANCELLED
                or talk.meeting.mode != Mode.VIDEO
                or now < talk.opens_at(parts.settings)
            ):
                moot.append(meeting)
    return tuple(moot)
