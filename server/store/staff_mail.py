"""Who of the staff wants invitations by mail, and who was sent one for a meeting."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, exists, insert, select

from server.store.database import Tx
from server.store.schema import meeting_event, staff_mail

SENT = "staff_mail_sent"


async def wants_mail(tx: Tx, staff_id: UUID) -> bool:
    """Whether somebody wants invitations by mail."""
    return bool(await tx.scalar(select(exists().where(staff_mail.c.staff_id == staff_id))))


async def set_wants_mail(tx: Tx, staff_id: UUID, *, on: bool, now: datetime) -> None:
    """Write down whether somebody does."""
    await tx.execute(delete(staff_mail).where(staff_mail.c.staff_id == staff_id))
    if on:
        await tx.execute(insert(staff_mail).values(staff_id=staff_id, since=now))


async def mailed_for(tx: Tx, meeting: UUID) -> frozenset[UUID]:
    """Who was, or may have been, sent the invitation to a meeting."""
    query = select(meeting_event.c.detail).where(
        meeting_event.c.meeting_id == meeting, meeting_event.c.what == SENT
    )
    return frozenset(UUID(str(detail["staff"])) for detail in await tx.scalars(query))
