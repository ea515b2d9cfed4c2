"""From a database row to the frozen record that use cases read."""

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import Executable

from server.store.database import Tx

Record = TypeVar("Record")
Values = Mapping[str, Any]  # for the `bindparam`s of a statement that is made once


async def one(
    tx: Tx, query: Executable, record: type[Record], values: Values | None = None
) -> Record | None:
    """The first row of `query` as a `record`, whose fields are the selected columns; or None."""
    result = await tx.execute(query, values)
    row = result.first()
    return None if row is None else record(**dict(zip(result.keys(), row, strict=True)))


async def many(
    tx: Tx, query: Executable, record: type[Record], values: Values | None = None
) -> tuple[Record, ...]:
    """All rows of `query` as `record`s, in its order."""
    result = await tx.execute(query, values)
    names = tuple(result.keys())
    return tuple(record(**dict(zip(names, row, strict=True))) for row in result)
