"""Which other times a candidate is offered for a meeting, and the one that was taken of them.

An offered time is signed: what comes back by the link is one of our own proposals, for this meeting
as it stands, or it is nothing.
"""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coaching.availability_request import FreeTime, TimeRequest
from coaching.errors import BadInput, Conflict
from coaching.free_times import look_at
from coaching.wall_time import to_wall
from coaching.words import MeetingKind, MeetingStatus, Mode
from server.store import aftermath, attention, meetings, people
from server.store.database import Tx
from server.usecases.access import known_trajectory
from server.usecases.booking_facts import OUR_CAUSES, read_file
from server.usecases.context import Parts
from server.usecases.diaries import needs_of, open_diaries
from server.usecases.free_times import FreeTimeView, view_of
from server.usecases.numbers import numbers_at
from server.usecases.offers import Wanted, find_times
from server.usecases.reminding import is_missed, missed_key
from server.usecases.slots import Slot

_TIMES = 12
_STANDS = (MeetingStatus.PLANNED, MeetingStatus.OPEN, MeetingStatus.HELD)
_FORMS = (Mode.OFFLINE, Mode.PHONE)  # a wish for these is never refused (P6)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferedTime:
    """A time to choose; `offer` is what the choice sends back."""

    time: FreeTimeView
    offer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What somebody chose of the times that were offered."""

    starts_at: datetime
    mode: Mode


def other_forms(found: meetings.MeetingRecord) -> tuple[Mode, ...]:
    """The forms to which a candidate may change this meeting: at a location, by phone."""
    return tuple(mode for mode in _FORMS if mode != found.mode)


def form_of(found: meetings.MeetingRecord, wanted: Mode | None) -> Mode:
    """The form in which times are offered: the meeting's own, unless another is wanted.

    Raises:
        BadInput: `choice_bad`, a form that a candidate cannot choose.
    """
    if wanted is None or wanted == found.mode:
        return Mode(found.mode)
    if wanted not in _FORMS:
        raise BadInput("choice_bad", field="how")
    return wanted


async def was_missed(tx: Tx, found: meetings.MeetingRecord, *, now: datetime) -> bool:
    """Whether the candidate did not come, by the coach's word or by the clock (R25)."""
    if await is_missed(tx, found, now=now):
        return True
    noticed = await attention.moments_had(tx, [missed_key(found.id)])
    return bool(noticed) and found.status == MeetingStatus.PLANNED


async def failed_by_us(tx: Tx, found: meetings.MeetingRecord) -> bool:
    """Whether the talk failed on our side: a new online time is offered as an equal (R20)."""
    if found.status != MeetingStatus.FAILED:
        return False
    failed = await aftermath.failure_of(tx, found.id)
    return failed is not None and failed.cause in OUR_CAUSES


async def chosen_instead(tx: Tx, found: meetings.MeetingRecord) -> meetings.MeetingRecord | None:
    """The meeting of the same kind that was made since one began, or failed: its successor."""
    begun = min(found.starts_at, found.decided_at or found.starts_at)
    others = await meetings.meetings_of_trajectories(tx, [found.trajectory_id])
    since = (
        one
        for one in others
        if one.kind == found.kind and one.status in _STANDS and one.created_at >= begun
    )
    return next(since, None)


async def offer_times(
    parts: Parts, tx: Tx, found: meetings.MeetingRecord, mode: Mode, *, now: datetime
) -> tuple[OfferedTime, ...]:
    """The next times that fit and that no rule refuses, each signed for this meeting."""
    settings = await numbers_at(tx, found.starts_at, parts.settings.tz)
    trajectory = await known_trajectory(tx, found.trajectory_id)
    file = await read_file(tx, trajectory)
    wanted = Wanted(
        kind=MeetingKind(found.kind),
        mode=mode,
        minutes=minutes_of(found),
        most=_TIMES,
        for_staff=False,
        moved=_leaves(found),
    )
    coaches = [coach_of_choice(found, trajectory, now=now)]
    times, diaries = await find_times(tx, settings, file, wanted, coaches=coaches, now=now)
    return tuple(
        OfferedTime(time=view_of(one, diaries), offer=_offer(parts, found, one)) for one in times
    )


def read_offer(parts: Parts, found: meetings.MeetingRecord, offer: str) -> Taken:
    """What `offer` stands for, when it was made for this meeting as it stands.

    Raises:
        BadInput: `offer_unknown`.
    """
    mode, _, rest = offer.partition("~")
    starts_at, _, mark = rest.partition("~")
    try:
        taken = Taken(starts_at=datetime.fromisoformat(starts_at), mode=Mode(mode))
    except ValueError:
        raise BadInput("offer_unknown", field="offer") from None
    whole = taken.starts_at.tzinfo is not None and mark.isascii()
    if not whole or not hmac.compare_digest(mark, _mark(parts, found, mode, starts_at)):
        raise BadInput("offer_unknown", field="offer")
    return taken


async def free_slot(
    parts: Parts, tx: Tx, before: meetings.MeetingRecord, taken: Taken, *, now: datetime
) -> Slot:
    """The slot that was chosen, with a room where one is needed, when it is free still.

    Raises:
        Conflict: `time_taken`.
    """
    settings = await numbers_at(tx, taken.starts_at, parts.settings.tz)
    trajectory = await known_trajectory(tx, before.trajectory_id)
    diaries = await open_diaries(
        tx,
        settings,
        coaches=[coach_of_choice(before, trajectory, now=now)],
        candidate=before.candidate_id,
        now=now,
        for_staff=False,
        besides=[one for one in (_leaves(before),) if one],
    )
    request = TimeRequest(
        mode=taken.mode,
        minutes=minutes_of(before),
        candidate=diaries.candidate,
        needs=needs_of(MeetingKind(before.kind), diaries.candidate.needs),
    )
    found = look_at(request, diaries.coaches[0], diaries.rooms, taken.starts_at, now=now)
    if not isinstance(found, FreeTime):
        raise Conflict("time_taken")
    return Slot(
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        zone=settings.zone.key,
        local_start=to_wall(found.starts_at, settings.zone).isoformat(timespec="minutes"),
        mode=found.mode,
        room=found.room,
    )


def coach_of_choice(
    found: meetings.MeetingRecord, trajectory: people.TrajectoryRecord, *, now: datetime
) -> UUID:
    """With whom the time is that a candidate chooses: a talk to come stays with its coach (E5).

    What comes in the place of one that was missed or failed is with the coach of the guidance.
    """
    to_come = found.status == MeetingStatus.PLANNED and now < found.starts_at
    return found.coach_id if to_come else trajectory.coach_id


def _leaves(found: meetings.MeetingRecord) -> UUID | None:
    """The meeting whose own time becomes free; none for a practice that comes beside it."""
    return found.id if found.revision >= 0 else None


def minutes_of(found: meetings.MeetingRecord) -> int:
    """How long a meeting lasts."""
    return int((found.ends_at - found.starts_at).total_seconds() // 60)


def _offer(parts: Parts, found: meetings.MeetingRecord, time: FreeTime) -> str:
    starts_at = time.starts_at.isoformat()
    return f"{time.mode}~{starts_at}~{_mark(parts, found, time.mode, starts_at)}"


def _mark(parts: Parts, found: meetings.MeetingRecord, mode: str, starts_at: str) -> str:
    said = f"{found.id}|{found.revision}|{mode}|{starts_at}"
    mac = hmac.new(parts.secret.derive("offer"), said.encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(mac[:16]).rstrip(b"=").decode()
