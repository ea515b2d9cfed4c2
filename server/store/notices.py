"""What a member of staff has to know, until they take it away."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, func, insert, or_, select, update

from server.store.database import Tx
from server.store.rows import many
from server.store.schema import notice

ABOUT = "candidate_id"  # among the `params` of a notice that is about no meeting


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRecord:
    """A row of `notice`."""

    id: UUID
    staff_id: UUID
    meeting_id: UUID | None
    code: str
    params: dict[str, str]
    at: datetime
    seen_at: datetime | None


async def add_notice(
    tx: Tx,
    staff_id: UUID,
    *,
    code: str,
    params: dict[str, str],
    meeting_id: UUID | None,
    candidate_id: UUID | None = None,
    now: datetime,
) -> None:
    """Leave a notice for somebody.

    One about a candidate and no meeting says whom by `candidate_id`, so that it goes with them when
    they are erased, whatever they are called.
    """
    about = {**params, ABOUT: str(candidate_id)} if candidate_id else params
    await tx.execute(
        insert(notice).values(
            id=uuid4(), staff_id=staff_id, meeting_id=meeting_id, code=code, params=about, at=now
        )
    )


async def noticed_since(tx: Tx, meeting_id: UUID, code: str, *, since: datetime) -> bool:
    """Whether such a notice about a meeting was left after `since`."""
    query = select(func.count()).where(
        notice.c.meeting_id == meeting_id, notice.c.code == code, notice.c.at > since
    )
    return bool(await tx.scalar(query))


async def open_notices(
    tx: Tx, staff_id: UUID, *, also: Collection[str]
) -> tuple[NoticeRecord, ...]:
    """The notices of somebody, and those of everybody with a code in `also`; newest first."""
    query = select(notice).where(notice.c.seen_at.is_(None), _for(staff_id, also))
    return await many(tx, query.order_by(notice.c.at.desc()), NoticeRecord)


async def take_away(
    tx: Tx, notice_id: UUID, staff_id: UUID, *, also: Collection[str], now: datetime
) -> None:
    """Mark a notice seen, when this person is shown it."""
    await tx.execute(
        update(notice)
        .where(notice.c.id == notice_id, notice.c.seen_at.is_(None), _for(staff_id, also))
        .values(seen_at=now)
    )


def _for(staff_id: UUID, also: Collection[str]) -> ColumnElement[bool]:
    return or_(notice.c.staff_id == staff_id, notice.c.code.in_(also))
