"""Planned video talks that may not be yet, because people did not meet after all (R8)."""

from datetime import datetime
from uuid import UUID

from coaching.history import FIRST_TALKS
from coaching.words import MeetingKind
from server.store import people
from server.store.database import Tx
from server.usecases.access import known_trajectory
from server.usecases.attention import TodoCode
from server.usecases.flagging import flag


async def look_again(
    tx: Tx, changed: MeetingKind | str, trajectory: UUID, *, about: UUID, now: datetime
) -> None:
    """After a first talk was made, moved, called off or decided on; of other kinds nothing hangs.

    `changed` is the kind of the meeting that changed, `about` which one it is.
    """
    if changed in FIRST_TALKS:
        await flag_too_early(tx, await known_trajectory(tx, trajectory), about=about, now=now)


async def flag_too_early(
    tx: Tx, trajectory: people.TrajectoryRecord, *, about: UUID, now: datetime
) -> int:
    """Look at every planned video talk again; a to-do for each that R8 refuses as it stands.

    Called whenever a first talk changed; `about` is that talk. Gives how many are too early.
    """
    return await flag(tx, trajectory, TodoCode.TOO_EARLY, about=about, now=now)
