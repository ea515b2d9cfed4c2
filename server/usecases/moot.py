"""What ended while somebody sat in a talk: the talk itself, or the session they came in by."""

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from coaching.words import MeetingStatus, Mode
from server.store.sessions import living_devices
from server.usecases.context import Parts
from server.usecases.talks import load_talk


async def moot_talks(
    parts: Parts, coaches: Mapping[UUID, UUID], *, now: datetime
) -> tuple[UUID, ...]:
    """Which meetings nobody should sit in any more (R3). Reads only.

    `coaches` tells of each meeting whose the coach's seat is: of one that was given to another
    coach meanwhile the old one is nobody, and the new one could not sit down (R1, E5).
    A talk that runs late is not moot: nobody is sent away from a conversation by the clock.
    """
    moot = []
    async with parts.database.read() as tx:
        for meeting, coach in coaches.items():
            talk = await load_talk(tx, meeting)
            if (
                talk is None
                or talk.coach.id != coach
                or talk.meeting.status == MeetingStatus.CANCELLED
                or talk.meeting.mode != Mode.VIDEO
                or now < talk.opens_at(parts.settings)
            ):
                moot.append(meeting)
    return tuple(moot)


async def ended_sessions(
    parts: Parts, devices: Collection[UUID], *, now: datetime
) -> frozenset[UUID]:
    """Which of `devices` were signed out, are past their time, or of a closed account. Reads only.

    Idleness does not count: who waits or talks presses nothing. A talk lengthens the sessions of
    the two, so that it is not broken off by the clock. Source: OWASP WebSocket cheat sheet.
    """
    async with parts.database.read() as tx:
        living = await living_devices(tx, devices, now=now)
    return frozenset(devices) - living
