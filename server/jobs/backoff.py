"""How long to wait before the next attempt: longer each time, and not all at the same moment."""

import hashlib
from datetime import timedelta
from uuid import UUID

FIRST_SECONDS = 5.0
LONGEST_SECONDS = 900.0
LONGEST_ASKED_SECONDS = 3600.0


def pause(row: UUID, attempts: int, *, retry_after: float | None = None) -> timedelta:
    """The pause after attempt number `attempts` (1 is the first) for an outbox row.

    It doubles from 5 s to 15 minutes, and is spread from half to one and a half of that; the same
    row and attempt always give the same pause. `retry_after` (seconds) is what the other side
    asked for: it is waited out, for at most an hour.
    """
    exponent = min(max(attempts, 1) - 1, 20)
    base = min(FIRST_SECONDS * 2.0**exponent, LONGEST_SECONDS)
    seconds = min(base * _spread(row, attempts), LONGEST_SECONDS)
    asked = min(max(retry_after or 0.0, 0.0), LONGEST_ASKED_SECONDS)
    return timedelta(seconds=max(seconds, asked))


def _spread(row: UUID, attempts: int) -> float:
    digest = hashlib.sha256(row.bytes + attempts.to_bytes(4, "big")).digest()
    return 0.5 + int.from_bytes(digest[:4], "big") / 2**32
