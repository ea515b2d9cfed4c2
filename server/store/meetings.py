"""Meetings, what happened to them, and the invitations to them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Select, and_, func, insert, or_, select, update

from server.store.database import Tx
from server.store.rows import many, one
from server.store.schema import (
    candidate,
    handover,
    invitation,
    meeting,
    meeting_event,
    place,
    room,
    staff,
    trajectory,
)

STANDING = ("planned", "open", "held")  # these take the time of coach, candidate and room
_HELD_TIME = "provisional"  # takes it too, until it lapses


@dataclass(frozen=True, slots=True, kw_only=True)
class MeetingRecord:
    """A row of `meeting`."""

    id: UUID
    trajectory_id: UUID
    coach_id: UUID
    candidate_id: UUID
    room_id: UUID | None
    kind: str
    mode: str
    status: str
    starts_at: datetime
    ends_at: datetime
    zone: str
    local_start: str
    revision: int
    settings_version: int
    joint_seconds: int
    created_at: datetime
    decided_at: datetime | None
    excepted: bool
    hold_until: datetime | None
    hold_group: UUID | None
    counts_online: bool | None
    attested_seconds: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRecord:
    """A meeting with the names that a list shows."""

    id: UUID
    trajectory_id: UUID
    coach_id: UUID
    candidate_id: UUID
    kind: str
    mode: str
    status: str
    starts_at: datetime
    ends_at: datetime
    coach_name: str
    candidate_name: str
    candidate_phone: str | None
    room_name: str | None
    place_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """A row of `meeting_event`."""

    at: datetime
    actor: str
    what: str
    detail: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRecord:
    """A row of `invitation`, without its hash."""

    id: UUID
    meeting_id: UUID
    revision: int
    created_at: datetime
    revoked_at: datetime | None


async def insert_meeting(tx: Tx, **values: Any) -> UUID:  # noqa: ANN401 -- the columns
    """Add a meeting; the database refuses one that overlaps (`Conflict`)."""
    new_id = uuid4()
    await tx.execute(insert(meeting).values(id=new_id, **values))
    return new_id


async def meeting_by_id(tx: Tx, meeting_id: UUID) -> MeetingRecord | None:
    """The meeting as it stands."""
    return await one(tx, select(meeting).where(meeting.c.id == meeting_id), MeetingRecord)


async def meeting_to_change(tx: Tx, meeting_id: UUID) -> MeetingRecord | None:
    """The meeting, kept from others until the transaction ends."""
    query = select(meeting).where(meeting.c.id == meeting_id).with_for_update()
    return await one(tx, query, MeetingRecord)


async def change_meeting(tx: Tx, meeting_id: UUID, **values: Any) -> None:  # noqa: ANN401 -- the columns
    """Write new values into a meeting; the database refuses an overlap (`Conflict`)."""
    await tx.execute(update(meeting).where(meeting.c.id == meeting_id).values(**values))


def takes_time(now: datetime | ColumnElement[datetime]) -> ColumnElement[bool]:
    """Which meetings take the time of their people and room: standing, or held and not lapsed."""
    held = and_(
        meeting.c.status == _HELD_TIME,
        or_(meeting.c.hold_until.is_(None), meeting.c.hold_until > now),
    )
    # Not IN: a list of unknown length is spelled out anew each time the statement runs.
    return or_(*(meeting.c.status == status for status in STANDING), held)


async def who_is_taken(
    tx: Tx,
    *,
    coach: UUID,
    candidate: UUID,
    room: UUID | None,
    starts_at: datetime,
    ends_at: datetime,
    besides: UUID | None,
    now: datetime,
) -> str | None:
    """The code of the first of the three that another meeting already takes, or None.

    Meetings are half-open: one may begin at the moment another ends.
    """
    query = select(meeting.c.coach_id, meeting.c.candidate_id, meeting.c.room_id).where(
        takes_time(now),
        meeting.c.starts_at < ends_at,
        meeting.c.ends_at > starts_at,
        or_(
            meeting.c.coach_id == coach,
            meeting.c.candidate_id == candidate,
            meeting.c.room_id == room if room else meeting.c.room_id.in_([]),
        ),
    )
    if besides:
        query = query.where(meeting.c.id != besides)
    found = (await tx.execute(query)).all()
    if any(row.coach_id == coach for row in found):
        return "coach_taken"
    if any(row.candidate_id == candidate for row in found):
        return "candidate_taken"
    return "room_taken" if found else None


async def rooms_taken(
    tx: Tx, starts_at: datetime, ends_at: datetime, *, now: datetime
) -> frozenset[UUID]:
    """The rooms in which a meeting takes some of this time."""
    query = select(meeting.c.room_id).where(
        takes_time(now),
        meeting.c.room_id.is_not(None),
        meeting.c.starts_at < ends_at,
        meeting.c.ends_at > starts_at,
    )
    return frozenset((await tx.execute(query)).scalars())


async def standing_of_coach(
    tx: Tx, coach: UUID, start: datetime, end: datetime
) -> tuple[MeetingRecord, ...]:
    """The meetings of a coach that are still to come or going on and touch [start, end)."""
    query = select(meeting).where(
        meeting.c.coach_id == coach,
        meeting.c.status.in_(("planned", "open")),
        meeting.c.starts_at < end,
        meeting.c.ends_at > start,
    )
    return await many(tx, query.order_by(meeting.c.starts_at), MeetingRecord)


async def planned_from(tx: Tx, after: datetime) -> tuple[MeetingRecord, ...]:
    """The meetings that are planned from a moment on, in order of time."""
    query = select(meeting).where(meeting.c.status == "planned", meeting.c.starts_at >= after)
    return await many(tx, query.order_by(meeting.c.starts_at), MeetingRecord)


async def meetings_of_trajectories(
    tx: Tx, trajectory_ids: Collection[UUID]
) -> tuple[MeetingRecord, ...]:
    """All meetings of these trajectories, in order of time."""
    query = select(meeting).where(meeting.c.trajectory_id.in_(trajectory_ids))
    return await many(tx, query.order_by(meeting.c.starts_at), MeetingRecord)


async def lines_between(
    tx: Tx, start: datetime, end: datetime, *, coach: UUID | None = None
) -> tuple[LineRecord, ...]:
    """Meetings that start in [start, end), of all coaches or of one, in order of time."""
    found: list[ColumnElement[bool]] = [meeting.c.starts_at >= start, meeting.c.starts_at < end]
    if coach:
        found.append(meeting.c.coach_id == coach)
    return await _many_lines(tx, *found)


async def lines_coming(
    tx: Tx, after: datetime, *, coach: UUID, most: int
) -> tuple[LineRecord, ...]:
    """The next planned meetings of a coach from `after`, at most `most`."""
    query = _lines().where(
        meeting.c.coach_id == coach, meeting.c.starts_at >= after, meeting.c.status == "planned"
    )
    return await many(tx, query.order_by(meeting.c.starts_at).limit(most), LineRecord)


async def lines_of_candidates(
    tx: Tx, candidate_ids: Collection[UUID], *, coach: UUID | None = None
) -> tuple[LineRecord, ...]:
    """Meetings of these candidates, of any coach or of one, in order of time.

    Of one coach are also the talks of the own guidances for which somebody stands in (E5).
    """
    found: list[ColumnElement[bool]] = [meeting.c.candidate_id.in_(candidate_ids)]
    if coach:
        found.append(or_(meeting.c.coach_id == coach, _stood_in_for(coach)))
    return await _many_lines(tx, *found)


async def line_of(tx: Tx, meeting_id: UUID) -> LineRecord | None:
    """One meeting with its names."""
    return await one(tx, _lines().where(meeting.c.id == meeting_id), LineRecord)


async def add_event(
    tx: Tx,
    meeting_id: UUID,
    *,
    at: datetime,
    actor: str,
    what: str,
    detail: Mapping[str, str] | None = None,
) -> None:
    """Write down that something happened to a meeting."""
    await tx.execute(
        insert(meeting_event).values(
            id=uuid4(),
            meeting_id=meeting_id,
            at=at,
            actor=actor,
            what=what,
            detail=dict(detail or {}),
        )
    )


async def events_of(tx: Tx, meeting_id: UUID) -> tuple[EventRecord, ...]:
    """What happened to a meeting, oldest first."""
    query = (
        select(
            meeting_event.c.at, meeting_event.c.actor, meeting_event.c.what, meeting_event.c.detail
        )
        .where(meeting_event.c.meeting_id == meeting_id)
        .order_by(meeting_event.c.at)
    )
    return await many(tx, query, EventRecord)


async def insert_invitation(
    tx: Tx,
    meeting_id: UUID,
    *,
    invitation_id: UUID,
    token_hash: bytes,
    revision: int,
    now: datetime,
) -> None:
    """Add an invitation to this revision of a meeting."""
    await tx.execute(
        insert(invitation).values(
            id=invitation_id,
            meeting_id=meeting_id,
            token_hash=token_hash,
            revision=revision,
            created_at=now,
        )
    )


async def revoke_invitations(tx: Tx, meeting_id: UUID, *, now: datetime) -> None:
    """Make every invitation to a meeting a thing of the past."""
    await tx.execute(
        update(invitation)
        .where(invitation.c.meeting_id == meeting_id, invitation.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )


async def invitation_behind(tx: Tx, token_hash: bytes) -> InvitationRecord | None:
    """The invitation of a link."""
    query = _invitations().where(invitation.c.token_hash == token_hash)
    return await one(tx, query, InvitationRecord)


async def invitation_by_id(tx: Tx, invitation_id: UUID) -> InvitationRecord | None:
    """Which invitation this is."""
    return await one(tx, _invitations().where(invitation.c.id == invitation_id), InvitationRecord)


async def newest_invitation(tx: Tx, meeting_id: UUID) -> InvitationRecord | None:
    """The invitation to a meeting that is still good."""
    query = (
        _invitations()
        .where(invitation.c.meeting_id == meeting_id, invitation.c.revoked_at.is_(None))
        .order_by(invitation.c.revision.desc())
    )
    return await one(tx, query.limit(1), InvitationRecord)


async def count_events(tx: Tx, meeting_id: UUID, what: str, *, since: datetime | None) -> int:
    """How often something happened to a meeting, ever or since a moment."""
    query = select(func.count()).where(
        meeting_event.c.meeting_id == meeting_id, meeting_event.c.what == what
    )
    if since:
        query = query.where(meeting_event.c.at >= since)
    return await tx.scalar(query) or 0


def _invitations() -> Select[Any]:
    return select(
        invitation.c.id,
        invitation.c.meeting_id,
        invitation.c.revision,
        invitation.c.created_at,
        invitation.c.revoked_at,
    )


async def _many_lines(tx: Tx, *found: ColumnElement[bool]) -> tuple[LineRecord, ...]:
    query = _lines().where(*found).order_by(meeting.c.starts_at, meeting.c.id)
    return await many(tx, query, LineRecord)


def _lines() -> Select[Any]:
    """Meetings with their names; a held time that was not chosen never was an appointment."""
    return (
        select(
            meeting.c.id,
            meeting.c.trajectory_id,
            meeting.c.coach_id,
            meeting.c.candidate_id,
            meeting.c.kind,
            meeting.c.mode,
            meeting.c.status,
            meeting.c.starts_at,
            meeting.c.ends_at,
            staff.c.name.label("coach_name"),
            candidate.c.name.label("candidate_name"),
            candidate.c.phone.label("candidate_phone"),
            room.c.name.label("room_name"),
            place.c.name.label("place_name"),
        )
        .join(staff, staff.c.id == meeting.c.coach_id)
        .join(candidate, candidate.c.id == meeting.c.candidate_id)
        .outerjoin(room, room.c.id == meeting.c.room_id)
        .outerjoin(place, place.c.id == room.c.place_id)
        .where(~_never_chosen())
    )


def _stood_in_for(coach: UUID) -> ColumnElement[bool]:
    """Talks of this coach's guidances with somebody else: those to come, whoever has them, and
    those that are over with somebody who never had the guidance.
    """
    own = select(trajectory.c.id).where(trajectory.c.coach_id == coach)
    handed = select(handover.c.id).where(
        handover.c.trajectory_id == meeting.c.trajectory_id,
        handover.c.from_id == meeting.c.coach_id,
    )
    to_come = meeting.c.status.in_(("planned", "open"))
    return and_(meeting.c.trajectory_id.in_(own), or_(to_come, ~handed.exists()))


def _never_chosen() -> ColumnElement[bool]:
    # What is chosen gets its first revision.
    return and_(
        meeting.c.status == "cancelled", meeting.c.hold_group.is_not(None), meeting.c.revision == 0
    )
