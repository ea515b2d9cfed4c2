"""What candidates read of coaches, and the link to a candidate's own page of agreements."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select

from server.store.database import Tx
from server.store.rows import many
from server.store.schema import agreement_link, coach_profile


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRow:
    """A row of `coach_profile`."""

    staff_id: UUID
    about: str
    shown: bool
    changed_at: datetime


async def profiles(tx: Tx) -> dict[UUID, ProfileRow]:
    """What coaches wrote of themselves; nothing of those who wrote nothing."""
    return {one.staff_id: one for one in await many(tx, select(coach_profile), ProfileRow)}


async def save_profile(tx: Tx, staff_id: UUID, *, about: str, shown: bool, now: datetime) -> None:
    """Write what a coach says of themselves, instead of what stood there."""
    await tx.execute(delete(coach_profile).where(coach_profile.c.staff_id == staff_id))
    await tx.execute(
        insert(coach_profile).values(staff_id=staff_id, about=about, shown=shown, changed_at=now)
    )


async def insert_link(
    tx: Tx, link: UUID, trajectory_id: UUID, *, token_hash: bytes, now: datetime
) -> None:
    """Give a trajectory its link."""
    await tx.execute(
        insert(agreement_link).values(
            id=link, trajectory_id=trajectory_id, token_hash=token_hash, made_at=now
        )
    )


async def link_of(tx: Tx, trajectory_id: UUID) -> UUID | None:
    """The link of a trajectory, of which the token is made; None without one."""
    query = select(agreement_link.c.id).where(agreement_link.c.trajectory_id == trajectory_id)
    return await tx.scalar(query)


async def trajectory_behind(tx: Tx, token_hash: bytes) -> UUID | None:
    """Of which trajectory this is the link."""
    query = select(agreement_link.c.trajectory_id).where(agreement_link.c.token_hash == token_hash)
    return await tx.scalar(query)
