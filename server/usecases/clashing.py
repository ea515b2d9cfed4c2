"""Something else came over a talk that stands: a to-do for a person, who chooses another time.

The talk stays as it is (decision 0011): it was promised. Each pair of an appointment and an object
of a calendar is told of once; the to-do goes by itself when nothing is in the way any more. Nobody
is mailed.
"""

import hashlib
from datetime import datetime
from uuid import UUID, uuid4

from server.store import attention
from server.store import clashes as store
from server.store.database import Tx
from server.usecases.access import known_trajectory
from server.usecases.attention import TodoCode
from server.usecases.context import Parts
from server.usecases.invitation_names import invitation_name, mail_domain
from server.usecases.todos import write_todo

_CODE = TodoCode.CALENDAR_CLASH


async def look_at_diary(parts: Parts, tx: Tx, owner: UUID, *, now: datetime) -> None:
    """Look at all appointments of a coach or a room, after the busy times of either changed."""
    over = {one.meeting_id for one in await store.clashes(tx, owner=owner, now=now)}
    for meeting in over | await store.told_of(tx, owner, _CODE):
        await look_at_appointment(parts, tx, meeting, now=now)


async def look_at_appointment(parts: Parts, tx: Tx, meeting: UUID, *, now: datetime) -> None:
    """Look at one appointment, after it was made, moved or handed over."""
    found = [
        one
        for one in await store.clashes(tx, meeting_id=meeting, now=now)
        if not _is_copy(parts, one)
    ]
    told = await attention.is_open(tx, meeting, _CODE)
    if not found and told:
        await attention.finish_todos(tx, now=now, meeting_id=meeting, codes=[_CODE])
        await attention.forget_moments(tx, f"clash:{meeting}:")
    new = [one for one in found if await attention.take_moment(tx, _pair(one), now=now)]
    if new and not told:
        await _write(tx, new[0], now=now)


async def _write(tx: Tx, clash: store.ClashRecord, *, now: datetime) -> None:
    await write_todo(
        tx,
        _CODE,
        await known_trajectory(tx, clash.trajectory_id),
        about=f"{clash.meeting_id}:{uuid4()}",  # of the pair its moment was taken
        due_at=clash.starts_at,
        now=now,
        meeting=clash.meeting_id,
        params={"when": clash.local_start.replace("T", " ")},
    )


def _pair(clash: store.ClashRecord) -> str:
    """At another time it is another pair: an event that repeats may stand there too."""
    return f"clash:{clash.meeting_id}:{clash.starts_at.isoformat()}:{clash.object_id}"


def _is_copy(parts: Parts, clash: store.ClashRecord) -> bool:
    """Whether it is our own appointment, brought there by an invitation or by a feed."""
    return clash.uid_hash in own_hashes(parts, clash.meeting_id)


def own_hashes(parts: Parts, meeting: UUID) -> frozenset[str]:
    """What the UIDs of an appointment come to, as an invitation and in a published feed."""
    own = (invitation_name(parts, meeting), f"{meeting}-feed@{mail_domain(parts)}")
    return frozenset(hashlib.sha256(name.encode()).hexdigest() for name in own)
