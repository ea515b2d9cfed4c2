"""One suite for every calendar that is read: memory, Radicale, Xandikos."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from calendar_sync.caldav_source import CalDavSource
from calendar_sync.caldav_target import CalDavTarget
from calendar_sync.memory_source import MemorySource
from calendar_sync.memory_target import MemoryTarget
from calendar_sync.reading import (
    FETCH_AT_ONCE,
    MAX_OBJECT_BYTES,
    Changes,
    Fetched,
    Listing,
    TokenRefused,
)
from calendar_sync.target import (
    AuthFailed,
    CalendarTarget,
    Gone,
    Removed,
    Written,
)
from tests.calendar_servers import PASSWORD, CalendarServer, make_calendar, radicale, xandikos

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def radicale_server() -> Iterator[CalendarServer]:
    with radicale() as server:
        yield server


@pytest.fixture(scope="module")
def xandikos_server() -> Iterator[CalendarServer]:
    with xandikos() as server:
        yield server


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """The same new and empty calendar, to read and for somebody else to write."""

    source: CalDavSource | MemorySource
    other: CalendarTarget

    async def put(self, name: str = "", *, summary: str = "x", padding: str = "") -> str:
        name = name or f"{uuid4()}.ics"
        written = await self.other.create(name, event(name, summary=summary, padding=padding))
        assert isinstance(written, Written)
        return name

    async def drop(self, name: str) -> None:
        fetched = await self.source.fetch([name])
        assert isinstance(fetched, Fetched)
        tag = fetched.objects[name].etag
        assert tag is not None
        assert await self.other.remove(name, etag=tag) == Removed()

    async def first(self) -> Changes:
        return await self.since(None)

    async def since(self, token: str | None) -> Changes:
        changes = await self.source.changes(token)
        assert isinstance(changes, Changes)
        return changes


def event(uid: str, *, summary: str = "x", padding: str = "") -> bytes:
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//somebody else//",
        "BEGIN:VEVENT",
        f"UID:{uid}",
        "DTSTAMP:20270301T090000Z",
        "DTSTART:20270302T130000Z",
        "DTEND:20270302T140000Z",
        f"SUMMARY:{summary}",
        *([f"DESCRIPTION:{padding}"] if padding else []),
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
    return "\r\n".join(lines).encode()


def source_at(url: str, *, password: str = PASSWORD, seconds: float = 120) -> CalDavSource:
    return CalDavSource.at(
        url,
        user_name="anna",
        password=password,
        allow_private_hosts=("127.0.0.1",),
        total_seconds=seconds,
    )


@pytest.fixture(params=["memory", "radicale", "xandikos"])
async def both(request: pytest.FixtureRequest) -> AsyncIterator[Both]:
    if request.param == "memory":
        memory = MemoryTarget()
        yield Both(source=MemorySource(memory), other=memory)
        return
    server: CalendarServer = request.getfixturevalue(f"{request.param}_server")
    url = server.calendar_url.replace("/diary/", f"/{uuid4().hex}/")
    make_calendar(url)
    source = source_at(url)
    other = CalDavTarget(
        url, user_name=server.user, password=server.password, allow_private_hosts=("127.0.0.1",)
    )
    yield Both(source=source, other=other)
    await source.close()
    await other.close()


async def test_first_changes_are_everything_and_the_next_nothing(both: Both) -> None:
    names = {await both.put() for _ in range(3)}

    first = await both.first()
    again = await both.since(first.token)

    assert set(first.changed) == names
    assert all(first.changed.values())
    assert (dict(again.changed), again.removed) == ({}, frozenset())


async def test_a_round_without_changes_is_one_request(both: Both) -> None:
    await both.put()
    first = await both.first()

    assert first.requests <= 2  # the second asks how to authenticate
    assert (await both.since(first.token)).requests == 1


async def test_changes_tell_new_changed_and_removed_apart(both: Both) -> None:
    kept, changed, dropped = [await both.put() for _ in range(3)]
    first = await both.first()
    fetched = await both.source.fetch([changed])
    assert isinstance(fetched, Fetched)
    tag = fetched.objects[changed].etag
    assert tag is not None
    await both.other.update(changed, event(changed, summary="moved"), etag=tag)
    await both.drop(dropped)
    new = await both.put()

    told = await both.since(first.token)

    assert set(told.changed) == {changed, new}
    assert dropped in told.removed
    assert kept not in {*told.changed, *told.removed}
    assert not told.cut


async def test_tags_are_the_same_by_changes_listing_and_fetch(both: Both) -> None:
    name = await both.put()

    told, listed = await both.first(), await both.source.listing()
    fetched = await both.source.fetch([name])

    assert isinstance(listed, Listing)
    assert isinstance(fetched, Fetched)
    assert told.changed[name] == listed.tags[name] == fetched.objects[name].etag
    assert dict(listed.tags) == dict(told.changed)


async def test_the_token_of_a_listing_tells_what_changed_after_it(both: Both) -> None:
    await both.put()
    listed = await both.source.listing()
    assert isinstance(listed, Listing)
    assert listed.token

    new = await both.put()

    assert set((await both.since(listed.token)).changed) == {new}


async def test_our_own_write_comes_back_with_the_tag_it_was_given(both: Both) -> None:
    first = await both.first()
    name = f"{uuid4()}.ics"
    written = await both.other.create(name, event(name))

    told = await both.since(first.token)

    assert isinstance(written, Written)
    assert told.changed == {name: written.etag}


async def test_a_token_that_was_never_given_is_refused(both: Both) -> None:
    await both.put()
    assert isinstance(await both.source.changes("http://radicale.org/ns/sync/0a1b"), TokenRefused)


async def test_initial_changes_with_removed_ones_among_them_list_what_is_there(both: Both) -> None:
    gone, there = await both.put(), await both.put()
    await both.first()
    await both.drop(gone)

    told = await both.first()

    assert set(told.changed) == {there}


async def test_fetch_more_than_one_request_holds(both: Both) -> None:
    names = [await both.put() for _ in range(FETCH_AT_ONCE + 3)]

    fetched = await both.source.fetch(names)

    assert isinstance(fetched, Fetched)
    assert set(fetched.objects) == set(names)
    assert fetched.missing == frozenset()
    assert fetched.requests <= 3


async def test_fetch_tells_what_is_missing(both: Both) -> None:
    there, absent = await both.put(), f"{uuid4()}.ics"

    fetched = await both.source.fetch([there, absent])

    assert isinstance(fetched, Fetched)
    assert set(fetched.objects) == {there}
    assert fetched.missing == {absent}


async def test_names_with_marks_are_found_again(both: Both) -> None:
    name = await both.put(f"café & {uuid4()}@thuis 100%.ics")

    told = await both.first()
    fetched = await both.source.fetch([name])

    assert set(told.changed) == {name}
    assert isinstance(fetched, Fetched)
    assert set(fetched.objects) == {name}


async def test_an_object_as_large_as_is_read_at_all(both: Both) -> None:
    name = await both.put(padding="x" * (MAX_OBJECT_BYTES // 2))

    fetched = await both.source.fetch([name])

    assert isinstance(fetched, Fetched)
    assert len(fetched.objects[name].ics) > MAX_OBJECT_BYTES // 2


async def test_empty_calendar_is_a_listing_of_nothing(both: Both) -> None:
    listed = await both.source.listing()
    assert isinstance(listed, Listing)
    assert dict(listed.tags) == {}


async def test_wrong_password_and_absent_calendar_are_told_apart(
    radicale_server: CalendarServer,
) -> None:
    wrong = source_at(radicale_server.calendar_url, password="wrong")
    absent = source_at(radicale_server.calendar_url.replace("/diary/", "/nowhere/"))

    for source, kind in ((wrong, AuthFailed), (absent, Gone)):
        assert isinstance(await source.changes(None), kind | TokenRefused)
        assert isinstance(await source.listing(), kind)
        await source.close()


async def test_a_part_of_a_day_names_what_touches_it(both: Both) -> None:
    name = await both.put()  # 2 March 2027, 13.00 to 14.00 UTC
    listing = await both.source.listing()
    day = datetime(2027, 3, 2, tzinfo=UTC)

    during = await both.source.between(day + timedelta(hours=13.5), day + timedelta(hours=13.75))
    after = await both.source.between(day + timedelta(hours=14), day + timedelta(hours=15))

    assert isinstance(listing, Listing)
    assert isinstance(during, Listing)
    assert isinstance(after, Listing)
    assert during.tags == {name: listing.tags[name]}
    assert after.tags == {} or isinstance(both.source, MemorySource)  # which may name more
