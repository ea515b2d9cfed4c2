"""What becomes of connected calendars, on both databases, with a real calendar server."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from coaching.errors import BadInput, NotFound
from coaching.words import Mode
from server.secrets import InstallSecret
from server.store import calendars as store
from server.store.schema import calendar_connection, mirror
from server.usecases.calendars import (
    LOOKED,
    CalendarHealth,
    change_calendar,
    go_on,
    list_calendars,
    one_calendar,
    remove_calendar,
    repair_calendar,
)
from server.usecases.connecting import (
    CalendarRole,
)
from server.usecases.context import Parts, StaffId
from server.usecases.handing_over import hand_over
from tests.calendar_servers import CalendarServer, make_calendar, radicale
from tests.conftest import Clock
from tests.contract.connecting_tools import account, connected, events, rows
from tests.house_of_people import House
from tests.wire.worker_tools import deliver, with_servers

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def server() -> Iterator[CalendarServer]:
    with radicale() as opened:
        yield opened


@pytest.fixture
def address(server: CalendarServer) -> str:
    """A calendar of its own for each test."""
    url = server.calendar_url.replace("/diary/", f"/{uuid4().hex}/")
    make_calendar(url)
    return url


@pytest.fixture
def parts(parts: Parts) -> Parts:
    return with_servers(parts)


async def test_calendar_removed_and_added_again_is_the_same_row_without_doubles(
    parts: Parts, house: House, server: CalendarServer, address: str, clock: Clock
) -> None:
    coach = await house.coach()
    await house.book(await house.acquainted(coach), "2027-03-03T14:00")
    first = await connected(parts, coach, address)
    await deliver(parts)
    mails = await rows(parts, "mail")

    await remove_calendar(parts, coach, first, take_away=False, now=clock.forward(minutes=1))
    await deliver(parts)
    left = events(server, address)
    clock.forward(minutes=1)
    second = await connected(parts, coach, address)
    await deliver(parts)

    assert (left, events(server, address)) == (1, 1)
    assert second == first
    assert await rows(parts, "mail") == mails
    async with parts.database.read() as tx:
        assert len(list(await tx.scalars(select(mirror.c.id)))) == 1


async def test_removing_with_the_events_leaves_the_meetings_alone(
    parts: Parts, house: House, server: CalendarServer, address: str, clock: Clock
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    booked = await house.book(trajectory, "2027-03-03T14:00")
    connection = await connected(parts, coach, address)
    await deliver(parts)
    mails = await rows(parts, "mail")

    await remove_calendar(parts, coach, connection, take_away=True, now=clock.forward(minutes=1))
    await house.book(trajectory, "2027-03-10T14:00")
    await deliver(parts)

    assert events(server, address) == 0
    assert await rows(parts, "mail") == mails + 1
    async with parts.database.read() as tx:
        assert await store.mirrored_in(tx, booked.meeting) == ()
    assert await list_calendars(parts, coach) == ()


async def test_removed_calendar_forgets_its_password(
    parts: Parts, house: House, address: str
) -> None:
    coach = await house.coach()
    connection = await connected(parts, coach, address)

    await remove_calendar(parts, coach, connection, take_away=False, now=parts.now())

    async with parts.database.read() as tx:
        assert await tx.scalar(select(calendar_connection.c.secret)) == b""
    with pytest.raises(NotFound, match="calendar_unknown"):
        await one_calendar(parts, coach, connection)


async def test_new_password_repairs_every_calendar_of_the_account(
    parts: Parts, house: House, server: CalendarServer, address: str
) -> None:
    coach = await house.coach()
    other = server.calendar_url.replace("/diary/", f"/{uuid4().hex}/")
    make_calendar(other)
    broken = [await connected(parts, coach, one) for one in (address, other)]
    reason = "the calendar refuses this user name or password"
    async with parts.database.write() as tx:
        for one in broken:
            await store.mark_failing(tx, one, error=reason, broken=True)
    assert {one.health for one in await list_calendars(parts, coach)} == {CalendarHealth.PASSWORD}

    with pytest.raises(BadInput, match="calendar_wrong_password"):
        await repair_calendar(parts, coach, broken[0], account(address, "old"), now=parts.now())
    still = {one.health for one in await list_calendars(parts, coach, needing_care=True)}
    count = await repair_calendar(parts, coach, broken[0], account(address), now=parts.now())

    assert still == {CalendarHealth.PASSWORD}
    assert count == 2
    assert await list_calendars(parts, coach, needing_care=True) == ()


async def test_calendar_that_moved_keeps_its_row_at_the_new_address(
    parts: Parts, house: House, server: CalendarServer, address: str
) -> None:
    coach = await house.coach()
    connection = await connected(parts, coach, address)
    async with parts.database.write() as tx:
        await tx.execute(
            calendar_connection.update().values(calendar_url="https://old.example/anna/diary/")
        )

    moved = server.calendar_url
    await repair_calendar(parts, coach, connection, account(moved), now=parts.now())

    assert (await one_calendar(parts, coach, connection)).address == moved


async def test_pause_ends_when_somebody_looked(parts: Parts, house: House, address: str) -> None:
    coach = await house.coach()
    connection = await connected(parts, coach, address)
    async with parts.database.write() as tx:
        await tx.execute(calendar_connection.update().values(paused_for="mass_deletion"))
    paused = await one_calendar(parts, coach, connection)

    await go_on(parts, coach, connection, now=parts.now())
    await go_on(parts, coach, connection, now=parts.now())

    assert paused.health is CalendarHealth.PAUSED
    assert (await one_calendar(parts, coach, connection)).health is not CalendarHealth.PAUSED
    async with parts.database.read() as tx:
        assert await tx.scalar(select(calendar_connection.c.paused_for)) == LOOKED


async def test_use_changed_to_reading_takes_appointments_away_and_back_again(
    parts: Parts, house: House, server: CalendarServer, address: str, clock: Clock
) -> None:
    coach = await house.coach()
    await house.book(await house.acquainted(coach), "2027-03-03T14:00")
    connection = await connected(parts, coach, address)
    await deliver(parts)
    counts = []

    for role in (CalendarRole.BUSY, CalendarRole.TARGET):
        now = clock.forward(minutes=1)
        await change_calendar(parts, coach, connection, name="Werk", role=role, now=now)
        await deliver(parts)
        counts.append(events(server, address))

    assert counts == [0, 1]
    assert (await one_calendar(parts, coach, connection)).name == "Werk"


async def test_coach_touches_no_calendar_of_another(
    parts: Parts, house: House, address: str
) -> None:
    coach, other = await house.coach(), await house.coach()
    connection = await connected(parts, coach, address)
    now = parts.now()
    tries = (
        one_calendar(parts, other, connection),
        change_calendar(parts, other, connection, name="x", role=CalendarRole.BUSY, now=now),
        repair_calendar(parts, other, connection, account(address), now=now),
        go_on(parts, other, connection, now=now),
        remove_calendar(parts, other, connection, take_away=True, now=now),
    )

    for one in tries:
        with pytest.raises(NotFound, match="calendar_unknown"):
            await one
    assert await list_calendars(parts, other) == ()
    assert len(await list_calendars(parts, coach)) == 1


async def test_password_of_another_installation_asks_for_a_new_one(
    parts: Parts, house: House, address: str
) -> None:
    coach = await house.coach()
    connection = await connected(parts, coach, address, role=CalendarRole.BUSY)
    foreign = InstallSecret(bytes(32)).seal("x", bound_to=f"calendar_connection:{connection}")
    async with parts.database.write() as tx:
        await tx.execute(calendar_connection.update().values(secret=foreign))

    later = parts.now() + timedelta(minutes=1)
    with pytest.raises(BadInput, match="calendar_wrong_password"):
        await change_calendar(
            parts, coach, connection, name="Werk", role=CalendarRole.BOTH, now=later
        )


async def test_hand_over_moves_the_meeting_to_the_calendar_of_the_new_coach(
    parts: Parts, house: House, server: CalendarServer, address: str
) -> None:
    coach, other, planner = await house.coach(), await house.coach(), await house.planner()
    others = server.calendar_url.replace("/diary/", f"/{uuid4().hex}/")
    make_calendar(others)
    room = await house.works(coach)
    await house.works(other, room)
    trajectory = await house.acquainted(coach)
    await house.book(trajectory, "2027-03-10T14:00", mode=Mode.OFFLINE, room=room)
    await connected(parts, coach, address)
    await connected(parts, other, others)
    await deliver(parts)
    before = [events(server, one) for one in (address, others)]

    await hand_over(parts, planner, trajectory, StaffId(other.id), key=uuid4().hex, now=parts.now())
    await deliver(parts)

    assert before == [1, 0]
    assert [events(server, one) for one in (address, others)] == [0, 1]
