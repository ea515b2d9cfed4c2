"""The fields that are sealed: with which key, and sealed anew."""

from typing import Final
from uuid import UUID

from sqlalchemy import func, select, update

from server.field_keys import key_name
from server.store.database import Tx
from server.store.schema import calendar_connection, calendar_lookup

TABLES: Final = {one.name: one for one in (calendar_connection, calendar_lookup)}
_HEAD = 12  # bytes that name the key


async def key_names(tx: Tx) -> set[str]:
    """The names of the keys that a field is sealed with now, without the derived one."""
    names: set[str] = set()
    for table in TABLES.values():
        heads = await tx.execute(select(func.substr(table.c.secret, 1, _HEAD)).distinct())
        names |= {key_name(bytes(head)) for (head,) in heads if head}
    return names - {""}


async def sealed_rows(tx: Tx) -> list[tuple[str, UUID]]:
    """All sealed fields, by table and row."""
    found: list[tuple[str, UUID]] = []
    for name, table in TABLES.items():
        ids = await tx.execute(select(table.c.id).where(func.length(table.c.secret) > 0))
        found += [(name, row) for (row,) in ids]
    return found


async def sealed_field(tx: Tx, table: str, row: UUID) -> bytes:
    """The field of a row; empty when it is gone."""
    there = TABLES[table]
    found = (await tx.execute(select(there.c.secret).where(there.c.id == row))).scalar()
    return bytes(found or b"")


async def seal_anew(tx: Tx, table: str, row: UUID, old: bytes, new: bytes) -> bool:
    """Replace a field, unless somebody did so meanwhile."""
    there = TABLES[table]
    changed = await tx.execute(
        update(there).where(there.c.id == row, there.c.secret == old).values(secret=new)
    )
    return changed.rowcount == 1
