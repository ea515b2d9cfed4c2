"""A new key for sealed fields. May be killed at any moment and begun again: all stays readable."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from server.field_keys import FieldKeys, key_name
from server.store import sealed as store
from server.store.database import Tx
from server.usecases.context import Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """How many fields were sealed anew, and how many nobody here can read."""

    anew: int
    unreadable: int


async def rotate_field_key(
    parts: Parts, *, told: Callable[[int, int], None] = lambda _done, _all: None
) -> Rotated:
    """Make a key and seal every field with it; `told` hears how far it is.

    Keys that no field names any more are thrown away first. The one before stays until the next
    time: another process may just have sealed something with it.

    Raises:
        Unavailable: the database does not answer.
        ValueError, OSError: the file of keys cannot be read or written, or somebody else does so.
    """
    keys = parts.secret.field_keys
    if keys is None:
        raise ValueError("this installation keeps its keys nowhere")
    with keys.alone():
        return await _rotate(parts, keys, told)


async def _rotate(parts: Parts, keys: FieldKeys, told: Callable[[int, int], None]) -> Rotated:
    async with parts.database.read() as tx:
        used = await store.key_names(tx)
    keys.keep(used)
    fresh = keys.add()
    async with parts.database.read() as tx:
        rows = await store.sealed_rows(tx)
    anew = unreadable = 0
    for number, (table, row) in enumerate(rows):
        told(number, len(rows))
        done = await parts.database.run(partial(_one, parts, fresh, table, row))
        anew += done is True
        unreadable += done is None
    told(len(rows), len(rows))
    return Rotated(anew=anew, unreadable=unreadable)


async def unknown_keys(parts: Parts) -> set[str]:
    """The names of keys that fields are sealed with and that are not here. Reads only.

    Raises:
        ValueError: the file of keys is damaged, or of another installation.
    """
    async with parts.database.read() as tx:
        used = await store.key_names(tx)
    keys = parts.secret.field_keys
    return {name for name in used if keys is None or keys.of(name) is None}


async def _one(parts: Parts, fresh: str, table: str, row: UUID, tx: Tx) -> bool | None:
    """Whether it was sealed anew; None: it cannot be read."""
    old = await store.sealed_field(tx, table, row)
    if not old or key_name(old) == fresh:
        return False
    bound_to = f"{table}:{row}"
    try:
        plain = parts.secret.unseal(old, bound_to=bound_to)
    except ValueError:
        return None
    return await store.seal_anew(tx, table, row, old, parts.secret.seal(plain, bound_to=bound_to))
