"""Reminders before a talk, and what follows when nobody came (R25)."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from coaching.engine import judge_missed
from coaching.history import FIRST_TALKS
from coaching.settings import BlendSettings
from coaching.trigger_facts import MissedFacts
from coaching.verdict import Action, Verdict
from coaching.wall_time import same_wall_day_before, to_wall
from coaching.words import MeetingStatus, Mode, TrajectoryState
from server.store import attention, availability, meetings, outbox, people, sessions
from server.store.database import Tx
from server.usecases.access import known_trajectory
from server.usecases.attention import TodoCode
from server.usecases.channels import ways_to
from server.usecases.context import MeetingId, Parts
from server.usecases.numbers import numbers_at
from server.usecases.offering import may_nudge, offer_three, write_nudge
from server.usecases.todos import write_todo
from server.usecases.too_early import flag_too_early

NOBODY_AFTER = timedelta(minutes=5)  # of the start: leaves time to call within ten (R25)
NOTICED_WITHIN = timedelta(hours=1)  # who opened a talk is forgotten an hour after its end
_OF_USE_UNTIL_TEXT = _ONE_DAY = timedelta(days=1)


class ReminderKind(StrEnum):
    """Which reminder, named by when they go as the program is shipped."""

    DAY_BEFORE = "day_before"  # the same wall time the day before (E17)
    TWO_HOURS = "two_hours"


_LATE_FIRST, _LATE_SECOND = timedelta(hours=4), timedelta(minutes=15)


def remind_at(
    starts_at: datetime, reminder: ReminderKind, zone: ZoneInfo, settings: BlendSettings
) -> datetime:
    """When a reminder is due: in daytime on the clock of `zone`, or the moment before. Pure."""
    match reminder:
        case ReminderKind.DAY_BEFORE:
            days, hours = divmod(settings.remind_first_hours, 24)
            due = same_wall_day_before(starts_at, zone, days=days) - timedelta(hours=hours)
        case ReminderKind.TWO_HOURS:
            due = starts_at - timedelta(hours=settings.remind_second_hours)
    wall = to_wall(due, zone)
    if settings.remind_from_hour <= wall.hour < settings.remind_until_hour:
        return due
    late = wall.hour >= settings.remind_until_hour
    day = wall.date() if late else wall.date() - timedelta(days=1)
    ends = datetime.combine(day, time()) + timedelta(hours=settings.remind_until_hour, minutes=-1)
    return ends.replace(tzinfo=zone)


def is_of_use(
    starts_at: datetime, reminder: ReminderKind, due: datetime, *, told: datetime, now: datetime
) -> bool:
    """Whether it still helps: not when the talk was told of later, nor shortly before it. Pure."""
    first = reminder is ReminderKind.DAY_BEFORE
    late = min(_LATE_FIRST if first else _LATE_SECOND, (starts_at - due) / 2)
    return told < due <= now < starts_at - late


def furthest_reminder(versions: Iterable[BlendSettings]) -> timedelta:
    """How long before a talk a reminder may be due at most, by any of these versions. Pure."""
    return timedelta(hours=max(one.remind_first_hours for one in versions)) + _ONE_DAY


def reminder_key(meeting: UUID, revision: int, reminder: ReminderKind) -> str:
    """The key of a reminder's moment."""
    return f"remind:{meeting}:{revision}:{reminder}"


async def clock_of(tx: Tx, candidate: UUID, zone: ZoneInfo) -> ZoneInfo:
    """The zone of a candidate's own clock."""
    likes = await availability.preference(tx, candidate)
    return ZoneInfo(likes.zone) if likes and likes.zone else zone


async def remind(
    parts: Parts, meeting: MeetingId, reminder: ReminderKind, *, now: datetime
) -> bool:
    """Write a mail and a text row for a planned meeting; False when done before or past use.

    Rows: kind MAIL and kind TEXT with `{"template": "reminder", "reminder": <ReminderKind>,
    "meeting", "invitation", "revision"}`. Not outside of daytime on the candidate's clock (then at
    the nearest moment before, in daytime), not for a meeting that is no longer planned. Hours and
    daytime are those of the numbers that hold on the day of the talk.
    """

    async def work(tx: Tx) -> bool:
        found = await meetings.meeting_to_change(tx, meeting)
        invitation = await meetings.newest_invitation(tx, meeting)
        if found is None or invitation is None or found.status != MeetingStatus.PLANNED:
            return False
        trajectory = await known_trajectory(tx, found.trajectory_id)
        zone = await clock_of(tx, found.candidate_id, parts.settings.tz)
        settings = await numbers_at(tx, found.starts_at, parts.settings.tz)
        due = remind_at(found.starts_at, reminder, zone, settings)
        helps = is_of_use(found.starts_at, reminder, due, told=invitation.created_at, now=now)
        key = reminder_key(meeting, found.revision, reminder)
        if not helps or trajectory.state != TrajectoryState.ACTIVE:
            return False
        if not await attention.take_moment(tx, key, now=now):
            return False
        more = {"reminder": str(reminder), "invitation": str(invitation.id)}
        await tell(tx, found, "reminder", key, more, now=now)
        return True

    return await parts.database.run(work)


async def run_missed(parts: Parts, meeting: MeetingId, *, now: datetime) -> bool:
    """Notice that nobody came (R25): PHONE_NOW for the coach, and a kind text with new times.

    A video talk to which the candidate did not come five minutes after its start, or any talk
    that a coach marked missed. The status stays as it is. Rows: template "missed". At the second
    in a row times are held.
    """

    async def work(tx: Tx) -> bool:
        found = await meetings.meeting_to_change(tx, meeting)
        if found is None or not await is_missed(tx, found, now=now):
            return False
        if not await attention.take_moment(tx, missed_key(meeting), now=now):
            return False
        await _follow_missed(parts, tx, found, now=now)
        return True

    return await parts.database.run(work)


def missed_key(meeting: UUID) -> str:
    """The key of the moment at which a talk was missed."""
    return f"missed:{meeting}"


async def is_missed(tx: Tx, found: meetings.MeetingRecord, *, now: datetime) -> bool:
    """Whether nobody came: a coach says so, or the candidate never opened the video talk."""
    if found.status == MeetingStatus.MISSED:
        return True
    waiting = found.mode == Mode.VIDEO and found.status == MeetingStatus.PLANNED
    since = now - found.starts_at
    if not waiting or not NOBODY_AFTER <= since <= NOTICED_WITHIN:
        return False
    return not await sessions.candidate_came(tx, found.id)


async def _follow_missed(
    parts: Parts, tx: Tx, found: meetings.MeetingRecord, *, now: datetime
) -> None:
    trajectory = await known_trajectory(tx, found.trajectory_id)
    settings = await numbers_at(tx, found.starts_at, parts.settings.tz)
    history = await meetings.meetings_of_trajectories(tx, [trajectory.id])
    facts = MissedFacts(
        mode=Mode(found.mode),
        starts_at=found.starts_at,
        missed_before=missed_in_a_row(history, found),
    )
    verdict = judge_missed(facts, settings, now)
    await _todo(tx, trajectory, found, verdict, settings, now=now)
    if found.kind in FIRST_TALKS:
        await flag_too_early(tx, trajectory, about=found.id, now=now)
    if Action.PROPOSE_OFFLINE in verdict.actions:
        offered = await offer_three(
            parts, tx, trajectory, minutes=trajectory.minutes, actor="system", now=now
        )
        goes_out = offered.fresh and await may_nudge(tx, trajectory, settings, now=now)
        if goes_out and await write_nudge(
            parts, tx, trajectory, rule="R25", level=3, group=offered.group, offer=True, now=now
        ):
            return
    invitation = await meetings.newest_invitation(tx, found.id)
    fresh = now - found.starts_at < _OF_USE_UNTIL_TEXT
    if invitation and fresh and trajectory.state == TrajectoryState.ACTIVE:
        more = {"invitation": str(invitation.id)}
        await tell(tx, found, "missed", missed_key(found.id), more, now=now)


def missed_in_a_row(
    history: Iterable[meetings.MeetingRecord], found: meetings.MeetingRecord
) -> int:
    """Missed video talks just before this one, without one that was held in between. Pure."""
    count = 0
    before = (one for one in history if one.mode == Mode.VIDEO and one.starts_at < found.starts_at)
    for one in sorted(before, key=lambda talk: talk.starts_at, reverse=True):
        if one.status == MeetingStatus.HELD:
            break
        count += one.status == MeetingStatus.MISSED
    return count


async def _todo(
    tx: Tx,
    trajectory: people.TrajectoryRecord,
    found: meetings.MeetingRecord,
    verdict: Verdict,
    settings: BlendSettings,
    *,
    now: datetime,
) -> None:
    candidate = await people.candidate_by_id(tx, found.candidate_id)
    at_once = Action.PHONE_NOW in verdict.actions
    nearer = any(one.action == "nearer_place" for one in verdict.alternatives)
    due = found.starts_at + timedelta(minutes=settings.missed_call_minutes)
    await write_todo(
        tx,
        TodoCode.PHONE_NOW if at_once else TodoCode.MISSED,
        trajectory,
        about=f"missed:{found.id}",
        due_at=due if at_once else now,
        now=now,
        meeting=found.id,
        params={
            "candidate": candidate.name if candidate else "",
            "phone": (candidate.phone or "") if candidate else "",
            **({"nearer": "yes"} if nearer else {}),
        },
    )


async def tell(
    tx: Tx,
    found: meetings.MeetingRecord,
    template: str,
    key: str,
    more: dict[str, str],
    *,
    now: datetime,
) -> None:
    """Write a row for each way in which the candidate likes to be reminded (R26)."""
    candidate = await people.candidate_by_id(tx, found.candidate_id)
    if candidate is None:
        return
    for kind in await ways_to(tx, candidate):
        await outbox.enqueue(
            tx,
            kind,
            f"meeting:{found.id}",
            dedupe_key=f"{key}:{kind}",
            payload={
                "template": template,
                "meeting": str(found.id),
                "revision": found.revision,
                **more,
            },
            not_before=now,
            now=now,
        )
