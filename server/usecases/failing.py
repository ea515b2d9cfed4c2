"""A talk that fails: phone now, three times at a location, cause and consequence (R19 to R21)."""

from dataclasses import dataclass
from datetime import datetime

from coaching.trigger_facts import FailureCause
from coaching.verdict import Verdict
from coaching.words import Role
from server.usecases.booking import Booked
from server.usecases.context import Actor, MeetingId, Parts, StaffActor
from server.usecases.holding import ByLink, HeldTimes


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """What both screens show after a talk failed."""

    meeting: MeetingId
    role: Role
    phone: str  # coach: the candidate's number; candidate: the coach's
    phone_name: str
    own_phone: str  # candidate: the number that will be called; may be empty
    times: HeldTimes
    chosen: MeetingId | None
    cause: FailureCause
    dismissed: bool
    verdict: Verdict


async def fail_talk(
    parts: Parts, meeting: MeetingId, cause: FailureCause, *, by: Role | None, now: datetime
) -> None:
    """Let a video talk fail, in one transaction; a second report of it changes nothing.

    Status `failed`; a to-do PHONE_NOW with the number for the coach; three times at a location
    held for both; a skill proposal or practice as R20 says. `by` is None for detection.

    Raises:
        Conflict: `already_closed`, it was held, missed or cancelled; `not_video`.
        NotFound: `meeting_unknown`.
    """
    raise NotImplementedError


async def show_fallback(
    parts: Parts, actor: Actor | ByLink, meeting: MeetingId, *, now: datetime
) -> Fallback | None:
    """What this person sees of a failed talk; None when it did not fail. Reads only.

    Raises:
        NotFound: `meeting_unknown`, or not one of the two (planners see the coach's side).
    """
    raise NotImplementedError


async def choose_fallback(
    parts: Parts,
    actor: Actor | ByLink,
    meeting: MeetingId,
    chosen: MeetingId,
    *,
    key: str,
    now: datetime,
) -> Booked:
    """Choose one of the three times of a failed talk; both calendars get it, the others are freed.

    Raises:
        Conflict: `hold_lapsed`, `already_chosen`.
        NotFound: `meeting_unknown`: not one of these times, or not this person's talk.
    """
    raise NotImplementedError


async def dismiss_failure(
    parts: Parts, actor: StaffActor, meeting: MeetingId, *, reason: str, key: str, now: datetime
) -> None:
    """Say that the talk did not fail: it is open again, the held times are freed.

    Raises:
        BadInput: `reason_missing`, `text_too_long` (200).
        Conflict: `already_chosen`, or `already_closed` when it did not fail.
        NotFound: no such meeting, or not one of this coach.
    """
    raise NotImplementedError
