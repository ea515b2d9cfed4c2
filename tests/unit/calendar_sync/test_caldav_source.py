"""What a CalDAV server may say, and what of it is believed: a server that answers as told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import web

from calendar_sync.caldav_source import CalDavSource
from calendar_sync.reading import (
    MAX_OBJECT_BYTES,
    Changes,
    Fetched,
    Listing,
    TokenRefused,
)
from calendar_sync.target import (
    AuthFailed,
    Failure,
    Garbage,
    Gone,
    Temporary,
)
from tests.contract.test_calendar_source import source_at

pytestmark = pytest.mark.wire

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
    source = source_at(f"http://127.0.0.1:{runner.addresses[0][1]}/dav/anna/diary/", seconds=60)
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


async def fetched_of(number: int, size: int) -> tuple[Fetched, list[int]]:
    """What is taken of so many objects of `size` bytes, and how many each request asked for."""
    data, asked_for = "x" * size, []

    def handler(_request: web.Request, body: bytes) -> web.StreamResponse:
        asked = [n for n in range(number) if f"/{n}.ics".encode() in body]
        if asked:  # else a first word of a new connection
            asked_for.append(len(asked))
        return multistatus(*(member(f"/dav/anna/diary/{n}.ics", data=data) for n in asked))

    async with answering(handler) as source:
        fetched = await source.fetch([f"{n}.ics" for n in range(number)])
    assert isinstance(fetched, Fetched)
    return fetched, asked_for


async def test_an_answer_of_more_than_ten_megabytes_is_asked_for_in_halves() -> None:
    fetched, asked_for = await fetched_of(16, MAX_OBJECT_BYTES * 9 // 10)

    assert set(fetched.objects) == {f"{n}.ics" for n in range(16)}
    assert asked_for == [16, 8, 8]


async def test_objects_that_are_too_large_are_not_kept() -> None:
    fetched, _ = await fetched_of(3, MAX_OBJECT_BYTES + 1)

    assert not fetched.objects
    assert fetched.too_large == {f"{n}.ics" for n in range(3)}


async def test_what_comes_beyond_twenty_megabytes_is_left_for_another_time() -> None:
    fetched, asked_for = await fetched_of(60, MAX_OBJECT_BYTES * 9 // 10)

    assert asked_for == [60, 30, 15, 7, 7, 7, 7]
    assert set(fetched.objects) == {f"{n}.ics" for n in range(28)}
    assert not fetched.too_large | fetched.missing


async def test_what_the_libraries_trip_over_is_an_answer_that_cannot_be_read() -> None:
    async def go_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 3000)
        with suppress(ConnectionError):
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(go_on, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        source = source_at(f"http://127.0.0.1:{port}/dav/anna/diary/", seconds=60)
        told = await source.listing()
        await source.close()
    assert isinstance(told, Garbage | Temporary)


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
