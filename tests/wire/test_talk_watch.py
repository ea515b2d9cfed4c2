"""A talk, or a session, that ends while somebody sits in it, over the real application."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from coaching.words import MeetingKind, Mode
from server import talk_watch
from server.app import build_app
from server.secrets import token_hash
from server.store import people, sessions
from server.store.database import Tx
from server.usecases.accounts import actor_behind, sign_out
from server.usecases.booking import MoveRequest, cancel_meeting, move_meeting
from server.usecases.context import MeetingId, Parts, StaffActor, StaffId
from server.usecases.joining import issue_ticket, record_joint_time, redeem_ticket
from server.usecases.moot import ended_sessions
from server.usecases.practice_guides import ask_to_guide
from tests.conftest import Clock
from tests.house_of_people import House
from tests.visitor import Visitor, link_of

pytestmark = pytest.mark.wire


async def _waiting(visitor: Visitor, meeting: MeetingId) -> ClientWebSocketResponse:
    await visitor.open(f"/j/{await link_of(visitor.parts, meeting)}")
    await visitor.press()
    return await _sits(visitor, meeting)


async def _sits(
    visitor: Visitor, meeting: MeetingId, *, query: str = ""
) -> ClientWebSocketResponse:
    page = await visitor.open(f"/talk/{meeting}{query}")
    csrf = json.loads(page.document.xpath("//*[@id='call-facts']")[0].text)["csrf"]
    answer = await visitor.client.post(
        "/api/ticket", json={"meeting": str(meeting)}, headers={"X-CSRF": csrf}
    )
    origin = visitor.parts.settings.public_url
    socket = await visitor.client.ws_connect("/ws", headers={"Origin": origin})
    await socket.send_json({"type": "hello", "ticket": (await answer.json())["ticket"]})
    assert (await socket.receive_json(timeout=180))["type"] == "welcome"
    return socket


async def _close_code(socket: ClientWebSocketResponse) -> int | None:
    while (await socket.receive(timeout=180)).type is WSMsgType.TEXT:
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
            MoveRequest(
                starts_local=sqlite_house.parts.now().replace(day=4, hour=14, tzinfo=None),
                minutes=45,
                mode=Mode.VIDEO,
                room=None,
            ),
            revision=1,
            key=key,
            now=now,
        )

    assert await _close_code(socket) == 4401
    seen = await visitor.open(f"/talk/{meeting}")
    assert not seen.has("//*[@id='call-facts']")


async def test_who_waits_in_a_talk_that_another_coach_got_is_sent_away_and_the_new_one_sits(
    aiohttp_client: object,
    sqlite_parts: Parts,
    sqlite_house: House,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(talk_watch, "LOOK_SECONDS", 0.05)
    parts, house, now = sqlite_parts, sqlite_house, sqlite_parts.now()
    app = build_app(parts)
    old, new = [Visitor(await aiohttp_client(app)) for _ in range(2)]  # type: ignore[operator]  # the fixture is untyped
    coach, other = await house.coach(name="Anna"), await house.coach(name="Bram")
    trajectory = await house.acquainted(coach)
    booked = await house.book(trajectory, "2027-03-01T09:10", kind=MeetingKind.PRACTICE)
    meeting = booked.meeting
    await old.sign_in(coach)
    await new.sign_in(other)
    socket = await _sits(old, meeting, query="?as=coach")
    late, _ = await issue_ticket(parts, await _signed_in(old), meeting, now=now)

    await ask_to_guide(parts, coach, meeting, StaffId(other.id), key="g", now=now)

    assert await _close_code(socket) == 4401
    assert await redeem_ticket(parts, late, now=now) is None
    assert not (await old.open(f"/talk/{meeting}?as=coach")).has("//*[@id='call-facts']")
    await _sits(new, meeting, query="?as=coach")


async def _signed_in(visitor: Visitor) -> StaffActor:
    """The person behind this browser's cookie, with its device."""
    found = await actor_behind(visitor.parts, visitor.cookie("staff"), now=visitor.parts.now())
    assert isinstance(found, StaffActor)
    return found


async def _signed_out(visitor: Visitor, _staff: UUID) -> None:
    await sign_out(visitor.parts, visitor.cookie("staff"))  # as another process does


async def _over(visitor: Visitor, _staff: UUID) -> None:
    moment = visitor.parts.now()

    async def work(tx: Tx) -> None:
        await tx.execute(sessions.login_session.update().values(expires_at=moment))

    await visitor.parts.database.run(work)


async def _account_closed(visitor: Visitor, staff: UUID) -> None:
    async def work(tx: Tx) -> None:
        await tx.execute(
            people.staff.update().values(active=False).where(people.staff.c.id == staff)
        )

    await visitor.parts.database.run(work)


@pytest.mark.parametrize("end", [_signed_out, _over, _account_closed])
async def test_socket_of_a_session_that_ended_elsewhere_is_closed(
    aiohttp_client: object,
    sqlite_parts: Parts,
    sqlite_house: House,
    monkeypatch: pytest.MonkeyPatch,
    end: Callable[[Visitor, UUID], Awaitable[None]],
) -> None:
    monkeypatch.setattr(talk_watch, "SESSION_SECONDS", 0.0)
    monkeypatch.setattr(talk_watch, "LOOK_SECONDS", 0.05)
    visitor = Visitor(await aiohttp_client(build_app(sqlite_parts)))  # type: ignore[operator]  # the fixture is untyped
    coach = await sqlite_house.coach()
    trajectory = await sqlite_house.acquainted(coach)
    meeting = (await sqlite_house.book(trajectory, "2027-03-01T09:10")).meeting
    await visitor.sign_in(coach)
    socket = await _sits(visitor, meeting, query="?as=coach")

    await end(visitor, coach.id)

    assert await _close_code(socket) == 4401


async def test_talk_that_runs_late_lengthens_the_sessions_of_the_two_and_of_nobody_else(
    sqlite_parts: Parts, sqlite_house: House, clock: Clock
) -> None:
    coach, other = await sqlite_house.coach(), await sqlite_house.coach()
    trajectory = await sqlite_house.acquainted(coach)
    meeting = (await sqlite_house.book(trajectory, "2027-03-01T09:10")).meeting
    now = clock.set("2027-03-01T10:30")
    devices = [await _session(sqlite_parts, staff, now) for staff in (coach.id, other.id)]

    await record_joint_time(sqlite_parts, meeting, joint_seconds=60, over=False, now=now)

    later = now + timedelta(minutes=4)
    assert await ended_sessions(sqlite_parts, devices, now=later) == {devices[1]}
    assert await ended_sessions(sqlite_parts, devices, now=now + timedelta(hours=1)) == set(devices)


async def _session(parts: Parts, staff: UUID, now: datetime) -> UUID:
    """One that ends in a minute; gives its device."""
    hashed, soon = token_hash(uuid4().hex), now + timedelta(minutes=1)

    async def work(tx: Tx) -> UUID:
        await sessions.insert_session(
            tx, hashed, staff_id=staff, csrf="x", expires_at=soon, now=now
        )
        found = await sessions.session_behind(tx, hashed)
        assert found is not None
        return found.device

    return await parts.database.run(work)
