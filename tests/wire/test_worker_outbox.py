"""The outbox on both databases: in order, one holder at a time, an old holder turned away."""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from server.store import calendars, outbox
from server.store.database import Database
from server.store.outbox import Claimed, Kind
from server.usecases.context import Parts
from tests.conftest import Clock
from tests.house_of_people import House

pytestmark = pytest.mark.wire

LEASE = timedelta(seconds=30)


async def put(
    database: Database,
    now: datetime,
    *,
    subject: str = "meeting:1",
    key: str = "",
    revision: int = 1,
    kind: Kind = Kind.MAIL,
) -> bool:
    async with database.write() as tx:
        return await outbox.enqueue(
            tx,
            kind,
            subject,
            dedupe_key=key or uuid4().hex,
            payload={"revision": revision},
            not_before=now,
            now=now,
        )


async def take(
    database: Database, now: datetime, *, worker: str = "one", limit: int = 10, **more: list[UUID]
) -> tuple[Claimed, ...]:
    async with database.write() as tx:
        return await outbox.claim(
            tx, worker=worker, now=now, lease=LEASE, kinds=list(Kind), limit=limit, **more
        )


async def test_same_key_is_written_once(database: Database, clock: Clock) -> None:
    assert await put(database, clock(), key="k")
    assert not await put(database, clock(), key="k")
    assert len(await take(database, clock())) == 1


async def test_rows_of_one_subject_go_in_order(database: Database, clock: Clock) -> None:
    for revision in (1, 2, 3):
        await put(database, clock(), revision=revision)
    seen = []
    for _ in range(3):
        (row,) = await take(database, clock())
        assert await take(database, clock(), worker="two") == ()
        seen.append(row.payload["revision"])
        async with database.write() as tx:
            assert await outbox.done(tx, row, now=clock())
    assert seen == [1, 2, 3]


async def test_row_put_back_blocks_those_behind_it_and_nobody_else(
    database: Database, clock: Clock
) -> None:
    await put(database, clock(), subject="meeting:1", revision=1)
    await put(database, clock(), subject="meeting:1", revision=2)
    await put(database, clock(), subject="meeting:2", revision=9)
    first = next(r for r in await take(database, clock()) if r.subject == "meeting:1")
    async with database.write() as tx:
        await outbox.retry_later(tx, first, error="x", not_before=clock() + timedelta(minutes=5))
    assert await take(database, clock(), worker="two") == ()
    clock.forward(minutes=6)
    found = {row.payload["revision"] for row in await take(database, clock(), worker="two")}
    assert found == {1, 9}


async def test_old_holder_is_turned_away(database: Database, clock: Clock) -> None:
    await put(database, clock())
    (old,) = await take(database, clock())
    clock.forward(seconds=31)
    (new,) = await take(database, clock(), worker="two")
    async with database.write() as tx:
        assert not await outbox.done(tx, old, now=clock())
        assert not await outbox.retry_later(tx, old, error="x", not_before=clock())
        assert not await outbox.give_up(tx, old, error="x", now=clock())
        assert await outbox.done(tx, new, now=clock())
    assert await take(database, clock()) == ()


async def test_prolonged_row_stays_with_its_holder(database: Database, clock: Clock) -> None:
    await put(database, clock())
    rows = await take(database, clock())
    clock.forward(seconds=20)
    async with database.write() as tx:
        await outbox.prolong(tx, rows, now=clock(), lease=LEASE)
    clock.forward(seconds=20)
    assert await take(database, clock(), worker="two") == ()


async def test_claims_at_once_never_share_a_row(database: Database, clock: Clock) -> None:
    for number in range(30):
        await put(database, clock(), subject=f"meeting:{number}")
    taken = await asyncio.gather(
        *(take(database, clock(), worker=f"w{n}", limit=5) for n in range(8))
    )
    ids = [row.id for rows in taken for row in rows]
    assert len(ids) == len(set(ids))
    while rest := await take(database, clock(), worker="last"):
        ids += [row.id for row in rest]
    assert len(set(ids)) == len(ids) == 30


async def test_rollback_takes_the_row_along(database: Database, clock: Clock) -> None:
    with pytest.raises(ZeroDivisionError):
        await put_and_fail(database, clock())
    assert await take(database, clock()) == ()


async def put_and_fail(database: Database, now: datetime) -> None:
    async with database.write() as tx:
        await outbox.enqueue(
            tx,
            Kind.MAIL,
            "meeting:1",
            dedupe_key="k",
            payload={"revision": 1},
            not_before=now,
            now=now,
        )
        raise ZeroDivisionError


async def test_given_up_row_frees_the_next(database: Database, clock: Clock) -> None:
    await put(database, clock(), revision=1)
    await put(database, clock(), revision=2)
    (first,) = await take(database, clock())
    async with database.write() as tx:
        assert await outbox.has_newer(tx, first)
        await outbox.give_up(tx, first, error="x", now=clock())
    (second,) = await take(database, clock())
    assert second.payload["revision"] == 2


async def connected(parts: Parts, house: House) -> UUID:
    coach = await house.coach()
    connection = uuid4()
    async with parts.database.write() as tx:
        await calendars.insert_connection(
            tx,
            connection_id=connection,
            staff_id=coach.id,
            calendar_url="https://cal.example/",
            user_name="x",
            secret=b"x",
        )
    return connection


async def test_calendar_has_one_writer_and_an_old_one_saves_nothing(
    parts: Parts, house: House, clock: Clock
) -> None:
    connection = await connected(parts, house)
    coach = await house.coach()
    meeting = (await house.book(await house.acquainted(coach), "2027-03-03T14:00")).meeting
    async with parts.database.write() as tx:
        old = await calendars.hold(tx, connection, worker="one", now=clock(), lease=LEASE)
        assert old is not None
        assert await calendars.hold(tx, connection, worker="two", now=clock(), lease=LEASE) is None
        assert await calendars.held_connections(tx, now=clock()) == (connection,)
    clock.forward(seconds=31)
    values = {"generation": 1, "uid": "u", "href": "h", "etag": None}
    async with parts.database.write() as tx:
        new = await calendars.hold(tx, connection, worker="two", now=clock(), lease=LEASE)
        assert new is not None
        assert new.fence == old.fence + 1
        state = {**values, "synced_revision": 1, "state": "present"}
        assert not await calendars.save_mirror(tx, old, meeting, **state)
        assert await calendars.mirror_of(tx, meeting, connection) is None
        assert await calendars.save_mirror(tx, new, meeting, **state)
        await calendars.let_go(tx, old)
        assert await calendars.held_connections(tx, now=clock()) == (connection,)
        await calendars.let_go(tx, new)
        assert await calendars.held_connections(tx, now=clock()) == ()
