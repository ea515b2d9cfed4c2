"""Whose a calendar is, and for whom somebody may connect one."""

from dataclasses import dataclass
from uuid import UUID

from coaching.access import Right, of_coach
from coaching.errors import BadInput, NotAllowed, NotFound
from server.store import calendars, people
from server.store.database import Tx
from server.usecases.access import require_admin
from server.usecases.context import StaffActor
from server.usecases.hours import known_coach

EVERYBODY = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose calendar it is: a member of staff, or a room."""

    staff: UUID | None = None
    room: UUID | None = None

    @property
    def key(self) -> str:
        """In one string, for forms."""
        return f"room:{self.room}" if self.room else f"staff:{self.staff}"


def owner_of(connection: calendars.ConnectionRecord) -> Owner:
    """Whose calendar this is."""
    if connection.room_id is not None:
        return Owner(room=connection.room_id)
    return Owner(staff=connection.staff_id)


def may_keep(actor: StaffActor, owner: Owner) -> bool:
    """Whether this person may connect and change calendars of `owner`."""
    if owner.staff is None:
        return actor.may(Right.PLAN)
    return Right.KEEP_DESK in of_coach(actor, owner.staff)


async def check_owner(tx: Tx, actor: StaffActor, key: str) -> Owner | None:
    """Whose calendar somebody may connect; None is everybody's.

    Raises:
        BadInput: `choice_bad`.
        NotAllowed: `calendar_not_yours`: a coach for somebody else, `admin_needed` for everybody.
        NotFound: `coach_unknown`, `room_unknown`.
    """
    if key == EVERYBODY:
        require_admin(actor)
        return None
    owner = _parse_owner(key)
    if not may_keep(actor, owner):
        raise NotAllowed("calendar_not_yours")
    if owner.staff is not None:
        await known_coach(tx, owner.staff)
    elif owner.room is not None and await people.room_by_id(tx, owner.room) is None:
        raise NotFound("room_unknown")
    return owner


def _parse_owner(key: str) -> Owner:
    kind, _, text = key.partition(":")
    try:
        found = UUID(text)
    except ValueError:
        raise BadInput("choice_bad", field="owner") from None
    match kind:
        case "staff":
            return Owner(staff=found)
        case "room":
            return Owner(room=found)
        case _:
            raise BadInput("choice_bad", field="owner")
