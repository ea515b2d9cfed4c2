"""One door to the database: a writing or a reading transaction, on SQLite or PostgreSQL."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine


class Database:
    """Opens transactions. Two engines on SQLite: `BEGIN IMMEDIATE` to write, `BEGIN` to read."""

    def __init__(self, url: str) -> None:
        """Prepare for `url` (SQLAlchemy's form); connects when first used."""
        self._engine = create_async_engine(url)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that may change things; commits at the end, rolls back on any error."""
        async with self._engine.begin() as connection:
            yield connection

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that only looks."""
        async with self._engine.connect() as connection:
            yield connection

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()
