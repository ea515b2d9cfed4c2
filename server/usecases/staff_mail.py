"""Invitations by mail for staff who want them and have no calendar that is written to."""

from datetime import datetime
from uuid import UUID

from server.store import calendars, outbox
from server.store import staff_mail as store
from server.store.database import Tx
from server.usecases.context import Parts, StaffActor

TEMPLATE = "staff"


async def wants_mail(parts: Parts, actor: StaffActor) -> bool:
    """Whether this person gets appointments by mail. Reads only."""
    async with parts.database.read() as tx:
        return await store.wants_mail(tx, actor.id)


async def switch_mail(parts: Parts, actor: StaffActor, *, on: bool, now: datetime) -> None:
    """Get appointments by mail from now on, or no longer; a second time changes nothing.

    What was mailed before is still kept up to date: a calendar program holds it.
    """

    async def work(tx: Tx) -> None:
        await store.set_wants_mail(tx, actor.id, on=on, now=now)

    await parts.database.run(work)


async def mail_staff(tx: Tx, meeting: UUID, coach: UUID, revision: int, *, now: datetime) -> None:
    """Write the rows of the mails to the coach, and to whoever was mailed about it before."""
    told = set(await store.mailed_for(tx, meeting))
    wants = coach not in told and await store.wants_mail(tx, coach)
    if wants and not await calendars.connections_of(tx, coach):
        told.add(coach)
    for staff in sorted(told):
        await outbox.enqueue(
            tx,
            outbox.Kind.MAIL,
            f"staff:{meeting}:{staff}",
            dedupe_key=f"staff_mail:{meeting}:{staff}:{revision}",
            payload={
                "template": TEMPLATE,
                "about": str(meeting),
                "staff": str(staff),
                "revision": revision,
            },
            not_before=now,
            now=now,
        )
