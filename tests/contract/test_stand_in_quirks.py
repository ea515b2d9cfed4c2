"""The stand-in CalDAV server in each of its natures, and what befalls single requests."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import aiohttp
import pytest

from tests.stand_in.events import event_text, name_of
from tests.stand_in.plain_client import DAY, Client, plain_client
from tests.stand_in.quirks import (
    BadToken,
    Flap,
    Hrefs,
    InTurn,
    Quirks,
    Seeded,
    Tags,
    Trash,
    UidCheck,
    always,
)

pytestmark = pytest.mark.contract


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with plain_client() as opened:
        yield opened


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (BadToken.FORBIDDEN, 403),
        (BadToken.CONFLICT, 409),
        (BadToken.PRECONDITION, 412),
        (BadToken.GONE, 410),
        (BadToken.EVERYTHING, 207),
        (BadToken.NOTHING, 207),
    ],
)
async def test_token_that_is_not_valid(client: Client, kind: BadToken, status: int) -> None:
    client.server.behave(Quirks(bad_token=kind))
    client.server.fill(3, DAY)
    token = (await client.sync()).token
    client.server.diary.expire_tokens()
    answer = await client.sync(token)
    assert answer.status == status
    assert ("valid-sync-token" in answer.text) == (status in (403, 409, 412))
    assert len(answer.hrefs("200 OK")) == (3 if kind is BadToken.EVERYTHING else 0)


async def test_server_without_sync_token(client: Client) -> None:
    client.server.behave(Quirks(sync_token=False))
    assert (await client.sync()).status == 403
    told = await client.ask("PROPFIND", Depth="0")
    assert "sync-token" not in told.text
    assert "sync-collection" not in told.text


async def test_deletions_that_are_not_told(client: Client) -> None:
    client.server.fill(3, DAY)
    token = (await client.sync()).token
    client.server.diary.remove(name_of(1))
    assert (await client.sync(token)).hrefs("404") == [f"/calendars/anna/diary/{name_of(1)}"]
    client.server.behave(Quirks(tells_deletions=False))
    assert (await client.sync(token)).hrefs() == []


async def test_cut_without_507_loses_the_rest(client: Client) -> None:
    client.server.behave(Quirks(cut_at=2, says_cut=False))
    client.server.fill(5, DAY)
    first = await client.sync()
    assert (len(first.hrefs("200 OK")), "507" in first.text) == (2, False)
    assert (await client.sync(first.token)).hrefs() == []


async def test_ghosts_in_a_first_synchronisation(client: Client) -> None:
    client.server.behave(Quirks(ghosts=12))
    client.server.fill(3, DAY)
    first = await client.sync()
    assert (len(first.hrefs("200 OK")), len(first.hrefs("404"))) == (3, 12)
    assert (await client.sync(first.token)).hrefs() == []


async def test_limit_that_the_server_refuses(client: Client) -> None:
    client.server.behave(Quirks(limit_refused=True))
    answer = await client.sync(limit=1)
    assert (answer.status, "number-of-matches" in answer.text) == (507, True)


async def test_conditions_that_the_server_ignores(client: Client) -> None:
    client.server.behave(Quirks(if_none_match=False, if_match=False))
    await client.put(1, If_None_Match="*")
    assert (await client.put(1, revision=1, If_None_Match="*")).status == 204
    assert (await client.put(1, revision=2, If_Match='"old"')).status == 204
    assert (await client.ask("DELETE", name_of(1), If_Match='"old"')).status == 204


@pytest.mark.parametrize(
    ("tags", "on_put", "on_get"),
    [
        (Tags.STRONG, '"1-1"', '"1-1"'),
        (Tags.NONE_ON_PUT, None, '"1-1"'),
        (Tags.WEAK_ON_PUT, 'W/"1-1"', '"1-1"'),
        (Tags.WEAK, 'W/"1-1"', 'W/"1-1"'),
    ],
)
async def test_tags(client: Client, tags: Tags, on_put: str | None, on_get: str) -> None:
    client.server.behave(Quirks(tags=tags))
    assert (await client.put(1)).headers.get("ETag") == on_put
    assert (await client.ask("GET", name_of(1))).tag == on_get
    listed = (await client.sync()).text
    assert on_get in listed.replace("&quot;", '"')
    again = await client.put(1, revision=1, If_Match=on_get)
    assert again.status == (412 if tags is Tags.WEAK else 204)


async def test_server_that_changes_what_it_keeps_gives_no_tag(client: Client) -> None:
    client.server.behave(Quirks(rewrites=True))
    answer = await client.put(1)
    assert (answer.status, answer.headers.get("ETag")) == (201, None)
    kept = (await client.ask("GET", name_of(1))).text
    assert "PRODID:-//Stand-in//EN" in kept
    assert "X-STAND-IN-SEEN:1" in kept


async def test_write_that_is_seen_later(client: Client) -> None:
    client.server.behave(Quirks(delay=2))
    assert (await client.put(1)).status == 201
    assert (await client.ask("GET", name_of(1))).status == 404
    assert (await client.ask("GET", name_of(1))).status == 200


@pytest.mark.parametrize(
    ("check", "status", "words"),
    [
        (UidCheck.CONFLICT, 409, "no-uid-conflict"),
        (UidCheck.PRECONDITION, 412, "no-uid-conflict"),
        (UidCheck.FORBIDDEN, 403, "unique-scheduling-object-resource"),
        (UidCheck.BAD_REQUEST, 400, "uid already exists"),
        (UidCheck.ABSENT, 201, ""),
    ],
)
async def test_uid_that_stands_elsewhere(
    client: Client, check: UidCheck, status: int, words: str
) -> None:
    client.server.behave(Quirks(uid_check=check))
    await client.put(1)
    answer = await client.ask("PUT", "other.ics", event_text(1, first_day=DAY))
    assert (answer.status, words in answer.text) == (status, True)


@pytest.mark.parametrize(
    ("trash", "status"), [(Trash.FREE, 201), (Trash.BAD_REQUEST, 400), (Trash.FORBIDDEN, 403)]
)
async def test_uid_in_the_trash_bin(client: Client, trash: Trash, status: int) -> None:
    client.server.behave(Quirks(trash=trash))
    await client.put(1)
    await client.ask("DELETE", name_of(1))
    assert (await client.put(1)).status == status


async def test_hrefs(client: Client) -> None:
    uid = f"{uuid4()}-1@tweespraak.example"
    text = event_text(1, first_day=DAY).replace(b"event-00001@elsewhere.example", uid.encode())
    await client.ask("PUT", f"{uid}.ics", text)
    own = "/calendars/anna/diary/"
    assert (await client.sync()).hrefs("200 OK") == [f"{own}{uid}.ics"]
    client.server.behave(Quirks(hrefs=Hrefs.ENCODED))
    assert (await client.sync()).hrefs("200 OK") == [f"{own}{uid.replace('@', '%40')}.ics"]
    client.server.behave(Quirks(hrefs=Hrefs.ABSOLUTE))
    assert (await client.sync()).hrefs("200 OK") == [f"{client.running.calendar_url}{uid}.ics"]
    client.server.behave(Quirks(hrefs=Hrefs.FOREIGN))
    told = (await client.sync()).hrefs("200 OK")
    assert len(told) == 7
    assert "https://elsewhere.example/calendars/anna/diary/elsewhere.ics" in told


STATUS = {
    Flap.SERVER_ERROR: 500,
    Flap.SERVER_ERROR_AFTER: 500,
    Flap.UNAVAILABLE: 503,
    Flap.TOO_MANY: 429,
    Flap.UNAUTHORIZED: 401,
    Flap.FORBIDDEN: 403,
    Flap.NOT_FOUND: 404,
    Flap.PRECONDITION: 412,
    Flap.MOVED: 301,
    Flap.PAGE: 200,
    Flap.BROKEN_XML: 207,
    Flap.EMPTY: 207,
    Flap.WRONG_TAG: 201,
    Flap.SLOW: 201,
}
NO_ANSWER = (Flap.REFUSED, Flap.LOST, Flap.HANG, Flap.HANG_AFTER, Flap.RESET)
DONE = (Flap.LOST, Flap.HANG_AFTER, Flap.SERVER_ERROR_AFTER, Flap.WRONG_TAG, Flap.SLOW)


@pytest.mark.parametrize("flap", STATUS)
async def test_flap_that_is_answered(client: Client, flap: Flap) -> None:
    client.server.schedule = always(flap)
    answer = await client.put(1)
    assert answer.status == STATUS[flap]
    assert (name_of(1) in client.server.diary.objects) == (flap in DONE)
    assert ("Retry-After" in answer.headers) == (flap in (Flap.UNAVAILABLE, Flap.TOO_MANY))
    (seen,) = client.server.seen
    assert (seen.method, seen.status, seen.flap) == ("PUT", STATUS[flap], flap)


@pytest.mark.parametrize("flap", [flap for flap in NO_ANSWER if flap is not Flap.RESET])
async def test_flap_without_an_answer(client: Client, flap: Flap) -> None:
    client.server.schedule = always(flap)
    asking = asyncio.create_task(client.put(1))
    while not (client.server.seen or asking.done()):  # noqa: ASYNC110 -- a list is no event
        await asyncio.sleep(0.01)
    if flap in (Flap.HANG, Flap.HANG_AFTER):
        assert not asking.done()
        asking.cancel()
    with pytest.raises((aiohttp.ClientError, asyncio.CancelledError)):
        await asking
    assert (name_of(1) in client.server.diary.objects) == (flap in DONE)


async def test_flap_that_breaks_off_in_the_body(client: Client) -> None:
    client.server.fill(50, DAY)
    client.server.schedule = always(Flap.RESET)
    with pytest.raises(aiohttp.ClientPayloadError):
        await client.sync()


async def test_flaps_in_turn_wait_for_a_request_that_they_fit(client: Client) -> None:
    client.server.schedule = InTurn([Flap.PRECONDITION, Flap.EMPTY])
    assert (await client.ask("GET", name_of(1))).status == 404
    assert (await client.put(1)).status == 412
    assert (await client.sync()).hrefs() == []
    assert (await client.put(1)).status == 201


def test_seeded_flaps_repeat_and_fit_the_method() -> None:
    one, other = (Seeded(7, share=0.5, kinds=Flap) for _ in range(2))
    methods = ["GET", "PUT", "REPORT"] * 200
    dealt = [one(method, "/") for method in methods]
    assert dealt == [other(method, "/") for method in methods]
    assert 200 < sum(one.dealt.values()) < 400
    reads = {flap for method, flap in zip(methods, dealt, strict=True) if method == "GET"}
    assert not reads & {Flap.LOST, Flap.PRECONDITION, Flap.EMPTY}
