"""When no nudge may go out, whatever rule wants one (R26)."""

from datetime import datetime, timedelta
from enum import StrEnum

from coaching.settings import BlendSettings
from coaching.trigger_facts import SilenceFacts
from coaching.wall_time import to_wall
from coaching.words import TrajectoryState
from coaching.working_days import is_working_day


class Quiet(StrEnum):
    """Why a nudge has to wait, or is not sent at all."""

    NOT_RUNNING = "not_running"
    UNDELIVERED = "undelivered"
    NIGHT_OR_WEEKEND = "night_or_weekend"
    ENOUGH = "enough"
    TALK_IS_NEAR = "talk_is_near"


UNDELIVERED_LIMIT = 2


def quiet_reason(facts: SilenceFacts, settings: BlendSettings, now: datetime) -> Quiet | None:
    """Say why no nudge may be sent at `now`, or None when it may."""
    if facts.trajectory_state is not TrajectoryState.ACTIVE:
        return Quiet.NOT_RUNNING
    if facts.undelivered >= UNDELIVERED_LIMIT:
        return Quiet.UNDELIVERED
    if not _in_hours(settings, now):
        return Quiet.NIGHT_OR_WEEKEND
    window = timedelta(days=settings.nudge_window_days)
    recent = [sent for sent in facts.nudged_at if now - sent < window]
    if len(recent) >= settings.nudges_per_window:
        return Quiet.ENOUGH
    return Quiet.TALK_IS_NEAR if _talk_is_near(facts, settings, now) else None


def _in_hours(settings: BlendSettings, now: datetime) -> bool:
    wall = to_wall(now, settings.zone)
    return is_working_day(wall.date()) and (
        settings.nudge_from_hour <= wall.hour < settings.nudge_until_hour
    )


def _talk_is_near(facts: SilenceFacts, settings: BlendSettings, now: datetime) -> bool:
    near = timedelta(hours=settings.nudge_before_talk_hours)
    talks = (facts.next_talk_at, facts.any_talk_at)
    return any(at is not None and now <= at <= now + near for at in talks)
