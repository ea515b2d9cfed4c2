"""Connecting a calendar: look behind an address, choose what is written and read, keep it.

No transaction is open while a calendar server is spoken to. Between looking and choosing the
password lies sealed in the database, for a quarter of an hour, and never in a page.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from calendar_sync.caldav_client import CalDavClient
from calendar_sync.discovery import NotFound as Nothing
from calendar_sync.discovery import Trouble, look, trouble_of
from calendar_sync.found_calendars import FoundCalendar
from calendar_sync.measuring import CannotWrite, measure
from calendar_sync.reading import Capabilities
from coaching.errors import BadInput, NotFound
from server.store import calendars
from server.store import connecting as store
from server.store.database import Tx
from server.store.locks import lock_names
from server.usecases.announcing import tell_calendar
from server.usecases.calendar_owners import EVERYBODY, Owner, check_owner, owner_of
from server.usecases.context import Parts, StaffActor

LOOKUP_MINUTES = 15
_MOST_ADDRESS, _MOST_USER, _MOST_PASSWORD = 1000, 200, 500
_AT_ONCE = 4
_TRYING_SECONDS = 300.0  # of writing to all that was chosen
_FIELDS = {Trouble.WRONG_PASSWORD: "password", Trouble.NO_RIGHT: "user_name"}


class CalendarRole(StrEnum):
    """What a calendar is for."""

    TARGET = "target"  # our appointments are written to it
    BUSY = "busy"  # its busy times count
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What somebody typed to reach a calendar server."""

    address: str
    user_name: str
    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupView:
    """What was found; `owner` is an `Owner.key`, or `EVERYBODY`: then each calendar has its own."""

    id: UUID
    owner: str
    found: tuple[FoundCalendar, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One calendar of a lookup, by its number, and what it is for."""

    number: int
    role: CalendarRole
    owner: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    found: FoundCalendar
    role: CalendarRole
    owner: Owner
    capabilities: Capabilities | None


async def look_up(
    parts: Parts,
    actor: StaffActor,
    owner: str,
    account: Account,
    *,
    now: datetime,
    lookup: UUID | None = None,
) -> UUID:
    """Find the calendars behind an address and keep them for a quarter of an hour, as `lookup`.

    Raises:
        BadInput: `calendar_field_long`, or `calendar_<trouble>` as in `discovery.Trouble`.
        NotAllowed: `calendar_not_yours`: a coach for somebody else, `admin_needed` for everybody.
        NotFound: `coach_unknown`, `room_unknown`.
    """
    async with parts.database.read() as tx:
        await check_owner(tx, actor, owner)
    found = await find_calendars(parts, account)
    lookup = lookup or uuid4()
    async with parts.database.write() as tx:
        await store.drop_old_lookups(tx, now=now)
        await store.insert_lookup(
            tx,
            id=lookup,
            staff_id=actor.id,
            owner=owner,
            user_name=account.user_name,
            secret=parts.secret.seal(account.password, bound_to=f"calendar_lookup:{lookup}"),
            found=[asdict(one) for one in found],
            expires_at=now + timedelta(minutes=LOOKUP_MINUTES),
        )
    return lookup


async def looked_up(parts: Parts, actor: StaffActor, lookup: UUID, *, now: datetime) -> LookupView:
    """What this person found. Reads only.

    Raises:
        NotFound: `calendar_lookup_gone`: too old, chosen already, or somebody else's.
    """
    record = await _lookup(parts, actor, lookup, now=now)
    if record.done_at is not None:
        raise NotFound("calendar_lookup_gone")
    return LookupView(id=record.id, owner=record.owner, found=_found(record))


async def connect(
    parts: Parts, actor: StaffActor, lookup: UUID, choices: Sequence[Choice], *, now: datetime
) -> int:
    """Connect the chosen calendars, all or none; give their number. A second time does nothing.

    Where appointments will be written, a test event is written and taken away first. The coming
    appointments of the owner follow by themselves; nobody is mailed.

    Raises:
        BadInput: `calendar_none_chosen`, `calendar_read_only`, `calendar_twice`, `calendar_taken`,
            or `calendar_<trouble>`.
        NotAllowed: as in `look_up`.
        NotFound: `calendar_lookup_gone`, `coach_unknown`, `room_unknown`.
    """
    record = await _lookup(parts, actor, lookup, now=now)
    if record.done_at is not None:
        return 0
    wanted = await _wanted(parts, actor, record, choices)
    account = Account(
        address="",
        user_name=record.user_name,
        password=parts.secret.unseal(record.secret, bound_to=f"calendar_lookup:{record.id}"),
    )
    measured = await _measured(parts, account, wanted, now=now)

    async def work(tx: Tx) -> int:
        await lock_names(tx, *(one.found.address for one in measured))
        if not await store.finish_lookup(tx, record.id, now=now):
            return 0
        for one in measured:
            await _keep(parts, tx, actor, account, one, now=now)
        return len(measured)

    return await parts.database.run(work)


async def find_calendars(parts: Parts, account: Account) -> tuple[FoundCalendar, ...]:
    """Look behind an address.

    Raises:
        BadInput: as in `look_up`.
    """
    _check_length("address", account.address, _MOST_ADDRESS)
    _check_length("user_name", account.user_name, _MOST_USER)
    _check_length("password", account.password, _MOST_PASSWORD)
    found = await look(
        account.address,
        user_name=account.user_name,
        password=account.password,
        allow_private_hosts=parts.settings.calendar_hosts,
    )
    if isinstance(found, Nothing):
        raise troubled(found)
    return found


def troubled(nothing: Nothing) -> BadInput:
    """The refusal that tells what went wrong."""
    field = _FIELDS.get(nothing.trouble, "address")
    if nothing.trouble is Trouble.MOVED:
        return BadInput("calendar_moved", field=field, address=nothing.address)
    return BadInput(f"calendar_{nothing.trouble}", field=field)


async def try_writing(
    parts: Parts, account: Account, found: FoundCalendar, *, now: datetime
) -> Capabilities:
    """Write a test event and take it away; give what the calendar can do.

    Raises:
        BadInput: `calendar_read_only`, or `calendar_<trouble>`.
    """
    if not found.may_write:
        raise BadInput("calendar_read_only", field="", name=found.name)
    client = CalDavClient(
        found.address,
        user_name=account.user_name,
        password=account.password,
        allow_private_hosts=parts.settings.calendar_hosts,
    )
    try:
        told = await measure(client, now=now)
    finally:
        await client.close()
    match told:
        case Capabilities():
            return told
        case CannotWrite():
            raise BadInput("calendar_read_only", field="", name=found.name)
        case failure:
            raise troubled(Nothing(trouble=trouble_of(failure)))


async def check_free(
    tx: Tx,
    owner: Owner,
    address: str,
    role: CalendarRole,
    *,
    name: str,
    besides: UUID | None = None,
) -> calendars.ConnectionRecord | None:
    """Check that nobody else writes to this calendar; give the row it once had for this owner.

    Raises:
        BadInput: `calendar_twice`, `calendar_taken`.
    """
    old = None
    for one in await store.connected_at_address(tx, address):
        if one.id == besides:
            continue
        mine = owner_of(one) == owner
        if mine and one.removed_at is None:
            raise BadInput("calendar_twice", field="", name=name)
        if one.is_written and role is not CalendarRole.BUSY:
            raise BadInput("calendar_taken", field="", name=name)
        old = one if mine else old
    return old


async def write_meetings(tx: Tx, connection: calendars.ConnectionRecord, *, now: datetime) -> None:
    """Bring the coming meetings of its owner into a calendar, and what stood there up to date."""
    coming = await store.meetings_to_write(tx, connection, now=now)
    standing = await store.meetings_written(tx, connection.id, after=now)
    for meeting, revision in dict.fromkeys((*coming, *standing)):
        again = f":{int(now.timestamp())}"
        await tell_calendar(tx, meeting, connection.id, revision, again=again, now=now)


def _check_length(field: str, text: str, most: int) -> None:
    if not text.strip():
        raise BadInput("field_missing", field=field)
    if len(text) > most or not text.isprintable():
        raise BadInput("calendar_field_long", field=field, most=most)


async def _lookup(
    parts: Parts, actor: StaffActor, lookup: UUID, *, now: datetime
) -> store.LookupRecord:
    async with parts.database.read() as tx:
        record = await store.lookup_by_id(tx, lookup, staff_id=actor.id)
    if record is None or record.expires_at <= now:
        raise NotFound("calendar_lookup_gone")
    return record


def _found(record: store.LookupRecord) -> tuple[FoundCalendar, ...]:
    return tuple(FoundCalendar(**one) for one in record.found)


async def _wanted(
    parts: Parts, actor: StaffActor, record: store.LookupRecord, choices: Sequence[Choice]
) -> list[_Chosen]:
    """The choices with calendar and owner, before anything is asked of a server."""
    found = _found(record)
    if not choices:
        raise BadInput("calendar_none_chosen", field="")
    wanted = []
    async with parts.database.read() as tx:
        for one in choices:
            if not 0 <= one.number < len(found):
                raise BadInput("choice_bad", field="")
            key = one.owner if record.owner == EVERYBODY else record.owner
            owner = await check_owner(tx, actor, key)
            if owner is None:
                raise BadInput("choice_bad", field=f"owner_{one.number}")
            calendar = found[one.number]
            await check_free(tx, owner, calendar.address, one.role, name=calendar.name)
            wanted.append(_Chosen(found=calendar, role=one.role, owner=owner, capabilities=None))
    return wanted


async def _measured(
    parts: Parts, account: Account, wanted: Sequence[_Chosen], *, now: datetime
) -> list[_Chosen]:
    turn = asyncio.Semaphore(_AT_ONCE)

    async def one(chosen: _Chosen) -> _Chosen:
        if chosen.role is CalendarRole.BUSY:
            return chosen
        async with turn:
            told = await try_writing(parts, account, chosen.found, now=now)
        return _Chosen(found=chosen.found, role=chosen.role, owner=chosen.owner, capabilities=told)

    try:
        async with asyncio.timeout(_TRYING_SECONDS):
            done = await asyncio.gather(*(one(chosen) for chosen in wanted), return_exceptions=True)
    except TimeoutError:
        raise BadInput("calendar_too_slow", field="") from None
    for result in done:  # all have ended, so that no test event is left behind
        if isinstance(result, BaseException):
            raise result
    return [result for result in done if isinstance(result, _Chosen)]


async def _keep(
    parts: Parts, tx: Tx, actor: StaffActor, account: Account, chosen: _Chosen, *, now: datetime
) -> None:
    """Add the connection, or take up the one that there was: its mirrors are known then."""
    address = chosen.found.address
    old = await check_free(tx, chosen.owner, address, chosen.role, name=chosen.found.name)
    row = old.id if old else uuid4()
    values = {
        "user_name": account.user_name,
        "secret": parts.secret.seal(account.password, bound_to=f"calendar_connection:{row}"),
        **_facts(chosen, now),
    }
    if old:
        await store.change_connection(tx, row, **values, **AFRESH)
    else:
        await calendars.insert_connection(
            tx,
            connection_id=row,
            staff_id=chosen.owner.staff or actor.id,
            room_id=chosen.owner.room,
            calendar_url=address,
            **values,
        )
    kept = await calendars.connection_by_id(tx, row)
    if kept is not None and kept.is_written:
        await write_meetings(tx, kept, now=now)


AFRESH: dict[str, Any] = {  # of a connection that is taken up again
    "state": "ok",
    "last_error": None,
    "sync_token": None,
    "full_read_at": None,
    "read_attempts": 0,
    "paused_for": None,
    "removed_at": None,
}


def _facts(chosen: _Chosen, now: datetime) -> dict[str, Any]:
    return {
        "name": chosen.found.name,
        "colour": chosen.found.colour,
        "role": str(chosen.role),
        "capabilities": asdict(chosen.capabilities) if chosen.capabilities else None,
        "connected_at": now,
        "next_read_at": now,
    }
