"""A foreign feed from its page to the busy times, and what becomes of it when it changes."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from calendar_sync.reading_pool import ReadingPool
from server.app import build_app
from server.jobs.sync import Syncing
from server.usecases.context import Parts
from server.usecases.reading_round import Round
from tests.hostile_calendars import END, event, one_event
from tests.house_of_people import House
from tests.visitor import Seen, Visitor
from tests.wire.odd_servers import OddServer, odd_server
from tests.wire.test_pages_of_calendars import sqlite_parts  # noqa: F401 -- a fixture
from tests.wire.worker_tools import rows

pytestmark = pytest.mark.wire
STARTS = "DTSTART:20270302T130000Z"


class Feed:
    """A feed that the test may change."""

    def __init__(self) -> None:
        self.holds(*(f"e{number}" for number in range(8)))
        self.answers = 0

    def holds(self, *uids: str) -> None:
        parts = [line for uid in uids[1:] for line in one_event(STARTS, END, uid=uid)]
        self.text = event(STARTS, END, uid=uids[0], before=parts).decode() if uids else EMPTY

    async def answer(self, request: web.Request) -> web.Response:
        self.answers += 1
        tag = f'"{hash(self.text)}"'
        same = request.headers.get("If-None-Match") == tag
        return web.Response(
            status=304 if same else 200, text=None if same else self.text, headers={"ETag": tag}
        )


EMPTY = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nEND:VCALENDAR\r\n"


@pytest.fixture
def feed() -> Feed:
    return Feed()


@pytest.fixture
async def server(feed: Feed) -> AsyncIterator[OddServer]:
    async with odd_server(feed.answer) as opened:
        yield opened


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:  # noqa: F811 -- the fixture
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def subscribe(visitor: Visitor, address: str, **fields: str) -> Seen:
    await visitor.open("/calendars/subscribe")
    return await visitor.press("//*[@id='subscribe']", name="Thuis", address=address, **fields)


async def read(parts: Parts, *, full: bool = False) -> Round:
    (connection,) = await rows(parts, "calendar_connection", kind="feed")
    async with ReadingPool() as reader:
        syncing = Syncing(parts, None)
        done = await syncing.visit_now(UUID(str(connection["id"])), reader, full=full)
        await syncing.finish()
    assert done is not None
    return done


async def test_feed_gives_busy_times_and_a_round_without_change_one_request(
    visitor: Visitor, sqlite_house: House, server: OddServer, feed: Feed
) -> None:
    coach = await sqlite_house.coach()
    await visitor.sign_in(coach)

    done = await subscribe(visitor, f"{server.url}private-3f0c/basic.ics")
    first = await read(visitor.parts)
    asked = feed.answers
    again = await read(visitor.parts)

    assert done.status == 200
    assert (first.outcome, first.changed) == ("ok", 8)
    assert (again.outcome, again.changed, feed.answers - asked) == ("ok", 0, 1)
    busy = await rows(visitor.parts, "busy", owner_id=coach.id)
    assert [one["kind"] for one in busy] == ["hard"] * 8


async def test_address_is_sealed_and_stands_in_no_page_and_no_log(
    visitor: Visitor, sqlite_house: House, server: OddServer
) -> None:
    await visitor.sign_in(await sqlite_house.coach())
    with capture_logs() as logs:
        done = await subscribe(visitor, f"{server.url}private-3f0c/basic.ics")
        await read(visitor.parts)
    shown = await visitor.open(done.path)
    (row,) = await rows(visitor.parts, "calendar_connection")

    assert row["calendar_url"].startswith("https://127.0.0.1")
    assert "private-3f0c" not in str({**row, "secret": ""}) + str(logs)
    assert b"private-3f0c" not in row["secret"]
    assert "private-3f0c" not in shown.text("//body")
    assert "127.0.0.1" in shown.text()
    assert not shown.has("//select[@name='role']")
    assert not shown.has("//input[@name='password']")


async def test_changes_follow_and_what_vanishes_is_let_go(
    visitor: Visitor, sqlite_house: House, server: OddServer, feed: Feed
) -> None:
    coach = await sqlite_house.coach()
    await visitor.sign_in(coach)
    await subscribe(visitor, server.url)
    await read(visitor.parts)

    feed.holds(*(f"e{number}" for number in range(6)), "new")
    done = await read(visitor.parts)

    assert (done.outcome, done.changed, done.removed) == ("ok", 1, 2)
    assert len(await rows(visitor.parts, "busy", owner_id=coach.id)) == 7


@pytest.mark.parametrize("full", [False, True])
async def test_feed_that_is_suddenly_empty_waits_for_a_person(
    visitor: Visitor, sqlite_house: House, server: OddServer, feed: Feed, *, full: bool
) -> None:
    coach = await sqlite_house.coach()
    await visitor.sign_in(coach)
    done = await subscribe(visitor, server.url)
    await read(visitor.parts)

    feed.holds()
    stopped = await read(visitor.parts, full=full)
    page = await visitor.open(done.path)

    assert stopped.outcome == "mass_deletion"
    assert len(await rows(visitor.parts, "busy", owner_id=coach.id)) == 8
    assert "Er verdween opeens veel" in page.text()
    await visitor.press("//*[@id='resume']")
    assert (await read(visitor.parts)).outcome == "ok"
    assert await rows(visitor.parts, "busy", owner_id=coach.id) == []


async def test_feed_that_becomes_a_web_page_keeps_its_times(
    visitor: Visitor, sqlite_house: House, server: OddServer, feed: Feed
) -> None:
    coach = await sqlite_house.coach()
    await visitor.sign_in(coach)
    done = await subscribe(visitor, server.url)
    await read(visitor.parts)

    feed.text = "<!doctype html><html>Log in</html>"
    for _ in range(3):
        await read(visitor.parts)
    page = await visitor.open(done.path)

    assert len(await rows(visitor.parts, "busy", owner_id=coach.id)) == 8
    assert "Dit adres geeft geen agenda meer" in page.text()
    feed.holds(*(f"e{number}" for number in range(7)))
    await visitor.press("//*[@id='repair']", address=f"{server.url}new.ics")
    assert (await read(visitor.parts)).outcome == "ok"
    assert len(await rows(visitor.parts, "busy", owner_id=coach.id)) == 7


async def test_same_address_connects_once_and_again_after_letting_go(
    visitor: Visitor, sqlite_house: House, server: OddServer
) -> None:
    await visitor.sign_in(await sqlite_house.coach())
    await subscribe(visitor, server.url)
    twice = await subscribe(visitor, server.url)
    (row,) = await rows(visitor.parts, "calendar_connection")
    await visitor.open(f"/calendars/{row['id']}")
    await visitor.press("//*[@id='remove']")
    (let_go,) = await rows(visitor.parts, "calendar_connection")
    again = await subscribe(visitor, server.url)

    assert (twice.status, twice.problem) == (422, "calendar_twice")
    assert let_go["secret"] == b""
    assert again.path == f"/calendars/{row['id']}"
    assert (await read(visitor.parts)).outcome == "ok"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("", "field_missing"),
        ("#", "field_missing"),
        ("http://localhost:8080/feeds/x.ics", "feed_own"),
        ("http://169.254.169.254/x.ics", "calendar_address_refused"),
        ("ftp://example.org/x.ics", "calendar_address_refused"),
        ("https://user:secret@example.org/", "calendar_address_refused"),
        ("https://[::1", "calendar_address_refused"),
        ("basic.ics", "calendar_address_refused"),
        ("https://a.example/" + "x" * 1000, "calendar_field_long"),
        ("SERVER/404", "feed_gone"),
        ("SERVER/html", "feed_no_calendar"),
    ],
)
async def test_address_that_cannot_be_is_told_in_one_sentence(
    visitor: Visitor, sqlite_house: House, address: str, code: str
) -> None:
    await visitor.sign_in(await sqlite_house.coach())

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=404 if "404" in request.path else 200, text="<html>")

    async with odd_server(answer) as odd:
        seen = await subscribe(visitor, address.replace("SERVER/", odd.url))

    assert (seen.status, seen.problem) == (422, code)
    assert seen.value("name") == "Thuis"
    assert await rows(visitor.parts, "calendar_connection") == []


async def test_feed_can_never_be_written_to_or_asked_with_a_password(
    visitor: Visitor, sqlite_house: House, server: OddServer
) -> None:
    await visitor.sign_in(await sqlite_house.coach())
    done = await subscribe(visitor, server.url)
    await visitor.open(done.path)

    changed = await visitor.press("//*[@id='change']", role="both")
    await visitor.open(done.path)
    body = f"csrf={visitor.seen.value('csrf')}&address={server.url}&user_name=a&password=b"
    repaired = await visitor.post(f"{done.path}/repair", body)

    assert (changed.status, changed.problem) == (422, "calendar_read_only")
    assert repaired.status == 404
    assert [one["role"] for one in await rows(visitor.parts, "calendar_connection")] == ["busy"]


async def test_coach_reads_feeds_for_nobody_else(visitor: Visitor, sqlite_house: House) -> None:
    coach, other = await sqlite_house.coach(), await sqlite_house.coach()
    await visitor.sign_in(coach)

    for owner in (f"staff:{other.id}", "all", "nobody"):
        seen = await subscribe(visitor, "https://example.org/x.ics", owner=owner)
        assert seen.status in (403, 422), owner
    assert await rows(visitor.parts, "calendar_connection") == []
