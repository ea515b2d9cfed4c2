"""Jitsi as the engine: what its server asks and tells, and what the two of a talk are given."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from aiohttp.test_utils import TestClient

from coaching.words import Role
from server.app import build_app
from server.config import BadSetting, read_settings
from server.jitsi import KEY_NAME, jitsi_engine
from server.usecases.context import Parts
from signaling.jitsi import JitsiEngine
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import Visitor

pytestmark = pytest.mark.wire

SECRET = "a bearer secret of the tests, long enough"
BEARER = {"Authorization": f"Bearer {SECRET}"}
HOST = "meet.example.nl"
Clients = Callable[[object], object]
# How util.datetime of Prosody reads a moment; what it does not read opens no room.
MOMENT = re.compile(r"\d{4}-?\d\d-?\d\dT\d\d:\d\d:\d\d\.?\d*([Z+-].*)")


def believed(told: dict[str, Any], room: str, now: datetime) -> bool:
    """Whether mod_reservations of Jitsi opens `room` on this answer, as its own checks say."""
    start = datetime.fromisoformat(told["start_time"])
    return (
        told["name"].lower() == room.lower()
        and told["id"] is not None
        and told["mail_owner"] is not None
        and MOMENT.fullmatch(told["start_time"]) is not None
        and start <= now < start + timedelta(seconds=int(told["duration"]))
        and int(told["max_occupants"]) >= 1
    )


@pytest.fixture
def parts(sqlite_parts: Parts) -> Parts:
    settings = replace(sqlite_parts.settings, jitsi_host=HOST, jitsi_secret=SECRET)
    return replace(sqlite_parts, settings=settings)


@pytest.fixture
def engine(parts: Parts) -> JitsiEngine:
    found = jitsi_engine(parts.settings, parts.secret)
    assert found is not None
    return found


@pytest.fixture
async def client(aiohttp_client: Clients, parts: Parts) -> TestClient:  # type: ignore[type-arg]  # of the application
    return await aiohttp_client(build_app(parts))  # type: ignore[misc, return-value]  # the fixture is untyped


@pytest.fixture
async def room(sqlite_house: House, engine: JitsiEngine, clock: Clock) -> str:
    """The room of a video talk on Wednesday 3 March at 14.00, whose door is open."""
    trajectory = await sqlite_house.acquainted(await sqlite_house.coach())
    booked = await sqlite_house.book(trajectory, "2027-03-03T14:00")
    clock.set("2027-03-03T13:50")
    return engine.room_of(booked.meeting)


async def test_key_is_served_under_its_own_name_only_and_stays(
    client: TestClient,  # type: ignore[type-arg]  # of the application
    parts: Parts,
    engine: JitsiEngine,
) -> None:
    answer = await client.get(f"/jitsi/keys/{engine.key_file}")
    assert answer.status == 200
    assert await answer.read() == engine.public_key

    assert (await client.get("/jitsi/keys/other.pem")).status == 404
    again = jitsi_engine(parts.settings, parts.secret)
    assert again is not None
    assert again.key_id == engine.key_id
    assert (parts.settings.data_dir / KEY_NAME).stat().st_mode & 0o777 == 0o400


async def test_room_of_an_open_talk_may_be_opened_for_its_time(
    client: TestClient,  # type: ignore[type-arg]  # of the application
    room: str,
    parts: Parts,
) -> None:
    answer = await client.post("/jitsi/conference", data={"name": room}, headers=BEARER)

    assert answer.status == 200
    told = await answer.json()
    assert told["name"] == told["id"] == room
    assert told["duration"] >= 3600
    assert believed(told, room, parts.now())
    assert (await client.get(f"/jitsi/conference/{room}", headers=BEARER)).status == 200
    assert (await client.delete(f"/jitsi/conference/{room}", headers=BEARER)).status == 204


@pytest.mark.parametrize("moment", ["2027-03-03T08:00", "2027-03-03T23:00"])
async def test_room_outside_its_time_may_not_be_opened(
    client: TestClient,  # type: ignore[type-arg]  # of the application
    room: str,
    clock: Clock,
    moment: str,
) -> None:
    clock.set(moment)

    answer = await client.post("/jitsi/conference", data={"name": room}, headers=BEARER)

    assert answer.status == 403
    assert "message" in await answer.json()


@pytest.mark.parametrize("name", ["", "*", "lunch", "ab" * 16, "é" * 500])
async def test_room_of_nobody_may_not_be_opened(
    client: TestClient,  # type: ignore[type-arg]  # of the application
    name: str,
) -> None:
    answer = await client.post("/jitsi/conference", data={"name": name}, headers=BEARER)

    assert answer.status == 403


@pytest.mark.parametrize(
    "headers",
    [{}, {"Authorization": ""}, {"Authorization": "Bearer "}, {"Authorization": SECRET}],
    ids=["none", "empty", "no secret", "no bearer"],
)
async def test_nobody_speaks_for_jitsi_without_the_secret(
    client: TestClient,  # type: ignore[type-arg]  # of the application
    room: str,
    headers: dict[str, str],
) -> None:
    for path in ("/jitsi/conference", "/jitsi/events/occupant/joined"):
        answer = await client.post(path, data={"name": room}, headers=headers)
        assert (answer.status, (await answer.json())["code"]) == (401, "bearer_wrong")


async def test_occupants_are_known_twice_over_and_strangers_are_told(
    client: TestClient,  # type: ignore[type-arg]  # of the application
    room: str,
    engine: JitsiEngine,
) -> None:
    meeting = engine.meeting_of(room)
    assert meeting is not None
    known = {"room_name": room, "occupant": {"id": engine.person_of(meeting, Role.COACH)}}
    for event, status in (
        (known, 204),
        (known, 204),
        ({"room_name": room, "occupant": {"id": "somebody"}}, 204),
        ({"room_name": engine.room_of(uuid4()), "occupant": {"id": "x"}}, 404),
        ([], 404),
        ({"room_name": None, "occupant": None}, 404),
    ):
        answer = await client.post("/jitsi/events/occupant/joined", json=event, headers=BEARER)
        assert answer.status == status, event


async def test_without_jitsi_there_is_nothing_of_it(
    aiohttp_client: Clients, sqlite_parts: Parts
) -> None:
    client = await aiohttp_client(build_app(sqlite_parts))  # type: ignore[misc]  # the fixture is untyped

    answer = await client.get("/jitsi/keys/x.pem", headers=BEARER)

    assert answer.status == 404
    assert HOST not in answer.headers["Content-Security-Policy"]


async def test_call_page_says_that_it_is_not_end_to_end_and_allows_one_frame(
    aiohttp_client: Clients, parts: Parts, sqlite_house: House, clock: Clock
) -> None:
    coach = await sqlite_house.coach()
    trajectory = await sqlite_house.acquainted(coach)
    meeting = (await sqlite_house.book(trajectory, "2027-03-03T14:00")).meeting
    clock.set("2027-03-03T13:50")
    visitor = Visitor(await aiohttp_client(build_app(parts)))  # type: ignore[misc]  # the fixture is untyped
    await visitor.sign_in(coach)

    page = await visitor.open(f"/talk/{meeting}?as=coach")

    assert "niet end-to-end" in page.text("//*[@id='not-end-to-end']")
    assert f"frame-src https://{HOST}" in page.headers["Content-Security-Policy"]
    assert f'camera=(self "https://{HOST}")' in page.headers["Permissions-Policy"]
    other = await visitor.open("/today")
    assert HOST not in other.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("host", "secret"),
    [
        ("https://meet.example.nl", SECRET),
        ("meet.example.nl/x", SECRET),
        ("meet.example.nl; script-src *", SECRET),
        ("meet.example.nl", "short"),
        ("meet.example.nl", ""),
    ],
)
def test_setting_of_jitsi_that_cannot_be_right_stops_the_start(host: str, secret: str) -> None:
    with pytest.raises(BadSetting, match="JITSI"):
        read_settings({"TWEESPRAAK_JITSI_HOST": host, "TWEESPRAAK_JITSI_SECRET": secret})
