"""How somebody is guided: support and cadence (5.6), and whether it runs, stands still or ended."""

from datetime import datetime

from coaching.access import Right
from coaching.errors import Conflict, NotAllowed
from coaching.trigger_facts import SupportProfile
from coaching.wall_time import to_wall
from coaching.words import TrajectoryState
from server.store import attention, holds, keys, meetings, people
from server.store.database import Tx
from server.usecases.appointments import own_trajectory
from server.usecases.attention import days_paused
from server.usecases.booking_facts import is_offer, read_file
from server.usecases.context import Parts, StaffActor, TrajectoryId
from server.usecases.fields import between
from server.usecases.planned_talks import to_come
from server.usecases.repeating import once
from server.usecases.standing import call_off

_LONGEST_CADENCE = 180


async def set_support(
    parts: Parts,
    actor: StaffActor,
    trajectory: TrajectoryId,
    profile: SupportProfile,
    *,
    cadence_days: int | None,
    key: str,
    now: datetime,
) -> None:
    """Say how closely somebody is followed, and how many days usually lie between two talks.

    Raises:
        BadInput: `cadence_bad` (1 to 180 days).
        NotFound: not this person's trajectory.
    """
    if cadence_days is not None:
        between(cadence_days, 1, _LONGEST_CADENCE, field="cadence_days", code="cadence_bad")
    asked = _asked(actor, "support", key, trajectory, f"{profile}|{cadence_days}")

    async def work(tx: Tx) -> keys.Answer:
        await own_trajectory(tx, actor, trajectory)
        await people.change_trajectory(tx, trajectory, profile=profile, cadence_days=cadence_days)
        return {}

    await once(parts, asked, work, now=now)


async def set_state(
    parts: Parts,
    actor: StaffActor,
    trajectory: TrajectoryId,
    state: TrajectoryState,
    *,
    key: str,
    now: datetime,
) -> None:
    """Pause, restrict (GDPR article 18), go on, or end. Days of a pause are no silence.

    With the end, appointments to come are called off: links withdrawn, mails with CANCEL (R29).

    Raises:
        Conflict: `already_closed`, it has ended.
        NotAllowed: a coach who wants to restrict, or to lift a restriction.
        NotFound: not this person's trajectory.
    """
    asked = _asked(actor, "state", key, trajectory, state)

    async def work(tx: Tx) -> keys.Answer:
        before = await own_trajectory(tx, actor, trajectory)
        ends = state is TrajectoryState.ENDED
        standing = await to_come(tx, before, now=now) if ends else ()
        found = await people.trajectory_to_change(tx, trajectory)
        if found is None or found.state == TrajectoryState.ENDED:
            raise Conflict("already_closed")
        if TrajectoryState.RESTRICTED in (state, found.state) and not actor.may(Right.PLAN):
            raise NotAllowed("planner_needed")
        await people.change_trajectory(
            tx, trajectory, state=state, **await _pause(parts, tx, found, state, now=now)
        )
        if ends:
            await _call_off(tx, found, standing, actor, now=now)
            await attention.finish_todos(tx, now=now, by=actor.id, trajectory_id=trajectory)
        return {}

    await once(parts, asked, work, now=now)


async def _call_off(
    tx: Tx,
    ended: people.TrajectoryRecord,
    standing: tuple[meetings.MeetingRecord, ...],
    actor: StaffActor,
    *,
    now: datetime,
) -> None:
    for one in standing:
        await call_off(tx, one, actor=actor.key, now=now)
    history = await meetings.meetings_of_trajectories(tx, [ended.id])
    await holds.release(tx, [one.id for one in history if is_offer(one)], now=now)


async def _pause(
    parts: Parts,
    tx: Tx,
    found: people.TrajectoryRecord,
    state: TrajectoryState,
    *,
    now: datetime,
) -> dict[str, object]:
    """The days that the guidance stood still, kept when it goes on; of one that ends, the end."""
    if state is TrajectoryState.ENDED:
        return {"paused_since": now}
    if state is not TrajectoryState.ACTIVE:
        return {"paused_since": found.paused_since or now}
    if found.paused_since is None:
        return {}
    acted = (await attention.last_activity(tx, [found.candidate_id])).get(found.candidate_id)
    before = days_paused(await read_file(tx, found), acted)
    zone = parts.settings.tz
    days = (to_wall(now, zone).date() - to_wall(found.paused_since, zone).date()).days
    return {"paused_since": None, "resumed_at": now, "paused_days": before + days}


def _asked(
    actor: StaffActor, route: str, key: str, trajectory: TrajectoryId, wanted: str
) -> keys.KeyedRequest:
    values = {"trajectory": str(trajectory), "wanted": wanted}
    return keys.KeyedRequest(actor=actor.key, route=route, key=key, values=values)
