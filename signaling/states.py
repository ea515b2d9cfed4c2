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


_EMPTY, _HELD, _AWAY = SeatStatus.EMPTY, SeatStatus.HELD, SeatStatus.AWAY

SEAT_TABLE: Final[Mapping[tuple[SeatStatus, SeatEvent], tuple[SeatStatus, Answer]]] = (
    MappingProxyType(
        {
            (_EMPTY, SeatEvent.JOIN): (_HELD, Answer.SIT),
            (_EMPTY, SeatEvent.TAKE_OVER): (_HELD, Answer.SIT),
            (_EMPTY, SeatEvent.RESUME): (_EMPTY, Answer.REFUSE),
            (_HELD, SeatEvent.JOIN_SAME_DEVICE): (_HELD, Answer.SIT),
            (_HELD, SeatEvent.JOIN_OTHER_DEVICE): (_HELD, Answer.ASK),
            (_HELD, SeatEvent.TAKE_OVER): (_HELD, Answer.SIT),
            (_HELD, SeatEvent.LOST): (_AWAY, Answer.KEEP),
            (_HELD, SeatEvent.RESUME): (_HELD, Answer.SIT),
            (_HELD, SeatEvent.LEAVE): (_EMPTY, Answer.FREE),
            (_AWAY, SeatEvent.JOIN_SAME_DEVICE): (_HELD, Answer.SIT),
            (_AWAY, SeatEvent.JOIN_OTHER_DEVICE): (_AWAY, Answer.ASK),
            (_AWAY, SeatEvent.TAKE_OVER): (_HELD, Answer.SIT),
            (_AWAY, SeatEvent.RESUME): (_HELD, Answer.SIT),
            (_AWAY, SeatEvent.AWAY_TOO_LONG): (_EMPTY, Answer.FREE),
            (_AWAY, SeatEvent.LEAVE): (_EMPTY, Answer.FREE),
        }
    )
)


class Phase(StrEnum):
    """Where a room stands; the rows of table 4.2."""

    WAITING = "waiting"
    TALKING = "talking"
    ENDED = "ended"


class RoomEvent(StrEnum):
    """What can move a room on; the columns of table 4.2 that do."""

    SEATED = "seated"
    ADMIT = "admit"
    RESTART = "restart"
    BOTH_EMPTY = "both_empty"


ROOM_TABLE: Final[Mapping[tuple[Phase, RoomEvent], Phase]] = MappingProxyType(
    {
        (Phase.WAITING, RoomEvent.SEATED): Phase.WAITING,
        (Phase.WAITING, RoomEvent.ADMIT): Phase.TALKING,
        (Phase.WAITING, RoomEvent.BOTH_EMPTY): Phase.WAITING,
        (Phase.TALKING, RoomEvent.SEATED): Phase.TALKING,
        (Phase.TALKING, RoomEvent.RESTART): Phase.TALKING,
        (Phase.TALKING, RoomEvent.BOTH_EMPTY): Phase.ENDED,
        (Phase.ENDED, RoomEvent.SEATED): Phase.WAITING,
        (Phase.ENDED, RoomEvent.BOTH_EMPTY): Phase.ENDED,
    }
)
