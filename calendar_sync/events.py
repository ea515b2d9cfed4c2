"""What this house keeps of a foreign calendar object: times and kinds, never what it is about.

An object is read in a child process (`calendar_sync.reading_child`): parsing and expanding may
take seconds, and a rule may be written to take for ever.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

WINDOW_BACK_DAYS = 7
WINDOW_AHEAD_DAYS = 400  # a little over 13 months
X_ID = "X-TWEESPRAAK-ID"
X_REVISION = "X-TWEESPRAAK-REV"


class ObjectState(StrEnum):
    """What became of an object."""

    BUSY = "busy"  # it takes time within the window
    FREE = "free"  # it takes none: free, cancelled, declined, or outside the window
    OURS = "ours"  # says that it is a mirror of one of our meetings: see `occurrences.as_foreign`
    UNREADABLE = "unreadable"  # no calendar, or not one that can be understood
    REFUSED = "refused"  # hostile, or larger than is read; shown as "unknown", never as free
    PROMISED = "promised"  # we wrote it, and the calendar has not shown it since
    ZONE_UNKNOWN = "zone_unknown"  # a time zone that nobody knows; shown, never taken for UTC


class Weight(StrEnum):
    """How much a busy time counts (calendar 11.6); the values are those of the rules."""

    HARD = "hard"  # busy, out of office
    SOFT = "soft"  # tentative, an unanswered invitation


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A busy time, in UTC. `at_place` says that the event names a place of its own."""

    starts_at: datetime
    ends_at: datetime
    weight: Weight
    at_place: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEvent:
    """What one of our mirrors says now, as far as people can change it.

    `starts_at` and `ends_at` are UTC; None where they cannot be understood. `cancelled` is
    STATUS:CANCELLED. `all_day` means that only days are left of the time.
    """

    meeting: str  # X-TWEESPRAAK-ID: to be proven by the mirror's UID, anybody can write it
    uid: str
    revision: int | None
    starts_at: datetime | None
    ends_at: datetime | None
    cancelled: bool
    all_day: bool
    recurring: bool
    declined: bool = False  # its owner refused, where somebody made an invitation of it


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadObject:
    """One object, read. `reason` is a stable code where it is not believed.

    An object with our mark is OURS even then, and has its busy times too: anybody can write the
    mark. `recurring` objects are read again when the window rolls, single ones need not be.
    """

    state: ObjectState
    uid_hash: str  # SHA-256 in hexadecimal of the UID, "" where there is none
    reason: str | None = None
    recurring: bool = False
    busy: tuple[Interval, ...] = ()
    own: OwnEvent | None = None
    digest: str = ""  # SHA-256 over what was kept: equal means that nothing changed for us
