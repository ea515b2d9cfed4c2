"""What a round costs in which nothing changed: the same, however large the calendar is."""

from uuid import UUID

import pytest
from sqlalchemy import event, text

from server.store.remote_objects import again_query
from server.usecases.context import Parts
from tests.calendar_rounds import Diary, diary_of
from tests.house_of_people import House
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.contract


async def filled(parts: Parts, house: House, events: int) -> Diary:
    diary = await diary_of(parts, house)
    for number in range(events):
        diary.put(f"{number}.ics")
    await diary.round()
    return diary


async def asked(parts: Parts, diary: Diary) -> list[str]:
    """The statements of a round without changes."""
    said: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        said.append(statement)

    engines = {one.sync_engine for one in (parts.database._writer, parts.database._reader)}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", listen)
    done = await diary.round()
    for engine in engines:
        event.remove(engine, "before_cursor_execute", listen)
    assert (done.requests, done.changed) == (1, 0)
    return said


async def test_round_without_changes_asks_the_database_the_same_at_any_size(
    parts: Parts, house: House
) -> None:
    small, large = await filled(parts, house, 3), await filled(parts, house, 60)

    assert await asked(parts, small) == await asked(parts, large)
    assert len(await asked(parts, large)) < 25


async def plan_of(parts: Parts, connection: UUID, *, counts: bool) -> str:
    query = again_query(connection, counts=counts, now=parts.now())
    async with parts.database.read() as tx:
        words = query.compile(dialect=tx.dialect, compile_kwargs={"literal_binds": True})
        return str((await tx.execute(text(f"EXPLAIN QUERY PLAN {words}"))).all())


@pytest.mark.parametrize("counts", [True, False])
async def test_what_is_to_be_read_again_is_found_by_its_own_index(
    sqlite_parts: Parts, sqlite_house: House, *, counts: bool
) -> None:
    diary = await filled(sqlite_parts, sqlite_house, 3)

    plan = await plan_of(sqlite_parts, diary.connection, counts=counts)

    assert "ix_remote_object_not_given" in plan
    assert ("ix_remote_object_uncounted" in plan) == counts
    assert "ix_remote_object_connection_id" not in plan
    assert "SCAN remote_object" not in plan
    assert len(await rows(sqlite_parts, "remote_object")) == 3
