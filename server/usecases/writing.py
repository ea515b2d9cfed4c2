"""Guidance in writing: begun with its exception, its contacts counted by the week (E24)."""

from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from coaching.access import may_guide
from coaching.errors import BadInput, Conflict
from coaching.facts import ExceptionCode, TrajectoryKind
from coaching.trigger_facts import SupportProfile
from coaching.wall_time import to_instant, to_wall
from coaching.words import MeetingStatus, Role, TrajectoryState
from coaching.writing import WrittenWeeks, written_weeks
from server.store import attention, keys, meetings, people, rulebook, writing
from server.store.database import Tx
from server.usecases.appointments import own_trajectory
from server.usecases.context import CandidateId, Parts, StaffActor, TrajectoryId
from server.usecases.numbers import numbers_at
from server.usecases.repeating import once

WRITTEN_RULE: Final = "R8"  # what an acquaintance would have been for; a video talk still meets it
_REASON: Final = "Schriftelijk traject"
_LATEST_DAYS = timedelta(days=31)  # that a contact may be written down after it was


async def guide_in_writing(
    parts: Parts, actor: StaffActor, trajectory: TrajectoryId, *, key: str, now: datetime
) -> None:
    """Go on in writing: the exception is recorded and shown, and the clock of `extra` runs (5.6).

    Raises:
        Conflict: `already_closed`, it does not run or is in writing already.
        NotFound: not this person's trajectory.
    """
    asked = _asked(actor, "guide_in_writing", key, trajectory, "")

    async def work(tx: Tx) -> keys.Answer:
        await own_trajectory(tx, actor, trajectory)
        found = await people.trajectory_to_change(tx, trajectory)
        active = found is not None and found.state == TrajectoryState.ACTIVE
        if found is None or not active or found.kind == TrajectoryKind.WRITTEN:
            raise Conflict("already_closed")
        changed = {"kind": TrajectoryKind.WRITTEN, "profile": SupportProfile.EXTRA}
        await people.change_trajectory(tx, trajectory, **changed)
        await _record_exception(parts, tx, actor, trajectory, now=now)
        return {}

    await once(parts, asked, work, now=now)


async def guide_blended(
    parts: Parts, actor: StaffActor, trajectory: TrajectoryId, *, key: str, now: datetime
) -> None:
    """Go back to talks and writing together: the exception ends today, the acquaintance counts.

    What was written down stays. How closely somebody is followed is for the coach to say anew.

    Raises:
        Conflict: `not_written`, it is not in writing or does not run.
        NotFound: not this person's trajectory.
    """
    asked = _asked(actor, "guide_blended", key, trajectory, "")

    async def work(tx: Tx) -> keys.Answer:
        await own_trajectory(tx, actor, trajectory)
        found = await people.trajectory_to_change(tx, trajectory)
        written = found is not None and found.kind == TrajectoryKind.WRITTEN
        if found is None or not written or found.state != TrajectoryState.ACTIVE:
            raise Conflict("not_written")
        await people.change_trajectory(tx, trajectory, kind=TrajectoryKind.BLENDED)
        for one in await rulebook.exceptions_of(tx, trajectory):
            if one.code == ExceptionCode.WRITTEN_TRAJECTORY:
                await rulebook.change_exception(tx, one.id, ended_at=now)
        return {}

    await once(parts, asked, work, now=now)


async def written_of_coach(
    parts: Parts, actor: StaffActor, *, now: datetime
) -> dict[TrajectoryId, WrittenWeeks]:
    """As `written_of_candidate`, of all the own people. Reads only."""
    async with parts.database.read() as tx:
        return {
            TrajectoryId(one.id): await _weeks(parts, tx, one, now=now)
            for one in await people.trajectories_of_coach(tx, actor.id)
            if one.kind == TrajectoryKind.WRITTEN and one.state == TrajectoryState.ACTIVE
        }


async def keep_contact(
    parts: Parts,
    actor: StaffActor,
    trajectory: TrajectoryId,
    role: Role,
    on: date,
    *,
    key: str,
    now: datetime,
) -> None:
    """Write down that one of the two wrote; of the candidate it is own activity (5.2).

    Raises:
        BadInput: `contact_date_bad`, a day to come or over a month ago.
        Conflict: `not_written`, this trajectory is not in writing.
        NotFound: not this person's trajectory.
    """
    zone = parts.settings.tz
    today = to_wall(now, zone).date()
    if not today - _LATEST_DAYS <= on <= today:
        raise BadInput("contact_date_bad", field="contact_on")
    asked = _asked(actor, "written_contact", key, trajectory, f"{role}|{on}")

    async def work(tx: Tx) -> keys.Answer:
        found = await own_trajectory(tx, actor, trajectory)
        if found.kind != TrajectoryKind.WRITTEN:
            raise Conflict("not_written")
        await writing.insert_contact(
            tx, trajectory, role=role, on=on, recorded_by=actor.id, now=now
        )
        if role is Role.CANDIDATE:
            noon = to_instant(datetime.combine(on, time(12)), zone)
            moment = now if on == today else noon
            await attention.add_activity(tx, found.candidate_id, "wrote", now=moment)
        return {}

    await once(parts, asked, work, now=now)


async def written_of_candidate(
    parts: Parts, actor: StaffActor, candidate: CandidateId, *, now: datetime
) -> dict[TrajectoryId, WrittenWeeks]:
    """How many contacts this week and the last one had, of those in writing. Reads only."""
    async with parts.database.read() as tx:
        return {
            TrajectoryId(one.id): await _weeks(parts, tx, one, now=now)
            for one in await people.trajectories_of(tx, [candidate])
            if one.kind == TrajectoryKind.WRITTEN and may_guide(actor, one.coach_id)
        }


async def _weeks(
    parts: Parts, tx: Tx, found: people.TrajectoryRecord, *, now: datetime
) -> WrittenWeeks:
    """A talk that was held is a contact too."""
    settings = await numbers_at(tx, now, parts.settings.tz)
    today = to_wall(now, settings.zone).date()
    written = await writing.contact_days(tx, found.id, since=today - timedelta(days=14))
    talks = [
        to_wall(one.starts_at, settings.zone).date()
        for one in await meetings.meetings_of_trajectories(tx, [found.id])
        if one.status == MeetingStatus.HELD
    ]
    return written_weeks(
        [*written, *talks],
        began=to_wall(found.created_at, settings.zone).date(),
        today=today,
        wanted=settings.written_contacts_per_week,
    )


async def _record_exception(
    parts: Parts, tx: Tx, actor: StaffActor, trajectory: UUID, *, now: datetime
) -> None:
    settings = await numbers_at(tx, now, parts.settings.tz)
    today = to_wall(now, settings.zone).date()
    await rulebook.insert_exception(
        tx,
        trajectory_id=trajectory,
        rule=WRITTEN_RULE,
        code=ExceptionCode.WRITTEN_TRAJECTORY,
        reason=_REASON,
        asked_by=actor.id,
        asked_at=now,
        people_needed=1,
        valid_until=today + timedelta(days=settings.exception_days),
        settings_version=settings.version,
    )


def _asked(
    actor: StaffActor, route: str, key: str, trajectory: TrajectoryId, wanted: str
) -> keys.KeyedRequest:
    values = {"trajectory": str(trajectory), "wanted": wanted}
    return keys.KeyedRequest(actor=actor.key, route=route, key=key, values=values)
