"""Connected calendars: how they are doing, a new password, going on after a pause, letting go."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit
from uuid import UUID

from calendar_sync.found_calendars import FoundCalendar, canonical
from coaching.access import Right, limited_to
from coaching.errors import BadInput, NotFound
from coaching.words import StaffRole
from server.store import calendars, people
from server.store import connecting as store
from server.store.calendars import ConnectionRecord
from server.store.database import Tx
from server.store.remote_objects import LOOKED
from server.usecases.announcing import tell_calendar
from server.usecases.calendar_owners import Owner, may_keep, owner_of
from server.usecases.clashing import look_at_diary
from server.usecases.connecting import (
    Account,
    CalendarRole,
    check_free,
    find_calendars,
    try_writing,
    write_meetings,
)
from server.usecases.context import Parts, StaffActor
from server.usecases.fields import clean_name


class CalendarHealth(StrEnum):
    """How a calendar is doing; worded by the catalogue: calendars.health_<health>."""

    NEW = "new"  # nothing was asked of it yet
    FINE = "fine"
    FAILING = "failing"  # it does not work now; we try again by ourselves
    PASSWORD = "password"  # noqa: S105 -- somebody has to give a new one
    GONE = "gone"  # it is not at this address any more
    MOVED = "moved"
    BROKEN = "broken"  # somebody has to look
    PAUSED = "paused"  # so much vanished that a person has to look first


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarView:
    """A connected calendar. `updated_at` is when it last answered as it should."""

    id: UUID
    name: str
    colour: str | None
    owner_name: str
    of_room: bool
    is_feed: bool  # read from an address, which is secret and not in `address`
    role: CalendarRole
    host: str
    address: str
    user_name: str
    health: CalendarHealth
    updated_at: datetime | None
    unread: int  # objects that could not be read

    @property
    def needs_care(self) -> bool:
        """Whether a person has to do something."""
        well = (CalendarHealth.NEW, CalendarHealth.FINE, CalendarHealth.FAILING)
        return self.health not in well


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerView:
    """Somebody, or a room, that a calendar can be connected for."""

    key: str
    name: str


async def list_calendars(
    parts: Parts, actor: StaffActor, *, needing_care: bool = False
) -> tuple[CalendarView, ...]:
    """The calendars that this person looks after: a coach's own, or all. Reads only."""
    of = limited_to(actor)
    async with parts.database.read() as tx:
        found = await store.owned(tx, of=of, needing_care=needing_care)
    return tuple(_view(one) for one in found)


async def every_calendar(parts: Parts) -> tuple[CalendarView, ...]:
    """All connected calendars, for whoever runs the installation. Reads only."""
    async with parts.database.read() as tx:
        return tuple(_view(one) for one in await store.owned(tx))


async def one_calendar(parts: Parts, actor: StaffActor, connection: UUID) -> CalendarView:
    """One connected calendar. Reads only.

    Raises:
        NotFound: `calendar_unknown`, also for somebody else's.
    """
    async with parts.database.read() as tx:
        await _known(tx, actor, connection)
        found = await store.owned(tx, only=connection)
    if not found:
        raise NotFound("calendar_unknown")
    return _view(found[0])


async def list_owners(parts: Parts, actor: StaffActor) -> tuple[OwnerView, ...]:
    """For whom this person may connect calendars; without `EVERYBODY`. Reads only."""
    if not actor.may(Right.PLAN):
        return (OwnerView(key=Owner(staff=actor.id).key, name=actor.name),)
    async with parts.database.read() as tx:
        everybody = await people.active_staff(tx)
        rooms = await people.rooms(tx)
    return (
        *(
            OwnerView(key=Owner(staff=one.id).key, name=one.name)
            for one in everybody
            if StaffRole.COACH in one.roles
        ),
        *(
            OwnerView(key=Owner(room=one.id).key, name=f"{one.name}, {one.place_name}")
            for one in rooms
        ),
    )


def may_connect_for_all(actor: StaffActor) -> bool:
    """Whether this person may connect the calendars of everybody (`EVERYBODY`) at once."""
    return actor.may(Right.SET_UP)


async def change_calendar(
    parts: Parts,
    actor: StaffActor,
    connection: UUID,
    *,
    name: str,
    role: CalendarRole,
    now: datetime,
) -> None:
    """Give a calendar another name, or another use; its appointments follow.

    Raises:
        BadInput: `name_bad`, `calendar_read_only`, `calendar_taken`, or `calendar_<trouble>`.
        NotFound: `calendar_unknown`.
    """
    name = clean_name(name)
    async with parts.database.read() as tx:
        before = await _known(tx, actor, connection)
    begins = not before.is_written and role is not CalendarRole.BUSY
    if begins and before.kind == "feed":
        raise BadInput("calendar_read_only", field="", name=before.name)
    if begins:
        account = _account(parts, before)
        found = FoundCalendar(
            address=before.calendar_url, name=before.name, colour=None, may_write=True
        )
        await try_writing(parts, account, found, now=now)

    async def work(tx: Tx) -> None:
        known = await _known(tx, actor, connection)
        await check_free(
            tx, owner_of(known), known.calendar_url, role, name=name, besides=connection
        )
        await store.change_connection(tx, connection, name=name, role=str(role), next_read_at=now)
        after = await _known(tx, actor, connection)
        if after.is_written and not known.is_written:
            await write_meetings(tx, after, now=now)
        elif known.is_written and not after.is_written:
            await _take_away(tx, connection, now=now)

    await parts.database.run(work)


async def repair_calendar(
    parts: Parts, actor: StaffActor, connection: UUID, account: Account, *, now: datetime
) -> int:
    """Give a new password, user name or address, once it works; give how many it repaired.

    All calendars of the same owner on the same host with the same user name are repaired with it.

    Raises:
        BadInput: `calendar_<trouble>`; then nothing was changed.
        NotFound: `calendar_unknown`.
    """
    async with parts.database.read() as tx:
        broken = await _known(tx, actor, connection)
    if broken.kind == "feed":
        raise NotFound("calendar_unknown")  # its address is changed in `foreign_feed`
    found = await find_calendars(parts, account)
    address = _same_calendar(broken, found)

    async def work(tx: Tx) -> int:
        known = await _known(tx, actor, connection)
        await check_free(
            tx,
            owner_of(known),
            address,
            CalendarRole(known.role),
            name=known.name,
            besides=connection,
        )
        others = [
            one
            for one in await store.same_account(tx, known)
            if one.id != connection and _host(one.calendar_url) == _host(known.calendar_url)
        ]
        moved = {} if address == known.calendar_url else {"sync_token": None}
        await _repair(parts, tx, connection, account, now=now, calendar_url=address, **moved)
        for one in others:
            await _repair(parts, tx, one.id, account, now=now)
        return 1 + len(others)

    return await parts.database.run(work)


async def go_on(parts: Parts, actor: StaffActor, connection: UUID, *, now: datetime) -> None:
    """Say that what vanished was meant to; reading goes on. A second time does nothing.

    Raises:
        NotFound: `calendar_unknown`.
    """

    async def work(tx: Tx) -> None:
        known = await _known(tx, actor, connection)
        if known.paused_for not in (None, LOOKED):
            await store.change_connection(tx, connection, paused_for=LOOKED, next_read_at=now)

    await parts.database.run(work)


async def remove_calendar(
    parts: Parts, actor: StaffActor, connection: UUID, *, take_away: bool, now: datetime
) -> None:
    """Let a calendar go; appointments stay as they are, and nobody is mailed.

    `take_away` also removes the coming appointments from that calendar; otherwise they stay there
    as they stand, and its password is forgotten at once. The row stays for connecting again.

    Raises:
        NotFound: `calendar_unknown`.
    """

    async def work(tx: Tx) -> None:
        known = await _known(tx, actor, connection)
        await store.forget_what_was_read(tx, connection)
        await store.change_connection(
            tx, connection, removed_at=now, next_read_at=None, sync_token=None
        )
        await look_at_diary(parts, tx, known.room_id or known.staff_id, now=now)
        if take_away and known.is_written:
            await _take_away(tx, connection, now=now)
        else:
            await store.drop_waiting_rows(tx, connection, now=now)
            await store.change_connection(tx, connection, secret=b"")

    await parts.database.run(work)


async def _known(tx: Tx, actor: StaffActor, connection: UUID) -> ConnectionRecord:
    found = await calendars.connection_by_id(tx, connection)
    if found is None or not may_keep(actor, owner_of(found)) or found.removed_at is not None:
        raise NotFound("calendar_unknown")
    return found


def _host(address: str) -> str:
    return urlsplit(address).netloc.lower()


def _account(parts: Parts, connection: ConnectionRecord) -> Account:
    try:
        password = parts.secret.unseal(
            connection.secret, bound_to=f"calendar_connection:{connection.id}"
        )
    except ValueError:
        raise BadInput("calendar_wrong_password", field="password") from None
    return Account(
        address=connection.calendar_url, user_name=connection.user_name, password=password
    )


def _same_calendar(broken: ConnectionRecord, found: tuple[FoundCalendar, ...]) -> str:
    """The address of this calendar among those that the account shows now.

    Raises:
        BadInput: `calendar_not_a_calendar`: it is not among them.
    """
    try:
        known = canonical(broken.calendar_url)
    except ValueError:
        known = broken.calendar_url
    if any(one.address == known for one in found):
        return broken.calendar_url
    last = known.rstrip("/").rpartition("/")[2]
    named = [one for one in found if one.address.rstrip("/").rpartition("/")[2] == last]
    if len(named) == 1 or len(found) == 1:
        return (named or list(found))[0].address
    raise BadInput("calendar_not_a_calendar", field="address")


async def _repair(
    parts: Parts, tx: Tx, connection: UUID, account: Account, *, now: datetime, **values: str | None
) -> None:
    secret = parts.secret.seal(account.password, bound_to=f"calendar_connection:{connection}")
    await store.repair(
        tx, connection, secret=secret, now=now, user_name=account.user_name, **values
    )


async def _take_away(tx: Tx, connection: UUID, *, now: datetime) -> None:
    again = f":{int(now.timestamp())}"
    for meeting, revision in await store.meetings_written(tx, connection, after=now):
        await tell_calendar(tx, meeting, connection, revision, again=again, now=now)


def _view(owned: store.OwnedRecord) -> CalendarView:
    one = owned.connection
    answers = [at for at in (one.last_ok, one.read_at) if at is not None]
    return CalendarView(
        id=one.id,
        name=one.name or urlsplit(one.calendar_url).path.strip("/").rpartition("/")[2],
        colour=one.colour,
        owner_name=owned.owner_name,
        of_room=one.room_id is not None,
        is_feed=one.kind == "feed",
        role=CalendarRole(one.role),
        host=_host(one.calendar_url),
        address="" if one.kind == "feed" else one.calendar_url,
        user_name=one.user_name,
        health=_health(one),
        updated_at=max(answers, default=None),
        unread=owned.unread,
    )


def _health(one: ConnectionRecord) -> CalendarHealth:
    if one.paused_for not in (None, LOOKED):
        return CalendarHealth.PAUSED
    if one.state == "broken":
        return _broken(one.last_error or "")
    if one.last_error is not None:
        return CalendarHealth.FAILING
    fresh = one.last_ok is None and one.read_at is None
    return CalendarHealth.NEW if fresh else CalendarHealth.FINE


def _broken(reason: str) -> CalendarHealth:
    """The reasons are those of `calendar_sync`; an unknown one is still told."""
    if "password" in reason:
        return CalendarHealth.PASSWORD
    if "not there" in reason:
        return CalendarHealth.GONE
    return CalendarHealth.MOVED if "another address" in reason else CalendarHealth.BROKEN
