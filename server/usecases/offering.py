"""Holding three times at a location inside somebody's transaction, and telling the candidate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from coaching.availability_request import FreeTime
from coaching.free_times import Fallback
from coaching.offers import is_soon
from coaching.quiet import quiet_reason
from coaching.settings import BlendSettings
from coaching.trigger_facts import SilenceFacts, SupportProfile
from coaching.wall_time import to_wall
from coaching.words import MeetingKind, MeetingStatus, Mode, TrajectoryState
from server.secrets import token_hash
from server.store import attention, holds, meetings, outbox, people
from server.store.database import Tx
from server.store.locks import lock_people_and_room
from server.usecases.attention import TodoCode
from server.usecases.booking_facts import File, read_file
from server.usecases.channels import reach_of, ways_to
from server.usecases.context import Parts
from server.usecases.erased import refuse_erased
from server.usecases.numbers import numbers_at
from server.usecases.offers import find_fallback
from server.usecases.own_office import NO_OTHER_ROOM, keep_reason, reason_for_office
from server.usecases.todos import write_todo

_TRIES = 3  # to find rooms that nobody takes meanwhile


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A group of held times; no times where there is nothing free or a rule refuses them.

    `fresh`: they were held just now, so that the candidate has not heard of them.
    """

    group: UUID
    meetings: tuple[UUID, ...]
    soon: bool
    held_until: datetime | None
    fresh: bool = False


async def offer_three(
    parts: Parts,
    tx: Tx,
    trajectory: people.TrajectoryRecord,
    *,
    minutes: int,
    actor: str,
    office_reason: str | None = None,
    now: datetime,
) -> Offered:
    """Hold three times for both, where they are free; those that are held already stay.

    A person who holds them says why they are in the coach's own office (E21); where the house
    does it by itself (`office_reason` None), that there was no other room is reason enough.

    Raises:
        BadInput: `office_reason_missing`, `office_reason_bad`.
        NotFound: `candidate_unknown`, erased meanwhile.
    """
    await lock_people_and_room(tx, trajectory.coach_id, trajectory.candidate_id)
    await refuse_erased(tx, trajectory.candidate_id)
    held = await holds.open_group(tx, trajectory.id, now=now)
    if held:
        return await _standing(parts, tx, held, now=now)
    settings = await numbers_at(tx, now, parts.settings.tz)
    file = await read_file(tx, trajectory)
    kind = _kind(file)
    for _ in range(_TRIES):
        found = await find_fallback(tx, settings, file, kind=kind, minutes=minutes, now=now)
        await lock_people_and_room(tx, *(one.room for one in found.times))
        if not await _taken(tx, trajectory, found.times, now=now):
            break
    else:
        return Offered(group=uuid4(), meetings=(), soon=False, held_until=None)
    asked = NO_OTHER_ROOM if office_reason is None else office_reason
    whys = {
        one.room: await reason_for_office(tx, trajectory.coach_id, one.room, asked)
        for one in found.times
    }
    held_all = await _hold_all(tx, settings, trajectory, found, kind=kind, actor=actor, now=now)
    for made, time in zip(held_all.meetings, found.times, strict=True):
        await keep_reason(tx, made, whys[time.room], actor=actor, now=now)
    return held_all


async def tell_of_times(
    parts: Parts,
    tx: Tx,
    trajectory: people.TrajectoryRecord,
    offered: Offered,
    *,
    rule: str,
    now: datetime,
) -> None:
    """Tell the candidate of times that were held just now; a to-do where none goes out (R26)."""
    if not offered.fresh:
        return
    settings = await numbers_at(tx, now, parts.settings.tz)
    goes_out = await may_nudge(tx, trajectory, settings, now=now)
    if goes_out and await write_nudge(
        parts, tx, trajectory, rule=rule, level=3, group=offered.group, offer=True, now=now
    ):
        return
    candidate = await people.candidate_by_id(tx, trajectory.candidate_id)
    await write_todo(
        tx,
        TodoCode.MEET_AGAIN,
        trajectory,
        about=str(offered.group),
        due_at=now,
        now=now,
        params={
            "candidate": candidate.name if candidate else "",
            "phone": (candidate.phone or "") if candidate else "",
        },
    )


async def may_nudge(
    tx: Tx, trajectory: people.TrajectoryRecord, settings: BlendSettings, *, now: datetime
) -> bool:
    """Whether R26 lets a nudge out now, counted over all rules and trajectories of a candidate.

    Not at night or in a weekend, not shortly before a talk, not while guidance stands still, and
    not again where two did not arrive: then a person calls.
    """
    await people.candidate_to_change(tx, trajectory.candidate_id)
    nudges = await attention.nudges_of_candidate(tx, trajectory.candidate_id)
    facts = SilenceFacts(
        trajectory_state=TrajectoryState(trajectory.state),
        profile=SupportProfile(trajectory.profile),
        last_own_activity=now,  # no matter for R26: it is what somebody did that led here
        nudged_at=tuple(one.at for one in nudges if one.failed_at is None),
        any_talk_at=min(await talks_to_come(tx, trajectory.candidate_id, now=now), default=None),
        undelivered=undelivered(nudges),
    )
    return quiet_reason(facts, settings, now) is None


def undelivered(nudges: Sequence[attention.NudgeRecord]) -> int:
    """How many of the last ones in a row did not arrive (E22); oldest first. Pure."""
    count = 0
    for one in reversed(nudges):
        if one.failed_at is None:
            break
        count += 1
    return count


async def talks_to_come(tx: Tx, candidate: UUID, *, now: datetime) -> tuple[datetime, ...]:
    """When this candidate talks with anybody, over all trajectories, soonest first."""
    lines = await meetings.lines_of_candidates(tx, [candidate])
    return tuple(
        one.starts_at
        for one in lines
        if one.status == MeetingStatus.PLANNED and one.starts_at > now
    )


async def write_nudge(
    parts: Parts,
    tx: Tx,
    trajectory: people.TrajectoryRecord,
    *,
    rule: str,
    level: int,
    now: datetime,
    group: UUID | None = None,
    offer: bool = False,
) -> bool:
    """Write a nudge with its row for mail or text; False when none may go to them.

    `offer`: it tells of times that are held after what somebody did, which is no reminder; so who
    wants no reminders hears of it too.
    """
    candidate = await people.candidate_by_id(tx, trajectory.candidate_id)
    kind = await _way_to(tx, candidate, offer=offer) if candidate else None
    if candidate is None or kind is None:
        return False
    nudge = uuid4()
    token = parts.secret.invitation_token(nudge)
    what = {"trajectory_id": trajectory.id, "candidate_id": candidate.id, "rule": rule}
    how = {"level": level, "channel": kind, "token_hash": token_hash(token), "at": now}
    await attention.insert_nudge(tx, nudge, **what, **how)
    payload: outbox.Payload = {
        "template": "nudge",
        "rule": rule,
        "level": level,
        "nudge": str(nudge),
        "candidate": str(candidate.id),
        "trajectory": str(trajectory.id),
        "group": str(group) if group else None,
    }
    return await outbox.enqueue(
        tx,
        kind,
        f"trajectory:{trajectory.id}",
        dedupe_key=f"nudge:{nudge}",
        payload=payload,
        not_before=now,
        now=now,
    )


async def _way_to(tx: Tx, candidate: people.CandidateRecord, *, offer: bool) -> outbox.Kind | None:
    ways = await ways_to(tx, candidate) or (reach_of(candidate) if offer else ())
    if not ways:
        return None
    return outbox.Kind.TEXT if outbox.Kind.TEXT in ways else outbox.Kind.MAIL


def _kind(file: File) -> MeetingKind:
    """A progress talk, or first the acquaintance with this coach (R8)."""
    first = (MeetingKind.ACQUAINTANCE, MeetingKind.INTAKE)
    met = any(
        one.kind in first
        and one.status == MeetingStatus.HELD
        and one.coach_id == file.trajectory.coach_id
        for one in file.meetings
    )
    return MeetingKind.PROGRESS if met else MeetingKind.ACQUAINTANCE


async def _standing(parts: Parts, tx: Tx, group: UUID, *, now: datetime) -> Offered:
    rows = [one for one in await holds.group_of(tx, group) if one.hold_until]
    until = max((one.hold_until for one in rows if one.hold_until), default=now)
    settings = await numbers_at(tx, now, parts.settings.tz)
    return Offered(
        group=group,
        meetings=tuple(one.id for one in rows),
        soon=any(is_soon(one.starts_at, settings, now) for one in rows),
        held_until=until,
    )


async def _taken(
    tx: Tx, trajectory: people.TrajectoryRecord, times: tuple[FreeTime, ...], *, now: datetime
) -> bool:
    """Free what lapsed in the way, and see whether somebody took one of the times meanwhile."""
    for one in times:
        await holds.release_lapsed(
            tx,
            coach=trajectory.coach_id,
            candidate=trajectory.candidate_id,
            room_id=one.room,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            now=now,
        )
        if await meetings.who_is_taken(
            tx,
            coach=trajectory.coach_id,
            candidate=trajectory.candidate_id,
            room=one.room,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            besides=None,
            now=now,
        ):
            return True
    return False


async def _hold_all(
    tx: Tx,
    settings: BlendSettings,
    trajectory: people.TrajectoryRecord,
    found: Fallback,
    *,
    kind: MeetingKind,
    actor: str,
    now: datetime,
) -> Offered:
    group = uuid4()
    made = []
    for one in found.times:
        held = await _hold(
            tx,
            settings,
            trajectory,
            one,
            kind=kind,
            group=group,
            until=found.held_until,
            now=now,
        )
        await meetings.add_event(tx, held, at=now, actor=actor, what="held_time")
        made.append(held)
    return Offered(
        group=group,
        meetings=tuple(made),
        soon=found.soon,
        held_until=found.held_until,
        fresh=bool(made),
    )


async def _hold(
    tx: Tx,
    settings: BlendSettings,
    trajectory: people.TrajectoryRecord,
    time: FreeTime,
    *,
    kind: MeetingKind,
    group: UUID,
    until: datetime,
    now: datetime,
) -> UUID:
    return await meetings.insert_meeting(
        tx,
        trajectory_id=trajectory.id,
        coach_id=trajectory.coach_id,
        candidate_id=trajectory.candidate_id,
        room_id=time.room,
        kind=kind,
        mode=Mode.OFFLINE,
        status=MeetingStatus.PROVISIONAL,
        starts_at=time.starts_at,
        ends_at=time.ends_at,
        zone=settings.zone.key,
        local_start=to_wall(time.starts_at, settings.zone).isoformat(timespec="minutes"),
        revision=0,
        settings_version=settings.version,
        joint_seconds=0,
        created_at=now,
        hold_until=until,
        hold_group=group,
    )
