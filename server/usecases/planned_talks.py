"""The appointments of a guidance that are still to come, kept from others until one is done."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from coaching.words import MeetingStatus
from server.store import meetings, people
from server.store.database import Tx
from server.store.locks import lock_people_and_room
from server.usecases.booking_facts import waits_for_practice
from server.usecases.context import Parts, TrajectoryId


async def to_come(
    tx: Tx, before: people.TrajectoryRecord, *also: UUID, now: datetime
) -> tuple[meetings.MeetingRecord, ...]:
    """Planned and provisional meetings from `now` on, as they stand once nobody can change them.

    First the rows that are known, then the people and those in `also`: the order in which a meeting
    is moved. What was booked in between is read after that.
    """
    await _kept(tx, await _all(tx, before), now=now)
    await lock_people_and_room(tx, before.coach_id, before.candidate_id, *also)
    return await _kept(tx, await _all(tx, before), now=now)


def stands(one: meetings.MeetingRecord, *, now: datetime) -> bool:
    """Whether this is an appointment to come: agreed, or waiting for a practice."""
    planned = one.status == MeetingStatus.PLANNED or waits_for_practice(one)
    return planned and one.starts_at > now


async def _all(tx: Tx, before: people.TrajectoryRecord) -> tuple[meetings.MeetingRecord, ...]:
    return await meetings.meetings_of_trajectories(tx, [before.id])


async def _kept(
    tx: Tx, found: Iterable[meetings.MeetingRecord], *, now: datetime
) -> tuple[meetings.MeetingRecord, ...]:
    """Those that still stand when their row is ours; by id, so that two never close a circle."""
    ids = sorted(one.id for one in found if stands(one, now=now))
    rows = [await meetings.meeting_to_change(tx, one) for one in ids]
    still = (one for one in rows if one is not None and stands(one, now=now))
    return tuple(sorted(still, key=lambda one: one.starts_at))


async def numbers_to_come(
    parts: Parts, trajectories: Iterable[TrajectoryId], *, now: datetime
) -> dict[TrajectoryId, int]:
    """How many appointments go with each of these when it ends. Reads only."""
    asked = list(trajectories)
    async with parts.database.read() as tx:
        found = await meetings.meetings_of_trajectories(tx, asked)
    return {
        trajectory: sum(one.trajectory_id == trajectory and stands(one, now=now) for one in found)
        for trajectory in asked
    }
