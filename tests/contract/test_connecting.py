"""Connecting calendars, on both databases, with a real calendar server."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from coaching.errors import BadInput, NotFound, TweespraakError
from coaching.words import Mode, StaffRole
from server.secrets import InstallSecret
from server.store import calendars as store
from server.store.schema import calendar_connection, calendar_lookup, mirror, outbox
from server.usecases.calendars import (
    LOOKED,
    CalendarHealth,
    change_calendar,
    go_on,
    list_calendars,
    list_owners,
    one_calendar,
    remove_calendar,
    repair_calendar,
)
from server.usecases.connecting import (
    EVERYBODY,
    LOOKUP_MINUTES,
    Account,
    CalendarRole,
    Choice,
    Owner,
    connect,
    look_up,
    looked_up,
)
from server.usecases.context import Parts, StaffActor, StaffId
from server.usecases.handing_over import hand_over
from tests.calendar_servers import PASSWORD, USER, CalendarServer, make_calendar, radicale
from tests.conftest import Clock
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


def account(address: str, password: str = PASSWORD) -> Account:
    return Account(address=address, user_name=USER, password=password)


def for_staff(actor: StaffActor) -> str:
    return Owner(staff=actor.id).key


async def connected(
    parts: Parts,
    actor: StaffActor,
    address: str,
    *,
    owner: str = "",
    role: CalendarRole = CalendarRole.BOTH,
) -> UUID:
    """Connect one calendar from its address; give the connection."""
    now = parts.now()
    lookup = await look_up(parts, actor, owner or for_staff(actor), account(address), now=now)
    assert (
        await connect(parts, actor, lookup, [Choice(number=0, role=role, owner="")], now=now) == 1
    )
    async with parts.database.read() as tx:
        query = select(calendar_connection.c.id).where(
            calendar_connection.c.calendar_url == address,
            calendar_connection.c.removed_at.is_(None),
            calendar_connection.c.staff_id == actor.id,
        )
        found = await tx.scalar(query)
    assert found is not None
    return found


async def rows(parts: Parts, kind: str) -> int:
    async with parts.database.read() as tx:
        found = await tx.scalars(select(outbox.c.id).where(outbox.c.kind == kind))
    return len(list(found))


def events(server: CalendarServer, address: str) -> int:
    folder = address.rstrip("/").rpartition("/")[2]
    return len([path for path in server.paths() if folder in path.parts])


async def test_connected_calendar_gets_the_coming_meetings_and_nobody_is_mailed(
    parts: Parts, house: House, server: CalendarServer, address: str
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)
    await house.book(trajectory, "2027-03-03T14:00")
    await house.book(trajectory, "2027-03-10T14:00")
    mails = await rows(parts, "mail")

    await connected(parts, coach, address)
    await deliver(parts)

    assert events(server, address) == 2
    assert await rows(parts, "mail") == mails


async def test_busy_only_calendar_is_never_written_to(
    parts: Parts, house: House, server: CalendarServer, address: str
) -> None:
    coach = await house.coach()
    trajectory = await house.acquainted(coach)

    await connected(parts, coach, address, role=CalendarRole.BUSY)
    await house.book(trajectory, "2027-03-03T14:00")
    await deliver(parts)

    assert await rows(parts, "calendar") == 0
    assert events(server, address) == 0


async def test_room_calendar_follows_the_meetings_in_the_room(
    parts: Parts, house: House, server: CalendarServer, address: str
) -> None:
    coach, planner = await house.coach(), await house.planner()
    room = await house.works(coach)
    trajectory = await house.acquainted(coach)
    await connected(parts, planner, address, owner=Owner(room=room).key)

    await house.book(trajectory, "2027-03-03T14:00")  # by video: in no room
    await house.book(trajectory, "2027-03-10T14:00", mode=Mode.OFFLINE, room=room)
    await deliver(parts)

    assert events(server, address) == 1


async def test_password_is_kept_sealed_and_forgotten_when_it_was_used(
    parts: Parts, house: House, address: str
) -> None:
    coach = await house.coach()
    now = parts.now()
    lookup = await look_up(parts, coach, for_staff(coach), account(address), now=now)
    async with parts.database.read() as tx:
        kept = (await tx.execute(select(calendar_lookup))).mappings().one()
    choice = [Choice(number=0, role=CalendarRole.BUSY, owner="")]

    first = await connect(parts, coach, lookup, choice, now=now)
    again = await connect(parts, coach, lookup, choice, now=now)

    assert PASSWORD.encode() not in kept["secret"]
    with pytest.raises(ValueError, match="does not belong"):
        parts.secret.unseal(kept["secret"], bound_to=f"calendar_lookup:{uuid4()}")
    assert (first, again) == (1, 0)
    async with parts.database.read() as tx:
        assert await tx.scalar(select(calendar_lookup.c.secret)) == b""
        secret = await tx.scalar(select(calendar_connection.c.secret))
        row = await tx.scalar(select(calendar_connection.c.id))
    assert parts.secret.unseal(secret, bound_to=f"calendar_connection:{row}") == PASSWORD


async def test_lookup_ends_after_a_quarter_of_an_hour_and_is_nobody_elses(
    parts: Parts, house: House, address: str, clock: Clock
) -> None:
    coach, other = await house.coach(), await house.coach()
    now = parts.now()
    lookup = await look_up(parts, coach, for_staff(coach), account(address), now=now)

    with pytest.raises(NotFound, match="calendar_lookup_gone"):
        await looked_up(parts, other, lookup, now=now)
    assert len((await looked_up(parts, coach, lookup, now=now)).found) == 1
    later = clock.forward(minutes=LOOKUP_MINUTES)
    with pytest.raises(NotFound, match="calendar_lookup_gone"):
        await looked_up(parts, coach, lookup, now=later)
    await look_up(parts, coach, for_staff(coach), account(address), now=later)
    async with parts.database.read() as tx:
        assert lookup not in list(await tx.scalars(select(calendar_lookup.c.id)))


async def test_same_calendar_twice_is_refused_with_one_sentence(
    parts: Parts, house: House, address: str
) -> None:
    coach = await house.coach()
    await connected(parts, coach, address)

    with pytest.raises(BadInput, match="calendar_twice"):
        await connected(parts, coach, address.replace("http://", "HTTP://").rstrip("/"))


async def test_calendar_of_another_is_refused_as_target_and_allowed_as_busy(
    parts: Parts, house: House, address: str
) -> None:
    coach, other = await house.coach(), await house.coach()
    await connected(parts, coach, address)

    with pytest.raises(BadInput, match="calendar_taken"):
        await connected(parts, other, address, role=CalendarRole.TARGET)
    second = await connected(parts, other, address, role=CalendarRole.BUSY)
    with pytest.raises(BadInput, match="calendar_taken"):
        await change_calendar(
            parts, other, second, name="Werk", role=CalendarRole.BOTH, now=parts.now()
        )


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


async def test_who_may_connect_for_whom(parts: Parts, house: House, address: str) -> None:
    coach, other, planner = await house.coach(), await house.coach(), await house.planner()
    admin = await house.staff(StaffRole.ADMIN)
    room = Owner(room=await house.room()).key

    async def outcome(actor: StaffActor, owner: str) -> str:
        try:
            await look_up(parts, actor, owner, account(address), now=parts.now())
        except TweespraakError as error:
            return error.code
        return "ok"

    assert await outcome(coach, for_staff(coach)) == "ok"
    assert await outcome(coach, for_staff(other)) == "calendar_not_yours"
    assert await outcome(coach, room) == "calendar_not_yours"
    assert await outcome(planner, for_staff(coach)) == "ok"
    assert await outcome(planner, room) == "ok"
    assert await outcome(planner, EVERYBODY) == "admin_needed"
    assert await outcome(planner, for_staff(planner)) == "coach_unknown"
    assert await outcome(planner, f"room:{uuid4()}") == "room_unknown"
    assert await outcome(admin, EVERYBODY) == "ok"
    assert await outcome(admin, "nobody:1") == "choice_bad"
    assert len(await list_owners(parts, planner)) == 3
    assert [one.key for one in await list_owners(parts, coach)] == [for_staff(coach)]


async def test_one_account_gives_everybody_a_calendar(
    parts: Parts, house: House, server: CalendarServer, address: str
) -> None:
    admin, coach, other = (
        await house.staff(StaffRole.ADMIN),
        await house.coach(),
        await house.coach(),
    )
    home = server.calendar_url.removesuffix("diary/")
    now = parts.now()
    lookup = await look_up(parts, admin, EVERYBODY, account(home), now=now)
    found = (await looked_up(parts, admin, lookup, now=now)).found
    assert len(found) >= 2

    wrong = [Choice(number=0, role=CalendarRole.BOTH, owner=EVERYBODY)]
    with pytest.raises(BadInput, match="choice_bad"):
        await connect(parts, admin, lookup, wrong, now=now)
    count = await connect(
        parts,
        admin,
        lookup,
        [
            Choice(number=0, role=CalendarRole.BOTH, owner=for_staff(coach)),
            Choice(number=1, role=CalendarRole.BUSY, owner=for_staff(other)),
        ],
        now=now,
    )

    assert count == 2
    assert [len(await list_calendars(parts, one)) for one in (coach, other, admin)] == [1, 1, 2]


async def test_calendar_without_the_right_to_write_is_refused_and_nothing_is_connected(
    parts: Parts, house: House, server: CalendarServer, address: str
) -> None:
    coach = await house.coach()
    now = parts.now()
    home = server.calendar_url.removesuffix("diary/")
    lookup = await look_up(parts, coach, for_staff(coach), account(home), now=now)
    async with parts.database.write() as tx:
        found = list(await tx.scalar(select(calendar_lookup.c.found)) or [])
        found[1] = {**found[1], "may_write": False}
        await tx.execute(calendar_lookup.update().values(found=found))
    choices = [Choice(number=n, role=CalendarRole.BOTH, owner="") for n in (0, 1)]

    with pytest.raises(BadInput, match="calendar_read_only"):
        await connect(parts, coach, lookup, choices, now=now)

    assert await list_calendars(parts, coach) == ()
    assert not [name for name in server.objects() if "proef" in name]


@pytest.mark.parametrize("choices", [[], [Choice(number=7, role=CalendarRole.BUSY, owner="")]])
async def test_choice_of_nothing_is_refused(
    parts: Parts, house: House, address: str, choices: list[Choice]
) -> None:
    coach = await house.coach()
    lookup = await look_up(parts, coach, for_staff(coach), account(address), now=parts.now())

    with pytest.raises(BadInput):
        await connect(parts, coach, lookup, choices, now=parts.now())


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
