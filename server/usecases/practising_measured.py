"""What was measured in the talk of a practice: whether it counts, and for which browser."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from coaching.practising import Measured
from coaching.words import PracticeCause, Score
from server.store import practices as store
from server.store.database import Tx
from server.usecases.context import Parts


async def keep_measured(
    parts: Parts, practice: UUID, measured: Mapping[str, object], now: datetime
) -> None:
    """Keep what the server measured in the practice talk; of several the newest counts.

    `measured` holds `score` and `causes`, the figures behind them, and the `device` they are of:
    what comes late from a device that was given up is not kept. One that ended stays, and of one
    that is not known, such as of the public page, nothing is kept.
    """

    async def work(tx: Tx) -> None:
        found = await store.practice_by_id(tx, practice)
        if found is not None and found.ended_at is None and _counts(found.measured, measured):
            await store.change_practice(tx, practice, measured=dict(measured), changed_at=now)

    await parts.database.run(work)


async def measure_on(parts: Parts, practice: UUID, device: UUID) -> None:
    """From now on what this browser shows counts, and nothing of another one."""

    async def work(tx: Tx) -> None:
        found = await store.practice_by_id(tx, practice)
        if found is not None and found.measured.get("device") != str(device):
            await store.change_practice(tx, practice, measured={"device": str(device)})

    await parts.database.run(work)


def _counts(kept: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether a measurement takes the place of the one that is kept.

    A guide that was started anew begins to count anew. What worked before that still works, so a
    shorter measurement counts only where it is no worse.
    """
    if new.get("device", kept.get("device")) != kept.get("device", new.get("device")):
        return False
    if "score" not in kept or int(new.get("seconds", 0)) >= int(kept.get("seconds", 0)):
        return True
    scores = tuple(Score)
    return scores.index(Score(new["score"])) <= scores.index(Score(kept["score"]))


def measured_of(found: store.PracticeSessionRecord) -> Measured | None:
    """What was measured, or None."""
    if "score" not in found.measured:
        return None
    causes = tuple(PracticeCause(one) for one in found.measured.get("causes", ()))
    return Measured(score=Score(found.measured["score"]), causes=causes)
