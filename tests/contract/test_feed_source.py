"""A foreign feed over the line: what is believed, what is asked again, what is never followed."""

import gzip
import resource
from pathlib import Path

import pytest
from aiohttp import web

from calendar_sync.feed_source import FeedSource, plain_address
from calendar_sync.reading import Changes, Fetched, Listing, TokenRefused
from calendar_sync.target import Failure, Forbidden, Garbage, Gone, Silent, Temporary, Untrusted
from tests.hostile_calendars import END, START, event, one_event
from tests.wire.odd_servers import Answer, body, circle, hang, odd_server, self_signed, status

pytestmark = pytest.mark.contract
FEED = event(START, END, uid="one", before=one_event(START, END, uid="two")).decode()
ALLOWED = ("127.0.0.1",)


def source(url: str, *, seconds: float = 120) -> FeedSource:
    return FeedSource(url, allow_private_hosts=ALLOWED, total_seconds=seconds)


async def all_of(feed: FeedSource) -> Changes:
    told = await feed.changes(None)
    assert isinstance(told, Changes), told
    return told


async def test_whole_feed_is_given_an_object_for_each_uid() -> None:
    async with odd_server(body(FEED, code=200, kind="text/calendar")) as server:
        feed = source(server.url)
        told = await all_of(feed)
        got = await feed.fetch([*told.changed, "unknown"])

    assert isinstance(got, Fetched)
    assert len(told.changed) == len(got.objects) == 2
    assert got.missing == {"unknown"}
    assert [method for method, _, _ in server.seen] == ["GET"]
    assert {sent for _, _, sent in server.seen} == {""}


async def test_tag_and_date_are_sent_back_and_304_is_no_change() -> None:
    asked: list[tuple[str, str]] = []
    marks = {"ETag": '"a"', "Last-Modified": "Mon, 01 Mar 2027 08:00:00 GMT"}

    async def answer(request: web.Request) -> web.Response:
        sent = request.headers.get("If-None-Match", ""), request.headers.get("If-Modified-Since")
        asked.append((sent[0], sent[1] or ""))
        same = sent[0] == '"a"'
        return web.Response(status=304 if same else 200, text="" if same else FEED, headers=marks)

    async with odd_server(answer) as server:
        first = await all_of(source(server.url))
        again = await source(server.url).changes(first.token)

    assert again == Changes(token=first.token, changed={}, removed=frozenset())
    assert asked == [("", ""), ('"a"', "Mon, 01 Mar 2027 08:00:00 GMT")]


async def test_only_the_moment_of_asking_differs_is_no_change() -> None:
    count = 0

    async def answer(_request: web.Request) -> web.Response:
        nonlocal count
        count += 1
        stamped = FEED.replace("BEGIN:VEVENT", f"BEGIN:VEVENT\r\nDTSTAMP:2027030{count}T080000Z")
        return web.Response(text=stamped)

    async with odd_server(answer) as server:
        first = await all_of(source(server.url))
        again = await source(server.url).changes(first.token)

    assert isinstance(again, Changes)
    assert not again.changed


async def test_other_contents_refuse_the_token_and_are_asked_once() -> None:
    feeds = iter([FEED, event(START, END, uid="one").decode()])

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text=next(feeds))

    async with odd_server(answer) as server:
        first = await all_of(source(server.url))
        feed = source(server.url)
        refused = await feed.changes(first.token)
        everything = await all_of(feed)
        listed = await feed.listing()

    assert isinstance(refused, TokenRefused)
    assert isinstance(listed, Listing)
    assert dict(listed.tags) == dict(everything.changed)
    assert len(listed.tags) == 1


async def test_token_that_nobody_can_read_is_as_none() -> None:
    async with odd_server(body(FEED, code=200)) as server:
        for token in ("", "[]", "[1,2]", "{", "null", '{"a": 1}'):
            assert isinstance(await source(server.url).changes(token), TokenRefused)


REFUSED: dict[str, tuple[Answer, type[Failure], str]] = {
    "html": (body("<!doctype html><html>Log in", code=200), Garbage, "a web page"),
    "json": (body("{}", code=200), Garbage, "no calendar"),
    "empty": (body("", code=200), Garbage, "no calendar"),
    "cut": (body(FEED[:-15], code=200), Garbage, "cut_off"),
    "401": (status(401, **{"WWW-Authenticate": 'Basic realm="x"'}), Gone, "not there"),
    "404": (status(404), Gone, "not there"),
    "410": (status(410), Gone, "not there"),
    "429": (status(429, **{"Retry-After": "60"}), Temporary, ""),
    "500": (status(500), Temporary, "500"),
    "304 unasked": (status(304), Temporary, "without being asked"),
    "round": (circle, Garbage, "round"),
    "inner": (status(302, Location="http://169.254.169.254/latest/"), Forbidden, ""),
    "file": (status(302, Location="file:///etc/passwd"), Forbidden, ""),
    "nowhere": (status(302), Garbage, "round"),
    "other port": (status(302, Location="https://example.org:22/"), Forbidden, "port"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_no_feed_is_told_and_its_address_is_not(name: str) -> None:
    answer, kind, words = REFUSED[name]
    async with odd_server(answer) as server:
        feed = source(f"{server.url}secret-part/basic.ics")
        said = [await feed.look() if name != "cut" else None, await feed.listing()]

    for failure in filter(None, said):
        assert isinstance(failure, kind), failure
        assert words in failure.reason
        assert "secret-part" not in failure.reason
    assert len(server.seen) <= 2 * 4


async def test_redirects_are_followed_three_times_at_most() -> None:
    async def answer(request: web.Request) -> web.Response:
        left = int(request.path.rpartition("/")[2])
        if left:
            return web.Response(status=302, headers={"Location": f"/{left - 1}"})
        return web.Response(text=FEED)

    async with odd_server(answer) as server:
        assert await source(f"{server.url}3").look() is None
        assert isinstance(await source(f"{server.url}4").look(), Garbage)


async def test_private_host_is_never_asked_unless_the_admin_trusts_it() -> None:
    async with odd_server(body(FEED, code=200)) as server:
        said = await FeedSource(server.url).look()

    assert isinstance(said, Forbidden)
    assert server.seen == []


async def test_silent_server_has_an_end() -> None:
    async with odd_server(hang) as server:
        assert isinstance(await source(server.url, seconds=0.3).look(), Silent)


async def test_certificate_is_checked(tmp_path: Path) -> None:
    async with odd_server(body(FEED, code=200), tls=self_signed(tmp_path)) as server:
        assert isinstance(await source(server.url).look(), Untrusted)


async def test_bomb_is_stopped_at_twenty_megabytes() -> None:
    bomb = gzip.compress(FEED[:-15].encode() + b"X-PAD:" + b"x" * 400_000_000, compresslevel=1)

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=bomb, headers={"Content-Encoding": "gzip"})

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with odd_server(answer) as server:
        said = await source(server.url).look()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

    assert isinstance(said, Garbage)
    assert "too large" in said.reason
    assert grown < 150_000, f"{grown} kB"


def test_webcal_is_another_word_for_https() -> None:
    assert plain_address(" webcal://a.example/b.ics#c ") == "https://a.example/b.ics"
    assert plain_address("WEBCALS://a.example") == "https://a.example"
    assert plain_address("https://a.example/?x=webcal") == "https://a.example/?x=webcal"
