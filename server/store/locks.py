"""Waiting for one's turn on PostgreSQL, where `BEGIN` alone keeps nobody out.

Exclusion constraints alone deadlock under a rush (security handbook, fact 6), so every booking
first takes a lock on each thing it wants. On SQLite `BEGIN IMMEDIATE` has done it already.
"""

import hashlib
from uuid import UUID

from sqlalchemy import text

from server.store.database import Tx

_TAKE = text("SELECT pg_advisory_xact_lock(:lock)")


async def lock_people_and_room(tx: Tx, *ids: UUID | None) -> None:
    """Keep others from booking these until the transaction ends; in one order, so no deadlock."""
    await _take(tx, *(id_.bytes for id_ in ids if id_))


async def lock_key(tx: Tx, actor: str, route: str, key: str) -> None:
    """Let two requests with the same idempotency key go one after the other.

    Taken before any other lock, so that it cannot close a circle with them.
    """
    await _take(tx, f"{actor}|{route}|{key}".encode())


async def lock_names(tx: Tx, *names: str) -> None:
    """Let transactions that count under one of these names go one after the other."""
    await _take(tx, *(name.encode() for name in names))


async def _take(tx: Tx, *names: bytes) -> None:
    if tx.dialect.name != "postgresql":
        return
    for number in sorted({_number(name) for name in names}):
        await tx.execute(_TAKE, {"lock": number})


def _number(name: bytes) -> int:
    return int.from_bytes(hashlib.sha256(name).digest()[:8], signed=True)
