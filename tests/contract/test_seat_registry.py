"""One promise, three registries: memory, both databases, Redis."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from sqlalchemy import JSON, Table, insert

from coaching.attendance import SeenWatch
from server.config import Settings
from server.store import schema
from server.store.database import Database, Tx
from server.store.rooms import DatabaseRegistry
from signaling.redis_registry import RedisRegistry
from signaling.registry import MemoryRegistry, SeatRegistry, Stored
from signaling.room_state import RoomState, Seat, changed
from signaling.states import Phase, SeatStatus

pytestmark = pytest.mark.contract

KEY = bytes(range(32))


@dataclass
class Setup:
    """`meeting` is the id of a meeting that exists; `again` opens what another process would."""

    registry: SeatRegistry
    meeting: str
    again: Callable[[], SeatRegistry]


@pytest.fixture(params=["memory", "sqlite", "postgresql", "redis"])
def address(request: pytest.FixtureRequest) -> str:
    """Where rooms are kept: "memory", or the address of a server that runs."""
    match request.param:
        case "sqlite":
            settings: Settings = request.getfixturevalue("sqlite_settings")
            return settings.sqlalchemy_url
        case "postgresql":
            url: str = request.getfixturevalue("postgres_url")
            return url.replace("postgresql://", "postgresql+asyncpg://")
        case "redis":
            return str(request.getfixturevalue("redis_url"))
        case _:
            return "memory"


@pytest.fixture
async def kept(address: str) -> AsyncIterator[Setup]:
    async with contextlib.AsyncExitStack() as closing:
        if address == "memory":
            registry = MemoryRegistry()
            yield Setup(registry, str(uuid4()), lambda: registry)
        elif address.startswith("redis"):
            yield _redis(address, closing)
        else:
            yield await _database(address, closing)


def _redis(url: str, closing: contextlib.AsyncExitStack) -> Setup:
    prefix = uuid4().hex

    def again() -> SeatRegistry:
        registry = RedisRegistry(url, KEY, prefix=prefix)
        closing.push_async_callback(registry.close)
        return registry

    return Setup(again(), str(uuid4()), again)


async def _database(url: str, closing: contextlib.AsyncExitStack) -> Setup:
    def clock() -> datetime:
        return datetime.now(UTC)

    def again() -> SeatRegistry:
        database = Database(url)
        closing.push_async_callback(database.close)
        return DatabaseRegistry(database, clock)

    maker = Database(url)
    closing.push_async_callback(maker.close)
    async with maker.write() as tx:
        meeting = await _make_meeting(tx)
    return Setup(again(), meeting, again)


async def _make_meeting(tx: Tx) -> str:
    """The least that the table of rooms refers to."""
    staff, candidate, trajectory, meeting = (uuid4() for _ in range(4))
    now = datetime.now(UTC)
    values = {
        schema.staff: {"id": staff},
        schema.candidate: {"id": candidate},
        schema.trajectory: {"id": trajectory, "candidate_id": candidate, "coach_id": staff},
        schema.meeting: {
            "id": meeting,
            "trajectory_id": trajectory,
            "coach_id": staff,
            "candidate_id": candidate,
            "mode": "video",
            "status": "planned",
            "starts_at": now,
            "ends_at": now + timedelta(minutes=45),
        },
    }
    for table, given in values.items():
        await tx.execute(insert(table).values(**_filled(table, given)))
    return str(meeting)


def _filled(table: Table, given: dict[str, object]) -> dict[str, object]:
    plain: dict[type, object] = {str: "x", int: 1, datetime: datetime.now(UTC), bool: True}
    plain |= {date: date(2027, 1, 1), dict: [], bytes: b"", object: datetime.now(UTC)}
    needed = {c.name: c for c in table.columns if not c.nullable and c.name not in given}
    return given | {
        name: [] if isinstance(column.type, JSON) else plain[column.type.python_type]
        for name, column in needed.items()
    }


def room(meeting: str) -> RoomState:
    return RoomState(
        meeting=meeting,
        coach=Seat(person=str(uuid4()), name="Anna"),
        candidate=Seat(person=str(uuid4()), name="Zoë \u202e Bakker"),
    )


def seated(state: RoomState) -> RoomState:
    held = changed(state.coach, status=SeatStatus.HELD, device="d", connection="p:1", generation=3)
    return changed(state, coach=held, phase=Phase.TALKING, epoch=2, watch=SeenWatch.begin(5))


async def test_room_that_nobody_saved_is_not_there(kept: Setup) -> None:
    assert await kept.registry.load(kept.meeting) is None
    assert await kept.registry.unfinished() == ()


async def test_saved_room_comes_back_the_same_in_another_process(kept: Setup) -> None:
    state = seated(room(kept.meeting))

    assert await kept.registry.save(state, expected=0)

    assert await kept.again().load(kept.meeting) == Stored(version=1, state=state)


async def test_save_on_an_older_version_is_turned_away_and_keeps_nothing(kept: Setup) -> None:
    first, other = room(kept.meeting), kept.again()
    assert await kept.registry.save(first, expected=0)
    assert not await other.save(seated(first), expected=0)
    assert await other.save(seated(first), expected=1)

    assert not await kept.registry.save(first, expected=1)

    assert await kept.registry.load(kept.meeting) == Stored(version=2, state=seated(first))


async def test_of_twenty_saves_at_once_exactly_one_is_kept(kept: Setup) -> None:
    registries = [kept.again() for _ in range(4)]
    states = [changed(room(kept.meeting), thirds=n) for n in range(20)]

    saved = await asyncio.gather(
        *(registries[n % 4].save(state, expected=0) for n, state in enumerate(states))
    )

    assert saved.count(True) == 1
    stored = await kept.registry.load(kept.meeting)
    assert stored == Stored(version=1, state=states[saved.index(True)])


async def test_unfinished_are_the_rooms_where_somebody_sits_or_a_talk_goes_on(kept: Setup) -> None:
    state = room(kept.meeting)
    assert await kept.registry.save(seated(state), expected=0)
    assert await kept.again().unfinished() == (kept.meeting,)

    assert await kept.registry.save(state, expected=1)

    assert await kept.again().unfinished() == ()


async def test_redis_hands_over_what_one_process_posts_to_another(redis_url: str) -> None:
    one, two = (RedisRegistry(redis_url, KEY, prefix="hand-over") for _ in range(2))
    heard: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
    await two.open("two", lambda address, text: heard.put((address, text)))

    await one.post("two", "two:7", "frame {}")

    assert await asyncio.wait_for(heard.get(), 180) == ("two:7", "frame {}")
    assert await one.alive("two")
    assert not await one.alive("three")
    await asyncio.gather(one.close(), two.close())


async def test_redis_drops_forged_and_repeated_entries(redis_url: str) -> None:
    honest, victim = (RedisRegistry(redis_url, KEY, prefix="forged") for _ in range(2))
    forger = RedisRegistry(redis_url, bytes(32), prefix="forged")
    heard: asyncio.Queue[str] = asyncio.Queue()

    async def hear(_address: str, text: str) -> None:
        await heard.put(text)

    await victim.open("victim", hear)
    raw = Redis.from_url(redis_url, decode_responses=True)
    await honest.post("victim", "victim:1", "frame good")
    assert await asyncio.wait_for(heard.get(), 180) == "frame good"
    ((_, entry),) = await raw.xrange("forged:post:victim")
    for _ in range(100):
        await raw.xadd("forged:post:victim", entry)
        await raw.xadd("forged:post:victim", {**entry, "text": "frame evil", "number": "99"})
        await raw.xadd("forged:post:victim", {"text": "frame evil"})
        await forger.post("victim", "victim:1", "frame evil")
    await honest.post("victim", "victim:1", "frame last")

    assert await asyncio.wait_for(heard.get(), 180) == "frame last"
    await asyncio.gather(honest.close(), victim.close(), forger.close(), raw.aclose())
