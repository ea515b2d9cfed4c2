"""The mailbox that answers come to: how far it was read, and which answers were heard."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Insert, Table, select, update
from sqlalchemy.dialects import postgresql, sqlite

from server.store.database import Tx
from server.store.rows import many, one
from server.store.schema import mail_reply, mailbox, outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxRecord:
    """A row of `mailbox`: everything up to `last_uid` was read, as long as `uid_validity` holds."""

    name: str
    uid_validity: int
    last_uid: int
    read_at: datetime
    last_error: str | None


async def mailbox_named(tx: Tx, name: str) -> MailboxRecord | None:
    """How far a mailbox was read."""
    return await one(tx, select(mailbox).where(mailbox.c.name == name), MailboxRecord)


async def mailboxes(tx: Tx) -> tuple[MailboxRecord, ...]:
    """Every mailbox that was ever looked into, the one read last first."""
    return await many(tx, select(mailbox).order_by(mailbox.c.read_at.desc()), MailboxRecord)


async def save_position(
    tx: Tx, name: str, *, uid_validity: int, last_uid: int, now: datetime
) -> None:
    """Note that a mailbox was read up to here; another process may have been further."""
    values = {"uid_validity": uid_validity, "last_uid": last_uid}
    there = await mailbox_named(tx, name)
    if there is None:
        row = {"name": name, "read_at": now, "last_error": None, **values}
        await tx.execute(_unless_there(tx, mailbox, row, "name"))
        return
    ahead = there.uid_validity == uid_validity and there.last_uid > last_uid
    if ahead:
        values = {}
    await _change(tx, name, read_at=now, last_error=None, **values)


async def save_failure(tx: Tx, name: str, *, error: str, now: datetime) -> None:
    """Note why a mailbox cannot be read now; how far it was read stays."""
    if await mailbox_named(tx, name) is None:
        row = {"name": name, "uid_validity": 0, "last_uid": 0, "read_at": now}
        await tx.execute(_unless_there(tx, mailbox, row, "name"))
    await _change(tx, name, last_error=error[:300])


async def keep_reply(
    tx: Tx, meeting: UUID, *, message_hash: str, answer: str, now: datetime
) -> bool:
    """Write an answer down; False when the same mail was heard before."""
    row = {
        "id": uuid4(),
        "meeting_id": meeting,
        "message_hash": message_hash,
        "answer": answer,
        "at": now,
    }
    done = await tx.execute(_unless_there(tx, mail_reply, row, "message_hash"))
    return done.rowcount == 1


async def mail_row(tx: Tx, row: UUID) -> dict[str, Any] | None:
    """What a mail of ours was about, by the row that its Message-ID names."""
    query = select(outbox.c.payload).where(outbox.c.id == row, outbox.c.kind == "mail")
    payload: dict[str, Any] | None = await tx.scalar(query)
    return payload


async def _change(tx: Tx, name: str, **values: Any) -> None:  # noqa: ANN401 -- the columns
    await tx.execute(update(mailbox).where(mailbox.c.name == name).values(**values))


def _unless_there(tx: Tx, table: Table, row: Mapping[str, Any], key: str) -> Insert:
    make = postgresql.insert if tx.dialect.name == "postgresql" else sqlite.insert
    return make(table).values(row).on_conflict_do_nothing(index_elements=[key])
