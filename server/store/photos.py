"""Pictures of coaches, each behind a name that nobody can guess."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert, select

from server.store.database import Tx
from server.store.schema import coach_photo


async def save_photo(tx: Tx, staff_id: UUID, *, name: str, content: bytes, now: datetime) -> None:
    """Keep a picture instead of the one that stood there."""
    await remove_photo(tx, staff_id)
    values = {"staff_id": staff_id, "name": name, "content": content, "changed_at": now}
    await tx.execute(insert(coach_photo).values(**values))


async def remove_photo(tx: Tx, staff_id: UUID) -> None:
    """Take it away; nothing happens where there is none."""
    await tx.execute(delete(coach_photo).where(coach_photo.c.staff_id == staff_id))


async def photo_name(tx: Tx, staff_id: UUID) -> str:
    """Behind which name somebody's picture stands; empty without one."""
    query = select(coach_photo.c.name).where(coach_photo.c.staff_id == staff_id)
    return await tx.scalar(query) or ""


async def photo_names(tx: Tx) -> dict[UUID, str]:
    """The names of all pictures."""
    rows = await tx.execute(select(coach_photo.c.staff_id, coach_photo.c.name))
    return {row.staff_id: row.name for row in rows}


async def photo_of(tx: Tx, staff_id: UUID) -> bytes:
    """Somebody's picture; empty without one."""
    query = select(coach_photo.c.content).where(coach_photo.c.staff_id == staff_id)
    return await tx.scalar(query) or b""


async def photo_behind(tx: Tx, name: str) -> bytes | None:
    """The picture of this name."""
    found: bytes | None = await tx.scalar(
        select(coach_photo.c.content).where(coach_photo.c.name == name)
    )
    return found
