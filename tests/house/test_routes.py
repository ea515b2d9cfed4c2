"""Every route is in docs/pages.md and the other way round; who may use which, and how."""

import re
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from aiohttp import ClientResponse, hdrs

from coaching.words import StaffRole
from server.app import ROUTES, build_app
from server.usecases.context import Parts
from tests.house_of_people import House
from tests.visitor import Visitor, link_of

pytestmark = pytest.mark.house

DOCUMENT = Path(__file__).parents[2] / "docs" / "pages.md"
_ROUTE = re.compile(r"((?:GET|HEAD|POST)(?:, (?:GET|HEAD|POST))*) (/[^`?\s]*)")
_CELL = re.compile(r"^\| (`(?:GET|HEAD|POST).*?) \|", re.MULTILINE)


def documented() -> set[tuple[str, str]]:
    cells = _CELL.findall(DOCUMENT.read_text("utf-8"))
    found = [pair for cell in cells for pair in _ROUTE.findall(cell)]
    return {(method, path) for methods, path in found for method in methods.split(", ")}


def built() -> set[tuple[str, str]]:
    return {(route.method, re.sub(r":[^}]*}", "}", route.path)) for route in ROUTES}


def test_every_route_is_in_the_document() -> None:
    assert built() - documented() == set()


def test_every_route_of_the_document_is_built() -> None:
    assert documented() - built() - {("HEAD", "/j/{token}")} == set()


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A route of staff, and who may pass."""

    method: str
    path: str
    planner: bool = True
    admin: bool = True
    coach: bool = True  # a coach who is not the one of this candidate sees "not found" at most


DOORS = (
    Door(method="GET", path="/planner", coach=False),
    Door(method="POST", path="/api/board/move", coach=False),
    Door(method="GET", path="/on-time", coach=False),
    Door(method="GET", path="/candidates"),
    Door(method="GET", path="/candidates/new", coach=False),
    Door(method="POST", path="/candidates/new", coach=False),
    Door(method="GET", path="/candidates/{id}"),
    Door(method="POST", path="/candidates/{id}/trajectories", coach=False),
    Door(method="GET", path="/candidates/{id}/plan"),
    Door(method="POST", path="/candidates/{id}/plan"),
    Door(method="GET", path="/meetings/new"),
    Door(method="POST", path="/meetings/new"),
    Door(method="GET", path="/meetings/{id}"),
    Door(method="GET", path="/meetings/{id}/stand-in", coach=False),
    Door(method="POST", path="/meetings/{id}/stand-in", coach=False),
    Door(method="POST", path="/meetings/{id}/stand-in/end", coach=False),
    Door(method="POST", path="/meetings/{id}/move"),
    Door(method="POST", path="/meetings/{id}/cancel"),
    Door(method="POST", path="/meetings/{id}/outcome"),
    Door(method="POST", path="/meetings/{id}/resend"),
    Door(method="GET", path="/today", planner=False, admin=False),
    Door(method="GET", path="/today/waiting", planner=False, admin=False),
    Door(method="POST", path="/notices/{id}/seen"),
    Door(method="GET", path="/attention"),
    Door(method="GET", path="/exceptions"),
    Door(method="GET", path="/exceptions/new"),
    Door(method="POST", path="/exceptions/new"),
    Door(method="POST", path="/exceptions/{id}/confirm"),
    Door(method="POST", path="/exceptions/{id}/end"),
    Door(method="POST", path="/meetings/{id}/observation"),
    Door(method="POST", path="/meetings/{id}/put-back"),
    Door(method="POST", path="/skill/{id}"),
    Door(method="POST", path="/candidates/{id}/preference"),
    Door(method="POST", path="/candidates/{id}/needs"),
    Door(method="POST", path="/candidates/{id}/comfort"),
    Door(method="POST", path="/candidates/{id}/writing"),
    Door(method="POST", path="/candidates/{id}/writing/end"),
    Door(method="POST", path="/candidates/{id}/contacts"),
    Door(method="POST", path="/candidates/{id}/times"),
    Door(method="POST", path="/candidates/{id}/state"),
    Door(method="POST", path="/candidates/{id}/support"),
    Door(method="POST", path="/candidates/{id}/agreement/ask"),
    Door(method="POST", path="/candidates/{id}/agreement"),
    Door(method="POST", path="/candidates/{id}/contract"),
    Door(method="POST", path="/candidates/{id}/contract/said"),
    Door(method="POST", path="/candidates/{id}/contract/withdraw"),
    Door(method="POST", path="/candidates/{id}/hand-over", coach=False),
    Door(method="GET", path="/candidates/{id}/erase", coach=False),
    Door(method="POST", path="/candidates/{id}/erase", coach=False),
    Door(method="GET", path="/settings", planner=False, coach=False),
    Door(method="POST", path="/settings", planner=False, coach=False),
    Door(method="GET", path="/availability"),
    Door(method="POST", path="/availability/travel", coach=False),
    Door(method="GET", path="/availability/coaches/{id}"),
    Door(method="POST", path="/availability/coaches/{id}/hours"),
    Door(method="POST", path="/availability/coaches/{id}/days"),
    Door(method="POST", path="/availability/coaches/{id}/absences"),
    Door(method="POST", path="/availability/coaches/{id}/absences/{absence}/end"),
    Door(method="GET", path="/desk", planner=False, admin=False),
    Door(method="POST", path="/desk", planner=False, admin=False),
    Door(method="POST", path="/desk/{id}/answer", planner=False, admin=False),
    Door(method="GET", path="/coaches/{id}/bars", coach=False),
    Door(method="POST", path="/coaches/{id}/bars", coach=False),
    Door(method="GET", path="/coaches/{id}/photo", planner=False),
    Door(method="POST", path="/coaches/{id}/photo", planner=False),
    Door(method="GET", path="/availability/rooms/{id}", coach=False),
    Door(method="POST", path="/availability/rooms/{id}", coach=False),
    Door(method="GET", path="/calendars"),
    Door(method="GET", path="/calendars/feeds"),
    Door(method="POST", path="/calendars/feeds"),
    Door(method="POST", path="/calendars/mail", planner=False, admin=False),
    Door(method="GET", path="/calendars/new"),
    Door(method="POST", path="/calendars/new"),
    Door(method="GET", path="/calendars/found/{id}"),
    Door(method="POST", path="/calendars/found/{id}"),
    Door(method="GET", path="/calendars/subscribe"),
    Door(method="POST", path="/calendars/subscribe"),
    Door(method="POST", path="/calendars/{id}/address"),
    Door(method="GET", path="/calendars/{id}"),
    Door(method="POST", path="/calendars/{id}/change"),
    Door(method="POST", path="/calendars/{id}/repair"),
    Door(method="POST", path="/calendars/{id}/resume"),
    Door(method="POST", path="/calendars/{id}/remove"),
    Door(method="GET", path="/proposals/{id}"),
    Door(method="POST", path="/proposals/{id}/answer", coach=False),
    Door(method="POST", path="/meetings/{id}/reason"),
    Door(method="POST", path="/meetings/{id}/tasks"),
    Door(method="POST", path="/meetings/{id}/practice"),
    Door(method="GET", path="/meetings/{id}/practising"),
    Door(method="POST", path="/meetings/{id}/practising"),
    Door(method="POST", path="/candidates/{id}/practice"),
    Door(method="GET", path="/address", planner=False, admin=False),
    Door(method="POST", path="/address", planner=False, admin=False),
    Door(method="GET", path="/readiness"),
    Door(method="GET", path="/readiness/practice"),
    Door(method="POST", path="/readiness/at-once", planner=False, admin=False),
    Door(method="POST", path="/readiness/comfort", planner=False, admin=False),
    Door(method="POST", path="/readiness"),
    Door(method="POST", path="/readiness/{id}", planner=False, coach=False),
    Door(method="GET", path="/meetings/{id}/letter"),
    Door(method="GET", path="/meetings/new/why"),
    Door(method="GET", path="/meetings/{id}/why"),
    Door(method="POST", path="/attention/{id}/done"),
    Door(method="POST", path="/talk/{meeting}/late", planner=False, admin=False),
    Door(method="POST", path="/talk/{meeting}/excuse", planner=False, admin=False),
    Door(method="GET", path="/people", planner=False, admin=False),
)
OPEN = (
    "/",
    "/healthz",
    "/photos/{name}.jpg",
    "/static/{name:.+}",
    "/language",
    "/feeds/{token}.ics",
    "/login",
    "/login/link/{token}",
    "/logout",
    "/j/{token}",
    "/j/{token}/appointment.ics",
    "/n/{token}",
    "/n/{token}/choose",
    "/n/{token}/chosen",
    "/j/{token}/times",
    "/j/{token}/move",
    "/j/{token}/choose",
    "/j/{token}/cancel",
    "/j/{token}/call",
    "/j/{token}/reminders",
    "/j/{token}/place",
    "/j/{token}/tasks",
    "/j/{token}/practice",
    "/j/{token}/practice/done",
    "/j/{token}/practice/together",
    "/j/{token}/practice/now",
    "/practice",
    "/api/practice",
    "/j/{token}/contract",
    "/a/{token}",
    "/a/{token}/coach",
    "/a/{token}/contract",
    "/talk/{meeting}",
    "/talk/{meeting}/done",
    "/talk/{meeting}/tasks",
    "/talk/{meeting}/agreed",
    "/talk/{meeting}/mood",
    "/talk/{meeting}/trouble",
    "/talk/{meeting}/fallback",
    "/talk/{meeting}/fallback/dismiss",
    "/talk/{meeting}/fallback/cause",
    "/talk/{meeting}/elsewhere",
    "/talk/{meeting}/waiting",
    "/talk/{meeting}/pointed",
    "/j/{token}/test",
    "/j/{token}/test/relay",
    "/j/{token}/elsewhere",
    "/code",
    "/api/verdict",
    "/api/ticket",
    "/api/practice/ticket",
    "/ws/practice",
    "/ws",
)


@pytest.fixture
async def visitor(aiohttp_client: object, sqlite_parts: Parts) -> Visitor:
    return Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped


def test_every_route_is_open_or_has_a_door() -> None:
    doors = {(door.method, door.path) for door in DOORS}

    unguarded = [route for route in ROUTES if (route.method, route.path) not in doors]

    assert {route.path for route in unguarded} == set(OPEN)


async def _status(visitor: Visitor, door: Door, csrf: str) -> tuple[int, str]:
    path = _address(door.path)
    if door.method == hdrs.METH_GET:
        response = await visitor.client.get(path, allow_redirects=False)
    elif path.startswith("/api/"):
        response = await visitor.client.post(path, json={}, headers={"X-CSRF": csrf})
    else:
        response = await visitor.post(path, f"csrf={csrf}", allow_redirects=False)
    return response.status, await response.text()


async def test_stranger_and_guest_pass_no_door_of_staff(
    visitor: Visitor, sqlite_house: House
) -> None:
    await visitor.open("/")
    csrf = visitor.cookie("stranger")

    as_stranger = {door: (await _status(visitor, door, csrf))[0] for door in DOORS}
    await _become_guest(visitor, sqlite_house)
    as_guest = {door: (await _status(visitor, door, csrf))[0] for door in DOORS}

    closed = {door: 303 if door.method == hdrs.METH_GET else 403 for door in DOORS}
    assert (as_stranger, as_guest) == (closed, closed)


async def _become_guest(visitor: Visitor, house: House) -> None:
    coach = await house.coach()
    booked = await house.book(await house.acquainted(coach), "2027-03-01T09:10")
    await visitor.open(f"/j/{await link_of(house.parts, booked.meeting)}")
    assert (await visitor.press()).path == f"/talk/{booked.meeting}"


@pytest.mark.parametrize("role", list(StaffRole))
async def test_wrong_role_is_refused_and_right_role_passes(
    visitor: Visitor, sqlite_house: House, role: StaffRole
) -> None:
    await visitor.sign_in(await sqlite_house.staff(role))
    page = await visitor.open("/candidates")
    csrf = page.value("csrf")

    refused = set()
    for door in DOORS:
        status, text = await _status(visitor, door, csrf)
        if status == 403:
            assert "wrong_role" in text
            refused.add(door)

    assert refused == {door for door in DOORS if not getattr(door, role)}


POSTS = sorted({route.path for route in ROUTES if route.method == hdrs.METH_POST})


def _address(path: str) -> str:
    return re.sub(r"{[^}]*}", lambda _: str(uuid4()), path)


async def _is_refused(response: ClientResponse, code: str) -> bool:
    return response.status == 403 and code in await response.text()


@pytest.mark.parametrize("csrf", ["", "csrf=", "csrf=wrong"])
async def test_post_without_our_hidden_field_is_refused(
    visitor: Visitor, sqlite_house: House, csrf: str
) -> None:
    await visitor.sign_in(await sqlite_house.planner())

    passed = []
    for path in POSTS:
        if path.startswith("/api/"):
            response = await visitor.client.post(path, json={"meeting": str(uuid4())})
        else:
            response = await visitor.post(_address(path), csrf)
        if not await _is_refused(response, "page_old"):
            passed.append(path)

    assert passed == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://elsewhere.example"},
        {"Origin": "http://localhost:8080.elsewhere.example"},
        {"Origin": "https://localhost:8080"},
        {"Origin": "http://localhost:8081"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://localhost:8080", "Sec-Fetch-Site": "same-site"},
    ],
    ids=lambda headers: " ".join(headers.values()),
)
async def test_post_from_another_site_is_refused(visitor: Visitor, headers: dict[str, str]) -> None:
    await visitor.open("/")

    passed = []
    for path in POSTS:
        kind = "json" if path.startswith("/api/") else "x-www-form-urlencoded"
        response = await visitor.client.post(
            _address(path),
            data=f"csrf={visitor.cookie('stranger')}",
            headers={**headers, "Content-Type": f"application/{kind}"},
        )
        if not await _is_refused(response, "other_site"):
            passed.append(path)

    assert passed == []


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({"Content-Type": "application/json"}, b"{}", 415, "form_unknown"),
        ({"Content-Type": "multipart/form-data; boundary=x"}, b"", 415, "form_unknown"),
        ({"Content-Encoding": "gzip"}, b"csrf=x", 415, "form_unknown"),
        ({}, b"name=%ff%fe", 422, "form_bad"),
        ({}, b"name=\xff", 422, "form_bad"),
        ({}, b"name=%00", 422, "form_bad"),
        ({}, b"&".join(b"f%d=1" % n for n in range(1501)), 422, "form_bad"),
        ({}, b"name=" + b"a" * 65_536, 413, "too_large"),
    ],
    ids=[
        "json",
        "multipart",
        "gzip",
        "not utf-8",
        "not ascii",
        "nul",
        "1,501 fields",
        "64 KiB and more",
    ],
)
async def test_body_that_is_no_form_of_ours_is_refused_with_a_code(
    visitor: Visitor, headers: dict[str, str], body: bytes, status: int, code: str
) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    response = await visitor.client.post(
        "/language", data=body, headers={**kind, **headers}, skip_auto_headers=["Content-Encoding"]
    )

    assert response.status == status
    assert code in await response.text()
