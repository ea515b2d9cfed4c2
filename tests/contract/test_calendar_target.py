"""One suite for every calendar: memory, Radicale, Xandikos, the stand-in as others are."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from calendar_sync.caldav_target import CalDavTarget
from calendar_sync.event_format import EventFacts, build_event, merge_event, read_event
from calendar_sync.memory_target import MemoryTarget
from calendar_sync.mirror import Held, Settled, Wanted, begin, decide, new_mirror
from calendar_sync.target import (
    Alive,
    AuthFailed,
    CalendarTarget,
    Changed,
    Exists,
    Found,
    Gone,
    Missing,
    Removed,
    Stored,
    Written,
)
from server.jobs.calendars import _perform
from tests.calendar_servers import CalendarServer, radicale, xandikos
from tests.stand_in.quirks import Flap, Hrefs, InTurn, Quirks, Tags, Trash, UidCheck
from tests.stand_in.server import StandIn
from tests.stand_in_caldav import Running, stand_in

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def radicale_server() -> Iterator[CalendarServer]:
    with radicale() as server:
        yield server


@pytest.fixture(scope="module")
def xandikos_server() -> Iterator[CalendarServer]:
    with xandikos() as server:
        yield server


# Each is as good as its word: where a condition is ignored, no client can keep this contract.
NATURES = {
    "no quirk": Quirks(),
    "no tag on PUT": Quirks(tags=Tags.NONE_ON_PUT),
    "weak tag on PUT": Quirks(tags=Tags.WEAK_ON_PUT),
    "rewrites": Quirks(rewrites=True),
    "taken UID 412": Quirks(uid_check=UidCheck.PRECONDITION),
    "taken UID 403": Quirks(uid_check=UidCheck.FORBIDDEN),
    "taken UID 400": Quirks(uid_check=UidCheck.BAD_REQUEST),
    "no sync token": Quirks(sync_token=False),
    "answers with everything": Quirks(uid_query=False),
    "absolute names": Quirks(hrefs=Hrefs.ABSOLUTE),
}


@pytest.fixture(params=["memory", "radicale", "xandikos", *NATURES])
async def target(request: pytest.FixtureRequest) -> AsyncIterator[CalendarTarget]:
    if request.param == "memory":
        yield MemoryTarget()
        return
    if request.param in NATURES:
        async with stand_in(StandIn(quirks=NATURES[request.param])) as running:
            caldav = target_of(running)
            yield caldav
            await caldav.close()
        return
    server: CalendarServer = request.getfixturevalue(f"{request.param}_server")
    caldav = target_of(server)
    yield caldav
    await caldav.close()


def target_of(server: CalendarServer | Running, **changed: str) -> CalDavTarget:
    return CalDavTarget(
        changed.get("url", server.calendar_url),
        user_name=server.user,
        password=changed.get("password", server.password),
        allow_private_hosts=(server.host,),
    )


def facts(revision: int = 1) -> EventFacts:
    start = datetime(2027, 3, 2, 13, tzinfo=UTC)
    return EventFacts(
        uid=f"{uuid4()}-1@tweespraak.example",
        meeting="m",
        revision=revision,
        summary="Gesprek (T-1234)",
        description="https://tweespraak.example/meetings/m",
        starts_at=start,
        ends_at=start + timedelta(minutes=45),
        zone="Europe/Amsterdam",
        stamp=datetime(2027, 3, 1, tzinfo=UTC),
    )


def name(event: EventFacts) -> str:
    return f"{event.uid}.ics"


async def tag_of(target: CalendarTarget, href: str) -> str:
    stored = await target.get(href)
    assert isinstance(stored, Stored)
    assert stored.etag is not None
    return stored.etag


async def test_check_calendar_there(target: CalendarTarget) -> None:
    assert await target.check() == Alive()


async def test_get_nothing_there(target: CalendarTarget) -> None:
    assert await target.get(f"{uuid4()}.ics") == Missing()


async def test_create_then_get_gives_the_event_and_its_tag(target: CalendarTarget) -> None:
    event = facts()
    written = await target.create(name(event), build_event(event))
    assert isinstance(written, Written)
    stored = await target.get(name(event))
    assert isinstance(stored, Stored)
    assert written.etag == stored.etag
    assert read_event(stored.ics).uid == event.uid


async def test_create_twice_exists_and_keeps_the_first(target: CalendarTarget) -> None:
    event = facts()
    await target.create(name(event), build_event(event))
    before = await tag_of(target, name(event))
    assert await target.create(name(event), build_event(replace(event, revision=2))) == Exists()
    assert await tag_of(target, name(event)) == before


async def test_create_same_uid_under_another_name_exists(target: CalendarTarget) -> None:
    event = facts()
    await target.create(name(event), build_event(event))
    assert await target.create(f"{uuid4()}.ics", build_event(event)) == Exists()


async def test_update_with_the_right_tag(target: CalendarTarget) -> None:
    event = facts()
    await target.create(name(event), build_event(event))
    before = await target.get(name(event))
    assert isinstance(before, Stored)
    assert before.etag is not None
    later = replace(event, revision=2, starts_at=event.starts_at + timedelta(hours=1))
    merged = merge_event(read_event(before.ics), later)
    answer = await target.update(name(event), merged, etag=before.etag)
    assert isinstance(answer, Written)
    after = await target.get(name(event))
    assert isinstance(after, Stored)
    assert after.etag != before.etag
    assert read_event(after.ics).revision == 2


async def test_update_with_an_old_tag_changes_nothing(target: CalendarTarget) -> None:
    event = facts()
    await target.create(name(event), build_event(event))
    before = await tag_of(target, name(event))
    answer = await target.update(
        name(event), build_event(replace(event, revision=2)), etag='"of-another-time"'
    )
    assert answer == Changed()
    assert await tag_of(target, name(event)) == before


async def test_update_nothing_there_makes_nothing(target: CalendarTarget) -> None:
    event = facts()
    answer = await target.update(name(event), build_event(event), etag='"of-another-time"')
    assert answer in (Missing(), Changed())
    assert await target.get(name(event)) == Missing()


async def test_remove_with_the_right_tag(target: CalendarTarget) -> None:
    event = facts()
    await target.create(name(event), build_event(event))
    assert await target.remove(name(event), etag=await tag_of(target, name(event))) == Removed()
    assert await target.get(name(event)) == Missing()


async def test_remove_with_an_old_tag_changes_nothing(target: CalendarTarget) -> None:
    event = facts()
    await target.create(name(event), build_event(event))
    assert await target.remove(name(event), etag='"of-another-time"') == Changed()
    assert isinstance(await target.get(name(event)), Stored)


async def test_remove_nothing_there(target: CalendarTarget) -> None:
    answer = await target.remove(f"{uuid4()}.ics", etag='"of-another-time"')
    assert answer in (Missing(), Changed())


async def test_event_is_found_by_its_uid_under_whatever_name(target: CalendarTarget) -> None:
    event, other = facts(), facts()
    await target.create(name(other), build_event(other))
    assert await target.find(event.uid) == Missing()
    strange = f"{uuid4()}.ics"
    await target.create(strange, build_event(event))
    assert await target.find(event.uid) == Found(href=strange)


@pytest.mark.parametrize("flap", [Flap.EMPTY, Flap.FORBIDDEN])
async def test_one_empty_or_refused_answer_hides_no_event(flap: Flap) -> None:
    event = facts()
    async with stand_in() as running:
        target = target_of(running)
        await target.create(name(event), build_event(event))
        running.server.schedule = InTurn([flap])
        assert await target.find(event.uid) == Found(href=name(event))
        await target.close()


async def test_calendar_that_is_not_there_is_gone(radicale_server: CalendarServer) -> None:
    event = facts()
    url = radicale_server.calendar_url.replace("/diary/", "/nowhere/")
    target = target_of(radicale_server, url=url)
    assert isinstance(await target.check(), Gone)
    assert isinstance(await target.create(name(event), build_event(event)), Gone)
    await target.close()


async def test_wrong_password_is_told_apart(radicale_server: CalendarServer) -> None:
    event = facts()
    target = target_of(radicale_server, password="wrong")
    assert isinstance(await target.check(), AuthFailed)
    assert isinstance(await target.create(name(event), build_event(event)), AuthFailed)
    await target.close()


@pytest.mark.parametrize("trash", [Trash.BAD_REQUEST, Trash.FORBIDDEN])
async def test_row_19_event_whose_uid_lies_in_a_trash_bin_comes_as_a_new_generation(
    trash: Trash,
) -> None:
    mirror = new_mirror(meeting="m", domain="tweespraak.example")
    wanted = Wanted(revision=1, facts=facts())
    async with stand_in(StandIn(quirks=Quirks(trash=trash))) as running:
        target = target_of(running)
        there = await target.create(mirror.href, build_event(replace(facts(), uid=mirror.uid)))
        assert isinstance(there, Written)
        assert there.etag is not None
        assert await target.remove(mirror.href, etag=there.etag) == Removed()

        mirror, step = begin(mirror, wanted)
        while not isinstance(step, Settled | Held):
            mirror, step = decide(mirror, wanted, step, await _perform(target, step))

        assert (step, mirror.generation) == (Settled(), 2)
        assert isinstance(await target.get(mirror.href), Stored)
        await target.close()
