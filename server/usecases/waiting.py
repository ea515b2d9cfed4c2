"""Video talks that wait for a passed practice: made firm, reminded of, or turned into phone (R12).

Scenarios 6 and 14 of the field. A talk that waits is provisional and in no group of offered times.
"""

from dataclasses import replace
from datetime import UTC, datetime, time
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from coaching.practice import Provisional, follow_provisional, practice_deadline, practice_window
from coaching.settings import BlendSettings
from coaching.wall_time import to_instant
from coaching.words import MeetingKind, MeetingStatus, Mode, TrajectoryState
from server.store import attention, meetings, notices, people, readiness
from server.store.database import Tx
from server.usecases.access import Asker, known_trajectory
from server.usecases.announcing import Template
from server.usecases.appointments import judge
from server.usecases.attention import TodoCode
from server.usecases.booking_facts import Asked, read_file, waits_for_practice
from server.usecases.context import MeetingId, Parts
from server.usecases.flagging import flag_unready
from server.usecases.holding import stand
from server.usecases.numbers import numbers_at
from server.usecases.offering import offer_three
from server.usecases.reminding import tell
from server.usecases.slots import slot_of
from server.usecases.standing import move_appointment
from server.usecases.todos import write_todo

_SYSTEM = Asker(key="system")
_TOLD = (MeetingStatus.PLANNED, MeetingStatus.OPEN, MeetingStatus.HELD)


class WaitingStep(StrEnum):
    """What the clock starts for a talk that waits."""

    PRACTISE = "practise"  # it is near enough to propose a practice
    PHONE = "phone"  # a working day before it, and no practice was passed


def step_key(meeting: UUID, step: WaitingStep) -> str:
    """The key of the moment of one step."""
    return f"waiting:{meeting}:{step}"


def step_at(
    starts_at: datetime, settings: BlendSettings, *, now: datetime
) -> tuple[WaitingStep, datetime] | None:
    """Which step is due now and since when, or None. Pure."""
    deadline = practice_deadline(starts_at, settings)
    if now >= deadline:
        return WaitingStep.PHONE, deadline
    first, _ = practice_window(starts_at, settings)
    opens = to_instant(datetime.combine(first, time()), settings.zone)
    return (WaitingStep.PRACTISE, opens) if now >= opens else None


async def run_waiting(parts: Parts, meeting: MeetingId, *, now: datetime) -> bool:
    """Do the step that is due for one talk; False when nothing is, or somebody did it before."""

    async def work(tx: Tx) -> bool:
        found = await meetings.meeting_to_change(tx, meeting)
        if found is None or not waits_for_practice(found) or found.starts_at <= now:
            return False
        settings = await numbers_at(tx, found.starts_at, parts.settings.tz)
        due = step_at(found.starts_at, settings, now=now)
        if due is None or not await attention.take_moment(tx, step_key(found.id, due[0]), now=now):
            return False
        return await follow(parts, tx, found, now=now)

    return await parts.database.run(work)


async def run_unready(parts: Parts, meeting: MeetingId, *, now: datetime) -> bool:
    """Turn a planned video talk that still needs a practice into phone (R12, R20).

    Until the deadline of R12 a person chooses what becomes of a flagged talk: that is a proposal.
    From then on it can be no video talk any more, and this is done by itself. Whoever practised
    meanwhile, or got an exception, keeps the video talk.
    """

    async def work(tx: Tx) -> bool:
        found = await meetings.meeting_to_change(tx, meeting)
        if found is None or found.status != MeetingStatus.PLANNED or found.starts_at <= now:
            return False
        settings = await numbers_at(tx, found.starts_at, parts.settings.tz)
        trajectory = await known_trajectory(tx, found.trajectory_id)
        if trajectory.state != TrajectoryState.ACTIVE or now < practice_deadline(
            found.starts_at, settings
        ):
            return False
        if not await attention.take_moment(tx, unready_key(meeting, found.revision), now=now):
            return False
        await flag_unready(tx, found.candidate_id, about=found.id, now=now)
        if not await attention.is_open(tx, found.id, TodoCode.PRACTISE_FIRST):
            return False
        await _turn_planned(parts, tx, trajectory, found, now=now)
        await flag_unready(tx, found.candidate_id, about=found.id, now=now)  # the one after it
        return True

    return await parts.database.run(work)


def unready_key(meeting: UUID, revision: int) -> str:
    """The key of the moment at which a flagged talk can be no video talk any more."""
    return f"unready:{meeting}:{revision}"


async def _turn_planned(
    parts: Parts,
    tx: Tx,
    trajectory: people.TrajectoryRecord,
    found: meetings.MeetingRecord,
    *,
    now: datetime,
) -> None:
    """As `_by_phone`, of a talk to which both were invited already."""
    slot = replace(slot_of(found), mode=Mode.PHONE)
    verdict = await judge(tx, MeetingKind(found.kind), slot, trajectory, now=now, moved=found.id)
    if not verdict.allowed:
        return
    minutes = int((found.ends_at - found.starts_at).total_seconds() // 60)
    await offer_three(parts, tx, trajectory, minutes=minutes, actor="system", now=now)
    told = Template.BY_PHONE
    await move_appointment(
        parts, tx, found, slot, verdict=verdict, actor="system", now=now, told=told
    )
    await meetings.add_event(tx, found.id, at=now, actor="system", what="turned_to_phone")
    await _settle(tx, found, code="turned_to_phone", now=now)


async def follow_candidate(parts: Parts, tx: Tx, candidate: UUID, *, now: datetime) -> None:
    """Look again at every talk that waits, and every one that stands: the candidate changed."""
    for one in await readiness.waiting_talks(tx, candidate=candidate, now=now):
        await follow(parts, tx, one, now=now)
    await flag_unready(tx, candidate, about=candidate, now=now)


async def follow(parts: Parts, tx: Tx, found: meetings.MeetingRecord, *, now: datetime) -> bool:
    """Do with one waiting talk what the rules say now; False when that is nothing."""
    trajectory = await known_trajectory(tx, found.trajectory_id)
    if trajectory.state != TrajectoryState.ACTIVE:
        return False  # its time lapses by itself
    match await _step(tx, trajectory, found, now=now):
        case Provisional.WAIT:
            return False
        case Provisional.PROPOSE_PRACTICE:
            return await _propose(tx, trajectory, found, now=now)
        case Provisional.CONFIRM:
            await stand(parts, tx, _SYSTEM, found, what="practised", now=now)
            await _settle(tx, found, code="talk_firm", now=now)
        case Provisional.TURN_TO_PHONE:
            await _by_phone(parts, tx, trajectory, found, now=now)
    return True


async def _step(
    tx: Tx, trajectory: people.TrajectoryRecord, found: meetings.MeetingRecord, *, now: datetime
) -> Provisional:
    """What the rules say; where another one than R12 is in the way, only the deadline counts."""
    kind, slot = MeetingKind(found.kind), slot_of(found)
    verdict = await judge(tx, kind, slot, trajectory, now=now, moved=found.id)
    if verdict.allowed:
        return Provisional.CONFIRM
    settings = await numbers_at(tx, found.starts_at, ZoneInfo(found.zone))
    asked = Asked(kind=kind, mode=slot.mode, starts_at=slot.starts_at, ends_at=slot.ends_at)
    file = await read_file(tx, trajectory)
    facts = file.facts(asked, today=now.astimezone(settings.zone).date(), moved=found.id)
    step = follow_provisional(facts, settings, now)
    if step is not Provisional.CONFIRM:
        return step
    late = now >= practice_deadline(found.starts_at, settings)
    return Provisional.TURN_TO_PHONE if late else Provisional.WAIT


async def _propose(
    tx: Tx, trajectory: people.TrajectoryRecord, found: meetings.MeetingRecord, *, now: datetime
) -> bool:
    """A to-do for the coach, and once a word to the candidate with the way to the practice."""
    settings = await numbers_at(tx, found.starts_at, ZoneInfo(found.zone))
    more = {"invitation": str(link)} if (link := await _way_in(tx, found, now=now)) else {}
    await tell(tx, found, "practise", step_key(found.id, WaitingStep.PRACTISE), more, now=now)
    return await write_todo(
        tx,
        TodoCode.PRACTISE,
        trajectory,
        about=str(found.id),
        due_at=practice_deadline(found.starts_at, settings).astimezone(UTC),
        now=now,
        meeting=found.id,
        params={"when": _when(found)},
    )


async def _way_in(tx: Tx, found: meetings.MeetingRecord, *, now: datetime) -> UUID | None:
    """A good invitation of the same candidate, to the talk that comes next or was last.

    Nobody is invited to the talk that waits; its own link would end when it becomes firm.
    """
    others = await meetings.meetings_of_trajectories(tx, [found.trajectory_id])
    told = [one for one in others if one.status in _TOLD]
    for one in sorted(told, key=lambda one: (one.starts_at < now, abs(one.starts_at - now))):
        if invitation := await meetings.newest_invitation(tx, one.id):
            return invitation.id
    return None


async def _by_phone(
    parts: Parts,
    tx: Tx,
    trajectory: people.TrajectoryRecord,
    found: meetings.MeetingRecord,
    *,
    now: datetime,
) -> None:
    """By phone at the same time, with times at a location beside it, told in one mail."""
    await meetings.change_meeting(tx, found.id, mode=Mode.PHONE)
    by_phone = replace(found, mode=Mode.PHONE)
    minutes = int((found.ends_at - found.starts_at).total_seconds() // 60)
    await offer_three(parts, tx, trajectory, minutes=minutes, actor="system", now=now)
    await stand(
        parts, tx, _SYSTEM, by_phone, what="turned_to_phone", now=now, told=Template.BY_PHONE
    )
    await _settle(tx, found, code="turned_to_phone", now=now)


async def _settle(tx: Tx, found: meetings.MeetingRecord, *, code: str, now: datetime) -> None:
    """The coach hears of it; what there was to do for it is done."""
    candidate = await people.candidate_by_id(tx, found.candidate_id)
    settled = [TodoCode.PRACTISE, *([TodoCode.SAY_WHY] if code == "turned_to_phone" else [])]
    await attention.finish_todos(tx, now=now, meeting_id=found.id, codes=settled)
    await notices.add_notice(
        tx,
        found.coach_id,
        code=code,
        params={"candidate": candidate.name if candidate else "", "when": _when(found)},
        meeting_id=found.id,
        now=now,
    )


def _when(found: meetings.MeetingRecord) -> str:
    return found.local_start.replace("T", " ")
