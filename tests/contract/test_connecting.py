"""Connecting calendars, on both databases, with a real calendar server."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from sqlalchemy import select

from coaching.errors import BadInput, NotFound, TweespraakError
from coaching.words import Mode, StaffRole
from server.store.schema import calendar_connection, calendar_lookup
from server.usecases.calendar_owners import EVERYBODY, Owner
from server.usecases.calendars import (
    change_calendar,
    list_calendars,
    list_owners,
)
from server.usecases.connecting import (
    LOOKUP_MINUTES,
    CalendarRole,
    Choice,
    connect,
    look_up,
    looked_up,
)
from server.usecases.context import Parts, StaffActor
from tests.calendar_servers import PASSWORD, CalendarServer, make_calendar, radicale
from tests.conftest import Clock
from tests.contract.connecting_tools import account, connected, events, for_staff, rows
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
