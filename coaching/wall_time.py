"""Between the clock on the wall and the moment: what was agreed is wall time of one zone (E17)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from coaching.errors import BadInput


def to_instant(local: datetime, zone: ZoneInfo) -> datetime:
    """Give the moment (aware, UTC) at which the clock of `zone` shows `local` (naive).

    A wall time that comes twice is the first of the two, unless `local.fold` is 1 (PEP 495).

    Raises:
        BadInput: `time_skipped`, the clock of `zone` never shows this time.
    """
    moment = _moment_of(local, zone)
    if to_wall(moment, zone) != local.replace(fold=0):
        raise BadInput("time_skipped", field="starts")
    return moment


def to_wall(moment: datetime, zone: ZoneInfo) -> datetime:
    """Give what the clock of `zone` shows at `moment` (aware), as a naive time."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def same_wall_day_before(moment: datetime, zone: ZoneInfo, *, days: int = 1) -> datetime:
    """Give the moment (UTC) with the same wall time `days` days earlier (E17).

    Where the clock skips that wall time it is the moment that the clock would have shown it.
    """
    return _moment_of(to_wall(moment, zone) - timedelta(days=days), zone)


def _moment_of(local: datetime, zone: ZoneInfo) -> datetime:
    if local.tzinfo is not None:
        raise ValueError("wall time carries no time zone of its own")
    return local.replace(tzinfo=zone).astimezone(UTC)
