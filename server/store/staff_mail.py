"""Who of the staff wants invitations by mail, and who was sent one for a meeting."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, insert, select

from server.store.database import Tx
from server.store.schema import meeting_event, outbox, staff_mail

SENT = "staff_mail_sent"


async def wants_mail(tx: Tx, staff_id: UUID) -> bool:
    """Whether somebody wants invitations by mail."""
    return bool(await tx.scalar(select(exists().where(staff_mail.c.staff_id == staff_id))))


async def set_wants_mail(tx: Tx, staff_id: UUID, *, on: bool, now: datetime) -> None:
    """Write down whether somebody does."""
    await tx.execute(delete(staff_mail).where(staff_mail.c.staff_id == staff_id))
    if on:
        await tx.execute(insert(staff_mail).values(staff_id=staff_id, since=now))


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedMail:
    """A mail to staff that will never arrive, and what the mail server said."""

    about: UUID
    staff: UUID
    at: datetime
    reason: str


async def refused_since(tx: Tx, since: datetime) -> tuple[RefusedMail, ...]:
    """The mails to staff that were given up, the newest first."""
    query = (
        select(outbox.c.payload, outbox.c.gave_up_at, outbox.c.last_error)
        .where(
            outbox.c.kind == "mail",
            outbox.c.subject.startswith("staff:"),
            outbox.c.gave_up_at > since,
        )
        .order_by(outbox.c.gave_up_at.desc())
    )
    return tuple(
        RefusedMail(
            about=UUID(str(row.payload["about"])),
            staff=UUID(str(row.payload["staff"])),
            at=row.gave_up_at,
            reason=row.last_error or "",
        )
        for row in await tx.execute(query)
    )


async def mailed_for(tx: Tx, meeting: UUID) -> frozenset[UUID]:
    """Who was, or may have been, sent the invitation to a meeting."""
    query = select(meeting_event.c.detail).where(
        meeting_event.c.meeting_id == meeting, meeting_event.c.what == SENT
    )
    told = [detail.get("staff") for detail in await tx.scalars(query)]
    return frozenset(UUID(str(staff)) for staff in told if staff)
