"""A talk that is moved or cancelled while somebody waits in it, over the real application."""

import json
from uuid import uuid4

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from coaching.words import Mode
from server.app import build_app
from server.usecases.booking import cancel_meeting, move_meeting
from server.usecases.context import MeetingId, Parts
from tests.house_of_people import House
from tests.visitor import Visitor, link_of

pytestmark = pytest.mark.wire


async def _waiting(visitor: Visitor, meeting: MeetingId) -> ClientWebSocketResponse:
    await visitor.open(f"/j/{await link_of(visitor.parts, meeting)}")
    page = await visitor.press()
    csrf = json.loads(page.document.xpath("//*[@id='call-facts']")[0].text)["csrf"]
    answer = await visitor.client.post(
        "/api/ticket", json={"meeting": str(meeting)}, headers={"X-CSRF": csrf}
    )
    origin = visitor.parts.settings.public_url
    socket = await visitor.client.ws_connect("/ws", headers={"Origin": origin})
    await socket.send_json({"type": "hello", "ticket": (await answer.json())["ticket"]})
    assert (await socket.receive_json(timeout=60))["type"] == "welcome"
    return socket


async def _close_code(socket: ClientWebSocketResponse) -> int | None:
    while (await socket.receive(timeout=60)).type is WSMsgType.TEXT:
        pass
    return socket.close_code


@pytest.mark.parametrize("change", ["cancelled", "moved"])
async def test_who_waits_in_a_talk_that_changed_is_sent_away_and_cannot_come_back(
    aiohttp_client: object, sqlite_parts: Parts, sqlite_house: House, change: str
) -> None:
    visitor = Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped
    coach = await sqlite_house.coach()
    trajectory = await sqlite_house.acquainted(coach)
    meeting = (await sqlite_house.book(trajectory, "2027-03-01T09:10")).meeting
    socket = await _waiting(visitor, meeting)
    parts, now, key = sqlite_parts, sqlite_parts.now(), uuid4().hex

    if change == "cancelled":
        await cancel_meeting(parts, coach, meeting, revision=1, key=key, now=now)
    else:
        await move_meeting(
            parts,
            coach,
            meeting,
            starts_local=sqlite_house.parts.now().replace(day=4, hour=14, tzinfo=None),
            minutes=45,
            mode=Mode.VIDEO,
            room=None,
            revision=1,
            key=key,
            now=now,
        )

    assert await _close_code(socket) == 4401
    seen = await visitor.open(f"/talk/{meeting}")
    assert not seen.has("//*[@id='call-facts']")
