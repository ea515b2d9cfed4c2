"""Every answer carries the headers of security handbook 2.3, and no page runs what is not ours."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from server.app import ROUTES, build_app
from server.routes.keys import WEB_FILES
from server.usecases.context import Parts
from tests.house_of_people import House
from tests.visitor import Visitor, link_of

pytestmark = pytest.mark.house

FIXED = {
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
REPORT = json.dumps(
    [
        {
            "type": "csp-violation",
            "url": "https://coach.example/j/s3cret",
            "body": {
                "documentURL": "https://coach.example/j/s3cret",
                "blockedURL": "https://elsewhere.example/x?s3cret",
                "effectiveDirective": "img-src",
            },
        }
    ]
)


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


def _address(visitor: Visitor, path: str) -> str:
    first_file = next(iter(visitor.client.app[WEB_FILES].files))
    path = path.replace("{name:.+}", first_file)
    return re.sub(r"{[^}]*}", lambda _: str(uuid4()), path)


async def test_route_answers_with_the_security_headers(visitor: Visitor) -> None:
    for route in ROUTES:
        response = await visitor.client.request(
            route.method, _address(visitor, route.path), allow_redirects=False
        )

        _has_the_headers(f"{route.method} {route.path}", response.headers)
        assert response.headers["Cache-Control"] == _kept(route.path), route


def _has_the_headers(route: str, headers: Mapping[str, str]) -> None:
    assert FIXED.items() <= dict(headers).items(), route
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy, route
    assert "report-to csp" in policy, route
    assert headers["Reporting-Endpoints"] == 'csp="/reports/csp"', route
    assert "unsafe" not in policy, route
    assert "connect-src 'self' ws://localhost:8080" in policy, route
    assert "X-Request-Id" in headers, route
    assert "Strict-Transport-Security" not in headers, route


def _kept(path: str) -> str:
    return "public, max-age=31536000, immutable" if path.startswith("/static") else "no-store"


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (REPORT, [{"rule": "img-src", "host": "elsewhere.example"}]),
        (REPORT.replace("elsewhere.example/x", "[bad"), [{"rule": "img-src", "host": "-"}]),
        (REPORT.replace("img-src", "img src\\n"), []),
        ('{"type": "csp-violation"}', []),
        ('[1, {"type": "csp-violation", "body": null}]', []),
        ("[" * 100_000, []),
        ("rubbish", []),
    ],
    ids=["report", "no-address", "no-rule", "object", "odd", "deep", "rubbish"],
)
async def test_broken_policy_is_noted_without_the_address_of_the_page(
    visitor: Visitor, sent: str, told: list[dict[str, str]]
) -> None:
    with capture_logs() as lines:
        answer = await visitor.client.post(
            "/reports/csp", data=sent, headers={"Content-Type": "application/reports+json"}
        )

    assert (answer.status, answer.headers.getall("Set-Cookie", [])) == (204, [])
    found = [line for line in lines if line["event"] == "policy_broken"]
    assert [{key: line[key] for key in ("rule", "host")} for line in found] == told
    assert "s3cret" not in str(lines)


async def test_page_that_does_not_exist_has_the_headers_and_no_stack(visitor: Visitor) -> None:
    page = await visitor.open("/nowhere/<script>")

    assert page.status == 404
    assert FIXED.items() <= dict(page.headers).items()
    assert "page_unknown" in page.text()
    assert "Traceback" not in page.text()


async def test_camera_is_for_the_call_page_only(visitor: Visitor, sqlite_house: House) -> None:
    home = await visitor.open("/")
    booked = await sqlite_house.book(
        await sqlite_house.acquainted(await sqlite_house.coach()), "2027-03-01T09:10"
    )
    await visitor.open(f"/j/{await link_of(visitor.parts, booked.meeting)}")
    call = await visitor.press()

    assert "camera=()" in home.headers["Permissions-Policy"]
    assert "webrtc 'block'" in home.headers["Content-Security-Policy"]
    assert "camera=(self)" in call.headers["Permissions-Policy"]
    assert "media-src 'self' blob:" in call.headers["Content-Security-Policy"]
    assert "webrtc" not in call.headers["Content-Security-Policy"]


async def test_every_script_carries_the_nonce_of_its_answer(
    visitor: Visitor, sqlite_house: House
) -> None:
    coach = await sqlite_house.coach()
    trajectory = await sqlite_house.acquainted(coach)
    booked = await sqlite_house.book(trajectory, "2027-03-01T09:10")
    await visitor.sign_in(coach)

    nonces = []
    for path in ("/today", f"/talk/{booked.meeting}?as=coach", f"/meetings/{booked.meeting}"):
        page = await visitor.open(path)
        given = re.search(r"'nonce-([^']+)'", page.headers["Content-Security-Policy"])
        scripts = page.document.xpath("//script")
        assert all(script.get("nonce") == given[1] for script in scripts)
        assert not page.document.xpath("//@style | //@onclick | //@onload | //style")
        nonces.append(given[1])

    assert len(set(nonces)) == 3


async def test_no_page_asks_for_anything_from_elsewhere(
    visitor: Visitor, sqlite_house: House
) -> None:
    await visitor.sign_in(await sqlite_house.planner())

    for path in ("/", "/planner", "/candidates", "/candidates/new", "/meetings/new"):
        page = await visitor.open(path)
        addresses = page.document.xpath("//link/@href | //script/@src | //img/@src")
        assert all(address.startswith(("/static/", "data:")) for address in addresses), path


async def test_cookies_are_bound_to_https_where_people_come_in_over_https(
    aiohttp_client: object, sqlite_parts: Parts
) -> None:
    settings = replace(sqlite_parts.settings, public_url="https://talk.example")
    app = build_app(replace(sqlite_parts, settings=settings))
    client = await aiohttp_client(app)  # type: ignore[operator]  # the fixture is untyped

    response = await client.get("/")

    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-tsx=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert response.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    policy = response.headers["Content-Security-Policy"]
    assert "connect-src 'self' wss://talk.example" in policy
    assert policy.endswith("upgrade-insecure-requests")


async def test_only_the_worker_that_blurs_may_compile_webassembly(visitor: Visitor) -> None:
    files = visitor.client.app[WEB_FILES].files
    worker = next(name for name in files if name.startswith("assets/blur-worker-"))
    for name in (worker, next(name for name in files if name.startswith("assets/call-"))):
        response = await visitor.client.get(f"/static/{name}")
        policy = response.headers["Content-Security-Policy"]

        assert ("'wasm-unsafe-eval'" in policy) is (name == worker)
        assert "'unsafe-eval'" not in policy
    assert any(name.endswith(".wasm") for name in files)
    assert all(".wasm.gz" not in name for name in files)
