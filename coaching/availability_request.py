"""What is asked of free times and what is answered: a request, a time, or what is in the way."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from coaching.availability import (
    ANYTIME,
    TWO_PEOPLE,
    CandidateTimes,
    Room,
    RoomNeeds,
    SlotRules,
)
from coaching.availability_index import CoachIndex, RoomIndex, candidate_free
from coaching.errors import BadInput
from coaching.intervals import minute_after, minute_of, moment_of
from coaching.verdict import Text
from coaching.words import Mode

_SHORTEST, _LONGEST = 5, 480


class Obstacle(StrEnum):
    """Why a time is not free; the first that holds is told."""

    TOO_SOON = "too_soon"
    TOO_FAR = "too_far"
    NO_HOURS = "no_hours"
    COACH = "coach"
    CANDIDATE = "candidate"
    NO_SUCH_ROOM = "no_such_room"
    ROOM = "room"

    @property
    def text(self) -> Text:
        """The sentence that staff read."""
        return _OBSTACLES[self]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeRequest:
    """What kind of time is looked for. `minutes` is the length of the talk.

    `after` and `before` (aware) bound the whole talk; without `before` the horizon does. With
    `over_soft` tentative times count as free and are marked. Two offered times begin at least
    `apart_minutes` from each other (None: they do not overlap).
    """

    mode: Mode
    minutes: int
    candidate: CandidateTimes = ANYTIME
    needs: RoomNeeds = TWO_PEOPLE
    places: frozenset[UUID] = frozenset()  # empty: any
    after: datetime | None = None
    before: datetime | None = None
    over_soft: bool = False
    apart_minutes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeTime:
    """A time that can be offered. Moments are UTC, wall times naive (E17, E18)."""

    coach: UUID
    starts_at: datetime
    ends_at: datetime
    wall: datetime  # on the organisation's clock
    candidate_wall: datetime  # on the candidate's
    mode: Mode
    place: UUID | None = None
    room: UUID | None = None
    own_office: bool = False  # of one of the two: warn (E21)
    over_soft: bool = False  # something tentative stands there


def places_of(request: TimeRequest, index: CoachIndex) -> tuple[UUID | None, ...]:
    """Give the places at which this coach could hold the talk; None: wherever the coach is."""
    if request.mode is not Mode.OFFLINE:
        return index.places
    return tuple(
        place
        for place in index.places
        if place is not None and (not request.places or place in request.places)
    )


def bounds(request: TimeRequest, rules: SlotRules, now: datetime) -> tuple[int, int]:
    """Give the first minute at which a talk may begin, and the last at which it may end.

    Raises:
        BadInput: `length_bad`, `mode_unbookable`, or `ends_before_start`.
    """
    if not _SHORTEST <= request.minutes <= _LONGEST:
        raise BadInput("length_bad", field="minutes", least=_SHORTEST, most=_LONGEST)
    if request.mode is Mode.WRITTEN:
        raise BadInput("mode_unbookable", field="mode")
    if request.after and request.before and request.before <= request.after:
        raise BadInput("ends_before_start", field="before")
    soonest = now + timedelta(hours=rules.notice_hours)
    furthest = now + timedelta(days=rules.horizon_days)
    first = max(soonest, request.after) if request.after else soonest
    return minute_after(first), minute_of(request.before or furthest)


def free_time_at(
    request: TimeRequest,
    index: CoachIndex,
    place: UUID | None,
    rooms: RoomIndex,
    start: int,
) -> FreeTime | None:
    """Give the answer for a start (minute) that is free; None when no fitting room is."""
    end = start + request.minutes
    room: Room | None = None
    people = frozenset({index.coach, request.candidate.person})
    if request.mode is Mode.OFFLINE and place is not None:
        room = rooms.pick(place, request.needs, start, end, people=people)
        if room is None:
            return None
    starts_at = moment_of(start)
    return FreeTime(
        coach=index.coach,
        starts_at=starts_at,
        ends_at=moment_of(end),
        wall=_wall(starts_at, rooms.rules.zone),
        candidate_wall=_wall(starts_at, request.candidate.zone or rooms.rules.zone),
        mode=request.mode,
        place=room.place if room else None,
        room=room.room if room else None,
        own_office=room is not None and bool(room.office_of & people),
        over_soft=request.over_soft and _lies_over_soft(request, index, place, start),
    )


def _lies_over_soft(
    request: TimeRequest, index: CoachIndex, place: UUID | None, start: int
) -> bool:
    end = start + request.minutes
    if not index.free(place).covers(start, end):
        return True
    strict = candidate_free(request.candidate, index.rules, (start, end), over_soft=False)
    return not strict.covers(start, end)


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the clock of `zone` shows; `fold` tells the second of two equal times (PEP 495)."""
    return moment.astimezone(zone).replace(tzinfo=None)


_OBSTACLES = {
    Obstacle.TOO_SOON: Text(nl="Dit is te snel.", en="This is too soon."),
    Obstacle.TOO_FAR: Text(nl="Dit is te ver vooruit.", en="This is too far ahead."),
    Obstacle.NO_HOURS: Text(
        nl="De coach werkt in deze weken niet op deze plek.",
        en="The coach does not work at this place in these weeks.",
    ),
    Obstacle.COACH: Text(
        nl="De coach is dan niet vrij, of nog onderweg.",
        en="The coach is not free then, or still on the way.",
    ),
    Obstacle.CANDIDATE: Text(
        nl="De kandidaat heeft dan al een afspraak.",
        en="The candidate has an appointment then.",
    ),
    Obstacle.NO_SUCH_ROOM: Text(
        nl="Geen kamer is groot genoeg of heeft wat nodig is.",
        en="No room is large enough or has what is needed.",
    ),
    Obstacle.ROOM: Text(
        nl="Er is dan geen passende kamer vrij.", en="No fitting room is free then."
    ),
}
