"""Who of the staff may do what: facts in, a set of rights out. Decided here and nowhere else.

Use cases, pages and sockets look up the facts and ask; `docs/decisions` (0027) has the table. What
a talk itself asks of its two people (R1 to R4) is a rule, and stands in `coaching.rules.seat`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, Protocol
from uuid import UUID

from coaching.words import MeetingKind, MeetingStatus, StaffRole


class Right(StrEnum):
    """What somebody may do; the function that gives it says with what."""

    # in the house
    HOST = "host"  # own day, own people, own desk
    PLAN = "plan"  # everybody's week, rooms and places, who guides whom, erasing
    SET_UP = "set_up"  # the numbers of the rules, the calendars of all at once
    # of a coach
    KEEP_DESK = "keep_desk"  # hours, absences, calendars, to-dos
    SPEAK_FOR = "speak_for"  # the photo, and that they practised (R15)
    # of a guidance and its candidate
    READ_FILE = "read_file"
    CHANGE_FILE = "change_file"  # what is kept of the candidate: likes, needs, levels, practices
    GUIDE = "guide"  # book, agree, follow, except from a rule
    ANSWER = "answer"  # give the coach's own yes (R27, R28)
    # of a talk
    OPEN = "open"  # its page
    CHANGE = "change"  # move, call off, close, its tasks and what was seen in it
    CALL = "call"  # the number of the candidate
    EXCUSE = "excuse"  # the camera, for this talk
    WRITE_LETTER = "write_letter"  # with the candidate's own link
    FOLLOW = "follow"  # the practice that goes with it
    LEND = "lend"  # choose who guides it, of a practice


class Tie(StrEnum):
    """How somebody on the staff stands to a talk."""

    PLANS = "plans"  # plans for everybody
    OWN = "own"  # has the talk, of an own guidance
    STANDS_IN = "stands_in"  # has it, of another coach's guidance (E5)
    GUIDES = "guides"  # has a practice, of another coach's guidance
    HAD = "had"  # one of these two, and it is over: also who had it before a hand-over
    LENT = "lent"  # has the guidance, and somebody else has the talk
    LENT_PRACTICE = "lent_practice"  # the same of a practice


class Staff(Protocol):
    """Who asks."""

    @property
    def id(self) -> UUID:
        """Who it is."""
        ...

    @property
    def roles(self) -> frozenset[StaffRole]:
        """What they are; without any they may do nothing."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """Of one candidate: whose it is, and when it ended."""

    coach: UUID
    ended_at: datetime | None = None  # aware; None: it has not ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """A talk as rights look at it.

    `guided_by` is the coach of its guidance; None: not looked up, and then nothing is given that
    would follow from it.
    """

    coach: UUID
    guided_by: UUID | None
    kind: MeetingKind
    status: MeetingStatus
    ends_at: datetime
    decided_at: datetime | None  # when its outcome was written down, if it was


AFTERWARDS: Final = timedelta(days=1)  # for who had a talk of another's guidance to finish it

_IN_HOUSE: Final[Mapping[StaffRole, frozenset[Right]]] = MappingProxyType(
    {
        StaffRole.COACH: frozenset({Right.HOST}),
        StaffRole.PLANNER: frozenset({Right.PLAN}),
        StaffRole.ADMIN: frozenset({Right.PLAN, Right.SET_UP}),
    }
)
_FILE: Final = frozenset({Right.READ_FILE, Right.GUIDE})
_HAS_IT: Final = frozenset({Right.OPEN, Right.CHANGE, Right.CALL, Right.EXCUSE, Right.FOLLOW})
_IN_TALK: Final[Mapping[Tie, frozenset[Right]]] = MappingProxyType(
    {
        Tie.PLANS: _HAS_IT | _FILE | {Right.WRITE_LETTER, Right.LEND},
        Tie.OWN: _HAS_IT | _FILE | {Right.WRITE_LETTER, Right.LEND},
        Tie.STANDS_IN: _HAS_IT | {Right.WRITE_LETTER},
        # Their letter would bear the candidate's own link, and they may be anybody on the staff.
        Tie.GUIDES: _HAS_IT | {Right.LEND},
        Tie.HAD: frozenset({Right.OPEN, Right.FOLLOW}),
        Tie.LENT: _FILE | {Right.FOLLOW},
        Tie.LENT_PRACTICE: _FILE | {Right.FOLLOW, Right.WRITE_LETTER, Right.LEND},
    }
)
_CLOSED: Final = frozenset(
    {MeetingStatus.HELD, MeetingStatus.MISSED, MeetingStatus.FAILED, MeetingStatus.CANCELLED}
)
_NO_MORE_CALLS: Final = frozenset({MeetingStatus.HELD, MeetingStatus.CANCELLED})


def of_roles(roles: Iterable[StaffRole]) -> frozenset[Right]:
    """What somebody with these roles may do in the house."""
    return frozenset[Right]().union(*(_IN_HOUSE[role] for role in roles))


def in_house(who: Staff) -> frozenset[Right]:
    """What `who` may do whomever it is about."""
    return of_roles(who.roles)


def limited_to(who: Staff) -> UUID | None:
    """The coach whose people a list for `who` keeps to; None: it shows everybody's."""
    return None if Right.PLAN in in_house(who) else who.id


def of_coach(who: Staff, coach: UUID) -> frozenset[Right]:
    """What `who` may do at the desk of `coach`."""
    house = in_house(who)
    own = bool(house) and who.id == coach
    given = {
        Right.KEEP_DESK: own or Right.PLAN in house,
        Right.SPEAK_FOR: own or Right.SET_UP in house,
    }
    return frozenset(right for right, has in given.items() if has)


def of_guidance(who: Staff, coach: UUID) -> frozenset[Right]:
    """What `who` may do with a guidance of `coach`, also one that ended."""
    house = in_house(who)
    own = bool(house) and who.id == coach
    rights = _FILE if own or Right.PLAN in house else frozenset[Right]()
    return rights | {Right.ANSWER} if own else rights


def may_guide(who: Staff, coach: UUID) -> bool:
    """Whether `who` has the file of a guidance of `coach`, and may do all in it but answer."""
    return Right.GUIDE in of_guidance(who, coach)


def of_candidate(who: Staff, guidances: Iterable[Guidance]) -> frozenset[Right]:
    """What `who` may do with what is kept of a candidate who has or had these.

    Whose own guidance ended reads on as far as `reads_until` says, and changes nothing that the
    next coach goes by.
    """
    house = in_house(who)
    if Right.PLAN in house:
        return frozenset({Right.READ_FILE, Right.CHANGE_FILE})
    own = [one for one in guidances if house and one.coach == who.id]
    if not own:
        return frozenset()
    running = any(one.ended_at is None for one in own)
    return frozenset({Right.READ_FILE} | ({Right.CHANGE_FILE} if running else set()))


def reads_until(who: Staff, guidances: Iterable[Guidance]) -> datetime | None:
    """Up to which moment what is kept of a candidate is for `who` to read; None: up to now.

    Whose own guidance ended reads what was known when the last of it did (decision 0029). Asked of
    who may read it at all (`of_candidate`).
    """
    if Right.PLAN in in_house(who):
        return None
    ends = [one.ended_at for one in guidances if one.coach == who.id]
    past = [end for end in ends if end is not None]
    return max(past) if past and len(past) == len(ends) else None


def may_open(who: Staff, coach: UUID) -> bool:
    """Whether `who` may open a talk that `coach` has: so much follows without the guidance."""
    return bool(in_house(who)) and (limited_to(who) in (None, coach))


def of_talk(who: Staff, talk: Appointment, *, now: datetime) -> frozenset[Right]:
    """What `who` may do with a talk at `now` (aware).

    Without the file the number of the candidate is for before the talk, and to call about it.
    """
    ties = ties_to(who, talk, now=now)
    rights = frozenset[Right]().union(*(_IN_TALK[tie] for tie in ties))
    if Right.READ_FILE in rights or _still_calls(talk, now=now):
        return rights
    return rights - {Right.CALL}


def ties_to(who: Staff, talk: Appointment, *, now: datetime) -> frozenset[Tie]:
    """How `who` stands to a talk; nobody of the staff is tied to most of them."""
    house = in_house(who)
    own = _own_tie(who, talk, now=now) if house else None
    plans = {Tie.PLANS} if Right.PLAN in house else set()
    return frozenset(plans | ({own} if own else set()))


def _own_tie(who: Staff, talk: Appointment, *, now: datetime) -> Tie | None:
    has, guides = who.id == talk.coach, who.id == talk.guided_by
    practice = talk.kind is MeetingKind.PRACTICE
    match has, guides:
        case True, True:
            return Tie.OWN
        case True, False if _is_finished(talk, now=now):
            return Tie.HAD
        case True, False:
            return Tie.GUIDES if practice else Tie.STANDS_IN
        case False, True:
            return Tie.LENT_PRACTICE if practice else Tie.LENT
        case _:
            return None


def _is_finished(talk: Appointment, *, now: datetime) -> bool:
    """Whether it is closed for a day, and also the day after its end is over."""
    last = max(talk.ends_at, talk.decided_at or talk.ends_at)
    return talk.status in _CLOSED and now >= last + AFTERWARDS


def _still_calls(talk: Appointment, *, now: datetime) -> bool:
    return talk.status not in _NO_MORE_CALLS and now < talk.ends_at + AFTERWARDS
