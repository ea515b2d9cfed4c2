"""Which free moments at a location are offered when an online talk fails (R19, E20)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from coaching.settings import BlendSettings
from coaching.wall_time import to_wall
from coaching.working_days import working_days_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """The moments to offer; `soon` is false where none exists in the promised days (E20)."""

    slots: tuple[datetime, ...]
    soon: bool
    held_until: datetime


def offer_slots(free: Iterable[datetime], settings: BlendSettings, now: datetime) -> Offer:
    """Choose the first moments within the promised working days, or else the first later ones."""
    coming = sorted(slot for slot in set(free) if slot > now)
    near = [slot for slot in coming if is_soon(slot, settings, now)]
    return Offer(
        slots=tuple((near or coming)[: settings.offline_slots]),
        soon=bool(near),
        held_until=now + timedelta(hours=settings.slots_held_hours),
    )


def is_soon(slot: datetime, settings: BlendSettings, now: datetime) -> bool:
    """Whether a moment lies within the working days that are promised from `now` on (R19, E20)."""
    today = to_wall(now, settings.zone).date()
    last = working_days_after(today, settings.offline_slots_working_days)
    return to_wall(slot, settings.zone).date() <= last
