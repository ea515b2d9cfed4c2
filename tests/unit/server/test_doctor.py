"""What `tweespraak doctor` says of what this machine brings (security handbook 0, 2.1)."""

import sqlite3
from dataclasses import replace

import pytest

from server.config import Settings
from server.doctor import Finding, State, examine

pytestmark = pytest.mark.unit


async def found(settings: Settings, subject: str) -> Finding:
    (one,) = [one async for one in examine(settings) if one.subject == subject]
    return one


@pytest.mark.parametrize(
    ("version", "state"), [((3, 51, 2), State.WARNING), ((3, 51, 3), State.GOOD)]
)
async def test_old_sqlite_is_warned_of_unless_postgresql_is_used(
    sqlite_settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    version: tuple[int, int, int],
    state: State,
) -> None:
    """Those before 3.51.3 can damage a file that two processes write."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", version)
    elsewhere = replace(sqlite_settings, database_url="postgresql://127.0.0.1:1/none")

    assert (await found(sqlite_settings, "SQLite")).state is state
    assert (await found(elsewhere, "SQLite")).state is State.GOOD


@pytest.mark.parametrize(("without", "state"), [("", State.GOOD), ("1", State.BAD)])
async def test_aiohttp_without_its_c_parser_is_bad(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch, without: str, state: State
) -> None:
    monkeypatch.setenv("AIOHTTP_NO_EXTENSIONS", without)

    said = await found(sqlite_settings, "HTTP parser")

    assert said.state is state
    assert ("unset AIOHTTP_NO_EXTENSIONS" in said.sentence) is (state is State.BAD)
