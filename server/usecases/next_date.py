"""The date of the next talk, taken in the talk itself: some free times, and one press."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import groupby
from uuid import UUID

from coaching.access import may_guide
from coaching.errors import BadInput, NotFound
from coaching.wall_time import to_wall
from coaching.words import MeetingKind, Mode
from server.store import people
from server.store.database import Tx
from server.usecases.access import known_trajectory, open_meeting
from server.usecases.booking import Booked, BookingRequest, book_meeting
from server.usecases.booking_facts import read_file
from server.usecases.context import MeetingId, Parts, RoomId, StaffActor, TrajectoryId
from server.usecases.free_times import FreeTimeView, view_of
from server.usecases.numbers import numbers_at
from server.usecases.offers import Wanted, find_times

_LOOKED_AT = 40  # one after the other: some days
_SHOWN = {Mode.VIDEO: 6, Mode.OFFLINE: 3}
_USUAL_DAYS = 14  # between two talks, where nothing was agreed
_NOON = time(12)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTime:
    """A time to take; `offer` is what the press sends. It is judged anew when it is taken."""

    time: FreeTimeView
    offer: str


async def next_times(
    parts: Parts, actor: StaffActor, meeting: MeetingId, *, now: datetime
) -> tuple[NextTime, ...]:
    """Times for the talk after this one: by video, and at a location. Reads only.

    They begin half a cadence from now; of one day at most one before and one after noon.

    Raises:
        NotFound: `meeting_unknown`, also for another coach's, and for who stands in.
    """
    async with parts.database.read() as tx:
        trajectory = await _trajectory(tx, actor, meeting)
        settings = await numbers_at(tx, now, parts.settings.tz)
        file = await read_file(tx, trajectory)
        days = (trajectory.cadence_days or _USUAL_DAYS) // 2
        first = to_wall(now, parts.settings.tz).date() + timedelta(days=max(1, days))
        found: list[FreeTimeView] = []
        for mode, most in _SHOWN.items():
            wanted = Wanted(
                kind=MeetingKind.PROGRESS,
                mode=mode,
                minutes=trajectory.minutes,
                after=datetime.combine(first, time(), tzinfo=parts.settings.tz),
                most=_LOOKED_AT,
            )
            times, diaries = await find_times(tx, settings, file, wanted, now=now)
            views = [view_of(one, diaries) for one in times if not one.own_office]
            found += spread(parts, views)[:most]
    return tuple(NextTime(time=one, offer=_offer(parts, one)) for one in found)


def spread(parts: Parts, times: list[FreeTimeView]) -> list[FreeTimeView]:
    """The first of each morning and of each afternoon. Pure."""

    def half(one: FreeTimeView) -> tuple[object, bool]:
        wall = to_wall(one.starts_at, parts.settings.tz)
        return wall.date(), wall.time() >= _NOON

    return [next(group) for _, group in groupby(times, half)]


async def book_next(
    parts: Parts, actor: StaffActor, meeting: MeetingId, offer: str, *, key: str, now: datetime
) -> Booked:
    """Book one of `next_times` for the two of this talk.

    Raises:
        BadInput: `choice_bad`, no such offer; and as `book_meeting`.
        Conflict, Refused: as `book_meeting`; a time that somebody took just now among them.
        NotFound: `meeting_unknown`, also for another coach's, and for who stands in.
    """
    mode, starts_local, room = _read(offer)
    async with parts.database.read() as tx:
        trajectory = await _trajectory(tx, actor, meeting)
    request = BookingRequest(
        trajectory=TrajectoryId(trajectory.id),
        kind=MeetingKind.PROGRESS,
        mode=mode,
        starts_local=starts_local,
        minutes=trajectory.minutes,
        room=room,
    )
    return await book_meeting(parts, actor, request, key=key, now=now)


def _offer(parts: Parts, one: FreeTimeView) -> str:
    local = to_wall(one.starts_at, parts.settings.tz).isoformat(timespec="minutes")
    return f"{one.mode}~{local}~{one.room or ''}"


def _read(offer: str) -> tuple[Mode, datetime, RoomId | None]:
    mode, _, rest = offer.partition("~")
    local, _, room = rest.partition("~")
    try:
        starts_local = datetime.fromisoformat(local)
        found = Mode(mode)
        where = RoomId(UUID(room)) if room else None
    except ValueError:
        raise BadInput("choice_bad", field="offer") from None
    if starts_local.tzinfo is not None or found not in _SHOWN:
        raise BadInput("choice_bad", field="offer")
    return found, starts_local, where


async def _trajectory(tx: Tx, actor: StaffActor, meeting: MeetingId) -> people.TrajectoryRecord:
    found = await open_meeting(tx, actor, meeting)
    trajectory = await known_trajectory(tx, found.trajectory_id)
    if not may_guide(actor, trajectory.coach_id):
        raise NotFound("meeting_unknown")  # a stand-in has this one talk, and plans no other
    return trajectory
