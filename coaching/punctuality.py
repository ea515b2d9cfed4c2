"""How video talks began and ended, in counts: what went wrong is kept apart by its cause."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from coaching.words import MeetingStatus

ON_TIME = timedelta(minutes=3)  # after the agreed time; the clock of joint time ticks each 15 s


@dataclass(frozen=True, slots=True, kw_only=True)
class DueTalk:
    """A video talk that was due, and when both were first there together."""

    status: MeetingStatus
    starts_at: datetime
    opened_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Punctuality:
    """Counts of talks. A technical failure is no no-show, and neither is a talk nobody closed."""

    talks: int
    on_time: int
    late: int
    held: int
    failed: int
    missed: int
    open: int
    median_late_seconds: int | None  # of the talks that began; early counts as 0

    @property
    def on_time_percent(self) -> int | None:
        """Of the talks that began, how many began in time; None when none began."""
        began = self.on_time + self.late
        return round(100 * self.on_time / began) if began else None


def count_talks(talks: Iterable[DueTalk]) -> Punctuality:
    """Count `talks`."""
    due = tuple(talks)
    waits = [
        max(timedelta(), one.opened_at - one.starts_at) for one in due if one.opened_at is not None
    ]
    ended = [one.status for one in due]
    known = (MeetingStatus.HELD, MeetingStatus.FAILED, MeetingStatus.MISSED)
    return Punctuality(
        talks=len(due),
        on_time=sum(wait <= ON_TIME for wait in waits),
        late=sum(wait > ON_TIME for wait in waits),
        held=ended.count(MeetingStatus.HELD),
        failed=ended.count(MeetingStatus.FAILED),
        missed=ended.count(MeetingStatus.MISSED),
        open=sum(status not in known for status in ended),
        median_late_seconds=(
            round(median(wait.total_seconds() for wait in waits)) if waits else None
        ),
    )
