"""Reading servers of every nature: after the rounds, what is known is what stands there."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from calendar_sync.caldav_source import CalDavSource
from server.usecases.context import Parts
from tests.calendar_rounds import Diary, change, connected, event, times
from tests.conftest import Clock
from tests.house_of_people import House
from tests.stand_in.quirks import BadToken, Flap, Hrefs, InTurn, Quirks, Seeded, Tags, calm
from tests.stand_in.server import StandIn
from tests.stand_in_caldav import Running, stand_in
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.wire
NATURES = {
    "without faults": Quirks(),
    "no sync token": Quirks(sync_token=False),
    "token 409": Quirks(bad_token=BadToken.CONFLICT),
    "token 410": Quirks(bad_token=BadToken.GONE),
    "token 412": Quirks(bad_token=BadToken.PRECONDITION),
    "token 207 with everything": Quirks(bad_token=BadToken.EVERYTHING),
    "token 207 with nothing": Quirks(bad_token=BadToken.NOTHING),
    "deletions not told": Quirks(tells_deletions=False),
    "cut with 507": Quirks(cut_at=3),
    "cut in silence": Quirks(cut_at=3, says_cut=False),
    "ghosts": Quirks(ghosts=12),
    "weak tags": Quirks(tags=Tags.WEAK),
    "absolute names": Quirks(hrefs=Hrefs.ABSOLUTE),
    "encoded names": Quirks(hrefs=Hrefs.ENCODED),
    "foreign names": Quirks(hrefs=Hrefs.FOREIGN),
}
AT_NIGHT_ONLY = ("token 207 with nothing", "deletions not told", "cut in silence")
START = datetime(2027, 3, 2, 8, tzinfo=UTC)


@pytest.fixture
async def running() -> AsyncIterator[Running]:
    async with stand_in() as opened:
        yield opened


async def diary_at(parts: Parts, house: House, running: Running) -> Diary:
    source = CalDavSource.at(
        running.calendar_url,
        user_name=running.user,
        password=running.password,
        allow_private_hosts=(running.host,),
        total_seconds=60,
    )
    diary = await connected(parts, (await house.coach()).id)
    return Diary(parts=parts, connection=diary.connection, source=source)


def put(server: StandIn, number: int, *, hours: int = 0) -> None:
    begins = START + timedelta(days=number, hours=hours)
    ends = begins + timedelta(minutes=45)
    name = f"{number}.ics"
    server.diary.put(
        name, event(f"u{number}", f"{begins:%Y%m%dT%H%M%SZ}", f"{ends:%Y%m%dT%H%M%SZ}")
    )


def somebody_edits(server: StandIn) -> None:
    for number in (2, 3, 4):
        put(server, number, hours=3)
    for number in (5, 6):
        server.diary.remove(f"{number}.ics")
    for number in (20, 21, 22, 23):
        put(server, number)


def expected(server: StandIn) -> list[tuple[datetime, datetime, str]]:
    found = []
    for kept in server.diary.objects.values():
        lines = dict(line.split(":", 1) for line in kept.data.decode().splitlines() if ":" in line)
        begins, ends = (
            datetime.strptime(lines[name], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            for name in ("DTSTART", "DTEND")
        )
        found.append((begins, ends, "hard"))
    return sorted(found)


@pytest.mark.parametrize("expired", [False, True], ids=["token holds", "token expired"])
@pytest.mark.parametrize("nature", NATURES)
async def test_what_is_known_is_what_stands_there(
    sqlite_parts: Parts,
    sqlite_house: House,
    running: Running,
    clock: Clock,
    nature: str,
    *,
    expired: bool,
) -> None:
    server = running.server
    server.behave(NATURES[nature])
    for number in range(12):
        put(server, number)
    diary = await diary_at(sqlite_parts, sqlite_house, running)
    assert (await diary.round()).outcome == "ok"
    assert await times(sqlite_parts) == expected(server)

    somebody_edits(server)
    if expired:
        server.diary.expire_tokens()
    clock.forward(minutes=11)
    assert (await diary.round()).outcome == "ok"
    if nature in AT_NIGHT_ONLY:
        assert (await diary.round(full=True)).outcome == "ok"

    assert await times(sqlite_parts) == expected(server)
    known = {one["href"] for one in await rows(sqlite_parts, "remote_object")}
    assert known == set(server.diary.objects)
    assert diary.source is not None
    await diary.source.close()


READING_FLAPS = (
    Flap.REFUSED,
    Flap.RESET,
    Flap.SERVER_ERROR,
    Flap.UNAVAILABLE,
    Flap.TOO_MANY,
    Flap.UNAUTHORIZED,
    Flap.FORBIDDEN,
    Flap.NOT_FOUND,
    Flap.MOVED,
    Flap.PAGE,
    Flap.BROKEN_XML,
    Flap.EMPTY,
)


@pytest.mark.parametrize("flap", READING_FLAPS)
async def test_a_round_that_goes_wrong_leaves_what_was_known_and_the_next_sets_it_right(
    sqlite_parts: Parts, sqlite_house: House, running: Running, flap: Flap
) -> None:
    server = running.server
    for number in range(12):
        put(server, number)
    diary = await diary_at(sqlite_parts, sqlite_house, running)
    await diary.round()
    before = await times(sqlite_parts)
    somebody_edits(server)

    for at in range(3):  # at the first request, the second, the third
        waiting = InTurn([flap])
        skipped = iter(range(at))

        def befalls(method: str, path: str) -> Flap | None:
            return None if next(skipped, None) is not None else waiting(method, path)  # noqa: B023 -- used at once

        server.schedule = befalls
        done = await diary.round()
        assert done.outcome != "mass_deletion"
        assert await times(sqlite_parts) in (before, expected(server))
        await change(diary, state="ok", paused_for=None)

    server.schedule = calm
    await diary.round()
    assert await times(sqlite_parts) == expected(server)
    assert diary.source is not None
    await diary.source.close()


@pytest.mark.parametrize("seed", [20271122])
async def test_forty_rounds_of_bad_luck_end_in_what_stands_there(
    sqlite_parts: Parts, sqlite_house: House, running: Running, clock: Clock, seed: int
) -> None:
    server = running.server
    server.schedule = Seeded(seed, share=0.3, kinds=READING_FLAPS)
    diary = await diary_at(sqlite_parts, sqlite_house, running)
    for number in range(40):
        put(server, number % 15, hours=number % 5)
        clock.forward(minutes=1)
        assert (await diary.round()).outcome != "mass_deletion"
    server.schedule = calm
    for _ in range(2):
        await diary.round()

    assert await times(sqlite_parts) == expected(server)
    assert len(await rows(sqlite_parts, "remote_object")) == len(server.diary.objects)
    assert diary.source is not None
    await diary.source.close()
