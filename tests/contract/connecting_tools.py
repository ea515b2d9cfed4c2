"""What the tests of connected calendars share."""

from uuid import UUID

from sqlalchemy import select

from server.store.schema import calendar_connection, outbox
from server.usecases.calendar_owners import Owner
from server.usecases.connecting import (
    Account,
    CalendarRole,
    Choice,
    connect,
    look_up,
)
from server.usecases.context import Parts, StaffActor
from tests.calendar_servers import PASSWORD, USER, CalendarServer


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
