"""What a candidate may know on the page of a link, besides the appointment itself."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from coaching.errors import NotFound
from coaching.facts import ExceptionCode
from coaching.wall_time import to_wall
from coaching.words import MeetingStatus
from server.store import aftermath, availability, holds, meetings, rulebook
from server.store.database import Tx
from server.usecases.access import meeting_of_link
from server.usecases.booking_facts import in_force
from server.usecases.choosing_coach import asks_coach
from server.usecases.context import MeetingId, Parts
from server.usecases.other_times import chosen_instead, was_missed
from server.usecases.practice_wish import wants_practice
from server.usecases.stand_ins import stands_in_for


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnException:
    """An exception that was made for the candidate: for one appointment, or until a day (5.5)."""

    rule: str
    code: ExceptionCode
    valid_until: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnFacts:
    """`zone` is the candidate's own clock where it shows another time (E18)."""

    zone: ZoneInfo | None = None
    exceptions: tuple[OwnException, ...] = ()
    missed: bool = False  # and nothing chosen instead yet (R25)
    instead: datetime | None = None  # the appointment to come that was chosen in its place
    times_kept: bool = False  # the talk failed, and times that are held wait for a choice (R19)
    may_move: bool = False
    practise: bool = False  # before a video talk to come (R12, R15)
    own_coach: str = ""  # whose guidance it is, when another coach has this one talk (E5)
    asks_coach: bool = False  # both say yes first, and the candidate can choose (R27)


async def own_facts(parts: Parts, token: str, *, now: datetime) -> OwnFacts:
    """What the page of this link adds; nothing for a link that is not ours or was replaced."""
    async with parts.database.read() as tx:
        try:
            found = await meeting_of_link(tx, token)
        except NotFound:
            return OwnFacts()
        instead = await chosen_instead(tx, found)
        missed = await was_missed(tx, found, now=now) and not instead
        return OwnFacts(
            zone=await own_zone(parts, tx, found),
            exceptions=await _exceptions(parts, tx, found, now=now),
            own_coach=await stands_in_for(tx, found),
            missed=missed,
            instead=_to_come(found, instead, now=now),
            times_kept=await _times_kept(tx, found, now=now),
            asks_coach=await asks_coach(tx, found.trajectory_id),
            practise=await wants_practice(parts, tx, found, now=now),
            may_move=missed or (found.status == MeetingStatus.PLANNED and now < found.starts_at),
        )


def _to_come(
    found: meetings.MeetingRecord, instead: meetings.MeetingRecord | None, *, now: datetime
) -> datetime | None:
    """When the appointment is that came in the place of one that was not held."""
    told = instead and found.status != MeetingStatus.HELD and instead.starts_at > now
    return instead.starts_at if instead and told else None


async def _times_kept(tx: Tx, found: meetings.MeetingRecord, *, now: datetime) -> bool:
    failed = await aftermath.failure_of(tx, found.id)
    if failed is None or failed.dismissed_at or failed.hold_group is None:
        return False
    group = await holds.group_of(tx, failed.hold_group)
    waits = (one for one in group if one.status == MeetingStatus.PROVISIONAL)
    return any(one.hold_until is not None and one.hold_until > now for one in waits)


async def own_zone(parts: Parts, tx: Tx, found: meetings.MeetingRecord) -> ZoneInfo | None:
    """The clock of a candidate abroad, when it differs at the time of this meeting (E18)."""
    likes = await availability.preference(tx, found.candidate_id)
    zone = ZoneInfo(likes.zone) if likes and likes.zone else parts.settings.tz
    same = to_wall(found.starts_at, zone) == to_wall(found.starts_at, ZoneInfo(found.zone))
    return None if same else zone


async def zone_of_talk(
    parts: Parts, meeting: MeetingId, moments: Iterable[datetime]
) -> ZoneInfo | None:
    """The clock of a candidate abroad, where it differs at one of these moments. Reads only."""
    async with parts.database.read() as tx:
        found = await meetings.meeting_by_id(tx, meeting)
        return await zone_abroad(parts, tx, found.candidate_id, moments) if found else None


async def zone_abroad(
    parts: Parts, tx: Tx, candidate: UUID, moments: Iterable[datetime]
) -> ZoneInfo | None:
    """The clock of a candidate, when it differs from ours at one of these moments (E18)."""
    likes = await availability.preference(tx, candidate)
    zone = ZoneInfo(likes.zone) if likes and likes.zone else parts.settings.tz
    differs = any(to_wall(one, zone) != to_wall(one, parts.settings.tz) for one in moments)
    return zone if differs else None


async def _exceptions(
    parts: Parts, tx: Tx, found: meetings.MeetingRecord, *, now: datetime
) -> tuple[OwnException, ...]:
    today = to_wall(now, parts.settings.tz).date()
    return tuple(
        OwnException(rule=one.rule, code=ExceptionCode(one.code), valid_until=one.valid_until)
        for one in await rulebook.exceptions_of(tx, found.trajectory_id)
        if in_force(one, today) and _counts_for(one, found)
    )


def _counts_for(one: rulebook.ExceptionRow, found: meetings.MeetingRecord) -> bool:
    return one.valid_until is not None or not one.used or one.used_by == found.id
