"""Idempotency keys: the same request asked twice is done once, and answered twice alike."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, insert, select

from coaching.errors import BadInput
from server.store.database import Tx
from server.store.locks import lock_key
from server.store.schema import idempotency

Answer = dict[str, Any]
_KEY = re.compile(r"[!-~]{1,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyedRequest:
    """Who asks what, under which key. `values` are all fields that make it this request."""

    actor: str
    route: str
    key: str
    values: dict[str, str]

    def __post_init__(self) -> None:
        """Refuse a key that is not 1 to 64 visible ASCII characters (`key_bad`)."""
        if not _KEY.fullmatch(self.key):
            raise BadInput("key_bad", field="key")

    @property
    def fingerprint(self) -> bytes:
        """32 bytes that differ when the request differs."""
        return hashlib.sha256(json.dumps(self.values, sort_keys=True).encode()).digest()


async def answer_given(tx: Tx, asked: KeyedRequest) -> Answer | None:
    """The answer that this key was given before, or None when it is new.

    Raises:
        BadInput: `key_reused`, it belongs to another request (security handbook 2.8: 422).
    """
    await lock_key(tx, asked.actor, asked.route, asked.key)
    query = select(idempotency.c.request_hash, idempotency.c.response).where(
        idempotency.c.actor == asked.actor,
        idempotency.c.route == asked.route,
        idempotency.c.key == asked.key,
    )
    row = (await tx.execute(query)).first()
    if row is None:
        return None
    if row.request_hash != asked.fingerprint:
        raise BadInput("key_reused", field="key")
    return dict(row.response)


async def was_answered(tx: Tx, asked: KeyedRequest) -> bool:
    """Whether this key had an answer, whatever it was; without a lock."""
    query = select(idempotency.c.key).where(
        idempotency.c.actor == asked.actor,
        idempotency.c.route == asked.route,
        idempotency.c.key == asked.key,
    )
    return await tx.scalar(query) is not None


async def keep_answer(tx: Tx, asked: KeyedRequest, answer: Answer, *, now: datetime) -> None:
    """Write down the answer in the transaction that did the work."""
    await tx.execute(
        insert(idempotency).values(
            actor=asked.actor,
            route=asked.route,
            key=asked.key,
            request_hash=asked.fingerprint,
            response=answer,
            created_at=now,
        )
    )


async def forget_answers(tx: Tx, *, before: datetime) -> None:
    """Forget the keys that were given before a moment."""
    await tx.execute(delete(idempotency).where(idempotency.c.created_at < before))
