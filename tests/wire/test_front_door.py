"""The front door under odd knocks: proxies, pages left open, broken requests, what is logged."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

import pytest
from yarl import URL

from coaching.words import StaffRole
from server.app import build_app
from server.config import PREFIX, Settings
from server.routes import door
from server.usecases.context import Parts
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import FORM, Visitor, link_of

pytestmark = pytest.mark.wire

KEY = "Y2FuZGlkYXRlLWtleS10aGF0LW9wZW5zLWEtdGFsaw"


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


async def _fail_ten_times(visitor: Visitor, **headers: str) -> str:
    """Sign in wrongly until it is enough; the code of the eleventh answer."""
    for number in range(11):
        await visitor.open("/login")
        assert visitor.seen is not None
        body = f"csrf={visitor.seen.value('csrf')}&email=a{number}@example.org&password=wrong"
        answer = await visitor.client.post("/login", data=body, headers={**FORM, **headers})
        page = await visitor._look(answer)
    return page.problem


async def test_forwarded_address_is_not_believed_from_just_anybody(visitor: Visitor) -> None:
    codes = [
        await _fail_ten_times(visitor, **{"X-Forwarded-For": f"203.0.113.{number}"})
        for number in (1, 2)
    ]

    assert codes == ["sign_in_throttled", "sign_in_throttled"]


async def test_people_behind_our_proxy_have_a_limit_each(
    aiohttp_client: object, sqlite_parts: Parts
) -> None:
    settings = replace(sqlite_parts.settings, trusted_proxies=("127.0.0.1",))
    app = build_app(replace(sqlite_parts, settings=settings))
    visitor = Visitor(await aiohttp_client(app))  # type: ignore[operator]  # the fixture is untyped
    assert await _fail_ten_times(visitor, **{"X-Forwarded-For": "203.0.113.1"}) == (
        "sign_in_throttled"
    )
    await House(sqlite_parts).staff(
        StaffRole.COACH, name="Cor Bos", email="cor@example.org", password="een lange zin voor Cor"
    )

    await visitor.open("/login")
    assert visitor.seen is not None
    body = (
        f"csrf={visitor.seen.value('csrf')}&email=cor@example.org&password=een+lange+zin+voor+Cor"
    )
    headers = {**FORM, "X-Forwarded-For": "203.0.113.1, 203.0.113.2"}
    page = await visitor._look(await visitor.client.post("/login", data=body, headers=headers))

    assert (page.status, page.path) == (200, "/today")


async def test_page_that_asks_by_itself_keeps_nobody_signed_in(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    await visitor.sign_in(await sqlite_house.coach())
    asking = {"HX-Request": "true", "HX-Current-URL": "http://localhost:8080/today"}
    for _ in range(6):
        answer = await visitor.client.get("/today/waiting", headers=asking)
        assert "today-lines" in await answer.text()
        clock.forward(minutes=5)

    answer = await visitor.client.get("/today/waiting", headers=asking)

    assert answer.headers["HX-Redirect"] == "/login?next=%2Ftoday"
    assert await answer.text() == ""


async def test_talk_left_open_keeps_nobody_signed_in_and_pages_that_are_opened_do(
    visitor: Visitor, sqlite_house: House, clock: Clock
) -> None:
    await visitor.sign_in(await sqlite_house.coach())
    for path, dest in ((f"/talk/{UUID(int=1)}/tasks", "empty"), ("/today", "document")):
        for _ in range(5):
            clock.forward(minutes=5)
            await visitor.client.get(path, headers={"Sec-Fetch-Dest": dest})

    opened = await visitor.open("/people")  # fifty minutes on, of which half were looked at by hand
    assert opened.path.startswith("/login")

    await visitor.sign_in(await sqlite_house.coach())
    for _ in range(7):
        clock.forward(minutes=5)
        await visitor.client.get("/today", headers={"Sec-Fetch-Dest": "document"})
    assert (await visitor.open("/people")).path == "/people"


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/j/%0d%0aX-Evil:%201/times", {}, 303),
        ("/j/%E2%80%AE/cancel", {}, 303),
        ("/today/waiting", {"HX-Current-URL": "http://[bad"}, 200),
        ("/login", {"Cookie": "tsx=chosen-by-somebody-else"}, 200),
    ],
)
async def test_odd_knock_gets_an_answer_and_no_header_of_its_own(
    visitor: Visitor, path: str, headers: dict[str, str], status: int
) -> None:
    where = visitor.client.make_url("/").join(URL(path, encoded=True))
    answer = await visitor.client.session.get(where, headers=headers, allow_redirects=False)

    assert answer.status == status
    assert "X-Evil" not in answer.headers
    assert answer.headers.get("Location", "").isascii()
    assert "somebody-else" not in await answer.text()


async def test_cookie_that_is_no_text_is_nobodys(visitor: Visitor) -> None:
    reader, writer = await asyncio.open_connection(visitor.client.host, visitor.client.port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nCookie: tsx=\x80\xff\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()

    assert answer.startswith(b"HTTP/1.1 200 ")


async def test_first_page_that_somebody_sees_may_be_a_refusal_and_its_forms_work(
    visitor: Visitor,
) -> None:
    page = await visitor.open("/no-such-page")
    assert page.status == 404

    page = await visitor.press("//form[@action='/language']//button")

    assert (page.status, page.path) == (200, "/")


async def test_method_that_is_not_there_names_those_that_are(visitor: Visitor) -> None:
    answer = await visitor.client.put(f"/j/{KEY}")

    assert answer.status == 405
    assert set(answer.headers["Allow"].split(",")) == {"GET", "HEAD", "POST"}


async def test_body_that_never_comes_whole_is_waited_for_no_longer_than_told(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "BODY_SECONDS", 0.05)

    async def half() -> AsyncIterator[bytes]:
        yield b"csrf=abc&"
        await asyncio.Event().wait()

    answer = await visitor.client.post("/login", data=half(), headers=FORM)

    assert answer.status == 408
    assert "too_slow" in await answer.text()


@asynccontextmanager
async def web_process(settings: Settings) -> AsyncIterator[tuple[int, Callable[[], list[str]]]]:
    """The web process of an installation: its port, and what it has logged when it ended."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    given = {f"{PREFIX}DATA_DIR": str(settings.data_dir), f"{PREFIX}LISTEN_PORT": "0"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.cli", "web", env=kept | given, stderr=asyncio.subprocess.PIPE
    )
    assert process.stderr is not None
    lines: list[str] = []
    try:
        async with asyncio.timeout(180):
            while "web_listening" not in (line := (await process.stderr.readline()).decode()):
                assert line, "the web process ended"
        yield int(json.loads(line)["address"].rpartition(":")[2]), lambda: lines
    finally:
        process.terminate()
        lines += (await process.stderr.read()).decode().splitlines()
        await process.wait()


async def _knock(port: int, said: str) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said.encode())
    answer = await reader.readline()
    writer.close()
    return answer


async def test_request_that_cannot_be_read_leaves_no_key_and_no_stack_in_the_log(
    sqlite_settings: Settings,
) -> None:
    async with web_process(sqlite_settings) as (port, logged):
        for broken in (
            f"GET /j/{KEY}\x01 HTTP/1.1\r\nHost: x\r\n\r\n",
            f"GET /j/{KEY} x HTTP/1.1\r\nHost: x\r\n\r\n",
            f"GET http://[::1/j/{KEY} HTTP/1.1\r\nHost: x\r\n\r\n",
            f"GET / HTTP/1.1\r\nHost: x\r\nCookie: tsg={KEY}\r\nBad {KEY}: x\r\n\r\n",
        ):
            assert b" 400 " in await _knock(port, broken)

    told = [json.loads(line) for line in logged()]
    assert [one["logger"] for one in told if one["event"] == "library"] == ["aiohttp.server"] * 4
    assert not [line for line in logged() if KEY in line]


async def test_form_that_breaks_off_is_no_failure_of_ours(sqlite_settings: Settings) -> None:
    head = "POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    async with web_process(sqlite_settings) as (port, logged):
        assert b" 400 " in await _knock(port, f"{head}Transfer-Encoding: chunked\r\n\r\nno\r\n")
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"{head}Content-Length: 90\r\n\r\nemail=".encode())
        await writer.drain()
        writer.close()
        assert b" 200 " in await _knock(port, "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")

    statuses = [json.loads(line).get("status") for line in logged()]
    assert 500 not in statuses
    assert statuses.count(400) >= 1


async def test_links_name_the_address_of_the_setting_whatever_a_request_claims(
    visitor: Visitor, sqlite_house: House
) -> None:
    trajectory = await sqlite_house.acquainted(await sqlite_house.coach())
    meeting = (await sqlite_house.book(trajectory, "2027-03-01T09:10")).meeting
    link = f"/j/{await link_of(visitor.parts, meeting)}"
    claims = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "gopher",
        "Forwarded": "host=evil.example;proto=gopher",
    }

    for path in (link, "/login", "/no-such-page", "/planner"):
        answer = await visitor.client.get(path, headers=claims, allow_redirects=False)
        said = f"{dict(answer.headers)} {await answer.text()}"
        assert "evil.example" not in said, path
        assert "gopher" not in said, path
        assert "ws://localhost:8080" in answer.headers["Content-Security-Policy"]


async def test_scanner_that_asks_only_for_the_head_learns_and_changes_nothing(
    visitor: Visitor, sqlite_house: House
) -> None:
    trajectory = await sqlite_house.acquainted(await sqlite_house.coach())
    meeting = (await sqlite_house.book(trajectory, "2027-03-01T09:10")).meeting
    link = await link_of(visitor.parts, meeting)

    answers = [await visitor.client.head(f"/j/{link}") for _ in range(20)]

    assert {answer.status for answer in answers} == {200}
    page = await visitor.open(f"/j/{link}")
    assert page.has("//section[@data-state='open']")
