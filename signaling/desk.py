"""What the room needs from the rest of the house: whose a ticket is, who keeps the outcome."""

from functools import lru_cache
from typing import Final, Protocol
from uuid import UUID

from coaching.settings import BlendSettings
from coaching.words import Role
from signaling.messages import Cause, Quality
from signaling.room_events import JointTime
from signaling.room_state import RoomState, fresh_room, fresh_seat, room_settings


class Ticket(Protocol):
    """What a redeemed ticket stands for; `server.usecases.joining.SeatTicket` is one."""

    @property
    def meeting(self) -> UUID:
        """Which talk."""
        ...

    @property
    def role(self) -> Role:
        """Which seat."""
        ...

    @property
    def person(self) -> UUID:
        """Whose seat that is."""
        ...

    @property
    def name(self) -> str:
        """Their name, as the other reads it."""
        ...

    @property
    def device(self) -> UUID:
        """The server's session behind the page."""
        ...

    @property
    def other_person(self) -> UUID:
        """Who sits across."""
        ...

    @property
    def other_name(self) -> str:
        """Their name."""
        ...

    @property
    def candidate_phone(self) -> str:
        """For the coach when it does not work; may be empty."""
        ...

    @property
    def relay_only(self) -> bool:
        """Whether this person's media must go through TURN, which hides their address."""
        ...

    @property
    def camera_waiver(self) -> bool:
        """Whether this person may take part without a camera: a recorded exception to R4."""
        ...

    @property
    def settings(self) -> BlendSettings:
        """The version of the numbers that holds for this talk."""
        ...


class Observer(Protocol):
    """Who keeps what a talk leaves behind. A failure here is logged; the talk goes on."""

    async def joint_time(self, meeting: UUID, joint: JointTime) -> None:
        """Keep the joint time; `joint.over`: somebody left, so the talk may be judged."""
        ...

    async def third_refused(self, meeting: UUID) -> None:
        """Somebody with a ticket who is not one of the two was refused (R1)."""
        ...

    async def trouble(self, meeting: UUID, role: Role, cause: Cause | None) -> None:
        """Somebody pressed "Het lukt niet"; `cause` None: not seen for 180 s (R5, R19)."""
        ...

    async def quality(self, meeting: UUID, role: Role, quality: Quality) -> None:
        """What the page of `role` received in 15 seconds of the talk."""
        ...


as_text: Final = lru_cache(maxsize=4096)(str)
"""An id as the room writes it: that of one person or meeting is asked again and again."""


def opening_room(ticket: Ticket) -> RoomState:
    """The room as the first ticket finds it: two seats, both empty, for the two it names."""
    own = fresh_seat(as_text(ticket.person), ticket.name)
    other = fresh_seat(as_text(ticket.other_person), ticket.other_name)
    coach, candidate = (own, other) if ticket.role is Role.COACH else (other, own)
    return fresh_room(
        meeting=as_text(ticket.meeting),
        coach=coach,
        candidate=candidate,
        candidate_phone=ticket.candidate_phone,
        settings=room_settings(ticket.settings),
    )
