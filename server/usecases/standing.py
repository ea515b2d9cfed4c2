"""Making, moving and calling off an appointment, with everything that people hear of it.

Steps inside somebody's transaction: whoever calls has claimed the time and asked the rules.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from coaching.lifecycle import MeetingEvent, advance
from coaching.verdict import Verdict
from coaching.wall_time import to_wall
from coaching.words import Change, MeetingKind, MeetingStatus, Mode
from server.store import attention, meetings, people
from server.store.database import Tx
from server.usecases.announcing import Template, announce, invite_anew
from server.usecases.appointments import known_meeting, use_exceptions
from server.usecases.attention import OF_A_TALK_TO_COME, TodoCode
from server.usecases.clashing import look_at_appointment
from server.usecases.context import Parts
from server.usecases.slots import Slot
from server.usecases.soft_rules import ask_reason
from server.usecases.telling_hosts import Happened, tell_host
from server.usecases.too_early import look_again
from server.usecases.withdrawing import withdraw_all

_NOBODY_MET: dict[str, int | None] = {"joint_seconds": 0, "attested_seconds": None}


async def make_appointment(
    parts: Parts,
    tx: Tx,
    kind: MeetingKind,
    slot: Slot,
    trajectory: people.TrajectoryRecord,
    *,
    verdict: Verdict,
    why: str = "",
    actor: str,
    now: datetime,
) -> UUID:
    """Write a planned meeting with its history, invitation, mail and calendar rows.

    `why` it is online (R14), checked, where that was said beforehand.
    """
    state = {"status": MeetingStatus.PLANNED, "revision": 1}
    made = await _write(parts, tx, kind, slot, trajectory, verdict=verdict, state=state, now=now)
    await meetings.add_event(tx, made, at=now, actor=actor, what="booked")
    await ask_reason(tx, made, verdict, why=why, actor=actor, now=now)
    invitation = await invite_anew(parts, tx, made, 1, now=now)
    await announce(tx, await known_meeting(tx, made), Template.INVITATION, invitation, now=now)
    await look_at_appointment(parts, tx, made, now=now)
    await look_again(tx, kind, trajectory.id, about=made, now=now)
    return made


async def make_provisional(
    parts: Parts,
    tx: Tx,
    kind: MeetingKind,
    slot: Slot,
    trajectory: people.TrajectoryRecord,
    *,
    verdict: Verdict,
    why: str = "",
    actor: str,
    now: datetime,
) -> UUID:
    """Hold a video talk until a practice is passed (R12); nobody is invited to it yet. `why` as
    in `make_appointment`.
    """
    state = {
        "status": MeetingStatus.PROVISIONAL,
        "revision": 0,
        "hold_until": slot.starts_at,
    }
    made = await _write(parts, tx, kind, slot, trajectory, verdict=verdict, state=state, now=now)
    await meetings.add_event(tx, made, at=now, actor=actor, what="waits_for_practice")
    await ask_reason(tx, made, verdict, why=why, actor=actor, now=now)
    return made


async def move_appointment(
    parts: Parts,
    tx: Tx,
    before: meetings.MeetingRecord,
    slot: Slot,
    *,
    verdict: Verdict,
    actor: str,
    now: datetime,
    told: Template = Template.MOVED,
    tells_host: bool = True,
) -> None:
    """Give a planned meeting another slot; its old link explains itself. `told` is the mail.

    What two people saw of each other belongs to the time it had: at another time they start anew.
    `tells_host` is False where whoever has the talk hears of it in other words.

    Raises:
        Conflict: `already_closed`, it is no longer planned.
    """
    revision, same_time = before.revision + 1, before.starts_at == slot.starts_at
    await meetings.change_meeting(
        tx,
        before.id,
        status=advance(MeetingStatus(before.status), MeetingEvent.MOVE),
        revision=revision,
        **({} if same_time else _NOBODY_MET),
        **_where_and_when(slot, verdict),
    )
    today = to_wall(now, parts.settings.tz).date()
    await use_exceptions(tx, before.trajectory_id, before.id, verdict, today=today)
    await meetings.add_event(
        tx, before.id, at=now, actor=actor, what="moved", detail=_from_and_to(before, slot)
    )
    if tells_host:
        what = Happened.CHANGED if same_time else Happened.MOVED
        await tell_host(tx, before, what, local_start=slot.local_start, actor=actor, now=now)
    if before.mode != slot.mode:  # a talk that was online before has been asked about
        await ask_reason(tx, before.id, verdict, actor=actor, now=now)
    settled = _settled_by_moving(slot, same_time=same_time)
    await attention.finish_todos(tx, now=now, meeting_id=before.id, codes=settled)
    await withdraw_all(tx, before.id, now=now)
    invitation = await invite_anew(parts, tx, before.id, revision, now=now)
    stands, change = await known_meeting(tx, before.id), _change(same_time=same_time)
    await announce(tx, stands, told, invitation, change=change, now=now)
    await look_at_appointment(parts, tx, before.id, now=now)
    await look_again(tx, before.kind, before.trajectory_id, about=before.id, now=now)


def _settled_by_moving(slot: Slot, *, same_time: bool) -> set[TodoCode]:
    # What came over it is no less in the way when only the form of the talk or its room changed.
    # Why it is online is still to be said as long as it is.
    over = {TodoCode.CALENDAR_CLASH} if same_time else set[TodoCode]()
    over |= {TodoCode.SAY_WHY} if slot.mode is Mode.VIDEO else set[TodoCode]()
    return set(OF_A_TALK_TO_COME) - over


def _change(*, same_time: bool) -> Change:
    return Change.FORM if same_time else Change.TIME


async def call_off(
    tx: Tx,
    found: meetings.MeetingRecord,
    *,
    actor: str,
    now: datetime,
    tells_host: bool = True,
) -> None:
    """Cancel a meeting: link withdrawn, mail with CANCEL, calendar event removed.

    Nobody was told of a provisional one, so nobody is told that it goes. `tells_host` is as in
    `move_appointment`.

    Raises:
        Conflict: `already_closed`.
    """
    status = advance(MeetingStatus(found.status), MeetingEvent.CANCEL)
    await attention.finish_todos(tx, now=now, meeting_id=found.id, codes=OF_A_TALK_TO_COME)
    await meetings.change_meeting(
        tx, found.id, status=status, revision=found.revision + 1, decided_at=now
    )
    await withdraw_all(tx, found.id, now=now)
    await meetings.revoke_invitations(tx, found.id, now=now)
    await meetings.add_event(tx, found.id, at=now, actor=actor, what="cancelled")
    if tells_host:
        start = found.local_start
        await tell_host(tx, found, Happened.OFF, local_start=start, actor=actor, now=now)
    if found.status != MeetingStatus.PROVISIONAL:
        await announce(tx, await known_meeting(tx, found.id), Template.CANCELLED, None, now=now)
    await look_again(tx, found.kind, found.trajectory_id, about=found.id, now=now)


async def _write(
    parts: Parts,
    tx: Tx,
    kind: MeetingKind,
    slot: Slot,
    trajectory: people.TrajectoryRecord,
    *,
    verdict: Verdict,
    state: Mapping[str, object],
    now: datetime,
) -> UUID:
    """Write the row of a new meeting and use up the exceptions that it stands on."""
    made = await meetings.insert_meeting(
        tx,
        trajectory_id=trajectory.id,
        coach_id=trajectory.coach_id,
        candidate_id=trajectory.candidate_id,
        kind=kind,
        joint_seconds=0,
        created_at=now,
        **state,
        **_where_and_when(slot, verdict),
    )
    today = to_wall(now, parts.settings.tz).date()
    await use_exceptions(tx, trajectory.id, made, verdict, today=today)
    return made


def _where_and_when(slot: Slot, verdict: Verdict) -> dict[str, object]:
    return {
        "room_id": slot.room,
        "mode": slot.mode,
        "starts_at": slot.starts_at,
        "ends_at": slot.ends_at,
        "zone": slot.zone,
        "local_start": slot.local_start,
        "settings_version": verdict.settings_version,
        "excepted": "R7" in verdict.lifted,
    }


def _from_and_to(before: meetings.MeetingRecord, slot: Slot) -> dict[str, str]:
    """What history shows, and what putting back needs."""
    minutes = int((before.ends_at - before.starts_at).total_seconds() // 60)
    return {
        "from": before.local_start,
        "to": slot.local_start,
        "from_minutes": str(minutes),
        "from_mode": before.mode,
        "from_room": str(before.room_id or ""),
        "made_revision": str(before.revision + 1),
    }
