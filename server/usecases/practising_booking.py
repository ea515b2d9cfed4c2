"""A candidate books a practice together: at one of the offered times, or at once (E26).

At once is offered only while the coach has switched it on and is free (edge case E26).
"""

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from coaching.errors import Conflict, NotFound
from coaching.facts import StartedBy
from coaching.intervals import minute_of
from coaching.wall_time import to_wall
from coaching.words import MeetingKind, MeetingStatus, Mode, StaffRole, TrajectoryState
from server.secrets import new_token, token_hash
from server.store import keys, meetings, notices, people, sessions
from server.store.database import Tx
from server.usecases.access import known_trajectory, meeting_of_link
from server.usecases.appointments import allowed, claim
from server.usecases.context import MeetingId, Parts, StaffActor
from server.usecases.diaries import open_diaries
from server.usecases.numbers import numbers_at
from server.usecases.other_times import OfferedTime, free_slot, offer_times, read_offer
from server.usecases.repeating import once
from server.usecases.slots import Slot
from server.usecases.standing import make_appointment

PRACTICE_MINUTES = 30
_MOST = 6
_TO_COME = (MeetingStatus.PLANNED, MeetingStatus.OPEN)
_TAKEN = ("coach_taken", "candidate_taken", "room_taken")


@dataclass(frozen=True, slots=True, kw_only=True)
class TogetherTimes:
    """What a candidate may choose from. `booked_at` is the practice that stands already."""

    times: tuple[OfferedTime, ...]
    booked_at: datetime | None
    now_with: str  # the coach with whom it can be done at once; empty: not now


async def together_times(parts: Parts, token: str, *, now: datetime) -> TogetherTimes:
    """Times for a practice by video with the own coach. Reads only.

    Raises:
        NotFound: `link_unknown`, also for a link that was replaced.
    """
    async with parts.database.read() as tx:
        found = await meeting_of_link(tx, token)
        booked = await _booked(tx, found, now=now)
        trajectory = await known_trajectory(tx, found.trajectory_id)
        if booked or trajectory.state != TrajectoryState.ACTIVE:
            at = booked.starts_at if booked else None
            return TogetherTimes(times=(), booked_at=at, now_with="")
        practice = _as_practice(found, trajectory)
        times = await offer_times(parts, tx, practice, Mode.VIDEO, now=now)
        helper = await _free_helper(parts, tx, practice, now=now)
    return TogetherTimes(times=times[:_MOST], booked_at=None, now_with=helper)


async def book_together(parts: Parts, token: str, *, offer: str, key: str, now: datetime) -> None:
    """Book one of the times of `together_times`; the invitation comes by mail.

    Raises:
        BadInput: `offer_unknown`, none of the times that were offered.
        Conflict: `time_taken`, it was taken just now; `already_chosen`, a practice stands.
        Refused: a rule refuses.
        NotFound: `link_unknown`, also for a link that was replaced.
    """
    asked = await _asked(parts, token, "practise_together", key, offer)

    async def work(tx: Tx) -> keys.Answer:
        found = await meeting_of_link(tx, token)
        if await _booked(tx, found, now=now):
            raise Conflict("already_chosen")
        practice = _as_practice(found, await known_trajectory(tx, found.trajectory_id))
        taken = read_offer(parts, practice, offer)
        slot = await free_slot(parts, tx, practice, taken, now=now)
        await _book(parts, tx, found, slot, actor=asked.actor, now=now)
        return {}

    try:
        await once(parts, asked, work, now=now)
    except Conflict as conflict:
        raise Conflict("time_taken" if conflict.code in _TAKEN else conflict.code) from None


async def practise_now(
    parts: Parts, token: str, *, key: str, now: datetime
) -> tuple[str, MeetingId]:
    """Book a practice that begins now: (session token for this device's cookie, meeting).

    Raises:
        Conflict: `helper_gone`, the coach has just begun something else, or switched it off;
            `already_chosen`, a practice stands.
        NotFound: `link_unknown`, also for a link that was replaced.
    """
    asked = await _asked(parts, token, "practise_now", key, "")

    async def work(tx: Tx) -> keys.Answer:
        found = await meeting_of_link(tx, token)
        if await _booked(tx, found, now=now):
            raise Conflict("already_chosen")
        practice = _as_practice(found, await known_trajectory(tx, found.trajectory_id))
        if not await _free_helper(parts, tx, practice, now=now):
            raise Conflict("helper_gone")
        made = await _book(parts, tx, found, _slot_now(parts, now), actor=asked.actor, now=now)
        return {"meeting": str(made)}

    try:
        answer = await once(parts, asked, work, now=now)
    except Conflict as conflict:
        raise Conflict("helper_gone" if conflict.code in _TAKEN else conflict.code) from None
    made = UUID(str(answer["meeting"]))
    return await _session(parts, made, now=now), MeetingId(made)


async def helps_at_once(parts: Parts, actor: StaffActor) -> bool:
    """Whether this coach may be asked to practise at once. Reads only."""
    async with parts.database.read() as tx:
        own = await people.staff_by_id(tx, actor.id)
    return own is not None and own.helps_at_once


async def offer_help_at_once(parts: Parts, actor: StaffActor, *, helps: bool) -> None:
    """Set the own switch (E26); off for everybody until they do."""
    async with parts.database.write() as tx:
        await people.keep_helps_at_once(tx, actor.id, helps=helps)


async def _asked(parts: Parts, token: str, route: str, key: str, wanted: str) -> keys.KeyedRequest:
    async with parts.database.read() as tx:
        found = await meeting_of_link(tx, token)
    values = {"meeting": str(found.id), "wanted": wanted}
    return keys.KeyedRequest(
        actor=f"candidate:{found.candidate_id}", route=route, key=key, values=values
    )


def _as_practice(
    found: meetings.MeetingRecord, trajectory: people.TrajectoryRecord
) -> meetings.MeetingRecord:
    """The practice that there would be; its offers can never be taken for the meeting itself.

    It is with the coach of the guidance, also by the link of a talk in which another stands in.
    """
    lasts = timedelta(minutes=PRACTICE_MINUTES)
    return replace(
        found,
        coach_id=trajectory.coach_id,
        kind=MeetingKind.PRACTICE,
        mode=Mode.VIDEO,
        ends_at=found.starts_at + lasts,
        revision=-1,
    )


async def _booked(
    tx: Tx, found: meetings.MeetingRecord, *, now: datetime
) -> meetings.MeetingRecord | None:
    others = await meetings.meetings_of_trajectories(tx, [found.trajectory_id])
    coming = (
        one
        for one in others
        if one.kind == MeetingKind.PRACTICE and one.status in _TO_COME and one.ends_at > now
    )
    return min(coming, key=lambda one: one.starts_at, default=None)


async def _free_helper(
    parts: Parts, tx: Tx, found: meetings.MeetingRecord, *, now: datetime
) -> str:
    """The name of the own coach when they help at once, work and have nothing now; else empty.

    A switch that was forgotten brings nobody a candidate at night.
    """
    coach = await people.staff_by_id(tx, found.coach_id)
    if coach is None or not (coach.active and coach.helps_at_once):
        return ""
    if StaffRole.COACH not in coach.roles:
        return ""
    until = now + timedelta(minutes=PRACTICE_MINUTES)
    if await meetings.standing_of_coach(tx, coach.id, now, until):
        return ""
    diaries = await open_diaries(
        tx,
        await numbers_at(tx, now, parts.settings.tz),
        coaches=[coach.id],
        candidate=found.candidate_id,
        now=now,
        for_staff=True,
        horizon_days=1,
    )
    slot = _slot_now(parts, now)
    start, end = minute_of(slot.starts_at), minute_of(slot.ends_at)
    (own,) = diaries.coaches
    works = any(own.free(place).covers(start, end) for place in own.places)
    return coach.name if works else ""


def _slot_now(parts: Parts, now: datetime) -> Slot:
    zone = parts.settings.tz
    starts = now.astimezone(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    return Slot(
        starts_at=starts,
        ends_at=starts + timedelta(minutes=PRACTICE_MINUTES),
        zone=zone.key,
        local_start=to_wall(starts, zone).isoformat(timespec="minutes"),
        mode=Mode.VIDEO,
        room=None,
    )


async def _book(
    parts: Parts,
    tx: Tx,
    found: meetings.MeetingRecord,
    slot: Slot,
    *,
    actor: str,
    now: datetime,
) -> UUID:
    trajectory = await known_trajectory(tx, found.trajectory_id)
    kind = MeetingKind.PRACTICE
    await claim(tx, trajectory, kind, slot, now=now)
    if await _booked(tx, found, now=now):  # another tab's, while this one waited for its turn
        raise Conflict("already_chosen")
    verdict = await allowed(tx, kind, slot, trajectory, now=now, started_by=StartedBy.CANDIDATE)
    made = await make_appointment(
        parts, tx, kind, slot, trajectory, verdict=verdict, actor=actor, now=now
    )
    params = {"when": slot.local_start.replace("T", " ")}
    await notices.add_notice(
        tx,
        trajectory.coach_id,
        code="practice_chosen",
        params=params,
        meeting_id=made,
        now=now,
    )
    return made


async def _session(parts: Parts, meeting: UUID, *, now: datetime) -> str:
    """A session of this device, as the link in the mail would give."""
    session = new_token()
    async with parts.database.write() as tx:
        invitation = await meetings.newest_invitation(tx, meeting)
        if invitation is None:
            raise NotFound("link_unknown")
        await sessions.insert_session(
            tx,
            token_hash(session),
            invitation_id=invitation.id,
            csrf=secrets.token_urlsafe(24),
            expires_at=now + timedelta(hours=2),
            now=now,
        )
    return session
