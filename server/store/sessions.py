"""Sessions, sign-in links, failures to sign in, and tickets for a seat; tokens only as hashes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, update

from server.store.database import Tx
from server.store.locks import lock_names
from server.store.rows import one
from server.store.schema import (
    invitation,
    login_failure,
    login_link,
    login_place,
    login_session,
    staff,
    ticket,
)

_SESSION = (
    select(
        *(column for column in login_session.c if column.name != "id_hash"),
        *(staff.c.name, staff.c.roles, staff.c.language, staff.c.active),
    )
    .outerjoin(staff, staff.c.id == login_session.c.staff_id)
    .where(login_session.c.id_hash == bindparam("cookie"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """A row of `login_session`, with whom it belongs to when that is a member of staff."""

    staff_id: UUID | None
    invitation_id: UUID | None
    device: UUID
    csrf: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    name: str | None
    roles: list[str] | None
    language: str | None
    active: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginLinkRecord:
    """A row of `login_link`."""

    staff_id: UUID
    reusable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketRecord:
    """A row of `ticket`, spent."""

    meeting_id: UUID
    role: str
    device: UUID
    expires_at: datetime


async def insert_session(
    tx: Tx,
    id_hash: bytes,
    *,
    staff_id: UUID | None = None,
    invitation_id: UUID | None = None,
    csrf: str,
    expires_at: datetime,
    now: datetime,
) -> None:
    """Add a session of a member of staff or of a guest, on a device of its own."""
    await tx.execute(
        insert(login_session).values(
            id_hash=id_hash,
            staff_id=staff_id,
            invitation_id=invitation_id,
            device=uuid4(),
            csrf=csrf,
            created_at=now,
            seen_at=now,
            expires_at=expires_at,
        )
    )


async def renew_guest_session(
    tx: Tx, id_hash: bytes, *, device: UUID, invitation_id: UUID, now: datetime
) -> bool:
    """Give the session of this device by this link another cookie; whether there was one."""
    query = (
        update(login_session)
        .where(login_session.c.device == device, login_session.c.invitation_id == invitation_id)
        .values(id_hash=id_hash, seen_at=now)
    )
    return bool((await tx.execute(query)).rowcount)


async def session_behind(tx: Tx, id_hash: bytes) -> SessionRecord | None:
    """The session of a cookie."""
    return await one(tx, _SESSION, SessionRecord, {"cookie": id_hash})


async def invitation_of_device(tx: Tx, device: UUID) -> UUID | None:
    """The invitation by which a guest's device came in."""
    query = select(login_session.c.invitation_id).where(login_session.c.device == device)
    found: UUID | None = await tx.scalar(query)
    return found


async def staff_of_device(tx: Tx, device: UUID) -> UUID | None:
    """Who of the staff signed in on this device, while that session is there."""
    query = select(login_session.c.staff_id).where(login_session.c.device == device)
    found: UUID | None = await tx.scalar(query)
    return found


async def candidate_came(tx: Tx, meeting_id: UUID, *, before: datetime | None = None) -> bool:
    """Whether the candidate of a meeting opened it with a link (`before` then), on any device."""
    query = select(login_session.c.device).join(
        invitation, invitation.c.id == login_session.c.invitation_id
    )
    if before:
        query = query.where(login_session.c.created_at < before)
    found = await tx.execute(query.where(invitation.c.meeting_id == meeting_id).limit(1))
    return found.first() is not None


async def touch_session(tx: Tx, id_hash: bytes, *, now: datetime) -> None:
    """Note that a session was used."""
    await tx.execute(
        update(login_session).where(login_session.c.id_hash == id_hash).values(seen_at=now)
    )


async def touch_sessions_of(tx: Tx, staff_id: UUID, *, seen_since: datetime, now: datetime) -> None:
    """Note that the living sessions of a member of staff are in use: a talk is activity."""
    await tx.execute(
        update(login_session)
        .where(login_session.c.staff_id == staff_id, login_session.c.seen_at >= seen_since)
        .values(seen_at=now)
    )


async def lengthen_sessions(
    tx: Tx, staff_id: UUID, meeting_id: UUID, *, until: datetime, now: datetime
) -> None:
    """Let no living session of a talk's coach or its guest end before `until`."""
    links = select(invitation.c.id).where(invitation.c.meeting_id == meeting_id)
    of_the_two = or_(login_session.c.staff_id == staff_id, login_session.c.invitation_id.in_(links))
    living = and_(login_session.c.expires_at > now, login_session.c.expires_at < until)
    await tx.execute(update(login_session).where(of_the_two, living).values(expires_at=until))


async def living_devices(tx: Tx, devices: Collection[UUID], *, now: datetime) -> frozenset[UUID]:
    """Those of `devices` whose session was not ended and is not over, nor their account closed."""
    query = (
        select(login_session.c.device)
        .outerjoin(staff, staff.c.id == login_session.c.staff_id)
        .where(login_session.c.device.in_(devices), login_session.c.expires_at > now)
        .where(or_(login_session.c.staff_id.is_(None), staff.c.active))
    )
    return frozenset((await tx.execute(query)).scalars())


async def end_session(tx: Tx, id_hash: bytes) -> UUID | None:
    """Take a session away; gives its device."""
    query = delete(login_session).where(login_session.c.id_hash == id_hash)
    device: UUID | None = await tx.scalar(query.returning(login_session.c.device))
    return device


async def insert_login_link(
    tx: Tx, token_hash: bytes, *, staff_id: UUID, expires_at: datetime, reusable: bool
) -> None:
    """Add a link that signs somebody in, once or as often as it is pressed."""
    values = {"token_hash": token_hash, "staff_id": staff_id, "expires_at": expires_at}
    await tx.execute(insert(login_link).values(**values, reusable=reusable))


async def link_behind(tx: Tx, token_hash: bytes, *, now: datetime) -> LoginLinkRecord | None:
    """The sign-in link of this token, while it is good."""
    query = select(login_link.c.staff_id, login_link.c.reusable).where(
        login_link.c.token_hash == token_hash, login_link.c.expires_at > now
    )
    return await one(tx, query, LoginLinkRecord)


async def spend_login_link(tx: Tx, token_hash: bytes) -> bool:
    """Take a sign-in link away; of two at once only one hears True."""
    gone = await tx.execute(delete(login_link).where(login_link.c.token_hash == token_hash))
    return bool(gone.rowcount)


async def signed_in_from(tx: Tx, place: str, *, since: datetime) -> bool:
    """Whether an account signed in well from an address block; both make the hash `place`."""
    query = select(login_place.c.at).where(login_place.c.subject == place)
    return (await tx.execute(query.where(login_place.c.at >= since))).first() is not None


async def keep_login_place(tx: Tx, place: str, *, now: datetime) -> None:
    """Remember that an account signed in well from an address block."""
    await lock_names(tx, place)
    await tx.execute(delete(login_place).where(login_place.c.subject == place))
    await tx.execute(insert(login_place).values(subject=place, at=now))


async def count_failures(tx: Tx, subject: str, *, since: datetime) -> int:
    """How often signing in failed for an account or an address block."""
    query = select(func.count()).where(
        login_failure.c.subject == subject, login_failure.c.at >= since
    )
    return await tx.scalar(query) or 0


async def add_failure(tx: Tx, subject: str, *, now: datetime) -> UUID:
    """Count one failure."""
    new_id = uuid4()
    await tx.execute(insert(login_failure).values(id=new_id, subject=subject, at=now))
    return new_id


async def take_failures_back(tx: Tx, *failures: UUID) -> None:
    """Uncount attempts that turned out well."""
    await tx.execute(delete(login_failure).where(login_failure.c.id.in_(failures)))


async def insert_ticket(
    tx: Tx, token_hash: bytes, *, meeting_id: UUID, role: str, device: UUID, expires_at: datetime
) -> None:
    """Add a ticket for a seat."""
    await tx.execute(
        insert(ticket).values(
            token_hash=token_hash,
            meeting_id=meeting_id,
            role=role,
            device=device,
            expires_at=expires_at,
        )
    )


async def spend_ticket(tx: Tx, token_hash: bytes) -> TicketRecord | None:
    """Take a ticket away and give what it stood for; of two at once only one gets it."""
    query = delete(ticket).where(ticket.c.token_hash == token_hash)
    columns = (ticket.c.meeting_id, ticket.c.role, ticket.c.device, ticket.c.expires_at)
    return await one(tx, query.returning(*columns), TicketRecord)


async def forget_expired(
    tx: Tx, *, now: datetime, failures_before: datetime, places_before: datetime
) -> None:
    """Take away what no longer opens anything."""
    await tx.execute(delete(login_session).where(login_session.c.expires_at < now))
    await tx.execute(delete(login_link).where(login_link.c.expires_at < now))
    await tx.execute(delete(ticket).where(ticket.c.expires_at < now))
    await tx.execute(delete(login_failure).where(login_failure.c.at < failures_before))
    await tx.execute(delete(login_place).where(login_place.c.at < places_before))
