"""Handing a trajectory over to another coach (E4)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from coaching.errors import BadInput, Conflict, NotFound
from coaching.verdict import Outcome, Verdict
from coaching.wall_time import to_wall
from coaching.words import Change, MeetingKind, MeetingStatus, TrajectoryState
from server.store import aftermath, attention, holds, keys, meetings, notices, people
from server.store.coach_bars import is_barred
from server.store.database import Tx
from server.usecases.access import require_planner, taking_coach
from server.usecases.announcing import (
    Template,
    announce,
    ask_for_one_letter,
    invite_anew,
    tell_calendars,
)
from server.usecases.appointments import judge, known_meeting
from server.usecases.attention import TodoCode
from server.usecases.booking_facts import is_offer
from server.usecases.clashing import look_at_appointment
from server.usecases.context import MeetingId, Parts, StaffActor, StaffId, TrajectoryId
from server.usecases.own_office import STOOD_HERE, keep_reason, reason_for_office
from server.usecases.planned_talks import to_come
from server.usecases.repeating import once
from server.usecases.slots import slot_of
from server.usecases.standing import call_off
from server.usecases.todos import write_todo
from server.usecases.verdict_record import from_record, to_record

_PLAN_WITHIN = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """What became of the planned meetings. The old coach keeps what was held."""

    moved: tuple[MeetingId, ...]  # now with the new coach, at the same time
    cancelled: tuple[MeetingId, ...]  # the new coach is taken, or a rule refuses (R8)
    verdicts: tuple[Verdict, ...]  # why, in the order of `cancelled`; empty reasons: taken


async def hand_over(
    parts: Parts,
    actor: StaffActor,
    trajectory: TrajectoryId,
    coach: StaffId,
    *,
    key: str,
    now: datetime,
) -> HandedOver:
    """Give a trajectory another coach, in one step with its planned meetings, links and notices.

    A planned video talk falls under R8: with the new coach it needs a meeting at a location
    first, so it is cancelled with a to-do for the new coach, and told to the candidate.

    Raises:
        BadInput: `coach_unknown`; `same_coach`.
        Conflict: `stale`, somebody else handed it over just now; `handover_cycle`, this coach
            handed the trajectory over before; `coach_barred`, this coach takes nobody new (R30);
            `trajectory_exists`; `talk_running`, a talk of it is going on.
        NotFound: no such trajectory.
        NotAllowed: the actor is neither planner nor admin.
    """
    require_planner(actor)
    asked = keys.KeyedRequest(
        actor=actor.key,
        route="hand_over",
        key=key,
        values={"trajectory": str(trajectory), "coach": str(coach)},
    )

    async def work(tx: Tx) -> keys.Answer:
        before = await people.trajectory_by_id(tx, trajectory)
        if before is None:
            raise NotFound("trajectory_unknown")
        await attention.finish_todos(
            tx, now=now, trajectory_id=trajectory, codes=[TodoCode.CHOOSE_COACH]
        )
        return await give_to(parts, tx, before, coach, actor=actor.key, told="handed_over", now=now)

    answer = await once(parts, asked, work, now=now)
    return HandedOver(
        moved=tuple(MeetingId(UUID(one)) for one in answer["moved"]),
        cancelled=tuple(MeetingId(UUID(one)) for one in answer["cancelled"]),
        verdicts=tuple(from_record(one) for one in answer["verdicts"]),
    )


async def give_to(
    parts: Parts,
    tx: Tx,
    before: people.TrajectoryRecord,
    coach: UUID,
    *,
    actor: str,
    told: str,
    now: datetime,
) -> keys.Answer:
    """Give a trajectory another coach inside a transaction; `told` is the notice they get.

    Raises:
        BadInput, Conflict: as `hand_over`.
    """
    planned = await to_come(tx, before, coach, now=now)
    await _check_unchanged(tx, before)
    history = await meetings.meetings_of_trajectories(tx, [before.id])
    await _check(tx, before, coach, history)
    if await is_barred(tx, coach, before.candidate_id, day=to_wall(now, parts.settings.tz).date()):
        raise Conflict("coach_barred")
    await aftermath.insert_handover(
        tx, before.id, before=before.coach_id, after=coach, actor=actor, now=now
    )
    await attention.hand_todos(tx, before.id, coach, of=before.coach_id)
    await holds.release(tx, [one.id for one in history if is_offer(one)], now=now)
    after = replace(before, coach_id=coach)
    # Somebody who stands in for one talk was promised for it, and keeps it (E5).
    standing = tuple(one for one in planned if one.coach_id == before.coach_id)
    return await _move_all(parts, tx, actor, after, standing, told=told, now=now)


async def _check_unchanged(tx: Tx, before: people.TrajectoryRecord) -> None:
    """See that nobody else handed it over while this one waited for its turn."""
    found = await people.trajectory_by_id(tx, before.id)
    if found is None or found.coach_id != before.coach_id:
        raise Conflict("stale")


async def _check(
    tx: Tx,
    before: people.TrajectoryRecord,
    coach: UUID,
    history: tuple[meetings.MeetingRecord, ...],
) -> None:
    if any(one.status == MeetingStatus.OPEN for one in history):
        raise Conflict("talk_running")
    await taking_coach(tx, coach, field="coach")
    if coach == before.coach_id:
        raise BadInput("same_coach", field="coach")
    if coach in await aftermath.earlier_coaches(tx, before.id):
        raise Conflict("handover_cycle")
    for other in await people.trajectories_of(tx, [before.candidate_id]):
        if other.coach_id == coach and other.state == TrajectoryState.ACTIVE:
            raise Conflict("trajectory_exists")


async def _move_all(
    parts: Parts,
    tx: Tx,
    actor: str,
    after: people.TrajectoryRecord,
    standing: tuple[meetings.MeetingRecord, ...],
    *,
    told: str,
    now: datetime,
) -> keys.Answer:
    """Give each planned meeting the new coach, or cancel it where that cannot be."""
    moved: list[str] = []
    cancelled: list[str] = []
    verdicts = []
    for one in standing:
        verdict = await _stands(tx, after, one, now=now)
        if verdict.allowed and one.status == MeetingStatus.PLANNED:
            await give_meeting(parts, tx, actor, after, one, verdict=verdict, now=now)
            moved.append(str(one.id))
            continue
        await call_off(tx, one, actor=actor, now=now, tells_host=False)
        cancelled.append(str(one.id))
        verdicts.append(to_record(verdict))
    await ask_for_one_letter(tx, after, [UUID(one) for one in moved], now=now)
    await _tell(tx, after, cancelled, told=told, now=now)
    return {"moved": moved, "cancelled": cancelled, "verdicts": verdicts}


async def _stands(
    tx: Tx, after: people.TrajectoryRecord, found: meetings.MeetingRecord, *, now: datetime
) -> Verdict:
    """What the rules say with the new coach; one that is taken is a refusal without a reason."""
    taken = await meetings.who_is_taken(
        tx,
        coach=after.coach_id,
        candidate=after.candidate_id,
        room=found.room_id,
        starts_at=found.starts_at,
        ends_at=found.ends_at,
        besides=found.id,
        now=now,
    )
    kind = MeetingKind(found.kind)
    coach = after.coach_id
    verdict = await judge(tx, kind, slot_of(found), after, now=now, moved=found.id, coach=coach)
    if taken and verdict.allowed:
        return replace(verdict, outcome=Outcome.REFUSE, reasons=())
    return verdict


async def give_meeting(
    parts: Parts,
    tx: Tx,
    actor: str,
    after: people.TrajectoryRecord,
    found: meetings.MeetingRecord,
    *,
    verdict: Verdict,
    now: datetime,
) -> None:
    """Give a planned meeting the coach of `after`, inside a transaction; its old link ends."""
    revision = found.revision + 1
    await tell_calendars(tx, found.id, found.coach_id, revision, now=now)
    await meetings.change_meeting(
        tx,
        found.id,
        coach_id=after.coach_id,
        revision=revision,
        settings_version=verdict.settings_version,
    )
    await meetings.add_event(tx, found.id, at=now, actor=actor, what="handed_over")
    why = await reason_for_office(tx, after.coach_id, found.room_id, STOOD_HERE)
    await keep_reason(tx, found.id, why, actor=actor, now=now)
    invitation = await invite_anew(parts, tx, found.id, revision, now=now)
    stands, change = await known_meeting(tx, found.id), Change.COACH
    await announce(tx, stands, Template.MOVED, invitation, change=change, now=now)
    await look_at_appointment(parts, tx, found.id, now=now)


async def _tell(
    tx: Tx, after: people.TrajectoryRecord, cancelled: list[str], *, told: str, now: datetime
) -> None:
    candidate = await people.candidate_by_id(tx, after.candidate_id)
    params = {"candidate": candidate.name if candidate else ""}
    await notices.add_notice(
        tx,
        after.coach_id,
        code=told,
        params=params,
        meeting_id=None,
        candidate_id=after.candidate_id,
        now=now,
    )
    if cancelled:
        await write_todo(
            tx,
            TodoCode.PLAN_NEW,
            after,
            about=f"handover:{cancelled[0]}",
            due_at=now + _PLAN_WITHIN,
            now=now,
            params=params,
        )
