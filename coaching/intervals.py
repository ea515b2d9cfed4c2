"""Sorted sets of whole minutes: what is open, what is taken, and when something fits.

A minute is counted from 1970-01-01 00:00 UTC, so that no clock change can come in between.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)
_DAY = 24 * 60


def minute_of(moment: datetime) -> int:
    """Give the minute that `moment` (aware) lies in."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    since = moment - _EPOCH
    return since.days * _DAY + since.seconds // 60  # four times as quick as dividing by a minute


def minute_after(moment: datetime) -> int:
    """Give the first minute that begins at `moment` (aware) or after it."""
    until = _EPOCH - moment
    return -(until.days * _DAY + until.seconds // 60)


def moment_of(minute: int) -> datetime:
    """Give the moment (UTC) at which `minute` begins."""
    return _EPOCH + minute * _MINUTE


def minute_on_clock(local: datetime, zone: ZoneInfo) -> int:
    """Give the minute at which the clock of `zone` shows `local` (naive).

    A time that the clock skips is the minute at which it would have shown it.
    """
    return minute_of(local.replace(tzinfo=zone))


class Spans:
    """Disjoint half-open spans of minutes in order of time; never changed once made."""

    __slots__ = ("ends", "starts")

    def __init__(self, starts: Iterable[int], ends: Iterable[int]) -> None:
        """Take spans that are in order and disjoint already; otherwise use `Spans.of`.

        They lie side by side in memory: a search goes through thousands of such sets.
        """
        self.starts = array("q", starts)
        self.ends = array("q", ends)

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, int]]) -> "Spans":
        """Make spans of any pairs (from, until); what meets or overlaps becomes one. O(n log n)."""
        starts: list[int] = []
        ends: list[int] = []
        until: int | None = None
        for start, end in sorted(pairs):
            if end <= start:
                continue
            if until is None or start > until:
                starts.append(start)
                ends.append(end)
                until = end
            elif end > until:
                ends[-1] = until = end
        return cls(starts, ends)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self.starts, self.ends, strict=True)

    def __len__(self) -> int:
        return len(self.starts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Spans):
            return NotImplemented
        return self.starts == other.starts and self.ends == other.ends

    def __hash__(self) -> int:
        return hash((self.starts.tobytes(), self.ends.tobytes()))

    def __repr__(self) -> str:
        return f"Spans.of({list(self)})"

    def plus(self, *others: "Spans") -> "Spans":
        """Everything that is in this set or in one of `others`."""
        return Spans.of(chain(self, *others))

    def minus(self, other: "Spans") -> "Spans":
        """What is left of this set without `other`; one walk over both."""
        starts: list[int] = []
        ends: list[int] = []
        taken = list(other)
        place = 0
        for start, end in self:
            while place < len(taken) and taken[place][1] <= start:
                place += 1
            ahead, begin = place, start
            while ahead < len(taken) and taken[ahead][0] < end:
                if taken[ahead][0] > begin:
                    starts.append(begin)
                    ends.append(taken[ahead][0])
                begin = max(begin, taken[ahead][1])
                ahead += 1
            if begin < end:
                starts.append(begin)
                ends.append(end)
        return Spans(starts, ends)

    def within(self, other: "Spans") -> "Spans":
        """What is in both sets."""
        if not self.starts:
            return self
        whole = Spans((self.starts[0],), (self.ends[-1],))
        return self.minus(whole.minus(other))

    def covers(self, start: int, end: int) -> bool:
        """Whether one span holds all of `start` to `end`. O(log n)."""
        place = bisect_right(self.starts, start) - 1
        return place >= 0 and end <= self.ends[place]

    def seek(self, minute: int) -> int | None:
        """Give the first minute of the set at `minute` or after it, or None. O(log n)."""
        place = bisect_right(self.ends, minute)
        if place == len(self.starts):
            return None
        return max(self.starts[place], minute)

    def openings(self, minutes: int, step: int) -> "Spans":
        """Give every minute at which something of `minutes` may begin; whole steps only.

        The answer holds whole steps, so that seeking a whole step gives a whole step.
        """
        starts: list[int] = []
        ends: list[int] = []
        for start, end in self:
            first = -(-start // step) * step
            last = (end - minutes) // step * step
            if first <= last:
                starts.append(first)
                ends.append(last + 1)
        return Spans(starts, ends)


NOTHING = Spans((), ())


def meet(sets: tuple[Spans, ...], minute: int) -> int | None:
    """Give the first minute at `minute` or after it that every one of `sets` holds, or None.

    Each set in turn moves the minute on, until all agree; `seek` is written out, because this is
    what a search for free times does most.
    """
    agreed = 0
    while agreed < len(sets):
        for one in sets:
            place = bisect_right(one.ends, minute)
            if place == len(one.ends):
                return None
            start = one.starts[place]
            agreed += 1
            if start > minute:
                minute, agreed = start, 1
            if agreed == len(sets):
                break
    return minute
