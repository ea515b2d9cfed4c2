"""The first frame of a socket: a ticket or a seat token, or out."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from coaching.words import Role
from signaling.desk import Ticket, as_text
from signaling.grammar import BadMessage, parse
from signaling.messages import Hello, Resume
from signaling.outgoing import Outgoing
from signaling.room_events import Joined, Resumed
from signaling.tickets import read_token
from signaling.value import value
from signaling.wire import Wire

HELLO_SECONDS: Final = 2.0
_TURN_SECONDS: Final = (
    0.05  # what came in time is read, although this process had no turn meanwhile
)
_FIRST: Final = (Hello, Resume)

Redeem = Callable[[str], Awaitable[Ticket | None]]


@value
class Entry:
    """What a page showed: what happens to which room, and who may open it."""

    meeting: str
    role: Role
    device: str
    event: Joined | Resumed
    opening: Ticket | None


class Newcomers:
    """Sockets that have not said anything yet: closed with 1013 when their two seconds are over.

    One timer for all: they come in the order in which their time is over. A first frame that came
    in time and waited for a busy process counts: it is read before the socket is sent away.
    """

    def __init__(self) -> None:
        self._until: dict[Outgoing, float] = {}
        self._late: dict[Outgoing, asyncio.TimerHandle] = {}
        self._timer: asyncio.TimerHandle | None = None

    def enter(self, outgoing: Outgoing) -> None:
        """Begin to wait for the first frame of this socket."""
        loop = asyncio.get_running_loop()
        self._until[outgoing] = loop.time() + HELLO_SECONDS
        if self._timer is None:
            self._timer = loop.call_later(HELLO_SECONDS, self._send_away)

    def go(self, outgoing: Outgoing) -> None:
        """It said something, or is gone."""
        self._until.pop(outgoing, None)
        if late := self._late.pop(outgoing, None):
            late.cancel()

    def send_away(self, code: int) -> None:
        """The server stops: nobody waits any longer."""
        for outgoing in (*self._until, *self._late):
            outgoing.close(code)
            self.go(outgoing)

    def _send_away(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = None
        for outgoing, until in tuple(self._until.items()):
            if until > loop.time():
                self._timer = loop.call_at(until, self._send_away)
                return
            del self._until[outgoing]
            self._late[outgoing] = loop.call_later(_TURN_SECONDS, self._close, outgoing)

    def _close(self, outgoing: Outgoing) -> None:
        del self._late[outgoing]
        outgoing.close(1013)  # a slow line, until it says something else


async def first_message(wire: Wire) -> Hello | Resume | int:
    """The first message when it is one of the two that may be first, or a close code."""
    frame = await wire.receive()
    if frame is None:
        return 4401
    try:
        message = parse(frame)
    except BadMessage:
        return 4401
    return message if isinstance(message, _FIRST) else 4401


async def by_ticket(message: Hello, connection: str, redeem: Redeem) -> Entry | None:
    """Spend the ticket; None when it is unknown, spent or old."""
    ticket = await redeem(message.ticket)
    if ticket is None:
        return None
    device = as_text(ticket.device)
    joined = Joined(
        connection=connection,
        role=ticket.role,
        person=as_text(ticket.person),
        name=ticket.name,
        device=device,
        relay_only=ticket.relay_only,
        camera_waiver=ticket.camera_waiver,
        shown=message.shown,
    )
    return Entry(
        meeting=as_text(ticket.meeting),
        role=ticket.role,
        device=device,
        event=joined,
        opening=ticket,
    )


def by_seat_token(
    message: Resume, connection: str, key: bytes, now: float, *, relay_only: bool = False
) -> Entry | None:
    """Read the seat token; None when it is not ours, was changed, or is old.

    `relay_only` is that of the installation, which may have changed since the ticket.
    """
    claim = read_token(message.seat_token, key, now)
    if claim is None:
        return None
    resumed = Resumed(
        connection=connection,
        role=claim.role,
        device=claim.device,
        generation=claim.generation,
        epoch=message.epoch,
        relay_only=relay_only,
        shown=message.shown,
    )
    return Entry(
        meeting=claim.meeting,
        role=claim.role,
        device=claim.device,
        event=resumed,
        opening=None,
    )
