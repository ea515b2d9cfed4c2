"""A coach's own picture: kept by the coach or an admin, seen by whoever has one of its pages."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from coaching.access import Right, of_coach
from coaching.errors import NotFound
from coaching.words import StaffRole
from server.portraits import portrait_of
from server.store import people, photos
from server.store.database import Tx
from server.usecases.context import Parts, StaffActor, StaffId

_ONE_AT_A_TIME: Final = asyncio.Semaphore(1)  # a large picture takes 200 MB for a moment
_NAME_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoView:
    """Whose picture, and behind which name it stands; empty without one."""

    coach: StaffId
    coach_name: str
    name: str


async def photo_view(parts: Parts, actor: StaffActor, coach: StaffId) -> PhotoView:
    """The picture of a coach as its owner or an admin sees it. Reads only.

    Raises:
        NotFound: `coach_unknown`, no coach, or not for this person to change.
    """
    async with parts.database.read() as tx:
        found = await _changeable(tx, actor, coach)
        return PhotoView(
            coach=coach, coach_name=found.name, name=await photos.photo_name(tx, coach)
        )


async def keep_photo(
    parts: Parts, actor: StaffActor, coach: StaffId, content: bytes, *, now: datetime
) -> None:
    """Make the picture anew out of `content`, and keep that; the old one is gone with its name.

    Raises:
        BadInput: `photo_bad`, `photo_large`.
        NotFound: as in `photo_view`.
    """
    async with parts.database.read() as tx:
        await _changeable(tx, actor, coach)
    async with _ONE_AT_A_TIME:
        made = await asyncio.to_thread(portrait_of, content)
    name = secrets.token_urlsafe(_NAME_BYTES)

    async def work(tx: Tx) -> None:
        await _changeable(tx, actor, coach)
        await photos.save_photo(tx, coach, name=name, content=made, now=now)

    await parts.database.run(work)


async def remove_photo(parts: Parts, actor: StaffActor, coach: StaffId) -> None:
    """Take the picture away; its name leads nowhere from then on.

    Raises:
        NotFound: as in `photo_view`.
    """

    async def work(tx: Tx) -> None:
        await _changeable(tx, actor, coach)
        await photos.remove_photo(tx, coach)

    await parts.database.run(work)


async def photo_behind(parts: Parts, name: str) -> bytes | None:
    """The picture of this name, a JPEG. Reads only."""
    async with parts.database.read() as tx:
        return await photos.photo_behind(tx, name)


async def _changeable(tx: Tx, actor: StaffActor, coach: StaffId) -> people.StaffRecord:
    found = await people.staff_by_id(tx, coach)
    own = Right.SPEAK_FOR in of_coach(actor, coach)
    if found is None or not own or StaffRole.COACH not in found.roles:
        raise NotFound("coach_unknown")
    return found
