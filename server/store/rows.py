"""From a database row to the frozen record that use cases read."""

from typing import Any, TypeVar

from sqlalchemy import Executable

from server.store.database import Tx

Record = TypeVar("Record")


async def one(tx: Tx, query: Executable, record: type[Record]) -> Record | None:
    """The first row of `query` as a `record`, whose fields are the selected columns; or None."""
    row = (await tx.execute(query)).mappings().first()
    return None if row is None else _made(record, row)


async def many(tx: Tx, query: Executable, record: type[Record]) -> tuple[Record, ...]:
    """All rows of `query` as `record`s, in its order."""
    return tuple(_made(record, row) for row in (await tx.execute(query)).mappings())


def _made(record: type[Record], row: Any) -> Record:  # noqa: ANN401 -- a row's values are untyped
    return record(**{str(name): value for name, value in row.items()})
