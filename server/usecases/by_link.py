"""What a candidate does with the link of an invitation, without an account."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.usecases.booking import Booked
from server.usecases.context import Parts
from server.usecases.free_times import FreeTimeView
from server.usecases.holding import ByLink, HeldTimes

__all__ = ["ByLink"]


class CallWindow(StrEnum):
    """When a candidate would like to be called."""

    NOW = "now"  # as soon as possible, within two working hours
    MORNING = "morning"  # the next working morning, 9 to 12
    AFTERNOON = "afternoon"  # the next working afternoon, 12 to 17
    EVENING = "evening"  # the next working evening, 17 to 20


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestTimes:
    """What a candidate may choose from; `held` are times held after a talk that failed."""

    times: tuple[FreeTimeView, ...]
    held: HeldTimes | None
    can_move: bool
    can_cancel: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBack:
    """When the coach will call."""

    from_at: datetime
    until_at: datetime
    coach_name: str
    phone: str  # of the candidate; empty: nobody has a number, so the page shows the coach's
    coach_phone: str


async def guest_times(parts: Parts, token: str, *, now: datetime) -> GuestTimes:
    """Times to which the candidate may move this meeting. Reads only.

    Raises:
        NotFound: `link_unknown`, or a link that was replaced.
    """
    raise NotImplementedError


async def guest_move(
    parts: Parts, token: str, *, starts_at: datetime, key: str, now: datetime
) -> Booked:
    """Move the meeting to one of the times of `guest_times`; the old link explains itself.

    Raises:
        Conflict: `time_taken`, it was taken just now, or is none of the times; `too_late`, the
            meeting is going on; `already_closed`.
        Refused: a rule refuses.
        NotFound: `link_unknown`, or a link that was replaced.
    """
    raise NotImplementedError


async def guest_cancel(parts: Parts, token: str, *, key: str, now: datetime) -> None:
    """Cancel the meeting; the coach gets a to-do to plan a new one.

    Raises:
        Conflict: `too_late`, `already_closed`.
        NotFound: `link_unknown`, or a link that was replaced.
    """
    raise NotImplementedError


async def guest_call_me(
    parts: Parts, token: str, window: CallWindow, *, key: str, now: datetime
) -> CallBack:
    """Ask to be called: a request with a window, a to-do and a notice for the coach.

    Also by an older link, and in a pause (R29). Asked twice within one open request it stays one.

    Raises:
        NotFound: `link_unknown`.
    """
    raise NotImplementedError
