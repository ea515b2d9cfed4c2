"""What every test may ask for: both databases, Redis, the parts of an installation, a clock."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import asyncpg
import hypothesis
import pytest

from server.config import Settings
from server.secrets import InstallSecret
from server.serving import let_the_house_rest
from server.store.database import Database
from server.store.migrate import migrate
from server.usecases.context import Parts
from tests import statements  # noqa: F401 -- it listens
from tests.house_of_people import House
from tests.servers import redis_server, start_postgres, stop_postgres
from tests.shared import made_once, run_once

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

# A test run tells of the change that was made, not of luck: the examples are the same each time.
# HYPOTHESIS_PROFILE=wide looks at others, as `make chaos` does.
# No limit of time either, to a test or to how its examples are made: a busy machine is slow.
_UNHURRIED = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("steady", derandomize=True, **_UNHURRIED)
hypothesis.settings.register_profile("wide", max_examples=1000, print_blob=True, **_UNHURRIED)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))


def pytest_collection_finish() -> None:
    """Let no search for garbage go over the thousands of tests that were found."""
    let_the_house_rest()


class Clock:
    """A clock that stands still until a test moves it; starts on Monday 1 March 2027, 9.00."""

    def __init__(self) -> None:
        self.moment = datetime(2027, 3, 1, 9, 0, tzinfo=AMSTERDAM)

    def __call__(self) -> datetime:
        return self.moment

    def set(self, local: str) -> datetime:
        """Go to a wall time of Amsterdam, e.g. "2027-03-03T14:00"."""
        self.moment = datetime.fromisoformat(local).replace(tzinfo=AMSTERDAM)
        return self.moment

    def forward(self, **by: float) -> datetime:
        """Go on by so much, e.g. `minutes=10`."""
        self.moment = (self.moment.astimezone(ZoneInfo("UTC")) + timedelta(**by)).astimezone(
            AMSTERDAM
        )
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run share; it is kept as pytest keeps those of tests."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def sqlite_template(run_folder: Path) -> Path:
    def make(path: Path) -> None:
        asyncio.run(migrate(f"sqlite+aiosqlite:///{path}"))

    return made_once(run_folder / "template.sqlite3", make)


@pytest.fixture(scope="session")
def postgres_server(run_folder: Path) -> Iterator[str]:
    """The maintenance database of a cluster that has a migrated template."""
    with run_once(run_folder, "postgres", _start_migrated, _stop_migrated) as told:
        yield told.partition(" ")[0]


def _start_migrated() -> str:
    # There are as many databases as tests, each for as long as its test: nobody need tidy them up.
    folder, address = start_postgres("-c autovacuum=off")
    try:
        asyncio.run(_create_database(address, "tweespraak_template"))
        asyncio.run(migrate(_beside(address, "tweespraak_template", driver="+asyncpg")))
    except BaseException:
        stop_postgres(folder)
        raise
    return f"{address} {folder}"


def _stop_migrated(told: str) -> None:
    stop_postgres(Path(told.partition(" ")[2]))


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """A fresh, migrated database: postgresql://…"""
    name = f"test_{uuid4().hex}"
    asyncio.run(_create_database(postgres_server, name, template="tweespraak_template"))
    return _beside(postgres_server, name)


@pytest.fixture
def empty_postgres_url(postgres_server: str) -> str:
    """A fresh database without tables: postgresql://…"""
    name = f"test_{uuid4().hex}"
    asyncio.run(_create_database(postgres_server, name))
    return _beside(postgres_server, name)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with redis_server() as address:
        yield address


@pytest.fixture
def sqlite_settings(sqlite_template: Path, tmp_path: Path) -> Settings:
    """Settings of an installation with a migrated SQLite file."""
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    shutil.copy(sqlite_template, data_dir / "tweespraak.sqlite3")
    return Settings(data_dir=data_dir, listen_port=0, organisation_phone="+31201234567")


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, sqlite_settings: Settings, tmp_path: Path) -> Settings:
    """Settings of an installation, once for each database."""
    if request.param == "sqlite":
        return sqlite_settings
    return Settings(
        data_dir=tmp_path / "data",
        database_url=request.getfixturevalue("postgres_url"),
        listen_port=0,
        organisation_phone="+31201234567",
    )


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """A migrated database, once SQLite and once PostgreSQL."""
    opened = Database(settings.sqlalchemy_url)
    yield opened
    await opened.close()


@pytest.fixture
def parts(settings: Settings, database: Database, clock: Clock) -> Parts:
    """The parts of an installation, once for each database."""
    return Parts(settings=settings, database=database, secret=_secret(), now=clock)


@pytest.fixture
async def sqlite_parts(sqlite_settings: Settings, clock: Clock) -> AsyncIterator[Parts]:
    """The parts of an installation on SQLite only, for what does not depend on the database."""
    opened = Database(sqlite_settings.sqlalchemy_url)
    yield Parts(settings=sqlite_settings, database=opened, secret=_secret(), now=clock)
    await opened.close()


@pytest.fixture
def house(parts: Parts) -> House:
    """Makes people, places and meetings on `parts`, by the use cases."""
    return House(parts)


@pytest.fixture
def sqlite_house(sqlite_parts: Parts) -> House:
    """Makes people, places and meetings on `sqlite_parts`, by the use cases."""
    return House(sqlite_parts)


def _secret() -> InstallSecret:
    return InstallSecret(bytes(range(32)))


def _beside(address: str, name: str, *, driver: str = "") -> str:
    base = address.rsplit("/", 1)[0].replace("postgresql", f"postgresql{driver}", 1)
    return f"{base}/{name}"


async def _create_database(address: str, name: str, *, template: str = "template0") -> None:
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    finally:
        await connection.close()
