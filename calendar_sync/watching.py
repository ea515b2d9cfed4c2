"""What a person changed in one of our mirrors: the difference with what was last agreed. Pure.

`Agreed` are the fields that calendar and house had in common at our newest write. Ours are start,
end and status; everything else in the event belongs to people (calendar 11.4) and is no news. In
this order:

| the calendar says                                | then                                      |
|--------------------------------------------------|-------------------------------------------|
| no such object                                   | a wish: removed                           |
| written by us, but never recorded what           | nothing: what was agreed is unknown       |
| cancelled                                        | a wish: removed (`cancelled_there`)       |
| refused by its owner, and it was not before      | a wish: declined                          |
| repeats, only days, a time nobody understands, a length that no talk has | a wish: moved, odd |
| an older one of ours, at another time than ours  | a wish: moved, odd                        |
| the times last agreed on                         | nothing; an earlier wish is taken back    |
| the times of the meeting as it is now            | nothing; an earlier wish is taken back    |
| other times                                      | a wish: moved                             |

What was noted before (`Agreed.seen`) is no news, whoever touches the event again.

The merge of three (base, ours, theirs) is: our value stays where it changed on both sides, and
theirs is the wish; a wish at a meeting that we did not change waits for an answer as it stands.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from calendar_sync.event_times import Reading
from calendar_sync.events import OwnEvent
from calendar_sync.hostile import NotBelieved, scan
from calendar_sync.own_event import own_event

SHORTEST, LONGEST = timedelta(minutes=5), timedelta(minutes=480)  # no talk is shorter, or longer


class WishKind(StrEnum):
    """What somebody did to a mirror, or answered to an invitation."""

    MOVED = "moved"
    REMOVED = "removed"
    DECLINED = "declined"


class Odd(StrEnum):
    """Why a changed mirror cannot be taken for a new time."""

    ALL_DAY = "all_day"
    REPEATS = "repeats"
    TIME_UNKNOWN = "time_unknown"
    LENGTH = "length"
    CANCELLED_THERE = "cancelled_there"  # the event stands there, as cancelled
    OLDER_COPY = "older_copy"  # of before our newest write: somebody wrote over ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What calendar and house had in common last. `seen` is the digest of a wish already noted.

    `named`: the event says who the candidate is.
    """

    revision: int
    starts_at: datetime
    ends_at: datetime
    declined: bool = False
    seen: str = ""
    named: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """The meeting as it is now."""

    revision: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants, in UTC where it is a time; equal digests are the same wish."""

    kind: WishKind
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    odd: Odd | None = None
    digest: str


class Unchanged(StrEnum):
    """There is no wish."""

    NOTHING = "nothing"
    TAKEN_BACK = "taken_back"  # there was one, and it is no longer there


def look(agreed: Agreed | None, ours: Ours, said: OwnEvent | None) -> Wish | Unchanged:
    """What the calendar says now, against what was agreed; `said` None: it is proven to be gone."""
    seen = agreed.seen if agreed else ""
    base = _base(agreed, ours, said)
    if base is None:
        return Unchanged.NOTHING
    wish = _wish(base, ours, said)
    if wish is None:
        return Unchanged.TAKEN_BACK if seen else Unchanged.NOTHING
    return Unchanged.NOTHING if wish.digest == seen else wish


def says_ours(ours: Ours, said: OwnEvent) -> bool:
    """Whether the event says what the meeting is."""
    odd = said.cancelled or said.all_day or said.recurring
    return not odd and (said.starts_at, said.ends_at) == (ours.starts_at, ours.ends_at)


def said_by(ics: bytes, *, zone: str) -> OwnEvent | None:
    """What one of our mirrors says, without expanding anything; None: it is not understood.

    `zone` is an IANA name, for times without one.
    """
    try:
        scanned = scan(ics)
    except NotBelieved:
        return None
    return own_event(scanned.events, Reading(ZoneInfo(zone), scanned.text))


def to_record(agreed: Agreed) -> dict[str, Any]:
    """As values that JSON knows."""
    return {
        "revision": agreed.revision,
        "starts_at": agreed.starts_at.isoformat(),
        "ends_at": agreed.ends_at.isoformat(),
        "declined": agreed.declined,
        "seen": agreed.seen,
        "named": agreed.named,
    }


def from_record(record: Mapping[str, Any] | None) -> Agreed | None:
    """What `to_record` wrote; None where nothing was kept yet.

    Older records do not tell of names: their events may say one.
    """
    if record is None:
        return None
    return Agreed(
        revision=record["revision"],
        starts_at=datetime.fromisoformat(record["starts_at"]),
        ends_at=datetime.fromisoformat(record["ends_at"]),
        declined=record["declined"],
        seen=record["seen"],
        named=record.get("named", True),
    )


def _base(agreed: Agreed | None, ours: Ours, said: OwnEvent | None) -> Agreed | None:
    """What stood there before somebody touched it.

    When the answer to a write was lost, the event says a newer revision than was recorded: of the
    newest one we know the times, of others nothing.
    """
    if said is None:
        return agreed or _as_agreed(ours)
    if agreed and said.revision == agreed.revision:
        return agreed
    if said.revision == ours.revision:
        return _as_agreed(ours)
    older = agreed and (said.revision is None or said.revision < agreed.revision)
    return agreed if older else None


def _as_agreed(ours: Ours) -> Agreed:
    return Agreed(revision=ours.revision, starts_at=ours.starts_at, ends_at=ours.ends_at)


def _wish(base: Agreed, ours: Ours, said: OwnEvent | None) -> Wish | None:
    if said is None:
        return _sealed(base, WishKind.REMOVED)
    if said.cancelled:
        return _sealed(base, WishKind.REMOVED, odd=Odd.CANCELLED_THERE)
    if said.declined and not base.declined:
        return _sealed(base, WishKind.DECLINED)
    if odd := _odd(said):
        return _sealed(base, WishKind.MOVED, said.starts_at, said.ends_at, odd=odd)
    times = (said.starts_at, said.ends_at)
    if times in ((base.starts_at, base.ends_at), (ours.starts_at, ours.ends_at)):
        return None
    older = said.revision is not None and said.revision < base.revision
    return _sealed(base, WishKind.MOVED, *times, odd=Odd.OLDER_COPY if older else None)


def _odd(said: OwnEvent) -> Odd | None:
    if said.recurring:
        return Odd.REPEATS
    if said.all_day:
        return Odd.ALL_DAY
    if said.starts_at is None or said.ends_at is None:
        return Odd.TIME_UNKNOWN
    return None if SHORTEST <= said.ends_at - said.starts_at <= LONGEST else Odd.LENGTH


def _sealed(
    base: Agreed,
    kind: WishKind,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    *,
    odd: Odd | None = None,
) -> Wish:
    told = (base.revision, kind.value, str(starts_at), str(ends_at), odd and odd.value)
    digest = hashlib.sha256(repr(told).encode()).hexdigest()
    return Wish(kind=kind, starts_at=starts_at, ends_at=ends_at, odd=odd, digest=digest)


def uid_hash(uid: str) -> str:
    """How a UID is kept of an object that was read (`ReadObject.uid_hash`)."""
    return hashlib.sha256(uid.encode()).hexdigest()
