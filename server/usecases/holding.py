"""Times that are held: three for a talk that failed, chosen or freed; provisional talks.

A held time is a meeting with status `provisional`: the database keeps it from others like any
appointment. It lapses by the clock (`hold_until`), in the statement that wants its time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from coaching.errors import BadInput, Conflict, NotFound
from coaching.lifecycle import MeetingEvent, advance
from coaching.offers import is_soon
from coaching.wall_time import to_wall
from coaching.words import MeetingKind, MeetingStatus, Mode
from server.store import attention, holds, keys, meetings, notices
from server.store.database import Tx
from server.store.locks import lock_people_and_room
from server.usecases.access import Asker, ByLink, asker_of, known_trajectory, open_meeting
from server.usecases.announcing import Template, announce, invite_anew
from server.usecases.appointments import (
    allowed,
    known_meeting,
    own_meeting,
    own_trajectory,
    use_exceptions,
)
from server.usecases.attention import TodoCode
from server.usecases.booking import Booked, MoveRequest, booked_from, move_meeting
from server.usecases.clashing import look_at_appointment
from server.usecases.context import Actor, MeetingId, Parts, RoomId, StaffActor, TrajectoryId
from server.usecases.looking_live import Wanted, look_before, note_unchecked
from server.usecases.numbers import numbers_at
from server.usecases.offering import offer_three, tell_of_times
from server.usecases.repeating import once
from server.usecases.slots import slot_of
from server.usecases.too_early import look_again
from server.usecases.verdict_record import to_record

__all__ = ["ByLink"]
_SETTLED = (
    TodoCode.FAILED,
    TodoCode.UNANSWERED,
    TodoCode.MEET_AGAIN,
    TodoCode.NOTHING_PLANNED,
    TodoCode.PLAN_NEW,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTime:
    """One of the times that are held for both."""

    meeting: MeetingId  # what is chosen
    starts_at: datetime
    ends_at: datetime
    mode: Mode
    room_name: str  # for staff; a candidate is told the place only
    place_name: str
    place_address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldTimes:
    """The times of one group. `soon` is false where none lies in the promised days (E20).

    `few`: there are less than were promised, which the page says too.
    """

    group: UUID
    times: tuple[HeldTime, ...]
    soon: bool
    held_until: datetime | None
    few: bool = False


async def hold_times(
    parts: Parts,
    actor: StaffActor,
    trajectory: TrajectoryId,
    *,
    office_reason: str = "",
    key: str,
    now: datetime,
) -> HeldTimes:
    """Hold three times at a location for both, for 48 h; the candidate hears of them by mail.

    Gives the times that are held already, where there are any.

    Raises:
        BadInput: `office_reason_missing`, `office_reason_bad`: only the coach's own office is free
            (E21).
        NotFound: not this person's trajectory.
    """
    why = {"office_reason": office_reason} if office_reason else {}
    values = {"trajectory": str(trajectory), **why}
    asked = keys.KeyedRequest(actor=actor.key, route="hold", key=key, values=values)

    async def work(tx: Tx) -> keys.Answer:
        found = await own_trajectory(tx, actor, trajectory)
        offered = await offer_three(
            parts,
            tx,
            found,
            minutes=found.minutes,
            actor=actor.key,
            office_reason=office_reason,
            now=now,
        )
        await tell_of_times(parts, tx, found, offered, rule="R22", now=now)
        return {"group": str(offered.group)}

    answer = await once(parts, asked, work, now=now)
    async with parts.database.read() as tx:
        return await read_group(tx, UUID(answer["group"]), now=now)


async def held_times(
    parts: Parts, actor: Actor | ByLink, group: UUID, *, now: datetime
) -> HeldTimes:
    """The times of a group that can still be chosen. Reads only.

    Raises:
        NotFound: `group_unknown`, no such times, or not this person's.
    """
    async with parts.database.read() as tx:
        asker = await asker_of(tx, actor, now=now)
        rows = await holds.group_of(tx, group)
        if not rows or not _sees(asker, rows[0]):
            raise NotFound("group_unknown")
        return await read_group(tx, group, now=now)


async def choose_time(
    parts: Parts, actor: Actor | ByLink, meeting: MeetingId, *, key: str, now: datetime
) -> Booked:
    """Choose a held time: it becomes an appointment with invitation; the others are freed.

    Raises:
        Conflict: `hold_lapsed`, the time is no longer held; `already_chosen`, another one of the
            group was.
        NotFound: `meeting_unknown`, no such held time, or not this person's.
    """
    async with parts.database.read() as tx:
        asker = await asker_of(tx, actor, now=now)
    asked = keys.KeyedRequest(
        actor=asker.key, route="choose", key=key, values={"meeting": str(meeting)}
    )

    async def work(tx: Tx) -> keys.Answer:
        found = await holds.held_meeting(tx, meeting)
        if found is None or found.hold_group is None or not _sees(asker, found):
            raise NotFound("meeting_unknown")
        await lock_people_and_room(tx, found.coach_id, found.candidate_id, found.room_id)
        group = await holds.group_to_change(tx, found.hold_group)
        _check_choice(group, meeting, now=now)
        chosen = await _choose(parts, tx, asker, found, group, now=now)
        await note_unchecked(tx, found.id, checked=checked, actor=asker.key, now=now)
        return chosen

    async def promised(tx: Tx) -> Wanted | None:
        found = await holds.held_meeting(tx, meeting)
        if found is None or not _sees(asker, found):
            return None
        return Wanted.of(found.coach_id, slot_of(found), meeting=found.id)

    # Who was promised a time gets it (decision 0011), whatever came over it since.
    checked = await look_before(parts, asked, promised, over_busy=True, now=now)
    return booked_from(await once(parts, asked, work, now=now))


async def chosen_time(
    parts: Parts, actor: Actor | ByLink, meeting: MeetingId, *, now: datetime
) -> HeldTime | None:
    """The time that was chosen, as a page tells it; None for any other meeting. Reads only."""
    async with parts.database.read() as tx:
        found = await holds.held_meeting(tx, meeting)
        try:
            asker = await asker_of(tx, actor, now=now)
        except NotFound:
            return None
        if not (found and found.hold_group and found.revision and _sees(asker, found)):
            return None
        group = await holds.group_of(tx, found.hold_group)
        return next(time_of(one) for one in group if one.id == found.id)


async def put_back(
    parts: Parts, actor: StaffActor, meeting: MeetingId, *, revision: int, key: str, now: datetime
) -> Booked:
    """Undo the last move of a planned meeting: its old time, length, mode and room again.

    Raises:
        Conflict: `stale`, `never_moved`, `already_closed`, or the old time is taken since.
        Refused, BadInput, NotFound: as `move_meeting`.
    """
    async with parts.database.read() as tx:
        await open_meeting(tx, actor, meeting)
        moves = [one for one in await meetings.events_of(tx, meeting) if one.what == "moved"]
    # The move that made this revision: a hand-over or a choice makes one too, without a move.
    made = (one.detail for one in moves if one.detail.get("made_revision") == str(revision))
    before = next(made, None)
    if before is None:
        raise Conflict("never_moved")
    room = before.get("from_room")
    return await move_meeting(
        parts,
        actor,
        meeting,
        MoveRequest(
            starts_local=datetime.fromisoformat(before["from"]),
            minutes=int(before["from_minutes"]),
            mode=Mode(before["from_mode"]),
            room=RoomId(UUID(room)) if room else None,
            put_back=True,
        ),
        revision=revision,
        key=key,
        now=now,
    )


async def confirm_provisional(
    parts: Parts, actor: StaffActor, meeting: MeetingId, *, key: str, now: datetime
) -> Booked:
    """Make a provisional talk that is not one of several held times an appointment.

    Raises:
        Refused: a rule still refuses it.
        Conflict: `hold_lapsed`, `already_closed`.
        NotFound: no such meeting, or not one of this coach.
    """
    asked = keys.KeyedRequest(
        actor=actor.key, route="confirm", key=key, values={"meeting": str(meeting)}
    )

    async def work(tx: Tx) -> keys.Answer:
        found = await own_meeting(tx, actor, meeting, now=now)
        if found.hold_group is not None:
            raise BadInput("choose_instead", field="meeting")
        _check_held(found, now=now)
        return await stand(parts, tx, asker_for(actor), found, what="confirmed", now=now)

    return booked_from(await once(parts, asked, work, now=now))


async def read_group(tx: Tx, group: UUID, *, now: datetime) -> HeldTimes:
    """The times of a group that can still be chosen, as a page shows them.

    Whether they came soon and in number is told by the day on which they were held.
    """
    rows = [
        one
        for one in await holds.group_of(tx, group)
        if one.status == MeetingStatus.PROVISIONAL and one.hold_until and one.hold_until > now
    ]
    if not rows:
        return HeldTimes(group=group, times=(), soon=False, held_until=None)
    made = rows[0].created_at
    settings = await numbers_at(tx, made, ZoneInfo(rows[0].zone))
    return HeldTimes(
        group=group,
        times=tuple(time_of(one) for one in rows),
        soon=is_soon(rows[0].starts_at, settings, made),
        held_until=rows[0].hold_until,
        few=len(rows) < settings.offline_slots,
    )


def time_of(row: holds.HeldRecord) -> HeldTime:
    """One time of a group, as a page shows it."""
    return HeldTime(
        meeting=MeetingId(row.id),
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        mode=Mode(row.mode),
        room_name=row.room_name or "",
        place_name=row.place_name or "",
        place_address=row.place_address or "",
    )


def asker_for(actor: StaffActor) -> Asker:
    """A member of staff as somebody who asks."""
    return Asker(key=actor.key, staff=actor)


def _sees(asker: Asker, found: meetings.MeetingRecord | holds.HeldRecord) -> bool:
    return asker.may_see(
        coach=found.coach_id, candidate=found.candidate_id, trajectory=found.trajectory_id
    )


def _check_choice(
    group: Sequence[meetings.MeetingRecord], meeting: MeetingId, *, now: datetime
) -> None:
    if any(one.revision > 0 for one in group):
        raise Conflict("already_chosen")
    _check_held(next(one for one in group if one.id == meeting), now=now)


def _check_held(found: meetings.MeetingRecord, *, now: datetime) -> None:
    lapsed = found.hold_until is not None and found.hold_until <= now
    if found.status == MeetingStatus.CANCELLED or lapsed or found.starts_at <= now:
        raise Conflict("hold_lapsed")


async def _choose(
    parts: Parts,
    tx: Tx,
    asker: Asker,
    found: meetings.MeetingRecord,
    group: Sequence[meetings.MeetingRecord],
    *,
    now: datetime,
) -> keys.Answer:
    answer = await stand(parts, tx, asker, found, what="chosen", now=now)
    await holds.release(tx, [one.id for one in group if one.id != found.id], now=now)
    await attention.finish_todos(
        tx,
        now=now,
        by=asker.staff.id if asker.staff else None,
        trajectory_id=found.trajectory_id,
        codes=_SETTLED,
    )
    if asker.candidate:
        await attention.add_activity(
            tx, asker.candidate, "time_chosen", meeting_id=found.id, now=now
        )
        await notices.add_notice(
            tx,
            found.coach_id,
            code="time_chosen",
            params={"when": found.local_start},
            meeting_id=found.id,
            now=now,
        )
    return answer


async def stand(
    parts: Parts,
    tx: Tx,
    asker: Asker,
    found: meetings.MeetingRecord,
    *,
    what: str,
    now: datetime,
    told: Template = Template.INVITATION,
) -> keys.Answer:
    """Make an appointment of a held time, if the rules still allow it; `told` is the mail.

    Raises:
        Refused: they do not.
    """
    trajectory = await known_trajectory(tx, found.trajectory_id)
    verdict = await allowed(
        tx,
        MeetingKind(found.kind),
        slot_of(found),
        trajectory,
        now=now,
        moved=found.id,
        started_by=asker.started_by,
    )
    await meetings.change_meeting(
        tx,
        found.id,
        status=advance(MeetingStatus(found.status), MeetingEvent.CONFIRM),
        revision=found.revision + 1,
        hold_until=None,
        settings_version=verdict.settings_version,
        excepted="R7" in verdict.lifted,
    )
    today = to_wall(now, parts.settings.tz).date()
    await use_exceptions(tx, trajectory.id, found.id, verdict, today=today)
    await meetings.add_event(tx, found.id, at=now, actor=asker.key, what=what)
    invitation = await invite_anew(parts, tx, found.id, found.revision + 1, now=now)
    stands = await known_meeting(tx, found.id)
    await announce(tx, stands, told, invitation, now=now)
    await look_at_appointment(parts, tx, found.id, now=now)
    await look_again(tx, found.kind, found.trajectory_id, about=found.id, now=now)
    return {"meeting": str(found.id), "verdict": to_record(verdict)}
