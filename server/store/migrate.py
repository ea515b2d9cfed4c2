"""Bring a database to the tables of this version, and say where it stands."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from server.store.database import Database, Tx

_LOCK = 7_305_120_441  # any number that nobody else uses for an advisory lock


async def migrate(url: str, to: str = "head") -> str:
    """Bring the database at `url` to revision `to`, in one transaction; give the revision.

    Two processes that migrate at once wait for each other. "base" takes every table away.

    Raises:
        Unavailable: the database does not answer.
    """
    database = Database(url)
    try:
        async with database.write() as tx:
            await _take_the_lock(tx)
            await tx.run_sync(_step, to)
            return await tx.run_sync(_revision)
    finally:
        await database.close()


async def is_migrated(database: Database) -> bool:
    """Whether the database has the tables of this version.

    Raises:
        Unavailable: the database does not answer.
    """
    async with database.read() as tx:
        return await tx.run_sync(_revision) == newest_revision()


def newest_revision() -> str:
    """The revision that this version of the program needs."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


async def _take_the_lock(tx: Tx) -> None:
    if tx.dialect.name == "postgresql":
        await tx.execute(text("SET LOCAL lock_timeout = 0"))
        await tx.execute(text("SET LOCAL statement_timeout = 0"))
        await tx.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})


def _step(connection: Connection, to: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    if to == "base":
        command.downgrade(config, to)
    else:
        command.upgrade(config, to)


def _revision(connection: Connection) -> str:
    return MigrationContext.configure(connection).get_current_revision() or ""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config
