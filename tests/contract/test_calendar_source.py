"""One suite for every calendar that is read: memory, Radicale, Xandikos."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import pytest
from aiohttp import web

from calendar_sync.caldav_source import CalDavSource
from calendar_sync.caldav_target import CalDavTarget
from calendar_sync.memory_source import MemorySource
from calendar_sync.memory_target import MemoryTarget
from calendar_sync.reading import (
    FETCH_AT_ONCE,
    MAX_OBJECT_BYTES,
    CalendarSource,
    Changes,
    Fetched,
    Listing,
    TokenRefused,
)
from calendar_sync.target import (
    AuthFailed,
    CalendarTarget,
    Failure,
    Garbage,
    Gone,
    Removed,
    Temporary,
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

    source: CalendarSource
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


def source_at(url: str, *, password: str = PASSWORD, seconds: float = 30) -> CalDavSource:
    return CalDavSource(
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


Handler = Callable[[web.Request, bytes], web.StreamResponse]


@asynccontextmanager
async def answering(handler: Handler) -> AsyncIterator[CalDavSource]:
    """A server that says whatever `handler` makes up, and the calendar on it."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return handler(request, await request.read())

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    source = source_at(f"http://127.0.0.1:{runner.addresses[0][1]}/dav/anna/diary/", seconds=5)
    yield source
    await source.close()
    await runner.cleanup()


NEXT = "t2"


def multistatus(*responses: str, token: str = NEXT, head: str = "") -> web.Response:
    text = (
        f'<?xml version="1.0"?>{head}<d:multistatus xmlns:d="DAV:" '
        f'xmlns:c="urn:ietf:params:xml:ns:caldav">{"".join(responses)}'
        f"<d:sync-token>{token}</d:sync-token></d:multistatus>"
    )
    return web.Response(text=text, content_type="application/xml", status=207)


def member(href: str, etag: str | None = '"1"', data: str = "") -> str:
    tag = "" if etag is None else f"<d:getetag>{etag.replace(chr(34), '&quot;')}</d:getetag>"
    calendar = f"<c:calendar-data>{data}</c:calendar-data>" if data else ""
    return (
        f"<d:response><d:href>{href}</d:href><d:propstat><d:prop>{tag}{calendar}</d:prop>"
        "<d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )


def bare(href: str, status: str) -> str:
    return f"<d:response><d:href>{href}</d:href><d:status>HTTP/1.1 {status}</d:status></d:response>"


ITSELF = (
    "<d:response><d:href>/dav/anna/diary/</d:href><d:propstat><d:prop><d:resourcetype>"
    "<d:collection/></d:resourcetype></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat>"
    "</d:response>"
)


async def changes_told(*responses: str, **more: str) -> Changes | TokenRefused | Failure:
    async with answering(lambda _r, _b: multistatus(*responses, **more)) as source:
        return await source.changes("t1")


async def test_only_names_inside_this_collection_are_believed() -> None:
    told = await changes_told(
        member("/dav/anna/diary/own.ics"),
        member("http://127.0.0.1:5232/dav/anna/diary/absolute.ics"),
        member("http://evil.example/dav/anna/diary/theirs.ics"),
        member("//evil.example/dav/anna/diary/theirs2.ics"),
        member("/dav/piet/diary/theirs3.ics"),
        member("/dav/anna/diary/../../piet/diary/up.ics"),
        member("/dav/anna/diary/%2e%2e/up.ics"),
        member("/dav/anna/diary/%2e%2e"),
        member("/dav/anna/diary/folder/deeper.ics"),
        member("/dav/anna/diary/line%0abreak.ics"),
        member("/dav/anna/diary/%ff%fe.ics"),
        member("/dav/anna/diary/q.ics?x=1"),
        member(f"/dav/anna/diary/{'x' * 2000}.ics"),
    )

    assert isinstance(told, Changes)
    assert set(told.changed) == {"own.ics", "absolute.ics"}


async def test_an_answer_about_another_calendar_only_is_garbage() -> None:
    told = await changes_told(member("/dav/piet/diary/1.ics"), member("/dav/piet/diary/2.ics"))
    assert isinstance(told, Garbage)


async def test_a_cut_answer_says_so_and_gives_the_next_token() -> None:
    told = await changes_told(
        member("/dav/anna/diary/1.ics"), bare("/dav/anna/diary/", "507 Insufficient Storage")
    )
    assert isinstance(told, Changes)
    assert (told.cut, told.token, set(told.changed)) == (True, "t2", {"1.ics"})


async def test_tags_that_are_missing_weak_or_endless() -> None:
    told = await changes_told(
        member("/dav/anna/diary/none.ics", None),
        member("/dav/anna/diary/weak.ics", 'W/"7"'),
        member("/dav/anna/diary/endless.ics", "x" * 1000),
    )
    assert isinstance(told, Changes)
    assert told.changed == {"none.ics": None, "weak.ics": 'W/"7"', "endless.ics": None}


@pytest.mark.parametrize("status", [400, 403, 405, 409, 410, 412, 501, 507])
async def test_a_server_that_cannot_tell_changes_gets_a_listing(status: int) -> None:
    async with answering(lambda _r, _b: web.Response(status=status)) as source:
        assert isinstance(await source.changes("t1"), TokenRefused)


@pytest.mark.parametrize("token", ["", "x" * 2001])
async def test_an_answer_without_a_usable_token_gets_a_listing(token: str) -> None:
    told = await changes_told(member("/dav/anna/diary/1.ics"), token=token)
    assert isinstance(told, TokenRefused)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, AuthFailed), (404, Gone), (500, Temporary), (503, Temporary), (301, Garbage)],
)
async def test_what_a_status_means(status: int, kind: type) -> None:
    async with answering(
        lambda _r, _b: web.Response(status=status, headers={"Location": "http://169.254.169.254/"})
    ) as source:
        assert isinstance(await source.changes("t1"), kind)
        assert isinstance(await source.listing(), kind)
        assert isinstance(await source.fetch(["a.ics"]), kind)


async def test_retry_after_is_handed_on() -> None:
    async with answering(
        lambda _r, _b: web.Response(status=429, headers={"Retry-After": "120"})
    ) as source:
        answer = await source.changes("t1")
    assert isinstance(answer, Temporary)
    assert answer.retry_after == 120


BOMB = (
    '<!DOCTYPE m [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1 if n else str()};" * 10}">' for n in range(9))
    + "]>"
)


@pytest.mark.parametrize(
    "answer",
    [
        lambda: multistatus(head=BOMB),
        lambda: multistatus(head='<!DOCTYPE m SYSTEM "file:///etc/passwd">'),
        lambda: web.Response(status=207, text="<multistatus xmlns='DAV:'><resp"),
        lambda: web.Response(status=207, body=b"\x00\xff" * 50),
        lambda: web.Response(status=207, text="<x>" * 10_000 + "</x>" * 10_000),
        lambda: web.Response(status=200, text="<html>Welkom op ons gastnetwerk"),
        lambda: web.Response(status=207, body=b""),
    ],
    ids=["bomb", "outside", "broken", "bytes", "deep", "html", "nothing"],
)
async def test_an_answer_that_is_no_caldav_is_garbage(answer: Callable[[], web.Response]) -> None:
    async with answering(lambda _r, _b: answer()) as source:
        assert isinstance(await source.changes("t1"), Garbage)
        assert isinstance(await source.listing(), Garbage)
        assert isinstance(await source.fetch(["a.ics"]), Garbage)


async def test_a_listing_without_the_calendar_itself_is_no_listing() -> None:
    async with answering(lambda _r, _b: multistatus()) as source:
        assert isinstance(await source.listing(), Garbage)


async def test_a_listing_that_is_cut_is_no_listing() -> None:
    cut = bare("/dav/anna/diary/", "507 Insufficient Storage")
    async with answering(
        lambda _r, _b: multistatus(member("/dav/anna/diary/1.ics"), cut)
    ) as source:
        assert isinstance(await source.listing(), Garbage)


async def test_a_listing_leaves_folders_out() -> None:
    folder = ITSELF.replace("/diary/", "/diary/folder")
    async with answering(
        lambda _r, _b: multistatus(ITSELF, folder, member("/dav/anna/diary/1.ics"))
    ) as source:
        assert await source.listing() == Listing(tags={"1.ics": '"1"'}, requests=1)


async def test_an_object_that_was_not_asked_for_is_not_taken() -> None:
    async with answering(
        lambda _r, _b: multistatus(
            member("/dav/anna/diary/1.ics", data="BEGIN:VCALENDAR"),
            member("/dav/anna/diary/other.ics", data="BEGIN:VCALENDAR"),
        )
    ) as source:
        fetched = await source.fetch(["1.ics"])
    assert isinstance(fetched, Fetched)
    assert set(fetched.objects) == {"1.ics"}


async def test_what_a_multiget_leaves_out_is_asked_for_by_itself() -> None:
    def handler(request: web.Request, _body: bytes) -> web.StreamResponse:
        match request.method, request.path.rsplit("/", 1)[-1]:
            case "GET", "there.ics":
                return web.Response(body=b"BEGIN:VCALENDAR", headers={"ETag": '"5"'})
            case "GET", "broken.ics":
                return web.Response(status=500)
            case "GET", "endless.ics":
                return web.Response(body=b"x" * (MAX_OBJECT_BYTES + 1))
            case "GET", _:
                return web.Response(status=404)
        return multistatus(bare("/dav/anna/diary/broken.ics", "500 Oops"))

    async with answering(handler) as source:
        fetched = await source.fetch(["there.ics", "broken.ics", "endless.ics", "gone.ics"])
    assert isinstance(fetched, Fetched)
    assert set(fetched.objects) == {"there.ics"}
    assert (fetched.missing, fetched.too_large) == ({"gone.ics"}, {"endless.ics"})


async def test_an_answer_of_more_than_twenty_megabytes_is_asked_for_in_halves() -> None:
    large = "x" * (8 * 1024 * 1024)

    def handler(_request: web.Request, body: bytes) -> web.StreamResponse:
        asked = [n for n in range(6) if f"/{n}.ics".encode() in body]
        return multistatus(*(member(f"/dav/anna/diary/{n}.ics", data=large) for n in asked))

    async with answering(handler) as source:
        fetched = await source.fetch([f"{n}.ics" for n in range(6)])
    assert isinstance(fetched, Fetched)
    assert set(fetched.objects) == {f"{n}.ics" for n in range(6)}


async def test_a_server_that_hangs_is_given_up_in_time() -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    source = source_at(f"http://127.0.0.1:{port}/dav/", seconds=0.5)
    assert isinstance(await source.changes(None), Temporary)
    await source.close()
    server.close()
