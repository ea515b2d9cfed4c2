"""Connected calendars, who writes to them now, and what is believed to stand in them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Update, and_, delete, insert, or_, select, update

from server.store.database import Tx
from server.store.outbox import wake_calendar
from server.store.rows import many, one
from server.store.schema import busy, calendar_connection, mirror, remote_object

_OK, _BROKEN = "ok", "broken"
COLUMNS = (
    calendar_connection.c.id,
    calendar_connection.c.staff_id,
    calendar_connection.c.calendar_url,
    calendar_connection.c.user_name,
    calendar_connection.c.secret,
    calendar_connection.c.state,
    calendar_connection.c.last_error,
    calendar_connection.c.last_ok,
    calendar_connection.c.room_id,
    calendar_connection.c.kind,
    calendar_connection.c.name,
    calendar_connection.c.colour,
    calendar_connection.c.role,
    calendar_connection.c.read_at,
    calendar_connection.c.paused_for,
    calendar_connection.c.removed_at,
    calendar_connection.c.capabilities,
)
WRITTEN = (  # what this house writes to
    calendar_connection.c.removed_at.is_(None),
    calendar_connection.c.kind == "caldav",
    calendar_connection.c.role.in_(("target", "both")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionRecord:
    """A row of `calendar_connection`, without its lease. `secret` is sealed, bound to the row."""

    id: UUID
    staff_id: UUID
    calendar_url: str
    user_name: str
    secret: bytes
    state: str  # ok, broken
    last_error: str | None
    last_ok: datetime | None
    room_id: UUID | None  # a room's; `staff_id` is then who connected it
    kind: str  # caldav, feed
    name: str
    colour: str | None
    role: str  # target, busy, both
    read_at: datetime | None
    paused_for: str | None
    removed_at: datetime | None
    capabilities: dict[str, Any] | None

    @property
    def keeps_names(self) -> bool:
        """Whether it was seen that a new event stands under the name that we gave it."""
        return bool((self.capabilities or {}).get("keeps_names"))

    @property
    def is_written(self) -> bool:
        """Whether our appointments stand in it."""
        return self.removed_at is None and self.role != "busy" and self.kind == "caldav"

    @property
    def failing(self) -> bool:
        """Whether the newest attempt did not succeed."""
        return self.last_error is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorRecord:
    """A row of `mirror`."""

    id: UUID
    meeting_id: UUID
    connection_id: UUID
    generation: int
    uid: str
    href: str
    etag: str | None
    synced_revision: int
    state: str  # absent, present, removed
    base: dict[str, Any] | None  # the fields last agreed on
    put_back: str | None  # digest of the change that was put back


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """The right to write to a calendar until the lease ends; `fence` tells an old hold apart."""

    connection: UUID
    worker: str
    fence: int


async def insert_connection(
    tx: Tx,
    *,
    connection_id: UUID,
    staff_id: UUID,
    calendar_url: str,
    user_name: str,
    secret: bytes,
    **values: Any,  # noqa: ANN401 -- the columns
) -> None:
    """Connect a calendar. `secret` was sealed for `calendar_connection:<connection_id>`.

    `values` are other columns; without them it is a coach's calendar that is only written to.
    """
    await tx.execute(
        insert(calendar_connection).values(
            id=connection_id,
            staff_id=staff_id,
            calendar_url=calendar_url,
            user_name=user_name,
            secret=secret,
            state=_OK,
            **values,
        )
    )


async def connection_by_id(tx: Tx, connection_id: UUID) -> ConnectionRecord | None:
    """One connection."""
    query = select(*COLUMNS).where(calendar_connection.c.id == connection_id)
    return await one(tx, query, ConnectionRecord)


async def connections_of(
    tx: Tx, staff_id: UUID, room_id: UUID | None = None
) -> tuple[ConnectionRecord, ...]:
    """The calendars of somebody, and of a room, that appointments are written to.

    Broken ones too, because their changes are kept for them.
    """
    owned = and_(
        calendar_connection.c.staff_id == staff_id, calendar_connection.c.room_id.is_(None)
    )
    if room_id is not None:
        owned = or_(owned, calendar_connection.c.room_id == room_id)
    query = select(*COLUMNS).where(owned, *WRITTEN)
    return await many(tx, query.order_by(calendar_connection.c.id), ConnectionRecord)


async def repair_connection(
    tx: Tx, connection_id: UUID, *, user_name: str, secret: bytes, now: datetime
) -> None:
    """Give a connection a new password; everything that waited for it goes out at once."""
    await tx.execute(
        update(calendar_connection)
        .where(calendar_connection.c.id == connection_id)
        .values(user_name=user_name, secret=secret, state=_OK, last_error=None)
    )
    await wake_calendar(tx, connection_id, now=now)


async def held_connections(tx: Tx, *, now: datetime) -> tuple[UUID, ...]:
    """The calendars that some worker writes to now."""
    query = select(calendar_connection.c.id).where(calendar_connection.c.lease_until > now)
    return tuple(await tx.scalars(query))


async def hold(
    tx: Tx, connection_id: UUID, *, worker: str, now: datetime, lease: timedelta
) -> Hold | None:
    """Take the right to write to a calendar; None when another worker has it."""
    fence = await tx.scalar(
        update(calendar_connection)
        .where(
            calendar_connection.c.id == connection_id,
            or_(
                calendar_connection.c.lease_until.is_(None),
                calendar_connection.c.lease_until <= now,
            ),
        )
        .values(leased_by=worker, lease_until=now + lease, fence=calendar_connection.c.fence + 1)
        .returning(calendar_connection.c.fence)
    )
    if fence is None:
        return None
    return Hold(connection=connection_id, worker=worker, fence=fence)


async def prolong(tx: Tx, held: Hold, *, now: datetime, lease: timedelta) -> bool:
    """Keep a hold for longer; False when it was lost."""
    changed = await tx.execute(_where_held(held).values(lease_until=now + lease))
    return changed.rowcount == 1


async def let_go(tx: Tx, held: Hold) -> None:
    """Give a hold back; one that was lost stays with its new holder."""
    await tx.execute(_where_held(held).values(leased_by=None, lease_until=None))


async def mark_ok(tx: Tx, connection_id: UUID, *, now: datetime) -> None:
    """The calendar answered as it should."""
    await tx.execute(
        update(calendar_connection)
        .where(calendar_connection.c.id == connection_id)
        .values(state=_OK, last_error=None, last_ok=now)
    )


async def mark_failing(tx: Tx, connection_id: UUID, *, error: str, broken: bool) -> bool:
    """The calendar did not; True when it is broken (a person must act) and was not before."""
    state = _BROKEN if broken else calendar_connection.c.state
    before = await tx.scalar(
        select(calendar_connection.c.state).where(calendar_connection.c.id == connection_id)
    )
    await tx.execute(
        update(calendar_connection)
        .where(calendar_connection.c.id == connection_id)
        .values(state=state, last_error=error[:300])
    )
    return broken and before != _BROKEN


async def mirror_of(tx: Tx, meeting_id: UUID, connection_id: UUID) -> MirrorRecord | None:
    """What is believed of a meeting in a calendar; None when it was never there."""
    query = select(mirror).where(
        mirror.c.meeting_id == meeting_id, mirror.c.connection_id == connection_id
    )
    return await one(tx, query, MirrorRecord)


async def mirrored_in(tx: Tx, meeting_id: UUID) -> tuple[UUID, ...]:
    """The calendars in which a meeting may stand: also of a coach who gave it away.

    Not those that were taken away, or are only read now: nothing is written there any more.
    """
    query = (
        select(mirror.c.connection_id)
        .join(calendar_connection, calendar_connection.c.id == mirror.c.connection_id)
        .where(mirror.c.meeting_id == meeting_id, mirror.c.state != "removed", *WRITTEN)
    )
    return tuple(await tx.scalars(query))


async def save_mirror(tx: Tx, held: Hold, meeting_id: UUID, **values: Any) -> bool:  # noqa: ANN401 -- the columns
    """Keep what is believed now; False, and nothing kept, when the hold was lost.

    `values` are generation, uid, href, etag, synced_revision, state and base.
    """
    still = select(calendar_connection.c.id).where(*held_by(held)).with_for_update()
    if await tx.scalar(still) is None:
        return False
    there = and_(mirror.c.meeting_id == meeting_id, mirror.c.connection_id == held.connection)
    changed = await tx.execute(update(mirror).where(there).values(**values))
    if changed.rowcount == 0:
        await tx.execute(
            insert(mirror).values(
                id=uuid4(), meeting_id=meeting_id, connection_id=held.connection, **values
            )
        )
    if values["state"] == "present":
        await _take_for_ours(tx, held.connection, str(values["href"]))
    return True


async def _take_for_ours(tx: Tx, connection: UUID, href: str) -> None:
    """A write of which the answer was lost may have been read as somebody else's busy time."""
    foreign = and_(
        remote_object.c.connection_id == connection,
        remote_object.c.href == href,
        remote_object.c.state.not_in(("ours", "promised")),
    )
    objects = select(remote_object.c.id).where(foreign)
    await tx.execute(delete(busy).where(busy.c.object_id.in_(objects)))
    await tx.execute(update(remote_object).where(foreign).values(state="ours", digest=""))


def held_by(held: Hold) -> tuple[ColumnElement[bool], ...]:
    """What is true of a calendar as long as this hold lasts."""
    return (
        calendar_connection.c.id == held.connection,
        calendar_connection.c.leased_by == held.worker,
        calendar_connection.c.fence == held.fence,
    )


def _where_held(held: Hold) -> Update:
    return update(calendar_connection).where(*held_by(held))
