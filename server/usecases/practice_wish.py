"""Whether a candidate is told to practise before a talk: what R12, R15 and R20 say of it."""

from datetime import datetime

from coaching.practice import PracticeNeed, practice_need
from coaching.words import MeetingKind, MeetingStatus, Mode, Skill
from server.store import meetings
from server.store.database import Tx
from server.usecases.access import known_trajectory
from server.usecases.booking_facts import Asked, read_file
from server.usecases.context import Parts
from server.usecases.numbers import numbers_at

_TO_COME = (MeetingStatus.PROVISIONAL, MeetingStatus.PLANNED, MeetingStatus.OPEN)


async def wants_practice(
    parts: Parts, tx: Tx, found: meetings.MeetingRecord, *, now: datetime
) -> bool:
    """Whether the next video talk of these two wants a practice first; no practice does."""
    if found.kind == MeetingKind.PRACTICE:
        return False
    talk = await _next_video(tx, found, now=now)
    if talk is None:
        return False
    settings = await numbers_at(tx, talk.starts_at, parts.settings.tz)
    file = await read_file(tx, await known_trajectory(tx, talk.trajectory_id))
    asked = Asked(
        kind=MeetingKind(talk.kind),
        mode=Mode.VIDEO,
        starts_at=talk.starts_at,
        ends_at=talk.ends_at,
    )
    today = now.astimezone(settings.zone).date()
    facts = file.facts(asked, today=today, moved=talk.id)
    need = practice_need(facts, settings)
    able_and_new = facts.skill is Skill.ABLE and need is PracticeNeed.NONE_PASSED
    return need is not None and not able_and_new


async def _next_video(
    tx: Tx, found: meetings.MeetingRecord, *, now: datetime
) -> meetings.MeetingRecord | None:
    others = await meetings.meetings_of_trajectories(tx, [found.trajectory_id])
    coming = [
        one
        for one in others
        if one.mode == Mode.VIDEO
        and one.kind not in (MeetingKind.PRACTICE, MeetingKind.COLLEAGUE)
        and one.status in _TO_COME
        and one.hold_group is None
        and one.ends_at > now
    ]
    return min(coming, key=lambda one: one.starts_at, default=None)
