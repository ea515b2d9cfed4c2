"""What is done with a change that a person made in a calendar (calendar 11.1). Pure.

A calendar never decides by itself. In this order:

| the meeting                        | moved                   | odd time | removed, declined   |
|------------------------------------|-------------------------|----------|---------------------|
| going on, over or cancelled        | nothing                 | nothing  | nothing             |
| planned, its end has passed        | ask a person            | ask      | nothing: tidied up  |
| planned, it has begun              | ask                     | ask      | ask                 |
| planned, at a location             | ask                     | ask      | ask                 |
| planned, changed here as well      | ask: ours stays         | ask      | ask                 |
| planned, moved there 3 times a day | ask                     | ask      | ask                 |
| online, a rule forbids it          | put back once, then ask | ask      | ask                 |
| online, not believable by itself   | ask                     | ask      | ask                 |
| online, else                       | accept, tell everybody  | ask      | ask                 |

Cancelled there counts as removed. Not believable by itself: the coach has something else then, or
does not work, or a candidate could not read of it in time.

Put back once: as long as the meeting keeps its revision, whatever else is wished meanwhile. So no
other program can make a loop of it; and the third accepted move in a day is the last one that
mails the candidate without a person.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coaching.words import MeetingStatus, Mode

MOST_ACCEPTED_A_DAY = 3
DAYTIME = (7, 21)  # hours of the clock in which a coach without known hours may talk


class Course(StrEnum):
    """What is done."""

    NOTHING = "nothing"
    ACCEPT = "accept"
    PUT_BACK = "put_back"
    ASK = "ask"  # a person decides


class Why(StrEnum):
    """Why a person decides; or a rule's number, or the code of what stands in the way."""

    BEGUN = "begun"
    AT_LOCATION = "at_location"
    BOTH_CHANGED = "both_changed"
    TOO_OFTEN = "too_often"
    COACH_BUSY = "coach_busy"  # the coach has something else then, or is away
    OUTSIDE_HOURS = "outside_hours"  # of the coach; where none are known, at night
    TOO_SOON = "too_soon"  # a candidate who reads mail in the evening would be late
    REMOVED = "removed"
    DECLINED = "declined"


_NOT_FORBIDDEN = (Why.COACH_BUSY, Why.OUTSIDE_HOURS, Why.TOO_SOON)


class Wanted(StrEnum):
    """What a person wants with the meeting."""

    MOVED = "moved"
    REMOVED = "removed"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A wish and the meeting it is about. `odd` is a code, where it is no time to move to."""

    wanted: Wanted
    odd: str | None
    status: MeetingStatus
    mode: Mode
    starts_at: datetime
    ends_at: datetime
    changed_here: bool  # since the calendar and the house last agreed
    put_back_before: bool  # at this revision of the meeting
    accepted_today: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTime:
    """What is known of the new time besides the rules, once coach and candidate are free."""

    coach_busy: bool
    in_hours: bool
    soonest: datetime  # that a candidate can be told of by mail
    starts_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is done, and why; `why` is empty where nothing needs saying."""

    course: Course
    why: str = ""


def before_rules(about: Situation, *, now: datetime) -> Decision | None:
    """The decision, where it does not depend on what the rules say of the new time; else None."""
    if about.status is not MeetingStatus.PLANNED:
        return Decision(course=Course.NOTHING)
    if about.wanted is not Wanted.MOVED:
        over = now >= about.ends_at
        why = about.odd or about.wanted.value
        return Decision(course=Course.NOTHING) if over else Decision(course=Course.ASK, why=why)
    left = about.odd or _left_to_a_person(about, now=now)
    return Decision(course=Course.ASK, why=left) if left else None


def after_rules(about: Situation, stands_in_the_way: str | None) -> Decision:
    """The decision on a new time; `stands_in_the_way` is a rule or a code, None when allowed."""
    if stands_in_the_way is None:
        return Decision(course=Course.ACCEPT)
    asks = about.put_back_before or stands_in_the_way in _NOT_FORBIDDEN
    return Decision(course=Course.ASK if asks else Course.PUT_BACK, why=stands_in_the_way)


def not_by_itself(new: NewTime) -> Why | None:
    """Why a time that no rule forbids is still not accepted without a person, or None."""
    if new.coach_busy:
        return Why.COACH_BUSY
    if not new.in_hours:
        return Why.OUTSIDE_HOURS
    return Why.TOO_SOON if new.starts_at < new.soonest else None


def _left_to_a_person(about: Situation, *, now: datetime) -> Why | None:
    if now >= about.starts_at:
        return Why.BEGUN
    if about.mode is Mode.OFFLINE:
        return Why.AT_LOCATION
    if about.changed_here:
        return Why.BOTH_CHANGED
    return Why.TOO_OFTEN if about.accepted_today >= MOST_ACCEPTED_A_DAY else None
