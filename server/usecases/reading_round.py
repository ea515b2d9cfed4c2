"""What came of one round of reading a calendar."""

from dataclasses import dataclass

from server.store.remote_objects import LogLine

UNFINISHED = "unfinished"  # the time was up; what came was kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What came of a round. `outcome` is a stable word; `said` explains a failure to a person."""

    kind: str
    outcome: (
        str  # ok, skipped, unfinished, hold_lost, changed_meanwhile, mass_deletion, or a failure
    )
    said: str = ""
    requests: int = 0
    changed: int = 0
    removed: int = 0
    unreadable: int = 0
    milliseconds: int = 0

    @property
    def good(self) -> bool:
        """Whether the calendar was read, or did not have to be."""
        return self.outcome in ("ok", "skipped")


def line_of(done: Round) -> LogLine:
    """The line of a round in the log: counts only."""
    return LogLine(
        kind=done.kind,
        outcome=done.outcome,
        requests=done.requests,
        changed=done.changed,
        removed=done.removed,
        unreadable=done.unreadable,
        milliseconds=done.milliseconds,
    )
