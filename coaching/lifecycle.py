"""The life of a meeting: one table of allowed steps; every other step is refused."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from coaching.errors import Conflict
from coaching.wall_time import to_wall
from coaching.words import MeetingStatus


class MeetingEvent(StrEnum):
    """What can happen to a meeting."""

    CONFIRM = "confirm"  # a held time becomes an appointment
    OPEN = "open"  # the first of the two came in
    HOLD = "hold"  # it took place
    MISS = "miss"  # somebody was not there
    FAIL = "fail"  # an online talk that did not work (R19)
    CANCEL = "cancel"
    REOPEN = "reopen"  # a correction: while the day lasts (`may_reopen`), or staff dismiss R19
    MOVE = "move"


STEPS: Mapping[tuple[MeetingStatus, MeetingEvent], MeetingStatus] = MappingProxyType(
    {
        (MeetingStatus.PROVISIONAL, MeetingEvent.CONFIRM): MeetingStatus.PLANNED,
        (MeetingStatus.PROVISIONAL, MeetingEvent.CANCEL): MeetingStatus.CANCELLED,
        (MeetingStatus.PLANNED, MeetingEvent.OPEN): MeetingStatus.OPEN,
        (MeetingStatus.PLANNED, MeetingEvent.HOLD): MeetingStatus.HELD,
        (MeetingStatus.PLANNED, MeetingEvent.MISS): MeetingStatus.MISSED,
        (MeetingStatus.PLANNED, MeetingEvent.FAIL): MeetingStatus.FAILED,
        (MeetingStatus.PLANNED, MeetingEvent.CANCEL): MeetingStatus.CANCELLED,
        (MeetingStatus.PLANNED, MeetingEvent.MOVE): MeetingStatus.PLANNED,
        (MeetingStatus.OPEN, MeetingEvent.OPEN): MeetingStatus.OPEN,
        (MeetingStatus.OPEN, MeetingEvent.HOLD): MeetingStatus.HELD,
        (MeetingStatus.OPEN, MeetingEvent.MISS): MeetingStatus.MISSED,
        (MeetingStatus.OPEN, MeetingEvent.FAIL): MeetingStatus.FAILED,
        (MeetingStatus.OPEN, MeetingEvent.CANCEL): MeetingStatus.CANCELLED,
        (MeetingStatus.HELD, MeetingEvent.REOPEN): MeetingStatus.OPEN,
        (MeetingStatus.MISSED, MeetingEvent.REOPEN): MeetingStatus.OPEN,
        (MeetingStatus.FAILED, MeetingEvent.REOPEN): MeetingStatus.OPEN,
    }
)


def advance(status: MeetingStatus, event: MeetingEvent) -> MeetingStatus:
    """Give the status after `event`.

    Raises:
        Conflict: `already_closed`, the table has no such step.
    """
    try:
        return STEPS[status, event]
    except KeyError:
        raise Conflict("already_closed") from None


def may_reopen(decided_at: datetime, now: datetime, zone: ZoneInfo) -> bool:
    """Whether an outcome may still be corrected: on the day of `zone` it was decided on."""
    return to_wall(decided_at, zone).date() == to_wall(now, zone).date()


def as_table() -> str:
    """Draw `STEPS` as the Markdown table that the decision record shows."""
    events = list(MeetingEvent)
    lines = [
        "| from \\ event | " + " | ".join(events) + " |",
        "|---|" + "---|" * len(events),
    ]
    for status in MeetingStatus:
        cells = (STEPS.get((status, event)) for event in events)
        lines.append(
            f"| `{status}` | " + " | ".join(f"`{cell}`" if cell else "–" for cell in cells) + " |"
        )
    return "\n".join(lines)
