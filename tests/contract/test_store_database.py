import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Never
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from coaching.errors import Conflict, Unavailable
from coaching.words import MeetingKind, Mode
from server.config import Settings
from server.demo.installation import free_port
from server.store.database import Database, Tx
from server.store.failures import Clashed
from server.usecases.context import Parts
from tests.house_of_people import House

pytestmark = pytest.mark.contract

INSERT = text(
    "INSERT INTO meeting (id, trajectory_id, coach_id, candidate_id, room_id, kind, mode, status,"
    " starts_at, ends_at, zone, local_start, revision, settings_version, joint_seconds, created_at)"
    " SELECT :id, trajectory_id, coach_id, candidate_id, room_id, kind, mode, :status,"
    " starts_at, ends_at, zone, local_start, 1, 1, 0, created_at FROM meeting"
)


def raw_id(database: Database) -> Any:  # noqa: ANN401 -- the driver's own form
    return uuid4().hex if database.is_sqlite else uuid4()


async def copy_the_only_meeting(database: Database, status: str) -> None:
    async with database.write() as tx:
        await tx.execute(INSERT, {"id": raw_id(database), "status": status})


async def booked_at_a_location(house: House) -> None:
    coach = await house.coach()
    trajectory = await house.trajectory(coach)
    await house.book(
        trajectory,
        "2027-03-03T14:00",
        kind=MeetingKind.ACQUAINTANCE,
        mode=Mode.OFFLINE,
        room=await house.room(),
    )


async def set_all(database: Database, change: str) -> None:
    async with database.write() as tx:
        await tx.execute(text(f"UPDATE meeting SET {change}"))  # noqa: S608 -- the test's own words


async def other_people(house: House, database: Database, *, keep: str) -> None:
    """Give the second meeting its own people and room, except the one that is tested."""
    other = await house.trajectory(await house.coach())
    room = await house.room()
    names = {
        "coach_id": "SELECT coach_id FROM trajectory WHERE id = :t",
        "candidate_id": "SELECT candidate_id FROM trajectory WHERE id = :t",
        "room_id": "SELECT id FROM room WHERE id = :r",
    }
    show = (lambda value: value.hex) if database.is_sqlite else (lambda value: value)
    changes = ", ".join(f"{name} = ({query})" for name, query in names.items() if name != keep)
    values = {"t": show(other), "r": show(room), "s": "cancelled"}
    if keep == "room_id":
        del values["r"]
    async with database.write() as tx:
        await tx.execute(text(f"UPDATE meeting SET {changes} WHERE status = :s"), values)  # noqa: S608 -- as above


async def test_connection_has_the_settings_of_the_handbook(database: Database) -> None:
    """Security handbook 2.8; SQLite gives numbers, PostgreSQL words."""
    word, wanted = (
        "SHOW",
        {
            "lock_timeout": "2s",
            "statement_timeout": "5s",
            "idle_in_transaction_session_timeout": "10s",
        },
    )
    if database.is_sqlite:
        word, wanted = (
            "PRAGMA",
            {
                "journal_mode": "wal",
                "synchronous": 2,
                "busy_timeout": 5000,
                "foreign_keys": 1,
                "trusted_schema": 0,
                "wal_autocheckpoint": 1000,
                "journal_size_limit": 67_108_864,
            },
        )

    async with database.write() as tx:
        found = {name: await tx.scalar(text(f"{word} {name}")) for name in wanted}

    assert found == wanted


@pytest.mark.parametrize("status", ["planned", "open", "held"])
async def test_raw_sql_cannot_insert_an_overlap(
    house: House, database: Database, status: str
) -> None:
    await booked_at_a_location(house)

    with pytest.raises(Conflict):
        await copy_the_only_meeting(database, status)


@pytest.mark.parametrize("status", ["missed", "cancelled", "failed"])
async def test_a_meeting_that_does_not_stand_takes_no_time(
    house: House, database: Database, status: str
) -> None:
    await booked_at_a_location(house)

    await copy_the_only_meeting(database, status)

    with pytest.raises(Conflict):
        await set_all(database, "status = 'planned'")


@pytest.mark.parametrize(
    ("kept", "code"),
    [
        ("coach_id", "coach_taken"),
        ("candidate_id", "candidate_taken"),
        ("room_id", "room_taken"),
    ],
)
async def test_raw_sql_cannot_update_into_an_overlap(
    house: House, database: Database, kept: str, code: str
) -> None:
    await booked_at_a_location(house)
    await copy_the_only_meeting(database, "cancelled")
    await other_people(house, database, keep=kept)

    with pytest.raises(Conflict) as refused:
        await set_all(database, "status = 'planned'")
    assert refused.value.code == code


async def test_a_meeting_cannot_end_before_it_starts(house: House, database: Database) -> None:
    await booked_at_a_location(house)

    with pytest.raises(DBAPIError, match="ends_after_start"):
        await set_all(database, "ends_at = starts_at")


async def test_the_database_tells_the_moment(database: Database) -> None:
    before = await database.moment()
    after = await database.moment()

    assert before <= after
    assert abs(after - datetime.now(UTC)) < timedelta(minutes=10)  # of this very machine


async def test_a_reading_transaction_cannot_write(database: Database) -> None:
    with pytest.raises(DBAPIError, match=r"read.?only"):
        async with database.read() as tx:
            await tx.execute(text("DELETE FROM notice"))


async def test_a_glance_sees_what_stands_and_cannot_write(house: House, database: Database) -> None:
    await booked_at_a_location(house)

    async with database.glance() as tx:
        assert await tx.scalar(text("SELECT count(*) FROM meeting")) == 1
    with pytest.raises(DBAPIError, match=r"read.?only"):
        async with database.glance() as tx:
            await tx.execute(text("DELETE FROM notice"))


async def test_work_that_clashed_is_done_again(database: Database) -> None:
    tries = []

    async def work(tx: Tx) -> str:
        tries.append(await tx.scalar(text("SELECT 1")))
        if len(tries) < 3:
            raise Clashed("busy")
        return "done"

    assert await database.run(work) == "done"
    assert tries == [1, 1, 1]


async def test_work_that_always_clashes_ends_as_unavailable(database: Database) -> None:
    async def work(_tx: Tx) -> Never:
        raise Clashed("busy")

    with pytest.raises(Unavailable) as busy:
        await database.run(work)
    assert (busy.value.code, busy.value.retry) == ("busy", True)


async def test_a_database_without_tables_says_so(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'empty.sqlite3'}")

    with pytest.raises(Unavailable) as refused:
        async with database.read() as tx:
            await tx.execute(text("SELECT * FROM meeting"))
    assert refused.value.code == "not_migrated"
    await database.close()


async def test_a_database_that_does_not_answer_is_unavailable() -> None:
    database = Database(f"postgresql+asyncpg://nobody@127.0.0.1:{free_port()}/x")

    with pytest.raises(Unavailable) as refused:
        async with database.read() as tx:
            await tx.execute(text("SELECT 1"))
    assert refused.value.code == "database_unreachable"
    await database.close()


async def test_a_full_disk_stops_all_writing_but_not_reading(sqlite_parts: Parts) -> None:
    database = sqlite_parts.database
    async with database.write() as tx:
        pages = await tx.scalar(text("PRAGMA page_count"))
        await tx.execute(text(f"PRAGMA max_page_count = {pages}"))

    with pytest.raises(Unavailable) as full:
        async with database.write() as tx:
            await tx.execute(text("CREATE TABLE big AS SELECT zeroblob(1000000)"))
    with pytest.raises(Unavailable) as still:
        async with database.write() as tx:
            await tx.execute(text("SELECT 1"))
    async with database.read() as tx:
        assert await tx.scalar(text("SELECT 1")) == 1
    assert (full.value.code, still.value.code) == ("storage_failed", "storage_failed")


async def test_a_connection_that_the_server_closed_is_replaced(
    postgres_url: str, tmp_path: Path
) -> None:
    url = Settings(data_dir=tmp_path, database_url=postgres_url).sqlalchemy_url
    database, killer = Database(url), Database(url)
    closed = asyncio.Event()
    async with database.read() as tx:
        first = await tx.scalar(text("SELECT pg_backend_pid()"))
        driver: Any = (await tx.get_raw_connection()).driver_connection
        driver.add_termination_listener(lambda _connection: closed.set())
    async with killer.read() as tx:
        await tx.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": first})
    await killer.close()
    await asyncio.wait_for(closed.wait(), 180)

    async with database.read() as tx:
        assert await tx.scalar(text("SELECT pg_backend_pid()")) != first
    await database.close()


# The thread of a cancelled statement may end when nobody is there any more to hear of it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
@pytest.mark.parametrize("turns", [1, 5, 20, 60])
async def test_a_cancelled_statement_leaves_no_transaction_behind(
    sqlite_parts: Parts, turns: int
) -> None:
    database = sqlite_parts.database
    other = Database(database.url)
    async with other.write() as tx:
        await tx.execute(text("SELECT 1"))
        waiting = asyncio.create_task(database.run(lambda tx: tx.execute(text("SELECT 1"))))
        for _ in range(turns):
            await asyncio.sleep(0)
        waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    async with other.write() as tx:
        assert await tx.scalar(text("SELECT 1")) == 1
    await other.close()
