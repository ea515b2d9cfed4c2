"""From the store to `coaching.free_times`: the diaries of coaches and rooms, ready to look in."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from coaching.availability import (
    Block,
    BusyKind,
    BusyTime,
    CandidateTimes,
    CoachCalendar,
    DayException,
    DayPart,
    Facet,
    Leave,
    Need,
    OpeningHours,
    Room,
    RoomNeeds,
    SlotRules,
    Travel,
)
from coaching.availability_index import CoachIndex, RoomIndex, Window
from coaching.settings import BlendSettings
from coaching.wall_time import to_wall
from coaching.words import MeetingKind
from coaching.working_days import public_holidays
from server.store import availability, people
from server.store.database import Tx

_ALWAYS = (Block(opens=time(0), closes=time(0)),)
_TALK_NEEDS = frozenset({Facet.QUIET, Facet.PRIVATE})
_SLACK = timedelta(days=2)  # buffers and travel of what lies just outside of the window


@dataclass(frozen=True, slots=True, kw_only=True)
class Diaries:
    """When these coaches, all rooms and one candidate are free, in one window."""

    coaches: tuple[CoachIndex, ...]
    rooms: RoomIndex
    candidate: CandidateTimes
    rules: SlotRules
    room_records: dict[UUID, people.RoomRecord]
    coach_names: dict[UUID, str]


def slot_rules(
    settings: BlendSettings,
    first: date,
    *,
    travel: dict[tuple[UUID, UUID], int],
    for_staff: bool,
    horizon_days: int | None = None,
) -> SlotRules:
    """How times are offered from `first` on; staff need less notice than a candidate."""
    horizon = horizon_days or settings.horizon_days
    years = range(first.year, (first + timedelta(days=horizon)).year + 1)
    return SlotRules(
        zone=settings.zone,
        notice_hours=settings.staff_notice_hours if for_staff else settings.notice_hours,
        horizon_days=horizon,
        holidays=frozenset().union(*(public_holidays(year) for year in years)),
        travel=Travel(minutes=travel),
    )


def needs_of(kind: MeetingKind, needs: Collection[Need] = ()) -> RoomNeeds:
    """What a talk of this kind needs of a room: nobody listens in, and a chair for everybody.

    `needs` are those of the candidate.
    """
    seats = (3 if kind is MeetingKind.THREE_WAY else 2) + (Need.COMPANION in needs)
    own = {one.facet for one in needs if one.facet}
    return RoomNeeds(people=seats, facets=_TALK_NEEDS | own)


async def open_diaries(
    tx: Tx,
    settings: BlendSettings,
    *,
    coaches: Collection[UUID],
    candidate: UUID,
    now: datetime,
    for_staff: bool,
    besides: Collection[UUID] = (),
    horizon_days: int | None = None,
) -> Diaries:
    """Read the diaries from today up to the horizon; the meetings in `besides` take no time."""
    zone = settings.zone
    today = to_wall(now, zone).date()
    travel = await availability.travel_minutes(tx)
    rules = slot_rules(
        settings, today, travel=travel, for_staff=for_staff, horizon_days=horizon_days
    )
    window = Window.from_day(today, rules)
    start = datetime.combine(window.first, time(), tzinfo=UTC) - _SLACK
    end = datetime.combine(window.last, time(), tzinfo=UTC) + _SLACK
    taken = [
        one
        for one in await availability.taken_between(tx, start, end, now=now)
        if one.id not in besides
    ]
    rooms = {one.id: one for one in await people.rooms(tx)}
    busy = _busy(await availability.busy_of(tx, [*coaches, *rooms], start, end))
    staff = {one.id: one.name for one in await people.active_staff(tx)}
    calendars = await _calendars(tx, list(coaches), taken, busy, today=today, now=now, zone=zone)
    return Diaries(
        coaches=tuple(CoachIndex(one, rules, window) for one in calendars),
        rooms=RoomIndex(await _rooms(tx, rooms.values(), taken, busy), rules, window),
        candidate=await _candidate(tx, candidate, taken),
        rules=rules,
        room_records=rooms,
        coach_names=staff,
    )


async def _calendars(
    tx: Tx,
    coaches: Sequence[UUID],
    taken: Iterable[availability.TakenRecord],
    busy: dict[UUID, list[BusyTime]],
    *,
    today: date,
    now: datetime,
    zone: ZoneInfo,
) -> list[CoachCalendar]:
    weeks = _weeks(await availability.hours_of(tx, coaches))
    days = await availability.days_of(tx, coaches, since=today)
    absences = await availability.absences_of(tx, coaches, after=now)
    limits = await availability.limits_of(tx, coaches)
    own = defaultdict(list)
    for one in taken:
        own[one.coach_id].append(_own_time(one))
    found = []
    for coach in coaches:
        away = [one for one in absences if one.staff_id == coach]
        limit = limits.get(coach)
        found.append(
            CoachCalendar(
                coach=coach,
                hours=OpeningHours(
                    week=weeks.get(coach, _EMPTY_WEEK),
                    exceptions=_exceptions(one for one in days if one.staff_id == coach),
                    leave=tuple(_leave(one, zone) for one in away if one.all_day),
                ),
                busy=(
                    *own[coach],
                    *busy.get(coach, ()),
                    *(_part_of_day(one) for one in away if not one.all_day),
                ),
                buffer_before=limit.before_minutes if limit else 0,
                buffer_after=limit.after_minutes if limit else 0,
                most_talks_a_day=limit.talks_a_day if limit else None,
            )
        )
    return found


async def _rooms(
    tx: Tx,
    rooms: Iterable[people.RoomRecord],
    taken: Sequence[availability.TakenRecord],
    busy: dict[UUID, list[BusyTime]],
) -> list[Room]:
    weeks = _weeks(await availability.room_hours_of(tx))
    offices = await availability.offices(tx)
    return [
        Room(
            room=one.id,
            place=one.place_id,
            people=one.people,
            hours=OpeningHours(week=_anywhere(weeks[one.id]) if one.id in weeks else _OPEN_WEEK),
            facets=frozenset(facet for facet in Facet if getattr(one, facet)),
            office_of=offices.get(one.id, frozenset()),
            busy=(
                *(_own_time(other) for other in taken if other.room_id == one.id),
                *busy.get(one.id, ()),
            ),
        )
        for one in rooms
    ]


async def _candidate(
    tx: Tx, candidate: UUID, taken: Iterable[availability.TakenRecord]
) -> CandidateTimes:
    own = tuple(_own_time(one) for one in taken if one.candidate_id == candidate)
    likes = await availability.preference(tx, candidate)
    if likes is None:
        return CandidateTimes(person=candidate, busy=own)
    return CandidateTimes(
        person=candidate,
        days=frozenset(likes.days),
        parts=frozenset(DayPart(part) for part in likes.parts),
        zone=ZoneInfo(likes.zone) if likes.zone else None,
        busy=own,
        needs=frozenset(Need(one) for one in likes.needs),
        near=likes.near_place_id,
    )


_EMPTY_WEEK: tuple[tuple[Block, ...], ...] = ((),) * 7
_OPEN_WEEK: tuple[tuple[Block, ...], ...] = (_ALWAYS,) * 7


def _weeks(
    lines: Iterable[availability.HoursRecord],
) -> dict[UUID, tuple[tuple[Block, ...], ...]]:
    found: dict[UUID, list[list[Block]]] = {}
    for line in lines:
        week = found.setdefault(line.owner, [[] for _ in range(7)])
        week[line.weekday].append(_block(line.opens, line.closes, line.place_id))
    return {owner: tuple(tuple(day) for day in week) for owner, week in found.items()}


def _anywhere(week: tuple[tuple[Block, ...], ...]) -> tuple[tuple[Block, ...], ...]:
    return tuple(tuple(Block(opens=b.opens, closes=b.closes) for b in day) for day in week)


def _exceptions(lines: Iterable[availability.DayRecord]) -> tuple[DayException, ...]:
    days: dict[date, list[Block]] = {}
    for line in lines:
        blocks = days.setdefault(line.day, [])
        if line.opens is not None and line.closes is not None:
            blocks.append(_block(line.opens, line.closes, line.place_id))
    return tuple(DayException(day=day, blocks=tuple(blocks)) for day, blocks in days.items())


def _block(opens: str, closes: str, place: UUID | None) -> Block:
    return Block(opens=time.fromisoformat(opens), closes=time.fromisoformat(closes), place=place)


def _leave(one: availability.AbsenceRecord, zone: ZoneInfo) -> Leave:
    last = to_wall(one.ends_at - timedelta(minutes=1), zone).date()
    return Leave(first=to_wall(one.starts_at, zone).date(), last=last)


def _part_of_day(one: availability.AbsenceRecord) -> BusyTime:
    return BusyTime(starts_at=one.starts_at, ends_at=one.ends_at)


def _own_time(one: availability.TakenRecord) -> BusyTime:
    return BusyTime(starts_at=one.starts_at, ends_at=one.ends_at, place=one.place_id, ours=True)


def _busy(rows: Iterable[availability.BusyRecord]) -> dict[UUID, list[BusyTime]]:
    found: dict[UUID, list[BusyTime]] = {}
    for row in rows:
        found.setdefault(row.owner_id, []).append(
            BusyTime(
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                kind=BusyKind(row.kind),
                place=row.place_id,
                elsewhere=row.elsewhere,
            )
        )
    return found
