"""Foreign feeds: busy times from an address in iCal format, which is itself the secret.

The row shows its host only; the address is sealed like a password. A feed is never written to.
"""

import hashlib
import hmac
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

from calendar_sync.discovery import NotFound as Nothing
from calendar_sync.discovery import trouble_of
from calendar_sync.feed_source import FeedSource, plain_address
from calendar_sync.target import Failure, Forbidden, Garbage, Gone
from coaching.errors import BadInput, NotFound
from server.store import calendars
from server.store import connecting as store
from server.store.database import Tx
from server.store.locks import lock_names
from server.usecases.calendar_owners import check_owner, owner_of
from server.usecases.calendars import one_calendar
from server.usecases.connecting import AFRESH, CalendarRole, check_free, troubled
from server.usecases.context import Parts, StaffActor
from server.usecases.fields import clean_name

_MOST_ADDRESS = 1000


async def connect_feed(
    parts: Parts, actor: StaffActor, owner: str, *, name: str, address: str, now: datetime
) -> UUID:
    """Read a feed from now on, as busy times of `owner`; it is asked for once before.

    Raises:
        BadInput: `name_bad`, `field_missing`, `calendar_field_long`, `feed_own`, `feed_gone`,
            `feed_no_calendar`, `calendar_twice`, or `calendar_<trouble>` of the line.
        NotAllowed: `calendar_not_yours`.
        NotFound: `coach_unknown`, `room_unknown`.
    """
    name = clean_name(name)
    address = _checked(parts, address)
    async with parts.database.read() as tx:
        whose = await check_owner(tx, actor, owner)
    if whose is None:
        raise BadInput("choice_bad", field="owner")
    await _try(parts, address)
    shown = shown_address(parts, address)

    async def work(tx: Tx) -> UUID:
        await lock_names(tx, shown)
        old = await check_free(tx, whose, shown, CalendarRole.BUSY, name=name)
        row = old.id if old else uuid4()
        values: dict[str, Any] = {
            "user_name": "",
            "secret": parts.secret.seal(address, bound_to=f"calendar_connection:{row}"),
            "kind": "feed",
            "role": str(CalendarRole.BUSY),
            "name": name,
            "connected_at": now,
            "next_read_at": now,
        }
        if old:
            await store.change_connection(tx, row, **values, **AFRESH)
        else:
            await calendars.insert_connection(
                tx,
                connection_id=row,
                staff_id=whose.staff or actor.id,
                room_id=whose.room,
                calendar_url=shown,
                **values,
            )
        return row

    return await parts.database.run(work)


async def change_feed_address(
    parts: Parts, actor: StaffActor, connection: UUID, *, address: str, now: datetime
) -> None:
    """Give a feed its new address, once that gives a calendar.

    Raises:
        BadInput: as in `connect_feed`; then nothing was changed.
        NotFound: `calendar_unknown`, also for one that is no feed.
    """
    view = await one_calendar(parts, actor, connection)
    if not view.is_feed:
        raise NotFound("calendar_unknown")
    address = _checked(parts, address)
    await _try(parts, address)
    shown = shown_address(parts, address)

    async def work(tx: Tx) -> None:
        await lock_names(tx, shown)
        known = await calendars.connection_by_id(tx, connection)
        if known is None or known.removed_at is not None:
            raise NotFound("calendar_unknown")
        busy = CalendarRole.BUSY
        await check_free(tx, owner_of(known), shown, busy, name=known.name, besides=connection)
        secret = parts.secret.seal(address, bound_to=f"calendar_connection:{connection}")
        await store.repair(
            tx, connection, secret=secret, now=now, calendar_url=shown, sync_token=None
        )

    await parts.database.run(work)


def shown_address(parts: Parts, address: str) -> str:
    """What the database keeps in the open: the host, and a mark that tells two addresses apart."""
    mark = hmac.new(parts.secret.derive("feed_address"), address.encode(), hashlib.sha256)
    return f"https://{urlsplit(address).netloc.lower()}/#{mark.hexdigest()[:32]}"


def _checked(parts: Parts, address: str) -> str:
    address = plain_address(address)
    if not address:
        raise BadInput("field_missing", field="address")
    if len(address) > _MOST_ADDRESS or not address.isprintable():
        raise BadInput("calendar_field_long", field="address", most=_MOST_ADDRESS)
    try:
        host = urlsplit(address).hostname
    except ValueError:
        raise BadInput("calendar_address_refused", field="address") from None
    if host and host == urlsplit(parts.settings.public_url).hostname:
        raise BadInput("feed_own", field="address")
    return address


async def _try(parts: Parts, address: str) -> None:
    source = FeedSource(address, allow_private_hosts=parts.settings.calendar_hosts)
    failure = await source.look()
    if failure is not None:
        raise _trouble(failure)


def _trouble(failure: Failure) -> BadInput:
    match failure:
        case Gone():
            return BadInput("feed_gone", field="address")
        case Garbage() if not isinstance(failure, Forbidden):
            return BadInput("feed_no_calendar", field="address")
        case _:
            return troubled(Nothing(trouble=trouble_of(failure)))
