from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, inspect

from server.store.database import Database
from server.store.migrate import is_migrated, migrate, newest_revision
from server.store.schema import metadata

pytestmark = pytest.mark.contract


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'empty.sqlite3'}"
    found = request.getfixturevalue("empty_postgres_url")
    return str(found).replace("postgresql", "postgresql+asyncpg", 1)


async def look(url: str, question: Callable[[Connection], Any]) -> Any:  # noqa: ANN401 -- as the question answers
    database = Database(url)
    try:
        async with database.read() as tx:
            return await tx.run_sync(question)
    finally:
        await database.close()


def differences(connection: Connection) -> list[Any]:
    return compare_metadata(MigrationContext.configure(connection), metadata)


def tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


async def test_migrations_make_exactly_the_tables_of_the_schema(empty_url: str) -> None:
    assert await migrate(empty_url) == newest_revision()

    assert await look(empty_url, differences) == []
    assert await look(empty_url, tables) == {*metadata.tables, "alembic_version"}


async def test_migrations_go_down_to_nothing_and_up_again(empty_url: str) -> None:
    await migrate(empty_url)

    assert await migrate(empty_url, "base") == ""
    assert await look(empty_url, tables) == {"alembic_version"}
    assert await migrate(empty_url) == newest_revision()
    assert await look(empty_url, differences) == []


async def test_migrating_twice_changes_nothing(empty_url: str) -> None:
    await migrate(empty_url)

    assert await migrate(empty_url) == newest_revision()


async def test_an_empty_database_is_not_migrated(empty_url: str) -> None:
    database = Database(empty_url)

    assert not await is_migrated(database)
    await database.close()
