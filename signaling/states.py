"""The tables of the protocol, part 4, as data: what each event does to a seat and to a room."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class SeatStatus(StrEnum):
    """Who sits: nobody now, somebody, or somebody whose socket dropped."""

    EMPTY = "empty"
    HELD = "held"
    AWAY = "away"


class SeatEvent(StrEnum):
    """What can happen to a seat; the columns of table 4.1."""

    JOIN = "join"
    JOIN_SAME_DEVICE = "join_same_device"
    JOIN_OTHER_DEVICE = "join_other_device"
    TAKE_OVER = "take_over"
    LOST = "lost"
    RESUME = "resume"
    AWAY_TOO_LONG = "away_too_long"
    LEAVE = "leave"


class Answer(StrEnum):
    """What the cell of table 4.1 says to whoever caused the event."""

    SIT = "sit"
    ASK = "ask"
    REFUSE = "refuse"
    KEEP = "keep"
    FREE = "free"


# Names of their own: to look a member up in its enum costs a call.
EMPTY: Final = SeatStatus.EMPTY
HELD: Final = SeatStatus.HELD
AWAY: Final = SeatStatus.AWAY

SEAT_TABLE: Final[Mapping[tuple[SeatStatus, SeatEvent], tuple[SeatStatus, Answer]]] = (
    MappingProxyType(
        {
            (EMPTY, SeatEvent.JOIN): (HELD, Answer.SIT),
            (EMPTY, SeatEvent.TAKE_OVER): (HELD, Answer.SIT),
            (EMPTY, SeatEvent.RESUME): (EMPTY, Answer.REFUSE),
            (HELD, SeatEvent.JOIN_SAME_DEVICE): (HELD, Answer.SIT),
            (HELD, SeatEvent.JOIN_OTHER_DEVICE): (HELD, Answer.ASK),
            (HELD, SeatEvent.TAKE_OVER): (HELD, Answer.SIT),
            (HELD, SeatEvent.LOST): (AWAY, Answer.KEEP),
            (HELD, SeatEvent.RESUME): (HELD, Answer.SIT),
            (HELD, SeatEvent.LEAVE): (EMPTY, Answer.FREE),
            (AWAY, SeatEvent.JOIN_SAME_DEVICE): (HELD, Answer.SIT),
            (AWAY, SeatEvent.JOIN_OTHER_DEVICE): (AWAY, Answer.ASK),
            (AWAY, SeatEvent.TAKE_OVER): (HELD, Answer.SIT),
            (AWAY, SeatEvent.RESUME): (HELD, Answer.SIT),
            (AWAY, SeatEvent.AWAY_TOO_LONG): (EMPTY, Answer.FREE),
            (AWAY, SeatEvent.LEAVE): (EMPTY, Answer.FREE),
        }
    )
)


class Phase(StrEnum):
    """Where a room stands; the rows of table 4.2."""

    WAITING = "waiting"
    TALKING = "talking"
    ENDED = "ended"


WAITING: Final = Phase.WAITING
TALKING: Final = Phase.TALKING
ENDED: Final = Phase.ENDED


class RoomEvent(StrEnum):
    """What can move a room on; the columns of table 4.2 that do."""

    SEATED = "seated"
    ADMIT = "admit"
    STRANGE_DEVICE = "strange_device"
    RESTART = "restart"
    BOTH_EMPTY = "both_empty"


ROOM_TABLE: Final[Mapping[tuple[Phase, RoomEvent], Phase]] = MappingProxyType(
    {
        (WAITING, RoomEvent.SEATED): WAITING,
        (WAITING, RoomEvent.ADMIT): TALKING,
        (WAITING, RoomEvent.BOTH_EMPTY): WAITING,
        (TALKING, RoomEvent.SEATED): TALKING,
        (TALKING, RoomEvent.STRANGE_DEVICE): WAITING,
        (TALKING, RoomEvent.RESTART): TALKING,
        (TALKING, RoomEvent.BOTH_EMPTY): ENDED,
        (ENDED, RoomEvent.SEATED): WAITING,
        (ENDED, RoomEvent.BOTH_EMPTY): ENDED,
    }
)
