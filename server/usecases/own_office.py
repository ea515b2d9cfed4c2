"""A room that is the coach's own office: warned of, and taken only with a reason (E21)."""

from datetime import datetime
from uuid import UUID

from coaching.errors import BadInput
from server.store import availability, meetings
from server.store.database import Tx
from server.usecases.fields import clean_text

NO_OTHER_ROOM = "Geen andere kamer vrij"
STOOD_HERE = "Het gesprek stond al in deze kamer."
_REASON_LENGTH = 200


async def reason_for_office(
    tx: Tx, coach: UUID, room: UUID | None, reason: str, *, before: UUID | None = None
) -> str:
    """Why this coach meets in the own office; empty where the room is none, or was so `before`.

    Raises:
        BadInput: `office_reason_missing`; `office_reason_bad`, longer than 200 characters.
    """
    if room is None or room == before:
        return ""
    if coach not in (await availability.offices(tx)).get(room, frozenset()):
        return ""
    if not reason.strip():
        raise BadInput("office_reason_missing", field="office_reason")
    return clean_text(reason, field="office_reason", most=_REASON_LENGTH, code="office_reason_bad")


async def keep_reason(tx: Tx, meeting: UUID, reason: str, *, actor: str, now: datetime) -> None:
    """Write the reason into the history of the meeting; nothing without one."""
    if reason:
        detail = {"reason": reason}
        await meetings.add_event(tx, meeting, at=now, actor=actor, what="own_office", detail=detail)
